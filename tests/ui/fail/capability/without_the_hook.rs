//! `provisioned` needs the hook that fills it.

use crudauth::{AuthUser, CrudAuth, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        tier -> Integer,
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
    #[auth(provisioned)]
    tier: i32,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    CrudAuth::<User>::builder(Sqlite::open("users.db").unwrap(), SecretKey::from_env("SECRET_KEY").unwrap())
        .build()
        .await?;
    Ok(())
}
