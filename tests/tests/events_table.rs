//! The log of security events in a table: what is kept, for how long, and that it is in nobody's
//! way.

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crudauth::RateLimits;
use crudauth::Sqlite;
use crudauth::event::EventLog;
use crudauth::store::memory::MemoryEvents;
use crudauth::store::mysql::{Mysql, MysqlEvents};
use crudauth::store::postgres::{Postgres, PostgresEvents};
use crudauth::store::sqlite::SqliteEvents;
use crudauth::store::{EventCaps, EventRecord, EventStore, LoggedEvent, StoreError, StoreFuture};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer};
use crudauth_tests::support::{PASSWORD, TestApp};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
static MARIADB: OnceCell<Option<MariadbServer>> = OnceCell::const_new();

/// An event store for each adapter, with nothing in it.
async fn stores() -> Vec<Arc<dyn EventStore>> {
    let sqlite = Sqlite::in_memory().expect("memory");
    let mut stores: Vec<Arc<dyn EventStore>> =
        vec![Arc::new(SqliteEvents::new(sqlite)), Arc::new(MemoryEvents::new())];
    if let Some(server) = POSTGRES.get_or_init(PostgresServer::start).await {
        let postgres = Postgres::connect(&server.database().await).await.expect("connect");
        stores.push(Arc::new(PostgresEvents::new(postgres)));
    }
    if let Some(server) = MARIADB.get_or_init(MariadbServer::start).await {
        let mysql = Mysql::connect(&server.database().await).await.expect("connect");
        stores.push(Arc::new(MysqlEvents::new(mysql)));
    }
    for store in &stores {
        store.open().await.expect("the table");
    }
    stores
}

fn at(seconds: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_800_000_000 + seconds)
}

fn event(name: &str, user: Option<&str>, seconds: u64) -> EventRecord {
    EventRecord {
        at: at(seconds),
        event: name.to_owned(),
        is_refusal: user.is_none(),
        user: user.map(str::to_owned),
        address: Some("192.0.2.7".to_owned()),
        user_agent: Some("curl/8.9 \u{1f4a3}".to_owned()),
        request_id: user.map(|user| format!("request of {user}")),
        details: [("reason".to_owned(), "\"quoted\" \u{1f4a3}".to_owned())].into(),
    }
}

fn caps(of_users: u64, of_nobody: u64) -> EventCaps {
    EventCaps { of_users, of_nobody }
}

fn names(logged: &[LoggedEvent]) -> Vec<&str> {
    logged.iter().map(|logged| logged.event.event.as_str()).collect()
}

#[tokio::test]
async fn what_is_kept_comes_back_the_newest_first_page_by_page() {
    for store in stores().await {
        let given = [
            event("a", Some("1"), 0),
            event("b", Some("2"), 1),
            event("c", None, 2),
            event("d", Some("1"), 3),
            event("e", Some("1"), 3),
        ];
        let (first, others) = given.split_first().expect("some");
        store.append(vec![first.clone()]).await.expect("kept");
        store.append(others.to_vec()).await.expect("kept");
        store.append(Vec::new()).await.expect("nothing is no harm");
        let all = store.list(None, None, 10).await.expect("read");
        assert_eq!(names(&all), ["e", "d", "c", "b", "a"], "{store:?}");
        assert!(all.iter().zip(given.iter().rev()).all(|(logged, given)| logged.event == *given));

        let page = store.list(Some("1"), None, 2).await.expect("read");
        assert_eq!(names(&page), ["e", "d"]);
        let next = store.list(Some("1"), Some(page[1].number), 2).await.expect("read");
        assert_eq!(names(&next), ["a"]);
        assert!(store.list(Some("3"), None, 2).await.expect("read").is_empty());
    }
}

#[tokio::test]
async fn many_events_are_added_in_their_order_by_several_at_once() {
    const WRITERS: usize = 4;
    const EACH: usize = 157;
    for store in stores().await {
        let writers = (0..WRITERS).map(|writer| {
            let store = Arc::clone(&store);
            let events = (0..EACH).map(|n| event(&format!("{n:03}"), Some(&writer.to_string()), 0));
            let events = events.collect();
            async move { store.append(events).await.expect("kept") }
        });
        writers.collect::<JoinSet<()>>().join_all().await;
        for writer in 0..WRITERS {
            let kept = store.list(Some(&writer.to_string()), None, 1000).await.expect("read");
            let expected: Vec<_> = (0..EACH).rev().map(|n| format!("{n:03}")).collect();
            assert_eq!(names(&kept), expected, "{store:?}");
        }
    }
}

#[tokio::test]
async fn a_batch_of_events_of_which_one_cannot_be_kept_is_not_kept_at_all() {
    let stores = stores().await;
    let mut refused = 0;
    for store in &stores {
        let mut events: Vec<_> = (0..70).map(|second| event("a", Some("1"), second)).collect();
        // PostgreSQL has no code for it, MySQL no room.
        events[69].user = Some("\0".repeat(800));
        if store.append(events).await.is_err() {
            refused += 1;
            assert!(store.list(None, None, 100).await.expect("read").is_empty(), "{store:?}");
        }
    }
    assert_eq!(refused, stores.len() - 2, "SQLite and memory take any text");
}

#[tokio::test]
async fn old_events_go_and_so_do_those_beyond_the_most_in_bounded_steps() {
    for store in stores().await {
        for second in 0..10 {
            store.append(vec![event(&second.to_string(), None, second)]).await.expect("kept");
        }
        assert_eq!(store.purge(at(6), caps(0, 100), 4).await.expect("purged"), 4, "{store:?}");
        assert_eq!(store.purge(at(6), caps(0, 100), 4).await.expect("purged"), 2);
        assert_eq!(store.purge(at(6), caps(0, 100), 4).await.expect("purged"), 0);
        assert_eq!(store.purge(at(0), caps(0, 3), 100).await.expect("purged"), 1);
        let left = store.list(None, None, 100).await.expect("read");
        assert_eq!(names(&left), ["9", "8", "7"]);
    }
}

#[tokio::test]
async fn events_of_nobody_take_no_place_from_those_of_users() {
    for store in stores().await {
        let user = |second: u64| second.is_multiple_of(4).then_some("1");
        for second in 0..20 {
            let event = event(&second.to_string(), user(second), second);
            store.append(vec![event]).await.expect("kept");
        }
        assert_eq!(store.purge(at(0), caps(4, 5), 3).await.expect("purged"), 3, "{store:?}");
        assert_eq!(store.purge(at(0), caps(4, 5), 100).await.expect("purged"), 8);
        assert_eq!(store.purge(at(0), caps(4, 5), 100).await.expect("purged"), 0);
        let left = store.list(None, None, 100).await.expect("read");
        assert_eq!(names(&left), ["19", "18", "17", "16", "15", "14", "12", "8", "4"]);
    }
}

/// Eight clients that forge as fast as they can, and a user who signs in among them.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_among_4800_forged_cookies_is_kept_ten_times_of_ten() {
    let sqlite = Sqlite::in_memory().expect("memory");
    let log = EventLog::new(SqliteEvents::new(sqlite)).keep_at_most(20).keep_of_nobody_at_most(10);
    let app = TestApp::with(|builder| builder.add_event_sink(log.clone())).await;
    app.signed_in("ada").await;
    for round in 1..=10 {
        let forgers: Vec<_> = (0..8)
            .map(|forger| {
                let mut client = app.client();
                tokio::spawn(async move {
                    for number in 0..600 {
                        let forged = format!("{:A>48}", forger * 600 + number);
                        client.cookies.insert("__Host-session_id".to_owned(), forged);
                        assert_ne!(client.get("/me").await.status, 200);
                    }
                })
            })
            .collect();
        assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
        for forger in forgers {
            forger.await.expect("no panic");
        }
        app.auth.events().flush().await;
        let of_ada = log.of_user(&1, None, 100).await.expect("read");
        let signed_in = names(&of_ada).into_iter().filter(|name| *name == "login_succeeded");
        assert_eq!(signed_in.count(), 1 + round, "round {round}");
        assert_eq!((app.auth.events().dropped(), log.lost()), (0, 0), "round {round}");
        app.after(61);
    }
    let all = log.latest(None, 10_000).await.expect("read");
    let forged: Vec<_> = all.iter().filter(|it| it.event.event == "session_forged").collect();
    let times = |it: &&LoggedEvent| {
        it.event.details.get("times").map_or(1, |times| times.parse::<u64>().expect("a number"))
    };
    assert!(forged.len() <= 20, "{}", forged.len());
    assert!(forged.iter().map(times).sum::<u64>() >= 4_800, "what repeats itself is counted");
}

#[tokio::test]
async fn a_users_events_are_read_back_from_the_table() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Sqlite::open(folder.path().join("log.db")).expect("a database");
    let log = EventLog::new(SqliteEvents::new(sqlite));
    let app = TestApp::with(|builder| builder.add_event_sink(log.clone())).await;
    app.signed_in("olga").await;
    let mut olga = app.client();
    let login = olga.request(reqwest::Method::POST, "/login");
    let login = login.header("user-agent", "curl/8.9").header("x-request-id", "0192d3a4-5e6f");
    olga.send(login.form(&[("username", "olga"), ("password", "wrong")])).await;
    app.client().login("nobody", "wrong").await;
    app.auth.events().flush().await;

    let of_olga = log.of_user(&1, None, 10).await.expect("read");
    assert_eq!(names(&of_olga), ["login_failed", "login_succeeded", "signed_up"]);
    let failed = &of_olga[0].event;
    assert!(failed.is_refusal && !of_olga[1].event.is_refusal);
    assert_eq!(failed.user.as_deref(), Some("1"));
    assert_eq!(failed.address.as_deref(), Some("127.0.0.1"));
    assert_eq!(failed.user_agent.as_deref(), Some("curl/8.9"));
    assert_eq!(failed.request_id.as_deref(), Some("0192d3a4-5e6f"));
    assert_eq!(failed.details["reason"], "wrong_password");
    assert_eq!(failed.at, crudauth::clock::Clock::now(&*app.clock));
    assert!(!format!("{of_olga:?}").contains("olga"), "{of_olga:?}");
    let latest = log.latest(None, 1).await.expect("read");
    assert_eq!(latest[0].event.details["reason"], "unknown_user");
    assert_eq!(log.lost(), 0);
}

#[tokio::test]
async fn the_table_does_not_grow_beyond_what_is_kept() {
    let store = Arc::new(MemoryEvents::new());
    let log = EventLog::new(Shared(store.clone())).keep_of_nobody_at_most(100);
    let app =
        TestApp::with(|builder| builder.add_event_sink(log.clone()).rate_limits(RateLimits::off()))
            .await;
    let mut forger = app.client();
    forger.cookies.insert("__Host-session_id".to_owned(), "A".repeat(48));
    for _ in 0..1100 {
        // Within a minute they would be counted together.
        app.after(61);
        forger.get("/me").await;
        forger.cookies.insert("__Host-session_id".to_owned(), "A".repeat(48));
    }
    app.auth.events().flush().await;
    let kept = store.list(None, None, 10_000).await.expect("read").len();
    assert!((100..=350).contains(&kept), "{kept}");

    // What is old goes with the next purge.
    app.after(91 * 24 * 60 * 60);
    let now = crudauth::clock::Clock::now(&*app.clock);
    for _ in 0..250 {
        app.after(61);
        forger.get("/me").await;
        forger.cookies.insert("__Host-session_id".to_owned(), "A".repeat(48));
    }
    app.auth.events().flush().await;
    let kept = store.list(None, None, 10_000).await.expect("read");
    assert!(kept.len() <= 250 && kept.iter().all(|logged| logged.event.at >= now));
}

/// A store that another handle looks into.
#[derive(Debug)]
struct Shared(Arc<MemoryEvents>);

impl EventStore for Shared {
    fn append(&self, events: Vec<EventRecord>) -> StoreFuture<'_, ()> {
        self.0.append(events)
    }

    fn list<'a>(
        &'a self,
        user: Option<&'a str>,
        before: Option<i64>,
        limit: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>> {
        self.0.list(user, before, limit)
    }

    fn purge(&self, before: SystemTime, caps: EventCaps, limit: u32) -> StoreFuture<'_, u64> {
        self.0.purge(before, caps, limit)
    }
}

/// A store that fails, or that never answers.
#[derive(Debug)]
enum Broken {
    Failing,
    Hanging,
}

impl Broken {
    fn answer<T: Send + 'static>(&self) -> StoreFuture<'_, T> {
        match self {
            Self::Failing => Box::pin(async { Err(StoreError::new("away, as planned")) }),
            Self::Hanging => Box::pin(std::future::pending()),
        }
    }
}

impl EventStore for Broken {
    fn append(&self, _: Vec<EventRecord>) -> StoreFuture<'_, ()> {
        self.answer()
    }

    fn list<'a>(
        &'a self,
        _: Option<&'a str>,
        _: Option<i64>,
        _: u32,
    ) -> StoreFuture<'a, Vec<LoggedEvent>> {
        self.answer()
    }

    fn purge(&self, _: SystemTime, _: EventCaps, _: u32) -> StoreFuture<'_, u64> {
        self.answer()
    }
}

#[tokio::test]
async fn a_log_that_fails_is_counted_and_in_nobodys_way() {
    let log = EventLog::new(Broken::Failing);
    let app = TestApp::with(|builder| builder.add_event_sink(log.clone())).await;
    app.signed_in("ada").await;
    app.auth.events().flush().await;
    assert_eq!(log.lost(), 2);
}

#[tokio::test]
async fn a_log_that_hangs_is_in_nobodys_way() {
    let log = EventLog::new(Broken::Hanging);
    let app = TestApp::with(|builder| builder.add_event_sink(log)).await;
    let mut ada = app.signed_in("ada").await;
    for number in 0..1100 {
        // Within a minute they would be counted together, and unused the session would end.
        app.after(61);
        if number % 20 == 0 {
            assert_eq!(ada.get("/me").await.status, 200);
        }
        let answer = ada.send(ada.request(reqwest::Method::POST, "/notes")).await;
        assert_eq!(answer.status, 403);
    }
    assert!(app.auth.events().dropped() > 0, "what cannot wait is dropped and counted");
    assert_eq!(ada.get("/me").await.status, 200);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_log_makes_its_table_and_no_other() {
    let sqlite = Sqlite::in_memory().expect("memory");
    let log = EventLog::new(SqliteEvents::new(sqlite.clone()));
    let app = TestApp::with(|builder| builder.add_event_sink(log.clone())).await;
    assert!(app.auth.migrations().iter().all(|step| step.table == "crudauth_state"));
    for (table, is_there) in [("events", true), ("state", false), ("passkeys", false)] {
        let asked = sqlite.execute_batch(&format!("DELETE FROM crudauth_{table}")).await;
        assert_eq!(asked.is_ok(), is_there, "{table}");
    }
}
