use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::core::Unchecked;
use crate::identity::EmailError;
use crate::password::{HashError, PasswordRefusal};
use crate::store::StoreError;
use crate::throttle::Throttled;

/// Why a step of a recovery failed.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The token was not made here, or for something else, or is past its time, or the account
    /// is not any more what it was made for.
    InvalidToken,
    /// The token has done its work, or another one was faster.
    UsedToken,
    /// The policy refuses the new password. The token still works.
    Refused(PasswordRefusal),
    /// The new e-mail address belongs to somebody else by now. The token still works.
    EmailTaken,
    /// The new e-mail address is none.
    InvalidEmail(EmailError),
    /// The new e-mail address is that of the account.
    SameEmail,
    /// The password is wrong.
    WrongPassword,
    /// The user has tried too often.
    Throttled(Throttled),
    /// Too many tries at the password of the account were wrong.
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// The password could not be hashed or verified now.
    Hashing(HashError),
    /// The store failed.
    Store(StoreError),
}

impl fmt::Display for RecoveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidToken => f.write_str("the token is invalid or has expired"),
            Self::UsedToken => f.write_str("the token has been used"),
            Self::Refused(_) => f.write_str("the policy refuses the new password"),
            Self::EmailTaken => f.write_str("the e-mail address is taken"),
            Self::InvalidEmail(error) => error.fmt(f),
            Self::SameEmail => f.write_str("the new e-mail address is the present one"),
            Self::WrongPassword => f.write_str("the password is wrong"),
            Self::Throttled(_) | Self::LockedOut { .. } => f.write_str("too many attempts"),
            Self::Hashing(error) => error.fmt(f),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for RecoveryError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidEmail(error) => error.source(),
            Self::Hashing(error) => error.source(),
            Self::Store(error) => error.source(),
            _ => None,
        }
    }
}

impl From<HashError> for RecoveryError {
    fn from(error: HashError) -> Self {
        Self::Hashing(error)
    }
}

impl From<StoreError> for RecoveryError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
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
