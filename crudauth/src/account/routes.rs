//! `GET /me`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;

use crate::http::route::{get, mount};
use crate::transport::{Authenticator, Refusal};
use crate::user::AuthUser;

pub(crate) struct MeRoute<U: AuthUser> {
    pub(crate) authenticator: Arc<Authenticator<U>>,
}

impl<U: AuthUser> MeRoute<U> {
    pub(crate) fn router(self) -> Router {
        mount(Router::new(), "/me", get(me::<U>)).with_state(Arc::new(self))
    }
}

/// The answer of `GET /me`. What the struct does not have is null.
#[derive(Serialize)]
struct Me<'a, Id> {
    user_id: &'a Id,
    username: Option<&'a str>,
    email: Option<&'a str>,
    is_superuser: Option<bool>,
    scopes: &'a [String],
    via: &'a str,
}

async fn me<U: AuthUser>(
    State(route): State<Arc<MeRoute<U>>>,
    request: Request,
) -> Result<Response, Refusal> {
    let (parts, _) = request.into_parts();
    let principal = route.authenticator.require(&parts).await?;
    let logical = principal.user.logical();
    let me = Me {
        user_id: principal.id(),
        username: logical.username,
        email: logical.email,
        is_superuser: logical.is_superuser,
        scopes: principal.scopes(),
        via: principal.via(),
    };
    Ok(Json(me).into_response())
}
