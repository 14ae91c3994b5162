use crate::secret::RandomError;
use crate::store::StoreError;
use crate::token::{ClaimsError, KeyError, TokenError};

/// Why no tokens were issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BearerError {
    /// The refresh token is forged, expired, used before, or of a sign-in that has ended.
    #[error("the refresh token is invalid or has expired")]
    Refused,
    /// The client shows refresh tokens of several sign-ins that count, and nothing tells which is
    /// meant.
    #[error("the refresh tokens are of several sign-ins")]
    Ambiguous,
    /// The key could not sign.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// The claims of the application's own could not be made.
    #[error(transparent)]
    Claims(#[from] ClaimsError),
    /// The system gave no random bytes for a token.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<TokenError> for BearerError {
    fn from(_: TokenError) -> Self {
        Self::Refused
    }
}
