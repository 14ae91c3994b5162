//! Messages by e-mail, to users who have no address, and no flag of one.
// mistakes: 2

use crudauth::message::ConsoleSender;
use crudauth::{AuthUser, CrudAuth, EmailConfig, SecretKey, Sqlite};

diesel::table! {
    users (id) {
        id -> Integer,
        username -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    username: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

fn main() {
    let _ = CrudAuth::<User>::builder(Sqlite::in_memory().unwrap(), SecretKey::random().unwrap())
        .email(EmailConfig::new(ConsoleSender::for_development_only()));
}
