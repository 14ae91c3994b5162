//! Tokens for users without the epoch that ends them.

use crudauth::{AuthUser, CrudAuth, TokenOptions};
use http::request::Parts;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(token_version))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
}

async fn log_in(auth: CrudAuth<User>, user: User, request: Parts) {
    let _ = auth.sign_in(user, &request, TokenOptions::default()).await;
}

fn main() {}
