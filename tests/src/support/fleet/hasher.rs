use std::thread::sleep;
use std::time::Duration;

use crudauth::password::{Argon2id, HashError, Password, PasswordHash, PasswordHasher, Verdict};

/// A hasher that takes its time and costs nothing, so that clients can hang up while it is at work.
#[derive(Debug)]
pub(super) struct Slow {
    inner: Argon2id,
    takes: Duration,
}

impl Slow {
    pub(super) fn by(takes: Duration) -> Self {
        Self { inner: Argon2id::insecure_and_fast_for_tests(), takes }
    }
}

impl PasswordHasher for Slow {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        sleep(self.takes);
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        sleep(self.takes);
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}
