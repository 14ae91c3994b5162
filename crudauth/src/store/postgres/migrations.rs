//! The tables of crudauth itself.

use diesel_async::SimpleAsyncConnection;

use super::Postgres;
use crate::store::remote::Repeat;
use crate::store::sql::migrate;
use crate::store::{Migration, MigrationError, StoreError};

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    STEPS
}

pub(super) const STEPS: &[Migration] = &[
    Migration {
        version: 1,
        name: "state",
        sql: include_str!("../../../migrations/postgres/0001_state.sql"),
    },
    Migration {
        version: 2,
        name: "events",
        sql: include_str!("../../../migrations/postgres/0002_events.sql"),
    },
];

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
        migrate(self, STEPS).await
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
