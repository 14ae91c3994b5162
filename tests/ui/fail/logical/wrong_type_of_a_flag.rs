// mistakes: 2
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Integer,
        is_superuser -> Nullable<Bool>,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    is_active: i32,
    is_superuser: Option<bool>,
    token_version: i32,
}

fn main() {}
