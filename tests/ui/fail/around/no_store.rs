//! A struct for PostgreSQL has no store for SQLite.

use crudauth::{AuthUser, CrudAuth, SecretKey, Sqlite};

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
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {
    let _ = CrudAuth::<User>::builder(Sqlite::open("users.db").unwrap(), SecretKey::random().unwrap());
}
