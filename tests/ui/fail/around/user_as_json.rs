//! The row of a user as the answer.
// told: 2
// An `impl IntoResponse` is checked where it is promised and where it is given.

use axum::Json;
use axum::response::IntoResponse;
use crudauth::{AuthUser, Principal};

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

async fn me(me: Principal<User>) -> impl IntoResponse { Json(me.user) }

fn main() {}
