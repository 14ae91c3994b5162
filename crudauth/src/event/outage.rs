//! What a decision needs, and that it is away.

use std::sync::atomic::{AtomicU64, Ordering};

use super::{Events, Needed, RequestInfo, SecurityEvent};

/// How long an outage that has been told is not told again, in milliseconds.
const QUIET: u64 = 60_000;

/// When the outage of each thing was told last, in milliseconds since the Unix epoch; zero where it
/// never was.
#[derive(Debug, Default)]
pub(super) struct Told([AtomicU64; Needed::ALL.len()]);

impl Told {
    /// Whether an outage of `needed` is news at `now`: told once a minute, however many requests
    /// meet it.
    fn is_news(&self, needed: Needed, now: u64) -> bool {
        let Some(told) = self.0.get(needed as usize) else { return true };
        let news = |last: u64| (last == 0 || now.saturating_sub(last) >= QUIET).then_some(now);
        told.fetch_update(Ordering::Relaxed, Ordering::Relaxed, news).is_ok()
    }
}

impl Events {
    /// Tells that what a decision needs is away, and whether the decision was to refuse.
    pub(crate) fn outage(&self, needed: Needed, refused: bool) {
        if self.inner.told.is_news(needed, self.inner.clock.now_ms()) {
            self.emit(RequestInfo::NONE, SecurityEvent::Outage { needed, refused });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_outage_is_told_once_a_minute_for_each_thing() {
        let told = Told::default();
        let start = 1_800_000_000_000;
        assert!(told.is_news(Needed::Lockout, start));
        assert!(!told.is_news(Needed::Lockout, start + QUIET - 1));
        assert!(told.is_news(Needed::BreachCheck, start + 1), "another thing");
        assert!(told.is_news(Needed::Lockout, start + QUIET));
        assert!(!told.is_news(Needed::Lockout, start), "a clock that goes back");
    }
}
