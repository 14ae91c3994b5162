// mistakes: 5
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        google_id -> Text,
        github_id -> Nullable<BigInt>,
        oauth_provider -> Text,
        oauth_created_at -> Timestamp,
        oauth_updated_at -> BigInt,
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
    google_id: String,
    github_id: Option<i64>,
    oauth_provider: String,
    oauth_created_at: Option<String>,
    oauth_updated_at: i64,
}

fn main() {}
