// mistakes: 2
use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        enabled -> Bool,
        email_verified -> Nullable<Timestamp>,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(false))]
    enabled: bool,
    #[auth(when(null))]
    email_verified: Option<NaiveDateTime>,
    token_version: i32,
}

fn main() {}
