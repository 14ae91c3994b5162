//! A store that counts its operations, and can fail or let others go first.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use crate::store::memory::MemoryState;
use crate::store::{Batched, Counter, Entry, Listed, StateStore, Step, StoreError, StoreFuture};

#[derive(Debug)]
pub(super) struct Watched {
    store: MemoryState,
    operations: AtomicUsize,
    works_for: usize,
    /// The state of a generator of random numbers; zero never yields.
    random: AtomicU64,
}

impl Watched {
    pub(super) fn new(store: MemoryState) -> Self {
        Self { store, operations: 0.into(), works_for: usize::MAX, random: 0.into() }
    }

    pub(super) fn failing_after(mut self, operations: usize) -> Self {
        self.works_for = operations;
        self
    }

    pub(super) fn interleaving(mut self, seed: u64) -> Self {
        self.random = (seed | 1).into();
        self
    }

    /// How many operations there were since the last call.
    pub(super) fn operations(&self) -> usize {
        self.operations.swap(0, Ordering::SeqCst)
    }

    /// How many entries and counters there are, in the words of the store.
    pub(super) fn contents(&self) -> String {
        format!("{:?}", self.store)
    }

    fn watch<'a, T: 'a>(&'a self, operation: StoreFuture<'a, T>) -> StoreFuture<'a, T> {
        Box::pin(async move {
            for _ in 0..self.next_random() % 8 {
                tokio::task::yield_now().await;
            }
            if self.operations.fetch_add(1, Ordering::SeqCst) >= self.works_for {
                return Err(StoreError::new("broken on purpose"));
            }
            operation.await
        })
    }

    /// The xorshift generator, whose state zero stays zero.
    fn next_random(&self) -> u64 {
        let step = |mut state: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^ (state << 17)
        };
        let next = step(self.random.load(Ordering::SeqCst));
        self.random.store(next, Ordering::SeqCst);
        next >> 32
    }
}

impl StateStore for Watched {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.watch(self.store.get(key))
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        self.watch(self.store.put(key, entry))
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        self.watch(self.store.put_if_absent(key, entry))
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.watch(self.store.take(key))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        self.watch(self.store.compare_and_swap(key, expected, entry))
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        self.watch(self.store.remove(key))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        self.watch(self.store.list(owner))
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        self.watch(self.store.increment(key, by, ttl))
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        self.watch(self.store.counter(key))
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        self.watch(self.store.batch(steps))
    }
}
