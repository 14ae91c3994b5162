//! What a token that could not be issued is over HTTP.

use super::BearerError;
use crate::error::Rejection;
use crate::transport::Refusal;

impl From<BearerError> for Rejection {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Refused => Self::InvalidRefreshToken,
            BearerError::Ambiguous => Self::SeveralSignIns,
            BearerError::Store(error) => error.into(),
            BearerError::Key(error) => {
                tracing::error!(%error, "no token could be issued");
                Self::Internal
            }
        }
    }
}

impl From<BearerError> for Refusal {
    fn from(error: BearerError) -> Self {
        Rejection::from(error).into()
    }
}
