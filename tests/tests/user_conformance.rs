//! The conformance suites of the user store, and of users with state in one place, on every adapter
//! of crudauth; and what the databases check at start-up.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::{ManualClock, SystemClock};
use crudauth::store::memory::{MemoryState, MemoryUsers, stores};
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::sqlite::Sqlite;
use crudauth::store::{Database, FromUrl, PoolOptions, UserStore};
use crudauth_tests::conformance::holders;
use crudauth_tests::conformance::users::{
    Guest, Member, Past, Subject, Traveller, rows_that_do_not_count_are_not_there,
    users_are_linked_to_providers, users_keep_second_factors,
};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer};
use diesel_async::SimpleAsyncConnection;
use tokio::sync::OnceCell;

const ON_SQLITE: &str = "CREATE TABLE members (
    id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
    hashed_password TEXT, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL,
    email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL)";

const ON_POSTGRES: &str = "CREATE TABLE members (
    id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE,
    hashed_password TEXT, is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL,
    email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL,
    created_at TIMESTAMP NOT NULL, updated_at TIMESTAMP NOT NULL)";

/// With a collation that ignores case and accents, as is the default of many servers. The keys
/// are not named like their columns.
const ON_MYSQL: &str = "CREATE TABLE members (
    id INTEGER AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL,
    username VARCHAR(255) NOT NULL, hashed_password TEXT, is_active BOOLEAN NOT NULL,
    is_superuser BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL,
    token_version INTEGER NOT NULL, created_at DATETIME(6) NOT NULL,
    updated_at DATETIME(6) NOT NULL,
    UNIQUE KEY by_address (email), UNIQUE KEY by_name (username)
    ) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci";

/// Few connections for each handle, since all tests of this binary share one server; and much
/// time, since speed is not what is tested here.
fn few() -> PoolOptions {
    let patient = Duration::from_secs(60);
    PoolOptions::default().connections(4).checkout(patient).statement(patient)
}

async fn users(database: impl Database<Member>) -> Arc<dyn UserStore<Member>> {
    let stores = database.open(Arc::new(SystemClock)).await.expect("a table that is right");
    Arc::clone(stores.users())
}

/// Users and state through two handles on one database.
async fn held<D: Database<Member>>(
    [first, second]: [D; 2],
    kept: impl Any + Send + Sync,
) -> holders::Subject {
    let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
    let first = first.open(clock.clone()).await.expect("a table that is right");
    let second = second.open(clock.clone()).await.expect("a table that is right");
    holders::Subject::new([first, second], clock, kept)
}

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
static MARIADB: OnceCell<Option<MariadbServer>> = OnceCell::const_new();

/// The address of a database with these tables.
async fn on_postgres(tables: &str) -> Option<String> {
    let server = POSTGRES.get_or_init(PostgresServer::start).await.as_ref()?;
    let url = server.database().await;
    let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
    postgres.get().await.expect("a connection").batch_execute(tables).await.expect("the tables");
    Some(url)
}

async fn on_mariadb(tables: &str) -> Option<String> {
    let server = MARIADB.get_or_init(MariadbServer::start).await.as_ref()?;
    let url = server.database().await;
    let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
    mysql.get().await.expect("a connection").batch_execute(tables).await.expect("the tables");
    Some(url)
}

mod memory {
    use super::*;

    async fn make() -> Subject {
        let users: Arc<dyn UserStore<Member>> = Arc::new(MemoryUsers::new(Member::made_of));
        Subject::new([users])
    }

    async fn make_held() -> holders::Subject {
        let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
        let users = Arc::new(MemoryUsers::new(Member::made_of));
        let stores = stores(users, Arc::new(MemoryState::new(clock.clone())));
        holders::Subject::new([stores.clone(), stores], clock, ())
    }

    crudauth_tests::user_store_conformance!(make);
    crudauth_tests::holders_conformance!(make_held);
}

mod sqlite {
    use tempfile::TempDir;

    use super::*;

    async fn handles() -> ([Sqlite; 2], TempDir) {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let open = || Sqlite::open(directory.path().join("app.db")).expect("open");
        let (first, second) = (open(), open());
        first.execute_batch(ON_SQLITE).await.expect("the table");
        ([first, second], directory)
    }

    async fn make() -> Subject {
        let ([first, second], directory) = handles().await;
        Subject::new([users(first).await, users(second).await]).keeping(directory)
    }

    async fn make_held() -> holders::Subject {
        let (handles, directory) = handles().await;
        held(handles, directory).await
    }

    crudauth_tests::user_store_conformance!(make);
    crudauth_tests::holders_conformance!(make_held);
}

/// Two handles on one database, as two processes have them.
mod postgres {
    use super::*;

    async fn handles() -> Option<[Postgres; 2]> {
        let url = on_postgres(ON_POSTGRES).await?;
        let handle = async || Postgres::connect_with(&url, few()).await.expect("connect");
        Some([handle().await, handle().await])
    }

    async fn make() -> Option<Subject> {
        let [first, second] = handles().await?;
        Some(Subject::new([users(first).await, users(second).await]))
    }

    async fn make_held() -> Option<holders::Subject> {
        Some(held(handles().await?, ()).await)
    }

    crudauth_tests::user_store_conformance!(make);
    crudauth_tests::holders_conformance!(make_held);
}

mod mariadb {
    use super::*;

    async fn handles() -> Option<[Mysql; 2]> {
        let url = on_mariadb(ON_MYSQL).await?;
        let handle = async || Mysql::connect_with(&url, few()).await.expect("connect");
        Some([handle().await, handle().await])
    }

    async fn make() -> Option<Subject> {
        let [first, second] = handles().await?;
        Some(Subject::new([users(first).await, users(second).await]))
    }

    async fn make_held() -> Option<holders::Subject> {
        Some(held(handles().await?, ()).await)
    }

    crudauth_tests::user_store_conformance!(make);
    crudauth_tests::holders_conformance!(make_held);
}

/// A table of [`Guest`]s, with a type for the key and one for text, and what makes names unique.
macro_rules! guests {
    ($id:literal, $text:literal, $moment:literal, $unique:literal) => {
        concat!(
            "CREATE TABLE guests (id ",
            $id,
            " PRIMARY KEY, tenant_id INTEGER NOT NULL, email ",
            $text,
            ", handle ",
            $text,
            " NOT NULL, hashed_password TEXT NOT NULL, email_verified BOOLEAN NOT NULL, ",
            "token_version INTEGER NOT NULL, deleted_at ",
            $moment,
            " NULL, UNIQUE (tenant_id, handle)",
            $unique
        )
    };
}

const PARTIAL: &str =
    "; CREATE UNIQUE INDEX by_address ON guests (tenant_id, email) WHERE deleted_at IS NULL";

#[tokio::test(flavor = "multi_thread")]
async fn rows_that_do_not_count_are_not_there_in_any_store() {
    const DELETE: &str = "UPDATE guests SET deleted_at = '2020-01-01 00:00:00' WHERE id = ";
    let memory = MemoryUsers::new(Guest::made_of);
    rows_that_do_not_count_are_not_there(&memory, async |id| {
        assert!(memory.update(&id, Guest::delete));
    })
    .await;

    let clock = || Arc::new(SystemClock);
    let sqlite = Sqlite::in_memory().expect("a database");
    let table = guests!("INTEGER", "TEXT", "TIMESTAMP", ")").to_owned() + PARTIAL;
    sqlite.execute_batch(&table).await.expect("the table");
    let stores =
        Database::<Guest>::open(sqlite.clone(), clock()).await.expect("a table that is right");
    rows_that_do_not_count_are_not_there(&**stores.users(), async |id| {
        sqlite.execute_batch(&format!("{DELETE}{id}")).await.expect("a row");
    })
    .await;

    let table = guests!("SERIAL", "TEXT", "TIMESTAMP", ")").to_owned() + PARTIAL;
    if let Some(url) = on_postgres(&table).await {
        let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
        let stores =
            Database::<Guest>::open(postgres.clone(), clock()).await.expect("a right table");
        rows_that_do_not_count_are_not_there(&**stores.users(), async |id| {
            let mut connection = postgres.get().await.expect("a connection");
            connection.batch_execute(&format!("{DELETE}{id}")).await.expect("a row");
        })
        .await;
    }

    let table = guests!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(150)",
        "DATETIME",
        ", counts TINYINT AS (IF(deleted_at IS NULL, 1, NULL)), UNIQUE (tenant_id, email, counts))"
    );
    if let Some(url) = on_mariadb(table).await {
        let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
        let stores = Database::<Guest>::open(mysql.clone(), clock()).await.expect("a right table");
        rows_that_do_not_count_are_not_there(&**stores.users(), async |id| {
            let mut connection = mysql.get().await.expect("a connection");
            connection.batch_execute(&format!("{DELETE}{id}")).await.expect("a row");
        })
        .await;
    }
}

macro_rules! travellers {
    ($id:literal, $text:literal, $bytes:literal, $moment:literal, $unique:literal) => {
        concat!(
            "CREATE TABLE travellers (id ",
            $id,
            " PRIMARY KEY, tenant_id INTEGER NOT NULL, email ",
            $text,
            " NOT NULL, hashed_password VARCHAR(255) NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL, google_id ",
            $text,
            ", github_id ",
            $bytes,
            ", oauth_provider VARCHAR(32), oauth_created_at ",
            $moment,
            " NULL, oauth_updated_at ",
            $moment,
            " NULL, totp_secret_encrypted ",
            $text,
            ", totp_confirmed_at ",
            $moment,
            " NULL, totp_last_step BIGINT, mfa_recovery_codes ",
            $text,
            ", deleted_at ",
            $moment,
            " NULL",
            $unique
        )
    };
}

const EACH_PARTIAL: &str = "); \
    CREATE UNIQUE INDEX by_address ON travellers (tenant_id, email) WHERE deleted_at IS NULL; \
    CREATE UNIQUE INDEX by_google ON travellers (google_id) WHERE deleted_at IS NULL; \
    CREATE UNIQUE INDEX by_github ON travellers (github_id) WHERE deleted_at IS NULL";

/// The users of a database whose columns of providers are unique.
async fn travellers(database: impl Database<Traveller>) -> Arc<dyn UserStore<Traveller>> {
    let stores = database.open(Arc::new(SystemClock)).await.expect("a table that is right");
    let users = Arc::clone(stores.users());
    for provider in ["google", "github", "keycloak"] {
        users.check_link(provider).await.expect("an index");
    }
    users
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn users_are_linked_to_providers_in_any_store() {
    let sql = |id: i32, what: Past| format!("UPDATE travellers SET {} WHERE id = {id}", what.sql());
    let memory = Arc::new(MemoryUsers::new(Traveller::made_of));
    users_are_linked_to_providers(memory.clone(), async |id, what| {
        assert!(memory.update(&id, |row| row.past(what)));
    })
    .await;

    let sqlite = Sqlite::in_memory().expect("a database");
    let table = travellers!("INTEGER", "TEXT COLLATE NOCASE", "TEXT", "TIMESTAMP", "");
    sqlite.execute_batch(&(table.to_owned() + EACH_PARTIAL)).await.expect("the table");
    users_are_linked_to_providers(travellers(sqlite.clone()).await, async |id, what| {
        sqlite.execute_batch(&sql(id, what)).await.expect("a row");
    })
    .await;

    let table = travellers!("SERIAL", "TEXT", "TEXT", "TIMESTAMP", "");
    if let Some(url) = on_postgres(&(table.to_owned() + EACH_PARTIAL)).await {
        let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
        users_are_linked_to_providers(travellers(postgres.clone()).await, async |id, what| {
            let mut connection = postgres.get().await.expect("a connection");
            connection.batch_execute(&sql(id, what)).await.expect("a row");
        })
        .await;
    }

    let table = travellers!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
        "VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "DATETIME(6)",
        ", counts TINYINT AS (IF(deleted_at IS NULL, 1, NULL)), UNIQUE (tenant_id, email, counts), \
         UNIQUE by_google (google_id, counts), UNIQUE by_github (github_id, counts))"
    );
    if let Some(url) = on_mariadb(table).await {
        let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
        users_are_linked_to_providers(travellers(mysql.clone()).await, async |id, what| {
            let mut connection = mysql.get().await.expect("a connection");
            connection.batch_execute(&sql(id, what)).await.expect("a row");
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn second_factors_are_changed_by_one_statement_in_any_store() {
    let sql = |id: i32, what: Past| format!("UPDATE travellers SET {} WHERE id = {id}", what.sql());
    let memory = Arc::new(MemoryUsers::new(Traveller::made_of));
    users_keep_second_factors(memory.clone(), async |id, what| {
        assert!(memory.update(&id, |row| row.past(what)));
    })
    .await;

    let sqlite = Sqlite::in_memory().expect("a database");
    let table = travellers!("INTEGER", "TEXT COLLATE NOCASE", "TEXT", "TIMESTAMP", "");
    sqlite.execute_batch(&(table.to_owned() + EACH_PARTIAL)).await.expect("the table");
    users_keep_second_factors(travellers(sqlite.clone()).await, async |id, what| {
        sqlite.execute_batch(&sql(id, what)).await.expect("a row");
    })
    .await;

    let table = travellers!("SERIAL", "TEXT", "TEXT", "TIMESTAMP", "");
    if let Some(url) = on_postgres(&(table.to_owned() + EACH_PARTIAL)).await {
        let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
        users_keep_second_factors(travellers(postgres.clone()).await, async |id, what| {
            let mut connection = postgres.get().await.expect("a connection");
            connection.batch_execute(&sql(id, what)).await.expect("a row");
        })
        .await;
    }

    let table = travellers!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci",
        "VARCHAR(150) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
        "DATETIME(6)",
        ", counts TINYINT AS (IF(deleted_at IS NULL, 1, NULL)), UNIQUE (tenant_id, email, counts), \
         UNIQUE by_google (google_id, counts), UNIQUE by_github (github_id, counts))"
    );
    if let Some(url) = on_mariadb(table).await {
        let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
        users_keep_second_factors(travellers(mysql.clone()).await, async |id, what| {
            let mut connection = mysql.get().await.expect("a connection");
            connection.batch_execute(&sql(id, what)).await.expect("a row");
        })
        .await;
    }
}

/// The statement that the error has makes the column unique. Indexes that are unique in each tenant
/// alone, or over more than the column, do not do.
#[tokio::test(flavor = "multi_thread")]
async fn a_link_needs_a_unique_column() {
    async fn refused(users: &dyn UserStore<Traveller>) -> String {
        let refused = users.check_link("google").await.expect_err("no index").to_string();
        assert!(refused.contains("links users to the provider `google`"), "{refused}");
        let (_, run) = refused.rsplit_once("run `").expect("a statement");
        run.trim_end_matches('`').to_owned()
    }
    let clock = || Arc::new(SystemClock);
    let near = "); CREATE UNIQUE INDEX a ON travellers (tenant_id, email); \
        CREATE UNIQUE INDEX b ON travellers (tenant_id, google_id); \
        CREATE UNIQUE INDEX c ON travellers (google_id, github_id)";
    let table = travellers!("INTEGER", "TEXT", "TEXT", "TIMESTAMP", "").to_owned() + near;
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(&table).await.expect("the table");
    let stores = Database::<Traveller>::open(sqlite.clone(), clock()).await.expect("a table");
    sqlite.execute_batch(&refused(&**stores.users()).await).await.expect("a statement that runs");
    stores.users().check_link("google").await.expect("an index");

    let table = travellers!("SERIAL", "TEXT", "TEXT", "TIMESTAMP", "").to_owned() + near;
    if let Some(url) = on_postgres(&table).await {
        let postgres = Postgres::connect_with(&url, few()).await.expect("connect");
        let stores = Database::<Traveller>::open(postgres.clone(), clock()).await.expect("a table");
        let statement = refused(&**stores.users()).await;
        let mut connection = postgres.get().await.expect("a connection");
        connection.batch_execute(&statement).await.expect("a statement that runs");
        stores.users().check_link("google").await.expect("an index");
    }

    let table = travellers!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(150)",
        "VARCHAR(150)",
        "DATETIME(6)",
        ", UNIQUE (tenant_id, email), UNIQUE (tenant_id, google_id), UNIQUE (google_id, github_id))"
    );
    if let Some(url) = on_mariadb(table).await {
        let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
        let stores = Database::<Traveller>::open(mysql.clone(), clock()).await.expect("a table");
        let statement = refused(&**stores.users()).await;
        let mut connection = mysql.get().await.expect("a connection");
        connection.batch_execute(&statement).await.expect("a statement that runs");
        stores.users().check_link("google").await.expect("an index");
    }
}

async fn refusal(database: impl Database<Member>) -> String {
    let opened = database.open(Arc::new(SystemClock)).await;
    opened.map(drop).expect_err("a table that is not as the struct says").to_string()
}

#[tokio::test]
async fn a_table_that_is_not_as_the_struct_says_is_a_start_up_error() {
    let no_table = ("SELECT 1".to_owned(), "DO 0".to_owned());
    let no_column = (
        ON_POSTGRES.replace("created_at TIMESTAMP NOT NULL, ", ""),
        ON_MYSQL.replace("created_at DATETIME(6) NOT NULL,", ""),
    );
    // Unique in some rows, or together with another column, is not enough.
    let no_key = (
        ON_POSTGRES.replace("email TEXT NOT NULL UNIQUE", "email TEXT NOT NULL")
            + "; CREATE UNIQUE INDEX ON members (email) WHERE is_active"
            + "; CREATE UNIQUE INDEX ON members (email, username)",
        ON_MYSQL.replace("by_address (email)", "by_both (email, username)"),
    );
    for ((on_pg, on_my), expected) in [
        (no_table, "the table `members` cannot be read as `Member`"),
        (no_column, "created_at"),
        (no_key, "CREATE UNIQUE INDEX members_email_key ON members (email)"),
    ] {
        if let Some(url) = on_postgres(&on_pg).await {
            let said = refusal(Postgres::from_url(&url).expect("a URL")).await;
            assert!(said.contains(expected), "{said}");
        }
        if let Some(url) = on_mariadb(&on_my).await {
            let said = refusal(Mysql::from_url(&url).expect("a URL")).await;
            assert!(said.contains(expected), "{said}");
        }
    }
}

#[tokio::test]
async fn mysql_cuts_nothing_to_fit_whatever_the_servers_mode() {
    let Some(url) = on_mariadb("CREATE TABLE short (name VARCHAR(3))").await else { return };
    let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
    let mut connection = mysql.get().await.expect("a connection");
    let lax = "SET GLOBAL sql_mode = ''";
    connection.batch_execute(lax).await.expect("the mode of connections to come");
    drop((connection, mysql));
    let mysql = Mysql::connect_with(&url, few()).await.expect("connect");
    let mut connection = mysql.get().await.expect("a connection");
    let cut = connection.batch_execute("INSERT INTO short VALUES ('four')").await;
    cut.expect_err("a value that does not fit");
}

#[tokio::test]
async fn a_url_of_another_kind_is_refused_without_being_quoted() {
    for url in ["sqlite:///app.db?x=hunter2", "http://me:hunter2@db/app", "hunter2"] {
        let postgres = Postgres::from_url(url).expect_err("no URL of PostgreSQL").to_string();
        let mysql = Mysql::from_url(url).expect_err("no URL of MySQL").to_string();
        assert!(postgres.contains("postgres://") && !postgres.contains("hunter2"), "{postgres}");
        assert!(mysql.contains("mysql://") && !mysql.contains("hunter2"), "{mysql}");
    }
}
