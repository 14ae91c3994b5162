//! `uuid::Uuid` in a SQLite column, which Diesel has no type for.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::SqlType;
use diesel::sqlite::Sqlite;
use uuid::Uuid;

/// The SQL type of a `TEXT` column that holds a UUID in its hyphenated form.
///
/// ```
/// diesel::table! {
///     use diesel::sql_types::*;
///     use crudauth::store::sqlite::UuidText;
///
///     accounts (id) {
///         id -> UuidText,
///         email -> Text,
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, Default, SqlType, diesel::query_builder::QueryId)]
#[diesel(sqlite_type(name = "Text"))]
pub struct UuidText;

impl ToSql<UuidText, Sqlite> for Uuid {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Sqlite>) -> serialize::Result {
        out.set_value(self.hyphenated().to_string());
        Ok(IsNull::No)
    }
}

impl FromSql<UuidText, Sqlite> for Uuid {
    fn from_sql(value: <Sqlite as Backend>::RawValue<'_>) -> deserialize::Result<Self> {
        let text = <String as FromSql<diesel::sql_types::Text, Sqlite>>::from_sql(value)?;
        Ok(text.parse()?)
    }
}
