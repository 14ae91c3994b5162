//! What a sign-in that failed is over HTTP.

use super::LoginError;
use crate::error::Rejection;

impl From<LoginError> for Rejection {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::BadCredentials => Self::BadCredentials,
            LoginError::LockedOut { retry_after } => Self::LockedOut { retry_after },
            LoginError::Vetoed(veto) => veto.into(),
            LoginError::Hashing(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}
