//! `crate = ..` names a path that does not exist.

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        name -> Text,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(recovery(none), crate = crate::web::auth)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
    #[auth(register)]
    name: String,
}

fn main() {}
