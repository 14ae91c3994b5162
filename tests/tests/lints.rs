//! The expansion is no noise to clippy at its strictest. (`cargo clippy` is what asks; the test
//! only uses the struct.)
#![deny(warnings, missing_docs, clippy::all, clippy::pedantic, clippy::nursery)]

use crudauth::AuthUser;

mod schema {
    #![allow(missing_docs)]
    diesel::table! {
        accounts (account_id) {
            account_id -> Integer,
            email_address -> Text,
            phone -> Nullable<Text>,
            phone_verified -> Bool,
            pw_hash -> Nullable<Text>,
            is_active -> Bool,
            token_version -> BigInt,
            updated_at -> BigInt,
            full_name -> Nullable<Text>,
            tier_id -> Integer,
            legacy_code -> Text,
        }
    }
}

type Flag = bool;

/// A user with something of everything.
#[derive(AuthUser)]
#[diesel(table_name = schema::accounts)]
#[auth(recovery(phone), db_default(legacy_code))]
pub struct Account {
    #[auth(column = "account_id")]
    id: i32,
    #[auth(column = "email_address")]
    email: String,
    #[auth(register)]
    phone: Option<String>,
    phone_verified: Flag,
    #[auth(logical = "hashed_password")]
    pw_hash: Option<String>,
    is_active: Flag,
    token_version: i64,
    updated_at: i64,
    /// The whole name.
    #[auth(register, rename = "fullName")]
    pub full_name: Option<String>,
    /// What was paid for.
    #[auth(provisioned)]
    pub tier_id: i32,
}

#[test]
fn the_struct_and_its_payloads_are_there() {
    let sent = AccountRegister { email: "ada@example.com".into(), phone: None, full_name: None };
    let filled = AccountProvisioned { tier_id: 1 };
    assert_eq!((sent.email.as_str(), filled.tier_id), ("ada@example.com", 1));
    assert_eq!(Account::SCHEMA.recovery, Some("phone"));
}
