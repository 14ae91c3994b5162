use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::Outbox;

use crate::chain::chain;

/// A pause between two looks into the store, whatever the due times say.
const MIN_PAUSE: Duration = Duration::from_millis(10);

/// The task that delivers the messages of an [`Outbox`]. It stops when this is dropped. A delivery
/// that is interrupted by the drop is repeated later, by the next worker that polls the store.
#[must_use = "the outbox delivers for as long as its worker is kept"]
pub struct OutboxWorker {
    outbox: Outbox,
    stopping: Arc<AtomicBool>,
    task: JoinHandle<()>,
}

impl OutboxWorker {
    pub(super) fn spawn(outbox: Outbox) -> Self {
        let stopping = Arc::new(AtomicBool::new(false));
        outbox.inner.interrupted.send_replace(false);
        let task = tokio::spawn(work(outbox.clone(), Arc::clone(&stopping)));
        Self { outbox, stopping, task }
    }

    /// Begins no further delivery, and waits for those under way.
    pub async fn stop(mut self) {
        self.begin_to_stop();
        // The task ends by itself; it has nothing to report.
        let _ = (&mut self.task).await;
    }

    /// As [`stop`](Self::stop), and interrupts the deliveries that take longer than `limit`. Their
    /// messages are handed back to the store, and the next process that polls it delivers them. An
    /// interrupted attempt does not count; what the recipient has of it may come again.
    pub async fn stop_within(mut self, limit: Duration) {
        self.begin_to_stop();
        if timeout(limit, &mut self.task).await.is_err() {
            tracing::warn!("deliveries are interrupted, and their messages handed back");
            self.outbox.inner.interrupted.send_replace(true);
            let _ = (&mut self.task).await;
        }
    }

    fn begin_to_stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.outbox.wake();
    }
}

impl Drop for OutboxWorker {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for OutboxWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OutboxWorker").field("outbox", &self.outbox).finish_non_exhaustive()
    }
}

async fn work(outbox: Outbox, stopping: Arc<AtomicBool>) {
    let goes_on = || !stopping.load(Ordering::Acquire);
    while goes_on() {
        let longest = outbox.inner.config.poll_interval;
        let pause = match outbox.run_while(&goes_on).await {
            Ok(run) => run.next_in.map_or(longest, |next| next.min(longest)),
            Err(error) => {
                tracing::error!(
                    error = chain(&error),
                    "the outbox cannot reach its store, and will try again"
                );
                longest
            }
        };
        // Whether it was woken or the time is up, the next thing to do is the same.
        let _ = timeout(pause.max(MIN_PAUSE), outbox.inner.wake.notified()).await;
    }
}
