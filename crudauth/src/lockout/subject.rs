//! The subjects that the lockout counts, and their keys.

use std::fmt;
use std::time::Duration;

use super::LockoutConfig;
use super::budget::{Backoff, Budget};

/// One attempt to prove an identity.
///
/// The texts are opaque here and become parts of keys. Give keyed digests, so that the store shows
/// neither who tried nor from where.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The account that was named: by its id where there is one, so that all its names share one
    /// budget; by the name itself where there is none, so that an unknown name answers alike.
    pub account: &'a str,
    /// The networks that the attempt comes from, the narrowest first, each of them a part of the
    /// next. None where the address is unknown: what many unknown clients share would lock them all
    /// out.
    pub networks: &'a [String],
    /// What is known of the client.
    pub client: Client<'a>,
}

/// What is known of the client that makes an attempt.
#[derive(Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Client<'a> {
    /// Nothing.
    Unknown,
    /// It is a device that has logged in to **this** account before.
    Device(&'a str),
    /// It is signed in to this account, and its password is asked again.
    SignedIn,
}

impl fmt::Debug for Client<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unknown => "Unknown",
            Self::Device(_) => "Device",
            Self::SignedIn => "SignedIn",
        })
    }
}

impl fmt::Debug for Attempt<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attempt").field("client", &self.client).finish_non_exhaustive()
    }
}

/// A limit that an attempt has in addition to those of its account.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExtraLimit {
    name: &'static str,
    attempts: u32,
    time: Duration,
}

impl ExtraLimit {
    /// Of the sudo mode: so many attempts in a time, and then as long a lock.
    pub(crate) fn sudo(attempts: u32, time: Duration) -> Self {
        Self { name: "sudo", attempts, time }
    }
}

/// The failures in a row of one account.
#[derive(Debug, Clone)]
pub(super) struct Streak {
    pub(super) key: String,
    pub(super) limit: i64,
}

/// All that is counted of an account.
pub(super) struct Account<'a> {
    account: &'a str,
    config: &'a LockoutConfig,
}

impl<'a> Account<'a> {
    pub(super) fn new(account: &'a str, config: &'a LockoutConfig) -> Self {
        Self { account, config }
    }

    /// Everybody of whom nothing is known.
    pub(super) fn strangers(&self) -> Budget {
        self.budget("account", self.account, self.config.max_attempts)
    }

    /// All known devices and signed-in clients together.
    pub(super) fn known(&self) -> Budget {
        self.budget("known", self.account, self.config.of_all_known())
    }

    pub(super) fn device(&self, device: &str) -> Budget {
        let pair = pair_of(self.account, device);
        self.budget("device", &pair, self.config.max_attempts)
    }

    pub(super) fn signed_in(&self) -> Budget {
        self.budget("signed-in", self.account, self.config.max_attempts)
    }

    pub(super) fn extra(&self, extra: ExtraLimit) -> Budget {
        let ExtraLimit { name, attempts, time } = extra;
        let backoff = Backoff { base: time, cap: time, retention: Duration::ZERO };
        Budget::new(&format!("{name}:{}", self.account), attempts, time, backoff)
    }

    /// The failures in a row of strangers, or of those who are known: strangers cannot use up what
    /// is kept for these.
    pub(super) fn streak(&self, is_known: bool) -> Streak {
        let (kind, limit) = match is_known {
            true => ("known", self.config.in_a_row_of_known()),
            false => ("account", self.config.in_a_row_of_strangers()),
        };
        Streak { key: format!("lockout:row:{kind}:{}", self.account), limit: limit.into() }
    }

    fn budget(&self, kind: &str, name: &str, limit: u32) -> Budget {
        Budget::new(&format!("{kind}:{name}"), limit, self.config.window, self.config.backoff())
    }
}

/// The budgets of networks, each twice as wide as that of the network in it.
pub(super) fn networks(names: &[String], config: &LockoutConfig) -> Vec<Budget> {
    let backoff: Backoff = config.backoff();
    let budget = |(name, wider): (&String, u32)| {
        let limit = config.address_attempts.saturating_mul(2_u32.saturating_pow(wider));
        Budget::new(&format!("network:{name}"), limit, config.address_window, backoff)
    };
    names.iter().zip(0..).map(budget).collect()
}

/// The counter of what `account` has failed from `network`.
pub(super) fn share(account: &str, network: &str) -> String {
    format!("lockout:share:{}", pair_of(account, network))
}

/// Joins two texts such that no other two give the same.
fn pair_of(first: &str, second: &str) -> String {
    format!("{}:{first}:{second}", first.len())
}
