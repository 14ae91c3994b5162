//! Storage in a PostgreSQL database, through diesel-async and without a C library.
//!
//! [`Postgres`] is a handle on one database; crudauth's own tables come from [`migrations`].

mod columns;
mod database;
mod driver;
mod fault;
mod handle;
mod migrations;
mod pooler;
mod readers;
mod session;
mod tls;
mod users;

pub use self::handle::{Postgres, PostgresConnection};
pub use self::migrations::migrations;
pub use self::users::{PostgresUser, PostgresUsers};

/// The events in a PostgreSQL database.
pub type PostgresEvents = crate::store::SqlEvents<Postgres>;

/// The rows of crudauth's own in a PostgreSQL database.
pub type PostgresRecords = crate::store::SqlRecords<Postgres>;

/// What expires, in a PostgreSQL database.
pub type PostgresState = crate::store::SqlState<Postgres>;
