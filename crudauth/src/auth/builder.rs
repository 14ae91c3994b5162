//! The configuration of an application, and its composition.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{CACHE_CONTROL, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware;
use axum::response::Response;

use super::bearer::{BearerParts, mount_bearer};
use super::given::{
    BearerChosen, BearerGiven, DatabaseGiven, DatabaseHandle, Given, Missing, NewUserFieldsGiven,
    NewUserStage, SchemaOpen, SecretKeyGiven,
};
use super::{CrudAuth, Inner};
use crate::account::routes::MeRoute;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{Compiled, DeliveryConfig, EmailConfig, Post};
use crate::error::StartupError;
use crate::event::{EventSink, Events};
use crate::hooks::{HookRunner, HookUser, Hooks};
use crate::http::{CookieConfig, TrustedOrigin, TrustedProxies, answer_panics};
use crate::lockout::{Lockout, LockoutConfig};
use crate::login::LoginService;
use crate::login::routes::LoginRoute;
use crate::outbox::{Outbox, OutboxWorker};
use crate::password::{Argon2id, HashingLimits, HashingPool, PasswordHasher, PasswordPolicy};
use crate::password_change::PasswordChangeService;
use crate::password_change::routes::PasswordRoutes;
use crate::recovery::routes::RecoveryRoutes;
use crate::recovery::{Caps, RecoveryService};
use crate::register::routes::RegisterRoute;
use crate::register::{
    Discretion, Form, HookError, NewUserContext, NewUserHook, ReadForm, RegisterService,
};
use crate::secret::SecretKey;
use crate::store::{Database, Stores};
use crate::sudo::{SudoConfig, SudoParts, SudoService};
use crate::throttle::{RateLimit, RateLimits, Throttles};
use crate::transport::bearer::{BearerConfig, BearerTokens};
use crate::transport::session::management::ManagementRoutes;
use crate::transport::session::routes::{Ended, LogoutRoute};
use crate::transport::session::{
    CsrfGuard, SessionConfig, SessionCookies, SessionTransport, Sessions,
};
use crate::transport::{Authenticator, SignOut, Transport};
use crate::user::{AuthUser, HasEmail, HasEpoch, HasRecovery, RegisterSchema};

/// Configures a [`CrudAuth`]. Everything has a default but the database and the secret key.
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<U: AuthUser, D = Missing, K = Missing, N = Missing, B = Missing> {
    database: D,
    secret_key: K,
    new_user: N,
    bearer: B,
    settings: Settings<U>,
}

/// A builder that has a new-user hook.
type Hooked<U, D, K, R, B> = Builder<U, D, K, Given<NewUserHook<U, R>>, B>;

/// The settings that have a default.
struct Settings<U: AuthUser> {
    clock: Arc<dyn Clock>,
    hasher: Arc<dyn PasswordHasher>,
    hashing: HashingLimits,
    policy: PasswordPolicy,
    lockout: LockoutConfig,
    session: SessionConfig,
    cookies: CookieConfig,
    trusted_origins: Vec<String>,
    read_sign_up: ReadForm<U>,
    sudo: SudoConfig,
    limits: RateLimits,
    proxies: TrustedProxies,
    sinks: Vec<Arc<dyn EventSink>>,
    delivery: Option<DeliveryConfig>,
    hooks: Hooks<U>,
    fresh_sign_in: Duration,
    body_limit: usize,
    transports: Vec<Box<dyn Transport<U>>>,
}

impl<U: AuthUser> Builder<U> {
    pub(super) fn new() -> Self {
        Self {
            database: Missing,
            secret_key: Missing,
            new_user: Missing,
            bearer: Missing,
            settings: Settings {
                clock: Arc::new(SystemClock),
                hasher: Arc::new(Argon2id::default()),
                hashing: HashingLimits::default(),
                policy: PasswordPolicy::default(),
                lockout: LockoutConfig::default(),
                session: SessionConfig::default(),
                cookies: CookieConfig::default(),
                trusted_origins: Vec::new(),
                read_sign_up: Form::read,
                sudo: SudoConfig::default(),
                limits: RateLimits::default(),
                proxies: TrustedProxies::none(),
                sinks: Vec::new(),
                delivery: None,
                hooks: Hooks::new(),
                fresh_sign_in: Duration::from_secs(600),
                body_limit: 64 * 1024,
                transports: Vec::new(),
            },
        }
    }
}

impl<U: HasEpoch, D, K, N> Builder<U, D, K, N> {
    /// Bearer tokens beside sessions: `POST /token`, `POST /refresh`,
    /// `GET /.well-known/jwks.json`, and `Authorization: Bearer` wherever a
    /// [`Principal`](crate::Principal) is asked for. The struct needs the logical field
    /// `token_version`, without which a change of credentials would leave tokens alive:
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
    pub fn bearer(self, config: BearerConfig) -> Builder<U, D, K, N, Given<BearerConfig>> {
        let Self { database, secret_key, new_user, settings, .. } = self;
        Builder { database, secret_key, new_user, bearer: Given(config), settings }
    }
}

impl<U: AuthUser, D, K, N, B> Builder<U, D, K, N, B> {
    /// Where users and state are kept. Required.
    pub fn database<Db: Database<U>>(self, database: Db) -> Builder<U, Given<Db>, K, N, B> {
        let Self { secret_key, new_user, bearer, settings, .. } = self;
        Builder { database: Given(database), secret_key, new_user, bearer, settings }
    }

    /// The key of all keyed digests. Required. Whoever has it can forge sessions; a new one ends
    /// all sessions.
    pub fn secret_key(self, key: SecretKey) -> Builder<U, D, Given<SecretKey>, N, B> {
        let Self { database, new_user, bearer, settings, .. } = self;
        Builder { database, secret_key: Given(key), new_user, bearer, settings }
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
    pub fn new_user_fields<F, Fut>(self, hook: F) -> Hooked<U, D, K, N::Data, B>
    where
        N: NewUserStage<U>,
        D: DatabaseHandle,
        F: Fn(NewUserContext<N::Data, D::Handle>) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<U::Provisioned, HookError>> + Send + 'static,
    {
        let Self { database, secret_key, bearer, settings, .. } = self;
        let handle = database.handle();
        let hook: NewUserHook<U, N::Data> =
            Box::new(move |context, data| Box::pin(hook(context.with(data, handle.clone()))));
        Builder { database, secret_key, new_user: Given(hook), bearer, settings }
    }

    /// The same values for the `#[auth(provisioned)]` fields of every new user. Where there is a
    /// hook too, in whichever order, the hook decides.
    pub fn new_user_defaults(
        self,
        defaults: U::Provisioned,
    ) -> Builder<U, D, K, <N as NewUserStage<U>>::WithDefaults, B>
    where
        N: NewUserStage<U>,
        U::Provisioned: Clone + Sync,
    {
        let Self { database, secret_key, new_user, bearer, settings } = self;
        let new_user = new_user.with_defaults(defaults);
        Builder { database, secret_key, new_user, bearer, settings }
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
    ) -> Builder<U, D, K, <N as NewUserStage<U>>::WithSchema<S>, B>
    where
        N: NewUserStage<U> + SchemaOpen,
    {
        let Self { database, secret_key, new_user, bearer, mut settings } = self;
        settings.read_sign_up = Form::read_schema::<S>;
        Builder { database, secret_key, new_user: new_user.with_schema(), bearer, settings }
    }

    /// The source of time. Default: [`SystemClock`].
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.settings.clock = clock;
        self
    }

    /// What hashes passwords. Default: [`Argon2id`] with 19,456 KiB and two passes.
    pub fn password_hasher(mut self, hasher: impl PasswordHasher) -> Self {
        self.settings.hasher = Arc::new(hasher);
        self
    }

    /// How many hashes are computed at once, and how many may wait. Default: one for each core,
    /// and 64 waiting for each.
    pub fn hashing_limits(mut self, limits: HashingLimits) -> Self {
        self.settings.hashing = limits;
        self
    }

    /// Which passwords are accepted. Default: 8 to 1,024 characters, none of the most common.
    pub fn password_policy(mut self, policy: PasswordPolicy) -> Self {
        self.settings.policy = policy;
        self
    }

    /// When a login is locked out, and for how long. Default: after five failures in a minute,
    /// for a minute, doubling up to an hour.
    pub fn lockout(mut self, lockout: LockoutConfig) -> Self {
        self.settings.lockout = lockout;
        self
    }

    /// The life of sessions. Default: [`SessionConfig::default`].
    pub fn session(mut self, session: SessionConfig) -> Self {
        self.settings.session = session;
        self
    }

    /// The attributes of the cookies. Default: `Secure`, `SameSite=lax`, path `/`, and so the
    /// prefix `__Host-`.
    pub fn cookies(mut self, cookies: CookieConfig) -> Self {
        self.settings.cookies = cookies;
        self
    }

    /// An origin, as in `https://app.example.com`, whose pages may make requests with the user's
    /// cookies. Default: only the origin of the server itself.
    pub fn trusted_origin(mut self, origin: impl Into<String>) -> Self {
        self.settings.trusted_origins.push(origin.into());
        self
    }

    /// How often crudauth's own routes may be called. Default: [`RateLimits::default`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.settings.limits = limits;
        self
    }

    /// How often one address may sign up: the field `register` of
    /// [`rate_limits`](Self::rate_limits). Default: five times an hour.
    pub fn register_limit(mut self, limit: RateLimit) -> Self {
        self.settings.limits.register = limit;
        self
    }

    /// How long elevated rights last, and how many wrong proofs there may be. Default:
    /// [`SudoConfig::default`].
    pub fn sudo(mut self, sudo: SudoConfig) -> Self {
        self.settings.sudo = sudo;
        self
    }

    /// The reverse proxies that say who the client is. Default: none, so that the client is the
    /// peer of the connection.
    pub fn trusted_proxies(mut self, proxies: TrustedProxies) -> Self {
        self.settings.proxies = proxies;
        self
    }

    /// Another place that security events go to, besides `tracing`. Default: none.
    pub fn event_sink(mut self, sink: impl EventSink) -> Self {
        self.settings.sinks.push(Arc::new(sink));
        self
    }

    /// Sends e-mail: mounts the routes of [`recovery`](crate::recovery), and lets a sign-up tell
    /// nothing about an address. The struct needs `email` and `email_verified`. Default: no
    /// messages are sent.
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
        self.settings.delivery = Some(config);
        self
    }

    /// The application's own code at the events of an account. Default: none.
    pub fn hooks(mut self, hooks: Hooks<U>) -> Self {
        self.settings.hooks = hooks;
        self
    }

    /// How old a session may be that gives an account its first password. Default: ten minutes;
    /// zero closes the way.
    pub fn fresh_sign_in(mut self, age: Duration) -> Self {
        self.settings.fresh_sign_in = age;
        self
    }

    /// The largest request body that is read, in bytes; a larger one is answered with 413.
    /// Default: 64 KiB.
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Another way to authenticate requests, asked after those before it; sessions come first.
    pub fn transport(mut self, transport: impl Transport<U>) -> Self {
        self.settings.transports.push(Box::new(transport));
        self
    }

    /// Checks the configuration, makes the database ready, and puts the parts together.
    ///
    /// # Errors
    ///
    /// Where a setting cannot work or the database is not what the struct says; the error names
    /// the setting and the fix.
    pub async fn build(self) -> Result<CrudAuth<U>, StartupError>
    where
        D: DatabaseGiven<Database: Database<U>>,
        K: SecretKeyGiven,
        N: NewUserFieldsGiven<U>,
        B: BearerChosen,
    {
        self.assemble().await.map(|(auth, _)| auth)
    }

    /// As [`build`](Self::build), and hands out what issues tokens, for the application's own
    /// code: a sign-in that is not by password, a job, a command line. Needs
    /// [`bearer`](Self::bearer), which the compiler asks for.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    pub async fn build_with_tokens(
        self,
    ) -> Result<(CrudAuth<U>, Arc<BearerTokens<U>>), StartupError>
    where
        D: DatabaseGiven<Database: Database<U>>,
        K: SecretKeyGiven,
        N: NewUserFieldsGiven<U>,
        B: BearerGiven,
    {
        let (auth, tokens) = self.assemble().await?;
        // The bound has seen to it already.
        let tokens = tokens.ok_or_else(|| StartupError::setting("needs `Builder::bearer`"))?;
        Ok((auth, tokens))
    }

    async fn assemble(self) -> Result<(CrudAuth<U>, Option<Arc<BearerTokens<U>>>), StartupError>
    where
        D: DatabaseGiven<Database: Database<U>>,
        K: SecretKeyGiven,
        N: NewUserFieldsGiven<U>,
        B: BearerChosen,
    {
        let Self { database, secret_key, new_user, bearer, settings } = self;
        let (key, hook, bearer) = (secret_key.take(), new_user.take(), bearer.take());
        settings.check()?;
        let stores = database.take().open(Arc::clone(&settings.clock)).await?;

        let Settings { clock, hasher, hashing, policy, fresh_sign_in, .. } = settings;
        let events = Events::new(Arc::clone(&clock), settings.sinks);
        let throttles = Arc::new(Throttles::new(&stores.state, &key, &events, &settings.limits));
        let proxies = Arc::new(settings.proxies);
        let manages_sessions = settings.session.management;
        let hooks = Arc::new(HookRunner::new(settings.hooks));
        let mail = settings
            .delivery
            .zip(U::SCHEMA.recovery)
            .map(|(config, factor)| Mail::open(config, factor, &stores, &clock, &key))
            .transpose()?;
        let post = mail.as_ref().map(|mail| Arc::clone(&mail.post));
        let hashing = Arc::new(HashingPool::new(hasher, hashing));
        let csrf = Arc::new(CsrfGuard::new(trusted(&settings.trusted_origins)?));
        let cookie_config = settings.cookies.clone();
        let cookies = SessionCookies::new(settings.cookies, &settings.session, Arc::clone(&clock))
            .map_err(|error| StartupError::setting(format!("the cookies of a session: {error}")))?;
        let cookies = Arc::new(cookies);
        let sessions = Arc::new(Sessions::new(
            Arc::clone(&stores.state),
            Arc::clone(&clock),
            &key,
            settings.session,
        ));
        let register = Arc::new(RegisterService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            policy: policy.clone(),
            hook,
            clock: Arc::clone(&clock),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
            discretion: post.clone().map(|post| Discretion {
                post,
                state: Arc::clone(&stores.state),
                names: key.digester("claimed name"),
                verifications: throttles.email_verify_request.clone(),
                notices: throttles.existing_account_notice.clone(),
            }),
        });
        let sudo = SudoService::new(SudoParts {
            config: settings.sudo,
            sessions: Arc::clone(&sessions),
            state: Arc::clone(&stores.state),
            hashing: Arc::clone(&hashing),
            clock: Arc::clone(&clock),
            events: events.clone(),
            subjects: key.digester("sudo"),
        });
        let login = Arc::new(LoginService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            lockout: Lockout::new(Arc::clone(&stores.state), settings.lockout)
                .map_err(|error| StartupError::setting(error.to_string()))?,
            clock: Arc::clone(&clock),
            subjects: key.digester("lockout"),
            devices: key.digester("device"),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
            verified_only: mail.as_ref().is_some_and(|mail| mail.verified_sign_in_only),
        });
        let passwords = Arc::new(PasswordChangeService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            policy: policy.clone(),
            sessions: Arc::clone(&sessions),
            clock: Arc::clone(&clock),
            hooks: Arc::clone(&hooks),
            post: post.clone(),
            fresh: fresh_sign_in,
        });
        let recovery = post.map(|post| {
            Arc::new(RecoveryService {
                users: Arc::clone(&stores.users),
                hashing: Arc::clone(&hashing),
                policy,
                sessions: Arc::clone(&sessions),
                clock: Arc::clone(&clock),
                hooks: Arc::clone(&hooks),
                post,
                caps: Caps {
                    verify: throttles.email_verify_request.clone(),
                    reset: throttles.password_reset_request.clone(),
                    change_email: throttles.email_change_request.clone(),
                    guesses: throttles.email_change_password.clone(),
                },
            })
        });
        let session_transport = SessionTransport {
            sessions: Arc::clone(&sessions),
            cookies: Arc::clone(&cookies),
            csrf: Arc::clone(&csrf),
            events: events.clone(),
            proxies: Arc::clone(&proxies),
        };
        let mut transports: Vec<Box<dyn Transport<U>>> = vec![Box::new(session_transport.clone())];
        let mut signed_out_too: Vec<Arc<dyn SignOut>> = Vec::new();
        let (mut bearer_routes, mut public_keys) = (Router::new(), Router::new());
        let tokens = match bearer {
            Some(config) => {
                let parts = BearerParts {
                    stores: &stores,
                    clock: &clock,
                    key: &key,
                    login: &login,
                    session_cookies: &cookies,
                    csrf: &csrf,
                    cookies: cookie_config,
                    body_limit: settings.body_limit,
                };
                let mounted = mount_bearer(config, parts)?;
                let place = if mounted.first { 0 } else { transports.len() };
                transports.insert(place, mounted.transport);
                signed_out_too.push(mounted.sign_out);
                (bearer_routes, public_keys) = (mounted.routes, mounted.public_keys);
                Some(mounted.tokens)
            }
            None => None,
        };
        transports.extend(settings.transports);
        let authenticator = Arc::new(Authenticator::new(transports, Arc::clone(&stores.users)));

        let mut routes = Router::new()
            .merge(
                RegisterRoute {
                    service: Arc::clone(&register),
                    read: settings.read_sign_up,
                    throttle: throttles.register.clone(),
                    body_limit: settings.body_limit,
                }
                .router(),
            )
            .merge(
                LoginRoute {
                    service: Arc::clone(&login),
                    sessions: Arc::clone(&sessions),
                    cookies: Arc::clone(&cookies),
                    csrf: Arc::clone(&csrf),
                    events: events.clone(),
                    hooks: Arc::clone(&hooks),
                    body_limit: settings.body_limit,
                }
                .router(),
            )
            .merge(
                LogoutRoute {
                    transport: session_transport.clone(),
                    others: signed_out_too,
                    ended: announce_logouts(hooks, &stores),
                }
                .router(),
            )
            .merge(MeRoute { authenticator: Arc::clone(&authenticator) }.router())
            .merge(bearer_routes)
            .merge(
                PasswordRoutes {
                    service: Arc::clone(&passwords),
                    authenticator: Arc::clone(&authenticator),
                    throttle: throttles.change_password.clone(),
                    body_limit: settings.body_limit,
                }
                .router(),
            );
        if manages_sessions {
            let management = ManagementRoutes {
                transport: session_transport,
                users: Arc::clone(&stores.users),
                throttles: Arc::clone(&throttles),
            };
            routes = routes.merge(management.router());
        }
        if let (Some(service), Some(factor)) = (&recovery, U::SCHEMA.recovery) {
            let recovery = RecoveryRoutes {
                service: Arc::clone(service),
                authenticator: Arc::clone(&authenticator),
                factor,
                verify: throttles.email_verify_request.clone(),
                reset: throttles.password_reset_request.clone(),
                change_email: throttles.email_change_request.clone(),
                body_limit: settings.body_limit,
            };
            routes = routes.merge(recovery.router());
        }
        let routes = routes
            .route_layer(middleware::from_fn(answer_panics))
            .route_layer(middleware::map_request_with_state(Arc::clone(&proxies), find_client))
            .route_layer(middleware::map_response(no_store));
        let challenges = authenticator.challenges();
        let routes = routes
            .route_layer(middleware::map_response(move |response| {
                std::future::ready(challenge(response, &challenges))
            }))
            .merge(public_keys);

        let (outbox, worker) = mail.map(|mail| (mail.post.outbox().clone(), mail.worker)).unzip();
        let inner = Inner {
            routes,
            authenticator,
            register,
            login,
            passwords,
            recovery,
            sessions,
            sudo,
            throttles,
            events,
            proxies,
            stores,
            outbox,
            _worker: worker.flatten(),
        };
        Ok((CrudAuth { inner: Arc::new(inner) }, tokens))
    }
}

impl<U: AuthUser> Settings<U> {
    fn check(&self) -> Result<(), StartupError> {
        self.session.check().map_err(StartupError::setting)?;
        self.sudo.check().map_err(StartupError::setting)?;
        self.policy
            .ensure_satisfiable()
            .map_err(|error| StartupError::setting(error.to_string()))?;
        if self.body_limit < 1024 {
            return Err(StartupError::setting(
                "a sign-up does not fit into the body limit: raise `Builder::body_limit` to at \
                 least 1,024 bytes",
            ));
        }
        Ok(())
    }
}

/// What sends messages.
struct Mail {
    post: Arc<Post>,
    worker: Option<OutboxWorker>,
    verified_sign_in_only: bool,
}

impl Mail {
    fn open<U: AuthUser>(
        config: DeliveryConfig,
        factor: &'static str,
        stores: &Stores<U>,
        clock: &Arc<dyn Clock>,
        key: &SecretKey,
    ) -> Result<Self, StartupError> {
        let Compiled {
            channels,
            links,
            redirects,
            lifetimes,
            outbox,
            delivers,
            verified_sign_in_only,
        } = config.compile(factor)?;
        let outbox =
            Outbox::new(Arc::clone(&stores.state), Arc::clone(clock), key, channels, outbox)?;
        let worker = delivers.then(|| outbox.start());
        let post = Post::new(outbox, Arc::clone(clock), key, links, redirects, lifetimes);
        Ok(Self { post: Arc::new(post), worker, verified_sign_in_only })
    }
}

/// Tells the hook of each logout. The user is looked up beside the request.
fn announce_logouts<U: AuthUser>(hooks: Arc<HookRunner<U>>, stores: &Stores<U>) -> Ended {
    let users = Arc::clone(&stores.users);
    Arc::new(move |user, context| {
        let Ok(id) = U::Id::from_str(user) else { return };
        if !hooks.hears_logouts() {
            return;
        }
        let (hooks, users) = (Arc::clone(&hooks), Arc::clone(&users));
        tokio::spawn(async move {
            match users.find_by_id(&id).await {
                Ok(Some(user)) => hooks.on_after_logout(HookUser::new(user), &context),
                Ok(None) => {}
                Err(error) => tracing::error!(%error, "a logout could not be told to its hook"),
            }
        });
    })
}

fn trusted(origins: &[String]) -> Result<Vec<TrustedOrigin>, StartupError> {
    let parse = |origin: &String| {
        origin.parse().map_err(|error| {
            StartupError::setting(format!("`Builder::trusted_origin(\"{origin}\")`: {error}"))
        })
    };
    origins.iter().map(parse).collect()
}

/// Resolves the client once, for all that the routes do; whatever another surface has found, this
/// one trusts its own proxies.
async fn find_client(State(proxies): State<Arc<TrustedProxies>>, mut request: Request) -> Request {
    let client = proxies.client_of(request.headers(), request.extensions());
    request.extensions_mut().insert(client);
    request
}

/// Credentials and account data are kept by no cache (RFC 9111 §5.2.2.5).
async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// A 401 says how a request can prove who makes it (RFC 9110 §11.6.1).
fn challenge(mut response: Response, challenges: &[HeaderValue]) -> Response {
    let headers = response.headers();
    if response.status() == StatusCode::UNAUTHORIZED && !headers.contains_key(WWW_AUTHENTICATE) {
        for challenge in challenges {
            response.headers_mut().append(WWW_AUTHENTICATE, challenge.clone());
        }
    }
    response
}

impl<U: AuthUser, D, K, N, B> fmt::Debug for Builder<U, D, K, N, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
