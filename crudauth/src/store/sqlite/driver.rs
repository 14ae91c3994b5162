//! SQLite as a driver of what is written once for all databases.

use std::future::ready;
use std::task::{Context, Poll, Waker};

use diesel::connection::SimpleConnection;
use diesel::result::Error;
use diesel::{OptionalExtension, QueryResult, RunQueryDsl, SqliteConnection};

use super::{Sqlite, migrations};
use crate::store::sql::{
    Answer, Connection, Dialect, Driver, Ending, Operation, Row, Rows, Run, Statement,
};
use crate::store::{Migration, StoreFuture};

type Backend = diesel::sqlite::Sqlite;

impl Driver for Sqlite {
    type Backend = Backend;
    type Connection = SqliteConnection;

    const DIALECT: Dialect = Dialect {
        quote: '`',
        delete_some: |table, key, condition| {
            format!(
                "DELETE FROM {table} WHERE {key} IN \
                 (SELECT {key} FROM {table} WHERE {condition} LIMIT ?)"
            )
        },
        returning: true,
        digests: false,
        key: "key",
        name: "key",
        columns: &["key", "value", "owner", "expires_at"],
        total: "count",
        upsert: "ON CONFLICT (key) DO UPDATE SET",
        upsert_owned: "ON CONFLICT (users, owner) DO UPDATE SET",
        position: "instr",
        new: |column| format!("excluded.{column}"),
        remove: None,
        lock_rows: "",
        collates: false,
        exact: ("CAST(", " AS BLOB)"),
        has_lower_indexes: true,
        has_partial_indexes: true,
        beyond_ascii: |column| format!("{column} GLOB '*[^ -~]*'"),
        differs: |column, other| format!("{column} <> {other}"),
        as_texts: str::to_owned,
        own_tables: "SELECT name FROM sqlite_master \
                     WHERE type = 'table' AND name GLOB 'crudauth_*'",
        create_record: "CREATE TABLE IF NOT EXISTS crudauth_migrations (
            version    INTEGER NOT NULL PRIMARY KEY,
            applied_at INTEGER NOT NULL
        ) STRICT",
        note_step: "INSERT INTO crudauth_migrations (version, applied_at) VALUES (?, unixepoch())",
    };

    const MIGRATIONS: &'static [Migration] = migrations::STEPS;

    fn rows<T: Row<Backend>>(
        &self,
        query: impl Rows<Backend> + Sync + 'static,
    ) -> StoreFuture<'_, Vec<T>> {
        Box::pin(self.read(move |connection| Run(&query).load(connection)))
    }

    /// On the calling thread.
    fn look_up<T: Row<Backend>>(
        &self,
        query: impl Rows<Backend> + Sync + 'static,
    ) -> StoreFuture<'_, Option<T>> {
        Box::pin(Self::look_up(self, move |connection| {
            Run(&query).get_result(connection).optional()
        }))
    }

    /// Those that wait at the same time share a commit.
    fn write<T: Send + 'static>(
        &self,
        operation: impl Operation<SqliteConnection, T>,
    ) -> StoreFuture<'_, T> {
        Box::pin(self.change(move |connection| at_once(operation(connection))))
    }

    /// With a commit of its own, since the table may have something for the commit to check.
    fn write_alone<T: Send + 'static>(
        &self,
        operation: impl Operation<SqliteConnection, T>,
    ) -> StoreFuture<'_, T> {
        Box::pin(Self::write(self, move |connection| at_once(operation(connection))))
    }

    fn make_tables<T: Send + 'static>(
        &self,
        operation: impl Operation<SqliteConnection, T>,
    ) -> StoreFuture<'_, T> {
        Box::pin(self.transaction(move |connection| at_once(operation(connection))))
    }
}

impl Connection for SqliteConnection {
    type Backend = Backend;

    fn rows<'c, T: Row<Backend>>(
        &'c mut self,
        query: impl Rows<Backend> + 'c,
    ) -> Answer<'c, Vec<T>> {
        Box::pin(ready(Run(&query).load(self)))
    }

    fn execute<'c>(&'c mut self, statement: impl Statement<Backend> + 'c) -> Answer<'c, usize> {
        Box::pin(ready(Run(&statement).execute(self)))
    }

    fn batch<'c>(&'c mut self, sql: &'c str) -> Answer<'c, ()> {
        Box::pin(ready(self.batch_execute(sql)))
    }

    /// A savepoint in the transaction in which every operation is.
    fn transaction<'c, T: Send + 'c>(
        &'c mut self,
        operation: impl for<'t> FnOnce(&'t mut Self) -> Answer<'t, Ending<T>> + Send + 'c,
    ) -> Answer<'c, T> {
        const UNDO: &str = "ROLLBACK TO crudauth_operation; RELEASE crudauth_operation";
        Box::pin(async move {
            self.batch_execute("SAVEPOINT crudauth_operation")?;
            match operation(self).await {
                Ok(Ending::Commit(made)) => {
                    self.batch_execute("RELEASE crudauth_operation").map(|()| made)
                }
                Ok(Ending::RollBack(refused)) => self.batch_execute(UNDO).map(|()| refused),
                Err(error) => {
                    // SQLite may have ended the whole transaction, which the commit tells.
                    let _ = self.batch_execute(UNDO);
                    Err(error)
                }
            }
        })
    }
}

/// The answer of an operation that waits for nothing: that of a connection that blocks.
fn at_once<T>(mut answer: Answer<'_, T>) -> QueryResult<T> {
    match answer.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(Error::QueryBuilderError("an operation waits for something".into())),
    }
}
