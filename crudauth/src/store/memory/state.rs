//! The state store in memory.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::expiring_map::{ExpiringMap, Item};
use crate::clock::Clock;
use crate::store::steps::{exceeded, own};
use crate::store::{
    Add, Batched, Counter, Entry, Listed, Place, StateStore, Step, StoreError, StoreFuture,
};

/// How many expired items of each kind one write removes for each item that it may add. With more
/// than one, the store stays about as large as its live items.
const PURGED_PER_WRITE: usize = 4;

/// A [`StateStore`] in the memory of this process: nothing survives a restart, and no second
/// process sees it.
///
/// It is for tests, and the simplest implementation of the port: each operation is a few lines
/// under one lock.
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
    maps: Mutex<Maps>,
}

struct Maps {
    entries: ExpiringMap<Box<[u8]>>,
    counters: ExpiringMap<i64>,
}

impl Maps {
    fn put(&mut self, key: &str, Entry { value, ttl, owner }: Entry<'_>, now: u64) {
        self.entries.insert(key, owner, value.into(), end_of(ttl, now));
    }

    fn counter(&self, key: &str, now: u64) -> Option<Counter> {
        self.counters.live(key, now).map(|item| counter(item, now))
    }

    fn remove(&mut self, key: &str, now: u64) -> bool {
        let entry = self.entries.remove(key).is_some_and(|(_, end)| end > now);
        let counter = self.counters.remove(key).is_some_and(|(_, end)| end > now);
        entry || counter
    }

    fn sum(&self, add: &Add<'_>, now: u64) -> Result<(i64, u64), StoreError> {
        let Add { key, by, ttl, extends, .. } = *add;
        let new_end = end_of(ttl, now);
        let Some(current) = self.counters.live(key, now) else { return Ok((by, new_end)) };
        let sum = current.value.checked_add(by);
        let ends_at = if extends { current.ends_at.max(new_end) } else { current.ends_at };
        Ok((sum.ok_or_else(|| StoreError::new("a counter is at its limit"))?, ends_at))
    }

    fn add(&mut self, add: &Add<'_>, now: u64) -> Result<Counter, StoreError> {
        let (count, ends_at) = self.sum(add, now)?;
        self.counters.insert(add.key, None, count, ends_at);
        Ok(Counter { count, ttl: left(ends_at, now) })
    }

    fn take_back(&mut self, share: Option<&str>, of: &[(&str, i64)], now: u64) {
        let shared = share.and_then(|share| self.counters.remove(share));
        let shared = shared.filter(|(_, end)| *end > now).map_or(0, |(sum, _)| sum.max(0));
        for (key, by) in of {
            let Some(current) = self.counters.live(key, now) else { continue };
            let taken = shared.saturating_add(*by).max(0);
            let left = current.value.saturating_sub(taken).max(current.value.min(0));
            let ends_at = current.ends_at;
            self.counters.insert(key, None, left, ends_at);
        }
    }

    fn batch(&mut self, steps: &[Step<'_>], now: u64) -> Result<Batched, StoreError> {
        let owned = own(steps);
        if let Some(exceeded) = exceeded(&owned, |key| self.counter(key, now)) {
            return Ok(Err(exceeded));
        }
        for step in steps {
            if let Step::Add(add) = step {
                self.sum(add, now)?;
            }
        }
        let mut made = Vec::with_capacity(steps.len());
        for step in steps {
            let mut counter = None;
            match step {
                Step::Add(add) => counter = Some(self.add(add, now)?),
                Step::TakeBack { share, of } => self.take_back(*share, of, now),
                Step::Remove(key) => drop(self.remove(key, now)),
                Step::Put(key, entry) => self.put(key, *entry, now),
            }
            made.push(counter);
        }
        Ok(Ok(made))
    }
}

impl MemoryState {
    /// An empty store that takes the time from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        let maps = Maps { entries: ExpiringMap::new(), counters: ExpiringMap::new() };
        Self { clock, maps: Mutex::new(maps) }
    }

    fn maps(&self) -> MutexGuard<'_, Maps> {
        // Nothing under the lock runs foreign code, so that a poisoned lock guards whole maps.
        self.maps.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read<T>(&self, operation: impl FnOnce(&Maps, u64) -> T) -> T {
        operation(&self.maps(), self.clock.now_ms())
    }

    /// Applies `read` to the live entry of `key` and its owner.
    pub(super) fn look_up<T>(
        &self,
        key: &str,
        read: impl FnOnce(&[u8], Option<&str>) -> Option<T>,
    ) -> Option<T> {
        self.read(|maps, now| {
            maps.entries.live(key, now).and_then(|item| read(&item.value, item.owner()))
        })
    }

    fn write<T>(&self, operation: impl FnOnce(&mut Maps, u64) -> T) -> T {
        self.write_up_to(1, operation)
    }

    /// As [`write`](Self::write), where up to `most` items are added.
    fn write_up_to<T>(&self, most: usize, operation: impl FnOnce(&mut Maps, u64) -> T) -> T {
        let mut maps = self.maps();
        let now = self.clock.now_ms();
        maps.entries.purge(now, PURGED_PER_WRITE.saturating_mul(most));
        maps.counters.purge(now, PURGED_PER_WRITE.saturating_mul(most));
        operation(&mut maps, now)
    }
}

impl fmt::Display for MemoryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the memory of this process")
    }
}

impl Place for MemoryState {}

impl StateStore for MemoryState {
    fn place(&self) -> Option<&dyn Place> {
        Some(self)
    }

    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            Ok(self.read(|maps, now| maps.entries.live(key, now).map(|item| item.value.to_vec())))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.write(|maps, now| maps.put(key, entry, now));
            Ok(())
        })
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            Ok(self.write(|maps, now| {
                let absent = maps.entries.live(key, now).is_none();
                if absent {
                    maps.put(key, entry, now);
                }
                absent
            }))
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            Ok(self.write(|maps, now| {
                maps.entries.live(key, now)?;
                maps.entries.remove(key).map(|(value, _)| value.into_vec())
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
            Ok(self.write(|maps, now| {
                let found = maps.entries.live(key, now);
                let matches = found.is_some_and(|item| *item.value == *expected);
                if matches {
                    maps.put(key, entry, now);
                }
                matches
            }))
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(async move { Ok(self.write(|maps, now| maps.remove(key, now))) })
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            Ok(self.read(|maps, now| {
                let entries = maps.entries.live_of_owner(owner, now);
                entries
                    .map(|(key, value)| Listed { key: key.to_owned(), value: value.to_vec() })
                    .collect()
            }))
        })
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(async move {
            let add = Add { key, by, ttl, extends: false, at_most: None };
            self.write(|maps, now| maps.add(&add, now))
        })
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        Box::pin(async move { self.write_up_to(steps.len(), |maps, now| maps.batch(steps, now)) })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(async move { Ok(self.read(|maps, now| maps.counter(key, now))) })
    }
}

impl fmt::Debug for MemoryState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let maps = self.maps();
        f.debug_struct("MemoryState")
            .field("entries", &maps.entries.len())
            .field("counters", &maps.counters.len())
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
    async fn expired_items_are_removed_by_later_writes() {
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
        let maps = store.maps();
        assert!(maps.entries.len() <= 20, "{} entries", maps.entries.len());
        assert!(maps.counters.len() <= 20, "{} counters", maps.counters.len());
    }

    #[tokio::test]
    async fn debug_shows_counts_and_no_contents() {
        let store = MemoryState::new(Arc::new(ManualClock::at_unix(1_700_000_000)));
        store.put("hidden-key", entry(b"hidden-value")).await.expect("put");
        let shown = format!("{store:?}");
        assert_eq!(shown, "MemoryState { entries: 1, counters: 0, .. }");
    }
}
