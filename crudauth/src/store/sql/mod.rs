//! The queries on the application's users table, written once for every database.
//!
//! Diesel's query builder would have each user struct build each query anew, as types that the
//! compiler must check. Here a struct only says how a row is read and how a value is bound, which
//! is [`UserRow`]; the derive implements it for each backend. The statements are generic over it
//! and serve every connection of Diesel, blocking or not.

mod backend;
mod batch;
mod beside;
mod catalogue;
mod dialect;
mod driver;
mod entry_with_user;
mod events;
mod fit;
mod holders;
mod insert_hook;
mod inserted;
mod login_indexes;
mod migrate;
mod names;
mod purge;
mod raw;
mod records;
mod row;
mod scope;
mod state;
mod statement;
mod table;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod unique;
mod user_store;
mod users;
#[cfg(feature = "uuid")]
mod uuid_columns;

pub(crate) use self::backend::{Column, Holds, SqlBackend, rows};
pub(crate) use self::catalogue::{Catalogue, Checked, open, open_state};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::dialect::DIGEST_COLUMNS;
pub(crate) use self::dialect::Dialect;
pub(crate) use self::driver::{
    Answer, Connection, Driver, Ending, Operation, Row, Rows, Run, Statement,
};
pub(crate) use self::entry_with_user::ENTRY;
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(crate) use self::entry_with_user::is_integer;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use self::entry_with_user::is_sql_castable;
#[cfg(feature = "mysql")]
pub(crate) use self::entry_with_user::is_unsigned;
pub use self::events::SqlEvents;
#[cfg(feature = "postgres")]
pub(crate) use self::fit::is_compared;
pub(crate) use self::fit::{Found, TableFacts, findings, hash_room};
pub use self::insert_hook::{Inserting, WithInsertHook};
pub(crate) use self::login_indexes::LoginIndexes;
#[cfg(feature = "sqlite")]
pub(crate) use self::migrate::names;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::migrate::open_tables;
pub(crate) use self::migrate::{OwnTable, migrate};
pub(crate) use self::raw::sql;
pub use self::records::SqlRecords;
pub use self::row::{Bound, Cell, TypeIn, TypeLookup, UserRow, Value};
pub use self::state::SqlState;
#[cfg(feature = "postgres")]
pub(crate) use self::statement::id_column;
pub(crate) use self::table::table_name;
pub(crate) use self::unique::{IndexKey, UniqueIndex};
pub use self::user_store::SqlUsers;
#[cfg(feature = "mysql")]
pub(crate) use self::users::closing_column;
#[cfg(feature = "uuid")]
pub use self::uuid_columns::{UuidBlob, UuidText};
pub(crate) use super::hash_room::HashRoom;
