//! `POST /register`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;

use super::form::{ReadForm, privileged_fields};
use super::service::{RegisterService, SignedUp};
use crate::core::{App, Feature};
use crate::error::Rejection;
use crate::event::{Plain, SecurityEvent};
use crate::hooks::HookContext;
use crate::http::read_json;
use crate::http::route::{mount, post};
use crate::user::AuthUser;

/// Sign-up over HTTP.
pub(crate) struct Register<U: AuthUser> {
    pub(crate) service: Arc<RegisterService<U>>,
    pub(crate) read: ReadForm<U>,
}

impl<U: AuthUser> Feature<U> for Register<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let Self { service, read } = self;
        let route = Route { app: Arc::clone(app), service: Arc::clone(service), read: *read };
        mount(Router::new(), "/register", post(register::<U>)).with_state(Arc::new(route))
    }
}

struct Route<U: AuthUser> {
    app: Arc<App<U>>,
    service: Arc<RegisterService<U>>,
    read: ReadForm<U>,
}

/// The answer to a sign-up.
#[derive(Serialize)]
struct Created<'a, Id> {
    id: &'a Id,
    email: Option<&'a str>,
    username: Option<&'a str>,
}

/// The answer to a sign-up whose result is in the mailbox.
#[derive(Serialize)]
struct Accepted {
    detail: &'static str,
}

/// Only bodies that could create a user are counted by the rate limit.
async fn register<U: AuthUser>(
    State(route): State<Arc<Route<U>>>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = request.into_parts();
    let context = HookContext::from_parts(&parts);
    let core = &route.app.core;
    let mut inputs = read_json(Request::from_parts(parts, body), core.body_limit).await?;
    let form = (route.read)(&mut inputs);
    let privileged = privileged_fields::<U>(&inputs);
    if !privileged.is_empty() {
        let fields = Plain::new(&privileged.join(", "));
        core.events.emit(&context, SecurityEvent::PrivilegedFieldsSent { fields });
    }
    let sign_up = route.service.check_form(inputs.finish_with(form)?)?;
    let (limit, address) = (&core.rate_limiters.register, context.bucket());
    let passed = limit.count_address_of(address.as_deref(), &context).await??;

    Ok(match route.service.sign_up(sign_up, &context).await? {
        SignedUp::Created(user) => {
            let logical = user.logical();
            let (email, username) = (logical.email, logical.username);
            (passed, Json(Created { id: user.id(), email, username })).into_response()
        }
        SignedUp::CheckYourInbox => {
            let detail = "If the email is available, check your inbox to finish signing up.";
            (StatusCode::ACCEPTED, passed, Json(Accepted { detail })).into_response()
        }
    })
}
