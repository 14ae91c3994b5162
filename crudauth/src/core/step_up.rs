//! A sign-in by tokens whose user proves to be there once more.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use axum::response::Response;
use http::request::Parts;

use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::proofs::Factor;
use crate::user::{AuthUser, StoredUser};

/// Adds proofs to sign-ins by tokens, for a feature that knows nothing of tokens.
pub(crate) trait StepUpTokens<U: AuthUser>: Send + Sync {
    /// The sign-in of the refresh token that a request shows, in its cookie or `in_body`; `None` where
    /// it shows none.
    fn shown<'a>(
        &'a self,
        head: &'a Parts,
        in_body: Option<String>,
        context: &'a HookContext,
    ) -> Later<'a, Option<ShownTokens<U>>>;

    /// Notes that the user of the sign-in has proved `factor`, renews its tokens, and returns the answer
    /// of `POST /refresh`.
    fn renew<'a>(
        &'a self,
        shown: &'a ShownTokens<U>,
        factor: Factor,
        context: &'a HookContext,
    ) -> Later<'a, Response>;
}

/// A refresh token that counts, and whose it is.
pub(crate) struct ShownTokens<U> {
    pub(crate) token: String,
    pub(crate) user: Arc<StoredUser<U>>,
    /// How events call the sign-in.
    pub(crate) family: String,
}

/// What the methods of [`StepUpTokens`] return.
pub(crate) type Later<'a, T> = Pin<Box<dyn Future<Output = Result<T, Rejection>> + Send + 'a>>;
