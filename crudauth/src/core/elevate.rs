//! Elevated rights for users who prove their presence without a password.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::SystemTime;

use http::HeaderValue;

use crate::error::Rejection;
use crate::hooks::HookContext;
use crate::user::{AuthUser, StoredUser};

/// Gives elevated rights to sessions whose user has proved to be there.
pub(crate) trait Elevate<U: AuthUser>: Send + Sync {
    /// Gives them to the session `session` of `user`, which gets another id.
    fn elevate<'a>(
        &'a self,
        user: &'a Arc<StoredUser<U>>,
        session: &'a str,
        context: &'a HookContext,
    ) -> Elevating<'a>;
}

/// What [`Elevate::elevate`] returns.
pub(crate) type Elevating<'a> = Pin<Box<dyn Future<Output = Result<Given, Rejection>> + Send + 'a>>;

/// Rights that were given.
pub(crate) struct Given {
    /// When they end.
    pub(crate) until: SystemTime,
    /// The cookies of the session.
    pub(crate) cookies: Vec<HeaderValue>,
}
