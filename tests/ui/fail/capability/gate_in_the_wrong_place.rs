//! A gate on the user alone, where one that sees the request is asked for.

use crudauth::{Authorized, AuthUser, Verified};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        email_verified -> Bool,
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
    email_verified: bool,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn settings(_: Authorized<User, Verified>) {}

fn main() {
    let _ = settings;
}
