use std::time::Duration;

use crate::hooks::Veto;
use crate::password::HashError;
use crate::secret::RandomError;
use crate::store::StoreError;

/// Why a sign-in failed. It does not tell whether the account exists.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoginError {
    /// Unknown user, wrong password, disabled account, or one with a second factor.
    #[error("the name or the password is wrong")]
    BadCredentials,
    /// Too many attempts before this one.
    #[error("too many attempts")]
    LockedOut {
        /// When the next attempt may succeed.
        retry_after: Duration,
    },
    /// The credentials are right, and a hook of the application says no.
    #[error(transparent)]
    Vetoed(Veto),
    /// The password could not be verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes for a device token.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}
