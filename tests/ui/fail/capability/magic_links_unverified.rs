//! Links that sign in by a mailbox, of a struct that does not say whether an address is proved.
use crudauth::{AuthUser, CrudAuth, MagicLinks, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
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

fn main() {
    let _ = CrudAuth::<User>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap())
        .magic_links(MagicLinks::new());
}
