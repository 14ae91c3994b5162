//! Sign-ins by tokens, for features that know nothing of tokens.

use std::future::Future;
use std::pin::Pin;

use axum::response::Response;
use http::HeaderMap;

use super::{Admitted, Also};
use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::user::AuthUser;

/// Begins sign-ins by tokens.
pub(crate) trait BeginTokens<U: AuthUser>: Send + Sync {
    /// Whether a token goes into a cookie, so that a page of another site could sign a browser in.
    fn by_cookie(&self) -> bool;

    /// Issues tokens for an admitted sign-in, and returns the answer of `POST /token`. `told` has the scopes
    /// as the client wrote them, and the optional parts of the answer. An earlier sign-in that the `headers`
    /// show ends.
    fn begin<'a>(
        &'a self,
        admitted: Admitted<U>,
        told: (Option<&'a str>, Also),
        headers: &'a HeaderMap,
        context: &'a HookContext,
    ) -> BeginningTokens<'a>;
}

/// What [`BeginTokens::begin`] returns.
pub(crate) type BeginningTokens<'a> =
    Pin<Box<dyn Future<Output = Result<Response, Rejection>> + Send + 'a>>;
