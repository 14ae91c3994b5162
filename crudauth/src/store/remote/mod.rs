//! The shared parts of the adapters for databases over a network: bounded waits, statements,
//! addresses.

mod address;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod connection;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod own_pool;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod pool;
#[cfg(any(feature = "redis", feature = "mysql-tls"))]
mod tls;

pub use self::address::ConnectError;
pub(crate) use self::address::Query;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::address::UNKNOWN_SETTING;
#[cfg(feature = "mysql")]
pub(crate) use self::address::is_on_this_machine;
pub(crate) use self::address::{check, place};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::connection::{Undone, async_connection};
#[cfg(feature = "postgres")]
pub(crate) use self::own_pool::Checkout;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub use self::own_pool::{BorrowError, BorrowedConnection, Borrowing, ConnectionPool};
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub use self::pool::PoolOptions;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) use self::pool::{Connector, Lent, Pool, PooledConnection, Retry};
#[cfg(feature = "postgres")]
pub(crate) use self::pool::{Failure, MAX_IDLE, deadline, failure};
#[cfg(any(feature = "redis", feature = "mysql-tls"))]
pub(crate) use self::tls::name_provider;
