use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        oauth_provider -> Nullable<Text>,
        oauth_created_at -> Timestamp,
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
    oauth_provider: Option<String>,
    oauth_created_at: NaiveDateTime,
}

fn main() {}
