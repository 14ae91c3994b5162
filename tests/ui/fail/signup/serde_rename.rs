#![deny(deprecated)]

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        full_name -> Nullable<Text>,
    }
}

#[derive(AuthUser, serde::Serialize)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    #[serde(skip_serializing)]
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    #[serde(rename = "fullName")]
    full_name: Option<String>,
}

fn main() {}
