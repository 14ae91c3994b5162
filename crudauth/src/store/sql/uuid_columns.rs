//! `uuid::Uuid` in columns that Diesel has no type for: text, and blobs.

#[cfg(any(feature = "postgres", feature = "mysql"))]
use std::io::Write as _;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::query_builder::QueryId;
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Binary, SqlType, Text};
use uuid::Uuid;

/// The SQL type of a column of text that holds a UUID in its hyphenated form: `TEXT`, `CHAR(36)`.
///
/// ```
/// diesel::table! {
///     use diesel::sql_types::*;
///     use crudauth::store::UuidText;
///
///     accounts (id) {
///         id -> UuidText,
///         email -> Text,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Text"))]
#[diesel(postgres_type(oid = 25, array_oid = 1009))]
#[diesel(mysql_type(name = "String"))]
pub struct UuidText;

/// The SQL type of a column that holds the 16 bytes of a UUID: `BLOB` in SQLite, `BINARY(16)` in
/// MySQL and MariaDB. (PostgreSQL has `diesel::sql_types::Uuid`.)
///
/// ```
/// diesel::table! {
///     use diesel::sql_types::*;
///     use crudauth::store::UuidBlob;
///
///     accounts (id) {
///         id -> UuidBlob,
///         email -> Text,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, SqlType, QueryId)]
#[diesel(sqlite_type(name = "Binary"))]
#[diesel(mysql_type(name = "Blob"))]
pub struct UuidBlob;

impl<DB: Backend> FromSql<UuidText, DB> for Uuid
where
    String: FromSql<Text, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(String::from_sql(value)?.parse()?)
    }
}

impl<DB: Backend> FromSql<UuidBlob, DB> for Uuid
where
    Vec<u8>: FromSql<Binary, DB>,
{
    fn from_sql(value: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::from_slice(&Vec::from_sql(value)?)?)
    }
}

#[cfg(feature = "sqlite")]
impl ToSql<UuidText, diesel::sqlite::Sqlite> for Uuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
        out.set_value(self.hyphenated().to_string());
        Ok(IsNull::No)
    }
}

#[cfg(feature = "sqlite")]
impl ToSql<UuidBlob, diesel::sqlite::Sqlite> for Uuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::sqlite::Sqlite>) -> serialize::Result {
        out.set_value(self.as_bytes().as_slice());
        Ok(IsNull::No)
    }
}

/// A backend whose values are written as bytes.
#[cfg(any(feature = "postgres", feature = "mysql"))]
macro_rules! written {
    ($DB:ty) => {
        impl ToSql<UuidText, $DB> for Uuid {
            fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, $DB>) -> serialize::Result {
                write!(out, "{}", self.hyphenated())?;
                Ok(IsNull::No)
            }
        }
    };
}

#[cfg(feature = "postgres")]
written!(diesel::pg::Pg);
#[cfg(feature = "mysql")]
written!(diesel::mysql::Mysql);

#[cfg(feature = "mysql")]
impl ToSql<UuidBlob, diesel::mysql::Mysql> for Uuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, diesel::mysql::Mysql>) -> serialize::Result {
        out.write_all(self.as_bytes())?;
        Ok(IsNull::No)
    }
}
