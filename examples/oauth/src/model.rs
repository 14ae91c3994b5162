//! The users.

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        email_verified -> Bool,
        hashed_password -> Nullable<Text>,
        token_version -> Integer,
    }
}

/// An address is enough to sign in by a provider. There is no password: `hashed_password` is NULL, or text
/// that no password matches.
#[derive(AuthUser)]
#[diesel(table_name = users)]
#[auth(beside(is_active))]
pub(crate) struct User {
    pub(crate) id: i32,
    pub(crate) email: String,
    email_verified: bool,
    hashed_password: Option<String>,
    token_version: i32,
}
