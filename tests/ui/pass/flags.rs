//! Flags in every shape that a column may have.
#![deny(warnings)]

use chrono::NaiveDateTime;
use crudauth::AuthUser;
use crudauth::user::When;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        hashed_password -> Text,
        status -> Bool,
        deleted_at -> Nullable<Timestamp>,
        locked -> SmallInt,
        banned_until -> Nullable<BigInt>,
        suspended_until -> Nullable<Timestamp>,
        email_verified -> Nullable<Timestamp>,
        root_since -> Nullable<Timestamp>,
        token_version -> Integer,
    }
}

type Moment = Option<NaiveDateTime>;

#[derive(AuthUser)]
#[diesel(table_name = users)]
struct User {
    id: i32,
    email: String,
    hashed_password: String,
    #[auth(logical = "is_active", when(true))]
    status: bool,
    #[auth(logical = "is_active", when(null))]
    deleted_at: Moment,
    #[auth(logical = "is_active", when(false))]
    locked: i16,
    #[auth(logical = "is_active", when(past))]
    banned_until: Option<i64>,
    #[auth(logical = "is_active", when(past))]
    suspended_until: Option<NaiveDateTime>,
    email_verified: Option<NaiveDateTime>,
    #[auth(logical = "is_superuser", when(not_null))]
    root_since: Moment,
    token_version: i32,
}

fn main() {
    let whens: Vec<_> = User::SCHEMA.columns.iter().filter_map(|column| column.when).collect();
    let past = When::Past;
    assert_eq!(whens[..5], [When::True, When::Null, When::False, past, past]);
    assert_eq!(whens[5..], [When::NotNull, When::NotNull]);
}
