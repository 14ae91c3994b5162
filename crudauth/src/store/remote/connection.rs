//! Connections of diesel-async, for the code that is written once for all databases.

use diesel::result::Error;

use crate::store::sql::Ending;

/// Why a transaction of diesel-async is rolled back.
pub(crate) enum Undone<T> {
    /// The operation asked for it.
    AsAsked(T),
    /// The operation failed.
    Failed(Error),
}

impl<T> From<Error> for Undone<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> Undone<T> {
    /// Converts the end of an operation for diesel-async.
    pub(crate) fn or_made(ending: Result<Ending<T>, Error>) -> Result<T, Self> {
        match ending {
            Ok(Ending::Commit(made)) => Ok(made),
            Ok(Ending::RollBack(refused)) => Err(Self::AsAsked(refused)),
            Err(error) => Err(Self::Failed(error)),
        }
    }

    /// The result of the transaction.
    pub(crate) fn into_answer(done: Result<T, Self>) -> Result<T, Error> {
        match done {
            Ok(answer) | Err(Self::AsAsked(answer)) => Ok(answer),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

/// Implements [`PooledConnection`](super::PooledConnection), where the module `$fault` says what
/// errors mean, and [`Connection`](crate::store::sql::Connection) for a connection of diesel-async.
macro_rules! async_connection {
    ($connection:ty, $backend:ty, $fault:ident $(, { $($in_step:tt)* })?) => {
        const _: () = {
            use diesel::connection::CacheSize;
            use diesel::result::Error;
            use diesel_async::pooled_connection::PoolableConnection;
            use diesel_async::{
                AsyncConnection, RunQueryDsl, SimpleAsyncConnection, TransactionManager,
            };

            use $crate::store::StoreErrorKind;
            use $crate::store::remote::{PooledConnection, Undone};
            use $crate::store::sql::{Answer, Connection, Ending, Row, Rows, Statement};

            impl PooledConnection for $connection {
                fn is_broken(&mut self) -> bool {
                    PoolableConnection::is_broken(self)
                }

                fn is_lost(error: &Error) -> bool {
                    $fault::is_lost(error)
                }

                fn is_conflict(error: &Error) -> bool {
                    $fault::is_conflict(error)
                }

                fn is_outdated(error: &Error) -> bool {
                    $fault::is_outdated(error)
                }

                fn is_misplaced(error: &Error) -> bool {
                    $fault::is_misplaced(error)
                }

                fn kind(error: &Error) -> StoreErrorKind {
                    $fault::kind(error)
                }

                fn forget_statements(&mut self) {
                    self.set_prepared_statement_cache_size(CacheSize::Disabled);
                    self.set_prepared_statement_cache_size(CacheSize::Unbounded);
                }

                fn spoil(&mut self) {
                    type Manager = <$connection as AsyncConnection>::TransactionManager;
                    Manager::transaction_manager_status_mut(self).set_in_error();
                }

                $($($in_step)*)?
            }

            impl Connection for $connection {
                type Backend = $backend;

                fn rows<'c, T: Row<$backend>>(
                    &'c mut self,
                    query: impl Rows<$backend> + 'c,
                ) -> Answer<'c, Vec<T>> {
                    Box::pin(RunQueryDsl::load(query, self))
                }

                fn execute<'c>(
                    &'c mut self,
                    statement: impl Statement<$backend> + 'c,
                ) -> Answer<'c, usize> {
                    Box::pin(RunQueryDsl::execute(statement, self))
                }

                fn batch<'c>(&'c mut self, sql: &'c str) -> Answer<'c, ()> {
                    Box::pin(SimpleAsyncConnection::batch_execute(self, sql))
                }

                fn transaction<'c, T: Send + 'c>(
                    &'c mut self,
                    operation: impl for<'t> FnOnce(&'t mut Self) -> Answer<'t, Ending<T>> + Send + 'c,
                ) -> Answer<'c, T> {
                    Box::pin(async move {
                        let operation = async move |connection: &mut Self| {
                            Undone::or_made(operation(connection).await)
                        };
                        let done = AsyncConnection::transaction(self, operation);
                        Undone::into_answer(done.await)
                    })
                }
            }
        };
    };
}

pub(crate) use async_connection;
