//! What takes a sign-in away from a browser.

use std::convert::Infallible;
use std::fmt;

use axum::response::{IntoResponseParts, ResponseParts};
use http::header::CACHE_CONTROL;
use http::{HeaderMap, HeaderValue};

/// A browser that is signed out. It is a part of a response, to which it adds the headers that take
/// the cookies away: return `(signed_out, Redirect::to("/"))`, say.
///
/// [`CrudAuth::sign_out`](crate::CrudAuth::sign_out) makes it.
#[must_use = "the browser keeps its cookies until it is told: return this as a part of the response"]
pub struct SignedOut(HeaderMap);

impl SignedOut {
    pub(super) fn new(mut headers: HeaderMap) -> Self {
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self(headers)
    }
}

impl IntoResponseParts for SignedOut {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        let headers = parts.headers_mut();
        for (name, value) in &self.0 {
            match name == CACHE_CONTROL {
                true => drop(headers.insert(name, value.clone())),
                false => drop(headers.append(name, value.clone())),
            }
        }
        Ok(parts)
    }
}

impl fmt::Debug for SignedOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedOut(..)")
    }
}
