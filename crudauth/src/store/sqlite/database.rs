//! Making a SQLite database ready for an application.

use std::sync::Arc;

use diesel::prelude::*;
use diesel::sql_types::{Bool, Text};

use super::columns::check_columns;
use super::holders::SqliteHolders;
use super::names::lowered_column;
use super::reused_keys::come_back;
use super::{Sqlite, SqliteState, SqliteUser, SqliteUsers, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::sql::{self, Loaded, Lowered, column_not_unique, is_integer, table_name};
use crate::store::{Database, Migration, OpenState, Opening, OpeningState, StateStore, Stores};

impl<U: SqliteUser> Database<U> for Sqlite {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        Box::pin(async move {
            self.migrate().await.map_err(StartupError::database)?;
            let lowered = check_table::<U>(&self).await?;
            let holders = SqliteHolders::<U>::over(self.clone(), Arc::clone(&clock));
            Ok(Stores {
                users: Arc::new(SqliteUsers::<U>::over(self.clone(), lowered)),
                state: Arc::new(SqliteState::new(self, clock)),
                holders: holders.map(|holders| Arc::new(holders) as _),
                #[cfg(any(feature = "postgres", feature = "mysql"))]
                hash_room: None,
            })
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Sqlite {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            self.migrate().await.map_err(StartupError::database)?;
            let state: Arc<dyn StateStore> = Arc::new(SqliteState::new(self, clock));
            Ok(state)
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

/// Checks what Diesel's `table!` cannot know: that the table has the columns, and that what users
/// sign in by is unique. Returns what is so by `lower(column)`.
async fn check_table<U: SqliteUser>(sqlite: &Sqlite) -> Result<Lowered, StartupError> {
    let table = table_name::<U, diesel::sqlite::Sqlite>().map_err(StartupError::database)?;
    check_columns::<U>(sqlite, &table).await?;
    let probe = sqlite.read(|connection| sql::probe::<U>().load::<Loaded<U>>(connection));
    if let Err(error) = probe.await {
        return Err(StartupError::table(&table, U::SCHEMA.user, error));
    }
    let name = table.trim_matches('`').to_owned();
    let (mut unique, lowered, keys_come_back) = sqlite
        .read(move |connection| {
            let keys_come_back = is_integer::<U::Id>() && come_back(connection, &name)?;
            let lowered = lowered_columns(connection, &name)?;
            Ok((unique_columns(connection, &name)?, lowered, keys_come_back))
        })
        .await
        .map_err(StartupError::database)?;
    // Nothing of crudauth's serves the other row, but what the application keeps under the key may.
    if keys_come_back {
        tracing::warn!(
            table,
            "the keys of deleted users come back: declare the primary key `INTEGER PRIMARY KEY \
             AUTOINCREMENT`, so that what is kept under a key never becomes another user's"
        );
    }
    let lowered = Lowered::of::<U>(lowered);
    unique.extend(lowered.columns::<U>().map(str::to_owned));
    match column_not_unique(&U::SCHEMA, &unique) {
        Some((field, column)) => Err(StartupError::not_unique(&table, field, column)),
        None => Ok(lowered),
    }
}

#[derive(QueryableByName)]
struct ColumnName {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct IndexName {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    whole: bool,
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

#[derive(QueryableByName)]
struct IndexText {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    sql: String,
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
