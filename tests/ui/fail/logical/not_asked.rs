#![deny(deprecated)]

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        enabled -> Bool,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(is_active, token_version))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(default)]
    enabled: bool,
}

fn main() {}
