//! Where a thread of an executor has its connection from.

use std::ops::{Deref, DerefMut};

use diesel::SqliteConnection;
#[cfg(feature = "r2d2")]
use diesel::r2d2::{ConnectionManager, Pool, PooledConnection};

/// What a thread has: a connection, or the pool that lends it one for each turn.
pub(super) enum Seat {
    Own(SqliteConnection),
    #[cfg(feature = "r2d2")]
    Lent(Pool<ConnectionManager<SqliteConnection>>),
}

impl Seat {
    /// The connection for one turn. `None`, which the log explains, where the pool has none.
    pub(super) fn connection(&mut self) -> Option<Turn<'_>> {
        match self {
            Self::Own(connection) => Some(Turn::Own(connection)),
            #[cfg(feature = "r2d2")]
            Self::Lent(pool) => match pool.get() {
                Ok(connection) => Some(Turn::Lent(connection)),
                Err(error) => {
                    tracing::error!(%error, "the pool of the application lends no connection");
                    None
                }
            },
        }
    }
}

/// A connection for one turn.
pub(super) enum Turn<'a> {
    Own(&'a mut SqliteConnection),
    #[cfg(feature = "r2d2")]
    Lent(PooledConnection<ConnectionManager<SqliteConnection>>),
}

impl Deref for Turn<'_> {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            #[cfg(feature = "r2d2")]
            Self::Lent(connection) => connection,
        }
    }
}

impl DerefMut for Turn<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            #[cfg(feature = "r2d2")]
            Self::Lent(connection) => connection,
        }
    }
}
