//! A document of a provider that is kept for a while: its metadata, its keys.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Mutex;

use super::{Fault, ProviderError};
use crate::chain::chain;
use crate::clock::Clock;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// The least time between two calls for one document.
const COOL_DOWN: Duration = Duration::from_secs(30);
/// How long nobody asks a server that did not answer, and of whom no document is known.
const AWAY: Duration = Duration::from_secs(5);
/// The least and the most of what the server says.
const SHORTEST_LIFE: Duration = Duration::from_secs(5 * 60);
const LONGEST_LIFE: Duration = HOUR.saturating_mul(24);

/// A document, fetched when it is needed and by one call at a time.
pub(super) struct Cached<T> {
    life: Duration,
    longest_use: Duration,
    known: RwLock<Option<Arc<Known<T>>>>,
    /// When it was asked for last. Held while it is fetched.
    asked: Mutex<Option<u64>>,
}

/// A document, and when it was fetched.
pub(super) struct Known<T> {
    pub(super) document: T,
    at: u64,
    life: Duration,
}

impl<T> Cached<T> {
    /// One that lives for `life`, unless its server says otherwise. Where it cannot be fetched again, the last
    /// one stays in use until it is `longest_use` old.
    pub(super) fn new(life: Duration, longest_use: Duration) -> Self {
        Self { life, longest_use, known: RwLock::new(None), asked: Mutex::new(None) }
    }

    /// The document.
    pub(super) async fn get<F>(
        &self,
        clock: &dyn Clock,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<Known<T>>, ProviderError>
    where
        F: Future<Output = Result<(T, Option<Duration>), ProviderError>>,
    {
        if let Some(known) = self.younger_than(|known| known.life, clock) {
            return Ok(known);
        }
        let mut asked = self.asked.lock().await;
        if let Some(known) = self.younger_than(|known| known.life, clock) {
            return Ok(known);
        }
        self.fetch(clock, &mut asked, fetch).await
    }

    /// A document that is newer than `known`; `None` where it was asked for a moment ago.
    pub(super) async fn newer_than<F>(
        &self,
        known: &Arc<Known<T>>,
        clock: &dyn Clock,
        fetch: impl FnOnce() -> F,
    ) -> Option<Arc<Known<T>>>
    where
        F: Future<Output = Result<(T, Option<Duration>), ProviderError>>,
    {
        let mut asked = self.asked.lock().await;
        let present = self.present();
        if let Some(present) = present.filter(|present| !Arc::ptr_eq(present, known)) {
            return Some(present);
        }
        let newest = self.fetch(clock, &mut asked, fetch).await.ok()?;
        (!Arc::ptr_eq(&newest, known)).then_some(newest)
    }

    async fn fetch<F>(
        &self,
        clock: &dyn Clock,
        asked: &mut Option<u64>,
        fetch: impl FnOnce() -> F,
    ) -> Result<Arc<Known<T>>, ProviderError>
    where
        F: Future<Output = Result<(T, Option<Duration>), ProviderError>>,
    {
        let now = clock.now_ms();
        let last = || self.younger_than(|_| self.longest_use, clock);
        let since = asked.and_then(|asked| now.checked_sub(asked)).map(Duration::from_millis);
        match last() {
            Some(last) if since.is_some_and(|since| since < COOL_DOWN) => return Ok(last),
            // Nobody waits for a server that was away a moment ago.
            None if since.is_some_and(|since| since < AWAY) => {
                return Err(Fault::Unreachable.into());
            }
            _ => {}
        }
        *asked = Some(now);
        match fetch().await {
            Ok((document, life)) => {
                let life = life.map_or(self.life, |it| it.clamp(SHORTEST_LIFE, LONGEST_LIFE));
                let known = Arc::new(Known { document, at: now, life });
                *self.known.write().unwrap_or_else(PoisonError::into_inner) =
                    Some(Arc::clone(&known));
                Ok(known)
            }
            Err(error) => {
                // The call itself may have taken longer than nobody is to ask.
                *asked = Some(clock.now_ms());
                match last() {
                    Some(last) => {
                        tracing::warn!(
                            error = chain(&error),
                            "a document of a provider could not be fetched: the last one is used"
                        );
                        Ok(last)
                    }
                    None => Err(error),
                }
            }
        }
    }

    fn present(&self) -> Option<Arc<Known<T>>> {
        self.known.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn younger_than(
        &self,
        age: impl Fn(&Known<T>) -> Duration,
        clock: &dyn Clock,
    ) -> Option<Arc<Known<T>>> {
        let now = clock.now_ms();
        // A moment that has not come was noted by a clock that was set back since.
        let is_younger = |known: &Arc<Known<T>>| {
            now.checked_sub(known.at).is_some_and(|ms| Duration::from_millis(ms) < age(known))
        };
        self.present().filter(is_younger)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;

    const MINUTE: Duration = Duration::from_secs(60);

    /// Whether a document is, whose server says that it lives for `life`.
    async fn is_fetched_again(life: Option<Duration>, after: Duration) -> bool {
        let (clock, cached) = (ManualClock::at_unix(1_800_000_000), Cached::new(HOUR, HOUR));
        cached.get(&clock, || async { Ok((1, life)) }).await.expect("the first");
        clock.advance(after);
        cached.get(&clock, || async { Ok((2, life)) }).await.expect("one").document == 2
    }

    #[tokio::test]
    async fn what_a_server_says_of_the_life_of_its_document_has_bounds() {
        let second = Duration::from_secs(1);
        for (said, life) in [
            (None, HOUR),
            (Some(Duration::ZERO), MINUTE * 5),
            (Some(MINUTE), MINUTE * 5),
            (Some(MINUTE * 10), MINUTE * 10),
            (Some(HOUR * 24), HOUR * 24),
            (Some(HOUR * 24 * 365), HOUR * 24),
            (Some(Duration::MAX), HOUR * 24),
        ] {
            assert!(!is_fetched_again(said, life - second).await, "{said:?}");
            assert!(is_fetched_again(said, life).await, "{said:?}");
        }
    }
}
