//! An insert hook of another struct.

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
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

struct Other;

fn open(database: Sqlite, key: SecretKey) {
    let _ = CrudAuth::<User>::builder(database.with_insert_hook(|_, _: &Other| Ok(())), key);
}

fn main() {}
