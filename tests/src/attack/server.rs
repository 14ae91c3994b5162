use std::net::SocketAddr;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::extract::{ConnectInfo, Request};
use axum::middleware::{self, Next};
use crudauth::clock::ManualClock;
use crudauth::register::NewUserHook;
use crudauth::store::{Database as _, Stores};
use crudauth::{Builder, CookieConfig, CrudAuth, RateLimit, SecretKey, Sqlite};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::support::{
    ACCOUNTS, Account, AccountProvisioned, AppState, Client, CountingHasher, FREE_TIER, MIGRATIONS,
    TestDatabase, guesses_without_end, patient_limits, routes,
};

/// The header by which a request says from where it claims to come, as an address with a port.
/// Only the server of these tests believes it.
pub const PEER: &str = "x-test-peer";

/// A database with its stores, not yet behind a server.
#[derive(Debug)]
pub struct Ground {
    /// The database.
    pub database: TestDatabase,
    /// What stands still until it is moved.
    pub clock: Arc<ManualClock>,
    /// The stores of the database, to be wrapped.
    pub stores: Stores<Account>,
}

/// A [`Ground`] whose whole database is a SQLite file, for tests that look into the file.
#[derive(Debug)]
pub struct GroundInFile {
    ground: Ground,
    /// The handle on the file.
    pub sqlite: Sqlite,
    /// Where the file is.
    pub file: PathBuf,
    _folder: TempDir,
}

impl GroundInFile {
    /// A new file with the tables of the application and of crudauth.
    ///
    /// # Panics
    ///
    /// If there is no place for it.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("attack.db");
        let sqlite = Sqlite::open(&file).expect("a new database");
        sqlite.execute_batch(MIGRATIONS).await.expect("the users table");
        let ground = Ground::on(sqlite.clone().into()).await;
        Self { ground, sqlite, file, _folder: folder }
    }
}

impl Deref for GroundInFile {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.ground
    }
}

/// The builder over stores of a test's own.
pub type GroundBuilder = Builder<Account, Stores<Account>, NewUserHook<Account>>;

impl Ground {
    /// A new database with the tables of the application and of crudauth, on the engines that the
    /// environment names.
    ///
    /// # Panics
    ///
    /// If there is no place for it.
    pub async fn new() -> Self {
        Self::on(TestDatabase::new(&ACCOUNTS).await).await
    }

    async fn on(database: TestDatabase) -> Self {
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let stores = database.clone().open(clock.clone()).await.expect("the tables of crudauth");
        Self { database, clock, stores }
    }

    /// A builder over `stores`, without limits on sign-ups or attempts, with a fast hasher and
    /// plain cookies.
    ///
    /// # Panics
    ///
    /// If the system has no random bytes.
    pub fn builder(&self, stores: Stores<Account>) -> GroundBuilder {
        CrudAuth::<Account>::builder(stores, SecretKey::random().expect("random bytes"))
            .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
            .clock(self.clock.clone())
            .password_hasher(CountingHasher::default())
            .hashing_limits(patient_limits())
            .cookies(CookieConfig::insecure_for_plain_http_development())
            .register_limit(RateLimit::off())
            .lockout(guesses_without_end())
    }

    /// How many accounts there are.
    ///
    /// # Panics
    ///
    /// If the database cannot be read.
    pub async fn accounts(&self) -> i64 {
        let count = self.database.select("SELECT count(*) FROM accounts").await;
        count[0].parse().expect("a number")
    }

    /// How many sessions there are, dead ones that were not yet removed included, where the engine
    /// shows them.
    pub async fn sessions(&self) -> usize {
        let entries = self.database.entries().await;
        entries.iter().filter(|entry| entry.key.starts_with("session:")).count()
    }
}

/// The application under attack, on a free port. It stops when it is dropped.
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// The root.
    pub auth: CrudAuth<Account>,
    open: Arc<AtomicUsize>,
    task: JoinHandle<()>,
}

impl Server {
    /// Builds and serves.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub async fn start(builder: GroundBuilder) -> Self {
        Self::of(builder.build().await.expect("a configuration that works")).await
    }

    /// Serves what was built.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn of(auth: CrudAuth<Account>) -> Self {
        Self::with(auth, axum::Router::new()).await
    }

    /// As [`of`](Self::of), with more routes.
    ///
    /// # Panics
    ///
    /// If there is no free port.
    pub async fn with(auth: CrudAuth<Account>, more: axum::Router<AppState>) -> Self {
        let open = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&open);
        let app = routes(&auth, more).layer(middleware::from_fn(move |request, next| {
            let counter = Arc::clone(&counter);
            async move { counted(request, next, counter).await }
        }));
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let app = app.into_make_service_with_connect_info::<SocketAddr>();
        let task =
            tokio::spawn(async move { axum::serve(listener, app).await.expect("it serves") });
        Self { address, auth, open, task }
    }

    /// How many requests are being answered: those whose client left are no longer.
    #[must_use]
    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }

    /// A client without cookies.
    #[must_use]
    pub fn client(&self) -> Client {
        Client::new(self.address)
    }

    /// A client that has signed up as `name` and signed in.
    ///
    /// # Panics
    ///
    /// If it cannot.
    pub async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.client();
        let address = format!("{name}@example.com");
        let answer = client.register(&address, name, crate::support::PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = client.login(name, crate::support::PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Open(Arc<AtomicUsize>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

async fn counted(
    mut request: Request,
    next: Next,
    counter: Arc<AtomicUsize>,
) -> axum::response::Response {
    counter.fetch_add(1, Ordering::SeqCst);
    let _open = Open(counter);
    let peer = request.headers().get(PEER).and_then(|peer| peer.to_str().ok()?.parse().ok());
    if let Some(peer) = peer {
        request.extensions_mut().insert(ConnectInfo::<SocketAddr>(peer));
    }
    next.run(request).await
}
