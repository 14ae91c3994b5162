//! The queries on the application's users table, written once for every database.
//!
//! Diesel's query builder would have each user struct build each query anew, as types that the
//! compiler must check. Here a struct only says how a row is read and how a value is bound, which
//! is [`UserRow`]; the derive implements it for each backend. The statements are generic over it
//! and serve every connection of Diesel, blocking or not.

mod backend;
mod batch;
mod dialect;
mod driver;
mod events;
mod fit;
mod held;
#[cfg(feature = "mysql")]
mod inserted;
mod lowered;
mod migrate;
mod names;
mod purge;
mod raw;
mod row;
mod state;
mod statement;
mod table;
#[cfg(all(test, feature = "sqlite"))]
mod tests;
mod users;

pub(crate) use self::backend::{Column, Holds, SqlBackend, rows};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::dialect::DIGEST_COLUMNS;
pub(crate) use self::dialect::Dialect;
pub(crate) use self::driver::{Answer, Connection, Driver, Ending, Run};
pub use self::events::SqlEvents;
pub(crate) use self::fit::{Found, TableFacts, findings};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::fit::{HashRoom, hash_room};
#[cfg(any(feature = "sqlite", feature = "mysql"))]
pub(crate) use self::held::is_integer;
#[cfg(feature = "mysql")]
pub(crate) use self::held::is_unsigned;
#[cfg(any(feature = "sqlite", feature = "postgres"))]
pub(crate) use self::held::is_written_as_in_sql;
pub(crate) use self::held::{FindHeld, after_colon};
#[cfg(feature = "mysql")]
pub(crate) use self::inserted::FoundBy;
pub(crate) use self::lowered::Lowered;
pub(crate) use self::migrate::migrate;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::migrate::open_tables;
pub(crate) use self::names::{Asks, check};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::raw::{digest, sql};
pub use self::row::{Bound, Cell, TypeIn, TypeLookup, UserRow, Value};
pub use self::state::SqlState;
#[cfg(feature = "mysql")]
pub(crate) use self::statement::Insert;
#[cfg(feature = "postgres")]
pub(crate) use self::statement::id_column;
pub(crate) use self::table::{column_not_unique, table_name};
#[cfg(feature = "postgres")]
pub(crate) use self::users::find_by_id_as;
pub(crate) use self::users::{
    Loaded, change, find_by_id, find_by_login, find_by_recovery, find_stored, insert, no_row, probe,
};
