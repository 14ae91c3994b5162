//! What the builder has been given, as types: what is required is asked for by the compiler.

use crate::register::NewUserHook;
use crate::transport::bearer::BearerConfig;
use crate::user::{AuthUser, NothingProvisioned};

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

/// The builder knows how `#[auth(provisioned)]` fields are filled.
#[diagnostic::on_unimplemented(
    message = "nothing fills the `#[auth(provisioned)]` fields of `{U}`",
    label = "needs `.new_user_fields(..)` before this",
    note = "for example `.new_user_fields(|new| async move {{ Ok({U}Provisioned {{ .. }}) }})`"
)]
pub trait NewUserFieldsGiven<U: AuthUser> {
    #[doc(hidden)]
    fn take(self) -> NewUserHook<U>;
}

impl<U: AuthUser> NewUserFieldsGiven<U> for Given<NewUserHook<U>> {
    fn take(self) -> NewUserHook<U> {
        self.0
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
    fn take(self) -> NewUserHook<U> {
        Box::new(|_| Box::pin(async { Ok(U::Provisioned::nothing()) }))
    }
}

/// Whether the builder mounts bearer tokens: always answered.
pub trait BearerChosen {
    #[doc(hidden)]
    fn take(self) -> Option<BearerConfig>;
}

impl BearerChosen for Given<BearerConfig> {
    fn take(self) -> Option<BearerConfig> {
        Some(self.0)
    }
}

impl BearerChosen for Missing {
    fn take(self) -> Option<BearerConfig> {
        None
    }
}

/// The builder mounts bearer tokens.
#[diagnostic::on_unimplemented(
    message = "the builder of `CrudAuth` has no bearer tokens to issue",
    label = "needs `.bearer(..)` before this",
    note = "for example `.bearer(BearerConfig::default())`; without tokens, call `.build()`"
)]
pub trait BearerGiven: BearerChosen {}

impl BearerGiven for Given<BearerConfig> {}
