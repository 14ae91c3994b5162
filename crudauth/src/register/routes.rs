//! `POST /register`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;

use super::form::ReadForm;
use super::service::{RegisterError, RegisterService, SignedUp, Taken};
use crate::core::{App, Feature};
use crate::error::{FieldError, Location, Rejection};
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::http::{ClientAddress, not_taken, read_json};
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
    let caller = ClientAddress::of(&parts.extensions).bucket();
    let context = HookContext::of(&parts);
    let core = &route.app.core;
    let inputs = read_json(Request::from_parts(parts, body), core.body_limit).await?;
    let form = (route.read)(inputs)?;
    let sign_up = route.service.check_form(form)?;
    let passed = core.throttles.register.count_address(caller.as_deref()).await??;

    Ok(match route.service.sign_up(sign_up.coming_from(caller), &context).await? {
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

impl From<RegisterError> for Rejection {
    fn from(error: RegisterError) -> Self {
        match error {
            RegisterError::Vetoed(veto) => veto.into(),
            RegisterError::Refused(refusal) => not_taken("password", &refusal),
            RegisterError::Taken(Taken::Email) => Self::unprocessable("Email already registered"),
            RegisterError::Taken(Taken::Username) => Self::unprocessable("Username already taken"),
            RegisterError::Taken(Taken::Recovery(field)) => {
                let (first, rest) = field.split_at(field.chars().next().map_or(0, char::len_utf8));
                Self::unprocessable(format!("{}{rest} already registered", first.to_uppercase()))
            }
            RegisterError::Taken(Taken::Other(_)) => Self::unprocessable("Account already exists"),
            RegisterError::Unfit(field) => {
                let at = field.map_or_else(Location::body, Location::from);
                let refused = "Value error, too long or not allowed";
                vec![FieldError::value_error(at, refused)].into()
            }
            RegisterError::Hashing(error) => error.into(),
            RegisterError::Store(error) => error.into(),
            RegisterError::Hook(error) => {
                tracing::error!(%error, "the new-user hook failed");
                Self::Internal
            }
        }
    }
}
