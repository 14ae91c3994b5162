//! The routes of second factors.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use http::request::Parts;
use serde::Serialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::service::MfaService;
use super::verify::Verifier;
use crate::core::answers::Done;
use crate::core::extract::{self, Body, Caller, Client, FromInputs, Manager, Mounted, Then};
use crate::core::second_factor::SecondFactors;
use crate::core::{App, Feature};
use crate::error::{FieldError, Inputs, Rejection};
use crate::factors::{Code, RecoveryCodes, Setup};
use crate::hooks::HookContext;
use crate::http::Route;
use crate::http::route::{get, post};
use crate::password::Password;
use crate::principal::Principal;
use crate::rate_limit::RateLimitStatus;
use crate::store::records::Table;
use crate::user::AuthUser;

/// Second factors, over HTTP.
pub(crate) struct MfaRoutes<U: AuthUser> {
    pub(crate) service: Arc<MfaService<U>>,
    pub(crate) verifier: Arc<Verifier<U>>,
}

type Managed<U> = Mounted<U, MfaService<U>>;

impl<U: AuthUser> Feature<U> for MfaRoutes<U> {
    fn tables(&self) -> &'static [&'static Table] {
        SecondFactors::<U>::tables()
    }

    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let at = &app.routes;
        let mut managed = at.mount(Router::new(), Route::Mfa, get(status::<U>));
        managed = at.mount(managed, Route::MfaSetup, post(setup::<U>));
        managed = at.mount(managed, Route::MfaConfirm, post(confirm::<U>));
        managed = at.mount(managed, Route::MfaDisable, post(disable::<U>));
        managed = at.mount(managed, Route::MfaRegenerate, post(regenerate::<U>));
        let mut steps = at.mount(Router::new(), Route::MfaChallenge, post(challenge::<U>));
        steps = at.mount(steps, Route::MfaVerify, post(verify::<U>));
        let managed = managed.with_state(Mounted::new(app, &self.service));
        managed.merge(steps.with_state(Mounted::new(app, &self.verifier)))
    }
}

struct WithPassword(Option<Password>);

impl FromInputs for WithPassword {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        inputs.take::<Option<Password>>("password").map(Self)
    }
}

/// Takes any text. One that is too long or has a NUL is a wrong code, and not a 422.
fn text(inputs: &mut Inputs, name: &'static str) -> Option<Zeroizing<String>> {
    match inputs.take_raw(name) {
        Some(Value::String(text)) => return Some(Zeroizing::new(text)),
        Some(_) => inputs.report(FieldError::string_type(name)),
        None => inputs.report(FieldError::missing(name)),
    }
    None
}

struct WithCode(Code);

impl FromInputs for WithCode {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        text(inputs, "code").map(|code| Self(Code::new(&code)))
    }
}

struct Challenged {
    challenge: Zeroizing<String>,
}

impl FromInputs for Challenged {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        text(inputs, "challenge").map(|challenge| Self { challenge })
    }
}

struct Answered {
    challenge: Zeroizing<String>,
    code: Code,
}

impl FromInputs for Answered {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        let (challenge, code) = (text(inputs, "challenge"), text(inputs, "code"));
        Some(Self { challenge: challenge?, code: Code::new(&code?) })
    }
}

#[derive(Serialize)]
struct Codes {
    recovery_codes: RecoveryCodes,
}

#[derive(Serialize)]
struct Shown {
    setup: Option<Setup>,
}

async fn status<U: AuthUser>(
    State(route): State<Managed<U>>,
    Caller(me): Caller<U>,
) -> Result<Response, Rejection> {
    Ok(Json(route.own.status(&me.user).await?).into_response())
}

/// Every call counts against the user, also one that is not even a guess.
async fn count<U: AuthUser>(
    route: &Managed<U>,
    me: &Principal<U>,
    context: &HookContext,
) -> Result<Option<RateLimitStatus>, Rejection> {
    let limit = &route.core().rate_limiters.mfa_manage;
    Ok(limit.count_of(&me.id().to_string(), context).await??)
}

async fn setup<U: AuthUser>(
    State(route): State<Managed<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let passed = count(&route, &me, &context).await?;
    let WithPassword(password) = body.fields()?;
    let setup = route.own.setup(&me.user, password, me.session(), &context).await?;
    Ok((passed, Json(setup)).into_response())
}

async fn confirm<U: AuthUser>(
    State(route): State<Managed<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let passed = count(&route, &me, &context).await?;
    let WithCode(code) = body.fields()?;
    let service = Arc::clone(&route.own);
    let confirm = async move { service.confirm(&me.user, &code, me.session(), &context).await };
    let (recovery_codes, renewed) = route.core().background.to_its_end(confirm).await?;
    Ok((passed, renewed, Json(Codes { recovery_codes })).into_response())
}

async fn disable<U: AuthUser>(
    State(route): State<Managed<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let passed = count(&route, &me, &context).await?;
    let WithCode(code) = body.fields()?;
    let service = Arc::clone(&route.own);
    let disable = async move { service.disable(&me.user, code, &context).await };
    route.core().background.to_its_end(disable).await?;
    let done = Done { detail: "Two-factor authentication disabled." };
    Ok((passed, Json(done)).into_response())
}

async fn regenerate<U: AuthUser>(
    State(route): State<Managed<U>>,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let passed = count(&route, &me, &context).await?;
    let WithCode(code) = body.fields()?;
    let service = Arc::clone(&route.own);
    let regenerate = async move { service.regenerate(&me.user, code, &context).await };
    let recovery_codes = route.core().background.to_its_end(regenerate).await?;
    Ok((passed, Json(Codes { recovery_codes })).into_response())
}

async fn challenge<U: AuthUser>(
    State(route): State<Mounted<U, Verifier<U>>>,
    Client(context): Client,
    Body(Challenged { challenge }): Body<Challenged>,
) -> Result<Response, Rejection> {
    let setup = route.own.setup_of(&challenge, &context).await?;
    Ok(Json(Shown { setup }).into_response())
}

async fn verify<U: AuthUser>(
    State(route): State<Mounted<U, Verifier<U>>>,
    Client(context): Client,
    head: Parts,
    Body(Answered { challenge, code }): Body<Answered>,
) -> Result<Response, Rejection> {
    let verifier = Arc::clone(&route.own);
    let verify = async move { verifier.verify((&challenge, code), &head, context).await };
    route.core().background.to_its_end(verify).await
}
