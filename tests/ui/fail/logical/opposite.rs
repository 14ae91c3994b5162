// mistakes: 2
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        blocked -> Bool,
        unconfirmed -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active")]
    blocked: bool,
    #[auth(column = "unconfirmed")]
    email_verified: bool,
    token_version: i32,
}

fn main() {}
