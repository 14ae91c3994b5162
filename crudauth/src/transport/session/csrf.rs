//! The guard against requests that a foreign page makes in the user's name.

use http::request::Parts;

use super::service::{LiveSession, Sessions};
use crate::error::Rejection;
use crate::event::CsrfFailure;
use crate::http::{TrustedOrigin, Verdict, judge};

const TOKEN_HEADER: &str = "x-csrf-token";

/// Decides whether a request that changes something comes from the application's own pages: by
/// `Sec-Fetch-Site` and `Origin`, then by the CSRF token of the session.
#[derive(Debug)]
pub(crate) struct CsrfGuard {
    trusted: Vec<TrustedOrigin>,
}

impl CsrfGuard {
    pub(crate) fn new(trusted: Vec<TrustedOrigin>) -> Self {
        Self { trusted }
    }

    /// Whether a foreign page makes the request.
    pub(crate) fn is_cross_site(&self, request: &Parts) -> bool {
        let Parts { method, uri, headers, .. } = request;
        judge(method, uri, headers, &self.trusted) == Verdict::Hostile
    }

    /// Checks a request that carries a live session.
    pub(crate) fn check(
        &self,
        request: &Parts,
        sessions: &Sessions,
        session: &LiveSession,
    ) -> Result<(), CsrfFailure> {
        if request.method.is_safe() {
            return Ok(());
        }
        if self.is_cross_site(request) {
            return Err(CsrfFailure::CrossSite);
        }
        if !sessions.config().csrf {
            return Ok(());
        }
        let shown = request.headers.get(TOKEN_HEADER).filter(|token| !token.is_empty());
        match shown {
            None => Err(CsrfFailure::MissingToken),
            Some(token) if sessions.csrf_matches(session, token.as_bytes()) => Ok(()),
            Some(_) => Err(CsrfFailure::WrongToken),
        }
    }
}

impl From<CsrfFailure> for Rejection {
    fn from(failure: CsrfFailure) -> Self {
        match failure {
            CsrfFailure::CrossSite => Self::CrossSite,
            CsrfFailure::MissingToken => Self::MissingCsrf,
            CsrfFailure::WrongToken => Self::InvalidCsrf,
        }
    }
}
