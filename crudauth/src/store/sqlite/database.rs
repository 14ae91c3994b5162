//! Making a SQLite database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use diesel::sql_types::Text;
use diesel::sqlite::SqliteType;

use super::columns::check_columns;
use super::lowered_index::lowered_column;
use super::reused_keys::come_back;
use super::users::violated_column;
use super::{Sqlite, SqliteUser, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, Lowered, OwnTable, UserRow, is_integer,
    is_sql_castable, migrate, names, open, open_state, rows, table_name,
};
use crate::store::{
    Database, InsertError, Migration, OpenState, Opening, OpeningState, StartupFuture, StoreError,
    StoreFuture,
};
use crate::user::Logical;

impl<U: SqliteUser> Database<U> for Sqlite {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        open(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Sqlite {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        open_state(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl Catalogue for Sqlite {
    fn open_tables(&self, tables: Vec<OwnTable>) -> StartupFuture<'_> {
        Box::pin(async move {
            let made = migrate(self, migrations(), &names(&tables)).await;
            made.map_err(StartupError::database)
        })
    }

    fn check_columns<U: UserRow<diesel::sqlite::Sqlite>>(&self) -> Checked<'_, Option<HashRoom>> {
        Box::pin(check_columns::<U>(self))
    }

    fn unique<U: UserRow<diesel::sqlite::Sqlite>>(
        &self,
    ) -> StoreFuture<'_, (Vec<String>, Lowered)> {
        Box::pin(async move {
            let table = table_name::<U, diesel::sqlite::Sqlite>().map_err(StoreError::broken)?;
            let name = table.trim_matches('`').to_owned();
            let read = self.read(move |connection| {
                let keys_come_back = is_integer::<U::Id>() && come_back(connection, &name)?;
                let lowered = lowered_columns(connection, &name)?;
                Ok((unique_columns(connection, &name)?, lowered, keys_come_back))
            });
            let (unique, lowered, keys_come_back) = read.await?;
            // Nothing of crudauth's serves the other row, but what the application keeps under the
            // key may.
            if keys_come_back {
                tracing::warn!(
                    table,
                    "the keys of deleted users come back, and with them what the application keeps \
                     under a key: copy the rows into a new table with `INTEGER PRIMARY KEY \
                     AUTOINCREMENT` (SQLite cannot alter a key; the README of crudauth has the steps)"
                );
            }
            Ok((unique, Lowered::new::<U>(lowered)))
        })
    }

    fn holder_id<U: UserRow<diesel::sqlite::Sqlite>>(&self) -> StoreFuture<'_, Option<String>> {
        let text = <Self as Driver>::DIALECT.holder_of(ENTRY);
        // Without the type, what is compared would depend on how the column was declared.
        let id = match key_type::<U>() {
            _ if is_integer::<U::Id>() => format!("CAST({text} AS INTEGER)"),
            // The 16 bytes of a UUID.
            Some(SqliteType::Binary) => format!("unhex(replace({text}, '-', ''))"),
            _ => text,
        };
        Box::pin(ready(Ok(is_sql_castable::<U::Id>().then_some(id))))
    }

    fn violated_column<U: UserRow<diesel::sqlite::Sqlite>>(
        &self,
        violation: &(dyn DatabaseErrorInformation + Send + Sync),
        lowered: &Lowered,
    ) -> StoreFuture<'_, Option<String>> {
        Box::pin(ready(Ok(violated_column::<U>(violation.message(), lowered))))
    }

    fn unfit(error: Error) -> QueryResult<InsertError> {
        match error {
            Error::DatabaseError(DatabaseErrorKind::CheckViolation, _) => {
                Ok(InsertError::unfit(None, error))
            }
            error => Err(error),
        }
    }
}

/// The type that the primary key is declared with in `table!`.
fn key_type<U: UserRow<diesel::sqlite::Sqlite>>() -> Option<SqliteType> {
    let mut columns = U::SCHEMA.columns.iter();
    let key = columns.position(|column| column.logical == Some(Logical::Id))?;
    U::types(&mut ()).into_iter().nth(key)
}

rows! {
    struct ColumnName {
        name: String,
    }

    struct IndexName {
        name: String,
        whole: bool,
    }

    struct IndexText {
        name: String,
        sql: String,
    }
}

/// The columns of `table` that are unique by themselves: by a primary key or an index over that
/// column alone, and over all rows.
fn unique_columns(connection: &mut SqliteConnection, table: &str) -> QueryResult<Vec<String>> {
    let columns = |connection: &mut SqliteConnection, query: &str, of: &str| {
        diesel::sql_query(query).bind::<Text, _>(of).load::<ColumnName>(connection)
    };
    let mut unique = Vec::new();
    let key = columns(connection, "SELECT name FROM pragma_table_info(?) WHERE pk > 0", table)?;
    if let [column] = key.as_slice() {
        unique.push(column.name.clone());
    }
    let indexes = diesel::sql_query(
        "SELECT name, partial = 0 AS whole FROM pragma_index_list(?) WHERE \"unique\" = 1",
    )
    .bind::<Text, _>(table)
    .load::<IndexName>(connection)?;
    for index in indexes.into_iter().filter(|index| index.whole) {
        let query = "SELECT coalesce(name, '') AS name FROM pragma_index_info(?)";
        if let [column] = columns(connection, query, &index.name)?.as_slice() {
            unique.push(column.name.clone());
        }
    }
    Ok(unique)
}

/// The indexes of `table` by which `lower(column)` is unique over all rows, each with its column.
fn lowered_columns(
    connection: &mut SqliteConnection,
    table: &str,
) -> QueryResult<Vec<(String, String)>> {
    let indexes = diesel::sql_query(
        "SELECT l.name, m.sql FROM pragma_index_list(?) l
            JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name
            WHERE l.\"unique\" = 1 AND l.partial = 0 AND m.sql IS NOT NULL",
    )
    .bind::<Text, _>(table)
    .load::<IndexText>(connection)?;
    let named = |IndexText { name, sql }| lowered_column(&sql).map(|column| (name, column));
    Ok(indexes.into_iter().filter_map(named).collect())
}
