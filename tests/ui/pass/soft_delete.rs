//! Rows that are deleted and stay in the table, and names that may be absent.
#![deny(warnings)]

use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Nullable<Text>,
        handle -> Nullable<Text>,
        hashed_password -> Text,
        deleted_at -> Nullable<Timestamp>,
        token_version -> Integer,
    }
}

type Maybe<T> = Option<T>;

#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(login(email, handle), without(is_active))]
struct User {
    id: i32,
    email: Option<String>,
    handle: Maybe<String>,
    hashed_password: String,
    #[auth(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
    token_version: i32,
}

fn main() {
    let mut user = User {
        id: 1,
        email: None,
        handle: None,
        hashed_password: String::new(),
        deleted_at: None,
        token_version: 0,
    };
    assert!(!user.is_deleted());
    user.deleted_at = Some(NaiveDateTime::MIN);
    assert!(user.is_deleted());
    let _ = UserRegister { email: None, handle: None };
}
