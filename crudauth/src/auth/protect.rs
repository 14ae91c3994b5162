//! Closing a whole router.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{self, Next};
use axum::response::Response;

use super::CrudAuth;
use crate::transport::Refusal;
use crate::user::AuthUser;

impl<U: AuthUser> CrudAuth<U> {
    /// Closes every route of `router`, its fallback included: an anonymous request is answered
    /// with 401 before any handler, extractor or body is touched. Handlers inside that extract a
    /// [`Principal`](crate::Principal) receive the one found here, without a second look into the
    /// store.
    ///
    /// Merge a closed router **before** open ones such as [`router`](Self::router), or nest it:
    /// where no fallback is set, axum keeps the one of the router that was merged last, and that of
    /// a closed router answers 401 to unknown paths. A nested router without a fallback of its own
    /// leaves unknown paths to the outer one.
    pub fn protect<S: Clone + Send + Sync + 'static>(&self, router: Router<S>) -> Router<S> {
        let auth = self.clone();
        router.layer(middleware::from_fn(move |request: Request, next: Next| {
            let auth = auth.clone();
            async move { auth.admit(request, next).await }
        }))
    }

    async fn admit(&self, request: Request, next: Next) -> Result<Response, Refusal> {
        let (mut parts, body) = request.into_parts();
        let principal = self.inner.authenticator.require(&parts).await?;
        self.inner.authenticator.remember(&mut parts, principal);
        Ok(next.run(Request::from_parts(parts, body)).await)
    }
}
