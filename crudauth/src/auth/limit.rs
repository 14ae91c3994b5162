//! Limits on the application's own routes, as a layer.

use std::fmt;

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use tower_layer::Layer;

use super::CrudAuth;
use super::guard::{Guard, Guarded};
use crate::error::Rejection;
use crate::rate_limit::{Action, KeyBy, RateLimit, RateLimitStatus, RateLimiter};
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// A layer that lets a route be called as often as the [`Action`] `A` says.
    ///
    /// Beyond that it answers 429 with `Retry-After`. A call that passes carries
    /// `X-RateLimit-Limit` and `X-RateLimit-Remaining` in its answer, unless that is an error; of
    /// several limits on one route, those of the tightest. A handler that extracts a
    /// [`Principal`](crate::Principal) receives the one that the layer has found.
    ///
    /// ```
    /// # use axum::{Router, routing::get};
    /// # use crudauth::{Action, AuthUser, CrudAuth, RateLimit};
    /// enum Search {}
    ///
    /// impl Action for Search {
    ///     const NAME: &'static str = "search";
    ///     const LIMIT: RateLimit = RateLimit::per_hour(100);
    /// }
    ///
    /// # async fn search() {}
    /// fn routes<U: AuthUser>(auth: &CrudAuth<U>) -> Router {
    ///     Router::new().route("/search", get(search).layer(auth.rate_limit::<Search>()))
    /// }
    /// ```
    #[must_use]
    pub fn rate_limit<A: Action>(&self) -> RateLimitLayer<U> {
        RateLimitLayer {
            auth: self.clone(),
            limiter: self.inner.core().rate_limiters.of::<A>(),
            key: A::KEY,
        }
    }
}

/// Limits how often a route may be called. Made by [`CrudAuth::rate_limit`].
pub struct RateLimitLayer<U: AuthUser> {
    auth: CrudAuth<U>,
    limiter: RateLimiter,
    key: KeyBy,
}

impl<U: AuthUser> RateLimitLayer<U> {
    /// Another limit than the action's own: one from a configuration, say.
    #[must_use]
    pub fn limit(self, limit: RateLimit) -> Self {
        Self { limiter: self.limiter.with_limit(limit), ..self }
    }

    async fn admit(&self, request: &mut Parts) -> Result<Option<RateLimitStatus>, Rejection> {
        let clients = &self.auth.inner.core().clients;
        let counted = match self.caller(request).await? {
            Some(caller) => self.limiter.count_of(&caller, clients.info(request)).await?,
            None => {
                let address = clients.of(request).bucket();
                self.limiter.count_address_of(address.as_deref(), clients.info(request)).await?
            }
        };
        Ok(counted?)
    }

    /// Who is counted, unless it is the address.
    async fn caller(&self, request: &mut Parts) -> Result<Option<String>, Rejection> {
        let authenticator = &self.auth.inner.app.authenticator;
        let principal = match self.key {
            KeyBy::User => Some(authenticator.require(request).await?),
            KeyBy::UserOrIp => authenticator.authenticate(request).await?,
            KeyBy::Custom(key) => return Ok(Some(key(request))),
            KeyBy::Ip => None,
        };
        let Some(principal) = principal else { return Ok(None) };
        let caller = format!("user:{}", principal.id());
        authenticator.remember(request, principal);
        Ok(Some(caller))
    }
}

impl<U: AuthUser> Clone for RateLimitLayer<U> {
    fn clone(&self) -> Self {
        Self { auth: self.auth.clone(), limiter: self.limiter.clone(), key: self.key }
    }
}

impl<U: AuthUser> fmt::Debug for RateLimitLayer<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimitLayer")
            .field("limiter", &self.limiter)
            .field("key", &self.key)
            .finish_non_exhaustive()
    }
}

impl<U: AuthUser> Guard for RateLimitLayer<U> {
    type Passed = Option<RateLimitStatus>;

    async fn pass(&self, request: Request) -> Result<(Request, Self::Passed), Response> {
        let (mut parts, body) = request.into_parts();
        let passed = self.admit(&mut parts).await.map_err(IntoResponse::into_response)?;
        Ok((Request::from_parts(parts, body), passed))
    }

    fn finish(&self, passed: Self::Passed, answer: Response) -> Response {
        let is_error = answer.status().is_client_error() || answer.status().is_server_error();
        if is_error { answer } else { (passed, answer).into_response() }
    }
}

impl<U: AuthUser, S> Layer<S> for RateLimitLayer<U> {
    type Service = RateLimited<U, S>;

    fn layer(&self, inner: S) -> RateLimited<U, S> {
        Guarded::new(self.clone(), inner)
    }
}

/// A service that may be called so often. Made by [`RateLimitLayer`].
pub type RateLimited<U, S> = Guarded<RateLimitLayer<U>, S>;
