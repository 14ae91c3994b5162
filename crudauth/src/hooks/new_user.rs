//! The application's new-user hook.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::{Future, ready};
use std::marker::PhantomData;
use std::pin::Pin;

#[cfg(feature = "oauth")]
use crate::providers::Profile;
use crate::user::{AuthUser, RegisterFields};

/// What the new-user hook learns about the user to create.
///
/// The hook of [`Builder::new_user_fields`](crate::Builder::new_user_fields) gets it with the
/// types of the application: `R` is `{User}Register`, or `{Schema}Data` after
/// [`Builder::register_schema`](crate::Builder::register_schema), and `Db` the database that the
/// builder was given before the hook.
#[derive(Clone)]
#[non_exhaustive]
pub struct NewUserContext<R = (), Db = ()> {
    /// Where the user comes from.
    pub source: NewUserSource,
    /// The e-mail address, in canonical form.
    pub email: Option<String>,
    /// The user name.
    pub username: Option<String>,
    /// What the provider says of the user, where it is [`NewUserSource::OAuth`].
    #[cfg(feature = "oauth")]
    pub oauth: Option<Profile>,
    /// What the client sent, as it was sent, each value in its type; never the password. `None`
    /// if there was no sign-up.
    pub register_data: Option<R>,
    /// The database, for what the hook must look up.
    pub database: Db,
}

impl NewUserContext {
    pub(crate) fn from_sign_up(fields: &impl RegisterFields) -> Self {
        Self {
            source: NewUserSource::Register,
            email: fields.email().map(str::to_owned),
            username: fields.username().map(str::to_owned),
            #[cfg(feature = "oauth")]
            oauth: None,
            register_data: None,
            database: (),
        }
    }

    pub(crate) fn with<R, Db>(
        self,
        register_data: Option<R>,
        database: Db,
    ) -> NewUserContext<R, Db> {
        let Self {
            source,
            email,
            username,
            #[cfg(feature = "oauth")]
            oauth,
            ..
        } = self;
        NewUserContext {
            source,
            email,
            username,
            #[cfg(feature = "oauth")]
            oauth,
            register_data,
            database,
        }
    }
}

impl<R, Db> NewUserContext<R, Db> {
    /// A name to greet the user by: what a provider calls the user, else the part before the `@` of the
    /// address, else the user name.
    #[must_use]
    pub fn suggested_name(&self) -> Option<&str> {
        #[cfg(feature = "oauth")]
        if let Some(name) = self.oauth.as_ref().and_then(|profile| profile.name.as_deref()) {
            return Some(name);
        }
        let local = self.email.as_deref().and_then(|email| email.split('@').next());
        local.or(self.username.as_deref())
    }
}

/// Without what the client sent, which may be anything.
impl<R, Db> fmt::Debug for NewUserContext<R, Db> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUserContext")
            .field("source", &self.source)
            .field("email", &self.email)
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// Where a new user comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum NewUserSource {
    /// The sign-up route, or a call of the sign-up service.
    Register,
    /// A sign-in by a link to an address that had no account:
    /// [`MagicLinks::sign_up`](crate::MagicLinks::sign_up). There is no password, and nothing was sent by
    /// a form.
    MagicLink,
    /// A sign-in by a provider. There is no password, and nothing was sent by a form.
    OAuth,
}

/// The new-user hook, which may read sign-up data of the type `R`.
pub type NewUserHook<U, R = <U as AuthUser>::Register> = Box<
    dyn Fn(NewUserContext, Option<R>) -> HookFuture<<U as AuthUser>::Provisioned> + Send + Sync,
>;

/// The sign-up body that the new-user hook reads. The builder has seen to it that the hook asks for
/// the type that the form makes.
pub(crate) type RegisterData = Box<dyn Any + Send>;

/// The new-user hook as the runtime holds it: of one type, whatever the sign-up body is.
pub(crate) type AnyNewUserHook<U> = NewUserHook<U, RegisterData>;

/// Constants in place of a new-user hook.
pub struct NewUserDefaults<U: AuthUser, R = <U as AuthUser>::Register> {
    values: U::Provisioned,
    data: PhantomData<fn() -> R>,
}

impl<U: AuthUser, R> NewUserDefaults<U, R> {
    pub(crate) fn new(values: U::Provisioned) -> Self {
        Self { values, data: PhantomData }
    }

    /// The same constants for another sign-up body.
    pub(crate) fn beside<Other>(self) -> NewUserDefaults<U, Other> {
        NewUserDefaults::new(self.values)
    }

    pub(crate) fn into_hook(self) -> AnyNewUserHook<U>
    where
        U::Provisioned: Clone + Sync,
    {
        Box::new(move |_, _| Box::pin(ready(Ok(self.values.clone()))))
    }
}

impl<U: AuthUser, R> fmt::Debug for NewUserDefaults<U, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewUserDefaults").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}

/// Lets the runtime call a hook without knowing what it reads.
pub(crate) fn erase_data<U: AuthUser, R: 'static>(hook: NewUserHook<U, R>) -> AnyNewUserHook<U> {
    Box::new(move |context, data| {
        hook(context, data.and_then(|data| data.downcast().ok()).map(|data| *data))
    })
}

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

impl HookError {
    /// The error that it wraps. It is no [`Error`] itself, since it converts from every error.
    pub(crate) fn into_source(self) -> Box<dyn Error + Send + Sync> {
        self.0
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
