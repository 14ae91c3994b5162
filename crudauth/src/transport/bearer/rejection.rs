//! What a token that could not be issued is over HTTP.

use super::BearerError;
use crate::chain::chain;
use crate::error::{Fault, Rejection, RejectionKind};
use crate::token::{ClaimsError, KeyError};

impl From<BearerError> for Rejection {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Refused => RejectionKind::InvalidRefreshToken.into(),
            BearerError::Ambiguous => RejectionKind::SeveralSignIns.into(),
            BearerError::Random(error) => error.into(),
            BearerError::Store(error) => error.into(),
            BearerError::Key(error) => Self::because_of(error, RejectionKind::Internal),
            BearerError::Claims(error) => Self::because_of(error, RejectionKind::Internal),
        }
    }
}

impl Fault for ClaimsError {
    fn log(&self) {
        tracing::error!(error = chain(self), "no token could be issued");
    }
}

impl Fault for KeyError {
    fn log(&self) {
        tracing::error!(error = %self, "no token could be issued");
    }
}
