//! `POST /refresh`, `GET /.well-known/jwks.json`, and the part of `POST /logout`.

use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::response::Response;
use axum::{Json, Router};
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::request::Parts;
use http::{HeaderMap, HeaderValue};
use serde::Deserialize;
use serde_json::Value;

use super::answer::Answer;
use crate::core::Core;
use crate::core::extract::{Client, Mounted};
use crate::error::{Rejection, RejectionKind};
use crate::event::RefreshFailure;
use crate::hooks::HookContext;
use crate::http::route::{get, post};
use crate::http::{Route, Routes, read_json};
use crate::login::Also;
use crate::token::Jwks;
use crate::transport::bearer::{
    BearerError, BearerTokens, IssuedTokens, RefreshCookie, RefreshDelivery, Renewed, presented,
};
use crate::transport::{SignOut, SigningOut};
use crate::user::AuthUser;

/// What hands tokens to clients, and takes them back.
pub(crate) struct BearerRoutes<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    pub(crate) tokens: Arc<BearerTokens<U>>,
    pub(super) refresh_cookie: RefreshCookie,
}

pub(super) fn router<U: AuthUser>(route: Mounted<U, BearerRoutes<U>>) -> Router {
    let router = route.app.routes.mount(Router::new(), Route::Refresh, post(refresh::<U>));
    router.with_state(route)
}

impl<U: AuthUser> BearerRoutes<U> {
    /// Whether the refresh token travels in a cookie.
    pub(crate) fn by_cookie(&self) -> bool {
        self.tokens.config().delivery == RefreshDelivery::Cookie
    }

    /// Ends the sign-ins that a browser shows by its refresh cookies, which a new one replaces.
    /// Without their cookie nothing could end them.
    pub(super) async fn end_replaced(
        &self,
        shown: &[&str],
        context: &HookContext,
    ) -> Result<(), Rejection> {
        for token in shown {
            self.tokens.end_from(token, context).await?;
        }
        Ok(())
    }

    /// The refresh cookies of a request that a new sign-in replaces.
    pub(crate) fn replaced<'a>(&self, headers: &'a HeaderMap) -> Result<Vec<&'a str>, Rejection> {
        if self.by_cookie() { self.refresh_cookie.shown(headers) } else { Ok(Vec::new()) }
    }

    /// What the answer with tokens has.
    pub(super) fn answer(&self) -> Answer {
        let details = self.tokens.config().detailed;
        Answer { refresh_token: !self.by_cookie(), details }
    }

    /// The refresh token in its cookie, where it travels so.
    pub(super) fn cookie(&self, issued: &IssuedTokens) -> Option<HeaderValue> {
        let cookie = || self.refresh_cookie.issued(&issued.refresh, issued.refresh_ttl);
        self.by_cookie().then(cookie).flatten()
    }

    /// Hands renewed tokens to the client.
    pub(super) fn renewed(&self, renewed: &Renewed<U>) -> Response {
        let none = Also::default();
        let mut response = self.answer().of(&renewed.tokens, renewed.user.id(), &none);
        response
            .headers_mut()
            .extend(self.cookie(&renewed.tokens).map(|cookie| (SET_COOKIE, cookie)));
        response
    }
}

/// The public keys of an application, for other services. They may be cached: a verifier that
/// meets an unknown key asks again.
pub(super) fn jwks(routes: &Routes, keys: Jwks) -> Router {
    let route = get(move || {
        let cached = [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))];
        std::future::ready((cached, Json(keys.clone())))
    });
    routes.mount(Router::new(), Route::Jwks, route)
}

async fn refresh<U: AuthUser>(
    State(route): State<Mounted<U, BearerRoutes<U>>>,
    Client(context): Client,
    request: Request,
) -> Result<Response, Rejection> {
    let (routes, (head, body)) = (&route.own, request.into_parts());
    let address = context.bucket();
    routes.core.rate_limiters.refresh.count_address_of(address.as_deref(), &context).await??;
    let shown = routes.refresh_cookie.shown(&head.headers)?;
    let mut refused = Rejection::from(RejectionKind::RefreshTokenMissing);
    if !shown.is_empty() {
        if routes.core.csrf.is_cross_site(&head) {
            routes.tokens.refused(&context, None, RefreshFailure::CrossSite);
            return Err(RejectionKind::CrossSite.into());
        }
        match routes.tokens.refresh_one_of(&shown, &context).await {
            Ok(issued) => return Ok(routes.renewed(&issued)),
            Err(BearerError::Refused) => {
                refused = RejectionKind::InvalidRefreshToken.into();
                if let Some(cookie) = routes.refresh_cookie.cleared() {
                    refused = refused.and_clear(cookie);
                }
            }
            Err(error) => return Err(error.into()),
        }
    }
    if routes.by_cookie() || body.is_end_stream() {
        return Err(refused);
    }
    let mut body = read_json(Request::from_parts(head, body), routes.core.body_limit).await?;
    // Whatever it is that cannot be a token of ours is answered as a token that is none.
    let token = match body.take_raw("refresh_token") {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(token)) => token,
        Some(_) => {
            routes.tokens.refused(&context, None, RefreshFailure::Invalid);
            return Err(RejectionKind::InvalidRefreshToken.into());
        }
    };
    body.finish()?;
    if token.is_empty() {
        return Err(refused);
    }
    Ok(routes.renewed(&routes.tokens.refresh_from(&token, &context).await?))
}

/// Ends the refresh family that the client shows by any of what it may have at hand: the refresh
/// cookie, the refresh token in the body, or a token in the `Authorization` header.
impl<U: AuthUser> SignOut for BearerRoutes<U> {
    fn sign_out<'a>(&'a self, request: &'a Parts, body: &'a Bytes) -> SigningOut<'a> {
        #[derive(Deserialize)]
        struct Shown {
            refresh_token: Option<String>,
        }
        Box::pin(async move {
            let by_cookie = self.refresh_cookie.shown(&request.headers)?;
            let in_body = serde_json::from_slice(body).ok();
            let in_body = in_body.and_then(|shown: Shown| shown.refresh_token);
            let in_header = presented(&request.headers)?;
            let context = HookContext::from_parts(request);
            let elsewhere = [in_body.as_deref(), in_header].into_iter().flatten();
            for token in by_cookie.into_iter().chain(elsewhere) {
                self.tokens.end_from(token, &context).await?;
            }
            Ok(self.cleared())
        })
    }

    fn cleared(&self) -> Vec<HeaderValue> {
        let cleared = self.by_cookie().then(|| self.refresh_cookie.cleared());
        cleared.flatten().into_iter().collect()
    }
}
