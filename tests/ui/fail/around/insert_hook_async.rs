//! An async insert hook.

use crudauth::{AuthUser, Sqlite};

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

fn open(database: Sqlite) {
    let _ = database.with_insert_hook(async |_connection, _user: &User| Ok(()));
}

fn main() {}
