use axum::routing::get;
use axum::{Json, Router};

use super::Me;

pub fn router() -> Router {
    Router::new().route("/me", get(me))
}

async fn me() -> Json<Me<'static>> {
    Json(Me { id: 1, username: "ada", email: "ada@example.com" })
}
