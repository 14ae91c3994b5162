//! What to do about hashes that take long because nothing was optimized.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Beyond this, somebody who signs in notices. An optimized build takes a tenth of it.
const NOTICED: Duration = Duration::from_millis(300);

/// The lines for the hashes that users bring along from other systems.
const OF_OTHER_SYSTEMS: &str = if cfg!(feature = "legacy-hashes") {
    "\n[profile.dev.package.bcrypt]\nopt-level = 3\n[profile.dev.package.blowfish]\nopt-level = 3"
} else {
    ""
};

/// Says once that a debug build hashes slowly, and how to mend it. A release build measures
/// nothing.
#[derive(Debug)]
pub(super) struct SlowBuild {
    noticed: Duration,
    told: AtomicBool,
}

impl Default for SlowBuild {
    fn default() -> Self {
        Self { noticed: NOTICED, told: AtomicBool::new(false) }
    }
}

impl SlowBuild {
    /// What `hash` gives.
    pub(super) fn watch<T>(&self, hash: impl FnOnce() -> T) -> T {
        if !cfg!(debug_assertions) || self.told.load(Ordering::Relaxed) {
            return hash();
        }
        let begin = Instant::now();
        let hashed = hash();
        let took = begin.elapsed();
        if took > self.noticed && !self.told.swap(true, Ordering::Relaxed) {
            let took = took.as_millis();
            tracing::warn!(
                "a password hash took {took} ms: the dependencies of a debug build are not optimized, \
                 unless these lines are in the `Cargo.toml` of the workspace:\n\
                 [profile.dev.package.argon2]\n\
                 opt-level = 3\n\
                 [profile.dev.package.blake2]\n\
                 opt-level = 3{OF_OTHER_SYSTEMS}"
            );
        }
        hashed
    }

    #[cfg(test)]
    pub(super) fn has_told(&self) -> bool {
        self.told.load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(super) fn beyond(noticed: Duration) -> Self {
        Self { noticed, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_tells_once_and_only_of_what_took_too_long() {
        let quick = SlowBuild::default();
        assert_eq!(quick.watch(|| 7), 7);
        assert!(!quick.has_told());
        let slow = SlowBuild::beyond(Duration::ZERO);
        assert_eq!(slow.watch(|| 7), 7);
        assert_eq!(slow.has_told(), cfg!(debug_assertions));
    }
}
