use std::time::Duration;

use crate::core::Unchecked;
use crate::identity::EmailError;
use crate::outbox::OutboxError;
use crate::password::{HashError, PasswordRefusal};
use crate::rate_limit::RateLimitExceeded;
use crate::secret::RandomError;
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
    /// The new e-mail address belongs to somebody else by now. The token still works.
    #[error("the e-mail address is taken")]
    EmailTaken,
    /// The new e-mail address is none.
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
    /// Too many tries at the password of the account were wrong.
    #[error("too many attempts")]
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// The password could not be hashed or verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes to encrypt a message with.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Unchecked> for RecoveryError {
    fn from(unchecked: Unchecked) -> Self {
        match unchecked {
            Unchecked::LockedOut { retry_after } => Self::LockedOut { retry_after },
            Unchecked::Hashing(error) => Self::Hashing(error),
            Unchecked::Store(error) => Self::Store(error),
        }
    }
}

impl From<OutboxError> for RecoveryError {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::Random(error) => Self::Random(error),
            OutboxError::Store(error) => Self::Store(error),
            no_channel @ OutboxError::NoChannel(_) => Self::Store(StoreError::new(no_channel)),
        }
    }
}
