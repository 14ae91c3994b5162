//! The composition root: the one place that knows every part.

mod accounts;
mod assemble;
pub mod builder;
mod checks;
#[cfg(feature = "cors")]
mod cors;
mod csrf_forms;
mod env;
mod error_pages;
mod extract;
mod guard;
mod layers;
mod limit;
mod long_lived;
mod open;
mod own_pages;
mod protect;
mod ready;
mod require_enrolment;
mod require_login;
mod settings;
mod shared;
mod shutdown;
mod sign_in;
mod sign_out;
mod sign_up;
mod state;

pub use self::builder::Builder;
use self::builder::UserOf;
pub use self::csrf_forms::CsrfForms;
pub use self::env::{EnvError, EnvMistake};
pub use self::error_pages::ErrorPages;
pub use self::limit::{RateLimitLayer, RateLimited};
pub use self::long_lived::{ConnectionConfig, Ended, ForConnections, LongLived, LongLivedStream};
pub use self::require_enrolment::RequireEnrolment;
pub use self::require_login::RequireLogin;
use self::shared::Shared;
use self::shutdown::Ending;
pub use self::shutdown::ShutdownError;
pub use self::sign_in::{SignInOptions, SignInProof, SigningIn};
pub use self::state::AuthState;

use std::fmt;
use std::sync::{Arc, Mutex};

use axum::Router;
use http::request::Parts;

use crate::core::{App, Core};
use crate::delivery::Mailer;
use crate::error::{Rejection, RejectionKind};
use crate::event::Events;
use crate::http::ClientAddress;
use crate::login::LoginService;
use crate::mfa::MfaService;
#[cfg(feature = "oauth")]
use crate::oauth::OAuth;
use crate::outbox::{Outbox, OutboxWorker};
use crate::password_change::PasswordChangeService;
use crate::rate_limit::RateLimiters;
use crate::recovery::RecoveryService;
use crate::register::{Register, RegisterService};
use crate::secret::SecretKey;
use crate::store::{Database, Migration, StoreError, Stores};
use crate::sudo::SudoService;
use crate::tokens::BearerRoutes;
use crate::transport::bearer::BearerTokens;
use crate::transport::session::SessionTransport;
use crate::transport::{Authenticator, SignIns};
use crate::user::AuthUser;

/// Authentication for one kind of user: routes, extractors and services, over one database.
///
/// Made by [`CrudAuth::builder`]; cheap to clone. Handlers need it in the state, so that
/// [`Principal`](crate::Principal) can be extracted: as the state itself, or as a field of a state with
/// `#[derive(axum::extract::FromRef)]`, also behind an `Arc`; see [`AuthState`].
pub struct CrudAuth<U> {
    inner: Shared<U>,
}

struct Inner<U: AuthUser> {
    app: Arc<App<U>>,
    routes: Router,
    register: Arc<Register<U>>,
    login: Arc<LoginService<U>>,
    passwords: Arc<PasswordChangeService<U>>,
    recovery: Option<Arc<RecoveryService<U>>>,
    sudo: Arc<SudoService<U>>,
    mfa: Option<Arc<MfaService<U>>>,
    session: Arc<SessionTransport<U>>,
    bearer: Option<Arc<BearerRoutes<U>>>,
    #[cfg(feature = "oauth")]
    oauth: Option<Arc<OAuth<U>>>,
    migrations: Vec<Migration>,
    connections: ConnectionConfig,
    /// Delivers until it is taken, or the last clone is dropped.
    worker: Mutex<Option<OutboxWorker>>,
    ending: tokio::sync::Mutex<Ending>,
}

impl<U: AuthUser> Inner<U> {
    fn core(&self) -> &Core<U> {
        &self.app.core
    }
}

impl<U> CrudAuth<U> {
    /// Begins a configuration.
    ///
    /// `database` is where users are kept, and what expires unless
    /// [`Builder::expiring_store`] says otherwise: `Sqlite`, `Postgres`, `Mysql`, or
    /// [`Stores`] of your own.
    ///
    /// `key` is the key of all keyed digests. A new key ends all that was issued under the old one,
    /// unless it has the old one [as a fallback](SecretKey::with_fallbacks). Keep it secret: it is
    /// enough to make device tokens. With read access to the users table it makes reset links, and
    /// with write access to the state store it makes sessions.
    ///
    /// Where the struct has `#[auth(provisioned)]` fields, the compiler asks for
    /// [`Builder::new_user_defaults`] or [`Builder::new_user_fields`].
    pub fn builder<Db: Database<UserOf<U>>>(database: Db, key: SecretKey) -> Builder<UserOf<U>, Db>
    where
        U: AuthUser,
    {
        Builder::new(database, key)
    }
}

impl<U: AuthUser> CrudAuth<U> {
    /// The routes, to be merged or nested into the application's router: `POST /register`,
    /// `POST /login`, `POST /logout`, `GET /me`, `POST /change-password`, `POST /set-password`;
    /// `POST /csrf/refresh`; those of
    /// [`SessionConfig::management_routes`](crate::SessionConfig::management_routes); those of
    /// [`recovery`](crate::recovery), where messages are sent; and with bearer tokens
    /// `POST /token`, `POST /refresh`, `GET /.well-known/jwks.json`.
    /// [`Builder::routes`] leaves out and moves any.
    pub fn router<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        self.inner.routes.clone().with_state(())
    }

    /// The sign-up service, for use without HTTP.
    #[must_use]
    pub fn registration(&self) -> &RegisterService<U> {
        &self.inner.register.service
    }

    /// The sign-in service, for use without HTTP.
    #[must_use]
    pub fn login(&self) -> &LoginService<U> {
        &self.inner.login
    }

    /// Changes of passwords, for use without HTTP.
    #[must_use]
    pub fn passwords(&self) -> &PasswordChangeService<U> {
        &self.inner.passwords
    }

    /// What issues and ends bearer tokens, for use without HTTP; `None` without
    /// [`Builder::bearer`].
    #[must_use]
    pub fn tokens(&self) -> Option<&BearerTokens<U>> {
        self.inner.bearer.as_deref().map(|bearer| &*bearer.tokens)
    }

    /// Sign-in by providers, for use without HTTP; `None` without [`Builder::oauth`].
    #[cfg(feature = "oauth")]
    #[must_use]
    pub fn oauth(&self) -> Option<&crate::oauth::OAuthService<U>> {
        self.inner.oauth.as_deref().map(|oauth| &*oauth.service)
    }

    /// The flows by link, for use without HTTP; `None` where no messages are sent.
    #[must_use]
    pub fn recovery(&self) -> Option<&RecoveryService<U>> {
        self.inner.recovery.as_deref()
    }

    /// What keeps messages until they are delivered; `None` where none are sent.
    #[must_use]
    pub fn outbox(&self) -> Option<&Outbox> {
        self.inner.core().mailer.as_deref().map(Mailer::outbox)
    }

    /// The sign-ins of users, by sessions and by tokens, for use without HTTP: to list and to end.
    #[must_use]
    pub fn sessions(&self) -> &SignIns {
        &self.inner.core().sign_ins
    }

    /// The sudo mode: elevated rights after a fresh proof.
    #[must_use]
    pub fn sudo(&self) -> &SudoService<U> {
        &self.inner.sudo
    }

    /// Second factors, for use without HTTP: an administrator resets those of a user. `None` without
    /// [`Builder::mfa`].
    #[must_use]
    pub fn mfa(&self) -> Option<&MfaService<U>> {
        self.inner.mfa.as_deref()
    }

    /// The counters of crudauth's own rate limits. For a limit of the application's own:
    /// [`rate_limit`](Self::rate_limit).
    #[must_use]
    pub fn rate_limiters(&self) -> &RateLimiters {
        &self.inner.core().rate_limiters
    }

    /// The security events on their way to the application's sinks.
    #[must_use]
    pub fn events(&self) -> &Events {
        &self.inner.core().events
    }

    /// The address that a request comes from, as the
    /// [trusted proxies](crate::Builder::trusted_proxies) say.
    #[must_use]
    pub fn client_address(&self, request: &Parts) -> ClientAddress {
        self.inner.core().clients.of(request)
    }

    /// The tenant that a request is for, as [`Builder::tenant`](crate::Builder::tenant) says.
    ///
    /// # Errors
    ///
    /// A refusal with 404 where that is none.
    pub fn tenant(&self, request: &Parts) -> Result<U::Tenant, Rejection> {
        let tenant = self.inner.core().tenants.of(request);
        tenant.ok_or_else(|| RejectionKind::UnknownTenant.into())
    }

    /// Forgets all failed tries at the password of the account with this id, and lifts its locks: an
    /// administrator has made sure that its owner asks for it. The locks of addresses stay. See
    /// [`lockout`](crate::lockout).
    ///
    /// # Errors
    ///
    /// [`StoreError`]; the account may still be locked.
    pub async fn unlock(&self, user: &U::Id) -> Result<(), StoreError> {
        self.inner.core().unlock(&user.to_string()).await
    }

    /// The steps that make crudauth's own tables: of what expires, in the database that holds it,
    /// and of the records that the mounted features keep. To print, or to apply with a tool of
    /// your own. None where that is no database.
    #[must_use]
    pub fn migrations(&self) -> &[Migration] {
        &self.inner.migrations
    }

    /// The stores.
    #[must_use]
    pub fn stores(&self) -> &Stores<U> {
        &self.inner.core().stores
    }

    /// What resolves a request to its principal, for middleware of the application's own.
    #[must_use]
    pub fn authenticator(&self) -> &Authenticator<U> {
        &self.inner.app.authenticator
    }
}

impl<U> Clone for CrudAuth<U> {
    fn clone(&self) -> Self {
        Self { inner: self.inner.clone() }
    }
}

impl<U: AuthUser> fmt::Debug for CrudAuth<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CrudAuth")
            .field("user", &U::SCHEMA.user)
            .field("authenticator", &self.inner.app.authenticator)
            .finish_non_exhaustive()
    }
}
