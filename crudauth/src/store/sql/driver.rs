//! How statements reach a database. What is above is written once for all of them.

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
use crate::store::{Migration, StoreFuture};

/// What an operation becomes on a connection.
pub(crate) type Answer<'c, T> = Pin<Box<dyn Future<Output = QueryResult<T>> + Send + 'c>>;

/// A handle on a database.
pub trait Driver: fmt::Debug + Clone + Send + Sync + 'static {
    /// Diesel's backend.
    type Backend: SqlBackend;
    /// A connection on which operations run.
    type Connection: Connection<Backend = Self::Backend>;
    /// What is particular to its SQL.
    const DIALECT: Dialect;
    /// The steps that make crudauth's own tables.
    const MIGRATIONS: &'static [Migration];

    /// The rows that `query` finds. It only reads, and may be run more than once.
    fn rows<Q, T>(&self, query: Q) -> StoreFuture<'_, Vec<T>>
    where
        Q: Query<SqlType = Untyped>
            + QueryFragment<Self::Backend>
            + QueryId
            + Send
            + Sync
            + 'static,
        T: QueryableByName<Self::Backend> + Send + 'static;

    /// The row that `query` finds, by a unique key: as [`rows`](Self::rows), where that is the
    /// fastest.
    fn look_up<Q, T>(&self, query: Q) -> StoreFuture<'_, Option<T>>
    where
        Q: Query<SqlType = Untyped>
            + QueryFragment<Self::Backend>
            + QueryId
            + Send
            + Sync
            + 'static,
        T: QueryableByName<Self::Backend> + Send + 'static,
    {
        let rows = self.rows(query);
        Box::pin(async move { Ok(rows.await?.pop()) })
    }

    /// Runs an operation on crudauth's own tables to its end, also where nobody waits for it any
    /// more. Several statements are one only in [`Connection::transaction`]. It may be run again
    /// where the database has rolled it back.
    fn write<T, F>(&self, operation: F) -> StoreFuture<'_, T>
    where
        F: for<'c> Fn(&'c mut Self::Connection) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static;

    /// As [`write`](Self::write), for one statement on the application's users table.
    fn write_alone<T, F>(&self, operation: F) -> StoreFuture<'_, T>
    where
        F: for<'c> Fn(&'c mut Self::Connection) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.write(operation)
    }

    /// As [`write`](Self::write), for the operation that makes the tables: alone, while no other
    /// process does, and for as long as that takes.
    fn make_tables<T, F>(&self, operation: F) -> StoreFuture<'_, T>
    where
        F: for<'c> Fn(&'c mut Self::Connection) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static;
}

/// A connection that belongs to one operation.
pub trait Connection: Send + 'static {
    /// Diesel's backend.
    type Backend: SqlBackend;

    /// The rows that a statement returns.
    fn rows<'c, Q, T>(&'c mut self, query: Q) -> Answer<'c, Vec<T>>
    where
        Q: Query<SqlType = Untyped> + QueryFragment<Self::Backend> + QueryId + Send + 'c,
        T: QueryableByName<Self::Backend> + Send + 'static;

    /// On how many rows a statement acts.
    fn execute<'c, Q>(&'c mut self, query: Q) -> Answer<'c, usize>
    where
        Q: QueryFragment<Self::Backend> + QueryId + Send + 'c;

    /// Runs statements that have no values, separated by semicolons.
    fn batch<'c>(&'c mut self, sql: &'c str) -> Answer<'c, ()>;

    /// Runs an operation whole, or not at all: where it fails, and where it says so.
    fn transaction<'c, T, F>(&'c mut self, operation: F) -> Answer<'c, T>
    where
        F: for<'t> FnOnce(&'t mut Self) -> Answer<'t, Ending<T>> + Send + 'c,
        T: Send + 'c;
}

/// How a transaction ends, and what it has come to.
#[derive(Debug)]
pub enum Ending<T> {
    /// It stays.
    Commit(T),
    /// It has not happened.
    RollBack(T),
}

/// A statement that somebody else keeps, as Diesel runs it on any connection.
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
