//! How patient the lockout is.

use std::time::Duration;

use super::Backoff;

/// What a successful login forgives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
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
    pub(super) max_failures: u32,
    pub(super) failures_kept: Duration,
    pub(super) address_attempts: u32,
    pub(super) address_window: Duration,
    pub(super) base: Duration,
    pub(super) cap: Duration,
    pub(super) retention: Duration,
    pub(super) on_success: OnSuccess,
}

impl Default for LockoutConfig {
    /// 5 attempts at an account in 60 seconds, and 100 failures in a row, remembered for 30 days; 100
    /// attempts from an address in 15 minutes; locks of 60 seconds, doubling up to an hour; the doubling
    /// is forgotten an hour after the last lock; a success clears all.
    fn default() -> Self {
        Self {
            max_attempts: 5,
            window: Duration::from_secs(60),
            max_failures: 100,
            failures_kept: Duration::from_secs(30 * 24 * 60 * 60),
            address_attempts: 100,
            address_window: Duration::from_secs(900),
            base: Duration::from_secs(60),
            cap: Duration::from_secs(3600),
            retention: Duration::from_secs(3600),
            on_success: OnSuccess::ClearAll,
        }
    }
}

impl LockoutConfig {
    /// How many attempts at an account, or by one of its known devices, reach the password check
    /// within the window. Its known devices together have three times as many. Default: 5.
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = attempts;
        self
    }

    /// How long attempts are counted together, from the first of them. Default: 60 seconds.
    pub fn window(mut self, window: Duration) -> Self {
        self.window = window;
        self
    }

    /// How many attempts at an account may fail since its last success, for ever so patient a
    /// guesser. A quarter of them is kept for known devices and signed-in clients. NIST SP 800-63B-4
    /// allows 100. Default: 100.
    pub fn max_failures(mut self, failures: u32) -> Self {
        self.max_failures = failures;
        self
    }

    /// How long failures in a row are remembered, from the last of them, and how long strangers are
    /// refused after too many. Fewer in a row than [`max_attempts`](Self::max_attempts) are forgotten
    /// after a day. Default: 30 days.
    pub fn failures_kept(mut self, kept: Duration) -> Self {
        self.failures_kept = kept;
        self
    }

    /// How many attempts from one address reach the password check within
    /// [`address_window`](Self::address_window): an office may be behind it. A /56 of IPv6 has twice
    /// as many as a /64, and a /48 four times as many. Default: 100.
    pub fn address_attempts(mut self, attempts: u32) -> Self {
        self.address_attempts = attempts;
        self
    }

    /// How long attempts from one address are counted together. Default: 15 minutes.
    pub fn address_window(mut self, window: Duration) -> Self {
        self.address_window = window;
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

    /// What all known devices and signed-in clients of an account have together in a window.
    pub(super) fn of_all_known(&self) -> u32 {
        self.max_attempts.saturating_mul(3)
    }

    pub(super) fn in_a_row_of_known(&self) -> u32 {
        (self.max_failures / 4).max(1)
    }

    pub(super) fn in_a_row_of_strangers(&self) -> u32 {
        self.max_failures.saturating_sub(self.in_a_row_of_known())
    }

    pub(super) fn backoff(&self) -> Backoff {
        Backoff { base: self.base, cap: self.cap, retention: self.retention }
    }

    /// What contradicts itself in these settings.
    pub(crate) fn mistakes(&self) -> Vec<LockoutConfigError> {
        // A store keeps time to the millisecond: less is nothing to it.
        let is_zero = [
            ("max_attempts", self.max_attempts == 0),
            ("address_attempts", self.address_attempts == 0),
            ("window", self.window.as_millis() == 0),
            ("failures_kept", self.failures_kept.as_millis() == 0),
            ("address_window", self.address_window.as_millis() == 0),
            ("base", self.base.as_millis() == 0),
            ("cap", self.cap.as_millis() == 0),
            ("retention", self.retention.as_millis() == 0),
        ];
        let zeros = is_zero.into_iter().filter(|(_, is_zero)| *is_zero);
        let mut mistakes: Vec<_> =
            zeros.map(|(setting, _)| LockoutConfigError::Zero { setting }).collect();
        if self.in_a_row_of_strangers() < self.max_attempts {
            mistakes.push(LockoutConfigError::TooFewInARow {
                max_attempts: self.max_attempts,
                max_failures: self.max_failures,
            });
        }
        if self.base > self.cap {
            mistakes.push(LockoutConfigError::BaseAboveCap { base: self.base, cap: self.cap });
        }
        mistakes
    }
}

/// The settings of a lockout contradict themselves. The message names the setting.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum LockoutConfigError {
    /// A setting is zero, or a time is less than a millisecond.
    #[error("the lockout's `{setting}` is zero; give it a positive value")]
    Zero {
        /// The name of the setting.
        setting: &'static str,
    },
    /// Of the failures in a row, strangers have three quarters: fewer than one window has.
    #[error(
        "the lockout's `max_failures` ({max_failures}) leaves strangers, who have three quarters \
         of it, fewer failures in a row than its `max_attempts` ({max_attempts}) allows at once; \
         raise `max_failures` or lower `max_attempts`"
    )]
    TooFewInARow {
        /// The setting `max_attempts`.
        max_attempts: u32,
        /// The setting `max_failures`.
        max_failures: u32,
    },
    /// The first lock would last longer than any lock may.
    #[error(
        "the lockout's `base` ({base:?}) is above its `cap` ({cap:?}); lower `base` or raise `cap`"
    )]
    BaseAboveCap {
        /// The setting `base`.
        base: Duration,
        /// The setting `cap`.
        cap: Duration,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_doubles_up_to_the_cap_and_never_overflows() {
        let config = LockoutConfig::default();
        let seconds: Vec<_> =
            (0..8).map(|rounds| config.backoff().wait(rounds).as_secs()).collect();
        assert_eq!(seconds, [60, 120, 240, 480, 960, 1920, 3600, 3600]);
        assert_eq!(config.backoff().wait(u32::MAX), config.cap);
        let endless = config.base(Duration::MAX).cap(Duration::MAX);
        assert_eq!(endless.backoff().wait(1), Duration::MAX);
    }

    #[test]
    fn an_error_names_the_setting() {
        let none = Duration::ZERO;
        let short = Duration::from_micros(999);
        let valid = LockoutConfig::default;
        assert_eq!(valid().mistakes(), []);
        assert_eq!(valid().base(Duration::from_secs(3600)).mistakes(), []);
        let cases = [
            (valid().max_attempts(0), "`max_attempts`"),
            (valid().address_attempts(0), "`address_attempts`"),
            (valid().address_window(none), "`address_window`"),
            (valid().failures_kept(none), "`failures_kept`"),
            (valid().max_attempts(76), "`max_failures` (100)"),
            (valid().max_failures(0), "`max_failures` (0)"),
            (valid().window(none), "`window`"),
            (valid().base(short), "`base`"),
            (valid().base(none).cap(none), "`base`"),
            (valid().cap(none), "`cap`"),
            (valid().retention(none), "`retention`"),
            (valid().base(Duration::from_secs(3601)), "`base` (3601s) is above its `cap` (3600s)"),
        ];
        for (config, name) in cases {
            let mistakes = config.mistakes();
            let is_named = mistakes.iter().any(|mistake| mistake.to_string().contains(name));
            assert!(is_named, "{name}: {mistakes:?}");
        }
    }
}
