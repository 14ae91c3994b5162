//! An Arc state without CrudAuth.

use std::sync::Arc;

use axum::extract::State;
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

struct AppState {
    greeting: &'static str,
}

#[axum::debug_handler(state = Arc<AppState>)]
async fn greet(State(state): State<Arc<AppState>>, me: Principal<User>) -> String {
    format!("{} {}", state.greeting, me.id())
}

fn main() {}
