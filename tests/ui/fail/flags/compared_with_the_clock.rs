use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        valid_from -> Nullable<Timestamp>,
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
    #[auth(logical = "email_verified", when(past))]
    valid_from: Option<NaiveDateTime>,
    token_version: i32,
}

fn main() {}
