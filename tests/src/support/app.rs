use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth::clock::ManualClock;
use crudauth::password::HashingLimits;
use crudauth::register::NewUserHook;
use crudauth::user::StoredUser;
use crudauth::{
    Builder, CrudAuth, Gate, LockoutConfig, Principal, RateLimit, Rejection, RejectionKind,
    SecretKey, Superuser, Verified,
};
use serde_json::{Value, json};

use super::{
    ACCOUNTS, Account, AccountProvisioned, Client, CountingHasher, FREE_TIER, Server, TestDatabase,
};

/// A server on a free port over new places on the engines that the environment names, with a clock
/// that stands still. It stops when it is dropped.
#[derive(Debug)]
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    /// The root.
    pub auth: CrudAuth<Account>,
    /// Its clock.
    pub clock: Arc<ManualClock>,
    /// Its database.
    pub database: TestDatabase,
    /// Its hasher.
    pub hasher: CountingHasher,
    _server: Server,
}

/// What the application under test has as its state.
#[derive(Debug, Clone, FromRef)]
pub struct AppState {
    auth: CrudAuth<Account>,
}

/// The builder as the tests configure it: all that is required has been given.
pub type TestBuilder = Builder<Account, TestDatabase, NewUserHook<Account>>;

impl TestApp {
    /// Starts with the defaults, except that sign-ups are not limited.
    pub async fn start() -> Self {
        Self::with(|builder| builder).await
    }

    /// Starts with what `configure` makes of the defaults.
    ///
    /// # Panics
    ///
    /// If the server cannot be started.
    pub async fn with(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> Self {
        Self::with_routes(configure, |_| Router::new()).await
    }

    /// Starts with what `configure` makes of the defaults, and with the `routes` of one test
    /// beside those that all tests have.
    ///
    /// # Panics
    ///
    /// If the server cannot be started.
    pub async fn with_routes(
        configure: impl FnOnce(TestBuilder) -> TestBuilder,
        more: impl FnOnce(&CrudAuth<Account>) -> Router<AppState>,
    ) -> Self {
        Self::over(TestDatabase::new(&ACCOUNTS).await, configure, more).await
    }

    /// As [`with_routes`](Self::with_routes), over a database that is there.
    ///
    /// # Panics
    ///
    /// If the server cannot be started.
    pub async fn over(
        database: TestDatabase,
        configure: impl FnOnce(TestBuilder) -> TestBuilder,
        more: impl FnOnce(&CrudAuth<Account>) -> Router<AppState>,
    ) -> Self {
        let (site, builder) = Site::prepare(database);
        let auth = configure(builder).build().await.expect("a configuration that works");
        let more = more(&auth);
        site.serve(auth, more).await
    }

    /// A client without cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// The state of the application, for a router of a test's own.
    #[must_use]
    pub fn state(&self) -> AppState {
        AppState { auth: self.auth.clone() }
    }

    /// A client that has signed up as `{name}@example.com` and signed in.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.client();
        let answer = client.register(&format!("{name}@example.com"), name, super::PASSWORD).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        let answer = client.login(name, super::PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }

    /// Moves the clock.
    pub fn after(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// As [`TestDatabase::execute`].
    pub async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    /// As [`execute`](Self::execute), of a change of stored hashes or epochs that is to end
    /// nothing: so an account gets to be one whose sessions did not come from a password.
    ///
    /// # Panics
    ///
    /// If a store fails.
    pub async fn execute_and_carry_over(&self, sql: &str) {
        let before = self.users().await;
        self.execute(sql).await;
        for (before, after) in before.into_iter().zip(self.users().await) {
            self.auth.carry_over(before, after).await.expect("the store works");
        }
    }

    /// Every user, by the id.
    async fn users(&self) -> Vec<Account> {
        let mut users = Vec::new();
        for id in self.select("SELECT account_id FROM accounts ORDER BY account_id").await {
            let id = id.parse().expect("an id");
            let user = self.auth.stores().users().find_by_id(&id).await;
            users.extend(user.expect("the store works").map(StoredUser::into_row));
        }
        users
    }

    /// As [`TestDatabase::select`].
    pub async fn select(&self, sql: &str) -> Vec<String> {
        self.database.select(sql).await
    }
}

/// A lockout that no test reaches.
pub fn guesses_without_end() -> LockoutConfig {
    let many = 1_000_000;
    LockoutConfig::default().max_attempts(many).max_failures(4 * many).address_attempts(many)
}

/// Limits of hashing by default, on a machine that has much else to do: nobody who waits is sent away.
pub fn patient_limits() -> HashingLimits {
    HashingLimits::default().max_wait(Duration::from_secs(60))
}

/// What an application stands on, before it is built.
pub(super) struct Site {
    clock: Arc<ManualClock>,
    database: TestDatabase,
    hasher: CountingHasher,
}

impl Site {
    /// The builder of the tests over `database`.
    pub(super) fn prepare(database: TestDatabase) -> (Self, TestBuilder) {
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let hasher = CountingHasher::default();
        let builder = CrudAuth::<Account>::builder(
            database.clone(),
            SecretKey::random().expect("random bytes"),
        )
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .clock(clock.clone())
        .password_hasher(hasher.clone())
        .hashing_limits(patient_limits())
        .register_limit(RateLimit::off());
        (Self { clock, database, hasher }, builder)
    }

    /// Serves the routes of the tests, and `more`.
    pub(super) async fn serve(self, auth: CrudAuth<Account>, more: Router<AppState>) -> TestApp {
        let Self { clock, database, hasher } = self;
        let server = Server::serve(routes(&auth, more)).await;
        let address = server.address;
        TestApp { address, auth, clock, database, hasher, _server: server }
    }
}

/// A gate of the application's own.
#[derive(Debug)]
pub enum Named {}

impl Gate<Account> for Named {
    async fn check(principal: &Principal<Account>) -> Result<(), Rejection> {
        match principal.user.full_name {
            Some(_) => Ok(()),
            None => Err(RejectionKind::AccessDenied.into()),
        }
    }
}

/// The routes of the application under test, and `more`.
pub fn routes(auth: &CrudAuth<Account>, more: Router<AppState>) -> Router {
    let closed = Router::new()
        .route("/closed/open-handler", get(|| async { "inside" }))
        .route("/closed/me", get(dashboard));
    Router::new()
        .route("/dashboard", get(dashboard))
        .route("/optional", get(optional).post(optional))
        .route("/admin", get(admin))
        .route("/verified", get(verified))
        .route("/named", get(named))
        .route("/verified-admin", get(verified_admin))
        .route("/notes", post(dashboard).put(dashboard).patch(dashboard).delete(dashboard))
        .merge(auth.protect(closed))
        .merge(auth.router())
        .merge(more)
        .with_state(AppState { auth: auth.clone() })
}

pub(super) fn shown<G: Gate<Account>>(principal: &Principal<Account, G>) -> Json<Value> {
    Json(json!({ "user_id": principal.id(), "via": principal.via() }))
}

async fn dashboard(me: Principal<Account>) -> Json<Value> {
    shown(&me)
}

async fn optional(me: Option<Principal<Account>>) -> Json<Value> {
    me.map_or_else(|| Json(json!({ "user_id": null, "via": null })), |me| shown(&me))
}

async fn admin(_: Principal<Account, Superuser>) -> &'static str {
    "admin"
}

async fn verified(_: Principal<Account, Verified>) -> &'static str {
    "verified"
}

async fn named(_: Principal<Account, Named>) -> &'static str {
    "named"
}

async fn verified_admin(_: Principal<Account, (Verified, Superuser)>) -> &'static str {
    "verified admin"
}
