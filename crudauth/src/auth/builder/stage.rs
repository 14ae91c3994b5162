//! The stages of the builder for new users, as types, so that the compiler asks for a missing hook.

use std::fmt;
use std::marker::PhantomData;

use crate::register::{AnyNewUserHook, NewUserDefaults, NewUserHook, erase_data};
use crate::user::{AuthUser, Nothing, RegisterSchema};

/// Nothing fills the `#[auth(provisioned)]` fields yet. A sign-up carries `R`.
pub struct NoHook<R>(PhantomData<fn() -> R>);

impl<R> NoHook<R> {
    pub(super) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<R> fmt::Debug for NoHook<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NoHook")
    }
}

/// The stage of the builder for new users: [`NoHook`], [`NewUserDefaults`] or a [`NewUserHook`].
pub trait NewUserStage<U: AuthUser> {
    /// The sign-up body that the new-user hook reads.
    type Data: Send + 'static;
    /// The stage after defaults are given: a hook that is there already beats them.
    type WithDefaults;
    /// The stage after a sign-up body is chosen, which [`SchemaOpen`] allows.
    type WithSchema<S: RegisterSchema<User = U>>;
    #[doc(hidden)]
    fn with_defaults(self, defaults: U::Provisioned) -> Self::WithDefaults;
    #[doc(hidden)]
    fn with_schema<S: RegisterSchema<User = U>>(self) -> Self::WithSchema<S>;
}

impl<U: AuthUser, R: Send + 'static> NewUserStage<U> for NoHook<R> {
    type Data = R;
    type WithDefaults = NewUserDefaults<U, R>;
    type WithSchema<S: RegisterSchema<User = U>> = NoHook<S::Data>;

    fn with_defaults(self, defaults: U::Provisioned) -> Self::WithDefaults {
        NewUserDefaults::new(defaults)
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> NoHook<S::Data> {
        NoHook::new()
    }
}

impl<U: AuthUser, R: Send + 'static> NewUserStage<U> for NewUserDefaults<U, R> {
    type Data = R;
    type WithDefaults = Self;
    type WithSchema<S: RegisterSchema<User = U>> = NewUserDefaults<U, S::Data>;

    fn with_defaults(self, defaults: U::Provisioned) -> Self {
        Self::new(defaults)
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> NewUserDefaults<U, S::Data> {
        self.beside()
    }
}

impl<U: AuthUser, R: Send + 'static> NewUserStage<U> for NewUserHook<U, R> {
    type Data = R;
    type WithDefaults = Self;
    type WithSchema<S: RegisterSchema<User = U>> = Self;

    fn with_defaults(self, _: U::Provisioned) -> Self {
        self
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> Self {
        self
    }
}

/// No hook has been given that reads the body of a sign-up, so that the body can still be chosen.
#[diagnostic::on_unimplemented(
    message = "the sign-up body is chosen after the new-user hook that reads it",
    label = "needs to be before `.new_user_fields(..)`"
)]
pub trait SchemaOpen {}

#[diagnostic::do_not_recommend]
impl<R> SchemaOpen for NoHook<R> {}

#[diagnostic::do_not_recommend]
impl<U: AuthUser, R> SchemaOpen for NewUserDefaults<U, R> {}

/// The builder knows how `#[auth(provisioned)]` fields are filled.
#[diagnostic::on_unimplemented(
    message = "nothing fills the `#[auth(provisioned)]` fields of `{U}`",
    label = "needs `.new_user_defaults(..)` or `.new_user_fields(..)` before this",
    note = "for example `.new_user_fields(|new| async move {{ Ok({U}Provisioned {{ .. }}) }})`"
)]
pub trait NewUserFieldsGiven<U: AuthUser> {
    #[doc(hidden)]
    fn take(self) -> AnyNewUserHook<U>;
}

impl<U: AuthUser, R: Send + 'static> NewUserFieldsGiven<U> for NewUserHook<U, R> {
    fn take(self) -> AnyNewUserHook<U> {
        erase_data::<U, R>(self)
    }
}

impl<U: AuthUser<Provisioned: Clone + Sync>, R: 'static> NewUserFieldsGiven<U>
    for NewUserDefaults<U, R>
{
    fn take(self) -> AnyNewUserHook<U> {
        self.into_hook()
    }
}

impl<U: AuthUser<Provisioned: Nothing>, R> NewUserFieldsGiven<U> for NoHook<R> {
    fn take(self) -> AnyNewUserHook<U> {
        Box::new(|_, _| Box::pin(async { Ok(U::Provisioned::nothing()) }))
    }
}
