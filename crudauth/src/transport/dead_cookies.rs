//! Taking dead cookies away from requests that are served as anonymous.

use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::Request;
use axum::http::header::{CACHE_CONTROL, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use http::request::Parts;

/// A middleware for pages that anybody may see: where a request shows a session that has ended, or
/// that was sealed with another secret key, the answer also takes its cookies away.
///
/// Such a request is anonymous for `Option<Principal<_>>`, with this middleware and without it. An
/// extractor cannot add to the answer of a handler that runs; without the middleware the browser
/// goes on sending what is dead until a route refuses it, or its user signs in or out. An answer
/// that takes cookies away is marked `Cache-Control: no-store`, and a cookie that the handler sets
/// by itself is left alone.
///
/// ```
/// use axum::{Router, middleware, routing::get};
/// use crudauth::{AuthUser, CrudAuth, Principal, clear_dead_cookies};
///
/// async fn home<U: AuthUser>(visitor: Option<Principal<U>>) -> &'static str {
///     if visitor.is_some() { "welcome back" } else { "welcome" }
/// }
///
/// fn app<U: AuthUser>(auth: CrudAuth<U>) -> Router {
///     Router::new()
///         .route("/", get(home::<U>))
///         .layer(middleware::from_fn(clear_dead_cookies))
///         .with_state(auth)
/// }
/// ```
pub async fn clear_dead_cookies(mut request: Request, next: Next) -> Response {
    if !request.headers().contains_key(COOKIE) {
        return next.run(request).await;
    }
    let dead = DeadCookies::default();
    request.extensions_mut().insert(dead.clone());
    let mut response = next.run(request).await;
    dead.take_away(response.headers_mut());
    response
}

/// The `Set-Cookie` headers that are collected while a request is served.
#[derive(Clone, Default)]
pub(super) struct DeadCookies(Arc<Mutex<Vec<HeaderValue>>>);

impl DeadCookies {
    /// Notes what takes a cookie away, where somebody asked for it.
    pub(super) fn note<'a>(request: &Parts, cookies: impl Iterator<Item = &'a HeaderValue>) {
        if let Some(Self(noted)) = request.extensions.get() {
            noted.lock().unwrap_or_else(PoisonError::into_inner).extend(cookies.cloned());
        }
    }

    fn take_away(self, headers: &mut HeaderMap) {
        let noted = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        for cookie in noted {
            let sets = |set: &HeaderValue| name_of(set) == name_of(&cookie);
            if !headers.get_all(SET_COOKIE).iter().any(sets) {
                // A shared cache would take the cookies of other visitors away with it.
                headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
                headers.append(SET_COOKIE, cookie);
            }
        }
    }
}

fn name_of(cookie: &HeaderValue) -> &[u8] {
    let end = cookie.as_bytes().iter().position(|byte| *byte == b'=');
    &cookie.as_bytes()[..end.unwrap_or_default()]
}
