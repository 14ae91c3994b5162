//! Tokens that no change of credentials could end.

use crudauth::{AuthUser, BearerConfig, CrudAuth, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(token_version))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
}

fn main() {
    let _ = CrudAuth::<User>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap()).bearer(BearerConfig::default());
}
