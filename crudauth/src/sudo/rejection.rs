//! What the sudo mode says over HTTP.

use super::SudoError;
use crate::error::Rejection;
use crate::transport::Refusal;

impl From<SudoError> for Rejection {
    fn from(error: SudoError) -> Self {
        match error {
            SudoError::NoSession => Self::forbidden("Sudo requires a session-backed login."),
            SudoError::SecondFactor => Self::SecondFactorRequired,
            SudoError::WrongProof => Self::SudoRefused,
            SudoError::WrongCode => Self::InvalidCode,
            SudoError::LockedOut { retry_after } => Self::SudoLockedOut { retry_after },
            SudoError::Hashing(error) => error.into(),
            SudoError::Store(error) => error.into(),
        }
    }
}

impl From<SudoError> for Refusal {
    fn from(error: SudoError) -> Self {
        Rejection::from(error).into()
    }
}
