//! What the routes of passwords say where they refuse.

use super::PasswordChangeError;
use crate::error::{Rejection, RejectionKind};
use crate::http::not_taken;

impl From<PasswordChangeError> for Rejection {
    fn from(error: PasswordChangeError) -> Self {
        match error {
            PasswordChangeError::NoPassword => {
                Self::bad_request("Account has no password; use /set-password to create one.")
            }
            PasswordChangeError::HasPassword => Self::bad_request(
                "Account already has a password; use the password reset flow to change it.",
            ),
            PasswordChangeError::WrongPassword => {
                Self::unauthorized("Current password is incorrect.")
            }
            PasswordChangeError::LockedOut { retry_after } => {
                RejectionKind::SudoLockedOut { retry_after }.into()
            }
            PasswordChangeError::NotFresh => {
                Self::forbidden("Sign in again to continue: this needs a recent sign-in.")
            }
            PasswordChangeError::Refused(refusal) => not_taken("new_password", &refusal),
            PasswordChangeError::Hashing(error) => error.into(),
            PasswordChangeError::Random(error) => error.into(),
            PasswordChangeError::Store(error) => error.into(),
        }
    }
}
