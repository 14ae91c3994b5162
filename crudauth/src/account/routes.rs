//! `GET /me`.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::{Json, Router};
use serde_json::{Value, json};

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

async fn me<U: AuthUser>(
    State(route): State<Arc<MeRoute<U>>>,
    request: Request,
) -> Result<Json<Value>, Refusal> {
    let (parts, _) = request.into_parts();
    let principal = route.authenticator.require(&parts).await?;
    let logical = principal.user.logical();
    let no_scopes: [&str; 0] = [];
    Ok(Json(json!({
        "user_id": principal.id(),
        "username": logical.username,
        "email": logical.email,
        "is_superuser": logical.is_superuser,
        "scopes": no_scopes,
        "via": principal.via(),
    })))
}
