//! When a connection has to end.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::Ended;
use crate::background::unless as first;
use crate::clock::Clock;
use crate::error::Rejection;
use crate::event::News;

pub(super) type Look = Pin<Box<dyn Future<Output = Result<(), Rejection>> + Send>>;

/// The wait where the clock cannot add the interval.
const A_DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// The least time between two looks because of news.
const BETWEEN_NEWS: Duration = Duration::from_secs(1);

/// What decides when a connection has to end.
pub(super) struct Life {
    pub(super) ask: Box<dyn Fn() -> Look + Send + Sync>,
    /// A look that has begun. It is kept, so that a caller that stops waiting does not lose it.
    pub(super) look: Option<Look>,
    pub(super) next_look: Instant,
    pub(super) news: News,
    /// Whether there were news since the last look began.
    pub(super) is_told: bool,
    /// News wait until then. Otherwise a client that causes many events would cause as many reads.
    pub(super) quiet_until: Instant,
    pub(super) clock: Arc<dyn Clock>,
    /// In milliseconds since the Unix epoch.
    pub(super) ends_at: u64,
    pub(super) check_every: Duration,
    pub(super) ended: Option<Ended>,
}

impl Life {
    /// Waits for the end. It may be dropped and called again.
    pub(super) async fn ended(&mut self) -> Ended {
        let ended = match self.ended {
            Some(ended) => ended,
            None => self.live().await,
        };
        self.ended = Some(ended);
        ended
    }

    async fn live(&mut self) -> Ended {
        loop {
            let left = self.ends_at.saturating_sub(self.clock.now_ms());
            if left == 0 {
                return Ended::TooOld;
            }
            if self.look.is_none() {
                let now = Instant::now();
                let at_its_age = now.checked_add(Duration::from_millis(left));
                let wake = at_its_age.map_or(self.next_look, |end| end.min(self.next_look));
                let (over, told) = (self.news.end(), &mut self.is_told);
                let woken = async {
                    if !*told {
                        *told = first(sleep_until(wake), self.news.next()).await.is_some();
                    }
                    if *told {
                        sleep_until(self.quiet_until).await;
                    }
                };
                if first(over, woken).await.is_none() {
                    return Ended::GoingAway;
                }
                if std::mem::take(&mut self.is_told) {
                    self.quiet_until = Instant::now() + BETWEEN_NEWS;
                }
            }
            let look = self.look.get_or_insert_with(&self.ask);
            let Some(found) = first(self.news.end(), look).await else {
                return Ended::GoingAway;
            };
            self.look = None;
            let now = Instant::now();
            self.next_look = now.checked_add(self.check_every).unwrap_or(now + A_DAY);
            match found {
                Ok(()) => {}
                Err(refusal) if refusal.status().is_server_error() => return Ended::Unknown,
                Err(_) => return Ended::NoLongerAllowed,
            }
        }
    }
}
