//! The state store in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::shelf::{Item, Shelf};
use crate::clock::Clock;
use crate::store::{Clear, Counter, Entry, Listed, StateStore, StoreError, StoreFuture};

/// How many expired items one write removes. Each write adds at most one item, so that with more
/// than one removed the store cannot grow beyond what is alive.
const PURGED_PER_WRITE: usize = 4;

/// A [`StateStore`] in the memory of this process: nothing survives a restart, and no second
/// process sees it.
///
/// For tests, and for the reader who wants to know what the port means: each operation is a few
/// plain lines under one lock.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// # use crudauth::clock::ManualClock;
/// # use crudauth::store::{memory::MemoryState, Entry, StateStore, StoreError};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
/// let store = MemoryState::new(clock.clone());
/// let ttl = Duration::from_secs(60);
/// store.put("greeting", Entry { value: b"hello", ttl, owner: None }).await?;
/// assert_eq!(store.get("greeting").await?, Some(b"hello".to_vec()));
/// clock.advance(ttl);
/// assert_eq!(store.get("greeting").await?, None);
/// # Ok(())
/// # }
/// ```
pub struct MemoryState {
    clock: Arc<dyn Clock>,
    shelves: Mutex<Shelves>,
}

struct Shelves {
    entries: Shelf<Box<[u8]>>,
    counters: Shelf<i64>,
}

impl Shelves {
    fn put(&mut self, key: &str, Entry { value, ttl, owner }: Entry<'_>, now: u64) {
        self.entries.insert(key, owner, value.into(), end_of(ttl, now));
    }

    fn give_back(&mut self, share: &str, of: &str, now: u64) {
        let Some((counted, end)) = self.counters.remove(share) else { return };
        if let Some(whole) = self.counters.live(of, now).filter(|_| counted > 0 && end > now) {
            let (left, ends_at) = (whole.value.saturating_sub(counted).max(0), whole.ends_at);
            self.counters.insert(of, None, left, ends_at);
        }
    }
}

impl MemoryState {
    /// An empty store that takes the time from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let shelves = Shelves { entries: Shelf::new(), counters: Shelf::new() };
        Self { clock, shelves: Mutex::new(shelves) }
    }

    fn shelves(&self) -> MutexGuard<'_, Shelves> {
        // Nothing under the lock runs foreign code, so that a poisoned lock guards whole shelves.
        self.shelves.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, operation: impl FnOnce(&Shelves, u64) -> T) -> T {
        operation(&self.shelves(), self.clock.now_ms())
    }

    /// What `read` makes of the live entry under `key` and its owner.
    pub(super) fn look_up<T>(
        &self,
        key: &str,
        read: impl FnOnce(&[u8], Option<&str>) -> Option<T>,
    ) -> Option<T> {
        self.read(|shelves, now| {
            shelves.entries.live(key, now).and_then(|item| read(&item.value, item.owner()))
        })
    }

    fn write<T>(&self, operation: impl FnOnce(&mut Shelves, u64) -> T) -> T {
        let mut shelves = self.shelves();
        let now = self.clock.now_ms();
        shelves.entries.purge(now, PURGED_PER_WRITE);
        shelves.counters.purge(now, PURGED_PER_WRITE);
        operation(&mut shelves, now)
    }
}

impl StateStore for MemoryState {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            Ok(self.read(|shelves, now| {
                shelves.entries.live(key, now).map(|item| item.value.to_vec())
            }))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.write(|shelves, now| shelves.put(key, entry, now));
            Ok(())
        })
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            Ok(self.write(|shelves, now| {
                let absent = shelves.entries.live(key, now).is_none();
                if absent {
                    shelves.put(key, entry, now);
                }
                absent
            }))
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            Ok(self.write(|shelves, now| {
                shelves.entries.live(key, now)?;
                shelves.entries.remove(key).map(|(value, _)| value.into_vec())
            }))
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            Ok(self.write(|shelves, now| {
                let found = shelves.entries.live(key, now);
                let matches = found.is_some_and(|item| *item.value == *expected);
                if matches {
                    shelves.put(key, entry, now);
                }
                matches
            }))
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            Ok(self.write(|shelves, now| {
                let entry = shelves.entries.remove(key).is_some_and(|(_, end)| end > now);
                let counter = shelves.counters.remove(key).is_some_and(|(_, end)| end > now);
                entry || counter
            }))
        })
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            Ok(self.read(|shelves, now| {
                let entries = shelves.entries.live_of_owner(owner, now);
                entries
                    .map(|(key, value)| Listed { key: key.to_owned(), value: value.to_vec() })
                    .collect()
            }))
        })
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(async move {
            self.write(|shelves, now| {
                let standing = shelves.counters.live(key, now);
                let (count, ends_at) = match standing.map(|item| (item.value, item.ends_at)) {
                    Some((count, ends_at)) => {
                        let sum = count.checked_add(by);
                        (sum.ok_or_else(|| StoreError::new("a counter is at its limit"))?, ends_at)
                    }
                    None => (by, end_of(ttl, now)),
                };
                shelves.counters.insert(key, None, count, ends_at);
                Ok(Counter { count, ttl: left(ends_at, now) })
            })
        })
    }

    fn clear<'a>(&'a self, steps: &'a [Clear<'a>]) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.write(|shelves, now| {
                for step in steps {
                    match *step {
                        Clear::Key(key) => {
                            shelves.entries.remove(key);
                            shelves.counters.remove(key);
                        }
                        Clear::Share { share, of } => shelves.give_back(share, of, now),
                    }
                }
            });
            Ok(())
        })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(async move {
            Ok(self.read(|shelves, now| {
                shelves.counters.live(key, now).map(|item| counter(item, now))
            }))
        })
    }
}

impl fmt::Debug for MemoryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shelves = self.shelves();
        f.debug_struct("MemoryState")
            .field("entries", &shelves.entries.len())
            .field("counters", &shelves.counters.len())
            .finish_non_exhaustive()
    }
}

fn counter(item: &Item<i64>, now: u64) -> Counter {
    Counter { count: item.value, ttl: left(item.ends_at, now) }
}

fn left(ends_at: u64, now: u64) -> Duration {
    Duration::from_millis(ends_at.saturating_sub(now))
}

fn end_of(ttl: Duration, now: u64) -> u64 {
    now.saturating_add(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    fn entry(value: &[u8]) -> Entry<'_> {
        Entry { value, ttl: Duration::from_secs(1), owner: Some("owner") }
    }

    #[tokio::test]
    async fn what_has_expired_is_removed_by_later_writes() {
        let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
        let store = MemoryState::new(clock.clone());
        for round in 0..100 {
            for number in 0..10 {
                let key = format!("{round}-{number}");
                store.put(&key, entry(b"v")).await.expect("put");
                store.increment(&key, 1, Duration::from_secs(1)).await.expect("increment");
            }
            clock.advance(Duration::from_secs(1));
        }
        let shelves = store.shelves();
        assert!(shelves.entries.len() <= 20, "{} entries", shelves.entries.len());
        assert!(shelves.counters.len() <= 20, "{} counters", shelves.counters.len());
    }

    #[tokio::test]
    async fn its_debug_form_has_counts_and_no_contents() {
        let store = MemoryState::new(Arc::new(ManualClock::at_unix(1_700_000_000)));
        store.put("hidden-key", entry(b"hidden-value")).await.expect("put");
        let shown = format!("{store:?}");
        assert_eq!(shown, "MemoryState { entries: 1, counters: 0, .. }");
    }
}
