//! What the routes of second factors say where they refuse.

use super::MfaError;
use crate::error::{Rejection, RejectionKind};

impl From<MfaError> for Rejection {
    fn from(error: MfaError) -> Self {
        match error {
            MfaError::WrongPassword => RejectionKind::SudoRefused.into(),
            MfaError::NotFresh => RejectionKind::SignInNotFresh.into(),
            MfaError::AlreadyEnabled => RejectionKind::MfaEnabled.into(),
            MfaError::NonePending => RejectionKind::NoMfaSetup.into(),
            MfaError::Required => RejectionKind::MfaRequired.into(),
            MfaError::WrongCode => RejectionKind::InvalidCode.into(),
            MfaError::Failed(failure) => failure.into(),
        }
    }
}
