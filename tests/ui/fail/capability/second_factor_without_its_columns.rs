//! Whoever mounts second factors needs a place for them, and an epoch to end the sessions before.
use crudauth::AuthUser;
use crudauth::user::HasSecondFactor;

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

fn mounts<U: HasSecondFactor>() {}

fn main() {
    mounts::<User>();
}
