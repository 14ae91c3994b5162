//! The configuration of an application, and its composition.

use std::fmt;
use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::{HeaderValue, header::CACHE_CONTROL};
use axum::middleware;
use axum::response::Response;

use super::given::{DatabaseGiven, Given, Missing, NewUserFieldsGiven, SecretKeyGiven};
use super::{CrudAuth, Inner};
use crate::account::routes::MeRoute;
use crate::clock::{Clock, SystemClock};
use crate::delivery::{Compiled, DeliveryConfig, EmailConfig, Post};
use crate::error::StartupError;
use crate::hooks::{HookRunner, HookUser, Hooks};
use crate::http::{CookieConfig, TrustedOrigin};
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
use crate::register::{Discretion, HookError, NewUserContext, NewUserHook, RegisterService};
use crate::secret::SecretKey;
use crate::store::{Database, Stores};
use crate::throttle::{RateLimit, RateLimits, Throttle};
use crate::transport::session::routes::{Ended, LogoutRoute};
use crate::transport::session::{
    CsrfGuard, SessionConfig, SessionCookies, SessionTransport, Sessions,
};
use crate::transport::{Authenticator, Transport};
use crate::user::{AuthUser, HasEmail, HasRecovery};

/// Configures a [`CrudAuth`]. Everything has a default but the database and the secret key.
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder<U: AuthUser, D = Missing, K = Missing, N = Missing> {
    database: D,
    secret_key: K,
    new_user: N,
    settings: Settings<U>,
}

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
    register_limit: RateLimit,
    limits: RateLimits,
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
            settings: Settings {
                clock: Arc::new(SystemClock),
                hasher: Arc::new(Argon2id::default()),
                hashing: HashingLimits::default(),
                policy: PasswordPolicy::default(),
                lockout: LockoutConfig::default(),
                session: SessionConfig::default(),
                cookies: CookieConfig::default(),
                trusted_origins: Vec::new(),
                register_limit: RateLimit::per_hour(5),
                limits: RateLimits::default(),
                delivery: None,
                hooks: Hooks::new(),
                fresh_sign_in: Duration::from_secs(600),
                body_limit: 64 * 1024,
                transports: Vec::new(),
            },
        }
    }
}

impl<U: AuthUser, D, K, N> Builder<U, D, K, N> {
    /// Where users and state are kept. Required.
    pub fn database<Db: Database<U>>(self, database: Db) -> Builder<U, Given<Db>, K, N> {
        let Self { secret_key, new_user, settings, .. } = self;
        Builder { database: Given(database), secret_key, new_user, settings }
    }

    /// The key of all keyed digests. Required. Whoever has it can forge sessions; a new one ends
    /// all sessions.
    pub fn secret_key(self, key: SecretKey) -> Builder<U, D, Given<SecretKey>, N> {
        let Self { database, new_user, settings, .. } = self;
        Builder { database, secret_key: Given(key), new_user, settings }
    }

    /// The hook that fills the `#[auth(provisioned)]` fields of a new user. Required where the
    /// struct has such fields. It runs wherever a user is created, before the insert; an error
    /// stops the sign-up.
    pub fn new_user_fields<F, Fut>(self, hook: F) -> Builder<U, D, K, Given<NewUserHook<U>>>
    where
        F: Fn(NewUserContext) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<U::Provisioned, HookError>> + Send + 'static,
    {
        let Self { database, secret_key, settings, .. } = self;
        let hook: NewUserHook<U> = Box::new(move |context| Box::pin(hook(context)));
        Builder { database, secret_key, new_user: Given(hook), settings }
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

    /// How often one address may sign up. Default: five times an hour.
    pub fn register_limit(mut self, limit: RateLimit) -> Self {
        self.settings.register_limit = limit;
        self
    }

    /// How often the other routes may be called. Default: [`RateLimits::default`].
    pub fn rate_limits(mut self, limits: RateLimits) -> Self {
        self.settings.limits = limits;
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
    {
        let Self { database, secret_key, new_user, settings } = self;
        let (key, hook) = (secret_key.take(), new_user.take());
        settings.check()?;
        let stores = database.take().open(Arc::clone(&settings.clock)).await?;

        let Settings { clock, hasher, hashing, policy, limits, fresh_sign_in, .. } = settings;
        let hooks = Arc::new(HookRunner::new(settings.hooks));
        let mail = settings
            .delivery
            .zip(U::SCHEMA.recovery)
            .map(|(config, factor)| Mail::open(config, factor, &stores, &clock, &key))
            .transpose()?;
        let post = mail.as_ref().map(|mail| Arc::clone(&mail.post));
        let throttle =
            |action, limit| Throttle::new(Arc::clone(&stores.state), &key, action, limit);
        let hashing = Arc::new(HashingPool::new(hasher, hashing));
        let csrf = Arc::new(CsrfGuard::new(trusted(&settings.trusted_origins)?));
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
            hooks: Arc::clone(&hooks),
            discretion: post.clone().map(|post| Discretion {
                post,
                state: Arc::clone(&stores.state),
                names: key.digester("claimed name"),
                verifications: throttle("email_verify_request", limits.email_verify_request),
                notices: throttle("existing_account_notice", limits.existing_account_notice),
            }),
        });
        let login = Arc::new(LoginService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            lockout: Lockout::new(Arc::clone(&stores.state), settings.lockout)
                .map_err(|error| StartupError::setting(error.to_string()))?,
            clock: Arc::clone(&clock),
            subjects: key.digester("lockout"),
            devices: key.digester("device"),
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
                    verify: throttle("email_verify_request", limits.email_verify_request),
                    reset: throttle("password_reset_request", limits.password_reset_request),
                    change_email: throttle("email_change_request", limits.email_change_request),
                    guesses: throttle("email_change_password", limits.email_change_password),
                },
            })
        });
        let session_transport = SessionTransport {
            sessions: Arc::clone(&sessions),
            cookies: Arc::clone(&cookies),
            csrf: Arc::clone(&csrf),
        };
        let mut transports: Vec<Box<dyn Transport<U>>> = vec![Box::new(session_transport)];
        transports.extend(settings.transports);
        let authenticator = Arc::new(Authenticator::new(transports, Arc::clone(&stores.users)));

        let routes = Router::new()
            .merge(
                RegisterRoute {
                    service: Arc::clone(&register),
                    throttle: Throttle::new(
                        Arc::clone(&stores.state),
                        &key,
                        "register",
                        settings.register_limit,
                    ),
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
                    hooks: Arc::clone(&hooks),
                    body_limit: settings.body_limit,
                }
                .router(),
            )
            .merge(
                LogoutRoute {
                    sessions: Arc::clone(&sessions),
                    cookies,
                    csrf,
                    ended: announce_logouts(hooks, &stores),
                }
                .router(),
            )
            .merge(MeRoute { authenticator: Arc::clone(&authenticator) }.router())
            .merge(
                PasswordRoutes {
                    service: Arc::clone(&passwords),
                    authenticator: Arc::clone(&authenticator),
                    throttle: throttle("change_password", limits.change_password),
                    body_limit: settings.body_limit,
                }
                .router(),
            );
        let routes = match (&recovery, U::SCHEMA.recovery) {
            (Some(service), Some(factor)) => routes.merge(
                RecoveryRoutes {
                    service: Arc::clone(service),
                    authenticator: Arc::clone(&authenticator),
                    factor,
                    verify: throttle("email_verify_request", limits.email_verify_request),
                    reset: throttle("password_reset_request", limits.password_reset_request),
                    change_email: throttle("email_change_request", limits.email_change_request),
                    body_limit: settings.body_limit,
                }
                .router(),
            ),
            _ => routes,
        };
        let routes = routes.layer(middleware::map_response(no_store));

        let (outbox, worker) = mail.map(|mail| (mail.post.outbox().clone(), mail.worker)).unzip();
        let inner = Inner {
            routes,
            authenticator,
            register,
            login,
            passwords,
            recovery,
            sessions,
            stores,
            outbox,
            _worker: worker.flatten(),
        };
        Ok(CrudAuth { inner: Arc::new(inner) })
    }
}

impl<U: AuthUser> Settings<U> {
    fn check(&self) -> Result<(), StartupError> {
        self.session.check().map_err(StartupError::setting)?;
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

/// Credentials and account data are kept by no cache (RFC 9111 §5.2.2.5).
async fn no_store(mut response: Response) -> Response {
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

impl<U: AuthUser, D, K, N> fmt::Debug for Builder<U, D, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("user", &U::SCHEMA.user).finish_non_exhaustive()
    }
}
