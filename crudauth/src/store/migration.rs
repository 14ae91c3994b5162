//! The steps in the making of crudauth's own tables.

use super::StoreError;

/// One step in the making of crudauth's own tables. A step that was released never changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Migration {
    /// Its number; steps are applied in this order.
    pub version: i32,
    /// What it is about.
    pub name: &'static str,
    /// Its statements.
    pub sql: &'static str,
}

/// The tables of crudauth could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MigrationError {
    /// The database has a step that this version of crudauth does not know.
    #[error(
        "the database was made by a newer crudauth: it has migration {version}, which this version \
         does not know; update crudauth, or restore an older database"
    )]
    Newer {
        /// The number of that step.
        version: i32,
    },
    /// The database failed.
    #[error("the tables of crudauth could not be made")]
    Store(#[source] StoreError),
}
