//! The routes of a user who is signed in: identities that are linked, and a proof to be there.

use std::sync::Arc;

use axum::Json;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use http::HeaderMap;

use super::rejection::unknown;
use super::routes::{OAuthRoute, Provider, To, name};
use super::{Begin, Begun, OAuthError};
use crate::core::answers::Done;
use crate::core::extract::{self, Caller, FromInputs, Manager, Then};
use crate::error::{Inputs, Rejection, RejectionKind};
use crate::hooks::HookContext;
use crate::principal::Principal;
use crate::user::AuthUser;

/// What may be asked for beside a flow.
struct Wish {
    redirect_to: Option<String>,
}

impl FromInputs for Wish {
    fn read(inputs: &mut Inputs) -> Option<Self> {
        Some(Self { redirect_to: inputs.take::<Option<String>>("redirect_to")? })
    }
}

pub(super) async fn link<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    provider: Provider,
    headers: HeaderMap,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let begin = Begin::link(&me);
    begin_for(&route, (name(provider)?, begin), body, (me, headers, context)).await
}

pub(super) async fn reauthenticate<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    provider: Provider,
    headers: HeaderMap,
    Then(body, Manager(me, context)): Then<extract::Json, Manager<U>>,
) -> Result<Response, Rejection> {
    let begin = Begin::reauthenticate(&me);
    begin_for(&route, (name(provider)?, begin), body, (me, headers, context)).await
}

async fn begin_for<U: AuthUser>(
    route: &OAuthRoute<U>,
    (provider, begin): (String, Begin<U>),
    body: extract::Json,
    (me, headers, context): (Principal<U>, HeaderMap, HookContext),
) -> Result<Response, Rejection> {
    let limit = &route.core().rate_limiters.oauth_link;
    let passed = limit.count_of(&me.id().to_string(), &context).await??;
    let Wish { redirect_to } = body.fields_if_any()?;
    let own = &route.own;
    let begin = begin.redirect_to_if(redirect_to).under(&context);
    let begin = begin.browser(own.service.browser(&headers));
    match own.service.begin(&provider, begin).await {
        Ok(Begun { url, cookies, .. }) => Ok((passed, cookies, Json(To { url })).into_response()),
        Err(OAuthError::UnknownProvider) => Err(unknown(&provider)),
        // The page fetches, in both ways to answer.
        Err(error) => Err(own.told(route, &provider, error, &context)),
    }
}

pub(super) async fn list<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    Caller(me): Caller<U>,
) -> Result<Response, Rejection> {
    Ok(Json(route.own.service.list(&me.user).await?).into_response())
}

pub(super) async fn unlink<U: AuthUser>(
    State(route): State<OAuthRoute<U>>,
    id: Result<Path<String>, PathRejection>,
    Manager(me, context): Manager<U>,
) -> Result<Response, Rejection> {
    if me.session().is_none() || !me.is_elevated() {
        return Err(RejectionKind::SudoRequired.into());
    }
    let Path(id) = id.map_err(|_| RejectionKind::LinkedAccountNotFound)?;
    let service = Arc::clone(&route.own.service);
    let unlink = async move { service.unlink(&me.user, &id, me.session(), &context).await };
    route.core().background.to_its_end(unlink).await?;
    Ok(Json(Done { detail: "Account unlinked." }).into_response())
}
