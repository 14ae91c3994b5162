//! `POST /refresh`, `GET /.well-known/jwks.json`, and the part of `POST /logout`.

use std::sync::Arc;

use axum::body::{Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::HeaderValue;
use http::header::{CACHE_CONTROL, SET_COOKIE};
use http::request::Parts;
use serde::{Deserialize, Serialize};

use super::config::RefreshDelivery;
use super::cookie::RefreshCookie;
use super::service::{BearerError, BearerTokens, IssuedTokens};
use crate::error::Rejection;
use crate::event::RefreshFailure;
use crate::http::route::{get, mount, post};
use crate::http::{ClientAddress, read_json};
use crate::throttle::Throttle;
use crate::token::Jwks;
use crate::transport::session::CsrfGuard;
use crate::transport::{SignOut, SigningOut};
use crate::user::AuthUser;

pub(crate) struct BearerRoutes<U: AuthUser> {
    pub(crate) tokens: Arc<BearerTokens<U>>,
    pub(crate) refresh_cookie: RefreshCookie,
    pub(crate) csrf: Arc<CsrfGuard>,
    pub(crate) throttle: Throttle,
    pub(crate) body_limit: usize,
}

impl<U: AuthUser> BearerRoutes<U> {
    pub(crate) fn router(self: Arc<Self>) -> Router {
        mount(Router::new(), "/refresh", post(refresh::<U>)).with_state(self)
    }

    /// Whether the refresh token travels in a cookie.
    pub(crate) fn by_cookie(&self) -> bool {
        self.tokens.config().delivery == RefreshDelivery::Cookie
    }

    /// Hands tokens to the client: the refresh token in its cookie or in the body.
    pub(crate) fn answer(&self, issued: &IssuedTokens) -> Response {
        let by_cookie = self.by_cookie();
        let refresh_token = (!by_cookie).then(|| issued.refresh.as_str());
        let access_token = issued.access.as_str();
        let mut response =
            Json(Tokens { access_token, token_type: "bearer", refresh_token }).into_response();
        if by_cookie {
            let cookie = self.refresh_cookie.issued(&issued.refresh, issued.refresh_ttl);
            add_cookies(&mut response, cookie);
        }
        response
    }
}

/// The public keys of an application, for other services. They may be cached: a verifier that
/// meets an unknown key asks again.
pub(crate) fn jwks(keys: Jwks) -> Router {
    let route = get(move || {
        let cached = [(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"))];
        std::future::ready((cached, Json(keys.clone())))
    });
    mount(Router::new(), "/.well-known/jwks.json", route)
}

#[derive(Serialize)]
struct Tokens<'a> {
    access_token: &'a str,
    token_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

async fn refresh<U: AuthUser>(
    State(routes): State<Arc<BearerRoutes<U>>>,
    request: Request,
) -> Result<Response, Rejection> {
    let (head, body) = request.into_parts();
    let address = ClientAddress::of(&head.extensions).bucket();
    routes.throttle.count_address(address.as_deref()).await??;
    if let Some(token) = routes.refresh_cookie.find(&head.headers) {
        if routes.csrf.is_cross_site(&head) {
            routes.tokens.refused(address.as_deref(), None, RefreshFailure::CrossSite);
            return Err(Rejection::CrossSite);
        }
        return Ok(routes.answer(&routes.tokens.refresh_from(token, address.as_deref()).await?));
    }
    if routes.by_cookie() || body.is_end_stream() {
        return Err(Rejection::RefreshTokenMissing);
    }
    let mut body = read_json(Request::from_parts(head, body), routes.body_limit).await?;
    let token = body.take::<Option<String>>("refresh_token").flatten();
    body.finish()?;
    let token = token.filter(|token| !token.is_empty()).ok_or(Rejection::RefreshTokenMissing)?;
    Ok(routes.answer(&routes.tokens.refresh_from(&token, address.as_deref()).await?))
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
            let by_cookie = self.refresh_cookie.find(&request.headers);
            let in_body = serde_json::from_slice(body).ok();
            let in_body = in_body.and_then(|shown: Shown| shown.refresh_token);
            let in_header = super::presented(&request.headers).ok().flatten();
            let address = ClientAddress::of(&request.extensions).bucket();
            for token in [by_cookie, in_body.as_deref(), in_header].into_iter().flatten() {
                self.tokens.end_from(token, address.as_deref()).await?;
            }
            let cleared = self.by_cookie().then(|| self.refresh_cookie.cleared());
            Ok(cleared.flatten().into_iter().collect())
        })
    }
}

impl From<BearerError> for Rejection {
    fn from(error: BearerError) -> Self {
        match error {
            BearerError::Refused => Self::InvalidRefreshToken,
            BearerError::Store(error) => error.into(),
            BearerError::Key(error) => {
                tracing::error!(%error, "no token could be issued");
                Self::Internal
            }
        }
    }
}

fn add_cookies(response: &mut Response, cookies: impl IntoIterator<Item = HeaderValue>) {
    for cookie in cookies {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
}
