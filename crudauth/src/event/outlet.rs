//! The queue before one sink.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{mpsc, oneshot};

use super::{EventSink, Occurrence};

const WAITING: usize = 1024;

const MISSED: &str = "a sink missed a security event";

pub(super) struct Outlet {
    queue: mpsc::Sender<Message>,
    dropped: Arc<AtomicU64>,
}

enum Message {
    Event(Arc<Occurrence>),
    /// Answered when all before it have been delivered.
    Flush(oneshot::Sender<()>),
}

impl Outlet {
    /// Starts the task that feeds `sink`. It ends, with what still waits delivered, when the
    /// outlet is gone.
    pub(super) fn open(sink: Arc<dyn EventSink>) -> Self {
        let (queue, messages) = mpsc::channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        tokio::spawn(feed(sink, messages, Arc::clone(&dropped)));
        Self { queue, dropped }
    }

    pub(super) fn offer(&self, occurrence: Arc<Occurrence>) {
        if self.queue.try_send(Message::Event(occurrence)).is_err() {
            count_one(&self.dropped, MISSED);
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) async fn flush(&self) {
        let (done, when_done) = oneshot::channel();
        if self.queue.send(Message::Flush(done)).await.is_ok() {
            // An error means that the task has ended: there is nothing left to wait for.
            let _ = when_done.await;
        }
    }
}

async fn feed(
    sink: Arc<dyn EventSink>,
    mut messages: mpsc::Receiver<Message>,
    dropped: Arc<AtomicU64>,
) {
    while let Some(message) = messages.recv().await {
        match message {
            Message::Event(occurrence) => {
                let sink = Arc::clone(&sink);
                // In a task of its own, a sink that panics takes nothing else with it.
                let recorded = tokio::spawn(async move { sink.record(&occurrence).await }).await;
                if recorded.is_err() {
                    count_one(&dropped, MISSED);
                }
            }
            Message::Flush(done) => {
                let _ = done.send(());
            }
        }
    }
}

/// Says so at once, and then at each doubling: a log must not drown in it.
pub(super) fn count_one(missed: &AtomicU64, what: &str) {
    let total = missed.fetch_add(1, Ordering::Relaxed).saturating_add(1);
    if total.is_power_of_two() {
        tracing::error!(total, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::clock::ManualClock;
    use crate::event::{Events, SecurityEvent, SinkFuture};

    /// Panics at the first event, and then keeps the addresses.
    #[derive(Default)]
    struct Fragile {
        seen: Mutex<Vec<String>>,
        calls: AtomicU64,
    }

    impl EventSink for Arc<Fragile> {
        fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
            Box::pin(async move {
                let call = self.calls.fetch_add(1, Ordering::SeqCst);
                assert_ne!(call, 0, "the first event is one too many");
                let address = occurrence.address.as_ref().map(ToString::to_string);
                self.seen.lock().unwrap().extend(address);
            })
        }
    }

    fn events(sink: impl EventSink) -> Events {
        Events::new(Arc::new(ManualClock::at_unix(0)), vec![Arc::new(sink)])
    }

    #[tokio::test]
    async fn a_sink_that_panics_misses_one_event() {
        let sink = Arc::new(Fragile::default());
        let events = events(Arc::clone(&sink));
        for address in ["one", "two", "three"] {
            events.emit(Some(address), SecurityEvent::SessionForged);
        }
        events.flush().await;
        assert_eq!(*sink.seen.lock().unwrap(), ["two", "three"]);
        assert_eq!(events.dropped(), 1);
    }

    /// Never finishes.
    struct Stuck;

    impl EventSink for Stuck {
        fn record<'a>(&'a self, _: &'a Occurrence) -> SinkFuture<'a> {
            Box::pin(std::future::pending())
        }
    }

    #[tokio::test]
    async fn a_sink_that_is_stuck_holds_nobody_up() {
        let events = events(Stuck);
        // Nothing is awaited here, so that the task takes nothing out of the queue.
        for _ in 0..WAITING + 3 {
            events.emit(None, SecurityEvent::SessionForged);
        }
        assert_eq!(events.dropped(), 3);
    }
}
