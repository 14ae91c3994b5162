//! A layer that is not called.

use axum::Router;
use axum::routing::get;
use crudauth::{AuthUser, CrudAuth};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn app(auth: CrudAuth<User>) -> Router {
    Router::new().route("/notes", get(async || "notes")).route_layer(auth.require_login)
}

fn main() {}
