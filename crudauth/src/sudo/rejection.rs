//! What the sudo mode says over HTTP.

use super::SudoError;
use crate::error::{Rejection, RejectionKind};

impl From<SudoError> for Rejection {
    fn from(error: SudoError) -> Self {
        match error {
            SudoError::NoSession => RejectionKind::SudoNeedsSession.into(),
            SudoError::SecondFactor => RejectionKind::SecondFactorRequired.into(),
            SudoError::WrongProof => RejectionKind::SudoRefused.into(),
            SudoError::WrongCode => RejectionKind::InvalidCode.into(),
            SudoError::Failed(failure) => failure.into(),
        }
    }
}
