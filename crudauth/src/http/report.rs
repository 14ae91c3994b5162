//! Faults in the log: each cause of the store once a minute, and not once for each request.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::chain::chain;
use crate::error::Fault;
use crate::password::HashError;
use crate::secret::RandomError;
use crate::store::{StoreError, StoreErrorKind};

/// For how long a cause that has been told is not told again.
const QUIET: Duration = Duration::from_secs(60);

/// How many causes are remembered. A text of a cause may have anything in it.
const MOST: usize = 32;

static TOLD: Mutex<Told> = Mutex::new(Told(Vec::new()));

impl Fault for StoreError {
    fn log(&self) {
        let text = chain(self);
        match (self.kind(), is_new(&text)) {
            (StoreErrorKind::Broken, true) => tracing::error!(
                error = text,
                "the store refuses what crudauth needs: requests fail until that is mended"
            ),
            (StoreErrorKind::Unavailable, true) => {
                tracing::error!(error = text, "a request failed because of the store");
            }
            (StoreErrorKind::Unfit, true) => {
                tracing::warn!(error = text, "the store does not take a value of a request");
            }
            (_, false) => {
                tracing::debug!(error = text, "a request failed because of the store, again");
            }
        }
    }
}

impl Fault for RandomError {
    fn log(&self) {
        let error = chain(self);
        if is_new(&error) {
            tracing::error!(error, "a request failed without random bytes");
        } else {
            tracing::debug!(error, "a request failed without random bytes, again");
        }
    }
}

impl Fault for HashError {
    fn log(&self) {
        tracing::error!(error = chain(self), "a password could not be hashed or verified");
    }
}

/// Whether `text` has not been told within the last minute.
fn is_new(text: &str) -> bool {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner).is_new(text, Instant::now())
}

/// The causes that have been told, and when, in the order of time.
struct Told(Vec<(String, Instant)>);

impl Told {
    fn is_new(&mut self, text: &str, now: Instant) -> bool {
        self.0.retain(|(_, at)| now.saturating_duration_since(*at) < QUIET);
        if self.0.iter().any(|(told, _)| told == text) {
            return false;
        }
        if self.0.len() == MOST {
            self.0.remove(0);
        }
        self.0.push((text.to_owned(), now));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_once_a_minute_and_the_memory_of_it_is_bounded() {
        let (mut told, start) = (Told(Vec::new()), Instant::now());
        assert!(told.is_new("a", start));
        assert!(!told.is_new("a", start + QUIET / 2));
        assert!(told.is_new("b", start + QUIET / 2));
        assert!(told.is_new("a", start + QUIET));
        for number in 0..2 * MOST {
            assert!(told.is_new(&number.to_string(), start + QUIET));
        }
        assert_eq!(told.0.len(), MOST);
    }
}
