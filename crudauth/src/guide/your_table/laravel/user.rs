use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> BigInt,
        name -> Text,
        email -> Text,
        email_verified_at -> Nullable<Timestamp>,
        password -> Text,
        remember_token -> Nullable<Text>,
        created_at -> Nullable<Timestamp>,
        updated_at -> Nullable<Timestamp>,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(token_version, is_active))]
pub struct User {
    id: i64,
    #[auth(register)]
    name: String,
    email: String,
    #[auth(logical = "email_verified")]
    email_verified_at: Option<NaiveDateTime>,
    #[auth(column = "password")]
    hashed_password: String,
    created_at: Option<NaiveDateTime>,
    updated_at: Option<NaiveDateTime>,
}
