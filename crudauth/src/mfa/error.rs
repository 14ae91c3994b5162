use crate::core::ServiceFailure;

/// An error of [`MfaService`](super::MfaService).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MfaError {
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// The account has no password, and the sign-in is not fresh enough and not elevated, or not by a
    /// session.
    #[error("the sign-in is not fresh enough")]
    NotFresh,
    /// The account has a second factor.
    #[error("the account has a second factor")]
    AlreadyEnabled,
    /// There is no authenticator app to confirm.
    #[error("no set-up is pending")]
    NonePending,
    /// The account has to have a second factor.
    #[error("the account has to have a second factor")]
    Required,
    /// The code is wrong, or was used before.
    #[error("the code is wrong")]
    WrongCode,
    /// Something else keeps it from being done.
    #[error(transparent)]
    Failed(ServiceFailure),
}

impl<E: Into<ServiceFailure>> From<E> for MfaError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}
