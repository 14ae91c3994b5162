//! The guard against requests that a foreign page makes in the user's name.

use http::Method;
use http::request::Parts;

use super::service::{LiveSession, Sessions};
use crate::event::CsrfFailure;
use crate::http::{OriginPolicy, Verdict, opens_connection};

const TOKEN_HEADER: &str = "x-csrf-token";

/// Decides whether a request that changes something comes from the application's own pages: by
/// `Sec-Fetch-Site` and `Origin`, then by the CSRF token of the session.
///
/// A request that opens a connection is asked for no token unless its method asks for one anyway: a
/// browser cannot send a header with the handshake of a WebSocket. It always sends the `Origin`.
#[derive(Debug)]
pub(crate) struct CsrfGuard {
    origins: OriginPolicy,
}

impl CsrfGuard {
    pub(crate) fn new(origins: OriginPolicy) -> Self {
        Self { origins }
    }

    /// Whether a foreign page makes the request.
    pub(crate) fn is_cross_site(&self, request: &Parts) -> bool {
        let Parts { method, uri, headers, .. } = request;
        self.origins.judge(method, uri, headers) == Verdict::Hostile
    }

    /// Checks a request that carries a live session.
    pub(crate) fn check(
        &self,
        request: &Parts,
        sessions: &Sessions,
        session: &LiveSession,
    ) -> Result<(), CsrfFailure> {
        if self.is_cross_site(request) {
            return Err(match opens_connection(&request.method, &request.headers) {
                true => CsrfFailure::CrossSiteConnection,
                false => CsrfFailure::CrossSite,
            });
        }
        if request.method.is_safe() || request.method == Method::CONNECT {
            return Ok(());
        }
        if !sessions.config().csrf {
            return Ok(());
        }
        let mut shown = request.headers.get_all(TOKEN_HEADER).iter().filter(|it| !it.is_empty());
        // What stands before this application may have looked at another one of several.
        match (shown.next(), shown.next()) {
            (None, _) => Err(CsrfFailure::MissingToken),
            (Some(token), None) if sessions.csrf_matches(session, token.as_bytes()) => Ok(()),
            (Some(_), _) => Err(CsrfFailure::WrongToken),
        }
    }
}
