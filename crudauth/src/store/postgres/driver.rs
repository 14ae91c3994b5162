//! PostgreSQL as a driver of what is written once for all databases.

use std::sync::Arc;
use std::time::Duration;

use diesel::pg::Pg;
use diesel_async::AsyncPgConnection;

use super::{Postgres, fault, migrations};
use crate::store::remote::{Retry, async_connection};
use crate::store::sql::{
    Connection, DIGEST_COLUMNS, Dialect, Driver, Ending, Operation, Row, Rows, Run,
};
use crate::store::{Migration, StoreFuture};

/// A number of our own: two processes that start together make the tables one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7164206528131)";

/// How long the making of the tables may take, the wait for another process included.
const LIMIT: Duration = Duration::from_secs(30);

async_connection!(AsyncPgConnection, Pg, fault);

impl Driver for Postgres {
    type Backend = Pg;
    type Connection = AsyncPgConnection;

    const DIALECT: Dialect = Dialect {
        quote: '"',
        // `SKIP LOCKED`, so that it waits for nobody, and of two at once each removes rows of its own.
        delete_some: |table, key, condition| {
            format!(
                "WITH chosen AS MATERIALIZED (
                    SELECT {key} FROM {table} WHERE {condition} LIMIT ? FOR UPDATE SKIP LOCKED
                ) DELETE FROM {table} USING chosen WHERE {table}.{key} = chosen.{key}"
            )
        },
        returning: true,
        digests: true,
        key: "id",
        name: "name",
        columns: DIGEST_COLUMNS,
        total: "total",
        upsert: "ON CONFLICT (id) DO UPDATE SET",
        upsert_owned: "ON CONFLICT (users, owner) DO UPDATE SET",
        position: "strpos",
        new: |column| format!("excluded.{column}"),
        remove: Some(
            "WITH entry AS (
                DELETE FROM crudauth_state WHERE id = ? AND expires_at > ? RETURNING id
            ), counter AS (
                DELETE FROM crudauth_counters WHERE id = ? AND expires_at > ? RETURNING id
            ) SELECT (SELECT count(*) FROM entry) + (SELECT count(*) FROM counter) AS removed",
        ),
        lock_rows: " FOR UPDATE",
        collates: false,
        exact: ("CAST(", " AS TEXT) COLLATE \"C\""),
        has_lower_indexes: true,
        has_partial_indexes: true,
        beyond_ascii: |column| format!("{column}::text ~ '[^ -~]'"),
        // `citext` is compared without regard to case, though not with what `lower` makes of it.
        differs: |column, other| {
            format!(
                "CASE WHEN pg_typeof({column})::text LIKE '%citext' \
                 THEN lower({column}::text) <> {other} ELSE {column} <> {other} END"
            )
        },
        as_texts: |query| format!("SELECT text::text AS text FROM ({query}) AS stored"),
        own_tables: "SELECT relname::text AS name FROM pg_catalog.pg_class \
                     WHERE starts_with(relname::text, 'crudauth_') AND pg_table_is_visible(oid)",
        create_record: "CREATE TABLE IF NOT EXISTS crudauth_migrations (
            version    INTEGER     NOT NULL PRIMARY KEY,
            applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
        )",
        note_step: "INSERT INTO crudauth_migrations (version) VALUES (?)",
    };

    const MIGRATIONS: &'static [Migration] = migrations::STEPS;

    /// On a connection that all who read share.
    fn rows<T: Row<Pg>>(&self, query: impl Rows<Pg> + Sync + 'static) -> StoreFuture<'_, Vec<T>> {
        let query = Arc::new(query);
        Self::rows(self, move || Run(Arc::clone(&query)))
    }

    fn write<T: Send + 'static>(
        &self,
        operation: impl Operation<AsyncPgConnection, T>,
    ) -> StoreFuture<'_, T> {
        Box::pin(self.pool().run(Retry::Never, operation))
    }

    fn make_tables<T: Send + 'static>(
        &self,
        operation: impl Operation<AsyncPgConnection, T>,
    ) -> StoreFuture<'_, T> {
        let operation = Arc::new(operation);
        Box::pin(self.pool().run_within(LIMIT, Retry::Never, move |connection| {
            let operation = Arc::clone(&operation);
            connection.transaction(move |connection| {
                Box::pin(async move {
                    connection.batch(LOCK).await?;
                    operation(connection).await.map(Ending::Commit)
                })
            })
        }))
    }
}
