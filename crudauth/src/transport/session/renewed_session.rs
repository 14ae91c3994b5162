//! A session under another id, on its way to the browser.

use std::convert::Infallible;
use std::fmt;

use axum::response::{IntoResponseParts, ResponseParts};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};

use super::Issued;

/// The session of somebody whose password has changed, which has another id since. It is a part of a
/// response, to which it adds the cookies and `Cache-Control: no-store`: return
/// `(renewed, Redirect::to("/account"))`, say. Where no session stays, it adds no cookie.
#[must_use = "the browser is signed out unless it gets the cookies: return this as a part of the response"]
pub struct RenewedSession {
    csrf_token: Option<String>,
    cookies: Vec<HeaderValue>,
}

impl RenewedSession {
    pub(crate) fn new(issued: Option<Issued>, cookies: Vec<HeaderValue>) -> Self {
        Self { csrf_token: issued.and_then(|issued| issued.csrf), cookies }
    }

    /// Its CSRF token, which a cookie has too; `None` where tokens are given up or no session stays.
    #[must_use]
    pub fn csrf_token(&self) -> Option<&str> {
        self.csrf_token.as_deref()
    }

    /// Its `Set-Cookie` headers, for a response that is no axum response.
    #[must_use]
    pub fn set_cookies(&self) -> &[HeaderValue] {
        &self.cookies
    }
}

impl IntoResponseParts for RenewedSession {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        for cookie in self.cookies {
            headers.append(SET_COOKIE, cookie);
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Ok(parts)
    }
}

impl fmt::Debug for RenewedSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RenewedSession").finish_non_exhaustive()
    }
}
