//! `GET /me`.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use serde::Serialize;

use crate::core::extract::{Caller, Mounted};
use crate::core::{App, Feature};
use crate::http::route::{get, mount};
use crate::user::AuthUser;

/// The own account over HTTP.
pub(crate) struct Me;

impl<U: AuthUser> Feature<U> for Me {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        mount(Router::new(), "/me", get(me::<U>)).with_state(Mounted::new(app, &Arc::new(Self)))
    }
}

/// The answer of `GET /me`. What the struct does not have is null.
#[derive(Serialize)]
struct Account<'a, Id> {
    user_id: &'a Id,
    username: Option<&'a str>,
    email: Option<&'a str>,
    is_superuser: Option<bool>,
    scopes: &'a [String],
    via: &'a str,
}

async fn me<U: AuthUser>(Caller(principal): Caller<U>) -> Response {
    let logical = principal.user.logical();
    let account = Account {
        user_id: principal.id(),
        username: logical.username,
        email: logical.email,
        is_superuser: logical.is_superuser,
        scopes: principal.scopes(),
        via: principal.via(),
    };
    Json(account).into_response()
}
