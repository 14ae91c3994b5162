//! An alias that hides a wrong type is one mistake too.
// mistakes: 7

use crudauth::AuthUser;
diesel::table! {
    users (id) {
        id -> Integer,
        email -> Nullable<Text>,
        hashed_password -> Integer,
        is_active -> Nullable<Bool>,
        email_verified -> Text,
        token_version -> Text,
        username -> Text,
        google_id -> Nullable<Integer>,
        oauth_provider -> Nullable<Text>,
    }
}
type Flag = Option<bool>;
type Number = i32;
type Mail = Option<String>;
type Version = String;
type Key = Option<i32>;
#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: Key,
    email: Mail,
    hashed_password: Number,
    is_active: Flag,
    email_verified: Version,
    token_version: Version,
    username: String,
    google_id: Key,
    oauth_provider: Mail,
}
fn main() {}
