//! `POST /logout`.

use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::HeaderMap;
use http::header::SET_COOKIE;
use http::request::Parts;

use super::SignedOut;
use crate::chain::chain;
use crate::core::answers::Done;
use crate::core::extract::{LogOut, Mounted, SameOrigin, Then, Whole};
use crate::core::{App, Core};
use crate::error::{Rejection, RejectionKind};
use crate::event::SecurityEvent;
use crate::hooks::{HookContext, HookUser};
use crate::http::Route;
use crate::http::route::post;
use crate::transport::session::{Counts, Found, HeldSession, SessionTransport};
use crate::user::AuthUser;

/// The body may hold a refresh token, which is much shorter. A larger body is refused: if it were
/// ignored, a sign-in that it names would stay alive.
const BODY_LIMIT: usize = 16 * 1024;

type LogoutRoute<U> = Mounted<U, SessionTransport<U>>;

pub(super) fn router<U: AuthUser>(route: LogoutRoute<U>) -> Router {
    let router = route.app.routes.mount(Router::new(), Route::Logout, post(logout::<U>));
    router.with_state(route)
}

/// Ends the sessions that the request shows. A live one needs a CSRF token; without one there is
/// nothing to end, and the cookies are cleared all the same. A foreign page is refused in both
/// cases: the browser sends it no `SameSite` cookie along, but would obey the clearing.
async fn logout<U: AuthUser>(
    State(route): State<LogoutRoute<U>>,
    parts: Parts,
    Then(Whole(body), _): Then<Whole<BODY_LIMIT>, SameOrigin<LogOut>>,
) -> Result<Response, Rejection> {
    let signed_out = sign_out(route.app, route.own, parts, body).await?;
    let answer = Json(Done::LOGGED_OUT).into_response();
    Ok((signed_out, answer).into_response())
}

/// Ends all that a request shows, of which `body` may hold a refresh token. The caller has seen to
/// it that no foreign page makes the request.
pub(crate) async fn sign_out<U: AuthUser>(
    app: Arc<App<U>>,
    session: Arc<SessionTransport<U>>,
    parts: Parts,
    body: Bytes,
) -> Result<SignedOut, Rejection> {
    // A page may be closed as soon as it has asked: all of the sign-in ends, and not a part.
    let background = app.core.background.clone();
    background.to_its_end(async move { end(&app, &session, &parts, &body).await }).await
}

async fn end<U: AuthUser>(
    app: &App<U>,
    transport: &SessionTransport<U>,
    parts: &Parts,
    body: &Bytes,
) -> Result<SignedOut, Rejection> {
    let SessionTransport { sessions, cookies, .. } = transport;
    let shown = sessions.shown(cookies.sessions(&parts.headers)).ids.into_vec();
    let shown = shown.ok_or(RejectionKind::TooManySignIns)?;
    let held = match transport.find(parts).await? {
        Found::Nothing | Found::Dead | Found::TooMany => Vec::new(),
        Found::One(held) => vec![held],
        Found::Several(held) => held,
    };
    transport.check_csrf_of_any(parts, &held)?;
    // A cookie from before signs out of the session that it has become.
    for HeldSession { counts, .. } in &held {
        if let Counts::AsSuccessor(handle) = counts {
            sessions.end_named(handle).await?;
        }
    }
    // Also what counts for nobody now, such as the session of a user who may not sign in.
    for id in &shown {
        sessions.end(id).await?;
    }
    for HeldSession { session, .. } in &held {
        let context = HookContext::from_parts(parts).via("session").in_session(session.handle());
        announce(&app.core, session.user(), context);
        let (user, session) = session.names();
        transport.emit(parts, SecurityEvent::LoggedOut { user, session });
    }
    let mut headers = HeaderMap::new();
    cookies.leave(&mut headers);
    for other in &app.sign_outs {
        for cookie in other.sign_out(parts, body).await? {
            headers.append(SET_COOKIE, cookie);
        }
    }
    Ok(SignedOut::new(headers))
}

/// Calls the logout hook. A separate task looks up the user, so that the answer does not wait.
fn announce<U: AuthUser>(core: &Arc<Core<U>>, user: &str, context: HookContext) {
    let Ok(id) = U::Id::from_str(user) else { return };
    if !core.hooks.has_logout_hook() {
        return;
    }
    let (background, core) = (core.background.clone(), Arc::clone(core));
    background.spawn(async move {
        match core.stores.users.find_by_id(&id).await {
            Ok(Some(user)) => core.hooks.on_after_logout(HookUser::new(user), &context),
            Ok(None) => {}
            Err(error) => {
                tracing::error!(error = chain(&error), "a logout could not be told to its hook");
            }
        }
    });
}
