use crate::core::ServiceFailure;
use crate::error::Rejection;
use crate::login::{LoginError, SignInError};
use crate::outbox::OutboxError;
use crate::secret::{RandomError, SealError};
use crate::store::StoreError;

/// Why a sign-in by mail failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MailSignInError {
    /// The token was not made here, is past its time, is not the newest, belongs to another browser, or
    /// the account is not any more what it was made for.
    #[error("the token is invalid or has expired")]
    InvalidToken,
    /// The token has done its work, or another attempt was faster.
    #[error("the token has been used")]
    UsedToken,
    /// The flow is unknown, has expired or has no tries left.
    #[error("the flow is invalid or has expired")]
    InvalidFlow,
    #[error("the code is wrong")]
    WrongCode,
    /// It is refused for another reason, which the client is told.
    #[error(transparent)]
    Refused(Rejection),
    #[error(transparent)]
    Failed(ServiceFailure),
}

impl From<ServiceFailure> for MailSignInError {
    fn from(failure: ServiceFailure) -> Self {
        Self::Failed(failure)
    }
}

impl From<StoreError> for MailSignInError {
    fn from(error: StoreError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<RandomError> for MailSignInError {
    fn from(error: RandomError) -> Self {
        Self::Failed(error.into())
    }
}

impl From<SealError> for MailSignInError {
    fn from(error: SealError) -> Self {
        match error {
            SealError::Random(error) => error.into(),
            too_long @ SealError::TooLong => StoreError::new(too_long).into(),
        }
    }
}

impl From<OutboxError> for MailSignInError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Random(error) => error.into(),
            OutboxError::Store(error) => error.into(),
            no_channel @ OutboxError::NoChannel(_) => StoreError::new(no_channel).into(),
        }
    }
}

impl From<LoginError> for MailSignInError {
    fn from(error: LoginError) -> Self {
        Self::Refused(error.into())
    }
}

impl From<SignInError> for MailSignInError {
    fn from(error: SignInError) -> Self {
        Self::Refused(error.into())
    }
}
