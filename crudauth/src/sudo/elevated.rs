//! The answer to a proof.

use std::fmt;
use std::time::SystemTime;

use axum::Json;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use serde::Serialize;

use crate::transport::session::as_rfc3339;

/// Elevated rights that were given, and the cookies of the session, which has another id with them.
///
/// It is the answer to send: `{"elevated_until": "2027-01-15T08:05:00Z"}` with `Set-Cookie`. Beside
/// a body of your own it brings the cookies: `(elevated, Json(..))`. A client that does not get
/// them is signed out after ten seconds, so it is no JSON by itself:
///
/// ```compile_fail
/// # use axum::Json;
/// # use crudauth::sudo::Elevated;
/// fn without_cookies(elevated: Elevated) -> Json<Elevated> {
///     Json(elevated)
/// }
/// # fn is_json<T: axum::response::IntoResponse>(_: T) {}
/// # fn ignore(elevated: Elevated) { is_json(without_cookies(elevated)) }
/// ```
#[must_use = "the client needs its cookies"]
#[non_exhaustive]
pub struct Elevated {
    /// When they end.
    pub until: SystemTime,
    pub(super) cookies: Vec<HeaderValue>,
}

impl IntoResponseParts for Elevated {
    type Error = std::convert::Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Self::Error> {
        let headers = parts.headers_mut();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        for cookie in self.cookies {
            headers.append(SET_COOKIE, cookie);
        }
        Ok(parts)
    }
}

impl IntoResponse for Elevated {
    fn into_response(self) -> Response {
        #[derive(Serialize)]
        struct Body {
            #[serde(serialize_with = "as_rfc3339")]
            elevated_until: SystemTime,
        }
        let body = Json(Body { elevated_until: self.until });
        (self, body).into_response()
    }
}

impl fmt::Debug for Elevated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Elevated").field("until", &self.until).finish_non_exhaustive()
    }
}
