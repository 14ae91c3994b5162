//! The port to what expires.

use std::fmt::{self, Debug};
use std::time::Duration;

use super::{Place, StoreFuture};

/// Storage of what expires: sessions, one-time tokens, challenges, counters.
///
/// # Contract
///
/// - Keys are non-empty text without NUL, of any length; values are bytes of any kind.
/// - Every entry and every counter has a time to live. Past it, it does not exist: no operation
///   sees it, whether or not it has been purged yet. Time is the store's own.
/// - `put_if_absent`, `take`, `compare_and_swap`, `increment` and `batch` are atomic: of any number
///   of parallel callers, in any number of processes, exactly one wins.
/// - Entries and counters are separate: a counter never answers to [`get`](Self::get).
/// - An entry may have an owner, under which [`list`](Self::list) finds it.
/// - A store removes what has expired by itself, in bounded steps; it never grows without bound.
///
/// The conformance suite of the repository (`tests/src/conformance`) checks all of this for any
/// implementation.
pub trait StateStore: Debug + Send + Sync + 'static {
    /// Where it keeps what it is given. Default: `None`, a place of its own, which nobody opens or
    /// closes.
    fn place(&self) -> Option<&dyn Place> {
        None
    }

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

    /// Makes all of `steps`, or none of them where a bound of [`Step::Add`] forbids it: what a flow
    /// asks at one moment costs one operation, and one commit where the store has commits.
    ///
    /// - No two steps name the same key, so that their order means nothing.
    /// - Batches that write to a common counter are as if one came after the other, so that of any
    ///   number of parallel callers no more get below a bound than it has room for.
    /// - A batch that is refused has written nothing.
    ///
    /// A batch may span counters of an account, counters of the address of a client, and entries
    /// of one user. A store that spreads its keys over several servers must be able to keep all of
    /// them together.
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched>;
}

/// One step of [`StateStore::batch`].
#[derive(Debug, Clone)]
pub enum Step<'a> {
    /// Adds to a counter, as [`StateStore::increment`] does.
    Add(Add<'a>),
    /// Takes back from counters what was added, never below zero, and from none that does not
    /// exist. Their ends stay.
    TakeBack {
        /// A counter whose sum is taken from each of them. It is removed: of any number of
        /// parallel callers, one takes it back. One that is negative, has ended or is not there
        /// counts for nothing.
        share: Option<&'a str>,
        /// The counters, each with what is taken from it beside the share.
        of: Vec<(&'a str, i64)>,
    },
    /// Removes what is under this key, an entry or a counter.
    Remove(&'a str),
    /// Writes an entry, in place of what was there.
    Put(&'a str, Entry<'a>),
}

/// What [`Step::Add`] adds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Add<'a> {
    /// The counter.
    pub key: &'a str,
    /// How much; it may be negative.
    pub by: i64,
    /// How long the counter lives if it does not exist.
    pub ttl: Duration,
    /// Whether one that exists lives for `ttl` from now too, if that is longer than it would.
    pub extends: bool,
    /// The largest sum that is allowed. Beyond it the whole batch is refused.
    pub at_most: Option<i64>,
}

/// What [`StateStore::batch`] returns: for each step the counter that it has added to, and `None`
/// for the other steps; or why nothing was done.
pub type Batched = Result<Vec<Option<Counter>>, Exceeded>;

/// The bound that a batch did not keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exceeded {
    /// Which step it belongs to. Of several, the one that lasts the longest.
    pub step: usize,
    /// The counter as it stands. It is zero, and has the life that it would have had, where there
    /// is none.
    pub counter: Counter,
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

/// Without the value, which may be a secret.
impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Entry").field("ttl", &self.ttl).finish_non_exhaustive()
    }
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
