//! A builder of a URL.
// told: 2
// Both `builder` and `build` need a database.

use crudauth::{AuthUser, CrudAuth, SecretKey};

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

async fn start(key: SecretKey) {
    let _ = CrudAuth::<User>::builder("sqlite:app.db", key).build().await;
}

fn main() {}
