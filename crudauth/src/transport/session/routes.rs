//! `POST /logout`.

use std::sync::Arc;

use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use serde::Serialize;

use super::{CsrfGuard, Presented, SessionCookies, Sessions};
use crate::error::Rejection;
use crate::http::route::{mount, post};
use crate::transport::{Refusal, SignOut};

/// More than a refresh token needs; a larger body is not looked at.
const BODY_LIMIT: usize = 16 * 1024;

#[derive(Clone)]
pub(crate) struct LogoutRoute {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
    /// What else ends with the session.
    pub(crate) others: Vec<Arc<dyn SignOut>>,
}

impl LogoutRoute {
    pub(crate) fn router(self) -> Router {
        mount(Router::new(), "/logout", post(logout)).with_state(self)
    }
}

#[derive(Serialize)]
struct LoggedOut {
    detail: &'static str,
}

/// Ends the session of the request. A live session needs its CSRF token; without one there is
/// nothing to end, and the cookies are cleared all the same. A foreign page is refused in both
/// cases: the browser sends it no `SameSite` cookie along, but would obey the clearing.
async fn logout(State(route): State<LogoutRoute>, request: Request) -> Result<Response, Refusal> {
    let (parts, body) = request.into_parts();
    if route.csrf.is_cross_site(&parts) {
        return Err(Rejection::CrossSite.into());
    }
    let presented = route.cookies.presented(&parts.headers, &route.sessions);
    if let Some(Presented::Genuine(id)) = presented
        && let Some(session) = route.sessions.find(id).await?
    {
        route.csrf.check(&parts, &route.sessions, &session.id)?;
        route.sessions.end(&session.id).await?;
    }
    let mut cleared = route.cookies.cleared();
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    for other in &route.others {
        cleared.extend(other.sign_out(&parts, &body).await?);
    }
    let mut response = Json(LoggedOut { detail: "Logged out" }).into_response();
    for cookie in cleared {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
