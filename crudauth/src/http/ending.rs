//! What was begun is ended, though the client is gone.

use std::future::{Future, pending};
use std::panic::resume_unwind;

use tracing::Instrument;

/// Runs `work` to its end, also where the client hangs up meanwhile and the request is dropped with
/// everything that it was about to do. Whoever changes something by it can then not choose, by the
/// moment of hanging up, what follows from the change: that the owner is told, that other sessions
/// are removed.
pub(crate) async fn to_its_end<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> T {
    match tokio::spawn(work.in_current_span()).await {
        Ok(done) => done,
        Err(stopped) => match stopped.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            // The runtime shuts down, and this future with it.
            Err(_) => pending().await,
        },
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
        let (go_on, ended) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
        let (gate, end) = (Arc::clone(&go_on), Arc::clone(&ended));
        let mut work = Box::pin(to_its_end(async move {
            gate.notified().await;
            end.store(true, Ordering::SeqCst);
        }));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(work.as_mut().poll(&mut context), Poll::Pending);
        drop(work);
        go_on.notify_one();
        while !ended.load(Ordering::SeqCst) {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    #[should_panic(expected = "as the test asked for")]
    async fn its_panic_is_that_of_who_waits() {
        to_its_end(async { panic!("as the test asked for") }).await;
    }
}
