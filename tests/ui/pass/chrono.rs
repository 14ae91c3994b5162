//! The timestamps of `chrono`, one of them left to the database.
#![deny(warnings)]

use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        username -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    username: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(default)]
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

fn main() {
    let created_at = User::SCHEMA.columns[5];
    assert_eq!(created_at.fill, crudauth::user::Fill::Database);
}
