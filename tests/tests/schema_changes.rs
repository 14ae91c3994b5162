//! A database that is changed while the server runs: its statements were prepared before that.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::AuthUser;
use crudauth::clock::SystemClock;
use crudauth::store::postgres::Postgres;
use crudauth::store::{Database, UserStore};
use crudauth::user::{LoginName, NewUser, NoTenant};
use crudauth_tests::support::engines::{Sql, UsersEngine};
use crudauth_tests::support::servers::{PostgresServer, shared};
use crudauth_tests::support::{Client, PASSWORD, TestApp, TestDatabase};
use diesel_async::SimpleAsyncConnection as _;
use tokio::task::JoinSet;

/// An application over tables on one engine; `None` where the engine is not installed.
async fn over(engine: UsersEngine) -> Option<TestApp> {
    let users = engine.open().await?;
    users
        .execute(match &users {
            Sql::Sqlite(..) => crudauth_tests::support::MIGRATIONS,
            Sql::Postgres(_) => crudauth_tests::support::POSTGRES_MIGRATIONS,
            Sql::Mariadb(_) => crudauth_tests::support::MYSQL_MIGRATIONS,
        })
        .await;
    let database = TestDatabase { users, apart: None };
    Some(TestApp::over(database, |builder| builder, |_| axum::Router::new()).await)
}

/// What a session does, over every connection: all of it must work.
async fn works(client: &Client, name: &str, after: &str) {
    let mut reads = JoinSet::new();
    for _ in 0..24 {
        let mut client = client.clone();
        reads.spawn(async move { client.get("/dashboard").await });
    }
    for answer in reads.join_all().await {
        assert_eq!(answer.status, 200, "{after}: {}", answer.text());
    }
    // Sign-ups, which read the row that they write.
    let mut sign_ups = JoinSet::new();
    for _ in 0..6 {
        static NEXT: AtomicUsize = AtomicUsize::new(0);
        let (mut client, number) = (client.clone(), NEXT.fetch_add(1, Ordering::Relaxed));
        client.cookies.clear();
        sign_ups.spawn(async move {
            let name = format!("new{number}");
            client.register(&format!("{name}@example.com"), &name, PASSWORD).await
        });
    }
    for answer in sign_ups.join_all().await {
        assert_eq!(answer.status, 200, "{after}: {}", answer.text());
    }
    // No more at once than one may try to sign in.
    for _ in 0..3 {
        let mut writes = JoinSet::new();
        for _ in 0..4 {
            let (mut client, name) = (client.clone(), name.to_owned());
            writes.spawn(async move {
                client.cookies.remove("__Host-session_id");
                let signed_in = client.login(&name, PASSWORD).await;
                if signed_in.status != 200 {
                    return signed_in;
                }
                client.post("/logout").await
            });
        }
        for answer in writes.join_all().await {
            assert_eq!(answer.status, 200, "{after}: {}", answer.text());
        }
    }
}

/// What an administrator does to the tables, on each engine.
fn changes(engine: UsersEngine) -> Vec<&'static str> {
    match engine {
        UsersEngine::Postgres => vec![
            "ALTER TABLE accounts ALTER COLUMN username TYPE VARCHAR(200)",
            "ALTER TABLE accounts ALTER COLUMN pw_hash TYPE VARCHAR(500), \
             ALTER COLUMN full_name TYPE VARCHAR(100), ADD COLUMN plan TEXT",
            "ALTER TABLE accounts DROP COLUMN note",
            "ALTER TABLE crudauth_state ALTER COLUMN name TYPE VARCHAR(2000)",
            "DROP INDEX crudauth_state_owner; CREATE INDEX crudauth_state_owner ON crudauth_state (owner)",
            "ALTER TABLE crudauth_state RENAME TO before; \
             CREATE TABLE crudauth_state (LIKE before INCLUDING ALL); \
             INSERT INTO crudauth_state SELECT * FROM before; DROP TABLE before",
            "DROP TABLE crudauth_counters; CREATE TABLE crudauth_counters (id BYTEA NOT NULL PRIMARY KEY, \
             total BIGINT NOT NULL, expires_at BIGINT NOT NULL)",
            "ALTER TABLE accounts RENAME TO before; \
             CREATE TABLE accounts (LIKE before INCLUDING ALL); \
             ALTER TABLE accounts ALTER COLUMN username TYPE TEXT; \
             INSERT INTO accounts SELECT * FROM before",
        ],
        UsersEngine::Mariadb => vec![
            "ALTER TABLE accounts MODIFY username VARCHAR(200) NOT NULL",
            "ALTER TABLE accounts MODIFY pw_hash VARCHAR(500), ADD COLUMN plan TEXT",
            "ALTER TABLE accounts DROP COLUMN note",
            "ALTER TABLE crudauth_state MODIFY value MEDIUMBLOB NOT NULL",
            "FLUSH TABLES",
            "CREATE TABLE later LIKE accounts; INSERT INTO later SELECT * FROM accounts; \
             RENAME TABLE accounts TO before_it, later TO accounts",
            "CREATE TABLE later LIKE crudauth_counters; \
             RENAME TABLE crudauth_counters TO counters_before, later TO crudauth_counters",
        ],
        UsersEngine::Sqlite => vec![
            "ALTER TABLE accounts ADD COLUMN plan TEXT",
            "ALTER TABLE accounts DROP COLUMN note",
            "DROP INDEX crudauth_state_owner; CREATE INDEX crudauth_state_owner ON crudauth_state (owner)",
            "CREATE TABLE later (plan TEXT, account_id INTEGER PRIMARY KEY, \
             email_address TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE, pw_hash TEXT, \
             is_admin BOOLEAN NOT NULL, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL, full_name TEXT, tier_id INTEGER NOT NULL, \
             credits INTEGER NOT NULL DEFAULT 10); \
             INSERT INTO later SELECT plan, account_id, email_address, username, pw_hash, is_admin, \
             is_active, email_verified, token_version, full_name, tier_id, credits FROM accounts; \
             DROP TABLE accounts; ALTER TABLE later RENAME TO accounts",
            "DROP TABLE crudauth_counters; CREATE TABLE crudauth_counters (key TEXT NOT NULL PRIMARY KEY, \
             count INTEGER NOT NULL, expires_at INTEGER NOT NULL) STRICT, WITHOUT ROWID",
            "VACUUM",
        ],
    }
}

async fn survives(engine: UsersEngine) {
    let Some(app) = over(engine).await else { return };
    let client = app.signed_in("ada").await;
    for change in changes(engine) {
        works(&client, "ada", "before").await;
        match (&app.database.users, change) {
            // Not in a transaction.
            (Sql::Sqlite(sqlite, _), "VACUUM") => {
                let done = sqlite.write(|connection| {
                    diesel::connection::SimpleConnection::batch_execute(connection, "VACUUM")
                });
                done.await.expect("VACUUM");
            }
            _ => app.execute(change).await,
        }
        works(&client, "ada", change).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_table_is_a_fault_of_the_store_on_postgres() {
    survives(UsersEngine::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_table_is_a_fault_of_the_store_on_mariadb() {
    survives(UsersEngine::Mariadb).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_change_of_a_table_is_a_fault_of_the_store_on_sqlite() {
    survives(UsersEngine::Sqlite).await;
}

/// An application may do what it likes to the connections that it is lent.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_done_to_a_lent_connection_concerns_nobody_else() {
    let Some(app) = over(UsersEngine::Postgres).await else { return };
    let Sql::Postgres(postgres) = app.database.users.clone() else { unreachable!() };
    let client = app.signed_in("ada").await;
    for sql in [
        "DISCARD ALL",
        "DEALLOCATE ALL",
        "SET default_transaction_read_only = on",
        "SET search_path = pg_catalog",
    ] {
        works(&client, "ada", "before").await;
        let mut held = Vec::new();
        for _ in 0..10 {
            let mut connection = postgres.get().await.expect("a connection");
            connection.batch_execute(sql).await.expect("a statement");
            held.push(connection);
        }
        drop(held);
        works(&client, "ada", sql).await;
    }
}

/// A server, the name of a database on it, and an application over that.
async fn over_a_server_of_its_own() -> Option<(PostgresServer, String, TestApp)> {
    let server = PostgresServer::start().await?;
    let url = server.database().await;
    let (_, name) = url.rsplit_once('/').expect("a database");
    let users = Sql::Postgres(Postgres::connect(&url).await.expect("connect"));
    users.execute(crudauth_tests::support::POSTGRES_MIGRATIONS).await;
    let database = TestDatabase { users, apart: None };
    let app = TestApp::over(database, |builder| builder, |_| axum::Router::new()).await;
    Some((server, name.to_owned(), app))
}

/// Connections that lead to a standby are given up as soon as there is a primary again.
#[tokio::test(flavor = "multi_thread")]
async fn a_primary_that_was_a_standby_is_found_again() {
    let Some((server, name, app)) = over_a_server_of_its_own().await else { return };
    let client = app.signed_in("ada").await;
    works(&client, "ada", "before").await;
    server
        .administer(&format!(
            "ALTER DATABASE {name} SET default_transaction_read_only = on; \
             SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        ))
        .await;
    for _ in 0..12 {
        let read = client.clone().get("/dashboard").await;
        assert_eq!(read.status, 200, "{}", read.text());
        let mut other = app.client();
        let answer = other.login("ada", PASSWORD).await;
        assert_eq!(answer.status, 503, "a standby takes no write: {}", answer.text());
        assert!(answer.header("retry-after").is_some());
    }
    server.administer(&format!("ALTER DATABASE {name} RESET default_transaction_read_only")).await;
    works(&client, "ada", "a primary again").await;
}

/// What is broken for good makes nobody connect anew, and prepares no statement for ever.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_broken_for_good_makes_nobody_connect_anew() {
    let Some((_server, _, app)) = over_a_server_of_its_own().await else { return };
    let client = app.signed_in("ada").await;
    works(&client, "ada", "before").await;
    let backends =
        "SELECT CAST(pid AS TEXT) FROM pg_stat_activity WHERE datname = current_database()";
    let before = app.select(backends).await;
    app.execute("ALTER TABLE accounts RENAME COLUMN username TO nick").await;
    for _ in 0..40 {
        let answer = client.clone().get("/dashboard").await;
        assert_eq!(answer.status, 500, "{}", answer.text());
        assert_eq!(answer.header("retry-after"), None);
    }
    let after = app.select(backends).await;
    let made: Vec<_> = after.iter().filter(|pid| !before.contains(pid)).collect();
    assert!(made.len() <= 1, "{made:?}");
    app.execute("ALTER TABLE accounts RENAME COLUMN nick TO username").await;
    works(&client, "ada", "mended").await;
}

mod schema {
    #[derive(
        Debug, Clone, Copy, Default, diesel::sql_types::SqlType, diesel::query_builder::QueryId,
    )]
    #[diesel(postgres_type(name = "plan"))]
    pub struct PlanType;

    diesel::table! {
        use diesel::sql_types::*;
        use super::PlanType;

        tenants (id) {
            id -> Integer,
            username -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            token_version -> Integer,
            plan -> PlanType,
        }
    }
}

use self::schema::tenants;

/// A value of an enumeration of PostgreSQL.
#[derive(
    Debug, Clone, PartialEq, diesel::expression::AsExpression, diesel::deserialize::FromSqlRow,
)]
#[diesel(sql_type = schema::PlanType)]
struct Plan(String);

impl diesel::serialize::ToSql<schema::PlanType, diesel::pg::Pg> for Plan {
    fn to_sql<'b>(
        &'b self,
        out: &mut diesel::serialize::Output<'b, '_, diesel::pg::Pg>,
    ) -> diesel::serialize::Result {
        std::io::Write::write_all(out, self.0.as_bytes())?;
        Ok(diesel::serialize::IsNull::No)
    }
}

impl diesel::deserialize::FromSql<schema::PlanType, diesel::pg::Pg> for Plan {
    fn from_sql(bytes: diesel::pg::PgValue<'_>) -> diesel::deserialize::Result<Self> {
        Ok(Self(String::from_utf8(bytes.as_bytes().to_vec())?))
    }
}

#[derive(Debug, Clone, AuthUser)]
#[diesel(table_name = tenants, check_for_backend(diesel::pg::Pg))]
#[auth(recovery(none))]
struct Tenant {
    id: i32,
    username: String,
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i32,
    #[auth(provisioned)]
    plan: Plan,
}

/// A type of the application's own that is made anew has another number, which a connection has
/// noted.
#[tokio::test(flavor = "multi_thread")]
async fn an_enumeration_that_is_made_anew_is_a_fault_of_nobody() {
    let Some(postgres) = shared::postgres().await else { return };
    let execute = async |sql: &str| {
        postgres.get().await.expect("a connection").batch_execute(sql).await.expect(sql);
    };
    execute(
        "CREATE TYPE plan AS ENUM ('free', 'paid'); CREATE TABLE tenants (id SERIAL PRIMARY KEY, \
         username TEXT NOT NULL UNIQUE, hashed_password TEXT, is_active BOOLEAN NOT NULL, \
         token_version INTEGER NOT NULL, plan plan NOT NULL)",
    )
    .await;
    let stores = Database::<Tenant>::open(postgres.clone(), Arc::new(SystemClock)).await;
    let users: Arc<dyn UserStore<Tenant>> = Arc::clone(stores.expect("a table").users());
    let mut number = 0;
    let mut comes = async |after: &str, plan: &str| {
        for _ in 0..24 {
            number += 1;
            let name = format!("t{number}");
            let new = NewUser {
                register: TenantRegister { username: name.clone() },
                provisioned: TenantProvisioned { plan: Plan(plan.to_owned()) },
                tenant: NoTenant,
                password: None,
                link: None,
                email_verified: false,
                token_version: 0,
                created_at: std::time::SystemTime::UNIX_EPOCH,
            };
            let tenant =
                users.insert(new).await.unwrap_or_else(|error| panic!("{after}: {error:?}"));
            let found = users.find_by_login(&LoginName::new(&name), &NoTenant).await;
            let found = found.unwrap_or_else(|error| panic!("{after}: {error:?}")).expect("it");
            assert_eq!((found.id, found.plan.0.as_str()), (tenant.id, plan), "{after}");
        }
    };
    comes("before", "free").await;
    execute("ALTER TYPE plan ADD VALUE 'gold'").await;
    comes("a new value", "gold").await;
    execute(
        "ALTER TYPE plan RENAME TO plan_before; CREATE TYPE plan AS ENUM ('free', 'gold'); \
         ALTER TABLE tenants ALTER COLUMN plan TYPE plan USING plan::text::plan; DROP TYPE plan_before",
    )
    .await;
    comes("a new type", "gold").await;
}
