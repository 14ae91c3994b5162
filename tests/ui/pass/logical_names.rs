//! Fields of other names that play the logical fields.
#![deny(warnings)]

use crudauth::AuthUser;
use crudauth::user::{HasEmailVerified, HasRecovery, HasSuperuser, LoginField};

diesel::table! {
    members (key) {
        key -> Text,
        address -> Text,
        address_proven -> Bool,
        secret -> Text,
        enabled -> Bool,
        epoch -> Integer,
        root -> Bool,
        handle -> Text,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = members)]
#[auth(login(handle, email), recovery(email))]
struct Member {
    #[auth(logical = "id")]
    key: String,
    #[auth(logical = "email")]
    address: String,
    #[auth(logical = "email_verified")]
    address_proven: bool,
    #[auth(logical = "hashed_password")]
    secret: String,
    #[auth(logical = "is_active")]
    enabled: bool,
    #[auth(logical = "token_version")]
    epoch: i32,
    #[auth(logical = "is_superuser")]
    root: bool,
    handle: String,
}

fn answers<U: HasEmailVerified + HasRecovery + HasSuperuser>() {}

fn main() {
    answers::<Member>();
    assert_eq!(Member::SCHEMA.login, [LoginField::Other("handle"), LoginField::Email]);
    let _ = MemberRegister { address: String::new(), handle: String::new() };
}
