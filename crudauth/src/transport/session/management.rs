//! `GET /sessions`, `DELETE /sessions/{handle}`, `POST /logout-all`, `POST /csrf/refresh`.
//!
//! Only a session manages sessions: another transport's proof does not count here.

use std::sync::Arc;

use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::request::Parts;
use serde::Serialize;

use super::counting::Counts;
use super::{HeldSession, SessionTransport};
use crate::error::{FieldError, Location, Rejection};
use crate::event::{CsrfFailure, Plain, SecurityEvent};
use crate::http::route::{delete, get, mount, post};
use crate::http::{ClientAddress, parse_bool, to_its_end};
use crate::principal::Principal;
use crate::throttle::Throttles;
use crate::transport::{Owners, Refusal};
use crate::user::AuthUser;

pub(crate) struct ManagementRoutes<U: AuthUser> {
    pub(crate) transport: SessionTransport,
    pub(crate) owners: Arc<Owners<U>>,
    pub(crate) throttles: Arc<Throttles>,
}

type Routes<U> = State<Arc<ManagementRoutes<U>>>;

impl<U: AuthUser> ManagementRoutes<U> {
    pub(crate) fn router(self) -> Router {
        let router = mount(Router::new(), "/sessions", get(list::<U>));
        let router = mount(router, "/sessions/{handle}", delete(revoke::<U>));
        let router = mount(router, "/logout-all", post(logout_all::<U>));
        mount(router, "/csrf/refresh", post(refresh_csrf::<U>)).with_state(Arc::new(self))
    }

    /// The principal, and the handle of the session that is asking.
    async fn require(&self, request: &Parts) -> Result<(Principal<U>, String), Refusal> {
        let principal = self.transport.resolve(request, &self.owners).await?;
        let principal = principal.ok_or(Rejection::NotAuthenticated)?;
        let handle = principal.session().ok_or(Rejection::NotAuthenticated)?.to_owned();
        Ok((principal, handle))
    }

    fn clear_cookies(&self, response: &mut Response) {
        for cookie in self.transport.cookies.cleared() {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
}

#[derive(Serialize)]
struct Done {
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<u64>,
}

async fn list<U: AuthUser>(
    State(routes): Routes<U>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let (principal, current) = routes.require(&parts).await?;
    let mut counting = Vec::new();
    for mut session in routes.transport.sessions.list(principal.id()).await? {
        if routes.owners.stamps().count(&*principal.user, &session.stamp).await? {
            session.current = session.handle == current;
            counting.push(session);
        }
    }
    Ok(Json(counting).into_response())
}

async fn revoke<U: AuthUser>(
    State(routes): Routes<U>,
    Path(handle): Path<String>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let (principal, current) = routes.require(&parts).await?;
    if !routes.transport.sessions.revoke(principal.id(), &handle).await? {
        return Err(Rejection::SessionNotFound.into());
    }
    let (user, session) = (Plain::of(principal.id()), Plain::new(&handle));
    routes.transport.emit(&parts, SecurityEvent::SessionRevoked { user, session });
    let mut response = Json(Done { detail: "Session revoked.", revoked: None }).into_response();
    if handle == current {
        routes.clear_cookies(&mut response);
    }
    Ok(response)
}

async fn logout_all<U: AuthUser>(
    State(routes): Routes<U>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let (principal, current) = routes.require(&parts).await?;
    let counted = routes.throttles.logout_all.count(&principal.id().to_string()).await?;
    let passed = counted.map_err(Rejection::from)?;
    let keep_current = keep_current(&parts).map_err(Rejection::from)?;

    let except = keep_current.then(|| current.clone());
    let (sessions, user) = (Arc::clone(&routes.transport.sessions), Arc::clone(&principal.user));
    let revoke = async move { sessions.revoke_all(user.id(), except.as_deref()).await };
    let revoked = to_its_end(revoke).await?;
    let user = Plain::of(principal.id());
    routes.transport.emit(&parts, SecurityEvent::SessionsRevoked { user, revoked });
    let done = Done { detail: "Signed out of all sessions.", revoked: Some(revoked) };
    let mut response = (passed, Json(done)).into_response();
    if !keep_current {
        routes.clear_cookies(&mut response);
    }
    Ok(response)
}

/// Of a parameter that stands there twice, the last counts.
fn keep_current(request: &Parts) -> Result<bool, FieldError> {
    const NAME: &str = "keep_current";
    let query = request.uri.query().unwrap_or_default();
    let values = form_urlencoded::parse(query.as_bytes()).filter(|(name, _)| name == NAME);
    let Some((_, value)) = values.last() else { return Ok(false) };
    parse_bool(&value).ok_or_else(|| FieldError::bool_parsing(Location::query(NAME)))
}

#[derive(Serialize)]
struct Refreshed<'a> {
    csrf_token: &'a str,
}

/// Gives a page that has lost its CSRF token another one. It asks for none, so that the page can
/// ask; what a foreign page would cause is refused by its origin, and cannot be read there.
async fn refresh_csrf<U: AuthUser>(
    State(routes): Routes<U>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let SessionTransport { sessions, cookies, csrf, .. } = &routes.transport;
    let caller = ClientAddress::of(&parts.extensions).bucket();
    let passed = routes
        .throttles
        .csrf_refresh
        .count_address(caller.as_deref())
        .await?
        .map_err(Rejection::from)?;
    if !sessions.config().csrf {
        return Err(Rejection::CsrfDisabled.into());
    }
    let found = routes.transport.the_one(&parts, &routes.owners).await?;
    let HeldSession { session, user, counts } = found.ok_or(Rejection::NotAuthenticated)?;
    if csrf.is_cross_site(&parts) {
        let ((user, session), reason) = (session.names(), CsrfFailure::CrossSite);
        routes.transport.emit(&parts, SecurityEvent::CsrfRefused { user, session, reason });
        return Err(Rejection::CrossSite.into());
    }
    if let Counts::AsItself = counts {
        sessions.touch(&session, routes.owners.stamps().of(&user)).await;
    }

    let mut shown = cookies.csrf(&parts.headers);
    if let Some(csrf_token) = shown.find(|it| sessions.csrf_matches(&session, it.as_bytes())) {
        return Ok((passed, Json(Refreshed { csrf_token })).into_response());
    }
    let csrf_token = sessions.rotate_csrf(&session).await?.ok_or(Rejection::NotAuthenticated)?;
    let (user, handle) = session.names();
    routes.transport.emit(&parts, SecurityEvent::CsrfRotated { user, session: handle });
    let max_age = session.standing.remember.then_some(sessions.config().remember);
    let cookie = cookies.csrf_token(&csrf_token, max_age);
    let mut response = (passed, Json(Refreshed { csrf_token: &csrf_token })).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
