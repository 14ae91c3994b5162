//! `POST /register`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};

use super::form::{ReadForm, privileged_fields};
use super::service::{RegisterService, SignUp, SignedUp};
use crate::core::answers::{Done, Registered};
use crate::core::extract::{self, Client, Mounted};
use crate::core::{App, Core, Feature};
use crate::error::{Inputs, Rejection};
use crate::event::{LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::http::Route;
use crate::http::route::post;
use crate::rate_limit::RateLimitStatus;
use crate::user::AuthUser;

/// Sign-up over HTTP.
pub(crate) struct Register<U: AuthUser> {
    pub(crate) service: Arc<RegisterService<U>>,
    pub(crate) read: ReadForm<U>,
}

impl<U: AuthUser> Feature<U> for Arc<Register<U>> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let route = Mounted::new(app, self);
        let router = app.routes.mount(Router::new(), Route::Register, post(register::<U>));
        router.with_state(route)
    }
}

/// Only bodies that could create a user are counted by the rate limit.
async fn register<U: AuthUser>(
    State(route): State<Mounted<U, Register<U>>>,
    Client(context): Client,
    body: extract::Json,
) -> Result<Response, Rejection> {
    let core = route.core();
    let sign_up = route.own.read(core, body.inputs()?, &context)?;
    let (passed, signed_up) = route.own.sign_up(core, sign_up, &context).await?;
    Ok(match signed_up {
        SignedUp::Created(user) => (passed, Json(Registered::new(&*user))).into_response(),
        SignedUp::CheckYourInbox => {
            (StatusCode::ACCEPTED, passed, Json(Done::CHECK_YOUR_INBOX)).into_response()
        }
    })
}

impl<U: AuthUser> Register<U> {
    /// Reads the body of a sign-up, and checks it.
    ///
    /// # Errors
    ///
    /// Every mistake.
    pub(crate) fn read(
        &self,
        core: &Core<U>,
        mut inputs: Inputs,
        context: &HookContext,
    ) -> Result<SignUp<U>, Rejection> {
        let form = (self.read)(&mut inputs);
        let privileged = privileged_fields::<U>(&inputs);
        if !privileged.is_empty() {
            let fields = LogSafe::new(&privileged.join(", "));
            core.events.emit(context, SecurityEvent::PrivilegedFieldsSent { fields });
        }
        Ok(self.service.check_form(inputs.finish_with(form)?)?)
    }

    /// Counts a sign-up against its limit, and signs the user up.
    ///
    /// # Errors
    ///
    /// Beyond the limit, and those of [`RegisterService::sign_up`].
    pub(crate) async fn sign_up(
        &self,
        core: &Core<U>,
        sign_up: SignUp<U>,
        context: &HookContext,
    ) -> Result<(Option<RateLimitStatus>, SignedUp<U>), Rejection> {
        let (limit, address) = (&core.rate_limiters.register, context.bucket());
        let passed = limit.count_address_of(address.as_deref(), context).await??;
        Ok((passed, self.service.sign_up(sign_up, context).await?))
    }
}
