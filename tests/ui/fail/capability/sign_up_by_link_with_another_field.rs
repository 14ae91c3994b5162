//! Accounts that are made of an address alone, of a struct whose sign-up needs more.
use crudauth::{AuthUser, CrudAuth, MagicLinks, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        email_verified -> Bool,
        full_name -> Text,
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
    full_name: String,
}

fn main() {
    let _ = CrudAuth::<User>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap())
        .magic_links(MagicLinks::new().sign_up(true));
}
