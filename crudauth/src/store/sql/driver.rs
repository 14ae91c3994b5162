//! How statements reach a database. The rest of this module is the same for all databases.

use std::fmt;
use std::future::Future;
use std::ops::Deref;
use std::pin::Pin;

use diesel::backend::Backend;
use diesel::deserialize::QueryableByName;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::Untyped;
use diesel::{QueryResult, RunQueryDsl};

use super::backend::SqlBackend;
use super::dialect::Dialect;
use crate::store::{Migration, Place, StoreFuture};

/// The future of an operation on a connection.
pub(crate) type Answer<'c, T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send + 'c>>;

/// A statement of the backend `DB`.
pub trait Statement<DB: Backend>: QueryFragment<DB> + QueryId + Send {}

impl<DB: Backend, Q: QueryFragment<DB> + QueryId + Send> Statement<DB> for Q {}

/// A statement that returns rows, which are read by the names of their columns.
pub trait Rows<DB: Backend>: Statement<DB> + Query<SqlType = Untyped> {}

impl<DB: Backend, Q: Statement<DB> + Query<SqlType = Untyped>> Rows<DB> for Q {}

/// A row, as a statement returns it.
pub trait Row<DB: Backend>: QueryableByName<DB> + Send + 'static {}

impl<DB: Backend, T: QueryableByName<DB> + Send + 'static> Row<DB> for T {}

/// An operation on a connection. A driver may run it more than once.
pub trait Operation<C, T>: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static {}

impl<C, T, F> Operation<C, T> for F where
    F: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static
{
}

/// A handle on a database.
pub trait Driver: Place + fmt::Debug + Clone + 'static {
    /// Diesel's backend.
    type Backend: SqlBackend;
    /// A connection on which operations run.
    type Connection: Connection<Backend = Self::Backend>;
    /// The differences of its SQL.
    const DIALECT: Dialect;
    /// The steps that make crudauth's own tables.
    const MIGRATIONS: &'static [Migration];

    /// The rows that `query` finds. It only reads, and may be run more than once.
    fn rows<T: Row<Self::Backend>>(
        &self,
        query: impl Rows<Self::Backend> + Sync + 'static,
    ) -> StoreFuture<'_, Vec<T>>;

    /// The row that `query` finds, by a unique key: as [`rows`](Self::rows), where that is the
    /// fastest.
    fn look_up<T: Row<Self::Backend>>(
        &self,
        query: impl Rows<Self::Backend> + Sync + 'static,
    ) -> StoreFuture<'_, Option<T>> {
        let rows = self.rows(query);
        Box::pin(async move { Ok(rows.await?.pop()) })
    }

    /// Runs an operation on crudauth's tables to its end, even if the caller is cancelled. Several
    /// statements are atomic only in [`Connection::transaction`]. The operation may run again if
    /// the database has rolled it back.
    fn write<T: Send + 'static>(
        &self,
        operation: impl Operation<Self::Connection, T>,
    ) -> StoreFuture<'_, T>;

    /// As [`write`](Self::write), for one statement on the application's users table.
    fn write_alone<T: Send + 'static>(
        &self,
        operation: impl Operation<Self::Connection, T>,
    ) -> StoreFuture<'_, T> {
        self.write(operation)
    }

    /// As [`write`](Self::write), for the operation that makes the tables: alone, while no other
    /// process does, and for as long as that takes.
    fn make_tables<T: Send + 'static>(
        &self,
        operation: impl Operation<Self::Connection, T>,
    ) -> StoreFuture<'_, T>;
}

/// A connection that belongs to one operation.
pub trait Connection: Send + 'static {
    /// Diesel's backend.
    type Backend: SqlBackend;

    /// The rows that a statement returns.
    fn rows<'c, T: Row<Self::Backend>>(
        &'c mut self,
        query: impl Rows<Self::Backend> + 'c,
    ) -> Answer<'c, Vec<T>>;

    /// Runs a statement, and returns how many rows it affected.
    fn execute<'c>(
        &'c mut self,
        statement: impl Statement<Self::Backend> + 'c,
    ) -> Answer<'c, usize>;

    /// Runs statements that have no values, separated by semicolons.
    fn batch<'c>(&'c mut self, sql: &'c str) -> Answer<'c, ()>;

    /// Runs an operation in a transaction, which is rolled back if it fails or says so.
    fn transaction<'c, T: Send + 'c>(
        &'c mut self,
        operation: impl for<'t> FnOnce(&'t mut Self) -> Answer<'t, Ending<T>> + Send + 'c,
    ) -> Answer<'c, T>;
}

/// How a transaction ends, with its result.
#[derive(Debug)]
pub enum Ending<T> {
    /// It is committed.
    Commit(T),
    /// It is rolled back.
    RollBack(T),
}

/// A borrowed statement that Diesel can run on any connection.
pub(crate) struct Run<P>(pub(crate) P);

impl<P: Deref<Target: QueryFragment<DB>>, DB: Backend> QueryFragment<DB> for Run<P> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass)
    }
}

impl<P: Deref<Target: QueryId>> QueryId for Run<P> {
    type QueryId = <P::Target as QueryId>::QueryId;
    const HAS_STATIC_QUERY_ID: bool = <P::Target as QueryId>::HAS_STATIC_QUERY_ID;
}

impl<P: Deref<Target: Query>> Query for Run<P> {
    type SqlType = <P::Target as Query>::SqlType;
}

impl<P, C> RunQueryDsl<C> for Run<P> {}
