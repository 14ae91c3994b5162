//! The ports to what must be remembered, and their adapters.
//!
//! crudauth asks three things of storage. A [`StateStore`] keeps what expires: sessions, one-time
//! tokens, counters. A [`UserStore`] keeps the rows of the application's own users table. A
//! [`RecordStore`](records::RecordStore) keeps crudauth's own rows that last, such as passkeys. If
//! the application likes, an [`EventStore`] keeps what happened.

mod database;
mod error;
mod events;
#[cfg(any(feature = "sql", feature = "redis"))]
mod expiry;
mod hash_room;
mod holders;
#[cfg(feature = "sql")]
#[doc(hidden)]
pub mod macros;
pub mod memory;
mod migration;
#[cfg(feature = "mysql")]
pub mod mysql;
mod one_transaction;
mod place;
#[cfg(feature = "postgres")]
pub mod postgres;
pub mod records;
#[cfg(feature = "redis")]
pub mod redis;
#[cfg(any(feature = "postgres", feature = "mysql", feature = "redis"))]
mod remote;
#[cfg(feature = "sql")]
pub(crate) mod sql;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod state;
#[cfg_attr(not(feature = "sql"), allow(dead_code, reason = "SQL alone takes steps apart"))]
mod steps;
mod url;
mod users;

pub use self::database::{Database, OpenState, Opening, OpeningState, Stores};
pub use self::error::{StoreError, StoreErrorKind};
pub use self::events::{EventCaps, EventRecord, EventStore, LoggedEvent};
pub use self::holders::{EntryWithUser, Holders};
pub(crate) use self::migration::STATE;
pub use self::migration::{Migration, MigrationError};
pub(crate) use self::one_transaction::{OneTransaction, StepsOfNew};
#[cfg(feature = "sql")]
pub(crate) use self::place::Held;
pub use self::place::{Place, Releasing};
#[cfg(any(feature = "postgres", feature = "mysql", feature = "redis"))]
pub use self::remote::ConnectError;
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub use self::remote::{BorrowError, BorrowedConnection, Borrowing, ConnectionPool, PoolOptions};
#[cfg(feature = "sql")]
pub use self::sql::{Inserting, SqlEvents, SqlRecords, SqlState, SqlUsers, WithInsertHook};
#[cfg(all(feature = "sql", feature = "uuid"))]
pub use self::sql::{UuidBlob, UuidText};
pub use self::state::{Add, Batched, Counter, Entry, Exceeded, Listed, StateStore, Step};
pub use self::url::{FromUrl, UrlError};
pub use self::users::{Changed, InsertError, InsertFuture, UserStore};
pub(crate) use self::users::{linked, preferred, recovered};

use std::future::Future;
use std::pin::Pin;

use crate::error::StartupError;

/// What an operation of a store returns: a boxed future, so that a store can be a trait object.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// What a store does at start-up, and why the application cannot start.
pub type StartupFuture<'a> = Pin<Box<dyn Future<Output = Result<(), StartupError>> + Send + 'a>>;
