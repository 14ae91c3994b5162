//! What a sign-in that failed is over HTTP.

use super::LoginError;
use crate::error::{Rejection, RejectionKind};

impl From<LoginError> for Rejection {
    fn from(error: LoginError) -> Self {
        match error {
            LoginError::BadCredentials => RejectionKind::BadCredentials.into(),
            LoginError::LockedOut { retry_after } => {
                RejectionKind::LockedOut { retry_after }.into()
            }
            LoginError::Vetoed(veto) => veto.into(),
            LoginError::Hashing(error) => error.into(),
            LoginError::Random(error) => error.into(),
            LoginError::Store(error) => error.into(),
        }
    }
}
