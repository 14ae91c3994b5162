use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Binary,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    #[auth(default)]
    id: Vec<u8>,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {}
