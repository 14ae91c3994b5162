//! The conformance suite of the state store on every adapter of crudauth.

use std::path::Path;
use std::sync::Arc;

use crudauth::clock::ManualClock;
use crudauth::store::PoolOptions;
use crudauth::store::StateStore;
use crudauth::store::memory::MemoryState;
use crudauth::store::mysql::{Mysql, MysqlState};
use crudauth::store::postgres::{Postgres, PostgresState};
use crudauth::store::redis::{Redis, RedisState};
use crudauth::store::sqlite::{Sqlite, SqliteState};
use crudauth_tests::conformance::state::Subject;
use crudauth_tests::support::servers::{MariadbServer, PostgresServer, RedisCluster, RedisServer};
use tokio::sync::OnceCell;

fn clock() -> Arc<ManualClock> {
    Arc::new(ManualClock::at_unix(1_700_000_000))
}

async fn on(database: Sqlite, clock: &Arc<ManualClock>) -> Arc<dyn StateStore> {
    database.migrate().await.expect("migrate");
    Arc::new(SqliteState::new(database, clock.clone()))
}

fn open(directory: &Path) -> Sqlite {
    Sqlite::open(directory.join("state.db")).expect("open")
}

mod memory {
    use super::*;

    async fn make() -> Subject {
        let clock = clock();
        let store: Arc<dyn StateStore> = Arc::new(MemoryState::new(clock.clone()));
        Subject::new(clock, [store])
    }

    crudauth_tests::state_store_conformance!(make);
}

mod sqlite_in_memory {
    use super::*;

    async fn make() -> Subject {
        let clock = clock();
        let store = on(Sqlite::in_memory().expect("open"), &clock).await;
        Subject::new(clock, [store])
    }

    crudauth_tests::state_store_conformance!(make);
}

mod sqlite_file {
    use super::*;

    async fn make() -> Subject {
        let clock = clock();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let store = on(open(directory.path()), &clock).await;
        Subject::new(clock, [store]).keeping(directory)
    }

    crudauth_tests::state_store_conformance!(make);
}

/// Two handles share nothing but the file, as two processes do.
mod sqlite_file_twice {
    use super::*;

    async fn make() -> Subject {
        let clock = clock();
        let directory = tempfile::tempdir().expect("a temporary directory");
        let first = on(open(directory.path()), &clock).await;
        let second = on(open(directory.path()), &clock).await;
        Subject::new(clock, [first, second]).keeping(directory)
    }

    crudauth_tests::state_store_conformance!(make);
}

/// Few connections for each handle: all tests of this binary share one server.
fn few() -> PoolOptions {
    PoolOptions::default().connections(4).checkout(PATIENT).statement(PATIENT)
}

/// On a busy machine a database takes its time, which is not what is tested here.
const PATIENT: std::time::Duration = std::time::Duration::from_secs(60);

/// Two handles on one database, as two processes have them.
mod postgres {
    use super::*;

    static SERVER: OnceCell<Option<PostgresServer>> = OnceCell::const_new();

    async fn make() -> Option<Subject> {
        let server = SERVER.get_or_init(PostgresServer::start).await.as_ref()?;
        let (url, clock) = (server.database().await, clock());
        let mut handles: Vec<Arc<dyn StateStore>> = Vec::new();
        for _ in 0..2 {
            let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
            postgres.migrate().await.expect("migrate");
            handles.push(Arc::new(PostgresState::new(postgres, clock.clone())));
        }
        Some(Subject::new(clock, handles))
    }

    crudauth_tests::state_store_conformance!(make);
}

mod mariadb {
    use super::*;

    static SERVER: OnceCell<Option<MariadbServer>> = OnceCell::const_new();

    async fn make() -> Option<Subject> {
        let server = SERVER.get_or_init(MariadbServer::start).await.as_ref()?;
        let (url, clock) = (server.database().await, clock());
        let mut handles: Vec<Arc<dyn StateStore>> = Vec::new();
        for _ in 0..2 {
            let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
            mysql.migrate().await.expect("migrate");
            handles.push(Arc::new(MysqlState::new(mysql, clock.clone())));
        }
        Some(Subject::new(clock, handles))
    }

    crudauth_tests::state_store_conformance!(make);
}

mod redis {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static SERVER: OnceCell<Option<RedisServer>> = OnceCell::const_new();
    static SUBJECTS: AtomicUsize = AtomicUsize::new(0);

    async fn make() -> Option<Subject> {
        let server = SERVER.get_or_init(RedisServer::start).await.as_ref()?;
        let prefix = format!("test-{}:", SUBJECTS.fetch_add(1, Ordering::Relaxed));
        let clock = clock();
        let mut handles: Vec<Arc<dyn StateStore>> = Vec::new();
        for _ in 0..2 {
            let redis = Redis::connect(&server.url()).await.expect("connect").prefix(&prefix);
            handles.push(Arc::new(RedisState::new(redis, clock.clone())));
        }
        Some(Subject::new(clock, handles))
    }

    crudauth_tests::state_store_conformance!(make);
}

#[tokio::test]
async fn what_was_answered_is_there_after_a_restart() {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let clock = clock();
    let minute = std::time::Duration::from_secs(60);
    let store = on(open(directory.path()), &clock).await;
    let entry = crudauth::store::Entry { value: b"v", ttl: minute, owner: Some("owner") };
    store.put("key", entry).await.expect("put");
    store.increment("key", 3, minute).await.expect("increment");
    drop(store);
    let store = on(open(directory.path()), &clock).await;
    assert_eq!(store.get("key").await.expect("get"), Some(b"v".to_vec()));
    assert_eq!(store.list("owner").await.expect("list").len(), 1);
    let counter = store.counter("key").await.expect("counter").expect("it is there");
    assert_eq!((counter.count, counter.ttl), (3, minute));
}

/// Three primaries, of which each handle was told another one.
mod redis_cluster {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    static CLUSTER: OnceCell<Option<RedisCluster>> = OnceCell::const_new();
    static SUBJECTS: AtomicUsize = AtomicUsize::new(0);

    async fn make() -> Option<Subject> {
        let cluster = CLUSTER.get_or_init(RedisCluster::start).await.as_ref()?;
        let clock = clock();
        let prefix = format!("{}:", SUBJECTS.fetch_add(1, Ordering::Relaxed));
        let mut handles: Vec<Arc<dyn StateStore>> = Vec::new();
        for node in 0..3 {
            let redis = Redis::connect(&cluster.url(node)).await.expect("connect");
            handles.push(Arc::new(RedisState::new(redis.prefix(&prefix), clock.clone())));
        }
        Some(Subject::new(clock, handles))
    }

    crudauth_tests::state_store_conformance!(make);
}
