//! What sign-ins by mail say where they refuse.

use super::error::MailSignInError;
use crate::error::{Rejection, RejectionKind};

impl From<MailSignInError> for Rejection {
    fn from(error: MailSignInError) -> Self {
        match error {
            MailSignInError::InvalidToken => RejectionKind::InvalidLink.into(),
            MailSignInError::UsedToken => RejectionKind::UsedLink.into(),
            MailSignInError::InvalidFlow => RejectionKind::InvalidCodeRequest.into(),
            MailSignInError::WrongCode => RejectionKind::InvalidCode.into(),
            MailSignInError::Refused(rejection) => rejection,
            MailSignInError::Failed(failure) => failure.into(),
        }
    }
}
