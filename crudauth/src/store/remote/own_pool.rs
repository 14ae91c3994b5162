//! Pools that the application has made.

use std::fmt;
use std::future::Future;
use std::ops::{Deref, DerefMut};
use std::pin::Pin;

use deadpool::managed::Object;
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, deadpool as of_diesel};

use super::pool::{Connector, PooledConnection};

/// A pool of the application's own, of connections of diesel-async: what
/// [`Postgres::from_pool`](crate::store::postgres::Postgres::from_pool) and
/// [`Mysql::from_pool`](crate::store::mysql::Mysql::from_pool) take.
///
/// It is implemented for the pool of diesel-async's `deadpool`, and with the feature `bb8` for that of
/// `bb8`. For another one, implement it.
#[diagnostic::on_unimplemented(
    message = "this pool does not lend connections of the type `{C}`",
    label = "needs a pool of diesel-async over `AsyncDieselConnectionManager<{C}>`",
    note = "of `deadpool`, of `bb8` with that feature, or one that implements `ConnectionPool<{C}>`"
)]
pub trait ConnectionPool<C>: Send + Sync + 'static {
    /// A connection, when one is free. A caller waits as long as the pool says, and at most for five
    /// seconds.
    fn get(&self) -> Borrowing<'_, C>;

    /// Lends no connection any more. Called where the last [`CrudAuth`](crate::CrudAuth) over it was
    /// shut down. Default: nothing happens, and the application closes its pool.
    fn close(&self) {}
}

/// What [`ConnectionPool::get`] returns. The connection goes back when it is dropped.
pub type Borrowing<'a, C> =
    Pin<Box<dyn Future<Output = Result<BorrowedConnection<C>, BorrowError>> + Send + 'a>>;

/// A connection of a [`ConnectionPool`].
pub type BorrowedConnection<C> = Box<dyn DerefMut<Target = C> + Send>;

/// Why a [`ConnectionPool`] has no connection.
pub type BorrowError = Box<dyn std::error::Error + Send + Sync>;

#[diagnostic::do_not_recommend]
impl<C> ConnectionPool<C> for of_diesel::Pool<C>
where
    C: PooledConnection,
    AsyncDieselConnectionManager<C>: deadpool::managed::Manager<Type = C> + Sync,
    <AsyncDieselConnectionManager<C> as deadpool::managed::Manager>::Error:
        std::error::Error + Send + Sync,
{
    fn get(&self) -> Borrowing<'_, C> {
        Box::pin(async move {
            let connection = of_diesel::Pool::get(self).await?;
            Ok(Box::new(connection) as BorrowedConnection<C>)
        })
    }
}

#[cfg(feature = "bb8")]
#[diagnostic::do_not_recommend]
impl<C> ConnectionPool<C> for bb8::Pool<AsyncDieselConnectionManager<C>>
where
    C: PooledConnection,
    AsyncDieselConnectionManager<C>: bb8::ManageConnection<Connection = C>,
    <AsyncDieselConnectionManager<C> as bb8::ManageConnection>::Error:
        std::error::Error + Send + Sync,
{
    fn get(&self) -> Borrowing<'_, C> {
        Box::pin(async move {
            let connection = self.get_owned().await?;
            Ok(Box::new(connection) as BorrowedConnection<C>)
        })
    }
}

/// A connection of `pool` whose next answer is that to the next question.
pub(super) async fn borrow<C: PooledConnection>(
    pool: &dyn ConnectionPool<C>,
) -> Result<Checkout<C>, BorrowError> {
    loop {
        let mut asked = Asked(Some(pool.get().await?));
        let is_in_step = match &mut asked.0 {
            Some(connection) => connection.is_in_step().await,
            None => false,
        };
        if let (true, Some(connection)) = (is_in_step, asked.0.take()) {
            return Ok(Checkout::Borrowed(connection));
        }
    }
}

/// A connection that is being asked. One that does not answer well, or not in time, is closed by its
/// pool, and lent to nobody in the middle of an answer.
struct Asked<C: PooledConnection>(Option<BorrowedConnection<C>>);

impl<C: PooledConnection> Drop for Asked<C> {
    fn drop(&mut self) {
        if let Some(connection) = &mut self.0 {
            connection.spoil();
        }
    }
}

/// A connection that belongs to one operation, until it is dropped.
pub(crate) enum Checkout<C: PooledConnection> {
    Own(Object<Connector<C>>),
    Borrowed(BorrowedConnection<C>),
}

impl<C: PooledConnection> Checkout<C> {
    /// Closes a connection that may be in the middle of a statement.
    pub(crate) fn discard(self) {
        match self {
            Self::Own(connection) => drop(Object::take(connection)),
            // Its pool finds it broken when it comes back.
            Self::Borrowed(mut connection) => connection.spoil(),
        }
    }

    /// Whether its next answer is known to be that to the next question: nobody has had it before,
    /// or it was asked when it was lent.
    #[cfg(feature = "mysql")]
    pub(crate) fn is_known_in_step(&self) -> bool {
        match self {
            Self::Own(connection) => Object::metrics(connection).recycle_count == 0,
            Self::Borrowed(_) => true,
        }
    }
}

impl<C: PooledConnection> Deref for Checkout<C> {
    type Target = C;

    fn deref(&self) -> &C {
        match self {
            Self::Own(connection) => connection,
            Self::Borrowed(connection) => connection,
        }
    }
}

impl<C: PooledConnection> DerefMut for Checkout<C> {
    fn deref_mut(&mut self) -> &mut C {
        match self {
            Self::Own(connection) => connection,
            Self::Borrowed(connection) => connection,
        }
    }
}

impl<C: PooledConnection> fmt::Debug for Checkout<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Checkout")
    }
}
