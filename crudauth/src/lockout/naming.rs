//! How users, names and addresses are called in the lockout of sign-ins.

use super::Lockout;
use crate::secret::{Digest, Digester, SecretKey};
use crate::store::StoreError;

/// Names subjects by keyed digests, so that the store shows neither who tried nor from where.
#[derive(Debug, Clone)]
pub(crate) struct Naming(Digester);

impl Naming {
    pub(crate) fn new(key: &SecretKey) -> Self {
        Self(key.own_digester("lockout"))
    }

    /// The account with the primary key `id`.
    pub(crate) fn account(&self, id: &str) -> String {
        self.digest("account", id).to_hex()
    }

    /// A name that somebody typed.
    pub(crate) fn name(&self, typed: &str) -> Digest {
        self.digest("name", typed)
    }

    /// The address that somebody comes from.
    pub(crate) fn address(&self, address: &str) -> String {
        self.digest("address", address).to_hex()
    }

    fn digest(&self, kind: &str, name: &str) -> Digest {
        self.0.digest(format!("{kind}\0{name}").as_bytes())
    }
}

/// Lifts the lockout of users who have proved by another way than the password to be it.
#[derive(Debug, Clone)]
pub(crate) struct Unlock {
    pub(crate) lockout: Lockout,
    pub(crate) naming: Naming,
}

impl Unlock {
    /// Unlocks the account with the primary key `id`. The locks of addresses and of known devices
    /// stay: they are not about this account alone, or not in its owner's way.
    pub(crate) async fn user(&self, id: &str) -> Result<(), StoreError> {
        self.lockout.unlock(&self.naming.account(id)).await
    }
}
