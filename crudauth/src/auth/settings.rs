//! The settings that have a default.

use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use super::{Builder, ConnectionConfig};
use crate::clock::{Clock, SystemClock};
use crate::delivery::{DeliveryConfig, EmailConfig};
use crate::event::EventSink;
use crate::hooks::Hooks;
use crate::http::{CookieConfig, Routes, TrustedProxies};
use crate::lockout::LockoutConfig;
use crate::mail_sign_in::{EmailCodes, MagicLinks};
use crate::mfa::MfaConfig;
use crate::password::{Argon2id, HashingLimits, PasswordHasher, PasswordPolicy};
use crate::rate_limit::{RateLimit, RateLimits};
use crate::register::{Form, ReadForm};
use crate::store::{Migration, OpenState, OpeningState};
use crate::sudo::SudoConfig;
use crate::token::MakeClaims;
use crate::transport::bearer::BearerConfig;
use crate::transport::session::SessionConfig;
use crate::transport::{TenantOf, Transport};
use crate::user::{
    AuthUser, HasEmail, HasRecovery, HasSecondFactor, HasTenant, SecondFactorsEndSessions,
    UsernameCase,
};

/// Opens the place of what expires, where it is not the database of the users.
type OpenStateApart = Box<dyn FnOnce(Arc<dyn Clock>) -> OpeningState + Send>;

/// The settings that have a default.
pub(super) struct Settings<U: AuthUser> {
    pub(super) core: CoreSettings<U>,
    pub(super) bearer: Option<BearerConfig>,
    #[cfg(feature = "oauth")]
    pub(super) oauth: Option<crate::oauth::OAuthConfig>,
    #[cfg(feature = "oauth")]
    pub(super) oauth_form: Option<crate::oauth::FormFields<U>>,
    /// What the environment says of providers.
    #[cfg(feature = "oauth")]
    pub(super) oauth_from_env: Option<super::env::FromEnv>,
    /// What is wrong with that, where it is to be mounted.
    #[cfg(feature = "oauth")]
    pub(super) oauth_mistake: Option<String>,
    pub(super) magic_links: Option<MagicLinks<U>>,
    pub(super) email_codes: Option<EmailCodes>,
    pub(super) claims: Option<MakeClaims<U>>,
    pub(super) read_sign_up: ReadForm<U>,
    pub(super) sudo: SudoConfig,
    pub(super) fresh_sign_in: Duration,
    pub(super) transports: Vec<Box<dyn Transport<U>>>,
    pub(super) routes: Routes,
    pub(super) connections: ConnectionConfig,
}

/// Those of what every feature works with.
pub(super) struct CoreSettings<U: AuthUser> {
    pub(super) state: Option<(&'static [Migration], OpenStateApart)>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) hasher: Arc<dyn PasswordHasher>,
    pub(super) hashing: HashingLimits,
    pub(super) policy: PasswordPolicy,
    pub(super) lockout: LockoutConfig,
    pub(super) session: SessionConfig,
    pub(super) cookies: CookieConfig,
    pub(super) trusted_origins: Vec<String>,
    pub(super) limits: RateLimits,
    pub(super) proxies: TrustedProxies,
    pub(super) sinks: Vec<Arc<dyn EventSink>>,
    pub(super) delivery: Option<DeliveryConfig>,
    pub(super) hooks: Hooks<U>,
    pub(super) body_limit: usize,
    pub(super) json_sign_in: bool,
    pub(super) username_case: UsernameCase,
    pub(super) tenant: Option<TenantOf<U::Tenant>>,
    pub(super) mfa: Option<MfaConfig<U>>,
}

impl<U: AuthUser> Default for Settings<U> {
    fn default() -> Self {
        Self {
            core: CoreSettings::default(),
            bearer: None,
            #[cfg(feature = "oauth")]
            oauth: None,
            #[cfg(feature = "oauth")]
            oauth_form: None,
            #[cfg(feature = "oauth")]
            oauth_from_env: None,
            #[cfg(feature = "oauth")]
            oauth_mistake: None,
            magic_links: None,
            email_codes: None,
            claims: None,
            read_sign_up: Form::read,
            sudo: SudoConfig::default(),
            fresh_sign_in: Duration::from_secs(600),
            transports: Vec::new(),
            routes: Routes::default(),
            connections: ConnectionConfig::default(),
        }
    }
}

impl<U: AuthUser> Default for CoreSettings<U> {
    fn default() -> Self {
        Self {
            state: None,
            clock: Arc::new(SystemClock),
            hasher: Arc::new(Argon2id::default()),
            hashing: HashingLimits::default(),
            policy: PasswordPolicy::default(),
            lockout: LockoutConfig::default(),
            session: SessionConfig::default(),
            cookies: CookieConfig::default(),
            trusted_origins: Vec::new(),
            limits: RateLimits::default(),
            proxies: TrustedProxies::none(),
            sinks: Vec::new(),
            delivery: None,
            hooks: Hooks::new(),
            body_limit: 64 * 1024,
            json_sign_in: false,
            username_case: UsernameCase::default(),
            tenant: None,
            mfa: None,
        }
    }
}

impl<U: AuthUser, Db, N> Builder<U, Db, N> {
    /// Where what expires is kept, apart from the users: sessions, tokens, counters. Default: in
    /// the database of the users.
    ///
    /// ```
    /// # use crudauth::{AuthUser, Builder, store::memory::Memory};
    /// # fn configure<U: AuthUser, Db>(builder: Builder<U, Db>) {
    /// let builder = builder.expiring_store(Memory);
    /// # drop(builder); }
    /// ```
    pub fn expiring_store(mut self, place: impl OpenState + Send + 'static) -> Self {
        let migrations = place.migrations();
        let open: OpenStateApart = Box::new(move |clock| place.open_state(clock));
        self.settings.core.state = Some((migrations, open));
        self
    }

    /// The source of time. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.core.clock = clock;
        self
    }

    /// What hashes passwords. Default: [`Argon2id`] with 19,456 KiB and two passes.
    pub fn password_hasher(mut self, hasher: impl PasswordHasher) -> Self {
        self.settings.core.hasher = Arc::new(hasher);
        self
    }

    /// How many hashes are computed at once, and how many may wait. Default: one for each core,
    /// and 64 waiting for each.
    pub fn hashing_limits(mut self, limits: HashingLimits) -> Self {
        self.settings.core.hashing = limits;
        self
    }

    /// Whether the case of a user name counts, at sign-up, at sign-in and where a name is taken.
    /// Default: it does, as in [`UsernameCase::Counts`]. With [`UsernameCase::Ignored`] names are
    /// stored in lower case, and those that are in the table must be found so: in lower case, by a
    /// unique index over `lower(column)`, or by a column that ignores case: `COLLATE NOCASE` in
    /// SQLite, `citext` in PostgreSQL (`Citext` in `table!`), a `_ci` collation in MySQL. Otherwise the
    /// application does not start, and the error has the statement to run.
    pub fn username_case(mut self, case: UsernameCase) -> Self {
        self.settings.core.username_case = case;
        self
    }

    /// Which tenant a request is for: by its host, its path, or a header that a proxy sets. Required
    /// where the struct has a field that says `#[auth(tenant)]`.
    ///
    /// `None` is a request for no tenant that there is: who signs up or in is answered with 404, and
    /// everybody else is anonymous. It is asked on every request, so look the tenant up in memory.
    ///
    /// ```
    /// # use crudauth::{Builder, user::{AuthUser, HasTenant}};
    /// use http::request::Parts;
    ///
    /// # fn tenant_of_host(host: &str) -> Option<i32> { host.strip_prefix("shop-")?.parse().ok() }
    /// # fn configure<U: HasTenant<Tenant = i32>, Db>(builder: Builder<U, Db>) {
    /// let builder = builder.tenant(|request: &Parts| {
    ///     let host = request.headers.get("host")?.to_str().ok()?;
    ///     tenant_of_host(host)
    /// });
    /// # drop(builder); }
    /// ```
    pub fn tenant(
        mut self,
        of: impl Fn(&Parts) -> Option<U::Tenant> + Send + Sync + 'static,
    ) -> Self
    where
        U: HasTenant,
    {
        self.settings.core.tenant = Some(Arc::new(of));
        self
    }

    /// Which passwords are accepted. Default: 8 to 1,024 characters, none of the most common.
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.settings.core.policy = policy;
        self
    }

    /// When a login is locked out, and for how long. Default: after five failures in a minute,
    /// for a minute, doubling up to an hour.
    pub fn lockout(mut self, lockout: LockoutConfig) -> Self {
        self.settings.core.lockout = lockout;
        self
    }

    /// The life of sessions. Default: [`SessionConfig::default`].
    pub fn session(mut self, session: SessionConfig) -> Self {
        self.settings.core.session = session;
        self
    }

    /// The attributes of the cookies. Default: `Secure`, `SameSite=lax`, path `/`, and so the
    /// prefix `__Host-`.
    pub fn cookies(mut self, cookies: CookieConfig) -> Self {
        self.settings.core.cookies = cookies;
        self
    }

    /// An origin, as in `https://app.example.com`, whose pages may make requests with the user's
    /// cookies. Default: only the origin of the server itself.
    pub fn add_trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.core.trusted_origins.push(origin.into());
        self
    }

    /// How often crudauth's own routes may be called. Default: [`RateLimits::default`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.settings.core.limits = limits;
        self
    }

    /// How often one address may sign up: the field `register` of
    /// [`rate_limits`](Self::rate_limits). Default: five times an hour.
    pub fn register_limit(mut self, limit: RateLimit) -> Self {
        self.settings.core.limits.register = limit;
        self
    }

    /// How long elevated rights last, and how many wrong proofs there may be. Default:
    /// [`SudoConfig::default`].
    pub fn sudo(mut self, sudo: SudoConfig) -> Self {
        self.settings.sudo = sudo;
        self
    }

    /// Second factors: mounts the routes of [`mfa`](crate::mfa), and stops every sign-in of an account
    /// that has one until its code is there. The struct has the four columns of a second factor, or says
    /// `#[auth(beside(second_factor))]`; and it has `token_version`, since starting a factor ends the
    /// sessions before it. Default: not mounted; an account whose columns have a factor is then refused.
    ///
    /// ```
    /// # use crudauth::{Builder, mfa::MfaConfig, user::{HasSecondFactor, SecondFactorsEndSessions}};
    /// # fn configure<U: HasSecondFactor + SecondFactorsEndSessions, Db>(builder: Builder<U, Db>, key: String) {
    /// let builder = builder.mfa(MfaConfig::new("Example").encryption_key(key));
    /// # drop(builder); }
    /// ```
    pub fn mfa(mut self, mfa: MfaConfig<U>) -> Self
    where
        U: HasSecondFactor + SecondFactorsEndSessions,
    {
        self.settings.core.mfa = Some(mfa);
        self
    }

    /// The reverse proxies that say who the client is. Default: none, so that the client is the
    /// peer of the connection.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings.core.proxies = proxies;
        self
    }

    /// Another place that security events go to, besides `tracing`. Default: none.
    pub fn add_event_sink(mut self, sink: impl EventSink) -> Self {
        self.settings.core.sinks.push(Arc::new(sink));
        self
    }

    /// Sends e-mail: mounts the routes of [`recovery`](crate::recovery), and lets a sign-up tell
    /// nothing about an address. The struct needs `email` and `email_verified`. Default: no
    /// messages are sent.
    ///
    /// Nobody signs in before the address is verified, so that accounts which are in the table
    /// already are shut out while their flag is false. Where their addresses are known to be right,
    /// run `UPDATE users SET email_verified = TRUE` before, with your names of table and column; the
    /// others follow a link. [`DeliveryConfig::unverified_may_sign_in`] lets all of them in.
    pub fn email(self, config: EmailConfig) -> Self
    where
        U: HasRecovery + HasEmail,
    {
        self.delivery(config)
    }

    /// As [`email`](Self::email), for users who recover their accounts by another factor: the
    /// struct needs it and its flag, `phone` and `phone_verified`.
    pub fn delivery(mut self, config: DeliveryConfig) -> Self
    where
        U: HasRecovery,
    {
        self.settings.core.delivery = Some(config);
        self
    }

    /// Sign-in by a link that is mailed: `POST /magic-link/request` and `POST /magic-link/confirm`. It
    /// needs [`email`](Self::email). Default: not mounted.
    pub fn magic_links(mut self, config: MagicLinks<U>) -> Self
    where
        U: HasRecovery + HasEmail,
    {
        self.settings.magic_links = Some(config);
        self
    }

    /// Sign-in by a code that is mailed: `POST /email-code/request` and `POST /email-code/verify`. It
    /// needs [`email`](Self::email). Default: not mounted.
    pub fn email_codes(mut self, config: EmailCodes) -> Self
    where
        U: HasRecovery + HasEmail,
    {
        self.settings.email_codes = Some(config);
        self
    }

    /// The application's own code at the events of an account. Default: none.
    pub fn hooks(mut self, hooks: Hooks<U>) -> Self {
        self.settings.core.hooks = hooks;
        self
    }

    /// How old a session may be that gives an account its first password. Default: ten minutes;
    /// zero closes the way.
    pub fn fresh_sign_in(mut self, age: Duration) -> Self {
        self.settings.fresh_sign_in = age;
        self
    }

    /// Lets `POST /login` and `POST /token` take a JSON object too, with the fields of the form:
    /// `{"username": .., "password": .., "remember_me": true}`. Default: they take forms alone, as
    /// OAuth 2 has it (RFC 6749 §4.3.2).
    pub fn json_sign_in(mut self) -> Self {
        self.settings.core.json_sign_in = true;
        self
    }

    /// The largest request body that is read, in bytes; a larger one is answered with 413.
    /// Default: 64 KiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.core.body_limit = bytes;
        self
    }

    /// Which of crudauth's routes there are, and at which paths. Default: those of all mounted
    /// features, at their own paths.
    ///
    /// ```
    /// # use crudauth::{AuthUser, Builder, http::{Route, Routes}};
    /// # fn configure<U: AuthUser, Db>(builder: Builder<U, Db>) {
    /// let builder = builder.routes(Routes::default().without(Route::Register));
    /// # drop(builder); }
    /// ```
    pub fn routes(mut self, routes: Routes) -> Self {
        self.settings.routes = routes;
        self
    }

    /// How long connections stay open that a [`LongLived`](crate::LongLived) watches over, and how
    /// often they are asked for. Default: 12 hours at most, and every 30 seconds.
    pub fn connections(mut self, config: ConnectionConfig) -> Self {
        self.settings.connections = config;
        self
    }

    /// Another way to authenticate requests, asked after those before it; sessions come first.
    pub fn add_transport(mut self, transport: impl Transport<U>) -> Self {
        self.settings.transports.push(Box::new(transport));
        self
    }
}
