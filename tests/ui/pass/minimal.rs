//! The derive alone, on the fewest fields there can be.
#![deny(warnings)]

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(is_active, token_version))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
}

fn main() {
    assert_eq!(User::SCHEMA.columns.len(), 3);
}
