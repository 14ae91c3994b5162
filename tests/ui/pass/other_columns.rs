//! A table with columns that the struct leaves out.
#![deny(warnings)]

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        notes -> Nullable<Text>,
        serial -> Integer,
        r#type -> Text,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(db_default(serial, r#type))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {
    let _ = UserRegister { email: String::new() };
}
