//! What the layers of crudauth share: they look at a request before its route does.

use std::convert::Infallible;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use tower_service::Service;

/// Lets a request through to its route, changed perhaps, or answers it.
pub trait Guard: Clone + Send + Sync + 'static {
    /// What it keeps of a request for the answer.
    type Passed: Send;

    /// Looks at a request.
    fn pass(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<(Request, Self::Passed), Response>> + Send;

    /// Looks at the answer of the route. Default: leaves it as it is.
    fn finish(&self, _: Self::Passed, answer: Response) -> Response {
        answer
    }
}

/// A service behind a layer of crudauth.
#[derive(Clone)]
pub struct Guarded<G, S> {
    guard: G,
    inner: S,
}

impl<G, S> Guarded<G, S> {
    pub(super) fn new(guard: G, inner: S) -> Self {
        Self { guard, inner }
    }
}

impl<G: fmt::Debug, S> fmt::Debug for Guarded<G, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Guarded").field("guard", &self.guard).finish_non_exhaustive()
    }
}

impl<G, S> Service<Request> for Guarded<G, S>
where
    G: Guard,
    S: Service<Request, Error = Infallible> + Clone + Send + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Response = Response;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let guard = self.guard.clone();
        // The clone has not been polled for readiness; the one that has must be called.
        let unready = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, unready);
        Box::pin(async move {
            match guard.pass(request).await {
                Ok((request, passed)) => {
                    let answer = inner.call(request).await?.into_response();
                    Ok(guard.finish(passed, answer))
                }
                Err(answer) => Ok(answer),
            }
        })
    }
}
