//! A pool of connections to a database over the network, with a bound on every wait.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use deadpool::managed::{self, Metrics, QueueMode, RecycleError, RecycleResult};
use diesel::{ConnectionResult, result::Error};
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::own_pool::{Checkout, ConnectionPool, borrow};
use crate::store::sql::Answer;
use crate::store::{StoreError, StoreErrorKind};

/// The size and the time-outs of a pool of connections.
///
/// ```
/// use std::time::Duration;
/// use crudauth::store::PoolOptions;
///
/// let options = PoolOptions::default().connections(20).statement(Duration::from_secs(2));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PoolOptions {
    connections: usize,
    connect: Duration,
    checkout: Duration,
    statement: Duration,
}

impl Default for PoolOptions {
    fn default() -> Self {
        let five = Duration::from_secs(5);
        Self { connections: 10, connect: five, checkout: five, statement: five }
    }
}

impl PoolOptions {
    /// The maximum number of open connections, at least one. As many more can be lent to the
    /// application. Default: 10.
    #[must_use]
    pub fn connections(mut self, most: usize) -> Self {
        self.connections = most.max(1);
        self
    }

    /// How long a new connection may take, its handshake included. Default: 5 seconds.
    #[must_use]
    pub fn connect(mut self, limit: Duration) -> Self {
        self.connect = limit;
        self
    }

    /// How long an operation waits for a connection, a new one included. Default: 5 seconds.
    #[must_use]
    pub fn checkout(mut self, limit: Duration) -> Self {
        self.checkout = limit;
        self
    }

    /// How long an operation may take once it has its connection. Default: 5 seconds.
    #[must_use]
    pub fn statement(mut self, limit: Duration) -> Self {
        self.statement = limit;
        self
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn checkout_limit(&self) -> Duration {
        self.checkout
    }

    pub(crate) fn statement_limit(&self) -> Duration {
        self.statement
    }
}

/// A connection that was idle for longer is replaced, since firewalls may have dropped it and
/// servers may have closed it.
pub(crate) const MAX_IDLE: Duration = Duration::from_secs(60);

/// How often a statement runs if the database rolls it back because of a conflict.
const MAX_CONFLICTS: u32 = 20;

/// A kind of connection, as the pool needs it.
pub trait PooledConnection: Send + Sized + 'static {
    /// Known to be closed, or in the middle of a transaction.
    fn is_broken(&mut self) -> bool;

    /// The connection is lost, and it is unknown whether the statement was run.
    fn is_lost(error: &Error) -> bool;

    /// The statement was rolled back because of a conflict with another one, and may be run again.
    fn is_conflict(error: &Error) -> bool;

    /// The server refused the statement, and may have refused it only because it was prepared
    /// before something else changed. Nothing of the operation has happened.
    fn is_outdated(error: &Error) -> bool;

    /// The server refused the statement on this connection, and may accept it on a new one, for
    /// example after a primary has become a standby. Nothing of the operation has happened.
    fn is_misplaced(error: &Error) -> bool;

    /// The kind of the error.
    fn kind(error: &Error) -> StoreErrorKind;

    /// Drops the cache of prepared statements.
    fn forget_statements(&mut self);

    /// Makes it one that [is broken](Self::is_broken), so that whoever pools it closes it.
    fn spoil(&mut self);

    /// Whether the next answer is that to the next question. Asked of a connection that the
    /// application has used. Default: it is, since the protocol sees to it.
    fn is_in_step(&mut self) -> impl Future<Output = bool> + Send {
        std::future::ready(true)
    }
}

/// Converts an error of the database to one of the store.
pub(crate) fn failure<C: PooledConnection>(error: Error) -> StoreError {
    StoreError::of_kind(C::kind(&error), error)
}

type Connecting<C> = Pin<Box<dyn Future<Output = ConnectionResult<C>> + Send>>;

/// How connections are made.
pub(crate) struct Connector<C> {
    connect: Arc<dyn Fn() -> Connecting<C> + Send + Sync>,
    limit: Duration,
    /// How often all connections were found to lead to the wrong place.
    era: Arc<AtomicU64>,
}

impl<C> Clone for Connector<C> {
    fn clone(&self) -> Self {
        Self { connect: Arc::clone(&self.connect), limit: self.limit, era: Arc::clone(&self.era) }
    }
}

impl<C> Connector<C> {
    pub(crate) fn new<F>(options: PoolOptions, connect: F) -> Self
    where
        F: Fn() -> Connecting<C> + Send + Sync + 'static,
    {
        Self { connect: Arc::new(connect), limit: options.connect, era: Arc::default() }
    }

    /// The current era. Connections of an earlier era are not used any more.
    #[cfg(feature = "postgres")]
    pub(crate) fn era(&self) -> u64 {
        self.era.load(Ordering::Relaxed)
    }

    /// A new connection.
    pub(crate) async fn make(&self) -> Result<C, Failure> {
        let connection = timeout(self.limit, (self.connect)()).await;
        Ok(connection.map_err(|_| Failure::from("no connection in time"))??)
    }
}

impl<C> fmt::Debug for Connector<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connector").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl<C: PooledConnection> managed::Manager for Connector<C> {
    type Type = C;
    type Error = Failure;

    async fn create(&self) -> Result<C, Failure> {
        self.make().await
    }

    async fn recycle(&self, connection: &mut C, metrics: &Metrics) -> RecycleResult<Failure> {
        // No test query, since it would double the round trips. The next statement fails on a
        // connection that was lost unnoticed.
        match metrics.last_used() > MAX_IDLE || connection.is_broken() {
            true => Err(RecycleError::message("not to be used again")),
            false => Ok(()),
        }
    }
}

/// Why there is no connection.
pub(crate) type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Whether an operation may run again when its connection was lost in the middle of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Retry {
    /// It only reads.
    #[cfg(feature = "mysql")]
    Safe,
    /// It writes, and may have happened already.
    Never,
}

/// Connections, of which each is used by one operation at a time.
pub(crate) struct Pool<C: PooledConnection> {
    connections: Connections<C>,
    options: PoolOptions,
}

/// Where they come from.
enum Connections<C: PooledConnection> {
    Own(managed::Pool<Connector<C>>),
    /// A pool of the application's.
    Lent(Arc<dyn ConnectionPool<C>>),
}

impl<C: PooledConnection> Clone for Connections<C> {
    fn clone(&self) -> Self {
        match self {
            Self::Own(pool) => Self::Own(pool.clone()),
            Self::Lent(pool) => Self::Lent(Arc::clone(pool)),
        }
    }
}

impl<C: PooledConnection> Connections<C> {
    /// The idle connections lead to nowhere. A pool of the application's finds that out by itself.
    fn drop_idle(&self) {
        if let Self::Own(pool) = self {
            pool.retain(|_, _| false);
        }
    }
}

impl<C: PooledConnection> Clone for Pool<C> {
    fn clone(&self) -> Self {
        Self { connections: self.connections.clone(), options: self.options }
    }
}

impl<C: PooledConnection> Pool<C> {
    pub(crate) fn new(options: PoolOptions, connector: Connector<C>) -> Result<Self, Failure> {
        let connections = managed::Pool::builder(connector)
            .max_size(options.connections)
            // The last one used is the least likely to have been closed.
            .queue_mode(QueueMode::Lifo)
            .build()?;
        Ok(Self { connections: Connections::Own(connections), options })
    }

    /// Those of a pool of the application's.
    pub(crate) fn lent(options: PoolOptions, pool: Arc<dyn ConnectionPool<C>>) -> Self {
        Self { connections: Connections::Lent(pool), options }
    }

    /// Lends no connection any more, and closes those that are free; the others close when they
    /// come back.
    pub(crate) fn close(&self) {
        match &self.connections {
            Connections::Own(pool) => pool.close(),
            Connections::Lent(pool) => pool.close(),
        }
    }

    #[cfg(feature = "postgres")]
    pub(crate) fn is_closed(&self) -> bool {
        matches!(&self.connections, Connections::Own(pool) if pool.is_closed())
    }

    /// A connection, when one is free.
    pub(crate) async fn get(&self) -> Result<Checkout<C>, Failure> {
        let got = timeout(self.options.checkout, async {
            match &self.connections {
                Connections::Own(pool) => match pool.get().await {
                    Ok(connection) => Ok(Checkout::Own(connection)),
                    Err(managed::PoolError::Backend(cause)) => Err(cause),
                    Err(other) => Err(other.to_string().into()),
                },
                Connections::Lent(pool) => borrow(&**pool).await,
            }
        });
        got.await.unwrap_or_else(|_| Err("no connection was free in time".into()))
    }

    /// Runs `operation` to its end, even if the caller is dropped meanwhile. So it happens whole or
    /// not at all, and the next operation can use the connection.
    pub(crate) async fn run<T, F>(&self, repeat: Retry, operation: F) -> Result<T, StoreError>
    where
        F: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.run_within(self.options.statement, repeat, operation).await
    }

    /// As [`run`](Self::run), with another time-out.
    pub(crate) async fn run_within<T, F>(
        &self,
        limit: Duration,
        repeat: Retry,
        operation: F,
    ) -> Result<T, StoreError>
    where
        F: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        // A caller that is dropped while it waits for a connection has run nothing.
        let connection = self.get().await.map_err(StoreError::new)?;
        let pool = self.clone();
        let running =
            tokio::spawn(async move { pool.drive(connection, limit, repeat, operation).await });
        running.await.unwrap_or_else(|stopped| Err(StoreError::new(stopped)))
    }

    async fn drive<T, F>(
        &self,
        mut connection: Checkout<C>,
        limit: Duration,
        repeat: Retry,
        operation: F,
    ) -> Result<T, StoreError>
    where
        F: for<'c> Fn(&'c mut C) -> Answer<'c, T>,
    {
        let end = deadline(limit);
        let (mut conflicts, mut losses) = (0, 0);
        let (mut is_afresh, mut is_moved) = (false, false);
        loop {
            let Ok(answer) = timeout_at(end, operation(&mut connection)).await else {
                connection.discard();
                return Err(StoreError::new("the database gave no answer in time"));
            };
            match answer {
                Err(error) if C::is_conflict(&error) && conflicts < MAX_CONFLICTS => {
                    conflicts += 1;
                    sleep(Duration::from_millis(conflicts.into())).await;
                }
                Err(error) if C::is_lost(&error) => {
                    connection.discard();
                    // The idle connections are most likely lost too.
                    self.connections.drop_idle();
                    losses += 1;
                    if repeat == Retry::Never || losses > 1 {
                        return Err(failure::<C>(error));
                    }
                    connection = self.get().await.map_err(StoreError::new)?;
                }
                Err(error) if C::is_misplaced(&error) && !is_moved => {
                    is_moved = true;
                    connection.discard();
                    self.connections.drop_idle();
                    if let Connections::Own(pool) = &self.connections {
                        pool.manager().era.fetch_add(1, Ordering::Relaxed);
                    }
                    connection = self.get().await.map_err(StoreError::new)?;
                }
                Err(error) if C::is_outdated(&error) && !is_afresh => {
                    is_afresh = true;
                    connection.forget_statements();
                }
                answer => return answer.map_err(failure::<C>),
            }
        }
    }
}

/// The deadline of an answer.
pub(crate) fn deadline(limit: Duration) -> Instant {
    /// Thirty years, which every clock can add, in place of a longer limit.
    const ENDLESS: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);
    let now = Instant::now();
    now.checked_add(limit).unwrap_or_else(|| now + ENDLESS)
}

/// A connection of a pool, which returns to it on drop.
pub struct Lent<C: PooledConnection>(Checkout<C>);

impl<C: PooledConnection> Lent<C> {
    pub(crate) fn new(connection: Checkout<C>) -> Self {
        Self(connection)
    }
}

impl<C: PooledConnection> Deref for Lent<C> {
    type Target = C;

    fn deref(&self) -> &C {
        &self.0
    }
}

impl<C: PooledConnection> DerefMut for Lent<C> {
    fn deref_mut(&mut self) -> &mut C {
        &mut self.0
    }
}

impl<C: PooledConnection> fmt::Debug for Lent<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lent")
    }
}
