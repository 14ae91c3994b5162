use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::password::{Argon2id, HashError, Password, PasswordHash, PasswordHasher, Verdict};

/// A fast hasher that counts what it computes. Clones share the count.
#[derive(Debug, Clone)]
pub struct CountingHasher {
    inner: Arc<Argon2id>,
    computed: Arc<AtomicUsize>,
}

impl Default for CountingHasher {
    fn default() -> Self {
        Self::of(Argon2id::insecure_and_fast_for_tests())
    }
}

impl CountingHasher {
    /// Counts what `inner` computes.
    #[must_use]
    pub fn of(inner: Argon2id) -> Self {
        Self { inner: Arc::new(inner), computed: Arc::default() }
    }

    /// How many hashes have been computed, to store or to verify.
    #[must_use]
    pub fn computed(&self) -> usize {
        self.computed.load(Ordering::SeqCst)
    }
}

impl PasswordHasher for CountingHasher {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.computed.fetch_add(1, Ordering::SeqCst);
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        self.computed.fetch_add(1, Ordering::SeqCst);
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}
