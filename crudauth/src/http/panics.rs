//! A panic below a route becomes an answer.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::RejectionKind;

/// Answers 500 where what runs below panics, as a hook, a validator or a store of the application
/// may. Without it the connection would break off, and every other request on it with it.
///
/// The panic's own message goes where the panic hook of the process sends it, and nowhere else.
pub(crate) async fn answer_panics(request: Request, next: Next) -> Response {
    let mut response = pin!(next.run(request));
    poll_fn(move |context| {
        // The future is never polled again after a panic, and what it shares with others is behind
        // locks that bear being poisoned.
        match catch_unwind(AssertUnwindSafe(|| response.as_mut().poll(context))) {
            Ok(poll) => poll,
            Err(_) => {
                tracing::error!("a request panicked");
                Poll::Ready(RejectionKind::Internal.into_response())
            }
        }
    })
    .await
}
