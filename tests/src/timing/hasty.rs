use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crudauth::password::{Argon2id, HashError, Password, PasswordHash, PasswordHasher, Verdict};
use crudauth::store::{Batched, Counter, Entry, Listed, StateStore, Step, StoreFuture};

/// While it is set, the ports below leave out the work that only makes answers equal: they stand
/// in for a build of crudauth that does not do it. The library has no such switch.
#[derive(Debug, Clone, Default)]
pub(super) struct Haste(Arc<AtomicBool>);

impl Haste {
    pub(super) fn set(&self, hasty: bool) {
        self.0.store(hasty, Ordering::SeqCst);
    }

    fn is_set(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Argon2id of few but real computations.
#[derive(Debug)]
pub(super) struct Hasher {
    pub(super) inner: Argon2id,
    pub(super) haste: Haste,
}

impl Hasher {
    /// About a millisecond in all: well above what a request takes besides.
    const ROUNDS: usize = 32;
}

impl PasswordHasher for Hasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        if self.haste.is_set() {
            return Ok(self.inner.decoy().clone());
        }
        for _ in 1..Self::ROUNDS {
            let _ = self.inner.hash(password)?;
        }
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        if self.haste.is_set() {
            return Verdict::Mismatch;
        }
        for _ in 1..Self::ROUNDS {
            let _ = self.inner.verify(password, stored);
        }
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}

/// A store that does not write what nobody will read.
#[derive(Debug)]
pub(super) struct State {
    pub(super) inner: Arc<dyn StateStore>,
    pub(super) haste: Haste,
}

impl StateStore for State {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.inner.get(key)
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        if self.haste.is_set() {
            return Box::pin(std::future::ready(Ok(())));
        }
        self.inner.put(key, entry)
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        self.inner.put_if_absent(key, entry)
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        self.inner.take(key)
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        self.inner.compare_and_swap(key, expected, entry)
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        self.inner.remove(key)
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        self.inner.list(owner)
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        self.inner.increment(key, by, ttl)
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        self.inner.counter(key)
    }

    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        self.inner.batch(steps)
    }
}
