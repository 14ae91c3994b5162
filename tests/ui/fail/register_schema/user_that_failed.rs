//! Of a user struct that cannot be derived, the schema says nothing.
use crudauth::{AuthUser, RegisterSchema};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(without(is_active))]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
}

#[derive(RegisterSchema)]
#[auth(user = User)]
struct SignUp {
    email: String,
    password: String,
    #[auth(input_only)]
    code: String,
    nickname: String,
}

fn main() {}
