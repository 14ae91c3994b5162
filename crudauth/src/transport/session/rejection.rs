//! What a request without its CSRF token is told.

use crate::error::{Rejection, RejectionKind};
use crate::event::CsrfFailure;

impl From<CsrfFailure> for Rejection {
    fn from(failure: CsrfFailure) -> Self {
        match failure {
            CsrfFailure::CrossSite | CsrfFailure::CrossSiteConnection => {
                RejectionKind::CrossSite.into()
            }
            CsrfFailure::MissingToken => RejectionKind::MissingCsrf.into(),
            CsrfFailure::WrongToken => RejectionKind::InvalidCsrf.into(),
        }
    }
}
