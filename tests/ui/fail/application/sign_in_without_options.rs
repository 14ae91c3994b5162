//! A sign-in that does not say what it gives.

use crudauth::{AuthUser, CrudAuth};
use http::request::Parts;

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

async fn log_in(auth: CrudAuth<User>, user: User, request: Parts) {
    let _ = auth.sign_in(user, &request).await;
}

fn main() {}
