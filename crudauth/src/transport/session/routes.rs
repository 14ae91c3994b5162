//! `POST /logout`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use serde::Serialize;

use super::{CsrfGuard, Presented, SessionCookies, Sessions};
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::transport::Refusal;

/// What hears of a session that was ended: the primary key of its user, and the circumstances.
pub(crate) type Ended = Arc<dyn Fn(&str, HookContext) + Send + Sync>;

#[derive(Clone)]
pub(crate) struct LogoutRoute {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
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
/// nothing to end, and the cookies are cleared all the same.
async fn logout(State(route): State<LogoutRoute>, request: Request) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let presented = route.cookies.presented(&parts.headers, &route.sessions);
    if let Some(Presented::Genuine(id)) = presented
        && let Some(session) = route.sessions.find(id).await?
    {
        route.csrf.check(&parts, &route.sessions, &session.id)?;
        route.sessions.end(&session.id).await?;
        let context = HookContext::of(&parts).via("session").in_session(session.id.handle());
        (route.ended)(&session.record.user, context);
    }
    let mut response = Json(LoggedOut { detail: "Logged out" }).into_response();
    for cookie in route.cookies.cleared() {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
