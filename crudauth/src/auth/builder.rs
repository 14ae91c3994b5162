//! The configuration of an application: what is required of it, and how it is built.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::CrudAuth;
use super::assemble::assemble;
use super::given::{
    DatabaseGiven, DatabaseHandle, Given, Missing, NewUserFieldsGiven, NewUserStage, SchemaOpen,
    SecretKeyGiven,
};
use super::settings::Settings;
use crate::error::StartupError;
use crate::hooks::{HookError, NewUserContext, NewUserHook};
use crate::register::Form;
use crate::secret::SecretKey;
use crate::store::Database;
use crate::transport::bearer::BearerConfig;
use crate::user::{AuthUser, HasEpoch, RegisterSchema};

/// Configures a [`CrudAuth`]. Everything has a default but the database and the secret key.
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<U: AuthUser, D = Missing, K = Missing, N = Missing> {
    pub(super) database: D,
    pub(super) secret_key: K,
    pub(super) new_user: N,
    pub(super) settings: Settings<U>,
}

/// A builder that has a new-user hook.
type Hooked<U, D, K, R> = Builder<U, D, K, Given<NewUserHook<U, R>>>;
impl<U: AuthUser> Builder<U> {
    pub(super) fn new() -> Self {
        Self {
            database: Missing,
            secret_key: Missing,
            new_user: Missing,
            settings: Settings::default(),
        }
    }
}

impl<U: AuthUser, D, K, N> Builder<U, D, K, N> {
    /// Bearer tokens beside sessions: `POST /token`, `POST /refresh`,
    /// `GET /.well-known/jwks.json`, and `Authorization: Bearer` wherever a
    /// [`Principal`](crate::Principal) is asked for. [`CrudAuth::tokens`] issues them in the
    /// application's own code. The struct needs the logical field `token_version`, without which a
    /// change of credentials would leave tokens alive:
    ///
    /// ```compile_fail
    /// # use crudauth::{AuthUser, BearerConfig, Builder};
    /// fn without_epoch<U: AuthUser>(builder: Builder<U>) {
    ///     let _ = builder.bearer(BearerConfig::default());
    /// }
    /// ```
    ///
    /// ```
    /// # use crudauth::{BearerConfig, Builder, user::HasEpoch};
    /// fn with_epoch<U: HasEpoch>(builder: Builder<U>) {
    ///     let _ = builder.bearer(BearerConfig::default());
    /// }
    /// ```
    pub fn bearer(mut self, config: BearerConfig) -> Self
    where
        U: HasEpoch,
    {
        self.settings.bearer = Some(config);
        self
    }

    /// Changes the configuration of bearer tokens: after [`CrudAuth::from_env`], say, for what the
    /// environment does not name. Without [`bearer`](Self::bearer) before it, it begins with the
    /// defaults.
    pub fn map_bearer(mut self, change: impl FnOnce(BearerConfig) -> BearerConfig) -> Self
    where
        U: HasEpoch,
    {
        self.settings.bearer = Some(change(self.settings.bearer.unwrap_or_default()));
        self
    }

    /// Where users and state are kept. Required.
    pub fn database<Db: Database<U>>(self, database: Db) -> Builder<U, Given<Db>, K, N> {
        let Self { secret_key, new_user, settings, .. } = self;
        Builder { database: Given(database), secret_key, new_user, settings }
    }

    /// The key of all keyed digests. Required. A new key ends all that was issued under the old
    /// one, unless it has the old one [as a fallback](SecretKey::with_fallbacks). Keep it secret:
    /// it is enough to make device tokens. With read access to the users table it makes reset
    /// links, and with write access to the state store it makes sessions.
    pub fn secret_key(self, key: SecretKey) -> Builder<U, D, Given<SecretKey>, N> {
        let Self { database, new_user, settings, .. } = self;
        Builder { database, secret_key: Given(key), new_user, settings }
    }

    /// The hook that fills the `#[auth(provisioned)]` fields of a new user. Required where the
    /// struct has such fields. It runs wherever a user is created, before the insert; an error
    /// stops the sign-up.
    ///
    /// What the client sent comes typed, and the database as [`database`](Self::database) was
    /// given it before:
    ///
    /// ```
    /// # use crudauth::{Builder, Given, Sqlite, AuthUser};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer, nickname -> Nullable<Text>, slug -> Text } }
    /// #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// struct Account {
    ///     # id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    ///     #[auth(register)]
    ///     nickname: Option<String>,
    ///     #[auth(provisioned)]
    ///     slug: String,
    ///     // ..
    /// }
    ///
    /// # fn configure<K>(builder: Builder<Account, Given<Sqlite>, K>) {
    /// let builder = builder.new_user_fields(|new| async move {
    ///     let name = new.suggested_name().unwrap_or("somebody").to_owned();
    ///     let name = new.register_data.and_then(|sent| sent.nickname).unwrap_or(name);
    ///     let alike = new.database.read(move |connection| {
    ///         # use diesel::prelude::*;
    ///         let alike = accounts::table.filter(accounts::slug.eq(&name));
    ///         Ok((alike.count().get_result::<i64>(connection)?, name))
    ///     });
    ///     let (alike, name) = alike.await?;
    ///     Ok(AccountProvisioned { slug: format!("{name}-{alike}") })
    /// });
    /// # drop(builder); }
    /// ```
    ///
    /// A tenant by the domain of the e-mail address. The address is an `Option`, since a struct can
    /// do without one, and nobody has proved it yet:
    ///
    /// ```
    /// # use crudauth::{AuthUser, Builder, Given, Sqlite};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer, tenant_id -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// #     #[auth(provisioned)] tenant_id: i32,
    /// # }
    /// # fn configure<K>(builder: Builder<Account, Given<Sqlite>, K>) {
    /// let builder = builder.new_user_fields(|new| async move {
    ///     let parts = new.email.as_deref().and_then(|email| email.rsplit_once('@'));
    ///     let tenant_id = match parts {
    ///         Some((_, "example.com")) => 2,
    ///         _ => 1,
    ///     };
    ///     Ok(AccountProvisioned { tenant_id })
    /// });
    /// # drop(builder); }
    /// ```
    pub fn new_user_fields<F, Fut>(self, hook: F) -> Hooked<U, D, K, N::Data>
    where
        N: NewUserStage<U>,
        D: DatabaseHandle,
        F: Fn(NewUserContext<N::Data, D::Handle>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<U::Provisioned, HookError>> + Send + 'static,
    {
        let Self { database, secret_key, settings, .. } = self;
        let handle = database.handle();
        let hook: NewUserHook<U, N::Data> =
            Box::new(move |context, data| Box::pin(hook(context.with(data, handle.clone()))));
        Builder { database, secret_key, new_user: Given(hook), settings }
    }

    /// The same values for the `#[auth(provisioned)]` fields of every new user. Where there is a
    /// hook too, in whichever order, the hook decides.
    pub fn new_user_defaults(
        self,
        defaults: U::Provisioned,
    ) -> Builder<U, D, K, <N as NewUserStage<U>>::WithDefaults>
    where
        N: NewUserStage<U>,
        U::Provisioned: Clone + Sync,
    {
        let Self { database, secret_key, new_user, settings } = self;
        let new_user = new_user.with_defaults(defaults);
        Builder { database, secret_key, new_user, settings }
    }

    /// A sign-up body of the application's own, in the place of `{User}Register` and `password`:
    /// see [`RegisterSchema`](derive@crate::RegisterSchema). It comes before the hook that reads
    /// it.
    ///
    /// ```
    /// # use crudauth::{AuthUser, Builder, RegisterSchema};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer, tier_id -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// #     #[auth(provisioned)] tier_id: i32,
    /// # }
    /// #[derive(RegisterSchema)]
    /// #[auth(user = Account)]
    /// struct SignUp {
    ///     email: String,
    ///     password: crudauth::Password,
    ///     #[auth(input_only)]
    ///     invitation: Option<String>,
    /// }
    ///
    /// # fn configure(builder: Builder<Account, crudauth::Missing>) {
    /// let builder = builder.register_schema::<SignUp>().new_user_fields(|new| async move {
    ///     let invitation = new.register_data.and_then(|sent| sent.invitation);
    ///     Ok(AccountProvisioned { tier_id: invitation.is_some().into() })
    /// });
    /// # drop(builder); }
    /// ```
    pub fn register_schema<S: RegisterSchema<User = U>>(
        self,
    ) -> Builder<U, D, K, <N as NewUserStage<U>>::WithSchema<S>>
    where
        N: NewUserStage<U> + SchemaOpen,
    {
        let Self { database, secret_key, new_user, mut settings } = self;
        settings.read_sign_up = Form::read_schema::<S>;
        Builder { database, secret_key, new_user: new_user.with_schema(), settings }
    }

    /// Checks the configuration, makes the database ready, and puts the parts together.
    ///
    /// # Errors
    ///
    /// Where a setting cannot work or the database is not what the struct says; the error names
    /// the setting and the fix.
    pub fn build(self) -> Building<U>
    where
        D: DatabaseGiven<Database: Database<U>>,
        K: SecretKeyGiven,
        N: NewUserFieldsGiven<U>,
    {
        let Self { database, secret_key, new_user, settings } = self;
        assemble(database.take(), secret_key.take(), new_user.take(), settings)
    }
}

/// What [`Builder::build`] returns. It has no part of the builder's type, so that what the builder
/// lacks is one error at `build`, and not another one where it is awaited.
pub type Building<U> = Pin<Box<dyn Future<Output = Result<CrudAuth<U>, StartupError>> + Send>>;

impl<U: AuthUser, D, K, N> fmt::Debug for Builder<U, D, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
