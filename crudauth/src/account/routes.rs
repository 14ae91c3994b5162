//! `GET /me`.

use std::sync::Arc;

use axum::response::{IntoResponse, Response};
use axum::{Json, Router};

use crate::core::answers;
use crate::core::extract::{Caller, Mounted};
use crate::core::{App, Feature};
use crate::http::Route;
use crate::http::route::get;
use crate::user::AuthUser;

/// The own account over HTTP.
pub(crate) struct Me;

impl<U: AuthUser> Feature<U> for Me {
    fn routes(&self, app: &Arc<App<U>>) -> Router {
        let router = app.routes.mount(Router::new(), Route::Me, get(me::<U>));
        router.with_state(Mounted::new(app, &Arc::new(Self)))
    }
}

async fn me<U: AuthUser>(Caller(principal): Caller<U>) -> Response {
    Json(answers::Me::new(&principal)).into_response()
}
