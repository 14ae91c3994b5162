//! The legacy table, and what its columns mean.

use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    accounts (account_id) {
        account_id -> Integer,
        email_address -> Text,
        username -> Text,
        pw_hash -> Text,
        is_admin -> Bool,
        is_active -> Bool,
        email_verified -> Bool,
        token_version -> Integer,
        totp_secret_encrypted -> Nullable<Text>,
        totp_confirmed_at -> Nullable<Timestamp>,
        totp_last_step -> Nullable<BigInt>,
        mfa_recovery_codes -> Nullable<Text>,
        full_name -> Nullable<Text>,
        locale -> Nullable<Text>,
        credits -> Integer,
        mfa_required -> Bool,
    }
}

/// A row of the table. The database fills `credits`, which the server does not read, and
/// `mfa_required`.
#[derive(AuthUser)]
#[diesel(table_name = accounts)]
#[auth(db_default(credits))]
#[expect(dead_code, reason = "some columns are here for crudauth and the client, not for our code")]
pub(crate) struct Account {
    #[auth(column = "account_id")]
    id: i32,
    #[auth(column = "email_address")]
    email: String,
    username: String,
    #[auth(column = "pw_hash")]
    hashed_password: String,
    #[auth(column = "is_admin")]
    is_superuser: bool,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
    #[auth(register)]
    full_name: Option<String>,
    #[auth(register)]
    pub(crate) locale: Option<String>,
    /// Whether the account has to have a second factor.
    #[auth(default)]
    pub(crate) mfa_required: bool,
}
