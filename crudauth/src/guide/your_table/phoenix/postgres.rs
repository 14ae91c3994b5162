use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> BigInt,
        email -> Citext,
        hashed_password -> Nullable<Text>,
        confirmed_at -> Nullable<Timestamp>,
        inserted_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
#[auth(beside(token_version, is_active))]
pub struct User {
    id: i64,
    email: String,
    hashed_password: Option<String>,
    #[auth(logical = "email_verified")]
    confirmed_at: Option<NaiveDateTime>,
    #[auth(logical = "created_at")]
    inserted_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}
