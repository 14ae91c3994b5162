//! A struct that can be serialized without its hash, and so be an answer.

use crudauth::{AuthUser, Principal};
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
    #[serde(skip_serializing)]
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn as_json(me: &Principal<User>) -> Result<String, serde_json::Error> {
    serde_json::to_string(&me.user)
}

fn main() {
    let _ = as_json;
}
