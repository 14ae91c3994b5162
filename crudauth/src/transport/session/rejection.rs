//! What a request without its CSRF token is told.

use crate::error::Rejection;
use crate::event::CsrfFailure;

impl From<CsrfFailure> for Rejection {
    fn from(failure: CsrfFailure) -> Self {
        match failure {
            CsrfFailure::CrossSite | CsrfFailure::CrossSiteConnection => Self::CrossSite,
            CsrfFailure::MissingToken => Self::MissingCsrf,
            CsrfFailure::WrongToken => Self::InvalidCsrf,
        }
    }
}
