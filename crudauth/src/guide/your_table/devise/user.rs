use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Text,
        encrypted_password -> Text,
        reset_password_token -> Nullable<Text>,
        reset_password_sent_at -> Nullable<Timestamp>,
        remember_created_at -> Nullable<Timestamp>,
        confirmation_token -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        confirmation_sent_at -> Nullable<Timestamp>,
        unconfirmed_email -> Nullable<Text>,
        failed_attempts -> Integer,
        unlock_token -> Nullable<Text>,
        locked_at -> Nullable<Timestamp>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(token_version), db_default(failed_attempts))]
pub struct User {
    id: i64,
    email: String,
    #[auth(column = "encrypted_password")]
    hashed_password: String,
    #[auth(logical = "email_verified")]
    confirmed_at: Option<NaiveDateTime>,
    #[auth(logical = "is_active", when(null))]
    locked_at: Option<NaiveDateTime>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}
