//! Work that goes on without the request that began it.

use std::fmt;
use std::future::{Future, pending, poll_fn};
use std::panic::resume_unwind;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

use tokio::sync::watch;
use tokio::task::JoinHandle;
use tracing::Instrument;

/// Runs work in tasks, and counts those that run, so that an application can wait for them before
/// it ends. Clones count together.
#[derive(Clone, Default)]
pub(crate) struct Background {
    running: Arc<watch::Sender<usize>>,
}

impl Background {
    /// Runs `work` in a task of its own.
    pub(crate) fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        let counted = Counted::new(&self.running);
        tokio::spawn(async move {
            let _counted = counted;
            work.await
        })
    }

    /// Runs `work` to its end, also where the client hangs up meanwhile and the request is dropped
    /// with everything that it was about to do. A client can then not choose, by the moment of
    /// hanging up, what follows from a change: that the owner is told, that other sessions are
    /// removed.
    pub(crate) async fn to_its_end<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> T {
        match self.spawn(work.in_current_span()).await {
            Ok(done) => done,
            Err(stopped) => match stopped.try_into_panic() {
                Ok(panic) => resume_unwind(panic),
                // The runtime shuts down, and this future with it.
                Err(_) => pending().await,
            },
        }
    }

    /// How many tasks run.
    pub(crate) fn running(&self) -> usize {
        *self.running.borrow()
    }

    /// Waits until no task runs.
    pub(crate) async fn idle(&self) {
        // An error would mean that the sender is gone, which this holds.
        let _ = self.running.subscribe().wait_for(|running| *running == 0).await;
    }
}

impl fmt::Debug for Background {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Background").field("running", &self.running()).finish()
    }
}

/// What `work` gives, or `None` where `end` comes first.
pub(crate) async fn unless<T>(
    end: impl Future<Output = ()>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let (mut end, mut work) = (pin!(end), pin!(work));
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(context).map(|()| None),
    })
    .await
}

/// A task that runs. It counts until it is dropped, also by a panic.
struct Counted(Arc<watch::Sender<usize>>);

impl Counted {
    fn new(running: &Arc<watch::Sender<usize>>) -> Self {
        running.send_modify(|running| *running += 1);
        Self(Arc::clone(running))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.send_modify(|running| *running -= 1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::task::{Context, Poll, Waker};

    use tokio::sync::Notify;

    use super::*;

    #[tokio::test]
    async fn it_ends_though_nobody_waits_for_it() {
        let background = Background::default();
        let (go_on, ended) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (gate, end) = (Arc::clone(&go_on), Arc::clone(&ended));
        let mut work = Box::pin(background.to_its_end(async move {
            gate.notified().await;
            end.store(true, Ordering::SeqCst);
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(work.as_mut().poll(&mut context), Poll::Pending);
        drop(work);
        assert_eq!(background.running(), 1);
        go_on.notify_one();
        background.idle().await;
        assert!(ended.load(Ordering::SeqCst));
    }

    #[tokio::test]
    #[should_panic(expected = "as the test asked for")]
    async fn its_panic_is_that_of_who_waits() {
        Background::default().to_its_end(async { panic!("as the test asked for") }).await;
    }

    #[tokio::test]
    async fn work_is_cut_short_by_what_comes_first() {
        assert_eq!(unless(pending(), async { 7 }).await, Some(7));
        assert_eq!(unless(async {}, async { 7 }).await, Some(7), "both are there");
        assert_eq!(unless(async {}, pending::<u8>()).await, None);
    }

    #[tokio::test]
    async fn a_task_that_panics_counts_no_longer() {
        let background = Background::default();
        background.idle().await;
        let panicked = background.spawn(async { panic!("as the test asked for") });
        background.idle().await;
        assert_eq!(background.running(), 0);
        assert!(panicked.await.is_err());
    }
}
