//! What the flows by link say where they refuse.

use super::RecoveryError;
use crate::error::{FieldError, Rejection, RejectionKind};
use crate::http::not_taken;
use crate::identity::EmailError;

pub(super) fn at_new_email(error: EmailError) -> FieldError {
    error.at("new_email")
}

impl From<RecoveryError> for Rejection {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::InvalidToken => Self::bad_request("Invalid or expired token"),
            RecoveryError::UsedToken => Self::bad_request("Token already used"),
            RecoveryError::Refused(refusal) => not_taken("new_password", &refusal),
            RecoveryError::EmailTaken => Self::unprocessable("Email already in use"),
            RecoveryError::InvalidEmail(error) => at_new_email(error).into(),
            RecoveryError::SameEmail => Self::bad_request("New email matches current email"),
            RecoveryError::WrongPassword => Self::bad_request("Incorrect password"),
            RecoveryError::RateLimited(exceeded) => exceeded.into(),
            RecoveryError::LockedOut { retry_after } => {
                RejectionKind::SudoLockedOut { retry_after }.into()
            }
            RecoveryError::Hashing(error) => error.into(),
            RecoveryError::Random(error) => error.into(),
            RecoveryError::Store(error) => error.into(),
        }
    }
}
