//! `crate = ..` names a path that does not exist.

use crudauth::{AuthUser, RegisterSchema};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        tags -> Text,
    }
}

struct Tags(String);

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    tags: String,
}

#[derive(RegisterSchema)]
#[auth(user = User, crate = ::web::auth)]
struct SignUp {
    email: String,
    password: String,
    tags: Tags,
    #[auth(input_only)]
    code: String,
}

fn main() {}
