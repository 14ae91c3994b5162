//! What a request of a session is told.

use super::SessionError;
use crate::error::{Rejection, RejectionKind};
use crate::event::CsrfFailure;

impl From<CsrfFailure> for Rejection {
    fn from(failure: CsrfFailure) -> Self {
        match failure {
            CsrfFailure::CrossSite | CsrfFailure::CrossSiteConnection => {
                RejectionKind::CrossSite.into()
            }
            CsrfFailure::MissingToken | CsrfFailure::FormNotRead => {
                RejectionKind::MissingCsrf.into()
            }
            CsrfFailure::WrongToken => RejectionKind::InvalidCsrf.into(),
        }
    }
}

impl From<SessionError> for Rejection {
    fn from(error: SessionError) -> Self {
        match error {
            SessionError::Random(error) => error.into(),
            SessionError::Store(error) => error.into(),
        }
    }
}
