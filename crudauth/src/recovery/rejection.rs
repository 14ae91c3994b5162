//! What the flows by link say where they refuse.

use super::RecoveryError;
use crate::error::{Rejection, RejectionKind};
use crate::http::wire;

impl From<RecoveryError> for Rejection {
    fn from(error: RecoveryError) -> Self {
        match error {
            RecoveryError::InvalidToken => RejectionKind::InvalidLink.into(),
            RecoveryError::UsedToken => RejectionKind::UsedLink.into(),
            RecoveryError::Refused(refusal) => wire::not_taken("new_password", &refusal),
            RecoveryError::EmailTaken => RejectionKind::EmailInUse.into(),
            RecoveryError::InvalidEmail(error) => wire::email(&error, "new_email").into(),
            RecoveryError::SameEmail => RejectionKind::SameEmail.into(),
            RecoveryError::WrongPassword => RejectionKind::WrongPassword.into(),
            RecoveryError::RateLimited(exceeded) => exceeded.into(),
            RecoveryError::Failed(failure) => failure.into(),
        }
    }
}
