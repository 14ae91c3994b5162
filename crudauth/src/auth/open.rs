//! Opens what every feature works with.

use std::sync::Arc;
use std::time::Duration;

use super::checks::Checked;
use super::settings::CoreSettings;
use crate::background::Background;
use crate::clock::Clock;
use crate::core::second_factor::SecondFactors;
use crate::core::{Core, SecondFactorPolicy};
use crate::delivery::{Compiled, Mailer};
use crate::error::StartupError;
use crate::event::{Events, Needed};
use crate::hooks::HookRunner;
use crate::http::Clients;
use crate::lockout::{Lockout, SubjectKeys};
use crate::onetime::OneTimeTokens;
use crate::outbox::{Outbox, OutboxWorker};
use crate::password::HashingPool;
use crate::rate_limit::RateLimiters;
use crate::secret::SecretKey;
use crate::stamp::Stamps;
use crate::store::{Migration, Opening, Stores};
use crate::transport::bearer::{BearerConfig, TokenFamilies};
use crate::transport::session::{CsrfGuard, DEVICE_LIFE, Sessions};
use crate::transport::{Door, Ending, Owners, SecondStep, SignIns, Tenants};
use crate::user::AuthUser;

/// What has been opened, and what of it is not for the features.
pub(super) struct Opened<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    /// Those of the place that holds what expires.
    pub(super) state_steps: &'static [Migration],
    pub(super) worker: Option<OutboxWorker>,
}

impl<U: AuthUser> CoreSettings<U> {
    pub(super) async fn open(
        self,
        checked: Checked,
        database: Opening<U>,
        mut state_steps: &'static [Migration],
        key: SecretKey,
        bearer: Option<&BearerConfig>,
    ) -> Result<Opened<U>, StartupError> {
        let Checked { origins, cookies, delivery, .. } = checked;
        let clock = self.clock;
        let mut stores = database.await?;
        if let Some((of_state, open)) = self.state {
            stores = stores.with_state(open(Arc::clone(&clock)).await?);
            state_steps = of_state;
        }
        stores.users.check_names(self.username_case).await?;
        if let Some(room) = &stores.hash_room {
            room.check(self.hasher.decoy().as_stored().len())?;
        }
        let (users, state) = (&stores.users, &stores.state);

        for sink in &self.sinks {
            sink.open().await?;
        }
        let events = Events::new(Arc::clone(&clock), self.sinks);
        let told = events.clone();
        let policy = self.policy.on_outage(move |let_through| {
            told.outage(Needed::BreachCheck, !let_through);
        });
        let refresh = bearer.map_or_else(|| BearerConfig::default().life(), BearerConfig::life);
        let longest = longest_life(self.session.longest_window(), bearer.map(|_| refresh.ttl));
        let stamps = Stamps::new(&key, Arc::clone(state), longest);

        let mut mail = None;
        if let Some(delivery) = delivery {
            mail = Some(Mail::open(delivery, &stores, &clock, &key, &stamps, &events));
        }
        let verified_only = mail.as_ref().is_some_and(|mail| mail.verified_only);
        let (mailer, worker) = mail.map(|mail| (mail.mailer, mail.worker)).unzip();

        let (session, at_rest) = (self.session, Arc::clone(state));
        let sessions = Sessions::new(at_rest, Arc::clone(&clock), &key, stamps.clone(), session);
        let sessions = Arc::new(sessions);
        let families = TokenFamilies::new(Arc::clone(state), Arc::clone(&clock), &key, refresh);
        let families = Arc::new(families);
        let sign_ins =
            Arc::new(SignIns::new(Arc::clone(&sessions), Arc::clone(&families), events.clone()));
        let ending = Arc::new(Ending {
            users: Arc::clone(users),
            sign_ins: Arc::clone(&sign_ins),
            clock: Arc::clone(&clock),
            events: events.clone(),
        });
        let owners = Arc::new(Owners::new(&stores, stamps.clone(), Arc::clone(&ending)));

        let second_factors = match self.mfa {
            Some(mfa) => {
                let (settings, required) = mfa.apart();
                let factors =
                    SecondFactors::new(stores.clone(), Arc::clone(&clock), &key, settings)?;
                Some(Arc::new(SecondFactorPolicy::new(factors, required)))
            }
            None => None,
        };
        let second_step = second_factors.clone().map(|policy| policy as Arc<dyn SecondStep<U>>);
        let door = Door::new(stamps.clone(), Arc::clone(&clock), verified_only, second_step);
        let lockout = Lockout::new(Arc::clone(state), self.lockout)
            .map_err(|error| StartupError::setting(error.to_string()))?;
        let subject_keys =
            SubjectKeys::open(&**state, users.name()).await.map_err(StartupError::database)?;
        let background = Background::default();
        let core = Core {
            clients: Arc::new(Clients::behind(self.proxies)),
            rate_limiters: RateLimiters::new(state, &key, &events, &self.limits),
            hashing: HashingPool::new(self.hasher, self.hashing),
            hooks: HookRunner::new(self.hooks, background.clone()),
            background,
            cookies: Arc::new(cookies),
            username_case: self.username_case,
            body_limit: self.body_limit,
            json_sign_in: self.json_sign_in,
            csrf: Arc::new(CsrfGuard::new(origins, sessions.config().csrf)),
            stores,
            clock,
            key,
            stamps,
            policy,
            lockout,
            subject_keys,
            events,
            mailer,
            sessions,
            families,
            sign_ins,
            owners,
            ending,
            door,
            second_factors,
            tenants: Tenants::new(self.tenant),
        };
        Ok(Opened { core: Arc::new(core), state_steps, worker: worker.flatten() })
    }
}

/// What sends messages.
struct Mail {
    mailer: Arc<Mailer>,
    worker: Option<OutboxWorker>,
    verified_only: bool,
}

impl Mail {
    fn open<U: AuthUser>(
        delivery: Compiled,
        stores: &Stores<U>,
        clock: &Arc<dyn Clock>,
        key: &SecretKey,
        stamps: &Stamps,
        events: &Events,
    ) -> Self {
        let Compiled {
            channels,
            links,
            redirects,
            lifetimes,
            outbox,
            delivers,
            verified_sign_in_only,
        } = delivery;
        let (state, events) = (Arc::clone(&stores.state), events.clone());
        let outbox =
            Outbox::with_events(events.clone(), state, Arc::clone(clock), key, channels, outbox);
        let worker = delivers.then(|| outbox.start());
        let tokens = OneTimeTokens::new(Arc::clone(clock), key, stamps.clone(), lifetimes);
        let mailer = Mailer::new(outbox, tokens, links, redirects, events);
        Self { mailer: Arc::new(mailer), worker, verified_only: verified_sign_in_only }
    }
}

/// The longest life of a credential that remembers a stamp. A session that is used remembers anew,
/// so that its window counts and not its age.
fn longest_life(session: Duration, refresh: Option<Duration>) -> Duration {
    session.max(refresh.unwrap_or_default()).max(DEVICE_LIFE)
}
