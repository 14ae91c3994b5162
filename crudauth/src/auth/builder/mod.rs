//! The builder of [`CrudAuth`](crate::CrudAuth), and the types that its own type is made of.

mod stage;

pub use self::stage::{NewUserFieldsGiven, NewUserStage, NoHook, SchemaOpen};

use std::fmt;
use std::future::Future;
use std::pin::Pin;

use serde::Serialize;
use serde::de::DeserializeOwned;

use super::CrudAuth;
use super::assemble::assemble;
use super::settings::Settings;
use crate::error::StartupError;
use crate::hooks::{HookError, NewUserContext, NewUserHook};
#[cfg(feature = "oauth")]
use crate::oauth::{FormFields, OAuthConfig, Profile};
use crate::register::Form;
use crate::secret::SecretKey;
use crate::store::Database;
use crate::token::MakeClaims;
use crate::transport::bearer::BearerConfig;
use crate::user::{AuthUser, HasEpoch, RegisterSchema};
#[cfg(feature = "oauth")]
use crate::user::{NothingFromForm, SignsInByProviders};

/// Configures a [`CrudAuth`]: every setting has a default. [`CrudAuth::builder`] and
/// [`CrudAuth::from_env`] begin one, whose type is `Builder<Account, Sqlite>`.
///
/// The third parameter is what fills the `#[auth(provisioned)]` fields:
/// [`NewUserHook<Account>`](crate::register::NewUserHook) once there is a hook.
///
/// A method replaces what was set before, unless its name begins with `add_`.
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<U: AuthUser, Db, N = NoHook<<U as AuthUser>::Register>> {
    pub(super) database: Db,
    pub(super) key: SecretKey,
    pub(super) new_user: N,
    pub(super) settings: Settings<U>,
}

/// `U` itself, by way of what only a user struct has. The compiler does not look further into a
/// type that contains this for a `U` without `AuthUser`, so that the missing derive is one error
/// and not another one at each method that follows.
pub type UserOf<U> = <<U as AuthUser>::Register as BelongsTo<U>>::User;

/// See [`UserOf`].
pub trait BelongsTo<U> {
    /// `U`.
    type User;
}

impl<U: AuthUser<Register = R>, R> BelongsTo<U> for R {
    type User = U;
}

impl<U: AuthUser, Db> Builder<U, Db> {
    pub(super) fn new(database: Db, key: SecretKey) -> Self {
        Self { database, key, new_user: NoHook::new(), settings: Settings::default() }
    }
}

impl<U: AuthUser, Db, N> Builder<U, Db, N> {
    /// Bearer tokens beside sessions: `POST /token`, `POST /refresh`,
    /// `GET /.well-known/jwks.json`, and `Authorization: Bearer` wherever a
    /// [`Principal`](crate::Principal) is asked for. [`CrudAuth::tokens`] issues them in the
    /// application's own code. The struct needs the logical field `token_version`, without which a
    /// change of credentials would leave tokens alive. Default: `None`, no bearer tokens.
    ///
    /// ```compile_fail
    /// # use crudauth::{AuthUser, BearerConfig, Builder};
    /// fn without_epoch<U: AuthUser, Db>(builder: Builder<U, Db>) {
    ///     let _ = builder.bearer(BearerConfig::default());
    /// }
    /// ```
    ///
    /// ```
    /// # use crudauth::{BearerConfig, Builder, user::HasEpoch};
    /// fn with_epoch<U: HasEpoch, Db>(builder: Builder<U, Db>, serves_scripts: bool) {
    ///     let _ = builder.bearer(serves_scripts.then(BearerConfig::default));
    /// }
    /// ```
    pub fn bearer(mut self, config: impl Into<Option<BearerConfig>>) -> Self
    where
        U: HasEpoch,
    {
        self.settings.bearer = config.into();
        self
    }

    /// Sign-in by providers: Google, GitHub, any OpenID provider. The struct needs the logical fields
    /// `email` and `email_verified`: an identity is linked to the account that has proved its address.
    /// Default: none.
    ///
    /// A user who signs up by a provider fills in no form. So each `#[auth(register)]` field must be an
    /// `Option`, which stays NULL; a struct with others has [`oauth_with`](Self::oauth_with).
    #[cfg(feature = "oauth")]
    pub fn oauth(mut self, config: OAuthConfig) -> Self
    where
        U: SignsInByProviders + NothingFromForm,
    {
        self.settings.oauth = Some(config);
        self.settings.oauth_form = Some(FormFields::none());
        self
    }

    /// As [`oauth`](Self::oauth), for a struct with `#[auth(register)]` fields, or login fields of its
    /// own, that are no `Option`: `hook` fills them for a user who signs up by a provider and fills in
    /// no form. `{User}OAuthFields` has exactly those.
    ///
    /// It is asked before a user is created, with what the provider says. `None` refuses: there is no
    /// account, and the sign-in fails by `not_allowed`. An error is logged, and the client gets a 500.
    ///
    /// ```
    /// # use crudauth::{AuthUser, Builder, oauth::OAuthConfig};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, email_verified -> Bool, token_version -> Integer, country -> Text } }
    /// #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// struct Account {
    ///     # id: i32, email: String, hashed_password: String, is_active: bool, email_verified: bool,
    ///     # token_version: i32,
    ///     #[auth(register)]
    ///     country: String,
    ///     // ..
    /// }
    ///
    /// # fn configure<Db>(builder: Builder<Account, Db>, config: OAuthConfig) {
    /// let builder = builder.oauth_with(config, |profile| async move {
    ///     let is_ours = profile.issuer().ends_with(".example.ch");
    ///     Ok(is_ours.then(|| AccountOAuthFields { country: "CH".to_owned() }))
    /// });
    /// # drop(builder); }
    /// ```
    #[cfg(feature = "oauth")]
    pub fn oauth_with<F, Fut>(mut self, config: OAuthConfig, hook: F) -> Self
    where
        U: SignsInByProviders,
        U::OAuthFields: Clone + Sync,
        F: Fn(Profile) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<U::OAuthFields>, HookError>> + Send + 'static,
    {
        self.settings.oauth = Some(config);
        self.settings.oauth_form = Some(FormFields::by(hook));
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

    /// Claims of the application's own in every access token. They are made of the user's row as it is
    /// when the token is issued, and anew at each refresh; until then a change of the row does not
    /// show in them. Anybody who has the token can read them. Default: none.
    ///
    /// ```
    /// # use crudauth::{Builder, Principal, user::{AuthUser, HasEpoch}};
    /// # use serde::{Deserialize, Serialize};
    /// #[derive(Serialize, Deserialize)]
    /// struct Plan {
    ///     tier: String,
    /// }
    ///
    /// # trait HasTier { fn tier(&self) -> String; }
    /// # fn configure<U: HasEpoch + HasTier, Db>(builder: Builder<U, Db>) {
    /// let builder = builder.claims(|user: &U| Plan { tier: user.tier() });
    /// # drop(builder); }
    ///
    /// async fn export<U: AuthUser>(me: Principal<U>) -> &'static str {
    ///     match me.claims::<Plan>() {
    ///         Some(plan) if plan.tier == "gold" => "everything",
    ///         _ => "a summary",
    ///     }
    /// }
    /// # fn ignore<U: AuthUser>() { let _ = export::<U>; }
    /// ```
    ///
    /// `C` is a struct with named fields, none of which is
    /// [`flatten`](https://serde.rs/attr-flatten.html). A name that tokens use already, such as `sub`
    /// or `exp`, is a mistake that [`build`](Self::build) reports.
    pub fn claims<C>(mut self, make: impl Fn(&U) -> C + Send + Sync + 'static) -> Self
    where
        U: HasEpoch,
        C: Serialize + DeserializeOwned,
    {
        self.settings.claims = Some(MakeClaims::new(make));
        self
    }

    /// Another secret key than the one that the builder began with.
    pub fn secret_key(mut self, key: SecretKey) -> Self {
        self.key = key;
        self
    }

    /// The hook that fills the `#[auth(provisioned)]` fields of a new user. Required where the
    /// struct has such fields. It runs wherever a user is created, before the insert; an error
    /// stops the sign-up.
    ///
    /// What the client sent comes typed, and so does the database that the builder began with:
    ///
    /// ```
    /// # use crudauth::{Builder, Sqlite, AuthUser};
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
    /// # fn configure(builder: Builder<Account, Sqlite>) {
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
    /// # use crudauth::{AuthUser, Builder};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer, tenant_id -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// #     #[auth(provisioned)] tenant_id: i32,
    /// # }
    /// # fn configure<Db: Clone + Send + Sync + 'static>(builder: Builder<Account, Db>) {
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
    pub fn new_user_fields<F, Fut>(self, hook: F) -> Builder<U, Db, NewUserHook<U, N::Data>>
    where
        N: NewUserStage<U>,
        Db: Clone + Send + Sync + 'static,
        F: Fn(NewUserContext<N::Data, Db>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<U::Provisioned, HookError>> + Send + 'static,
    {
        let Self { database, key, settings, .. } = self;
        let handle = database.clone();
        let new_user: NewUserHook<U, N::Data> =
            Box::new(move |context, data| Box::pin(hook(context.with(data, handle.clone()))));
        Builder { database, key, new_user, settings }
    }

    /// The same values for the `#[auth(provisioned)]` fields of every new user. Where there is a
    /// hook too, in whichever order, the hook decides.
    pub fn new_user_defaults(
        self,
        defaults: U::Provisioned,
    ) -> Builder<U, Db, <N as NewUserStage<U>>::WithDefaults>
    where
        N: NewUserStage<U>,
        U::Provisioned: Clone + Sync,
    {
        let Self { database, key, new_user, settings } = self;
        Builder { database, key, new_user: new_user.with_defaults(defaults), settings }
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
    /// # fn configure<Db: Clone + Send + Sync + 'static>(builder: Builder<Account, Db>) {
    /// let builder = builder.register_schema::<SignUp>().new_user_fields(|new| async move {
    ///     let invitation = new.register_data.and_then(|sent| sent.invitation);
    ///     Ok(AccountProvisioned { tier_id: invitation.is_some().into() })
    /// });
    /// # drop(builder); }
    /// ```
    pub fn register_schema<S: RegisterSchema<User = U>>(
        self,
    ) -> Builder<U, Db, <N as NewUserStage<U>>::WithSchema<S>>
    where
        N: NewUserStage<U> + SchemaOpen,
    {
        let Self { database, key, new_user, mut settings } = self;
        settings.read_sign_up = Form::read_schema::<S>;
        Builder { database, key, new_user: new_user.with_schema(), settings }
    }

    /// Checks the configuration, makes the database ready, and puts the parts together.
    ///
    /// # Errors
    ///
    /// Where settings cannot work: the error has all of them, each with the fix, and nothing has
    /// been opened. Where the database is not what the struct says.
    pub fn build(self) -> Building<U>
    where
        Db: Database<U>,
        N: NewUserFieldsGiven<U>,
    {
        let Self { database, key, new_user, settings } = self;
        assemble(database, key, new_user.take(), settings)
    }
}

/// What [`Builder::build`] returns. It has no part of the builder's type, so that what the builder
/// lacks is one error at `build`, and not another one where it is awaited.
pub type Building<U> = Pin<Box<dyn Future<Output = Result<CrudAuth<U>, StartupError>> + Send>>;

impl<U: AuthUser, Db, N> fmt::Debug for Builder<U, Db, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
