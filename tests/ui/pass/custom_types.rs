//! Types of the application in logical fields and in its own.
#![deny(warnings)]

use crudauth::AuthUser;
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::{Integer, Text};
use diesel::sqlite::Sqlite;

diesel::table! {
    users (id) {
        id -> Integer,
        email -> Text,
        phone -> Nullable<Text>,
        phone_verified -> Bool,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> Integer,
        rank -> Integer,
    }
}

/// A text of its own type.
#[derive(Debug, AsExpression, FromSqlRow, serde::Deserialize)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct Address(String);

impl AsRef<str> for Address {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl From<String> for Address {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl FromSql<Text, Sqlite> for Address {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Text, Sqlite>::from_sql(value).map(Self)
    }
}

impl ToSql<Text, Sqlite> for Address {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        ToSql::<Text, Sqlite>::to_sql(&self.0, out)
    }
}

/// Only ever read.
#[derive(FromSqlRow)]
pub struct Rank(i32);

impl FromSql<Integer, Sqlite> for Rank {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        FromSql::<Integer, Sqlite>::from_sql(value).map(Self)
    }
}

type Optional<T> = Option<T>;
type Hash = String;

/// A user whose types are not the usual ones.
#[derive(AuthUser)]
#[diesel(table_name = users, check_for_backend(diesel::sqlite::Sqlite))]
#[auth(recovery(phone))]
pub struct User {
    id: i32,
    email: Address,
    #[auth(register)]
    phone: Optional<Address>,
    phone_verified: bool,
    hashed_password: Hash,
    is_active: bool,
    token_version: i32,
    #[auth(default)]
    rank: Rank,
}

fn main() {
    let read = |user: &User| user.rank.0;
    let _ = read;
    assert_eq!(User::SCHEMA.recovery, Some("phone"));
}
