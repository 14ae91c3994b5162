//! `POST /change-password` and `POST /set-password`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::header::SET_COOKIE;
use http::request::Parts;
use serde::Serialize;

use super::service::PasswordChangeService;
use crate::core::{App, Feature};
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::http::{JsonBody, to_its_end};
use crate::password::Password;
use crate::principal::Principal;
use crate::transport::Refusal;
use crate::transport::session::Issued;
use crate::user::AuthUser;

/// Changes of passwords over HTTP.
pub(crate) struct PasswordChange<U: AuthUser> {
    pub(crate) service: Arc<PasswordChangeService<U>>,
}

impl<U: AuthUser> Feature<U> for PasswordChange<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let routes = Routes { app: Arc::clone(app), service: Arc::clone(&self.service) };
        let router = mount(Router::new(), "/change-password", post(change::<U>));
        mount(router, "/set-password", post(set::<U>)).with_state(Arc::new(routes))
    }
}

struct Routes<U: AuthUser> {
    app: Arc<App<U>>,
    service: Arc<PasswordChangeService<U>>,
}

impl<U: AuthUser> Routes<U> {
    /// The body of a request, and whom it comes from.
    async fn read(&self, request: Request) -> Result<(Parts, JsonBody, Principal<U>), Refusal> {
        let (parts, body) = JsonBody::read(request, self.app.core.body_limit).await?;
        let me = self.app.authenticator.require_manager(&parts, &self.app.core.events).await?;
        Ok((parts, body, me))
    }

    /// The answer, with the session's new id.
    fn handing_out(&self, issued: Option<&Issued>, mut answer: Response) -> Response {
        for cookie in issued.into_iter().flat_map(|it| self.app.core.cookies.issued(it)) {
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
    State(route): State<Arc<Routes<U>>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body, me) = route.read(request).await?;
    let limit = &route.app.core.rate_limiters.change_password;
    let context = context(&parts, &me);
    let passed = limit.count_of(&me.id().to_string(), &context).await??;

    let mut inputs = body.inputs()?;
    let current = inputs.take::<Password>("current_password");
    let new = inputs.take::<Password>("new_password");
    let (current, new) = inputs.finish_with(current.zip(new))?;
    let service = Arc::clone(&route.service);
    let change =
        async move { service.change(&me.user, current, new, me.session(), &context).await };
    let issued = to_its_end(change).await?;
    let answer = (passed, Json(Done { detail: "Password changed." })).into_response();
    Ok(route.handing_out(issued.as_ref(), answer))
}

async fn set<U: AuthUser>(
    State(route): State<Arc<Routes<U>>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body, me) = route.read(request).await?;
    let mut inputs = body.inputs()?;
    let new = inputs.take::<Password>("new_password");
    let new = inputs.finish_with(new)?;
    let context = context(&parts, &me);
    let service = Arc::clone(&route.service);
    let set = async move { service.set(&me.user, new, me.session(), &context).await };
    let issued = to_its_end(set).await?;
    Ok(route.handing_out(issued.as_ref(), Json(Done { detail: "Password set." }).into_response()))
}

fn context<U: AuthUser>(parts: &Parts, me: &Principal<U>) -> HookContext {
    let context = HookContext::from_parts(parts).via(me.via());
    match me.session() {
        Some(handle) => context.in_session(handle),
        None => context,
    }
}
