//! A struct that shows the stored hash to whoever reads it as JSON.

use crudauth::AuthUser;
use serde::Serialize;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser, Serialize)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {}
