//! The application's new-user hook.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use crate::user::{AuthUser, RegisterFields};

/// What the new-user hook is told of the user who is about to exist.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct NewUserContext {
    /// Through what the user comes.
    pub source: NewUserSource,
    /// The e-mail address, in canonical form.
    pub email: Option<String>,
    /// The user name.
    pub username: Option<String>,
}

impl NewUserContext {
    pub(crate) fn of_sign_up(fields: &impl RegisterFields) -> Self {
        Self {
            source: NewUserSource::Register,
            email: fields.email().map(str::to_owned),
            username: fields.username().map(str::to_owned),
        }
    }

    /// A name to greet the user by: what stands before the `@` of the address, else the user
    /// name.
    #[must_use]
    pub fn suggested_name(&self) -> Option<&str> {
        let local = self.email.as_deref().and_then(|email| email.split('@').next());
        local.or(self.username.as_deref())
    }
}

/// Through what a user comes into being.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewUserSource {
    /// The sign-up route, or a call of the sign-up service.
    Register,
}

/// The new-user hook as the runtime holds it.
pub type NewUserHook<U> =
    Box<dyn Fn(NewUserContext) -> HookFuture<<U as AuthUser>::Provisioned> + Send + Sync>;

/// What a hook returns.
pub(crate) type HookFuture<T> = Pin<Box<dyn Future<Output = Result<T, HookError>> + Send>>;

/// A hook of the application failed. Any error turns into it by `?`; it is logged, and the client
/// receives 500.
pub struct HookError(Box<dyn Error + Send + Sync>);

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for HookError {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl fmt::Debug for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl fmt::Display for HookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
