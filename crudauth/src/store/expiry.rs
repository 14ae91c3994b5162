//! Ends of life, in milliseconds since the Unix epoch.

use std::time::Duration;

use super::Counter;
use crate::clock::Clock;

pub(crate) fn now_ms(clock: &dyn Clock) -> i64 {
    i64::try_from(clock.now_ms()).unwrap_or(i64::MAX)
}

pub(crate) fn end_of(ttl: Duration, now: i64) -> i64 {
    now.saturating_add(i64::try_from(ttl.as_millis()).unwrap_or(i64::MAX))
}

pub(crate) fn counter((count, expires_at): (i64, i64), now: i64) -> Counter {
    let left = u64::try_from(expires_at.saturating_sub(now)).unwrap_or_default();
    Counter { count, ttl: Duration::from_millis(left) }
}
