//! The hook says what stays NULL.
use crudauth::oauth::OAuthConfig;
use crudauth::{AuthUser, CrudAuth, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        email_verified -> Bool,
        country -> Text,
        nick -> Nullable<Text>,
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
    email_verified: bool,
    #[auth(register)]
    country: String,
    #[auth(register)]
    nick: Option<String>,
}

fn main() {
    let config = OAuthConfig::new("https://shop.example.com");
    let _ = CrudAuth::<User>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap())
        .oauth_with(config, |_| async { Ok(Some(UserOAuthFields { country: String::new(), nick: None })) });
}
