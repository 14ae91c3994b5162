use crate::core::ServiceFailure;
use crate::identity::EmailError;
use crate::outbox::OutboxError;
use crate::password::PasswordRefusal;
use crate::rate_limit::RateLimitExceeded;
use crate::store::StoreError;

/// Why a step of a recovery failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The token was not made here, or for something else, or is past its time, or the account
    /// is not any more what it was made for.
    #[error("the token is invalid or has expired")]
    InvalidToken,
    /// The token has done its work, or another one was faster.
    #[error("the token has been used")]
    UsedToken,
    /// The policy refuses the new password. The token still works.
    #[error("the policy refuses the new password")]
    Refused(PasswordRefusal),
    /// The new e-mail address belongs to another account by now. The token still works.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The new e-mail address is invalid.
    #[error(transparent)]
    InvalidEmail(EmailError),
    /// The new e-mail address is that of the account.
    #[error("the new e-mail address is the present one")]
    SameEmail,
    /// The password is wrong.
    #[error("the password is wrong")]
    WrongPassword,
    /// The user has tried too often.
    #[error("too many attempts")]
    RateLimited(RateLimitExceeded),
    /// Something else keeps it from being done.
    #[error(transparent)]
    Failed(ServiceFailure),
}

impl<E: Into<ServiceFailure>> From<E> for RecoveryError {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

impl From<OutboxError> for RecoveryError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Random(error) => error.into(),
            OutboxError::Store(error) => error.into(),
            no_channel @ OutboxError::NoChannel(_) => StoreError::new(no_channel).into(),
        }
    }
}
