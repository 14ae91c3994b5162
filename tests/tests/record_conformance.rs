//! The conformance suite of crudauth's own rows on every adapter, and which tables are made.

use std::path::Path;
use std::sync::Arc;

use crudauth::store::memory::MemoryRecords;
use crudauth::store::mysql::{Mysql, MysqlRecords};
use crudauth::store::postgres::{Postgres, PostgresRecords};
use crudauth::store::records::{
    ApiKey, Insertion, PasskeyUser, Record, RecordStore, Records, RoleGrant, new_id,
};
use crudauth::store::sqlite::{Sqlite, SqliteRecords};
use crudauth::store::{Migration, PoolOptions};
use crudauth_tests::conformance::records::Subject;
use crudauth_tests::support::servers::{MariadbServer, PostgresServer};
use tokio::sync::OnceCell;

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
static MARIADB: OnceCell<Option<MariadbServer>> = OnceCell::const_new();

fn on(database: Sqlite) -> Arc<dyn RecordStore> {
    Arc::new(SqliteRecords::new(database))
}

/// Few connections for each handle: all tests of this binary share one server.
fn few() -> PoolOptions {
    // On a busy machine a database takes its time, which is not what is tested here.
    let patient = std::time::Duration::from_secs(60);
    PoolOptions::default().connections(4).checkout(patient).statement(patient)
}

async fn postgres() -> Option<(Postgres, Postgres)> {
    let url = POSTGRES.get_or_init(PostgresServer::start).await.as_ref()?.database().await;
    let connect = async || Postgres::connect_with(&url, few()).await.expect("connect");
    Some((connect().await, connect().await))
}

async fn mariadb() -> Option<(Mysql, Mysql)> {
    let url = MARIADB.get_or_init(MariadbServer::start).await.as_ref()?.database().await;
    let connect = async || Mysql::connect_with(&url, few()).await.expect("connect");
    Some((connect().await, connect().await))
}

mod memory {
    use super::*;

    async fn make() -> Subject {
        Subject::new([Arc::new(MemoryRecords::new()) as _]).await
    }

    crudauth_tests::record_store_conformance!(make);
}

mod sqlite_in_memory {
    use super::*;

    async fn make() -> Subject {
        Subject::new([on(Sqlite::in_memory().expect("open"))]).await
    }

    crudauth_tests::record_store_conformance!(make);
}

/// Two handles share nothing but the file, as two processes do.
mod sqlite_file_twice {
    use super::*;

    async fn make() -> Subject {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let open = |path: &Path| on(Sqlite::open(path.join("records.db")).expect("open"));
        let handles = [open(directory.path()), open(directory.path())];
        Subject::new(handles).await.keeping(directory)
    }

    crudauth_tests::record_store_conformance!(make);
}

mod postgres_twice {
    use super::*;

    async fn make() -> Option<Subject> {
        let (first, second) = postgres().await?;
        let handles: [Arc<dyn RecordStore>; 2] =
            [Arc::new(PostgresRecords::new(first)), Arc::new(PostgresRecords::new(second))];
        Some(Subject::new(handles).await)
    }

    crudauth_tests::record_store_conformance!(make);
}

mod mariadb_twice {
    use super::*;

    async fn make() -> Option<Subject> {
        let (first, second) = mariadb().await?;
        let handles: [Arc<dyn RecordStore>; 2] =
            [Arc::new(MysqlRecords::new(first)), Arc::new(MysqlRecords::new(second))];
        Some(Subject::new(handles).await)
    }

    crudauth_tests::record_store_conformance!(make);
}

fn grant() -> RoleGrant {
    RoleGrant {
        id: new_id(),
        owner: "1".to_owned(),
        role: "admin".to_owned(),
        granted_at: std::time::UNIX_EPOCH,
        granted_by: None,
    }
}

/// What no feature asks for is not made, and what an owner has is removed all the same.
async fn only_what_is_asked_for_is_made(store: Arc<dyn RecordStore>) {
    let records = Records::new(Arc::clone(&store), "members");
    assert_eq!(records.remove_all_of("1").await.expect("of no table"), 0);
    store.open(&[RoleGrant::TABLE]).await.expect("the tables");
    assert_eq!(records.insert(grant()).await.expect("insert"), Insertion::Inserted);
    let handle = PasskeyUser { id: new_id(), owner: "1".to_owned(), handle: vec![1; 16] };
    records.insert(handle.clone()).await.expect_err("no such table");
    records.find(ApiKey::by_digest(&[1; 32])).await.expect_err("no such table");
    assert_eq!(records.remove_all_of("1").await.expect("of one table"), 1);
    store.open(&[PasskeyUser::TABLE]).await.expect("an earlier step");
    assert_eq!(records.insert(handle).await.expect("insert"), Insertion::Inserted);
    assert_eq!(records.insert(grant()).await.expect("insert"), Insertion::Inserted);
    // By a process that has mounted another feature.
    assert_eq!(records.remove_all_of("1").await.expect("of both"), 2);
}

#[tokio::test]
async fn a_table_that_nothing_mounts_is_not_made() {
    only_what_is_asked_for_is_made(on(Sqlite::in_memory().expect("open"))).await;
    if let Some((postgres, _)) = postgres().await {
        only_what_is_asked_for_is_made(Arc::new(PostgresRecords::new(postgres))).await;
    }
    if let Some((mysql, _)) = mariadb().await {
        only_what_is_asked_for_is_made(Arc::new(MysqlRecords::new(mysql))).await;
    }
}

/// Where the application makes the tables, what is missing is told with its statements alone.
#[tokio::test]
async fn a_table_that_is_left_to_the_application_is_told_with_its_statements() {
    async fn told(store: impl RecordStore, steps: &[Migration]) {
        let refused = store.open(&[ApiKey::TABLE]).await.expect_err("no table").to_string();
        for step in steps {
            let is_needed = step.table == ApiKey::TABLE.name;
            assert_eq!(refused.contains(step.sql.trim()), is_needed, "{}: {refused}", step.table);
        }
    }
    if let Some((postgres, _)) = postgres().await {
        let store = PostgresRecords::new(postgres.without_migrations());
        told(store, crudauth::store::postgres::migrations()).await;
    }
    if let Some((mysql, _)) = mariadb().await {
        let store = MysqlRecords::new(mysql.without_migrations());
        told(store, crudauth::store::mysql::migrations()).await;
    }
}
