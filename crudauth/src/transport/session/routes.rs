//! `POST /logout`.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::request::Parts;
use serde::Serialize;

use super::{Presented, SessionTransport};
use crate::error::Rejection;
use crate::event::SecurityEvent;
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::http::to_its_end;
use crate::transport::{Refusal, SignOut};

/// More than a refresh token needs; a larger body is not looked at.
const BODY_LIMIT: usize = 16 * 1024;

/// What hears of a session that was ended: the primary key of its user, and the circumstances.
pub(crate) type Ended = Arc<dyn Fn(&str, HookContext) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct LogoutRoute {
    pub(crate) transport: SessionTransport,
    /// What else ends with the session.
    pub(crate) others: Vec<Arc<dyn SignOut>>,
    /// Told of each session that was ended, by the primary key of its user.
    pub(crate) ended: Ended,
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
    let body = to_bytes(body, BODY_LIMIT).await.unwrap_or_default();
    // A page may be closed as soon as it has asked: all of the sign-in ends, and not a part.
    to_its_end(sign_out(route, parts, body)).await
}

async fn sign_out(route: LogoutRoute, parts: Parts, body: Bytes) -> Result<Response, Refusal> {
    let SessionTransport { sessions, cookies, csrf, .. } = &route.transport;
    if csrf.is_cross_site(&parts) {
        route.transport.emit(&parts, SecurityEvent::CrossSiteLogout);
        return Err(Rejection::CrossSite.into());
    }
    let presented = cookies.presented(&parts.headers, sessions);
    if let Some(Presented::Genuine(id)) = presented
        && let Some(session) = sessions.find(id).await?
    {
        route.transport.check_csrf(&parts, &session)?;
        sessions.end(&session.id).await?;
        let context = HookContext::of(&parts).via("session").in_session(session.handle());
        (route.ended)(session.user(), context);
        let (user, session) = session.names();
        route.transport.emit(&parts, SecurityEvent::LoggedOut { user, session });
    }
    let mut cleared = cookies.cleared();
    for other in &route.others {
        cleared.extend(other.sign_out(&parts, &body).await?);
    }
    let mut response = Json(LoggedOut { detail: "Logged out" }).into_response();
    for cookie in cleared {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
