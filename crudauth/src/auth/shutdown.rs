//! The end of an application.

use std::sync::PoisonError;
use std::time::Duration;

use tokio::time::{Instant, timeout_at};

use super::CrudAuth;
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Ends what this process does for its users, within `deadline`. Call it when the server answers
    /// no more requests, and before `main` returns.
    ///
    /// Connections that stay open end, as by [`hang_up`](Self::hang_up). Then, in this order:
    ///
    /// 1. No further delivery of a message begins. Those under way have three quarters of the time;
    ///    what takes longer, such as a mail server that hangs, is interrupted, and its message is
    ///    handed back to the store. Nothing that is queued is lost: the next process delivers it.
    /// 2. What goes on without its request is waited for: hooks, and the flows of clients that have
    ///    hung up.
    /// 3. The [event sinks](crate::EventSink) get all events from before, and are closed.
    /// 4. The connections to databases close. A handle that serves another `CrudAuth` of this
    ///    process closes with the last of them; its clones in the application's own code are then
    ///    closed too.
    ///
    /// A call while another one runs waits for that one, within its own deadline. Each later call says
    /// what the first one said.
    ///
    /// ```no_run
    /// use std::net::SocketAddr;
    /// use std::time::Duration;
    ///
    /// use axum::Router;
    /// use crudauth::{AuthUser, CrudAuth};
    /// use tokio::net::TcpListener;
    ///
    /// async fn serve<U: AuthUser>(
    ///     listener: TcpListener,
    ///     app: Router,
    ///     auth: CrudAuth<U>,
    /// ) -> Result<(), Box<dyn std::error::Error>> {
    ///     let app = app.into_make_service_with_connect_info::<SocketAddr>();
    ///     axum::serve(listener, app).with_graceful_shutdown(asked_to_stop()).await?;
    ///     auth.shutdown(Duration::from_secs(10)).await?;
    ///     Ok(())
    /// }
    ///
    /// /// A service manager stops a process by SIGTERM, a terminal by Ctrl-C.
    /// async fn asked_to_stop() {
    ///     # std::future::pending().await
    ///     // The examples wait for both.
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ShutdownError`] says what had not ended in time. Messages are queued all the same; what a
    /// hook had not done, or a sink not taken, is lost.
    pub async fn shutdown(&self, deadline: Duration) -> Result<(), ShutdownError> {
        let now = Instant::now();
        // A deadline that the clock cannot add is never reached.
        let end = now.checked_add(deadline).unwrap_or(now + Duration::from_secs(86_400));
        let Ok(mut ending) = timeout_at(end, self.inner.ending.lock()).await else {
            let left = vec!["another call of `shutdown` still ran".to_owned()];
            return Err(ShutdownError { deadline, left });
        };
        if let Some(outcome) = &ending.outcome {
            return outcome.clone();
        }
        let left = self.end(deadline, end, &mut ending.released).await;
        let outcome = match left.is_empty() {
            true => Ok(()),
            false => Err(ShutdownError { deadline, left }),
        };
        ending.outcome.insert(outcome).clone()
    }

    /// Ends all of it, and says what has not ended. It can be begun again where it was dropped.
    async fn end(&self, deadline: Duration, end: Instant, released: &mut usize) -> Vec<String> {
        let core = self.inner.core();
        self.hang_up();
        let mut left = Vec::new();

        let worker = self.inner.worker.lock().unwrap_or_else(PoisonError::into_inner).take();
        let stopping = worker.map(|worker| {
            let stop = worker.stop_within(deadline.mul_f64(0.75));
            tokio::spawn(timeout_at(end, stop))
        });
        if timeout_at(end, core.background.idle()).await.is_err() {
            let running = core.background.running();
            left.push(format!("{running} hooks or flows still ran"));
        }
        if let Some(stopping) = stopping
            && !matches!(stopping.await, Ok(Ok(())))
        {
            left.push("a message could not be handed back to its store in time".to_owned());
        }
        if timeout_at(end, core.events.close()).await.is_err() {
            left.push("an event sink had not taken all events".to_owned());
        }
        for place in core.stores.places().skip(*released) {
            // Others may hold the place too, so it is released once.
            *released += 1;
            if timeout_at(end, place.release()).await.is_err() {
                left.push(format!("operations still ran at {place}"));
            }
        }
        left
    }
}

/// How far an application has ended.
#[derive(Default)]
pub(super) struct Ending {
    /// How many of its places it has released.
    released: usize,
    outcome: Option<Result<(), ShutdownError>>,
}

/// What had not ended when the time of [`CrudAuth::shutdown`] was over.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the application did not end within {deadline:?}: {}", left.join(", "))]
pub struct ShutdownError {
    deadline: Duration,
    left: Vec<String>,
}
