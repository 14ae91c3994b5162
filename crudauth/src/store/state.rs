//! The port to what expires.

use std::fmt::Debug;
use std::time::Duration;

use super::{StoreError, StoreFuture};

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

    /// Takes all of `steps` in their order: what ends a flow, in one write where the store can.
    /// Default: one operation after the other, each of them atomic by itself.
    fn clear<'a>(&'a self, steps: &'a [Clear<'a>]) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            for step in steps {
                match *step {
                    Clear::Key(key) => {
                        self.remove(key).await?;
                    }
                    Clear::Share { share, of } => give_back(self, share, of).await?,
                }
            }
            Ok(())
        })
    }
}

/// What [`Clear::Share`] means, in the operations that every store has.
async fn give_back<S: StateStore + ?Sized>(
    store: &S,
    share: &str,
    of: &str,
) -> Result<(), StoreError> {
    let Some(Counter { count, ttl }) = store.counter(share).await? else { return Ok(()) };
    if count <= 0 {
        return Ok(());
    }
    // Of several callers one claims it, who then has what to give back.
    if store.increment(share, -count, ttl).await?.count < 0 {
        store.increment(share, count, ttl).await?;
        return Ok(());
    }
    let Some(Counter { ttl, .. }) = store.counter(of).await? else { return Ok(()) };
    let left = store.increment(of, -count, ttl).await?.count;
    if left < 0 {
        store.increment(of, -left, ttl).await?;
    }
    Ok(())
}

/// One step of [`StateStore::clear`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clear<'a> {
    /// Removes what is under this key, an entry or a counter.
    Key(&'a str),
    /// Takes what one counter has counted from another, of which it is a share; never below zero,
    /// and from none that does not exist. The share is gone or zero afterwards. Of any number of
    /// parallel callers, one gives it back.
    Share {
        /// The counter of the share.
        share: &'a str,
        /// The counter that it is a share of.
        of: &'a str,
    },
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
