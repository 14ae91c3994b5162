use std::time::Duration;

use crate::error::{Rejection, RejectionKind};
use crate::password::HashError;
use crate::secret::RandomError;
use crate::store::StoreError;
use crate::transport::session::SessionError;
use crate::user::UnknownTenant;

/// A failure that every service can have.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServiceFailure {
    /// Too many tries at the password of the account were wrong.
    #[error("too many attempts")]
    LockedOut {
        /// When the next try may succeed.
        retry_after: Duration,
    },
    /// The password could not be hashed or verified now.
    #[error(transparent)]
    Hashing(#[from] HashError),
    /// The system gave no random bytes.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Nothing says which tenant is meant, or there is no such tenant.
    #[error(transparent)]
    UnknownTenant(#[from] UnknownTenant),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<SessionError> for ServiceFailure {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Random(error) => Self::Random(error),
            SessionError::Store(error) => Self::Store(error),
        }
    }
}

impl From<ServiceFailure> for Rejection {
    fn from(failure: ServiceFailure) -> Self {
        match failure {
            ServiceFailure::LockedOut { retry_after } => {
                RejectionKind::SudoLockedOut { retry_after }.into()
            }
            ServiceFailure::Hashing(error) => error.into(),
            ServiceFailure::Random(error) => error.into(),
            ServiceFailure::UnknownTenant(_) => RejectionKind::UnknownTenant.into(),
            ServiceFailure::Store(error) => error.into(),
        }
    }
}
