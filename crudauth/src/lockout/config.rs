//! How patient the lockout is.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What a successful login forgives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnSuccess {
    /// The account's failures, and this account's share in the failures of the address. The
    /// failures that the same address had with other accounts still count.
    #[default]
    ClearAll,
    /// The account's failures only.
    ClearUserOnly,
}

/// The settings of a [`Lockout`](super::Lockout).
///
/// ```
/// use std::time::Duration;
/// use crudauth::lockout::LockoutConfig;
///
/// let config = LockoutConfig::default().max_attempts(10).window(Duration::from_secs(300));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct LockoutConfig {
    pub(super) max_attempts: u32,
    pub(super) window: Duration,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) retention: Duration,
    pub(super) on_success: OnSuccess,
}

impl Default for LockoutConfig {
    /// 5 attempts in 60 seconds; locks of 60 seconds, doubling up to an hour; the doubling is
    /// forgotten an hour after the last lock; a success clears all.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            window: Duration::from_secs(60),
            base: Duration::from_secs(60),
            cap: Duration::from_secs(3600),
            retention: Duration::from_secs(3600),
            on_success: OnSuccess::ClearAll,
        }
    }
}

impl LockoutConfig {
    /// How many attempts within the window reach the password check. Default: 5.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long attempts are counted together, from the first of them. Default: 60 seconds.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How long the first lock lasts; each later one lasts twice as long. Default: 60 seconds.
    pub fn base(mut self, base: Duration) -> Self {
        self.base = base;
        self
    }

    /// How long a lock lasts at most. Default: one hour.
    pub fn cap(mut self, cap: Duration) -> Self {
        self.cap = cap;
        self
    }

    /// How long after the end of a lock the next one is still twice as long. Default: one hour.
    pub fn retention(mut self, retention: Duration) -> Self {
        self.retention = retention;
        self
    }

    /// What a successful login forgives. Default: [`OnSuccess::ClearAll`].
    pub fn on_success(mut self, on_success: OnSuccess) -> Self {
        self.on_success = on_success;
        self
    }

    pub(super) fn check(&self) -> Result<(), LockoutConfigError> {
        if self.max_attempts == 0 {
            return Err(LockoutConfigError::Zero { setting: "max_attempts" });
        }
        let times = [
            ("window", self.window),
            ("base", self.base),
            ("cap", self.cap),
            ("retention", self.retention),
        ];
        // A store keeps time to the millisecond: less is nothing to it.
        if let Some((setting, _)) = times.iter().find(|(_, time)| time.as_millis() == 0) {
            return Err(LockoutConfigError::Zero { setting });
        }
        if self.base > self.cap {
            return Err(LockoutConfigError::BaseAboveCap { base: self.base, cap: self.cap });
        }
        Ok(())
    }

    /// The length of the lock after `rounds` earlier ones.
    pub(super) fn wait(&self, rounds: u32) -> Duration {
        let doubled = 2_u32.checked_pow(rounds).and_then(|factor| self.base.checked_mul(factor));
        doubled.map_or(self.cap, |wait| wait.min(self.cap))
    }
}

/// The settings of a lockout contradict themselves. The message names the setting.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LockoutConfigError {
    /// A setting is zero, or a time is less than a millisecond.
    Zero {
        /// The name of the setting.
        setting: &'static str,
    },
    /// The first lock would last longer than any lock may.
    BaseAboveCap {
        /// The setting `base`.
        base: Duration,
        /// The setting `cap`.
        cap: Duration,
    },
}

impl fmt::Display for LockoutConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Zero { setting } => {
                write!(f, "the lockout's `{setting}` is zero; give it a positive value")
            }
            Self::BaseAboveCap { base, cap } => write!(
                f,
                "the lockout's `base` ({base:?}) is above its `cap` ({cap:?}); lower `base` or \
                 raise `cap`"
            ),
        }
    }
}

impl Error for LockoutConfigError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_cap_and_never_overflows() {
        let config = LockoutConfig::default();
        let seconds: Vec<_> = (0..8).map(|rounds| config.wait(rounds).as_secs()).collect();
        assert_eq!(seconds, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(config.wait(u32::MAX), config.cap);
        let endless = config.base(Duration::MAX).cap(Duration::MAX);
        assert_eq!(endless.wait(1), Duration::MAX);
    }

    #[test]
    fn an_error_names_the_setting() {
        let none = Duration::ZERO;
        let short = Duration::from_micros(999);
        let valid = LockoutConfig::default;
        assert_eq!(valid().check(), Ok(()));
        assert_eq!(valid().base(Duration::from_secs(3600)).check(), Ok(()));
        let cases = [
            (valid().max_attempts(0), "`max_attempts`"),
            (valid().window(none), "`window`"),
            (valid().base(short), "`base`"),
            (valid().base(none).cap(none), "`base`"),
            (valid().cap(none), "`cap`"),
            (valid().retention(none), "`retention`"),
            (valid().base(Duration::from_secs(3601)), "`base` (3601s) is above its `cap` (3600s)"),
        ];
        for (config, name) in cases {
            let message = config.check().expect_err(name).to_string();
            assert!(message.contains(name), "{message}");
        }
    }
}
