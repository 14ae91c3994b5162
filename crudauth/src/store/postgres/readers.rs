//! Connections that only read, each of them shared by all who ask.
//!
//! On such a connection a query is sent without a wait for the answers before it, which PostgreSQL
//! gives in their order. That takes half the CPU time of a pool, on both sides; `bench/README.md`
//! has the figures. Who leaves in the middle of a read does no harm: its answer is thrown away.
//!
//! A statement that was prepared here may be refused later, because a table has changed since. Nobody
//! can have it prepared anew on a connection that others use, so the read goes to a connection of
//! the pool, where nothing is kept; if it works there, the shared connection is given up. Where it
//! fails there too, the connection stays: what is broken for good makes nobody connect anew.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use diesel_async::RunQueryDsl;
use diesel_async::methods::LoadQuery;
use diesel_async::pg::AsyncPgConnection;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use crate::store::remote::{
    Connector, Failure, MAX_IDLE, Pool, PooledConnection, deadline, failure,
};
use crate::store::{PoolOptions, StoreError};

/// How many there are: one would have PostgreSQL read on one core.
const READERS: usize = 2;

/// The connections that only read.
pub(super) struct Readers {
    connector: Connector<AsyncPgConnection>,
    pool: Pool<AsyncPgConnection>,
    options: PoolOptions,
    seats: [Seat; READERS],
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(
        connector: Connector<AsyncPgConnection>,
        pool: Pool<AsyncPgConnection>,
        options: PoolOptions,
    ) -> Self {
        Self { connector, pool, options, seats: Default::default(), next: AtomicUsize::new(0) }
    }

    /// The rows that `query` finds. It is sent once more if its connection turns out to be lost, or
    /// its statement outdated.
    pub(super) async fn rows<'q, Q, T>(
        &self,
        query: impl Fn() -> Q + Send + Sync,
    ) -> Result<Vec<T>, StoreError>
    where
        Q: for<'c> LoadQuery<'q, &'c AsyncPgConnection, T> + Send + 'q,
        T: Send,
    {
        let end = deadline(self.options.statement_limit());
        let turn = self.next.fetch_add(1, Ordering::Relaxed);
        let seat = &self.seats[turn % READERS];
        let mut is_second = false;
        loop {
            let connection = self.connection(seat).await.map_err(StoreError::new)?;
            let error = match timeout_at(end, query().load(&mut &*connection)).await {
                Ok(Ok(rows)) => return Ok(rows),
                Ok(Err(error)) => error,
                Err(_) => {
                    seat.give_up(&connection);
                    return Err(too_late());
                }
            };
            if AsyncPgConnection::is_lost(&error) {
                seat.give_up(&connection);
            } else if AsyncPgConnection::is_outdated(&error) {
                let mut afresh = self.pool.get().await.map_err(StoreError::new)?;
                // Somebody else may have found out meanwhile.
                if seat.holds(&connection) {
                    afresh.forget_statements();
                    let answer = timeout_at(end, query().load(&mut &*afresh)).await;
                    let rows = answer.map_err(|_| {
                        afresh.discard();
                        too_late()
                    })?;
                    if rows.is_ok() {
                        seat.give_up(&connection);
                    }
                    return rows.map_err(failure::<AsyncPgConnection>);
                }
            } else {
                return Err(failure::<AsyncPgConnection>(error));
            }
            if is_second {
                return Err(failure::<AsyncPgConnection>(error));
            }
            is_second = true;
        }
    }

    /// Gives the connections up. None is made anew once the pool is closed.
    pub(super) fn close(&self) {
        for seat in &self.seats {
            *seat.made() = None;
        }
    }

    /// The connection of `seat`. Who finds none makes it, and the others wait for that one.
    async fn connection(&self, seat: &Seat) -> Result<Arc<AsyncPgConnection>, Failure> {
        let era = self.connector.era();
        if let Some(connection) = seat.taken(era) {
            return Ok(connection);
        }
        if self.pool.is_closed() {
            return Err("the database is closed".into());
        }
        let made = timeout(self.options.checkout_limit(), async {
            let _making = seat.making.lock().await;
            match seat.taken(era) {
                Some(connection) => Ok(connection),
                None => Ok(seat.take(self.connector.make().await?, era)),
            }
        });
        made.await.unwrap_or_else(|_| Err("there was no connection in time".into()))
    }
}

/// As [`Readers::rows`], on connections of the application's pool, of which one request has each.
pub(super) async fn rows_of_pool<'q, Q, T>(
    pool: &Pool<AsyncPgConnection>,
    limit: Duration,
    query: impl Fn() -> Q + Send + Sync,
) -> Result<Vec<T>, StoreError>
where
    Q: for<'c> LoadQuery<'q, &'c AsyncPgConnection, T> + Send + 'q,
    T: Send,
{
    let end = deadline(limit);
    let mut is_second = false;
    loop {
        let mut connection = pool.get().await.map_err(StoreError::new)?;
        let error = match timeout_at(end, query().load(&mut &*connection)).await {
            Ok(Ok(rows)) => return Ok(rows),
            Ok(Err(error)) => error,
            Err(_) => {
                connection.discard();
                return Err(too_late());
            }
        };
        let is_lost = AsyncPgConnection::is_lost(&error);
        let is_outdated = AsyncPgConnection::is_outdated(&error);
        if is_second || !(is_lost || is_outdated) {
            return Err(failure::<AsyncPgConnection>(error));
        }
        is_second = true;
        match is_lost {
            true => connection.discard(),
            false => connection.forget_statements(),
        }
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("connector", &self.connector).finish_non_exhaustive()
    }
}

fn too_late() -> StoreError {
    StoreError::new("the database gave no answer in time")
}

/// A place for one connection.
#[derive(Default)]
struct Seat {
    making: Mutex<()>,
    made: std::sync::Mutex<Option<Made>>,
}

struct Made {
    connection: Arc<AsyncPgConnection>,
    used: Instant,
    era: u64,
}

impl Seat {
    fn made(&self) -> std::sync::MutexGuard<'_, Option<Made>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if there is one that can be trusted.
    fn taken(&self, era: u64) -> Option<Arc<AsyncPgConnection>> {
        let mut made = self.made();
        let now = Instant::now();
        let is_trusted =
            |made: &&mut Made| made.era >= era && now.duration_since(made.used) <= MAX_IDLE;
        let made = made.as_mut().filter(is_trusted)?;
        made.used = now;
        Some(Arc::clone(&made.connection))
    }

    fn take(&self, connection: AsyncPgConnection, era: u64) -> Arc<AsyncPgConnection> {
        let connection = Arc::new(connection);
        let made = Made { connection: Arc::clone(&connection), used: Instant::now(), era };
        *self.made() = Some(made);
        connection
    }

    /// Whether `connection` is the one of this place.
    fn holds(&self, connection: &Arc<AsyncPgConnection>) -> bool {
        self.made().as_ref().is_some_and(|made| Arc::ptr_eq(&made.connection, connection))
    }

    /// Lets nobody else use `connection`.
    fn give_up(&self, connection: &Arc<AsyncPgConnection>) {
        let mut made = self.made();
        if made.as_ref().is_some_and(|made| Arc::ptr_eq(&made.connection, connection)) {
            *made = None;
        }
    }
}
