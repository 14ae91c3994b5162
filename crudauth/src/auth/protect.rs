//! Closing a whole router, and what surrounds an open one.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;

use super::CrudAuth;
use crate::error::Rejection;
use crate::http::write_notes;
use crate::transport::clear_dead_cookies;
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Closes every route of `router`, its fallback included: an anonymous request is answered
    /// with 401 before any handler, extractor or body is touched. Handlers inside that extract a
    /// [`Principal`](crate::Principal) receive the one found here, without a second look into the
    /// store. What [`wrap`](Self::wrap) does is done here too.
    ///
    /// Merge a closed router **before** open ones such as [`router`](Self::router), or nest it:
    /// where no fallback is set, axum keeps the one of the router that was merged last, and that of
    /// a closed router answers 401 to unknown paths. A nested router without a fallback of its own
    /// leaves unknown paths to the outer one.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        let auth = self.clone();
        let closed = router.layer(middleware::from_fn(move |request: Request, next: Next| {
            let auth = auth.clone();
            async move { auth.admit(request, next).await }
        }));
        self.wrap(closed)
    }

    /// Surrounds every route of `router` with what an extractor cannot do by itself, since it has
    /// no answer to write to:
    ///
    /// - Whatever a [`Principal`](crate::Principal) was found for is answered with
    ///   `Cache-Control: no-store`, so that no proxy and no shared computer keeps it. A handler that
    ///   says `Cache-Control` itself has its way.
    /// - Cookies of what has ended are taken away, as [`clear_dead_cookies`] does it.
    ///
    /// Put it around the whole application: routes that find no principal stay as they are. Without
    /// it, and outside of [`protect`](Self::protect), an answer has the headers that its handler
    /// gives it and no others.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use crudauth::{AuthUser, CrudAuth};
    /// # async fn index() {}
    /// fn app<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
    ///     auth.wrap(Router::new().route("/", get(index)).merge(auth.router()))
    /// }
    /// ```
    pub fn wrap<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        router
            .layer(middleware::from_fn(write_notes))
            .layer(middleware::from_fn(clear_dead_cookies))
    }

    async fn admit(&self, request: Request, next: Next) -> Result<Response, Rejection> {
        let (mut parts, body) = request.into_parts();
        let principal = self.inner.app.authenticator.require(&parts).await?;
        self.inner.app.authenticator.remember(&mut parts, principal);
        Ok(next.run(Request::from_parts(parts, body)).await)
    }
}
