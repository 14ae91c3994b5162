use std::time::Duration;

use crate::password::HashError;
use crate::secret::RandomError;
use crate::store::StoreError;
use crate::transport::session::SessionError;

/// Why there are no elevated rights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SudoError {
    /// The principal has no session, or it has ended.
    #[error("only a session can be given elevated rights")]
    NoSession,
    /// The account has a second factor, so its password alone proves too little; the factor cannot
    /// be asked for yet.
    #[error("a second factor is required")]
    SecondFactor,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongProof,
    /// The code is wrong.
    #[error("the code is wrong")]
    WrongCode,
    /// Too many proofs were wrong.
    #[error("too many attempts")]
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// The password could not be verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes for the new id of the session.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SessionError> for SudoError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Random(error) => Self::Random(error),
            SessionError::Store(error) => Self::Store(error),
        }
    }
}
