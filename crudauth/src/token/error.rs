/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The token is genuine and has expired. Only a token whose signature is right is reported as
    /// expired.
    #[error("the token has expired")]
    Expired,
    /// The token is not one of ours, or not of the kind that was asked for.
    #[error("the token is not valid")]
    Invalid,
}

/// A key cannot be used for tokens. The text says why and how to fix it; it never shows the key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct KeyError(String);

impl KeyError {
    pub(super) fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }
}
