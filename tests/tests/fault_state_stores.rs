//! The state stores while their servers are frozen, stopped, restarted, or hang up.

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crudauth::clock::ManualClock;
use crudauth::store::mysql::{Mysql, MysqlConnection, MysqlState};
use crudauth::store::postgres::{Postgres, PostgresState};
use crudauth::store::redis::{Redis, RedisState};
use crudauth::store::{Entry, PoolOptions, StateStore, StoreError};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer, RedisServer};
use diesel::QueryableByName;
use diesel::sql_types::{BigInt, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

const MINUTE: Duration = Duration::from_secs(60);

/// The most that any answer may take: the limits below add up to less.
const BOUND: Duration = Duration::from_secs(12);

/// How long the store may take to recover by itself on a busy machine.
const RECOVERY: Duration = Duration::from_secs(30);

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_unix(1_700_000_000))
}

fn short() -> PoolOptions {
    let (two, four) = (Duration::from_secs(2), Duration::from_secs(4));
    PoolOptions::default().connections(4).connect(two).checkout(four).statement(two)
}

fn entry(value: &[u8]) -> Entry<'_> {
    Entry { value, ttl: MINUTE, owner: Some("owner") }
}

/// Every operation is refused, each within the bound.
async fn is_away(store: &dyn StateStore, how: &str) {
    async fn refused<T>(what: &str, answer: impl Future<Output = Result<T, StoreError>>) {
        let start = Instant::now();
        let answer = tokio::time::timeout(BOUND, answer).await;
        let took = start.elapsed();
        let answer = answer.unwrap_or_else(|_| panic!("{what}: no answer in {took:?}"));
        assert!(answer.is_err(), "{what}: an answer without a server");
    }
    refused(&format!("get while {how}"), store.get("key")).await;
    refused(&format!("put while {how}"), store.put("key", entry(b"lost"))).await;
    refused(&format!("take while {how}"), store.take("other")).await;
    refused(&format!("increment while {how}"), store.increment("n", 1, MINUTE)).await;
}

/// The store answers again, without anyone's help.
async fn recovers(store: &dyn StateStore, after: &str) {
    let start = Instant::now();
    while let Err(error) = store.get("kept").await {
        assert!(start.elapsed() < RECOVERY, "no recovery after {after}: {error}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(store.get("kept").await.expect("get"), Some(b"v".to_vec()), "after {after}");
    store.put("new", entry(b"v")).await.expect("put");
    assert_eq!(store.take("new").await.expect("take"), Some(b"v".to_vec()), "after {after}");
}

/// Thirty callers leave in the middle of an addition. What they began happens whole or not at all,
/// and keeps neither a lock nor a connection from those who come next.
async fn survives_callers_that_leave(store: &Arc<dyn StateStore>) {
    let mut callers = Vec::new();
    for number in 0..30_u64 {
        let store = Arc::clone(store);
        callers.push(tokio::spawn(async move {
            let left = tokio::time::timeout(
                Duration::from_micros(number * 200),
                store.increment("left", 1, MINUTE),
            );
            left.await.map(|sum| sum.map(|sum| sum.count))
        }));
    }
    let mut seen = 0;
    for caller in callers {
        if let Ok(Ok(_)) = caller.await.expect("no panic") {
            seen += 1;
        }
    }
    let start = Instant::now();
    let sum = store.increment("left", 1, MINUTE).await.expect("the row is free").count;
    assert!(sum > seen && sum <= 31, "{seen} were answered, {sum} is the sum");
    for _ in 0..8 {
        store.get("kept").await.expect("there are connections");
    }
    assert!(start.elapsed() < BOUND, "{:?}", start.elapsed());
}

macro_rules! breaks_and_recovers {
    ($server:ident, $store:ident, cut = $cut:expr) => {
        let store: &Arc<dyn StateStore> = &$store;
        store.put("kept", entry(b"v")).await.expect("put");
        survives_callers_that_leave(store).await;

        for round in 0..3 {
            $cut.await;
            // Reads are asked again on a new connection.
            let kept = store.get("kept").await;
            assert_eq!(kept.expect("a read is repeated"), Some(b"v".to_vec()), "round {round}");
            recovers(&**store, "a cut").await;
        }

        $server.process.freeze();
        is_away(&**store, "frozen").await;
        $server.process.thaw();
        recovers(&**store, "a freeze").await;

        $server.process.stop();
        is_away(&**store, "stopped").await;
        $server.start_again().await;
        recovers(&**store, "a restart").await;
    };
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn postgres_may_freeze_stop_and_hang_up() {
    let Some(mut server) = PostgresServer::start().await else { return };
    let postgres =
        Postgres::connect_with(&server.database().await, short()).await.expect("connect");
    postgres.migrate().await.expect("migrate");
    let store: Arc<dyn StateStore> = Arc::new(PostgresState::new(postgres, clock()));
    breaks_and_recovers!(
        server,
        store,
        cut = server.administer(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
            WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
        )
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_may_freeze_stop_and_hang_up() {
    let Some(mut server) = MariadbServer::start().await else { return };
    let mysql = Mysql::connect_with(&server.database().await, short()).await.expect("connect");
    mysql.migrate().await.expect("migrate");
    let store: Arc<dyn StateStore> = Arc::new(MysqlState::new(mysql, clock()));
    breaks_and_recovers!(
        server,
        store,
        cut = async {
            #[derive(QueryableByName)]
            struct Id {
                #[diesel(sql_type = BigInt)]
                id: i64,
            }
            let admin = Mysql::connect(&server.url("mysql")).await.expect("connect");
            let mut connection = admin.get().await.expect("a connection");
            let others = diesel::sql_query(
                "SELECT id FROM information_schema.processlist
                WHERE id <> connection_id() AND user = 'crudauth'",
            );
            for Id { id } in others.load(&mut *connection).await.expect("a list") {
                // One may have gone by itself.
                let _ = connection.batch_execute(&format!("KILL {id}")).await;
            }
        }
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn redis_may_freeze_stop_and_hang_up() {
    let Some(mut server) = RedisServer::start().await else { return };
    let redis = Redis::connect(&server.url()).await.expect("connect");
    let store: Arc<dyn StateStore> = Arc::new(RedisState::new(redis, clock()));
    let client = redis::Client::open(server.url()).expect("an address");
    breaks_and_recovers!(
        server,
        store,
        cut = async {
            let mut admin = client.get_multiplexed_async_connection().await.expect("connect");
            let kill =
                redis::cmd("CLIENT").arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]).to_owned();
            kill.exec_async(&mut admin).await.expect("kill");
        }
    );
}

/// The connection is cut while the statement waits for a lock: the answer is an error, at once,
/// and nothing is written, now or later.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_write_that_is_cut_in_the_middle_is_not_half_done() {
    let Some(server) = PostgresServer::start().await else { return };
    let url = server.database().await;
    let postgres = Postgres::connect_with(&url, short()).await.expect("connect");
    postgres.migrate().await.expect("migrate");
    let store = Arc::new(PostgresState::new(postgres, clock()));
    store.put("key", entry(b"before")).await.expect("put");

    let other = Postgres::connect(&url).await.expect("connect");
    let mut holder = other.get().await.expect("a connection");
    holder.batch_execute("BEGIN; SELECT * FROM crudauth_state FOR UPDATE").await.expect("a lock");
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.put("key", entry(b"after")).await }
    });
    let start = Instant::now();
    let waiting = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE wait_event_type = 'Lock'";
    while !writing.is_finished() {
        assert!(start.elapsed() < BOUND, "the write is not over");
        server.administer(waiting).await;
    }
    writing.await.expect("no panic").expect_err("the connection was cut");
    holder.batch_execute("ROLLBACK").await.expect("rollback");
    assert_eq!(store.get("key").await.expect("get"), Some(b"before".to_vec()));
    store.put("key", entry(b"later")).await.expect("the store works on");
}

/// A caller leaves while its addition, which is a transaction, waits for a lock; and a write is
/// given up by the database for the sake of another.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn mariadb_keeps_no_lock_of_one_who_left_and_writes_again_what_was_given_up() {
    #[derive(QueryableByName)]
    struct Open {
        #[diesel(sql_type = Text)]
        what: String,
    }
    let Some(server) = MariadbServer::start().await else { return };
    server.administer("SET GLOBAL innodb_lock_wait_timeout = 1").await;
    let url = server.database().await;
    let mysql = Mysql::connect(&url).await.expect("connect");
    mysql.migrate().await.expect("migrate");
    let store = Arc::new(MysqlState::new(mysql, clock()));
    store.increment("n", 1, MINUTE).await.expect("increment");
    store.put("key", entry(b"before")).await.expect("put");
    let other = Mysql::connect(&url).await.expect("connect");
    let mut other = other.get().await.expect("a connection");

    let brief = PoolOptions::default().statement(Duration::from_millis(700));
    let brief = Mysql::connect_with(&url, brief).await.expect("connect");
    let brief = Arc::new(MysqlState::new(brief, clock()));
    for (who, caller, patience) in
        [("who left", &store, Duration::from_millis(300)), ("who was told", &brief, BOUND)]
    {
        other.batch_execute("BEGIN").await.expect("begin");
        let lock = "SELECT total FROM crudauth_counters FOR UPDATE";
        other.batch_execute(lock).await.expect("a lock");
        let waited = tokio::time::timeout(patience, caller.increment("n", 1, MINUTE)).await;
        assert!(!matches!(waited, Ok(Ok(_))), "the row was locked");
        other.batch_execute("ROLLBACK").await.expect("rollback");
        let start = Instant::now();
        let open = "SELECT concat_ws(' ', trx_mysql_thread_id, trx_state, command, time, trx_query, trx_rows_modified, info) AS what
            FROM information_schema.innodb_trx LEFT JOIN information_schema.processlist
            ON id = trx_mysql_thread_id";
        loop {
            let rows = diesel::sql_query(open).load(&mut *other).await;
            let rows: Vec<Open> = rows.expect("a list");
            if rows.is_empty() {
                break;
            }
            let what: Vec<_> = rows.into_iter().map(|row| row.what).collect();
            assert!(start.elapsed() < BOUND, "the transaction of one {who} is open: {what:?}");
            // The view is renewed only if nobody has looked for a tenth of a second.
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
    }
    let counter = store.counter("n").await.expect("counter").expect("it is there");
    assert_eq!(counter.count, 2, "one was finished, and the other is not there");

    other.batch_execute("BEGIN").await.expect("begin");
    other.batch_execute("SELECT 1 FROM crudauth_state FOR UPDATE").await.expect("lock");
    let writing = tokio::spawn({
        let store = Arc::clone(&store);
        async move { store.put("key", entry(b"after")).await }
    });
    // Longer than the database lets anyone wait for a lock.
    tokio::time::sleep(Duration::from_secs(2)).await;
    other.batch_execute("ROLLBACK").await.expect("rollback");
    writing.await.expect("no panic").expect("it was written again");
    assert_eq!(store.get("key").await.expect("get"), Some(b"after".to_vec()));
}

/// An application leaves a connection that it was lent in the middle of a query, as a handler does
/// whose client hangs up. The answer that is still to come is not taken for that of anything else.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_answer_that_nobody_waited_for_misleads_nobody() {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Binary)]
        value: Vec<u8>,
    }
    async fn value(connection: &mut MysqlConnection, name: &str) -> Vec<u8> {
        let slow =
            format!("SELECT value FROM crudauth_state WHERE name = '{name}' AND sleep(0.3) = 0");
        let found: Vec<Found> =
            diesel::sql_query(slow).load(&mut **connection).await.expect("a value");
        found.into_iter().map(|found| found.value).next().expect("a row")
    }
    let Some(server) = MariadbServer::start().await else { return };
    let one = PoolOptions::default().connections(1);
    let mysql = Mysql::connect_with(&server.database().await, one).await.expect("connect");
    mysql.migrate().await.expect("migrate");
    let store = MysqlState::new(mysql.clone(), clock());
    for key in ["of ada", "of eve", "of bob"] {
        store.put(key, entry(key.as_bytes())).await.expect("put");
    }
    for _ in 0..3 {
        let mut lent = mysql.get().await.expect("a connection");
        let left = tokio::time::timeout(Duration::from_millis(100), value(&mut lent, "of eve"));
        left.await.expect_err("it takes longer");
        drop(lent);
        assert_eq!(store.get("of ada").await.expect("get"), Some(b"of ada".to_vec()));
        let mut lent = mysql.get().await.expect("a connection");
        assert_eq!(value(&mut lent, "of bob").await, b"of bob");
    }
}
