//! Whom the lockout counts, and under which keys.

use std::fmt;

/// One try to prove who one is.
///
/// The texts are opaque here and become parts of keys. Give keyed digests, so that the store shows
/// neither who tried nor from where, and so that no text contains NUL.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The account that was named: by its id where there is one, so that all its names share one
    /// budget; by the name itself where there is none, so that an unknown name answers alike.
    pub account: &'a str,
    /// Where the attempt came from; `None` where that is unknown, and then no address is counted:
    /// what many unknown clients share would lock them all out.
    pub address: Option<&'a str>,
    /// The device, if it is known to have logged in to **this** account before.
    pub device: Option<&'a str>,
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt")
            .field("from_known_device", &self.device.is_some())
            .finish_non_exhaustive()
    }
}

/// One who has a budget and can be locked.
pub(super) struct Subject {
    name: String,
}

impl Subject {
    pub(super) fn account(account: &str) -> Self {
        Self { name: format!("account:{account}") }
    }

    pub(super) fn address(address: &str) -> Self {
        Self { name: format!("address:{address}") }
    }

    pub(super) fn device(account: &str, device: &str) -> Self {
        Self { name: format!("device:{}", pair_of(account, device)) }
    }

    /// The counter of attempts; it lives for the window.
    pub(super) fn count(&self) -> String {
        format!("lockout:count:{}", self.name)
    }

    /// The counter that exists while the subject is locked; its time to live is the wait.
    pub(super) fn lock(&self) -> String {
        format!("lockout:lock:{}", self.name)
    }

    /// The entry with the number of locks so far.
    pub(super) fn rounds(&self) -> String {
        format!("lockout:rounds:{}", self.name)
    }
}

/// The counter of what `account` added to the counter of `address`.
pub(super) fn share(account: &str, address: &str) -> String {
    format!("lockout:share:{}", pair_of(account, address))
}

/// Joins two texts such that no other two give the same.
fn pair_of(first: &str, second: &str) -> String {
    format!("{}:{first}:{second}", first.len())
}
