//! What the builder has been given, as types: what is required is asked for by the compiler.

use std::fmt;
use std::marker::PhantomData;

use super::builder::Builder;
use crate::register::{AnyNewUserHook, NewUserDefaults, NewUserHook, erase_data};
use crate::user::{AuthUser, NothingProvisioned, RegisterSchema};

/// [`Builder<U>`], by way of what only a user struct has. So a type that is none has no builder,
/// and is one error, not another one at each method that follows.
pub type BuilderOf<U> = <<U as AuthUser>::Register as Begins<U>>::Builder;

/// Where a configuration begins. See [`BuilderOf`].
pub trait Begins<U> {
    /// [`Builder<U>`].
    type Builder;
    #[doc(hidden)]
    fn begin() -> Self::Builder;
}

impl<U: AuthUser<Register = R>, R> Begins<U> for R {
    type Builder = Builder<U>;

    fn begin() -> Builder<U> {
        Builder::new()
    }
}

/// The setting has been given.
#[derive(Debug)]
pub struct Given<T>(pub(super) T);

/// The setting has not been given.
#[derive(Debug)]
pub struct Missing;

/// The builder has a database.
#[diagnostic::on_unimplemented(
    message = "the builder of `CrudAuth` has no database",
    label = "needs `.database(..)` before this",
    note = "for example `.database(Sqlite::open(\"app.db\")?)`"
)]
pub trait DatabaseGiven {
    /// The database.
    type Database;
    #[doc(hidden)]
    fn take(self) -> Self::Database;
}

impl<D> DatabaseGiven for Given<D> {
    type Database = D;

    fn take(self) -> D {
        self.0
    }
}

/// The builder has a secret key.
#[diagnostic::on_unimplemented(
    message = "the builder of `CrudAuth` has no secret key",
    label = "needs `.secret_key(..)` before this",
    note = "for example `.secret_key(SecretKey::from_env(\"SECRET_KEY\")?)`"
)]
pub trait SecretKeyGiven {
    #[doc(hidden)]
    fn take(self) -> crate::secret::SecretKey;
}

impl SecretKeyGiven for Given<crate::secret::SecretKey> {
    fn take(self) -> crate::secret::SecretKey {
        self.0
    }
}

/// The database as the new-user hook sees it: as it was given, or not at all where it is given
/// after the hook.
#[diagnostic::on_unimplemented(
    message = "the new-user hook cannot have a handle of this database",
    label = "needs a database that is `Clone + Send + Sync`",
    note = "or call `.database(..)` after `.new_user_fields(..)`, for a hook without a database"
)]
pub trait DatabaseHandle {
    /// The handle.
    type Handle: Clone + Send + Sync + 'static;
    #[doc(hidden)]
    fn handle(&self) -> Self::Handle;
}

impl<D: Clone + Send + Sync + 'static> DatabaseHandle for Given<D> {
    type Handle = D;

    fn handle(&self) -> D {
        self.0.clone()
    }
}

impl DatabaseHandle for Missing {
    type Handle = ();

    fn handle(&self) {}
}

/// The builder has a sign-up body of the application's own, and nothing that fills
/// `#[auth(provisioned)]` fields.
pub struct SchemaGiven<S>(PhantomData<fn() -> S>);

impl<S> fmt::Debug for SchemaGiven<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SchemaGiven")
    }
}

/// What the builder knows of new users so far.
pub trait NewUserStage<U: AuthUser> {
    /// What the new-user hook reads of a sign-up.
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

impl<U: AuthUser> NewUserStage<U> for Missing {
    type Data = U::Register;
    type WithDefaults = Given<NewUserDefaults<U>>;
    type WithSchema<S: RegisterSchema<User = U>> = SchemaGiven<S>;

    fn with_defaults(self, defaults: U::Provisioned) -> Self::WithDefaults {
        Given(NewUserDefaults::new(defaults))
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> SchemaGiven<S> {
        SchemaGiven(PhantomData)
    }
}

impl<U: AuthUser, Before: RegisterSchema<User = U>> NewUserStage<U> for SchemaGiven<Before> {
    type Data = Before::Data;
    type WithDefaults = Given<NewUserDefaults<U, Before::Data>>;
    type WithSchema<S: RegisterSchema<User = U>> = SchemaGiven<S>;

    fn with_defaults(self, defaults: U::Provisioned) -> Self::WithDefaults {
        Given(NewUserDefaults::new(defaults))
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> SchemaGiven<S> {
        SchemaGiven(PhantomData)
    }
}

impl<U: AuthUser, R: Send + 'static> NewUserStage<U> for Given<NewUserDefaults<U, R>> {
    type Data = R;
    type WithDefaults = Self;
    type WithSchema<S: RegisterSchema<User = U>> = Given<NewUserDefaults<U, S::Data>>;

    fn with_defaults(self, defaults: U::Provisioned) -> Self {
        Given(NewUserDefaults::new(defaults))
    }

    fn with_schema<S: RegisterSchema<User = U>>(self) -> Given<NewUserDefaults<U, S::Data>> {
        Given(self.0.beside())
    }
}

impl<U: AuthUser, R: Send + 'static> NewUserStage<U> for Given<NewUserHook<U, R>> {
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
impl SchemaOpen for Missing {}

#[diagnostic::do_not_recommend]
impl<S> SchemaOpen for SchemaGiven<S> {}

#[diagnostic::do_not_recommend]
impl<U: AuthUser, R> SchemaOpen for Given<NewUserDefaults<U, R>> {}

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

impl<U: AuthUser, R: Send + 'static> NewUserFieldsGiven<U> for Given<NewUserHook<U, R>> {
    fn take(self) -> AnyNewUserHook<U> {
        erase_data::<U, R>(self.0)
    }
}

impl<U: AuthUser<Provisioned: Clone + Sync>, R> NewUserFieldsGiven<U>
    for Given<NewUserDefaults<U, R>>
where
    R: 'static,
{
    fn take(self) -> AnyNewUserHook<U> {
        self.0.into_hook()
    }
}

/// What a new-user hook has to say where there is none: nothing.
#[diagnostic::on_unimplemented(
    message = "nothing fills the `#[auth(provisioned)]` fields of `{Self}`",
    label = "needs `.new_user_fields(..)` before this",
    note = "for example `.new_user_fields(|new| async move {{ Ok({Self} {{ .. }}) }})`"
)]
pub trait Nothing: Sized {
    #[doc(hidden)]
    fn nothing() -> Self;
}

impl Nothing for NothingProvisioned {
    fn nothing() -> Self {
        Self
    }
}

impl<U: AuthUser<Provisioned: Nothing>> NewUserFieldsGiven<U> for Missing {
    fn take(self) -> AnyNewUserHook<U> {
        Box::new(|_, _| Box::pin(async { Ok(U::Provisioned::nothing()) }))
    }
}

impl<U: AuthUser<Provisioned: Nothing>, S> NewUserFieldsGiven<U> for SchemaGiven<S> {
    fn take(self) -> AnyNewUserHook<U> {
        NewUserFieldsGiven::<U>::take(Missing)
    }
}
