use chrono::{DateTime, Utc};
use crudauth::AuthUser;
use uuid::Uuid;

diesel::table! {
    users (id) {
        created_at -> TimestamptzSqlite,
        updated_at -> TimestamptzSqlite,
        id -> Integer,
        pid -> crudauth::store::UuidBlob,
        email -> Text,
        password -> Text,
        api_key -> Text,
        name -> Text,
        reset_token -> Nullable<Text>,
        reset_sent_at -> Nullable<TimestamptzSqlite>,
        email_verification_token -> Nullable<Text>,
        email_verification_sent_at -> Nullable<TimestamptzSqlite>,
        email_verified_at -> Nullable<TimestamptzSqlite>,
        magic_link_token -> Nullable<Text>,
        magic_link_expiration -> Nullable<TimestamptzSqlite>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
#[auth(beside(token_version, is_active))]
pub struct User {
    id: i32,
    #[auth(provisioned)]
    pid: Uuid,
    email: String,
    #[auth(column = "password")]
    hashed_password: String,
    #[auth(provisioned)]
    api_key: String,
    #[auth(register)]
    name: String,
    #[auth(logical = "email_verified")]
    email_verified_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
}

/// For the new-user hook.
pub fn new_user() -> UserProvisioned {
    let key = Uuid::now_v7();
    UserProvisioned { pid: Uuid::now_v7(), api_key: format!("lo-{key}") }
}
