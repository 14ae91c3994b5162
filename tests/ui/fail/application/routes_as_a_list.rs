//! Routes as a list.

use crudauth::http::Route;
use crudauth::{AuthUser, Builder, Sqlite};

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

fn configure(builder: Builder<User, Sqlite>) {
    let _ = builder.routes([Route::Login]);
}

fn main() {}
