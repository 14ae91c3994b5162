//! The routes of the flows by link.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::request::Parts;
use serde::Serialize;

use super::rejection::at_new_email;
use super::service::{Confirmed, RecoveryService};
use crate::core::{App, Feature};
use crate::error::{FieldError, Inputs, Rejection};
use crate::hooks::HookContext;
use crate::http::route::{mount, post};
use crate::http::{JsonBody, to_its_end};
use crate::identity::{canonical_email, readable_email};
use crate::password::Password;
use crate::rate_limit::{RateLimitStatus, RateLimiter, RateLimiters};
use crate::transport::Refusal;
use crate::user::AuthUser;

/// The flows by link over HTTP.
pub(crate) struct Recovery<U: AuthUser> {
    pub(crate) service: Arc<RecoveryService<U>>,
    /// The name of the recovery factor, which is that of the field in a body.
    pub(crate) factor: &'static str,
}

struct Routes<U: AuthUser> {
    app: Arc<App<U>>,
    service: Arc<RecoveryService<U>>,
    factor: &'static str,
}

type Shared<U> = State<Arc<Routes<U>>>;

impl<U: AuthUser> Feature<U> for Recovery<U> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let mut router = Router::new();
        router = mount(router, "/email/verify-request", post(verify_request::<U>));
        router = mount(router, "/email/verify-confirm", post(verify_confirm::<U>));
        router = mount(router, "/password/reset-request", post(reset_request::<U>));
        router = mount(router, "/password/reset-confirm", post(reset_confirm::<U>));
        if self.factor == "email" {
            router = mount(router, "/email/change-request", post(change_request::<U>));
            router = mount(router, "/email/change-confirm", post(change_confirm::<U>));
        }
        let (service, factor) = (Arc::clone(&self.service), self.factor);
        router.with_state(Arc::new(Routes { app: Arc::clone(app), service, factor }))
    }
}

impl<U: AuthUser> Routes<U> {
    fn rate_limiters(&self) -> &RateLimiters {
        &self.app.core.rate_limiters
    }

    async fn read(&self, request: Request) -> Result<(Parts, JsonBody), Rejection> {
        JsonBody::read(request, self.app.core.body_limit).await
    }

    /// What messages are called.
    fn noun(&self) -> &'static str {
        if self.factor == "email" { "email" } else { "message" }
    }

    /// Counts a request for a link against who makes it, then reads whom it is about. What strangers
    /// ask from an address uses up nothing of who is signed in there.
    async fn read_request(
        &self,
        request: Request,
        limiter: &RateLimiter,
    ) -> Result<(Option<RateLimitStatus>, Asked), Rejection> {
        let (parts, body) = self.read(request).await?;
        let context = HookContext::from_parts(&parts);
        let passed = match self.user(&parts).await {
            Some(user) => limiter.count_of(&user, &context).await??,
            None => {
                let address = context.bucket();
                limiter.for_anonymous().count_address_of(address.as_deref(), &context).await??
            }
        };
        let mut inputs = body.inputs()?;
        let value = self.value(&mut inputs);
        let redirect_to = inputs.take::<Option<String>>("redirect_to").flatten();
        let value = inputs.finish_with(value)?;
        Ok((passed, Asked { value, redirect_to, context }))
    }

    /// The caller as a limit counts users, where one shows to be signed in. These routes ask nobody
    /// to be: what is shown and does not count is as if it were not shown.
    async fn user(&self, parts: &Parts) -> Option<String> {
        let shows = |name: &str| parts.headers.contains_key(name);
        if !shows("x-csrf-token") && !shows("authorization") {
            return None;
        }
        let me = self.app.authenticator.authenticate(parts).await;
        let me = me.inspect_err(|refusal| refusal.rejection().log()).ok().flatten();
        me.map(|me| me.id().to_string())
    }

    fn value(&self, inputs: &mut Inputs) -> Option<String> {
        let typed = inputs.take::<String>(self.factor)?;
        let value = match self.factor {
            "email" => readable_email(&typed).map_err(|error| error.at(self.factor)),
            factor => match typed.trim() {
                "" => Err(FieldError::too_short(factor, 1)),
                typed => Ok(typed.to_owned()),
            },
        };
        inputs.keep(value)
    }
}

/// For whom a link is asked.
struct Asked {
    value: String,
    redirect_to: Option<String>,
    context: HookContext,
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
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Rejection> {
    let (passed, asked) =
        route.read_request(request, &route.rate_limiters().email_verify_request).await?;
    let Asked { value, redirect_to, context } = asked;
    route.service.request_verification(&value, redirect_to.as_deref(), &context).await?;
    let noun = route.noun();
    let answer = Answer::new(format!("If an account exists, a verification {noun} has been sent."));
    Ok((passed, Json(answer)).into_response())
}

async fn verify_confirm<U: AuthUser>(
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = route.read(request).await?;
    let (token, context) = (token_of(body)?, HookContext::from_parts(&parts));
    let confirm = async move { route.service.confirm_verification(&token, &context).await };
    let confirmed = to_its_end(confirm).await?;
    Ok(Answer::confirmed("Verified successfully.", confirmed))
}

async fn reset_request<U: AuthUser>(
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Rejection> {
    let (passed, asked) =
        route.read_request(request, &route.rate_limiters().password_reset_request).await?;
    let Asked { value, redirect_to, context } = asked;
    route.service.request_reset(&value, redirect_to.as_deref(), &context).await?;
    let noun = route.noun();
    let answer =
        Answer::new(format!("If an account exists, a password reset {noun} has been sent."));
    Ok((passed, Json(answer)).into_response())
}

async fn reset_confirm<U: AuthUser>(
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = route.read(request).await?;
    let mut inputs = body.inputs()?;
    let token = inputs.take::<String>("token");
    let new = inputs.take::<Password>("new_password");
    let (token, new) = inputs.finish_with(token.zip(new))?;
    let context = HookContext::from_parts(&parts);
    let confirm = async move { route.service.confirm_reset(&token, new, &context).await };
    let confirmed = to_its_end(confirm).await?;
    Ok(Answer::confirmed("Password reset successfully.", confirmed))
}

/// Anonymous calls do not count: they would use up what others have at the same address.
async fn change_request<U: AuthUser>(
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, body) = route.read(request).await?;
    let me = route.app.authenticator.require_manager(&parts, &route.app.core.events).await?;
    let (limit, context) =
        (&route.rate_limiters().email_change_request, HookContext::from_parts(&parts));
    let passed = limit.count_of(&me.id().to_string(), &context).await??;

    let mut inputs = body.inputs()?;
    let new = inputs.take::<String>("new_email");
    let new = new.and_then(|new| inputs.keep(canonical_email(&new).map_err(at_new_email)));
    let password = inputs.take::<Password>("password");
    let redirect_to = inputs.take::<Option<String>>("redirect_to").flatten();
    let (new, password) = inputs.finish_with(new.zip(password))?;

    let redirect_to = redirect_to.as_deref();
    let asked =
        route.service.request_email_change(&me.user, &new, password, redirect_to, &context).await;
    asked?;
    let answer = Answer::new("If the address is available, a confirmation email has been sent.");
    Ok((passed, Json(answer)).into_response())
}

async fn change_confirm<U: AuthUser>(
    State(route): Shared<U>,
    request: Request,
) -> Result<Response, Rejection> {
    let (parts, body) = route.read(request).await?;
    let (token, context) = (token_of(body)?, HookContext::from_parts(&parts));
    let confirm = async move { route.service.confirm_email_change(&token, &context).await };
    let confirmed = to_its_end(confirm).await?;
    Ok(Answer::confirmed("Email changed successfully.", confirmed))
}

fn token_of(body: JsonBody) -> Result<String, Rejection> {
    let mut inputs = body.inputs()?;
    let token = inputs.take::<String>("token");
    Ok(inputs.finish_with(token)?)
}
