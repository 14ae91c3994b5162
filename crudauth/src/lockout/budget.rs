//! Budgets of attempts, and their counters.

use std::time::Duration;

use crate::store::{Add, Step};

/// Added to the count of attempts while a budget is locked. It is larger than any limit.
const LOCKED: i64 = 1 << 40;

/// The attempts of one subject in a window. The subject is locked when they have failed.
#[derive(Debug, Clone)]
pub(super) struct Budget {
    /// The counter of attempts: of those under way, and of those that have failed. It lives for the
    /// window, or for the lock.
    pub(super) tries: String,
    /// The counter of attempts that have failed.
    pub(super) failed: String,
    /// The counter of locks.
    pub(super) rounds: String,
    pub(super) limit: i64,
    pub(super) window: Duration,
    pub(super) backoff: Backoff,
}

/// How long the locks of a budget are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Backoff {
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) retention: Duration,
}

impl Backoff {
    /// The length of the lock after `rounds` earlier ones.
    pub(super) fn wait(self, rounds: u32) -> Duration {
        let doubled = 2_u32.checked_pow(rounds).and_then(|factor| self.base.checked_mul(factor));
        doubled.map_or(self.cap, |wait| wait.min(self.cap))
    }
}

impl Budget {
    pub(super) fn new(name: &str, limit: u32, window: Duration, backoff: Backoff) -> Self {
        Self {
            tries: format!("lockout:tries:{name}"),
            failed: format!("lockout:failed:{name}"),
            rounds: format!("lockout:rounds:{name}"),
            limit: limit.into(),
            window,
            backoff,
        }
    }

    /// Counts an attempt that is under way: as one that has failed, until it is taken back.
    pub(super) fn reserve(&self, is_bound: bool) -> Step<'_> {
        let at_most = is_bound.then_some(self.limit);
        let (key, ttl) = (&*self.tries, self.window);
        Step::Add(Add { key, by: 1, ttl, extends: false, at_most })
    }

    /// Counts an attempt that has failed.
    pub(super) fn fail(&self) -> Step<'_> {
        let (key, ttl) = (&*self.failed, self.window);
        Step::Add(Add { key, by: 1, ttl, extends: false, at_most: None })
    }

    /// Locks for `wait`, and begins the next round.
    pub(super) fn lock(&self, wait: Duration) -> [Step<'_>; 3] {
        let remembered = wait.saturating_add(self.backoff.retention);
        let add = |key, by, ttl| Step::Add(Add { key, by, ttl, extends: true, at_most: None });
        [
            add(&self.tries, LOCKED, wait),
            add(&self.rounds, 1, remembered),
            Step::Remove(&self.failed),
        ]
    }

    /// Takes back an attempt that was right, and those that have failed before it.
    pub(super) fn clear(&self) -> [Step<'_>; 2] {
        let of = vec![(&*self.tries, 1)];
        [Step::TakeBack { share: Some(&self.failed), of }, Step::Remove(&self.rounds)]
    }

    /// Forgets all, a lock too.
    pub(super) fn forget(&self) -> [Step<'_>; 3] {
        [Step::Remove(&self.tries), Step::Remove(&self.failed), Step::Remove(&self.rounds)]
    }
}

/// Whether a count of attempts is that of a locked budget.
pub(super) fn is_locked(tries: i64) -> bool {
    tries >= LOCKED / 2
}
