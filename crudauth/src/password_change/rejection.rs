//! What the routes of passwords say where they refuse.

use super::PasswordChangeError;
use crate::error::{Rejection, RejectionKind};
use crate::http::wire;

impl From<PasswordChangeError> for Rejection {
    fn from(error: PasswordChangeError) -> Self {
        match error {
            PasswordChangeError::NoPassword => RejectionKind::NoPassword.into(),
            PasswordChangeError::HasPassword => RejectionKind::HasPassword.into(),
            PasswordChangeError::WrongPassword => RejectionKind::WrongCurrentPassword.into(),
            PasswordChangeError::NotFresh => RejectionKind::SignInNotFresh.into(),
            PasswordChangeError::Refused(refusal) => wire::not_taken("new_password", &refusal),
            PasswordChangeError::Failed(failure) => failure.into(),
        }
    }
}
