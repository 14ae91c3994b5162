// mistakes: 2
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Integer,
        hashed_password -> Binary,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: i32,
    hashed_password: Vec<u8>,
    is_active: bool,
    token_version: i32,
}

fn main() {}
