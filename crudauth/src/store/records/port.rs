//! The port to crudauth's own rows.

use std::fmt;
use std::future::ready;

use super::table::{Row, Table, Value};
use crate::store::{Changed, StartupFuture, StoreFuture};

/// Keeps rows of crudauth's own that last: identities at providers, passkeys, second factors, API
/// keys, roles. They are in the database of the users, and go with their owner.
///
/// An adapter sees a table as [data](Table) and knows no kind of row, so that a new kind needs no new
/// code in it. What a row of each kind may be asked is for [`Records`](super::Records) to say, which
/// is what features work with: it has every change and removal bound to the owner, and refuses a
/// value that does not fit before the adapter is asked.
///
/// # Contract
///
/// - Each operation is atomic, and is seen at once and by every process.
/// - Uniqueness is decided by the store itself, never by a look before the write.
/// - Conditions are looked at by the statement that writes: of two parallel updates whose conditions
///   exclude each other, one finds its row.
/// - Texts and bytes are compared byte by byte: case, blanks at the end and accents count.
pub trait RecordStore: fmt::Debug + Send + Sync + 'static {
    /// Makes the tables ready that the mounted features keep rows in. Default: they are.
    fn open<'a>(&'a self, _tables: &'a [&'static Table]) -> StartupFuture<'a> {
        Box::pin(ready(Ok(())))
    }

    /// Inserts a row.
    fn insert(&self, table: &'static Table, row: Row) -> StoreFuture<'_, Insertion>;

    /// Finds the row that meets `conditions`, which name all columns of a unique set.
    fn find(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, Option<Row>>;

    /// The first `limit` rows that meet `conditions`, in the order of their ids.
    fn list(
        &self,
        table: &'static Table,
        conditions: Conditions,
        limit: u32,
    ) -> StoreFuture<'_, Vec<Row>>;

    /// Sets columns of the row that meets `conditions`, one of which is its id.
    fn update(
        &self,
        table: &'static Table,
        conditions: Conditions,
        set: Vec<(&'static str, Value)>,
    ) -> StoreFuture<'_, Changed>;

    /// Removes the row that meets `conditions`, one of which is its id. Returns `false` if no row does.
    fn remove(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, bool>;

    /// Removes all rows of the user `owner` of the table `users` from those of `tables` that there are,
    /// of mounted features or not: all of them, or none. Returns their number.
    fn remove_all_of<'a>(
        &'a self,
        users: &'a str,
        owner: &'a str,
        tables: &'a [&'static Table],
    ) -> StoreFuture<'a, u64>;
}

/// The outcome of an insert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Insertion {
    /// It is there.
    Inserted,
    /// Another row has its unique values; nothing has changed.
    Taken,
}

/// The conditions that a row must meet, all of them.
pub type Conditions = Vec<Condition>;

/// A condition on one column of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Condition {
    /// It has this value, or is NULL.
    Is(&'static str, Value),
    /// It is NULL, or a number below this one.
    IsUnsetOrBelow(&'static str, i64),
    /// It sorts after this text, byte by byte.
    Follows(&'static str, String),
}
