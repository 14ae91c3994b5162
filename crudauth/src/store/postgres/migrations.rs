//! The tables of crudauth itself.

use diesel::prelude::*;
use diesel::sql_types::Integer;
use diesel_async::pg::AsyncPgConnection;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use std::time::Duration;

use super::Postgres;
use crate::store::remote::Repeat;
use crate::store::{Migration, MigrationError, StoreError};

/// A number of our own: two processes that start together make the tables one after the other.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7164206528131)";

const CREATE_RECORD: &str = "CREATE TABLE IF NOT EXISTS crudauth_migrations (
    version    INTEGER     NOT NULL PRIMARY KEY,
    applied_at TIMESTAMPTZ NOT NULL DEFAULT now()
)";

/// How long the making of the tables may take, the wait for another process included.
const LIMIT: Duration = Duration::from_secs(30);

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    &[Migration {
        version: 1,
        name: "state",
        sql: include_str!("../../../migrations/postgres/0001_state.sql"),
    }]
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Integer)]
    version: i32,
}

impl Postgres {
    /// Creates crudauth's own tables, or brings them up to date. All their names start with
    /// `crudauth_`; no other table is touched.
    ///
    /// The steps that are missing run in one transaction and are recorded in
    /// `crudauth_migrations`. Nothing is written if none is missing, and processes that start
    /// together wait for each other.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        let unknown = self.pool().run_within(LIMIT, Repeat::Never, |connection| {
            Box::pin(connection.transaction(async |connection| apply(connection).await))
        });
        match unknown.await.map_err(MigrationError::Store)? {
            Some(version) => Err(MigrationError::Newer { version }),
            None => Ok(()),
        }
    }

    /// Reads every column of crudauth's own tables and no row, and asks how each would be written:
    /// fails where a column or a right is missing.
    pub(super) async fn check_own_tables(&self) -> Result<(), StoreError> {
        let probe = self.pool().run(Repeat::Harmless, |connection| {
            Box::pin(async move {
                connection
                    .batch_execute(
                        "SELECT id, name, value, owner, owner_name, expires_at FROM crudauth_state WHERE false; \
                         SELECT id, total, expires_at FROM crudauth_counters WHERE false; \
                         EXPLAIN INSERT INTO crudauth_state SELECT * FROM crudauth_state WHERE false; \
                         EXPLAIN UPDATE crudauth_state SET value = value WHERE false; \
                         EXPLAIN DELETE FROM crudauth_state WHERE false; \
                         EXPLAIN INSERT INTO crudauth_counters SELECT * FROM crudauth_counters WHERE false; \
                         EXPLAIN UPDATE crudauth_counters SET total = total WHERE false; \
                         EXPLAIN DELETE FROM crudauth_counters WHERE false",
                    )
                    .await
            })
        });
        probe.await
    }
}

/// Applies what is missing, or returns the step that this version does not know.
async fn apply(connection: &mut AsyncPgConnection) -> QueryResult<Option<i32>> {
    connection.batch_execute(LOCK).await?;
    connection.batch_execute(CREATE_RECORD).await?;
    let applied: Vec<Applied> =
        diesel::sql_query("SELECT version FROM crudauth_migrations ORDER BY version")
            .load(connection)
            .await?;
    let is_known = |row: &Applied| migrations().iter().any(|step| step.version == row.version);
    if let Some(unknown) = applied.iter().find(|row| !is_known(row)) {
        return Ok(Some(unknown.version));
    }
    for step in migrations() {
        if applied.iter().any(|row| row.version == step.version) {
            continue;
        }
        connection.batch_execute(step.sql).await?;
        diesel::sql_query("INSERT INTO crudauth_migrations (version) VALUES ($1)")
            .bind::<Integer, _>(step.version)
            .execute(connection)
            .await?;
    }
    Ok(None)
}
