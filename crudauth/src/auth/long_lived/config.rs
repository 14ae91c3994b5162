use std::time::Duration;

use crate::error::Mistakes;

/// How long a connection may stay open, and how often it is asked for.
#[derive(Debug, Clone)]
#[must_use]
pub struct ConnectionConfig {
    pub(super) check_every: Duration,
    pub(super) longest: Duration,
}

impl Default for ConnectionConfig {
    /// Every 30 seconds, and for 12 hours at most.
    fn default() -> Self {
        Self { check_every: Duration::from_secs(30), longest: Duration::from_secs(12 * 60 * 60) }
    }
}

impl ConnectionConfig {
    /// How often the store is asked whether the one who opened a connection may still have it. What
    /// happens to a user in this process is noticed within a second; this is for what other processes and
    /// the application's own SQL do. Each time is one read. Default: 30 seconds.
    pub fn check_every(mut self, interval: Duration) -> Self {
        self.check_every = interval;
        self
    }

    /// The longest life of a connection. Default: 12 hours.
    pub fn longest(mut self, life: Duration) -> Self {
        self.longest = life;
        self
    }

    pub(in crate::auth) fn check(&self, mistakes: &mut Mistakes) {
        for (setting, value) in [("check_every", self.check_every), ("longest", self.longest)] {
            if value.is_zero() {
                mistakes.add(format!(
                    "no connection would stay open with `ConnectionConfig::{setting}` at zero: \
                     raise it"
                ));
            }
        }
    }
}
