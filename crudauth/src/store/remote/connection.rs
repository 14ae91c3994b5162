//! Connections of diesel-async, as what is written once for all databases uses them.

use diesel::result::Error;

use crate::store::sql::Ending;

/// Why a transaction of diesel-async is rolled back.
pub(crate) enum Undone<T> {
    /// The operation says so.
    AsAsked(T),
    /// It failed.
    Failed(Error),
}

impl<T> From<Error> for Undone<T> {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<T> Undone<T> {
    /// How diesel-async is told of the end of an operation.
    pub(crate) fn or_made(ending: Result<Ending<T>, Error>) -> Result<T, Self> {
        match ending {
            Ok(Ending::Commit(made)) => Ok(made),
            Ok(Ending::RollBack(refused)) => Err(Self::AsAsked(refused)),
            Err(error) => Err(Self::Failed(error)),
        }
    }

    /// What the transaction came to.
    pub(crate) fn into_answer(done: Result<T, Self>) -> Result<T, Error> {
        match done {
            Ok(answer) | Err(Self::AsAsked(answer)) => Ok(answer),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

/// Implements [`Connection`](crate::store::sql::Connection) for a connection of diesel-async.
macro_rules! async_connection {
    ($connection:ty, $backend:ty) => {
        impl $crate::store::sql::Connection for $connection {
            type Backend = $backend;

            fn rows<'c, Q, T>(&'c mut self, query: Q) -> $crate::store::sql::Answer<'c, Vec<T>>
            where
                Q: diesel::query_builder::Query<SqlType = diesel::sql_types::Untyped>
                    + diesel::query_builder::QueryFragment<$backend>
                    + diesel::query_builder::QueryId
                    + Send
                    + 'c,
                T: diesel::deserialize::QueryableByName<$backend> + Send + 'static,
            {
                Box::pin(diesel_async::RunQueryDsl::load(query, self))
            }

            fn execute<'c, Q>(&'c mut self, query: Q) -> $crate::store::sql::Answer<'c, usize>
            where
                Q: diesel::query_builder::QueryFragment<$backend>
                    + diesel::query_builder::QueryId
                    + Send
                    + 'c,
            {
                Box::pin(diesel_async::RunQueryDsl::execute(query, self))
            }

            fn batch<'c>(&'c mut self, sql: &'c str) -> $crate::store::sql::Answer<'c, ()> {
                Box::pin(diesel_async::SimpleAsyncConnection::batch_execute(self, sql))
            }

            fn transaction<'c, T, F>(
                &'c mut self,
                operation: F,
            ) -> $crate::store::sql::Answer<'c, T>
            where
                F: for<'t> FnOnce(
                        &'t mut Self,
                    )
                        -> $crate::store::sql::Answer<'t, $crate::store::sql::Ending<T>>
                    + Send
                    + 'c,
                T: Send + 'c,
            {
                use $crate::store::remote::Undone;
                Box::pin(async move {
                    let done = diesel_async::AsyncConnection::transaction(
                        self,
                        async move |connection: &mut Self| {
                            Undone::or_made(operation(connection).await)
                        },
                    );
                    Undone::into_answer(done.await)
                })
            }
        }
    };
}

pub(crate) use async_connection;
