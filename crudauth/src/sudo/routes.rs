//! `POST /step-up`.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::request::Parts;
use serde_json::Value;

use super::extract::read;
use super::service::SudoService;
use crate::core::extract::{Client, Json, Mounted};
use crate::core::{App, Feature, StepUpTokens};
use crate::error::{Rejection, RejectionKind};
use crate::http::Route;
use crate::http::route::post;
use crate::principal::{Session, TransportName};
use crate::user::AuthUser;

/// The sudo mode over HTTP.
pub(crate) struct StepUp<U: AuthUser> {
    pub(crate) service: Arc<SudoService<U>>,
    /// `None` if the application has no sign-in by tokens.
    pub(crate) tokens: Option<Arc<dyn StepUpTokens<U>>>,
}

impl<U: AuthUser> Feature<U> for Arc<StepUp<U>> {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let router = app.routes.mount(Router::new(), Route::StepUp, post(step_up::<U>));
        router.with_state(Mounted::new(app, self))
    }
}

/// A session is elevated, and a sign-in by tokens gets new ones, which say what was proved.
async fn step_up<U: AuthUser>(
    State(route): State<Mounted<U, StepUp<U>>>,
    Client(context): Client,
    head: Parts,
    body: Json,
) -> Result<Response, Rejection> {
    let StepUp { service, tokens } = &*route.own;
    let authenticator = &route.app.authenticator;
    let by_session = authenticator.authenticate_via(&head, |name| name == Session::NAME);
    if let Some(me) = by_session.await? {
        let proof = read(body.inputs()?)?;
        return Ok(service.elevate_under(&me, proof, &context).await?.into_response());
    }
    let mut inputs = body.inputs()?;
    let in_body = match inputs.take_raw("refresh_token") {
        Some(Value::String(token)) => Some(token),
        _ => None,
    };
    if let Some(tokens) = tokens
        && let Some(shown) = tokens.shown(&head, in_body, &context).await?
    {
        let factor = service.step_up(&shown.user, &shown.family, read(inputs)?, &context).await?;
        return tokens.renew(&shown, factor, &context).await;
    }
    authenticator.require(&head).await?;
    Err(RejectionKind::SudoNeedsSession.into())
}
