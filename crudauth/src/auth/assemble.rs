//! The composition: settings and stores become services, transports and routes.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;

use super::bearer::{BearerParts, mount_bearer};
use super::checks;
use super::given::{BearerChosen, DatabaseGiven, NewUserFieldsGiven, SecretKeyGiven};
use super::layers;
use super::mail::Mail;
use super::settings::Settings;
use super::shared::Shared;
use super::{Builder, CrudAuth, Inner};
use crate::account::routes::MeRoute;
use crate::error::StartupError;
use crate::event::{Events, Needed};
use crate::hooks::{HookRunner, HookUser};
use crate::http::Clients;
use crate::lockout::{Lockout, Naming};
use crate::login::LoginService;
use crate::login::routes::LoginRoute;
use crate::password::HashingPool;
use crate::password_change::PasswordChangeService;
use crate::password_change::routes::PasswordRoutes;
use crate::password_check::PasswordCheck;
use crate::recovery::routes::RecoveryRoutes;
use crate::recovery::{Caps, RecoveryService};
use crate::register::routes::RegisterRoute;
use crate::register::{Discretion, RegisterService};
use crate::stamp::Stamps;
use crate::store::{Database, Stores};
use crate::sudo::{SudoParts, SudoService};
use crate::throttle::Throttles;
use crate::transport::bearer::{BearerConfig, BearerTokens, Families};
use crate::transport::session::management::ManagementRoutes;
use crate::transport::session::routes::{Ended, LogoutRoute};
use crate::transport::session::{
    CsrfGuard, DEVICE_LIFE, SessionCookies, SessionHolders, SessionTransport, Sessions,
};
use crate::transport::{Authenticator, Ending, Owners, SignIns, SignOut, Transport};
use crate::user::AuthUser;

impl<U: AuthUser, D, K, N, B> Builder<U, D, K, N, B> {
    pub(super) async fn assemble(
        self,
    ) -> Result<(CrudAuth<U>, Option<Arc<BearerTokens<U>>>), StartupError>
    where
        D: DatabaseGiven<Database: Database<U>>,
        K: SecretKeyGiven,
        N: NewUserFieldsGiven<U>,
        B: BearerChosen,
    {
        let Self { database, secret_key, new_user, bearer, settings } = self;
        let (key, hook, bearer) = (secret_key.take(), new_user.take(), bearer.take());
        settings.check()?;
        let origins = settings.origins()?;
        let database = database.take();
        let mut migrations = Database::<U>::migrations(&database);
        let mut stores = database.open(Arc::clone(&settings.clock)).await?;
        if let Some((of_state, open)) = settings.state {
            stores = stores.with_state(open(Arc::clone(&settings.clock)).await?);
            migrations = of_state;
        }

        let username_case = settings.username_case;
        stores.users.check_names(username_case).await?;

        let Settings { clock, hasher, hashing, policy, fresh_sign_in, .. } = settings;
        let events = Events::new(Arc::clone(&clock), settings.sinks);
        let told = events.clone();
        let policy = policy.on_outage(move |let_through| {
            told.outage(Needed::BreachCheck, !let_through);
        });
        let throttles = Arc::new(Throttles::new(&stores.state, &key, &events, &settings.limits));
        let stamps = {
            let refresh = bearer.as_ref().map(|config| config.life().ttl);
            let longest = longest_life(settings.session.longest_window(), refresh);
            Stamps::new(&key, Arc::clone(&stores.state), longest)
        };
        let clients = Arc::new(Clients::behind(settings.proxies));
        let manages_sessions = settings.session.management;
        let hooks = Arc::new(HookRunner::new(settings.hooks));
        let mail = settings
            .delivery
            .zip(U::SCHEMA.recovery)
            .map(|(config, factor)| {
                Mail::open(config, factor, &stores, &clock, &key, &stamps, &events)
            })
            .transpose()?;
        let post = mail.as_ref().map(|mail| Arc::clone(&mail.post));
        #[cfg(any(feature = "postgres", feature = "mysql"))]
        if let Some(room) = &stores.hash_room {
            room.check(hasher.decoy().as_stored().len())?;
        }
        let hashing = Arc::new(HashingPool::new(hasher, hashing));
        let csrf = Arc::new(CsrfGuard::new(origins));
        let cookie_config = settings.cookies.clone();
        let cookies = SessionCookies::new(settings.cookies, &settings.session, Arc::clone(&clock))
            .map_err(|error| StartupError::setting(format!("the cookies of a session: {error}")))?;
        let cookies = Arc::new(cookies);
        let sessions = Arc::new(Sessions::new(
            Arc::clone(&stores.state),
            Arc::clone(&clock),
            &key,
            stamps.clone(),
            settings.session,
        ));
        let families = Arc::new(Families::new(
            Arc::clone(&stores.state),
            Arc::clone(&clock),
            &key,
            bearer.as_ref().map_or_else(|| BearerConfig::default().life(), BearerConfig::life),
        ));
        let sign_ins = Arc::new(SignIns::new(Arc::clone(&sessions), Arc::clone(&families)));
        let ending = Arc::new(Ending {
            users: Arc::clone(&stores.users),
            sign_ins: Arc::clone(&sign_ins),
            clock: Arc::clone(&clock),
            events: events.clone(),
        });
        let owners = Arc::new(Owners::new(&stores, stamps.clone(), Arc::clone(&ending)));
        let register = Arc::new(RegisterService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            policy: policy.clone(),
            hook,
            clock: Arc::clone(&clock),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
            username_case,
            discretion: post.clone().map(|post| Discretion {
                post,
                state: Arc::clone(&stores.state),
                names: key.own_digester("claimed name"),
                verifications: throttles.messages_of(&throttles.email_verify_request),
                notices: throttles.messages_of(&throttles.existing_account_notice),
            }),
        });
        let lockout = Lockout::new(Arc::clone(&stores.state), settings.lockout)
            .map_err(|error| StartupError::setting(error.to_string()))?;
        let naming = Naming::open(&*stores.state, stores.users.name()).await;
        let naming = naming.map_err(StartupError::database)?;
        let password_check = Arc::new(PasswordCheck {
            lockout: lockout.clone(),
            naming: naming.clone(),
            hashing: hashing.with_kept_places(),
            events: events.clone(),
        });
        let sudo = SudoService::new(SudoParts {
            config: settings.sudo,
            sessions: Arc::clone(&sessions),
            cookies: Arc::clone(&cookies),
            passwords: Arc::clone(&password_check),
            clock: Arc::clone(&clock),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
        });
        let login = Arc::new(LoginService {
            users: Arc::clone(&stores.users),
            hashing: Arc::clone(&hashing),
            lockout,
            clock: Arc::clone(&clock),
            naming,
            stamps: stamps.clone(),
            names: key.own_digester("lockout"),
            devices: key.own_digester("device"),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
            verified_only: mail.as_ref().is_some_and(|mail| mail.verified_sign_in_only),
            username_case,
        });
        let passwords = Arc::new(PasswordChangeService {
            users: Arc::clone(&stores.users),
            hashing: hashing.with_kept_places(),
            passwords: Arc::clone(&password_check),
            policy: policy.clone(),
            sessions: Arc::clone(&sessions),
            families: Arc::clone(&families),
            stamps: stamps.clone(),
            clock: Arc::clone(&clock),
            events: events.clone(),
            hooks: Arc::clone(&hooks),
            post: post.clone(),
            fresh: fresh_sign_in,
        });
        let recovery = post.map(|post| {
            Arc::new(RecoveryService {
                users: Arc::clone(&stores.users),
                hashing: hashing.with_kept_places(),
                passwords: Arc::clone(&password_check),
                policy,
                owners: Arc::clone(&owners),
                sessions: Arc::clone(&sessions),
                families: Arc::clone(&families),
                clock: Arc::clone(&clock),
                events: events.clone(),
                hooks: Arc::clone(&hooks),
                post,
                caps: Caps {
                    verify: throttles.messages_of(&throttles.email_verify_request),
                    reset: throttles.reset_messages(),
                    change_email: throttles.messages_of(&throttles.email_change_request),
                    guesses: throttles.email_change_password.clone(),
                },
            })
        });
        let session_transport = SessionTransport {
            sessions: Arc::clone(&sessions),
            cookies: Arc::clone(&cookies),
            csrf: Arc::clone(&csrf),
            events: events.clone(),
            clients: Arc::clone(&clients),
        };
        let session_holders =
            SessionHolders { transport: session_transport.clone(), owners: Arc::clone(&owners) };
        let mut transports: Vec<Box<dyn Transport<U>>> = vec![Box::new(session_holders)];
        let mut signed_out_too: Vec<Arc<dyn SignOut>> = Vec::new();
        let (mut bearer_routes, mut public_keys) = (Router::new(), Router::new());
        let tokens = match bearer {
            Some(config) => {
                let parts = BearerParts {
                    owners: &owners,
                    families: &families,
                    clock: &clock,
                    key: &key,
                    login: &login,
                    session_cookies: &cookies,
                    throttle: throttles.refresh.clone(),
                    csrf: &csrf,
                    events: &events,
                    clients: &clients,
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
        checks::names_differ(&transports)?;
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
                    owners: Arc::clone(&owners),
                    others: signed_out_too.clone(),
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
                    cookies: Arc::clone(&cookies),
                    throttle: throttles.change_password.clone(),
                    body_limit: settings.body_limit,
                }
                .router(),
            );
        if manages_sessions {
            let management = ManagementRoutes {
                transport: session_transport,
                sign_ins: Arc::clone(&sign_ins),
                others: signed_out_too,
                owners,
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
        let routes = layers::around(routes, &clients, authenticator.challenges());
        let routes = layers::guarded(routes.merge(public_keys));

        let (outbox, worker) = mail.map(|mail| (mail.post.outbox().clone(), mail.worker)).unzip();
        let inner = Inner {
            routes,
            authenticator,
            register,
            login,
            passwords,
            recovery,
            sign_ins,
            sudo,
            password_check,
            throttles,
            events,
            clients,
            stores,
            clock,
            ending,
            stamps,
            cookies,
            migrations,
            outbox,
            _worker: worker.flatten(),
        };
        Ok((CrudAuth { inner: Shared::new(inner) }, tokens))
    }
}

/// The longest life of a credential that remembers a stamp. A session that is used remembers anew,
/// so that its window counts and not its age.
fn longest_life(session: Duration, refresh: Option<Duration>) -> Duration {
    session.max(refresh.unwrap_or_default()).max(DEVICE_LIFE)
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
