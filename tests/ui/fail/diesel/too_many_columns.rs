//! One column more than 32. (Diesel's own feature is on: crudauth's is not.)

use crudauth::AuthUser;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        c01 -> Nullable<Text>,
        c02 -> Nullable<Text>,
        c03 -> Nullable<Text>,
        c04 -> Nullable<Text>,
        c05 -> Nullable<Text>,
        c06 -> Nullable<Text>,
        c07 -> Nullable<Text>,
        c08 -> Nullable<Text>,
        c09 -> Nullable<Text>,
        c10 -> Nullable<Text>,
        c11 -> Nullable<Text>,
        c12 -> Nullable<Text>,
        c13 -> Nullable<Text>,
        c14 -> Nullable<Text>,
        c15 -> Nullable<Text>,
        c16 -> Nullable<Text>,
        c17 -> Nullable<Text>,
        c18 -> Nullable<Text>,
        c19 -> Nullable<Text>,
        c20 -> Nullable<Text>,
        c21 -> Nullable<Text>,
        c22 -> Nullable<Text>,
        c23 -> Nullable<Text>,
        c24 -> Nullable<Text>,
        c25 -> Nullable<Text>,
        c26 -> Nullable<Text>,
        c27 -> Nullable<Text>,
        c28 -> Nullable<Text>,
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
}

fn main() {}
