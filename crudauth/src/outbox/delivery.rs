//! One pass over the store: the messages that are due are delivered.

use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::task::{JoinError, JoinSet};

use super::queued_message::{QueueState, QueuedMessage};
use super::{Inner, Outbox, OutboxError, Run};
use crate::background::unless;
use crate::chain::chain;
use crate::event::{LogSafe, RequestInfo, SecurityEvent};
use crate::message::{DeliveryError, Message};
use crate::secret::random;
use crate::store::Listed;

impl Outbox {
    /// Delivers the messages that are due. Asks `goes_on` before each whether to continue.
    pub(super) async fn run_while(
        &self,
        goes_on: &(dyn Fn() -> bool + Sync),
    ) -> Result<Run, OutboxError> {
        let inner = &self.inner;
        let listed = inner.list().await?;
        inner.forget_unreadable(&listed);
        let now = inner.clock.now_ms();
        let (due, mut next) = split_due(listed, now);

        let mut total = Run::default();
        let mut failure = None;
        let mut deliveries = JoinSet::new();
        let mut record = |joined: Result<Result<Attempt, OutboxError>, JoinError>| match joined {
            Ok(Ok(attempt)) => {
                total.sent += attempt.sent;
                total.retried += attempt.retried;
                total.given_up += attempt.given_up;
                next = next.into_iter().chain(attempt.due).min();
            }
            Ok(Err(error)) => failure = Some(error),
            // A channel panicked. The lease of the message ends, and it is tried again.
            Err(error) => tracing::error!(%error, "a delivery ended in a panic"),
        };
        for listed in due {
            if deliveries.len() >= inner.config.concurrency
                && let Some(joined) = deliveries.join_next().await
            {
                record(joined);
            }
            if !goes_on() {
                break;
            }
            let inner = Arc::clone(inner);
            deliveries.spawn(async move { inner.attempt(&listed).await });
        }
        while let Some(joined) = deliveries.join_next().await {
            record(joined);
        }
        let now = inner.clock.now_ms();
        total.next_in = next.map(|next| Duration::from_millis(next.saturating_sub(now)));
        failure.map_or(Ok(total), Err)
    }
}

/// The entries that are due at `now`, the longest due first, and when the next of the others is
/// due.
fn split_due(listed: Vec<Listed>, now: u64) -> (Vec<Listed>, Option<u64>) {
    let due_at = |listed: &Listed| QueueState::read(&listed.value).map(|state| state.due);
    let (mut due, later): (Vec<_>, Vec<_>) =
        listed.into_iter().partition(|listed| due_at(listed).is_none_or(|due| due <= now));
    due.sort_by_cached_key(due_at);
    (due, later.iter().filter_map(due_at).min())
}

/// The result of trying one message.
#[derive(Debug, Default)]
struct Attempt {
    sent: u64,
    retried: u64,
    given_up: u64,
    /// Whether a delivery was interrupted, since the process ends. The attempt then does not count.
    is_interrupted: bool,
    /// When it is due again, if it is.
    due: Option<u64>,
}

impl Inner {
    async fn attempt(&self, listed: &Listed) -> Result<Attempt, OutboxError> {
        let Listed { key, value } = listed;
        let opened = QueueState::read(value).zip(QueuedMessage::open(&self.sealer, key, value));
        let Some((state, mut queued)) = opened else {
            self.report_unreadable(key);
            return Ok(Attempt::default());
        };
        if queued.is_decoy {
            self.state.remove(key).await?;
            return Ok(Attempt::default());
        }

        let now = self.clock.now_ms();
        let lease_ends = after(now, self.config.lease(queued.channels.len()));
        let attempts = state.attempts.saturating_add(1);
        let leased = QueueState { due: lease_ends, attempts };
        let claimed = queued.seal(&self.sealer, key, leased)?;
        if !self.state.compare_and_swap(key, value, self.entry(&claimed)).await? {
            // Another process was first.
            return Ok(Attempt::default());
        }

        let mut attempt = Attempt::default();
        match queued.message_at(now) {
            // Also where a process died in each of the attempts before.
            _ if attempts > self.config.max_attempts => {
                attempt.given_up += self.give_up_all(&mut queued, attempts, "tried too often");
            }
            None => {
                attempt.given_up += self.give_up_all(&mut queued, attempts, "its link has expired");
            }
            Some(message) => self.deliver(&message, &mut queued, attempts, &mut attempt).await,
        }
        self.count(&attempt);

        if queued.channels.is_empty() {
            self.state.remove(key).await?;
        } else {
            let now = self.clock.now_ms();
            let next = match attempt.is_interrupted {
                true => QueueState { due: now, attempts: state.attempts },
                false => {
                    QueueState { due: after(now, self.config.wait(attempts, jitter())), attempts }
                }
            };
            let waiting = queued.seal(&self.sealer, key, next)?;
            // If the lease has ended and another process took over, its state stays.
            self.state.compare_and_swap(key, &claimed, self.entry(&waiting)).await?;
            attempt.due = Some(next.due);
        }
        Ok(attempt)
    }

    /// Delivers `message` through the channels of `queued`. Those to try again stay in it.
    async fn deliver(
        &self,
        message: &Message,
        queued: &mut QueuedMessage,
        attempts: u32,
        attempt: &mut Attempt,
    ) {
        let is_last = attempts >= self.config.max_attempts;
        for name in std::mem::take(&mut queued.channels) {
            let interrupted = async {
                // An error would mean that the sender is gone, which this holds.
                let _ = self.interrupted.subscribe().wait_for(|interrupted| *interrupted).await;
            };
            let Some(delivered) = unless(interrupted, self.deliver_through(&name, message)).await
            else {
                attempt.is_interrupted = true;
                queued.channels.push(name);
                continue;
            };
            match delivered {
                Ok(()) => {
                    attempt.sent += 1;
                    tracing::debug!(kind = %queued.kind(), channel = %name, "a message was sent");
                    self.tell_of_delivery(queued, &name);
                }
                Err(error) if is_last || error.is_permanent() => {
                    attempt.given_up += 1;
                    self.give_up(queued, &name, attempts, &chain(&error));
                }
                Err(error) => {
                    attempt.retried += 1;
                    let (kind, error) = (queued.kind(), one_line(&chain(&error)));
                    tracing::warn!(%kind, channel = %name, attempts, error, "a message has to wait");
                    queued.channels.push(name);
                }
            }
        }
    }

    async fn deliver_through(&self, name: &str, message: &Message) -> Result<(), DeliveryError> {
        let Some(channel) = self.channels.iter().find(|channel| channel.name() == name) else {
            // Another process may have it, or this one after its next start.
            return Err(DeliveryError::temporary("this process has no such channel"));
        };
        tokio::time::timeout(self.config.delivery_timeout, channel.deliver(message))
            .await
            .unwrap_or_else(|_| Err(DeliveryError::temporary("the channel took too long")))
    }

    fn give_up_all(&self, queued: &mut QueuedMessage, attempts: u32, why: &str) -> u64 {
        let names = std::mem::take(&mut queued.channels);
        for name in &names {
            self.give_up(queued, name, attempts, why);
        }
        names.len() as u64
    }

    fn give_up(&self, queued: &QueuedMessage, channel: &str, attempts: u32, why: &str) {
        let (kind, why) = (queued.kind(), one_line(why));
        tracing::error!(%kind, channel, attempts, why, "a message was given up and never arrives");
        let (kind, channel) = (kind.as_str(), LogSafe::new(channel));
        let recipient = self.name_of(queued.recipient());
        self.events.emit(
            RequestInfo::NONE,
            SecurityEvent::MessageGivenUp { kind, channel, recipient, attempts },
        );
    }

    fn tell_of_delivery(&self, queued: &QueuedMessage, channel: &str) {
        let (kind, channel) = (queued.kind().as_str(), LogSafe::new(channel));
        let recipient = self.name_of(queued.recipient());
        self.events
            .emit(RequestInfo::NONE, SecurityEvent::MessageSent { kind, channel, recipient });
    }

    fn count(&self, attempt: &Attempt) {
        self.sent.fetch_add(attempt.sent, Ordering::Relaxed);
        self.retried.fetch_add(attempt.retried, Ordering::Relaxed);
        self.given_up.fetch_add(attempt.given_up, Ordering::Relaxed);
    }

    /// Leaves an entry that cannot be read for a process that can, such as one of a newer version.
    fn report_unreadable(&self, key: &str) {
        let mut reported = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if reported.insert(key.to_owned()) {
            tracing::error!(entry = key, "a message in the outbox cannot be read, and stays there");
        }
    }

    fn forget_unreadable(&self, listed: &[Listed]) {
        let mut reported = self.unreadable.lock().unwrap_or_else(PoisonError::into_inner);
        if !reported.is_empty() {
            reported.retain(|key| listed.iter().any(|listed| listed.key == *key));
        }
    }
}

/// `text` as one line of a log.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

fn after(now: u64, by: Duration) -> u64 {
    now.saturating_add(u64::try_from(by.as_millis()).unwrap_or(u64::MAX))
}

fn jitter() -> u8 {
    // Without random bytes the wait is the longest one, which is no harm.
    random().map_or(0, |[byte]| byte)
}
