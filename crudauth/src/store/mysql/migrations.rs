//! The tables of crudauth itself.

use super::Mysql;
use crate::store::sql::migrate;
use crate::store::{Migration, MigrationError};

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    STEPS
}

pub(super) const STEPS: &[Migration] = &[
    Migration {
        version: 1,
        name: "state",
        sql: include_str!("../../../migrations/mysql/0001_state.sql"),
    },
    Migration {
        version: 2,
        name: "events",
        sql: include_str!("../../../migrations/mysql/0002_events.sql"),
    },
];

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
        migrate(self, STEPS).await
    }
}
