//! Storage in a MySQL or MariaDB database, through diesel-async and without a C library.
//!
//! [`Mysql`] is a handle on one database; crudauth's own tables come from [`migrations`].

mod columns;
mod database;
mod driver;
mod fault;
mod handle;
mod migrations;
mod tls;
mod users;

pub use self::handle::{Mysql, MysqlConnection};
pub use self::migrations::migrations;
pub use self::users::{MysqlUser, MysqlUsers};

/// The events in a MySQL or MariaDB database.
pub type MysqlEvents = crate::store::SqlEvents<Mysql>;

/// The rows of crudauth's own in a MySQL database.
pub type MysqlRecords = crate::store::SqlRecords<Mysql>;

/// What expires, in a MySQL or MariaDB database.
pub type MysqlState = crate::store::SqlState<Mysql>;
