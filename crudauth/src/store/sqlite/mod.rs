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
mod fault;
mod handle;
mod holders;
mod inline;
mod line;
mod migrations;
mod names;
mod reused_keys;
mod state;
mod url;
mod users;
#[cfg(feature = "uuid")]
mod uuid_text;

pub use self::connect::SqliteError;
pub use self::handle::Sqlite;
pub use self::migrations::migrations;
pub use self::state::SqliteState;
pub use self::users::{SqliteUser, SqliteUsers};
#[cfg(feature = "uuid")]
pub use self::uuid_text::UuidText;
pub use crate::store::{Migration, MigrationError};

/// The events in an SQLite database.
pub type SqliteEvents = crate::store::SqlEvents<Sqlite>;
