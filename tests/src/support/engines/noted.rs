//! State in memory whose keys are known, so that a test can look at all of it.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crudauth::clock::Clock;
use crudauth::store::memory::MemoryState;
use crudauth::store::{Batched, Counter, Entry, Listed, StateStore, Step, StoreFuture};

use super::Kept;

/// A [`MemoryState`] that notes every key under which something was written.
#[derive(Debug)]
pub struct Noted {
    state: MemoryState,
    keys: Mutex<BTreeSet<String>>,
}

impl Noted {
    pub(super) fn new(clock: Arc<dyn Clock>) -> Self {
        Self { state: MemoryState::new(clock), keys: Mutex::default() }
    }

    fn note(&self, key: &str) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if !keys.contains(key) {
            keys.insert(key.to_owned());
        }
    }

    fn keys(&self) -> BTreeSet<String> {
        self.keys.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) async fn entries(&self) -> Vec<Kept> {
        let mut entries = Vec::new();
        for key in self.keys() {
            let value = self.state.get(&key).await.expect("memory does not fail");
            entries.extend(value.map(|value| Kept { key, value, ends_at: None }));
        }
        entries
    }

    pub(super) async fn counters(&self) -> Vec<Kept> {
        let mut counters = Vec::new();
        for key in self.keys() {
            let counter = self.state.counter(&key).await.expect("memory does not fail");
            counters.extend(counter.map(|counter| Kept {
                key,
                value: counter.count.to_string().into_bytes(),
                ends_at: None,
            }));
        }
        counters
    }
}

impl StateStore for Noted {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.state.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        self.note(key);
        self.state.put(key, entry)
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        self.note(key);
        self.state.put_if_absent(key, entry)
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.state.take(key)
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        self.state.compare_and_swap(key, expected, entry)
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        self.state.remove(key)
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        self.state.list(owner)
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        self.note(key);
        self.state.increment(key, by, ttl)
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        self.state.counter(key)
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        for step in steps {
            match step {
                Step::Add(add) => self.note(add.key),
                Step::Put(key, _) => self.note(key),
                Step::TakeBack { .. } | Step::Remove(_) => {}
            }
        }
        self.state.batch(steps)
    }
}
