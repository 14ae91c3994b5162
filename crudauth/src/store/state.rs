//! The port to what expires.

use std::fmt::Debug;
use std::time::Duration;

use super::StoreFuture;

/// Storage of what expires: sessions, one-time tokens, challenges, counters.
///
/// # Contract
///
/// - Keys are non-empty text without NUL, of any length; values are bytes of any kind.
/// - Every entry and every counter has a time to live. Past it, it does not exist: no operation
///   sees it, whether or not it has been purged yet. Time is the store's own.
/// - `put_if_absent`, `take`, `compare_and_swap` and `increment` are atomic: of any number of
///   parallel callers, in any number of processes, exactly one wins.
/// - Entries and counters are separate: a counter never answers to [`get`](Self::get).
/// - An entry may have an owner, under which [`list`](Self::list) finds it.
/// - A store removes what has expired by itself, in bounded steps; it never grows without bound.
///
/// The conformance suite of the repository (`tests/src/conformance`) checks all of this for any
/// implementation.
pub trait StateStore: Debug + Send + Sync + 'static {
    /// The value under `key`.
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>>;

    /// Writes `entry` under `key`, in place of what was there.
    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()>;

    /// Writes `entry` under `key` if nothing is there; `false` if something is.
    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool>;

    /// Reads and removes the value under `key`, in one step.
    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>>;

    /// Writes `entry` under `key` if the value there is `expected`; `false` if it is not.
    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool>;

    /// Removes what is under `key`, an entry or a counter; `false` if there was nothing.
    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool>;

    /// Every entry of `owner`, in no particular order.
    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>>;

    /// Adds `by` (which may be negative) to the counter under `key` and returns the sum. A counter
    /// that does not exist starts at zero and lives for `ttl`; one that exists keeps its end.
    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter>;

    /// The counter under `key`, if it exists.
    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>>;
}

/// What [`StateStore::put`] and its kin write.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    /// The bytes to keep.
    pub value: &'a [u8],
    /// How long they are kept, to the millisecond.
    pub ttl: Duration,
    /// Whose they are, for [`StateStore::list`].
    pub owner: Option<&'a str>,
}

/// An entry as [`StateStore::list`] finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Where it is.
    pub key: String,
    /// What is there.
    pub value: Vec<u8>,
}

/// A counter of a [`StateStore`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counter {
    /// The sum of all increments.
    pub count: i64,
    /// How long it still lives.
    pub ttl: Duration,
}
