//! A state in which `Principal` finds no `CrudAuth`: the handler says so where axum checks it.

use axum::extract::State;
use crudauth::{AuthUser, Principal};

diesel::table! {
    accounts {
        id -> BigInt,
        email -> Text,
        username -> Text,
        password_hash -> Nullable<Text>,
        is_active -> Bool,
        is_superuser -> Bool,
        email_verified -> Bool,
        token_version -> BigInt,
    }
}

#[derive(Clone, diesel::Queryable, diesel::Selectable, AuthUser)]
#[diesel(table_name = accounts)]
struct Account {
    id: i64,
    email: String,
    username: String,
    #[auth(logical = "hashed_password")]
    password_hash: Option<String>,
    is_active: bool,
    is_superuser: bool,
    email_verified: bool,
    token_version: i64,
}

#[derive(Clone)]
struct AppState {
    greeting: &'static str,
}

#[axum::debug_handler(state = AppState)]
async fn greet(State(state): State<AppState>, me: Principal<Account>) -> String {
    format!("{} {}", state.greeting, me.id())
}

fn main() {
    let _ = greet;
}
