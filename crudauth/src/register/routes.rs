//! `POST /register`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;

use super::form::{ReadForm, privileged_fields};
use super::service::{RegisterService, SignedUp};
use crate::core::extract::{self, Client, Mounted};
use crate::core::{App, Feature};
use crate::error::Rejection;
use crate::event::{LogSafe, SecurityEvent};
use crate::http::route::{mount, post};
use crate::user::AuthUser;

/// Sign-up over HTTP.
pub(crate) struct Register<U: AuthUser> {
    pub(crate) service: Arc<RegisterService<U>>,
    pub(crate) read: ReadForm<U>,
}

impl<U: AuthUser> Feature<U> for Register<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let own = Self { service: Arc::clone(&self.service), read: self.read };
        let route = Mounted::new(app, &Arc::new(own));
        mount(Router::new(), "/register", post(register::<U>)).with_state(route)
    }
}

/// The answer to a sign-up.
#[derive(Serialize)]
struct Created<'a, Id> {
    id: &'a Id,
    email: Option<&'a str>,
    username: Option<&'a str>,
}

/// The answer to a sign-up whose result is sent by mail.
#[derive(Serialize)]
struct Accepted {
    detail: &'static str,
}

/// Only bodies that could create a user are counted by the rate limit.
async fn register<U: AuthUser>(
    State(route): State<Mounted<U, Register<U>>>,
    Client(context): Client,
    body: extract::Json,
) -> Result<Response, Rejection> {
    let (core, Register { service, read }) = (route.core(), &*route.own);
    let mut inputs = body.inputs()?;
    let form = read(&mut inputs);
    let privileged = privileged_fields::<U>(&inputs);
    if !privileged.is_empty() {
        let fields = LogSafe::new(&privileged.join(", "));
        core.events.emit(&context, SecurityEvent::PrivilegedFieldsSent { fields });
    }
    let sign_up = service.check_form(inputs.finish_with(form)?)?;
    let (limit, address) = (&core.rate_limiters.register, context.bucket());
    let passed = limit.count_address_of(address.as_deref(), &context).await??;

    Ok(match service.sign_up(sign_up, &context).await? {
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
