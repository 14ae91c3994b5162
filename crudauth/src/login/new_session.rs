//! A session that has begun, on its way to the browser.

use std::convert::Infallible;
use std::fmt;
use std::sync::Arc;

use axum::Json;
use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
use http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use http::{HeaderMap, HeaderName, HeaderValue};
use serde::Serialize;

use super::Also;
use crate::core::answers::LoggedIn;
use crate::transport::session::Issued;
use crate::user::{AuthUser, StoredUser};

const X_CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");

/// A session that has begun. It is a part of a response, to which it adds the cookies and
/// `Cache-Control: no-store`: return `(session, Redirect::to("/"))`, say. By itself it is the answer
/// of `POST /login` ([`LoggedIn`]).
///
/// [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) makes it. `Debug` shows whose it is alone.
#[must_use = "the browser is signed in once it has the cookies: return this as a part of the response"]
pub struct NewSession<U> {
    user: Arc<StoredUser<U>>,
    csrf_token: Option<String>,
    handle: String,
    cookies: Vec<HeaderValue>,
}

impl<U: AuthUser> NewSession<U> {
    pub(crate) fn new(user: Arc<StoredUser<U>>, issued: Issued, cookies: Vec<HeaderValue>) -> Self {
        let Issued { csrf: csrf_token, handle, .. } = issued;
        Self { user, csrf_token, handle, cookies }
    }

    /// Whose it is.
    #[must_use]
    pub fn user(&self) -> &Arc<StoredUser<U>> {
        &self.user
    }

    /// Its CSRF token, which a cookie has too; `None` where tokens are given up.
    #[must_use]
    pub fn csrf_token(&self) -> Option<&str> {
        self.csrf_token.as_deref()
    }

    /// Its public handle, as `GET /sessions` lists it.
    #[must_use]
    pub fn handle(&self) -> &str {
        &self.handle
    }

    /// Its `Set-Cookie` headers, for a response that is no axum response.
    #[must_use]
    pub fn set_cookies(&self) -> &[HeaderValue] {
        &self.cookies
    }

    /// The headers by which a browser that has the cookies makes a request: `Cookie`, and the CSRF
    /// token in `X-CSRF-Token`. For tests of the application's own handlers.
    ///
    /// ```
    /// # use axum::{Router, body::Body, http::{Request, StatusCode}};
    /// # use crudauth::{AuthUser, CrudAuth, SessionOptions};
    /// # use tower::ServiceExt;
    /// async fn the_dashboard_opens<U: AuthUser>(auth: CrudAuth<U>, user: U, app: Router) {
    ///     let (no_request, ()) = Request::new(()).into_parts();
    ///     let session = auth.sign_in(user, &no_request, SessionOptions::default()).await;
    ///     let mut request = Request::get("/dashboard").body(Body::empty()).unwrap();
    ///     request.headers_mut().extend(session.unwrap().request_headers());
    ///     assert_eq!(app.oneshot(request).await.unwrap().status(), StatusCode::OK);
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = the_dashboard_opens::<U>; }
    /// ```
    #[must_use]
    pub fn request_headers(&self) -> HeaderMap {
        let pairs = self
            .cookies
            .iter()
            .filter_map(|cookie| cookie.as_bytes().split(|it| *it == b';').next());
        let cookie = HeaderValue::from_bytes(&pairs.collect::<Vec<_>>().join(&b"; "[..]));
        let token = self.csrf_token.as_deref().and_then(|token| token.parse().ok());
        let token = token.map(|token| (X_CSRF_TOKEN, token));
        cookie.ok().map(|cookie| (COOKIE, cookie)).into_iter().chain(token).collect()
    }
}

impl<U: AuthUser> NewSession<U> {
    /// The answer of `POST /login`, and what else there is to tell.
    pub(crate) fn answer_with(self, also: &Also) -> Response {
        #[derive(Serialize)]
        struct Body<'a, Id> {
            #[serde(flatten)]
            login: LoggedIn<'a, Id>,
            #[serde(flatten)]
            also: &'a Also,
        }
        let login = LoggedIn::new(&**self.user(), self.csrf_token());
        let body = Json(Body { login, also }).into_response();
        (self, body).into_response()
    }
}

impl<U> IntoResponseParts for NewSession<U> {
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

impl<U: AuthUser> IntoResponse for NewSession<U> {
    fn into_response(self) -> Response {
        let body = Json(LoggedIn::new(&*self.user, self.csrf_token())).into_response();
        (self, body).into_response()
    }
}

impl<U: AuthUser> fmt::Debug for NewSession<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let user = format_args!("{}", self.user.id());
        f.debug_struct("NewSession").field("user", &user).finish_non_exhaustive()
    }
}
