//! Every logical field, under its own name. (Two tables: one has at most 16 columns here.)
#![deny(warnings)]

use chrono::NaiveDateTime;
use crudauth::AuthUser;

diesel::table! {
    people (id) {
        id -> Integer,
        email -> Text,
        username -> Text,
        hashed_password -> Nullable<Text>,
        is_active -> Bool,
        is_superuser -> Bool,
        email_verified -> Bool,
        phone_verified -> Bool,
        token_version -> Integer,
        oauth_provider -> Nullable<Text>,
        google_id -> Nullable<Text>,
        github_id -> Nullable<Text>,
        oauth_created_at -> Nullable<Timestamp>,
        oauth_updated_at -> Nullable<Timestamp>,
    }
}

diesel::table! {
    members (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Nullable<Text>,
        is_active -> Bool,
        token_version -> Integer,
        totp_secret_encrypted -> Nullable<Text>,
        totp_confirmed_at -> Nullable<Timestamp>,
        totp_last_step -> Nullable<BigInt>,
        mfa_recovery_codes -> Nullable<Text>,
        created_at -> Timestamp,
        updated_at -> Timestamp,
    }
}

#[derive(AuthUser)]
#[diesel(table_name = people)]
struct Person {
    id: i32,
    email: String,
    username: String,
    hashed_password: Option<String>,
    is_active: bool,
    is_superuser: bool,
    email_verified: bool,
    phone_verified: bool,
    token_version: i32,
    oauth_provider: Option<String>,
    google_id: Option<String>,
    github_id: Option<String>,
    oauth_created_at: Option<NaiveDateTime>,
    oauth_updated_at: Option<NaiveDateTime>,
}

#[derive(AuthUser)]
#[diesel(table_name = members)]
struct Member {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

#[derive(AuthUser)]
#[diesel(table_name = members)]
#[auth(without(second_factor))]
struct Trusting {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
}

fn main() {
    let columns = [Person::SCHEMA.columns, Member::SCHEMA.columns, Trusting::SCHEMA.columns].concat();
    assert!(columns.iter().all(|column| column.logical.is_some()));
    let _ = PersonRegister { email: String::new(), username: String::new() };
}
