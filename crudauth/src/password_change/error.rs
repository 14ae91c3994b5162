use std::time::Duration;

use crate::core::Unchecked;
use crate::event::PasswordFailure;
use crate::password::{HashError, PasswordRefusal};
use crate::secret::RandomError;
use crate::store::StoreError;
use crate::transport::session::SessionError;

/// Why a password was not changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PasswordChangeError {
    /// The account has no password to change.
    #[error("the account has no password")]
    NoPassword,
    /// The account has a password, and a first one cannot be set.
    #[error("the account has a password")]
    HasPassword,
    /// The current password is wrong.
    #[error("the current password is wrong")]
    WrongPassword,
    /// Too many tries at the password of the account were wrong.
    #[error("too many attempts")]
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// The sign-in is not fresh enough and not elevated, or not by a session.
    #[error("the sign-in is not fresh enough")]
    NotFresh,
    /// The policy refuses the new password.
    #[error("the policy refuses the new password")]
    Refused(PasswordRefusal),
    /// The password could not be hashed or verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes for the new id of the session.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl PasswordChangeError {
    /// What the event of a refusal says. Failed hashing and a failed store are no refusals.
    pub(super) fn reason(&self) -> Option<PasswordFailure> {
        match self {
            Self::NoPassword => Some(PasswordFailure::NoPassword),
            Self::HasPassword => Some(PasswordFailure::HasPassword),
            Self::WrongPassword => Some(PasswordFailure::WrongPassword),
            Self::NotFresh => Some(PasswordFailure::NotFresh),
            Self::Refused(_) => Some(PasswordFailure::Policy),
            Self::LockedOut { .. } | Self::Hashing(_) | Self::Random(_) | Self::Store(_) => None,
        }
    }
}

impl From<Unchecked> for PasswordChangeError {
    fn from(unchecked: Unchecked) -> Self {
        match unchecked {
            Unchecked::LockedOut { retry_after } => Self::LockedOut { retry_after },
            Unchecked::Hashing(error) => Self::Hashing(error),
            Unchecked::Store(error) => Self::Store(error),
        }
    }
}

impl From<SessionError> for PasswordChangeError {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Random(error) => Self::Random(error),
            SessionError::Store(error) => Self::Store(error),
        }
    }
}
