//! An insert hook without a type.

use crudauth::{CrudAuth, SecretKey, Sqlite};
use crudauth::AuthUser;

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

fn open(database: Sqlite, key: SecretKey) {
    let database = database.with_insert_hook(|_, user| { let _ = user.id; Ok(()) });
    let _ = CrudAuth::<User>::builder(database, key);
}

fn main() {}
