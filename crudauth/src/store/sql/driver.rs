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

/// A statement of the backend `DB`.
pub trait Statement<DB: Backend>: QueryFragment<DB> + QueryId + Send {}

impl<DB: Backend, Q: QueryFragment<DB> + QueryId + Send> Statement<DB> for Q {}

/// A statement that returns rows, which are read by the names of their columns.
pub trait Rows<DB: Backend>: Statement<DB> + Query<SqlType = Untyped> {}

impl<DB: Backend, Q: Statement<DB> + Query<SqlType = Untyped>> Rows<DB> for Q {}

/// A row, as a statement returns it.
pub trait Row<DB: Backend>: QueryableByName<DB> + Send + 'static {}

impl<DB: Backend, T: QueryableByName<DB> + Send + 'static> Row<DB> for T {}

/// What a driver does on a connection, maybe more than once.
pub trait Operation<C, T>: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static {}

impl<C, T, F> Operation<C, T> for F where
    F: for<'c> Fn(&'c mut C) -> Answer<'c, T> + Send + Sync + 'static
{
}

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

    /// Runs an operation on crudauth's own tables to its end, also where nobody waits for it any
    /// more. Several statements are one only in [`Connection::transaction`]. It may be run again
    /// where the database has rolled it back.
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

    /// On how many rows a statement acts.
    fn execute<'c>(
        &'c mut self,
        statement: impl Statement<Self::Backend> + 'c,
    ) -> Answer<'c, usize>;

    /// Runs statements that have no values, separated by semicolons.
    fn batch<'c>(&'c mut self, sql: &'c str) -> Answer<'c, ()>;

    /// Runs an operation whole, or not at all: where it fails, and where it says so.
    fn transaction<'c, T: Send + 'c>(
        &'c mut self,
        operation: impl for<'t> FnOnce(&'t mut Self) -> Answer<'t, Ending<T>> + Send + 'c,
    ) -> Answer<'c, T>;
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
