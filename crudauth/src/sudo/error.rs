use crate::core::ServiceFailure;

/// Why there are no elevated rights.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SudoError {
    /// The principal has no session, or it has ended.
    #[error("only a session can be given elevated rights")]
    NoSession,
    /// The account has a second factor, so its password alone proves too little.
    #[error("a second factor is required")]
    SecondFactor,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongProof,
    /// The code is wrong.
    #[error("the code is wrong")]
    WrongCode,
    /// Something else keeps it from being done.
    #[error(transparent)]
    Failed(ServiceFailure),
}

impl<E: Into<ServiceFailure>> From<E> for SudoError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
