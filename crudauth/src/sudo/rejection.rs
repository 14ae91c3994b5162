//! What the sudo mode says over HTTP.

use super::SudoError;
use crate::error::{Rejection, RejectionKind};

impl From<SudoError> for Rejection {
    fn from(error: SudoError) -> Self {
        match error {
            SudoError::NoSession => Self::forbidden("Sudo requires a session-backed login."),
            SudoError::SecondFactor => RejectionKind::SecondFactorRequired.into(),
            SudoError::WrongProof => RejectionKind::SudoRefused.into(),
            SudoError::WrongCode => RejectionKind::InvalidCode.into(),
            SudoError::LockedOut { retry_after } => {
                RejectionKind::SudoLockedOut { retry_after }.into()
            }
            SudoError::Hashing(error) => error.into(),
            SudoError::Random(error) => error.into(),
            SudoError::Store(error) => error.into(),
        }
    }
}
