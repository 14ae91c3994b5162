//! The tables of crudauth itself.

use super::Mysql;
use crate::store::migration::{STATE, steps};
use crate::store::sql::migrate;
use crate::store::{Migration, MigrationError};

/// Every step, in order: to read, or to apply with a tool of your own.
#[must_use]
pub fn migrations() -> &'static [Migration] {
    STEPS
}

pub(super) const STEPS: &[Migration] = &steps!("mysql");

impl Mysql {
    /// Creates the tables of what expires, or brings them up to date: `crudauth_state` and
    /// `crudauth_counters`; no other table is touched. Building a [`CrudAuth`](crate::CrudAuth) does
    /// it, and makes the other tables of what it mounts.
    ///
    /// The steps that are missing are recorded in `crudauth_migrations`. MySQL makes a table
    /// outside of any transaction: a step that was interrupted is applied again, which its
    /// statements allow. Processes that start together wait for each other.
    ///
    /// # Errors
    ///
    /// [`MigrationError`] if the database cannot be written, or comes from a newer crudauth.
    pub async fn migrate(&self) -> Result<(), MigrationError> {
        migrate(self, STEPS, &[STATE]).await
    }
}
