//! The runtime under another path, and a module that shadows what code relies on.
#![deny(warnings)]

pub extern crate crudauth as engine;

mod deps {
    pub use crate::engine as auth;
}

mod core {}
mod std {}
mod crudauth {}

#[derive(Debug)]
#[allow(dead_code, reason = "it is here to be in the way")]
enum Option {}
#[allow(dead_code, reason = "it is here to be in the way")]
struct Vec;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(deps::auth::AuthUser)]
#[diesel(table_name = users)]
#[auth(crate = crate::deps::auth)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {
    use engine::AuthUser;
    let _ = User::SCHEMA;
}
