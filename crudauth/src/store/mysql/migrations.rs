//! The tables of crudauth itself.

use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Integer, Nullable};
use diesel_async::{AsyncMysqlConnection, RunQueryDsl, SimpleAsyncConnection};

use super::Mysql;
use crate::store::remote::Repeat;
use crate::store::{Migration, MigrationError, StoreError};

const CREATE_RECORD: &str = "CREATE TABLE IF NOT EXISTS crudauth_migrations (
    version    INTEGER   NOT NULL PRIMARY KEY,
    applied_at TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
) ENGINE = InnoDB";

/// How long the making of the tables may take, the wait for another process included.
const LIMIT: Duration = Duration::from_secs(30);

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    &[Migration {
        version: 1,
        name: "state",
        sql: include_str!("../../../migrations/mysql/0001_state.sql"),
    }]
}

#[derive(QueryableByName)]
struct Applied {
    #[diesel(sql_type = Integer)]
    version: i32,
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Nullable<BigInt>)]
    locked: Option<i64>,
}

impl Mysql {
    /// Creates crudauth's own tables, or brings them up to date. All their names start with
    /// `crudauth_`; no other table is touched.
    ///
    /// The steps that are missing are recorded in `crudauth_migrations`. MySQL makes a table
    /// outside of any transaction: a step that was interrupted is applied again, which its
    /// statements allow. Processes that start together wait for each other.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        let unknown = self.pool().run_within(LIMIT, Repeat::Never, |connection| {
            Box::pin(async move {
                lock(connection).await?;
                let unknown = apply(connection).await;
                connection.batch_execute("DO RELEASE_LOCK('crudauth_migrations')").await?;
                unknown
            })
        });
        match unknown.await.map_err(MigrationError::Store)? {
            Some(version) => Err(MigrationError::Newer { version }),
            None => Ok(()),
        }
    }

    /// Reads every column of crudauth's own tables and no row, and asks how each would be written:
    /// fails where a column or a right is missing.
    pub(super) async fn check_own_tables(&self) -> Result<(), StoreError> {
        let probe = self.read(|connection| {
            Box::pin(async move {
                for probe in [
                    "SELECT id, name, value, owner, owner_name, expires_at FROM crudauth_state LIMIT 0",
                    "SELECT id, total, expires_at FROM crudauth_counters LIMIT 0",
                    "EXPLAIN INSERT INTO crudauth_state SELECT * FROM crudauth_state WHERE FALSE",
                    "EXPLAIN UPDATE crudauth_state SET value = value WHERE id = ''",
                    "EXPLAIN DELETE FROM crudauth_state WHERE id = ''",
                    "EXPLAIN INSERT INTO crudauth_counters SELECT * FROM crudauth_counters WHERE FALSE",
                    "EXPLAIN UPDATE crudauth_counters SET total = total WHERE id = ''",
                    "EXPLAIN DELETE FROM crudauth_counters WHERE id = ''",
                ] {
                    connection.batch_execute(probe).await?;
                }
                Ok(())
            })
        });
        probe.await
    }
}

/// The lock goes with the connection, should this process die. Its name counts for the whole
/// server, so that databases beside each other wait for each other, which does no harm.
async fn lock(connection: &mut AsyncMysqlConnection) -> QueryResult<()> {
    let locked = diesel::sql_query("SELECT GET_LOCK('crudauth_migrations', 20) AS locked");
    let locked: Vec<Locked> = locked.load(connection).await?;
    match locked.into_iter().next().and_then(|row| row.locked) {
        Some(1) => Ok(()),
        _ => Err(diesel::result::Error::QueryBuilderError(
            "another process has been making the tables for too long".into(),
        )),
    }
}

/// Applies what is missing, or returns the step that this version does not know.
async fn apply(connection: &mut AsyncMysqlConnection) -> QueryResult<Option<i32>> {
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
        diesel::sql_query("INSERT INTO crudauth_migrations (version) VALUES (?)")
            .bind::<Integer, _>(step.version)
            .execute(connection)
            .await?;
    }
    Ok(None)
}
