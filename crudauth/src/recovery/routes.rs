//! The routes of the flows by link.

use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::request::Parts;
use serde::Serialize;

use super::service::{Confirmed, RecoveryService};
use crate::core::extract::{self, Body, Client, FromInputs, Manager, Mounted, Then};
use crate::core::{App, Feature};
use crate::error::{FieldError, Inputs, Rejection};
use crate::hooks::HookContext;
use crate::http::route::post;
use crate::http::{Route, wire};
use crate::identity::{canonical_email, readable_email};
use crate::password::Password;
use crate::rate_limit::{RateLimitStatus, RateLimiter};
use crate::transport::Authenticator;
use crate::user::AuthUser;

/// The flows by link over HTTP.
pub(crate) struct Recovery<U: AuthUser> {
    pub(crate) service: Arc<RecoveryService<U>>,
    /// The name of the recovery factor, which is that of the field in a body.
    pub(crate) factor: &'static str,
}

type RecoveryRoute<U> = Mounted<U, Recovery<U>>;

impl<U: AuthUser> Feature<U> for Recovery<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let (at, mut router) = (&app.routes, Router::new());
        router = at.mount(router, Route::VerifyRequest, post(verify_request::<U>));
        router = at.mount(router, Route::VerifyConfirm, post(verify_confirm::<U>));
        router = at.mount(router, Route::ResetRequest, post(reset_request::<U>));
        router = at.mount(router, Route::ResetConfirm, post(reset_confirm::<U>));
        if self.factor == "email" {
            router = at.mount(router, Route::EmailChangeRequest, post(change_request::<U>));
            router = at.mount(router, Route::EmailChangeConfirm, post(change_confirm::<U>));
        }
        let own = Self { service: Arc::clone(&self.service), factor: self.factor };
        router.with_state(Mounted::new(app, &Arc::new(own)))
    }
}

/// The caller of a request for a link: the id of the user if the request is authenticated, and where
/// it comes from. These routes do not require authentication: an invalid credential counts as none.
pub(crate) struct Asker(Option<String>, HookContext);

impl<U: AuthUser> FromRequestParts<RecoveryRoute<U>> for Asker {
    type Rejection = Rejection;

    async fn from_request_parts(
        parts: &mut Parts,
        route: &RecoveryRoute<U>,
    ) -> Result<Self, Rejection> {
        let context = HookContext::from_parts(parts);
        Ok(Self::find(&route.app.authenticator, parts, context).await)
    }
}

impl Asker {
    pub(crate) async fn find<U: AuthUser>(
        authenticator: &Authenticator<U>,
        request: &Parts,
        context: HookContext,
    ) -> Self {
        let shows = |name: &str| request.headers.contains_key(name);
        if !shows("x-csrf-token") && !shows("authorization") {
            return Self(None, context);
        }
        let me = authenticator.authenticate(request).await;
        let me = me.inspect_err(Rejection::log).ok().flatten();
        Self(me.map(|me| me.id().to_string()), context)
    }

    /// Counts a request for a link against its caller. Anonymous requests from an address use up
    /// nothing of the signed-in users there.
    pub(crate) async fn count(
        &self,
        limiter: &RateLimiter,
    ) -> Result<Option<RateLimitStatus>, Rejection> {
        let Self(user, context) = self;
        Ok(match user {
            Some(user) => limiter.count_of(user, context).await??,
            None => {
                let address = context.bucket();
                limiter.for_anonymous().count_address_of(address.as_deref(), context).await??
            }
        })
    }
}

impl<U: AuthUser> Recovery<U> {
    /// The word for a message in answers.
    fn noun(&self) -> &'static str {
        if self.factor == "email" { "email" } else { "message" }
    }

    /// Whom a request for a link is about.
    fn read(&self, body: extract::Json) -> Result<Asked, Rejection> {
        let mut inputs = body.inputs()?;
        let value = self.value(&mut inputs);
        let redirect_to = inputs.take::<Option<String>>("redirect_to").flatten();
        let value = inputs.finish_with(value)?;
        Ok(Asked { value, redirect_to })
    }

    fn value(&self, inputs: &mut Inputs) -> Option<String> {
        let typed = inputs.take::<String>(self.factor)?;
        inputs.keep(read_factor(self.factor, &typed))
    }
}

/// The value of the recovery factor that somebody has typed.
pub(crate) fn read_factor(factor: &'static str, typed: &str) -> Result<String, FieldError> {
    match factor {
        "email" => readable_email(typed).map_err(|it| wire::email(&it, factor)),
        factor => match typed.trim() {
            "" => Err(FieldError::too_short(factor, 1)),
            typed => Ok(typed.to_owned()),
        },
    }
}

/// For whom a link is asked.
struct Asked {
    value: String,
    redirect_to: Option<String>,
}

/// What a link carries.
struct Shown {
    token: String,
}

impl FromInputs for Shown {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        Some(Self { token: inputs.take("token")? })
    }
}

struct Reset {
    token: String,
    new: Password,
}

impl FromInputs for Reset {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let token = inputs.take("token");
        let new = inputs.take("new_password");
        Some(Self { token: token?, new: new? })
    }
}

struct NewEmail {
    address: String,
    password: Password,
    redirect_to: Option<String>,
    code: Option<Password>,
}

impl FromInputs for NewEmail {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let new = inputs.take::<String>("new_email");
        let new = new.and_then(|new| {
            inputs.keep(canonical_email(&new).map_err(|it| wire::email(&it, "new_email")))
        });
        let password = inputs.take("password");
        let redirect_to = inputs.take::<Option<String>>("redirect_to").flatten();
        let code = extract::code(inputs);
        Some(Self { address: new?, password: password?, redirect_to, code })
    }
}

#[derive(Serialize)]
struct Answer {
    detail: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_to: Option<String>,
}

impl Answer {
    fn new(detail: impl Into<String>) -> Self {
        Self { detail: detail.into(), redirect_to: None }
    }

    fn confirmed<U: AuthUser>(detail: &str, confirmed: Confirmed<U>) -> Response {
        let redirect_to = confirmed.redirect_to;
        Json(Self { redirect_to, ..Self::new(detail) }).into_response()
    }
}

async fn verify_request<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Then(body, asker): Then<extract::Json, Asker>,
) -> Result<Response, Rejection> {
    let (Recovery { service, .. }, noun) = (&*route.own, route.own.noun());
    let passed = asker.count(&route.core().rate_limiters.email_verify_request).await?;
    let Asked { value, redirect_to } = route.own.read(body)?;
    service.request_verification(&value, redirect_to.as_deref(), &asker.1).await?;
    let answer = Answer::new(format!("If an account exists, a verification {noun} has been sent."));
    Ok((passed, Json(answer)).into_response())
}

async fn verify_confirm<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Client(context): Client,
    Body(Shown { token }): Body<Shown>,
) -> Result<Response, Rejection> {
    let service = Arc::clone(&route.own.service);
    let confirm = async move { service.confirm_verification(&token, &context).await };
    let confirmed = route.core().background.to_its_end(confirm).await?;
    Ok(Answer::confirmed("Verified successfully.", confirmed))
}

async fn reset_request<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Then(body, asker): Then<extract::Json, Asker>,
) -> Result<Response, Rejection> {
    let (Recovery { service, .. }, noun) = (&*route.own, route.own.noun());
    let passed = asker.count(&route.core().rate_limiters.password_reset_request).await?;
    let Asked { value, redirect_to } = route.own.read(body)?;
    service.request_reset(&value, redirect_to.as_deref(), &asker.1).await?;
    let answer =
        Answer::new(format!("If an account exists, a password reset {noun} has been sent."));
    Ok((passed, Json(answer)).into_response())
}

async fn reset_confirm<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Client(context): Client,
    Body(Reset { token, new }): Body<Reset>,
) -> Result<Response, Rejection> {
    let service = Arc::clone(&route.own.service);
    let confirm = async move { service.confirm_reset(&token, new, &context).await };
    let confirmed = route.core().background.to_its_end(confirm).await?;
    Ok(Answer::confirmed("Password reset successfully.", confirmed))
}

/// Anonymous calls do not count: they would use up what others have at the same address.
async fn change_request<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let limit = &route.core().rate_limiters.email_change_request;
    let passed = limit.count_of(&me.id().to_string(), &context).await??;
    let NewEmail { address, password, redirect_to, code } = body.fields()?;
    route.core().guard_change(&me, code.as_ref(), &context).await?;
    let (service, redirect_to) = (&route.own.service, redirect_to.as_deref());
    service.request_email_change(&me.user, &address, password, redirect_to, &context).await?;
    let answer = Answer::new("If the address is available, a confirmation email has been sent.");
    Ok((passed, Json(answer)).into_response())
}

async fn change_confirm<U: AuthUser>(
    State(route): State<RecoveryRoute<U>>,
    Client(context): Client,
    Body(Shown { token }): Body<Shown>,
) -> Result<Response, Rejection> {
    let service = Arc::clone(&route.own.service);
    let confirm = async move { service.confirm_email_change(&token, &context).await };
    let confirmed = route.core().background.to_its_end(confirm).await?;
    Ok(Answer::confirmed("Email changed successfully.", confirmed))
}
