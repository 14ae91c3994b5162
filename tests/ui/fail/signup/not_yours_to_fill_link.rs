// mistakes: 2
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        oauth_provider -> Nullable<Text>,
        google_id -> Nullable<Text>,
        github_id -> Nullable<Text>,
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
    #[auth(default)]
    oauth_provider: Option<String>,
    #[auth(provisioned)]
    google_id: Option<String>,
    github_id: Option<String>,
}

fn main() {}
