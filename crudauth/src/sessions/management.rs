//! `GET /sessions`, `DELETE /sessions/{handle}`, `POST /logout-all`, `POST /csrf/refresh`.
//!
//! Only a session manages a user's sign-ins. A token is handed to programs, often with few scopes:
//! one that is stolen would show where its owner is signed in, and could end all of it. It ends its
//! own sign-in by `POST /logout`. An application that wants more of tokens asks for a scope, in a
//! route of its own over `CrudAuth::sessions`.

use std::borrow::Cow;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::Uri;
use http::header::SET_COOKIE;
use http::request::Parts;
use serde::Serialize;

use crate::core::extract::{Client, Mounted};
use crate::error::{FieldError, Location, Rejection, RejectionKind};
use crate::event::{CsrfFailure, LogSafe, SecurityEvent};
use crate::http::route::{delete, get, post};
use crate::http::{Route, parse_bool};
use crate::principal::Principal;
use crate::transport::session::{Counts, HeldSession, SessionTransport};
use crate::user::AuthUser;

type Routes<U> = Mounted<U, SessionTransport<U>>;

pub(super) fn router<U: AuthUser>(routes: Routes<U>) -> Router {
    let at = &routes.app.routes;
    let mut router = at.mount(Router::new(), Route::RefreshCsrf, post(refresh_csrf::<U>));
    if routes.core().sessions.config().management {
        router = at.mount(router, Route::Sessions, get(list::<U>));
        router = at.mount(router, Route::RevokeSession, delete(revoke::<U>));
        router = at.mount(router, Route::LogoutAll, post(logout_all::<U>));
    }
    router.with_state(routes)
}

/// A session that asks: its user, and its handle.
struct Live<U: AuthUser>(Principal<U>, String);

impl<U: AuthUser> FromRequestParts<Routes<U>> for Live<U> {
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, routes: &Routes<U>) -> Result<Self, Rejection> {
        let principal = routes.own.resolve(parts).await?;
        let principal = principal.ok_or(RejectionKind::NotAuthenticated)?;
        let handle = principal.session().ok_or(RejectionKind::NotAuthenticated)?.to_owned();
        Ok(Self(principal, handle))
    }
}

#[derive(Serialize)]
struct Done {
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked: Option<u64>,
}

async fn list<U: AuthUser>(
    State(routes): State<Routes<U>>,
    Live(principal, current): Live<U>,
) -> Result<Response, Rejection> {
    let mut counting = Vec::new();
    for mut session in routes.core().sign_ins.list(principal.id()).await? {
        if routes.core().owners.stamps().count(&*principal.user, &session.stamp).await? {
            session.current = session.handle == current;
            counting.push(session);
        }
    }
    Ok(Json(counting).into_response())
}

async fn revoke<U: AuthUser>(
    State(routes): State<Routes<U>>,
    Path(handle): Path<String>,
    Client(context): Client,
    Live(principal, current): Live<U>,
) -> Result<Response, Rejection> {
    let revoked = routes.core().sign_ins.revoke_one(principal.id(), &handle).await?;
    let revoked = revoked.ok_or(RejectionKind::SessionNotFound)?;
    routes.core().events.emit(&context, revoked.event(principal.id(), &handle));
    let mut response = Json(Done { detail: "Session revoked.", revoked: None }).into_response();
    if handle == current {
        routes.own.cookies.leave(response.headers_mut());
    }
    Ok(response)
}

async fn logout_all<U: AuthUser>(
    State(routes): State<Routes<U>>,
    uri: Uri,
    Client(context): Client,
    Live(principal, current): Live<U>,
) -> Result<Response, Rejection> {
    let limit = &routes.core().rate_limiters.logout_all;
    let passed = limit.count_of(&principal.id().to_string(), &context).await??;
    let keep_current = keep_current(&uri)?;
    let keep_tokens = keep_tokens(&uri)?;

    let except = keep_current.then(|| current.clone());
    let (sign_ins, user) = (Arc::clone(&routes.core().sign_ins), Arc::clone(&principal.user));
    let revoke = async move {
        match keep_tokens {
            true => sign_ins.end_sessions(user.id(), except.as_deref()).await,
            false => sign_ins.end_all(user.id(), except.as_deref()).await,
        }
    };
    let revoked = routes.core().background.to_its_end(revoke).await?;
    let user = LogSafe::from_display(principal.id());
    routes.core().events.emit(&context, SecurityEvent::SessionsRevoked { user, revoked });
    let done = Done { detail: "Signed out of all sessions.", revoked: Some(revoked) };
    let mut response = (passed, Json(done)).into_response();
    if !keep_current {
        routes.own.cookies.leave(response.headers_mut());
    }
    if !keep_tokens {
        for cookie in routes.app.sign_outs.iter().flat_map(|other| other.cleared()) {
            response.headers_mut().append(SET_COOKIE, cookie);
        }
    }
    Ok(response)
}

fn keep_current(uri: &Uri) -> Result<bool, FieldError> {
    const NAME: &str = "keep_current";
    let Some(value) = parameter(uri, NAME)? else { return Ok(false) };
    parse_bool(&value).ok_or_else(|| FieldError::bool_parsing(Location::query(NAME)))
}

fn keep_tokens(uri: &Uri) -> Result<bool, FieldError> {
    const NAME: &str = "tokens";
    match parameter(uri, NAME)?.as_deref() {
        None | Some("end") => Ok(false),
        Some("keep") => Ok(true),
        Some(_) => Err(FieldError::pattern_mismatch(Location::query(NAME), "^(keep|end)$")),
    }
}

/// A parameter of the query.
fn parameter<'a>(uri: &'a Uri, name: &'static str) -> Result<Option<Cow<'a, str>>, FieldError> {
    let query = uri.query().unwrap_or_default();
    let mut values = form_urlencoded::parse(query.as_bytes()).filter(|(found, _)| found == name);
    let value = values.next().map(|(_, value)| value);
    match values.next() {
        Some(_) => Err(FieldError::given_twice(Location::query(name))),
        None => Ok(value),
    }
}

#[derive(Serialize)]
struct Refreshed<'a> {
    csrf_token: &'a str,
}

/// Gives a page that has lost its CSRF token another one. It asks for none, so that the page can
/// ask; what a foreign page would cause is refused by its origin, and cannot be read there.
async fn refresh_csrf<U: AuthUser>(
    State(routes): State<Routes<U>>,
    Client(context): Client,
    parts: Parts,
) -> Result<Response, Rejection> {
    let SessionTransport { sessions, cookies, csrf, .. } = &*routes.own;
    if !sessions.config().csrf {
        return Err(RejectionKind::CsrfDisabled.into());
    }
    let found = routes.own.the_one(&parts).await?;
    let HeldSession { session, counts, .. } = found.ok_or(RejectionKind::NotAuthenticated)?;
    let limit = &routes.core().rate_limiters.csrf_refresh;
    let passed = limit.count_of(session.user(), &context).await??;
    if csrf.is_cross_site(&parts) {
        let ((user, session), reason) = (session.names(), CsrfFailure::CrossSite);
        routes.core().events.emit(&context, SecurityEvent::CsrfRefused { user, session, reason });
        return Err(RejectionKind::CrossSite.into());
    }
    if let Counts::AsItself(now) = counts {
        sessions.touch(&session, now).await;
    }

    let mut shown = cookies.csrf(&parts.headers);
    if let Some(csrf_token) = shown.find(|it| sessions.csrf_matches(&session, it.as_bytes())) {
        return Ok((passed, Json(Refreshed { csrf_token })).into_response());
    }
    let csrf_token =
        sessions.rotate_csrf(&session).await?.ok_or(RejectionKind::NotAuthenticated)?;
    let (user, handle) = session.names();
    routes.core().events.emit(&context, SecurityEvent::CsrfRotated { user, session: handle });
    let max_age = session.standing().remember.then_some(sessions.config().remember);
    let cookie = cookies.csrf_token(&csrf_token, max_age);
    let mut response = (passed, Json(Refreshed { csrf_token: &csrf_token })).into_response();
    if let Some(cookie) = cookie {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
