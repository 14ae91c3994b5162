//! Making a SQLite database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error};
use diesel::sql_types::Text;
use diesel::sqlite::SqliteType;

use super::columns::check_columns;
use super::index_text::{IndexText, lowered_column};
use super::reused_keys::come_back;
use super::users::violated_column;
use super::{Sqlite, SqliteUser, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, IndexKey, LoginIndexes, OwnTable, UniqueIndex,
    UserRow, is_integer, is_sql_castable, migrate, names, open, open_state, rows, table_name,
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

    fn unique<U: UserRow<diesel::sqlite::Sqlite>>(&self) -> StoreFuture<'_, Vec<UniqueIndex>> {
        Box::pin(async move {
            let table = table_name::<U, diesel::sqlite::Sqlite>().map_err(StoreError::broken)?;
            let name = table.trim_matches('`').to_owned();
            let read = self.read(move |connection| {
                let keys_come_back = is_integer::<U::Id>() && come_back(connection, &name)?;
                Ok((unique_indexes(connection, &name)?, keys_come_back))
            });
            let (unique, keys_come_back) = read.await?;
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
            Ok(unique)
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
        indexes: &LoginIndexes,
    ) -> StoreFuture<'_, Option<String>> {
        Box::pin(ready(Ok(violated_column::<U>(violation.message(), indexes))))
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
    struct KeyName {
        name: Option<String>,
    }

    struct Index {
        name: String,
        create: Option<String>,
        partial: bool,
    }
}

/// The unique indexes of `table`, with those that a constraint has made.
fn unique_indexes(connection: &mut SqliteConnection, table: &str) -> QueryResult<Vec<UniqueIndex>> {
    let indexes = diesel::sql_query(
        "SELECT l.name, l.partial, m.sql AS \"create\" FROM pragma_index_list(?) l
            LEFT JOIN sqlite_master m ON m.type = 'index' AND m.name = l.name
            WHERE l.\"unique\" = 1",
    )
    .bind::<Text, _>(table)
    .load::<Index>(connection)?;
    let mut unique = Vec::new();
    for Index { name, create, partial } in indexes {
        let text = create.as_deref().and_then(IndexText::read);
        let names = diesel::sql_query("SELECT name FROM pragma_index_info(?) ORDER BY seqno")
            .bind::<Text, _>(&name)
            .load::<KeyName>(connection)?;
        // An expression has no name.
        let keys = names.into_iter().enumerate().map(|(place, KeyName { name })| match name {
            Some(column) => IndexKey::Column(column),
            None => {
                let key = text.as_ref().and_then(|text| text.keys.get(place));
                let column = key.and_then(|key| lowered_column(key));
                column.map_or(IndexKey::Other, IndexKey::Lower)
            }
        });
        let keys = keys.collect();
        // Of an index that is over some rows, and whose text is not understood, nothing is known.
        let rows = text.as_ref().and_then(|text| text.rows).or(partial.then_some("?"));
        unique.push(UniqueIndex { rows: rows.map(str::to_owned), name, keys });
    }
    Ok(unique)
}
