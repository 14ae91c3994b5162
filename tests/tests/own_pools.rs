//! Pools that the application has made: diesel-async's `deadpool` and `bb8`, and `r2d2` for SQLite.

use axum::Router;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::{CrudAuth, SecretKey, Sqlite};
use crudauth_tests::support::engines::Sql;
use crudauth_tests::support::servers::{MariadbServer, PostgresServer};
use crudauth_tests::support::{
    Account, AccountProvisioned, FREE_TIER, MIGRATIONS, MYSQL_MIGRATIONS, PASSWORD,
    POSTGRES_MIGRATIONS, TestApp, TestDatabase,
};
use diesel::connection::SimpleConnection as _;
use diesel::r2d2::{ConnectionManager, CustomizeConnection};
use diesel::{ConnectionError, SqliteConnection};
use diesel_async::pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, bb8, deadpool};
use diesel_async::{
    AsyncConnection, AsyncMysqlConnection, AsyncPgConnection, RunQueryDsl as _,
    SimpleAsyncConnection,
};
use serde_json::json;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
static MARIADB: OnceCell<Option<MariadbServer>> = OnceCell::const_new();

async fn postgres() -> Option<String> {
    let server = POSTGRES.get_or_init(PostgresServer::start).await.as_ref()?;
    let url = server.database().await;
    let mut connection = AsyncPgConnection::establish(&url).await.expect("a connection");
    connection.batch_execute(POSTGRES_MIGRATIONS).await.expect("the table");
    Some(url)
}

async fn mariadb() -> Option<String> {
    let server = MARIADB.get_or_init(MariadbServer::start).await.as_ref()?;
    let url = server.database().await;
    let mut connection = AsyncMysqlConnection::establish(&url).await.expect("a connection");
    connection.batch_execute(MYSQL_MIGRATIONS).await.expect("the table");
    Some(url)
}

/// A manager whose connections run `settings` when they are made.
fn manager<C>(url: &str, settings: &'static [&'static str]) -> AsyncDieselConnectionManager<C>
where
    C: AsyncConnection + SimpleAsyncConnection + Send + 'static,
    AsyncDieselConnectionManager<C>: Sized,
    C: diesel_async::pooled_connection::PoolableConnection,
{
    let mut config = ManagerConfig::<C>::default();
    config.custom_setup = Box::new(move |url| {
        Box::pin(async move {
            let mut connection = C::establish(url).await?;
            for setting in settings {
                let set = connection.batch_execute(setting).await;
                set.map_err(ConnectionError::CouldntSetupConfiguration)?;
            }
            Ok(connection)
        })
    });
    AsyncDieselConnectionManager::new_with_config(url, config)
}

/// An account from its sign-up to its sign-out, and many requests at once on a few connections.
async fn walk(users: Sql) {
    let database = TestDatabase { users, apart: None };
    let app = TestApp::over(database, |builder| builder, |_| Router::new()).await;
    let mut ada = app.signed_in("ada").await;
    let taken = app.client().register("ada@example.com", "ada", PASSWORD).await;
    assert!(taken.status.is_client_error(), "{}", taken.text());
    let mut requests = JoinSet::new();
    for _ in 0..32 {
        let mut ada = ada.clone();
        requests.spawn(async move { ada.get("/me").await.status.as_u16() });
    }
    assert_eq!(requests.join_all().await, [200; 32]);
    let change = json!({ "current_password": PASSWORD, "new_password": "another long engine" });
    let changed = ada.post_json("/change-password", &change).await;
    assert_eq!(changed.status, 200, "{}", changed.text());
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 401);
    assert_eq!(ada.get("/me").await.status, 200);
    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_postgres_is_used() {
    let Some(url) = postgres().await else { return };
    let pool = deadpool::Pool::<AsyncPgConnection>::builder(manager(&url, &[])).max_size(3);
    let pool = pool.build().expect("a pool");
    walk(Sql::Postgres(Postgres::from_pool(pool.clone(), "app"))).await;
    drop(pool.get().await.expect("the application's own use goes on"));

    let Some(url) = postgres().await else { return };
    let pool = bb8::Pool::<AsyncPgConnection>::builder().max_size(3);
    let pool = pool.build(manager(&url, &[])).await.expect("a pool");
    walk(Sql::Postgres(Postgres::from_pool(pool, "app"))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_mysql_is_used() {
    let Some(url) = mariadb().await else { return };
    let pool = deadpool::Pool::<AsyncMysqlConnection>::builder(manager(&url, &Mysql::SESSION));
    let pool = pool.max_size(3).build().expect("a pool");
    walk(Sql::Mariadb(Mysql::from_pool(pool, "app"))).await;

    let Some(url) = mariadb().await else { return };
    let pool = bb8::Pool::<AsyncMysqlConnection>::builder().max_size(3);
    let pool = pool.build(manager(&url, &Mysql::SESSION)).await.expect("a pool");
    walk(Sql::Mariadb(Mysql::from_pool(pool, "app"))).await;
}

/// Sets each connection that a pool makes.
#[derive(Debug)]
struct Settings(String);

impl CustomizeConnection<SqliteConnection, diesel::r2d2::Error> for Settings {
    fn on_acquire(&self, connection: &mut SqliteConnection) -> Result<(), diesel::r2d2::Error> {
        connection.batch_execute(&self.0).map_err(diesel::r2d2::Error::QueryError)
    }
}

type R2d2 = diesel::r2d2::Pool<ConnectionManager<SqliteConnection>>;

/// A pool over a new file, in `folder`, with `settings`.
fn r2d2(folder: &std::path::Path, settings: &str) -> R2d2 {
    let path = folder.join("app.db");
    let manager = ConnectionManager::new(path.to_str().expect("a path in UTF-8"));
    let pool = R2d2::builder().max_size(3);
    let pool = pool.connection_customizer(Box::new(Settings(settings.to_owned())));
    pool.build(manager).expect("a pool")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_of_sqlite_is_used() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let pool = r2d2(folder.path(), Sqlite::SESSION);
    let sqlite = Sqlite::from_pool(pool.clone(), "app.db").expect("settings that do");
    sqlite.execute_batch(MIGRATIONS).await.expect("the table");
    let writing = sqlite.read(|connection| connection.batch_execute("DELETE FROM accounts"));
    writing.await.expect_err("a read that writes");
    walk(Sql::Sqlite(sqlite.clone(), None)).await;
    // The connections go back fit for writing, and a pool that has none free is no fault for good.
    let all: Vec<_> = (0..3).map(|_| pool.get().expect("a connection")).collect();
    drop(all);
    let mut connection = pool.get().expect("a connection");
    connection.batch_execute("CREATE TABLE notes (id INTEGER)").expect("it can write");
}

#[test]
fn a_pool_of_sqlite_that_is_set_otherwise_is_refused_with_the_way_out() {
    for (setting, refused) in [
        ("PRAGMA journal_mode = DELETE", "its journal mode is `delete`, not `wal`"),
        ("PRAGMA synchronous = NORMAL", "`synchronous` is not `FULL`"),
        ("PRAGMA busy_timeout = 10", "it waits 10 ms for a lock"),
    ] {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let pool = r2d2(folder.path(), &format!("{} {setting}", Sqlite::SESSION));
        let error = Sqlite::from_pool(pool, "app.db").expect_err(setting).to_string();
        assert!(error.contains("`app.db`") && error.contains(refused), "{error}");
        assert!(error.contains("`Sqlite::SESSION`"), "{error}");
    }
}

/// Why an application over `database` does not start.
async fn refusal(database: impl crudauth::store::Database<Account>) -> String {
    let key = SecretKey::random().expect("random bytes");
    let builder = CrudAuth::<Account>::builder(database, key);
    let built = builder.new_user_defaults(AccountProvisioned { tier_id: FREE_TIER }).build().await;
    built.expect_err("settings that do not do").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pool_whose_connections_are_set_otherwise_is_refused_with_the_way_out() {
    if let Some(url) = postgres().await {
        let set = &["SET default_transaction_isolation = 'serializable'"];
        let pool = deadpool::Pool::<AsyncPgConnection>::builder(manager(&url, set)).max_size(2);
        let error = refusal(Postgres::from_pool(pool.build().expect("a pool"), "app")).await;
        assert!(error.contains("PostgreSQL `app` are `serializable`"), "{error}");
        assert!(error.contains("default_transaction_isolation = 'read committed'"), "{error}");
    }
    if let Some(url) = mariadb().await {
        let pool = deadpool::Pool::<AsyncMysqlConnection>::builder(manager(&url, &[])).max_size(2);
        let error = refusal(Mysql::from_pool(pool.build().expect("a pool"), "app")).await;
        assert!(error.contains("do not read what is committed"), "{error}");
        assert!(error.contains("`Mysql::SESSION`"), "{error}");
    }
}

/// A handler of the application's is dropped in the middle of an answer, and its connection goes
/// back to the pool that crudauth uses as well.
#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_the_application_left_in_its_pool_misleads_nobody() {
    let Some(url) = mariadb().await else { return };
    let pool = bb8::Pool::<AsyncMysqlConnection>::builder().max_size(1);
    let pool = pool.build(manager(&url, &Mysql::SESSION)).await.expect("a pool");
    let database =
        TestDatabase { users: Sql::Mariadb(Mysql::from_pool(pool.clone(), "app")), apart: None };
    let app = TestApp::over(database, |builder| builder, |_| Router::new()).await;
    let mut ada = app.signed_in("ada").await;
    for _ in 0..5 {
        let mut connection = pool.get().await.expect("a connection");
        let asked = diesel::sql_query("SELECT SLEEP(0.05)").execute(&mut *connection);
        let left = tokio::time::timeout(std::time::Duration::from_millis(5), asked).await;
        assert!(left.is_err(), "it is still asked");
        drop(connection);
        let answer = ada.get("/dashboard").await;
        assert_eq!(answer.text(), r#"{"user_id":1,"via":"session"}"#);
    }
}
