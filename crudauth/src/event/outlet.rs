//! The queues before one sink.

use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::Poll;

use tokio::sync::{mpsc, oneshot};

use super::{EventSink, Occurrence};

/// How many events wait, of users and of nobody each.
const WAITING: usize = 1024;

const MISSED: &str = "a sink missed a security event";

/// Events about users have a queue of their own, and go first: a client that makes noise without being a
/// user can hold them up no longer than a batch takes, and push none of them out.
pub(super) struct Outlet {
    of_users: mpsc::Sender<Message>,
    of_nobody: mpsc::Sender<Arc<Occurrence>>,
    dropped: Arc<AtomicU64>,
    sink: Arc<dyn EventSink>,
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
        let (of_users, users) = mpsc::channel(WAITING);
        let (of_nobody, nobody) = mpsc::channel(WAITING);
        let dropped = Arc::new(AtomicU64::new(0));
        let fed = Arc::clone(&sink);
        let feeder = Feeder { sink: fed, users, nobody, dropped: Arc::clone(&dropped) };
        tokio::spawn(feeder.run());
        Self { of_users, of_nobody, dropped, sink }
    }

    /// Tells the sink that it has had the last event.
    pub(super) async fn close(&self) {
        self.sink.close().await;
    }

    pub(super) fn offer(&self, occurrence: Arc<Occurrence>) {
        let is_taken = match occurrence.event.user() {
            Some(_) => self.of_users.try_send(Message::Event(occurrence)).is_ok(),
            None => self.of_nobody.try_send(occurrence).is_ok(),
        };
        if !is_taken {
            count(&self.dropped, 1, MISSED);
        }
    }

    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    pub(super) async fn flush(&self) {
        let (done, when_done) = oneshot::channel();
        if self.of_users.send(Message::Flush(done)).await.is_ok() {
            // An error means that the task has ended: there is nothing left to wait for.
            let _ = when_done.await;
        }
    }
}

/// Hands events to one sink, as many at once as it takes.
struct Feeder {
    sink: Arc<dyn EventSink>,
    users: mpsc::Receiver<Message>,
    nobody: mpsc::Receiver<Arc<Occurrence>>,
    dropped: Arc<AtomicU64>,
}

impl Feeder {
    async fn run(mut self) {
        let most = self.sink.batch().max(1);
        let (mut batch, mut flushed) = (Vec::new(), Vec::new());
        loop {
            let Some(message) = self.next().await else { return };
            self.gather(message, most, &mut batch, &mut flushed);
            self.deliver(&mut batch).await;
            if !flushed.is_empty() {
                self.deliver_all_of_nobody(most, &mut batch).await;
                for done in flushed.drain(..) {
                    let _ = done.send(());
                }
            }
        }
    }

    /// What is next: of users as long as there is any. `None` when both queues are closed and empty.
    async fn next(&mut self) -> Option<Message> {
        poll_fn(|context| {
            let is_ended = match self.users.poll_recv(context) {
                Poll::Ready(Some(message)) => return Poll::Ready(Some(message)),
                Poll::Ready(None) => true,
                Poll::Pending => false,
            };
            match self.nobody.poll_recv(context) {
                Poll::Ready(Some(occurrence)) => Poll::Ready(Some(Message::Event(occurrence))),
                Poll::Ready(None) if is_ended => Poll::Ready(None),
                Poll::Ready(None) | Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Puts what `message` is, and what waits behind it, into `batch`: those of users first.
    fn gather(
        &mut self,
        message: Message,
        most: usize,
        batch: &mut Vec<Arc<Occurrence>>,
        flushed: &mut Vec<oneshot::Sender<()>>,
    ) {
        let mut next = Some(message);
        while let Some(message) = next {
            match message {
                Message::Event(occurrence) => batch.push(occurrence),
                Message::Flush(done) => {
                    flushed.push(done);
                    return;
                }
            }
            next = if batch.len() < most { self.users.try_recv().ok() } else { None };
        }
        self.gather_of_nobody(most, batch);
    }

    fn gather_of_nobody(&mut self, most: usize, batch: &mut Vec<Arc<Occurrence>>) {
        while batch.len() < most
            && let Ok(occurrence) = self.nobody.try_recv()
        {
            batch.push(occurrence);
        }
    }

    /// What waited when this was called; what comes meanwhile waits for its turn.
    async fn deliver_all_of_nobody(&mut self, most: usize, batch: &mut Vec<Arc<Occurrence>>) {
        let mut left = self.nobody.len();
        while left > 0 {
            self.gather_of_nobody(most.min(left), batch);
            left = left.saturating_sub(batch.len().max(1));
            self.deliver(batch).await;
        }
    }

    async fn deliver(&self, batch: &mut Vec<Arc<Occurrence>>) {
        if batch.is_empty() {
            return;
        }
        let (sink, batch) = (Arc::clone(&self.sink), std::mem::take(batch));
        let events = batch.len() as u64;
        // In a task of its own, a sink that panics takes nothing else with it.
        let recorded = tokio::spawn(async move {
            match &*batch {
                [occurrence] => sink.record(occurrence).await,
                several => sink.record_all(several).await,
            }
        });
        if recorded.await.is_err() {
            count(&self.dropped, events, MISSED);
        }
    }
}

/// Says so at once, and then at each doubling: a log must not drown in it.
pub(super) fn count(missed: &AtomicU64, more: u64, what: &str) {
    let before = missed.fetch_add(more, Ordering::Relaxed);
    let total = before.saturating_add(more);
    if total.checked_ilog2() != before.checked_ilog2() {
        tracing::error!(total, "{what}");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use http::HeaderMap;

    use super::*;
    use crate::clock::ManualClock;
    use crate::event::{Events, LogSafe, LoginFailure, RequestInfo, SecurityEvent, SinkFuture};

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
            let request = RequestInfo::new(Some(address), &HeaderMap::new());
            events.emit(request, SecurityEvent::SessionForged);
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
            events.emit(RequestInfo::NONE, SecurityEvent::SignedUp { user: LogSafe::new("7") });
        }
        assert_eq!(events.dropped(), 3);
    }

    /// Takes several at once, and keeps who they are about in the order in which they came.
    #[derive(Default)]
    struct Batched(Mutex<Vec<Vec<Option<String>>>>);

    impl EventSink for Arc<Batched> {
        fn record<'a>(&'a self, _: &'a Occurrence) -> SinkFuture<'a> {
            Box::pin(async { self.0.lock().unwrap().push(vec![None]) })
        }

        fn record_all<'a>(&'a self, occurrences: &'a [Arc<Occurrence>]) -> SinkFuture<'a> {
            let user = |it: &Arc<Occurrence>| it.event.user().map(ToString::to_string);
            Box::pin(async move {
                self.0.lock().unwrap().push(occurrences.iter().map(user).collect());
            })
        }

        fn batch(&self) -> usize {
            100
        }
    }

    #[tokio::test]
    async fn events_of_users_go_first_and_are_pushed_out_by_nobody() {
        let sink = Arc::new(Batched::default());
        let events = events(Arc::clone(&sink));
        // Nothing is awaited here, so that all of it waits.
        for number in 0..3 * WAITING {
            let name = LogSafe::new(&number.to_string());
            let reason = LoginFailure::UnknownUser;
            events.emit(RequestInfo::NONE, SecurityEvent::LoginFailed { user: None, name, reason });
            if number % 100 == 0 {
                events.emit(RequestInfo::NONE, SecurityEvent::SignedUp { user: LogSafe::new("7") });
            }
        }
        events.flush().await;
        assert_eq!(events.dropped(), 2 * WAITING as u64, "those of nobody");
        let batches = sink.0.lock().unwrap();
        let delivered: Vec<_> = batches.iter().flatten().collect();
        let of_users = (3 * WAITING).div_ceil(100);
        assert_eq!(delivered.iter().filter(|user| user.is_some()).count(), of_users);
        assert!(delivered[..of_users].iter().all(|user| user.is_some()), "{delivered:?}");
        assert!(batches.len() <= delivered.len() / 50, "{} batches", batches.len());
    }
}
