//! Limits on the application's own routes, as a layer.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use tower_layer::Layer;
use tower_service::Service;

use super::CrudAuth;
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

impl<U: AuthUser, S> Layer<S> for RateLimitLayer<U> {
    type Service = RateLimited<U, S>;

    fn layer(&self, inner: S) -> RateLimited<U, S> {
        RateLimited { layer: self.clone(), inner }
    }
}

/// A service that may be called so often. Made by [`RateLimitLayer`].
pub struct RateLimited<U: AuthUser, S> {
    layer: RateLimitLayer<U>,
    inner: S,
}

impl<U: AuthUser, S: Clone> Clone for RateLimited<U, S> {
    fn clone(&self) -> Self {
        Self { layer: self.layer.clone(), inner: self.inner.clone() }
    }
}

impl<U: AuthUser, S> fmt::Debug for RateLimited<U, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RateLimited").field("layer", &self.layer).finish_non_exhaustive()
    }
}

impl<U, S> Service<Request> for RateLimited<U, S>
where
    U: AuthUser,
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let layer = self.layer.clone();
        // The clone has not been polled for readiness; the one that has must be called.
        let unready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, unready);
        Box::pin(async move {
            let (mut parts, body) = request.into_parts();
            let passed = match layer.admit(&mut parts).await {
                Ok(passed) => passed,
                Err(refusal) => return Ok(refusal.into_response()),
            };
            let response = inner.call(Request::from_parts(parts, body)).await?.into_response();
            let is_error =
                response.status().is_client_error() || response.status().is_server_error();
            Ok(if is_error { response } else { (passed, response).into_response() })
        })
    }
}
