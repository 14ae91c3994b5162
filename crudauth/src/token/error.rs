use std::error::Error;

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

/// The claims of the application's own could not be made: see
/// [`Builder::claims`](crate::Builder::claims).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimsError {
    /// They have a name that tokens use already.
    #[error("the claim `{0}` has a name that tokens use already")]
    Reserved(String),
    /// They are not a JSON object.
    #[error("the claims are not those of a struct with named fields")]
    NoObject,
    /// They cannot be written as JSON.
    #[error("the claims cannot be written as JSON")]
    Unwritable(#[source] Box<dyn Error + Send + Sync>),
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
