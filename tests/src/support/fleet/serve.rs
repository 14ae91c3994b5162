use std::error::Error;
use std::io::{Write, stdin, stdout};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use crudauth::Rejection;
use crudauth::clock::{Clock, ManualClock};
use crudauth::message::{FileSender, SmtpConfig, SmtpSender};
use crudauth::oauth::OAuthConfig;
use crudauth::password::HashingLimits;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::redis::Redis;
use crudauth::store::{Database, OpenState, PoolOptions, Stores};
use crudauth::sudo::{Elevated, Proof};
use crudauth::token::{KeyRing, SigningKey};
use crudauth::{
    BearerConfig, CookieConfig, CrudAuth, EmailConfig, Principal, RateLimit, RateLimits,
    RefreshDelivery, SecretKey, SessionConfig, Sqlite, Sudo,
};
use diesel::sql_types::Text;
use diesel::{QueryableByName, RunQueryDsl};
use diesel_async::SimpleAsyncConnection;
use tokio::net::TcpListener;
use tokio::runtime::Handle;
use tokio::signal::unix::{SignalKind, signal};

use super::hasher::Slow;
use super::{Limits, Order, Plan, writes};
use crate::attack::{Fault, Trouble, Watch};
use crate::provider::Desk;
use crate::support::{
    Account, AccountProvisioned, AppState, FREE_TIER, MIGRATIONS, MYSQL_MIGRATIONS,
    POSTGRES_MIGRATIONS, guesses_without_end, routes,
};

/// How long a process may take to end that is asked to.
const SHUTDOWN: Duration = Duration::from_secs(2);

const SENDER: &str = "no-reply@example.com";

/// The key that all processes share.
const SECRET: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

/// Serves as `plan` says until the input of the process ends. Says first where it listens.
///
/// # Errors
///
/// Where something of the plan does not work.
pub async fn serve(plan: Plan) -> Result<(), Box<dyn Error>> {
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    writes::watch();
    let (stores, sqlite) = open(&plan, clock.clone()).await?;
    let (watch, watched) = Watch::over(&stores);
    let stores = if plan.mortal { watched } else { stores };

    let mut bearer = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
    let mut keys = plan.keys.iter().map(SigningKey::eddsa);
    if let Some(signing) = keys.next() {
        let mut ring = KeyRing::new(signing?);
        for accepted in keys {
            ring = ring.accepting(accepted?.verifying_key().clone());
        }
        bearer = bearer.keys(ring);
    }
    let mut builder = CrudAuth::<Account>::builder(stores, SecretKey::new(SECRET)?)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .bearer(bearer)
        .clock(clock.clone())
        .password_hasher(Slow::by(Duration::from_millis(plan.hash_takes)))
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .session(SessionConfig::default().management_routes());
    if plan.limits != Limits::Usual {
        let counted = plan.limits == Limits::NeverReached;
        builder = builder
            .rate_limits(if counted { never_reached() } else { RateLimits::off() })
            .lockout(guesses_without_end());
    }
    if let Some((threads, waiting)) = plan.hashing {
        builder = builder.hashing_limits(HashingLimits::new(threads).waiting(waiting));
    }
    let by_smtp = |port| SmtpSender::new(SmtpConfig::plain_on_loopback(port, SENDER));
    let mail = match (&plan.mail, plan.smtp) {
        (_, Some(port)) => Some(EmailConfig::new(by_smtp(port)?)),
        (Some(file), None) => Some(EmailConfig::new(FileSender::open(file)?)),
        (None, None) => None,
    };
    if let Some(mail) = mail {
        let mail = mail.frontend_url("https://app.example.com").unverified_may_sign_in();
        builder = builder.email(if plan.delivers { mail } else { mail.delivered_elsewhere() });
    }
    if plan.provider {
        let config = OAuthConfig::new("https://shop.example.com")
            .add_provider(Desk::new("sso"))
            .add_app_link("com.example.shop:/signed-in");
        builder = builder.oauth(config);
    }
    let auth = builder.build().await?;

    let mut terminate = signal(SignalKind::terminate())?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    say(&listener.local_addr()?.to_string())?;
    let runtime = Handle::current();
    let orders = Orders { auth: auth.clone(), clock, watch, sqlite, runtime };
    std::thread::spawn(move || {
        let followed = catch_unwind(AssertUnwindSafe(|| orders.follow()));
        // There are no more orders, or one could not be carried out: the test is over.
        std::process::exit(i32::from(followed.is_err()));
    });
    let app = routes(&auth, more()).into_make_service_with_connect_info::<SocketAddr>();
    let terminated = async move {
        let _ = terminate.recv().await;
    };
    axum::serve(listener, app).with_graceful_shutdown(terminated).await?;
    auth.shutdown(SHUTDOWN).await?;
    Ok(())
}

/// The stores of the plan, with the tables that they need, and the SQLite file if it is one.
async fn open(
    plan: &Plan,
    clock: Arc<dyn Clock>,
) -> Result<(Stores<Account>, Option<Sqlite>), Box<dyn Error>> {
    let (users, clock_of) = (plan.users.as_str(), || Arc::clone(&clock));
    let mut file = None;
    let mut stores = if users.starts_with("postgres:") {
        let postgres = Postgres::connect_with(users, pool(plan)).await?;
        postgres.get().await?.batch_execute(POSTGRES_MIGRATIONS).await?;
        Database::<Account>::open(postgres, clock_of()).await?
    } else if users.starts_with("mysql:") {
        let mysql = Mysql::connect_with(users, pool(plan)).await?;
        mysql.get().await?.batch_execute(MYSQL_MIGRATIONS).await?;
        Database::<Account>::open(mysql, clock_of()).await?
    } else {
        let sqlite = Sqlite::open(users)?;
        sqlite.execute_batch(MIGRATIONS).await?;
        file = Some(sqlite.clone());
        Database::<Account>::open(sqlite, clock_of()).await?
    };
    if let Some(redis) = &plan.redis {
        let redis = Redis::connect(redis).await?.prefix(&plan.prefix);
        stores = stores.with_state(redis.open_state(clock_of()).await?);
    }
    Ok((stores, file))
}

fn pool(plan: &Plan) -> PoolOptions {
    let (connections, seconds) = plan.pool.unwrap_or((10, 60));
    let limit = Duration::from_secs(seconds);
    PoolOptions::default().connections(connections).connect(limit).checkout(limit).statement(limit)
}

/// Limits that cost what limits cost.
fn never_reached() -> RateLimits {
    let limit = RateLimit::per_hour(1_000_000);
    RateLimits {
        register: limit,
        change_password: limit,
        logout_all: limit,
        csrf_refresh: limit,
        refresh: limit,
        email_verify_request: limit,
        password_reset_request: limit,
        email_change_request: limit,
        email_change_password: limit,
        existing_account_notice: limit,
        messages: limit,
        oauth_authorize: limit,
        oauth_link: limit,
        oauth_token: limit,
        ..RateLimits::default()
    }
}

fn more() -> Router<AppState> {
    Router::new().route("/sudo", post(sudo)).route("/danger", get(danger))
}

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn danger(_: Principal<Account, Sudo>) -> &'static str {
    "boom"
}

fn say(line: &str) -> std::io::Result<()> {
    writeln!(stdout(), "{line}")?;
    stdout().flush()
}

#[derive(QueryableByName)]
struct Verdict {
    #[diesel(sql_type = Text)]
    integrity_check: String,
}

/// Who carries out orders, and on what.
struct Orders {
    auth: CrudAuth<Account>,
    clock: Arc<ManualClock>,
    watch: Arc<Watch>,
    sqlite: Option<Sqlite>,
    runtime: Handle,
}

impl Orders {
    /// Takes orders until there are none any more.
    fn follow(&self) {
        for line in stdin().lines() {
            let order = line.ok().and_then(|line| Order::read(&line)).expect("an order");
            self.carry_out(order);
            say("done").expect("the test listens");
        }
    }

    fn carry_out(&self, order: Order) {
        let prepare = |nth, fault| self.watch.prepare(Some(Trouble { nth, fault }));
        match order {
            Order::After(seconds) => self.clock.advance(Duration::from_secs(seconds)),
            Order::DieBefore(nth) => prepare(nth, Fault::DeathBefore),
            Order::DieAfter(nth) => prepare(nth, Fault::DeathAfter),
            Order::DieAtWrite(nth) => writes::die_at(nth),
            Order::Live => {
                self.watch.prepare(None);
                writes::die_at(0);
            }
            Order::Deliver => {
                let outbox = self.auth.outbox().expect("mail is sent");
                self.runtime.block_on(outbox.run_due()).expect("the outbox works");
            }
            Order::Pages(most) => {
                // The most that SQLite can count: without a limit.
                let most = if most == 0 { 4_294_967_294 } else { most };
                let limit = format!("PRAGMA max_page_count = {most}");
                self.runtime.block_on(self.file().execute_batch(&limit)).expect("a limit");
            }
            Order::Check => {
                let check = self.file().read(|connection| {
                    diesel::sql_query("PRAGMA integrity_check").load::<Verdict>(connection)
                });
                let said = self.runtime.block_on(check).expect("a verdict");
                let said: Vec<_> = said.iter().map(|it| it.integrity_check.as_str()).collect();
                assert_eq!(said, ["ok"]);
            }
        }
    }

    fn file(&self) -> &Sqlite {
        self.sqlite.as_ref().expect("a SQLite file")
    }
}
