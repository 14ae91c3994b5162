//! `POST /change-password` and `POST /set-password`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use serde::Serialize;

use super::service::{PasswordChangeError, PasswordChangeService};
use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::http::{JsonBody, not_taken, to_its_end};
use crate::password::Password;
use crate::principal::Principal;
use crate::throttle::Throttle;
use crate::transport::session::{Issued, SessionCookies};
use crate::transport::{Authenticator, Refusal};
use crate::user::AuthUser;

pub(crate) struct PasswordRoutes<U: AuthUser> {
    pub(crate) service: Arc<PasswordChangeService<U>>,
    pub(crate) authenticator: Arc<Authenticator<U>>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) throttle: Throttle,
    pub(crate) body_limit: usize,
}

impl<U: AuthUser> PasswordRoutes<U> {
    pub(crate) fn router(self) -> Router {
        let router = mount(Router::new(), "/change-password", post(change::<U>));
        mount(router, "/set-password", post(set::<U>)).with_state(Arc::new(self))
    }

    /// The answer, with the session's new id.
    fn handing_out(&self, issued: Option<&Issued>, mut answer: Response) -> Response {
        for cookie in issued.into_iter().flat_map(|issued| self.cookies.issued(issued)) {
            answer.headers_mut().append(SET_COOKIE, cookie);
        }
        answer
    }
}

#[derive(Serialize)]
struct Done {
    detail: &'static str,
}

/// Every call counts against the user, also one that is not even a guess.
async fn change<U: AuthUser>(
    State(route): State<Arc<PasswordRoutes<U>>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = JsonBody::read(request, route.body_limit).await?;
    let me = route.authenticator.require_manager(&parts, &route.service.events).await?;
    let passed = route.throttle.count(&me.id().to_string()).await?.map_err(Rejection::from)?;

    let mut inputs = body.inputs()?;
    let current = inputs.take::<Password>("current_password");
    let new = inputs.take::<Password>("new_password");
    let (current, new) = inputs.finish_with(current.zip(new)).map_err(Rejection::from)?;
    let context = context(&parts, &me);
    let service = Arc::clone(&route.service);
    let change =
        async move { service.change(&me.user, current, new, me.session(), &context).await };
    let issued = to_its_end(change).await.map_err(Rejection::from)?;
    let answer = (passed, Json(Done { detail: "Password changed." })).into_response();
    Ok(route.handing_out(issued.as_ref(), answer))
}

async fn set<U: AuthUser>(
    State(route): State<Arc<PasswordRoutes<U>>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = JsonBody::read(request, route.body_limit).await?;
    let me = route.authenticator.require_manager(&parts, &route.service.events).await?;
    let mut inputs = body.inputs()?;
    let new = inputs.take::<Password>("new_password");
    let new = inputs.finish_with(new).map_err(Rejection::from)?;
    let context = context(&parts, &me);
    let service = Arc::clone(&route.service);
    let set = async move { service.set(&me.user, new, me.session(), &context).await };
    let issued = to_its_end(set).await.map_err(Rejection::from)?;
    Ok(route.handing_out(issued.as_ref(), Json(Done { detail: "Password set." }).into_response()))
}

fn context<U: AuthUser>(parts: &http::request::Parts, me: &Principal<U>) -> HookContext {
    let context = HookContext::of(parts).via(me.via());
    match me.session() {
        Some(handle) => context.in_session(handle),
        None => context,
    }
}

impl From<PasswordChangeError> for Rejection {
    fn from(error: PasswordChangeError) -> Self {
        match error {
            PasswordChangeError::NoPassword => {
                Self::bad_request("Account has no password; use /set-password to create one.")
            }
            PasswordChangeError::HasPassword => Self::bad_request(
                "Account already has a password; use the password reset flow to change it.",
            ),
            PasswordChangeError::WrongPassword => {
                Self::unauthorized("Current password is incorrect.")
            }
            PasswordChangeError::LockedOut { retry_after } => Self::SudoLockedOut { retry_after },
            PasswordChangeError::NotFresh => {
                Self::forbidden("Sign in again to continue: this needs a recent sign-in.")
            }
            PasswordChangeError::Refused(refusal) => not_taken("new_password", &refusal),
            PasswordChangeError::Hashing(error) => error.into(),
            PasswordChangeError::Store(error) => error.into(),
        }
    }
}
