//! The guard against requests that a foreign page makes in the user's name.

use http::Method;
use http::request::Parts;

use super::FormRead;
use crate::event::CsrfFailure;
use crate::http::{OriginPolicy, Verdict, is_form, opens_connection};

/// The header that shows the token.
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Decides whether a request that changes something comes from the application's own pages: by
/// `Sec-Fetch-Site` and `Origin`, then by the CSRF token of the session.
///
/// A request that opens a connection is asked for no token unless its method asks for one anyway: a
/// browser cannot send a header with the handshake of a WebSocket. It always sends the `Origin`.
#[derive(Debug)]
pub(crate) struct CsrfGuard {
    origins: OriginPolicy,
    tokens: bool,
}

impl CsrfGuard {
    /// Without `tokens`, it goes by where a request comes from alone.
    pub(crate) fn new(origins: OriginPolicy, tokens: bool) -> Self {
        Self { origins, tokens }
    }

    /// The origins whose pages may use the cookies beside the application's own.
    #[cfg(feature = "cors")]
    pub(crate) fn trusted_origins(&self) -> impl Iterator<Item = &crate::http::TrustedOrigin> {
        self.origins.trusted()
    }

    /// Whether a foreign page makes the request.
    pub(crate) fn is_cross_site(&self, request: &Parts) -> bool {
        let Parts { method, uri, headers, .. } = request;
        self.origins.judge(method, uri, headers) == Verdict::Hostile
    }

    /// The token that a request with a live session shows, and that has to be that of the session;
    /// `None` where it needs none.
    ///
    /// # Errors
    ///
    /// Where a foreign page makes the request, or there is not one token where there must be.
    pub(crate) fn token_to_check<'a>(
        &self,
        request: &'a Parts,
    ) -> Result<Option<&'a [u8]>, CsrfFailure> {
        if self.is_cross_site(request) {
            return Err(match opens_connection(&request.method, &request.headers) {
                true => CsrfFailure::CrossSiteConnection,
                false => CsrfFailure::CrossSite,
            });
        }
        if !self.tokens || request.method.is_safe() || request.method == Method::CONNECT {
            return Ok(None);
        }
        let mut shown = request.headers.get_all(CSRF_HEADER).iter().filter(|it| !it.is_empty());
        // What stands before this application may have looked at another one of several.
        match (shown.next(), shown.next()) {
            (None, _) => Err(missing(request)),
            (Some(token), None) => Ok(Some(token.as_bytes())),
            (Some(_), Some(_)) => Err(CsrfFailure::WrongToken),
        }
    }
}

/// Why there is no token: a form may have it where nothing has looked.
fn missing(request: &Parts) -> CsrfFailure {
    let was_read = request.extensions.get::<FormRead>().is_some();
    match is_form(&request.headers) && !was_read {
        true => CsrfFailure::FormNotRead,
        false => CsrfFailure::MissingToken,
    }
}
