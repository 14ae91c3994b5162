//! A layer that sends browsers to the sign-in page, and back.

use std::borrow::Cow;
use std::fmt;

use axum::extract::{OriginalUri, Request};
use axum::response::{IntoResponse, Redirect, Response};
use http::header::{CACHE_CONTROL, SET_COOKIE, VARY};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode};
use tower_layer::Layer;

use super::CrudAuth;
use super::guard::{Guard, Guarded};
use crate::error::Rejection;
use crate::http::{ReturnTo, asks_for_page};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// A layer that lets those through who are signed in, for
    /// [`Router::route_layer`](axum::Router::route_layer). A browser that asks for a page, which its
    /// `Accept: text/html` says, is sent to the sign-in page, which gets the path that was asked for
    /// as `next`. Any other anonymous request is answered with 401, as by
    /// [`protect`](Self::protect). A handler that extracts a [`Principal`](crate::Principal)
    /// receives the one that the layer has found. What the routes answer is kept by no cache, unless
    /// they say `Cache-Control` themselves.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use crudauth::{AuthUser, CrudAuth};
    /// # async fn dashboard() {}
    /// # async fn sign_in_page() {}
    /// fn pages<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
    ///     Router::new()
    ///         .route("/dashboard", get(dashboard))
    ///         .route_layer(auth.require_login().at("/sign-in"))
    ///         .route("/sign-in", get(sign_in_page))
    /// }
    /// ```
    ///
    /// [`ReturnTo`] reads `next` and takes nothing that leaves the server.
    #[must_use]
    pub fn require_login(&self) -> RequireLogin<U> {
        RequireLogin { auth: self.clone(), page: Cow::Borrowed("/login") }
    }
}

/// A layer that lets those through who are signed in. Made by [`CrudAuth::require_login`].
pub struct RequireLogin<U> {
    auth: CrudAuth<U>,
    page: Cow<'static, str>,
}

impl<U: AuthUser> RequireLogin<U> {
    /// The path of the sign-in page, as the browser sees it. Default: `/login`.
    #[must_use]
    pub fn at(self, page: impl Into<Cow<'static, str>>) -> Self {
        Self { page: page.into(), ..self }
    }

    /// Sends a browser to the sign-in page, with the path to come back to. One that has sent a
    /// form comes back to nothing, since what it sent is gone.
    fn sign_in(&self, request: &Parts, refusal: Rejection) -> Response {
        let refusal = refusal.into_response();
        let is_page = asks_for_page(&request.headers);
        if refusal.status() != StatusCode::UNAUTHORIZED || !is_page {
            return refusal;
        }
        let asked = request.extensions.get().map_or(&request.uri, |OriginalUri(uri)| uri);
        let next = match request.method.is_safe() {
            true => ReturnTo::from_uri(asked),
            false => ReturnTo::default(),
        };
        let mut response = Redirect::to(&with_next(&self.page, &next)).into_response();
        let headers: &mut HeaderMap = response.headers_mut();
        for cookie in refusal.headers().get_all(SET_COOKIE) {
            headers.append(SET_COOKIE, cookie.clone());
        }
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.insert(VARY, HeaderValue::from_static("accept"));
        response
    }
}

fn with_next(page: &str, next: &ReturnTo) -> String {
    let Some(path) = next.path() else { return page.to_owned() };
    let next: String = form_urlencoded::byte_serialize(path.as_bytes()).collect();
    let separator = if page.contains('?') { '&' } else { '?' };
    format!("{page}{separator}next={next}")
}

impl<U: AuthUser> Guard for RequireLogin<U> {
    type Passed = ();

    async fn pass(&self, request: Request) -> Result<(Request, ()), Response> {
        let (mut parts, body) = request.into_parts();
        let authenticator = &self.auth.inner.app.authenticator;
        match authenticator.require(&parts).await {
            Ok(principal) => authenticator.remember(&mut parts, principal),
            Err(refusal) => return Err(self.sign_in(&parts, refusal)),
        }
        Ok((Request::from_parts(parts, body), ()))
    }

    fn finish(&self, (): (), mut answer: Response) -> Response {
        let no_store = HeaderValue::from_static("no-store");
        answer.headers_mut().entry(CACHE_CONTROL).or_insert(no_store);
        answer
    }
}

impl<U: AuthUser, S> Layer<S> for RequireLogin<U> {
    type Service = Guarded<Self, S>;

    fn layer(&self, inner: S) -> Guarded<Self, S> {
        Guarded::new(self.clone(), inner)
    }
}

impl<U> Clone for RequireLogin<U> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone(), page: self.page.clone() }
    }
}

impl<U> fmt::Debug for RequireLogin<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequireLogin").field("page", &self.page).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_back_is_one_parameter() {
        let next = ReturnTo::new("/notes?a=1&next=//evil#x");
        assert_eq!(
            with_next("/login", &next),
            "/login?next=%2Fnotes%3Fa%3D1%26next%3D%2F%2Fevil%23x"
        );
        assert_eq!(with_next("/login?lang=de", &ReturnTo::new("/")), "/login?lang=de&next=%2F");
        assert_eq!(with_next("/login", &ReturnTo::default()), "/login");
    }
}
