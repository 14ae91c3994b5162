//! Where time comes from.

use std::fmt::Debug;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The source of time for every expiry in crudauth.
///
/// The default is [`SystemClock`]. Tests use a [`ManualClock`], so that an expiry is reached by
/// moving the clock and not by sleeping.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> SystemTime;

    /// The present moment in whole milliseconds since the Unix epoch.
    fn now_ms(&self) -> u64 {
        let since_epoch = self.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since_epoch.as_millis()).unwrap_or(u64::MAX)
    }
}

/// The clock of the operating system.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// A clock that stands still until it is moved.
///
/// ```
/// use std::time::Duration;
/// use crudauth::clock::{Clock, ManualClock};
///
/// let clock = ManualClock::at_unix(1_700_000_000);
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now_ms(), 1_700_000_060_000);
/// ```
#[derive(Debug)]
pub struct ManualClock {
    unix_ms: AtomicU64,
}

impl ManualClock {
    /// A clock that shows `seconds` since the Unix epoch.
    #[must_use]
    pub fn at_unix(seconds: u64) -> Self {
        Self { unix_ms: AtomicU64::new(seconds.saturating_mul(1000)) }
    }

    /// Moves the clock forward by `step`, to the millisecond.
    pub fn advance(&self, step: Duration) {
        let step = u64::try_from(step.as_millis()).unwrap_or(u64::MAX);
        self.unix_ms.fetch_add(step, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.unix_ms.load(Ordering::SeqCst))
    }
}
