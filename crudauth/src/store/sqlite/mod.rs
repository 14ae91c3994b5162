//! Storage in an SQLite database, the embedded default.
//!
//! [`Sqlite`] is a handle on one database file; everything that crudauth keeps in it, and the
//! application's own tables if it likes, go through that handle. crudauth's own tables come from
//! [`migrations`]; [`Sqlite::migrate`] brings a database up to date.

mod columns;
mod commit;
mod connect;
mod database;
mod driver;
mod executor;
mod fault;
mod handle;
mod index_text;
mod inline;
mod migrations;
mod reused_keys;
mod seat;
mod url;
mod users;

pub use self::connect::SqliteError;
pub use self::handle::Sqlite;
pub use self::migrations::migrations;
pub use self::users::{SqliteUser, SqliteUsers};
#[cfg(feature = "uuid")]
pub use crate::store::UuidText;
pub use crate::store::{Migration, MigrationError};

/// The events in an SQLite database.
pub type SqliteEvents = crate::store::SqlEvents<Sqlite>;

/// The rows of crudauth's own in a SQLite database.
pub type SqliteRecords = crate::store::SqlRecords<Sqlite>;

/// A [`StateStore`](crate::store::StateStore) in an SQLite database: survives a restart, and is shared by every process that
/// opens the same file.
///
/// The tables are those of [`Sqlite::migrate`], which must have run. Reads never wait for writes.
/// Writes that wait at the same time share a commit, so that the disk is waited for once; each is
/// made whole or not at all, and is on disk when it is answered. Expired rows are removed 500 at a
/// time, once in 250 writes.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use crudauth::clock::SystemClock;
/// use crudauth::store::sqlite::{Sqlite, SqliteState};
/// use crudauth::store::{Entry, StateStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let database = Sqlite::in_memory()?;
/// database.migrate().await?;
/// let store = SqliteState::new(database, Arc::new(SystemClock));
/// let ttl = Duration::from_secs(60);
/// store.put("greeting", Entry { value: b"hello", ttl, owner: None }).await?;
/// assert_eq!(store.take("greeting").await?, Some(b"hello".to_vec()));
/// assert_eq!(store.take("greeting").await?, None);
/// # Ok(())
/// # }
/// ```
pub type SqliteState = crate::store::SqlState<Sqlite>;
