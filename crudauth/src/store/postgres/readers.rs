//! Connections that only read, each of them shared by all who ask.
//!
//! On such a connection a query is sent without a wait for the answers before it, which PostgreSQL
//! gives in their order. That takes half the CPU time of a pool, on both sides; `bench/README.md`
//! has the figures. Who leaves in the middle of a read does no harm: its answer is thrown away.

use std::fmt;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError};

use diesel_async::RunQueryDsl;
use diesel_async::methods::LoadQuery;
use diesel_async::pg::AsyncPgConnection;
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout, timeout_at};

use crate::store::remote::{Connector, Engine, Failure, MOST_IDLE, deadline};
use crate::store::{PoolOptions, StoreError};

/// How many there are: one would have PostgreSQL read on one core.
const READERS: usize = 2;

/// The connections that only read.
pub(super) struct Readers {
    connector: Connector<AsyncPgConnection>,
    options: PoolOptions,
    seats: [Seat; READERS],
    next: AtomicUsize,
}

impl Readers {
    pub(super) fn new(connector: Connector<AsyncPgConnection>, options: PoolOptions) -> Self {
        Self { connector, options, seats: Default::default(), next: AtomicUsize::new(0) }
    }

    /// The rows that `query` finds. It is sent once more if its connection turns out to be lost.
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
        let mut is_lost_again = false;
        loop {
            let connection = self.connection(seat).await.map_err(StoreError::new)?;
            match timeout_at(end, query().load(&mut &*connection)).await {
                Ok(Err(error)) if AsyncPgConnection::is_lost(&error) && !is_lost_again => {
                    seat.give_up(&connection);
                    is_lost_again = true;
                }
                Ok(answer) => {
                    return answer.map_err(|error| {
                        if AsyncPgConnection::is_lost(&error) {
                            seat.give_up(&connection);
                        }
                        StoreError::new(error)
                    });
                }
                Err(_) => {
                    seat.give_up(&connection);
                    return Err(StoreError::new("the database gave no answer in time"));
                }
            }
        }
    }

    /// The connection of `seat`. Who finds none makes it, and the others wait for that one.
    async fn connection(&self, seat: &Seat) -> Result<Arc<AsyncPgConnection>, Failure> {
        if let Some(connection) = seat.taken() {
            return Ok(connection);
        }
        let made = timeout(self.options.checkout_limit(), async {
            let _making = seat.making.lock().await;
            match seat.taken() {
                Some(connection) => Ok(connection),
                None => Ok(seat.take(self.connector.make().await?)),
            }
        });
        made.await.unwrap_or_else(|_| Err("there was no connection in time".into()))
    }
}

impl fmt::Debug for Readers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readers").field("connector", &self.connector).finish_non_exhaustive()
    }
}

/// A place for one connection.
#[derive(Default)]
struct Seat {
    making: Mutex<()>,
    /// The connection, and when it was last used.
    made: std::sync::Mutex<Option<(Arc<AsyncPgConnection>, Instant)>>,
}

impl Seat {
    fn made(&self) -> std::sync::MutexGuard<'_, Option<(Arc<AsyncPgConnection>, Instant)>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The connection, if there is one that can be trusted.
    fn taken(&self) -> Option<Arc<AsyncPgConnection>> {
        let mut made = self.made();
        let now = Instant::now();
        let (connection, used) =
            made.as_mut().filter(|(_, used)| now.duration_since(*used) <= MOST_IDLE)?;
        *used = now;
        Some(Arc::clone(connection))
    }

    fn take(&self, connection: AsyncPgConnection) -> Arc<AsyncPgConnection> {
        let connection = Arc::new(connection);
        *self.made() = Some((Arc::clone(&connection), Instant::now()));
        connection
    }

    /// Lets nobody else use `connection`.
    fn give_up(&self, connection: &Arc<AsyncPgConnection>) {
        let mut made = self.made();
        if made.as_ref().is_some_and(|(is, _)| Arc::ptr_eq(is, connection)) {
            *made = None;
        }
    }
}
