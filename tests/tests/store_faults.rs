//! Faults of a database that last: told at start-up where the schema tells them, and afterwards as a
//! 500 with its cause in the log, never as a load that passes.

use std::sync::Arc;

use crudauth::clock::SystemClock;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::{Database, OpenState as _};
use crudauth::{CrudAuth, SecretKey, Sqlite};
use crudauth_tests::support::engines::{Sql, UsersEngine};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::servers::{PostgresServer, shared};
use crudauth_tests::support::{
    Account, AccountProvisioned, MIGRATIONS, MYSQL_MIGRATIONS, Mailbox, PASSWORD,
    POSTGRES_MIGRATIONS, TestApp, TestDatabase,
};
use diesel_async::SimpleAsyncConnection as _;
use serde_json::json;

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

fn tables(users: &Sql) -> &'static str {
    match users {
        Sql::Sqlite(..) => MIGRATIONS,
        Sql::Postgres(_) => POSTGRES_MIGRATIONS,
        Sql::Mariadb(_) => MYSQL_MIGRATIONS,
    }
}

async fn over(engine: UsersEngine) -> Option<TestApp> {
    let users = engine.open().await?;
    users.execute(tables(&users)).await;
    let database = TestDatabase { users, apart: None };
    Some(TestApp::over(database, |builder| builder, |_| axum::Router::new()).await)
}

/// What is done to the table after the start, what is asked then, and what the log says.
fn faults(engine: UsersEngine) -> Vec<(&'static str, &'static str, &'static str)> {
    match engine {
        UsersEngine::Sqlite => vec![
            ("ALTER TABLE accounts RENAME COLUMN username TO nick", "/dashboard", "username"),
            (
                "CREATE TRIGGER no BEFORE INSERT ON accounts BEGIN SELECT RAISE(ABORT, 'not today'); END",
                "/register",
                "not today",
            ),
            (
                "CREATE TRIGGER no BEFORE INSERT ON accounts BEGIN SELECT RAISE(IGNORE); END",
                "/register",
                "inserted no row",
            ),
            ("DROP TABLE crudauth_counters", "/login", "crudauth_counters"),
        ],
        UsersEngine::Postgres => vec![
            ("ALTER TABLE accounts RENAME COLUMN username TO nick", "/dashboard", "username"),
            ("ALTER TABLE accounts ALTER COLUMN token_version TYPE BIGINT", "/dashboard", "i32"),
            ("ALTER TABLE accounts ADD COLUMN plan TEXT NOT NULL", "/register", "plan"),
            (
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RAISE 'not today'; \
                 END$$; CREATE TRIGGER no BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION no()",
                "/register",
                "not today",
            ),
            (
                "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN RETURN NULL; END$$; \
                 CREATE TRIGGER no BEFORE INSERT ON accounts FOR EACH ROW EXECUTE FUNCTION no()",
                "/register",
                "inserted no row",
            ),
            ("DROP TABLE crudauth_counters", "/login", "crudauth_counters"),
        ],
        UsersEngine::Mariadb => vec![
            (
                "ALTER TABLE accounts CHANGE username nick VARCHAR(255) NOT NULL",
                "/dashboard",
                "username",
            ),
            ("ALTER TABLE accounts ADD COLUMN plan TEXT NOT NULL", "/register", "plan"),
            (
                "CREATE TRIGGER no BEFORE INSERT ON accounts FOR EACH ROW SIGNAL SQLSTATE '45000' \
                 SET MESSAGE_TEXT = 'not today'",
                "/register",
                "not today",
            ),
            ("DROP TABLE crudauth_counters", "/login", "crudauth_counters"),
        ],
    }
}

#[tokio::test]
async fn what_is_broken_for_good_is_a_500_whose_cause_is_in_the_log_once() {
    let logs = Logs::capture();
    for engine in ENGINES {
        for (number, (sql, path, cause)) in faults(engine).into_iter().enumerate() {
            let Some(app) = over(engine).await else { break };
            let mut client = app.signed_in("ada").await;
            match &app.database.users {
                // Some rows are there, which the new column is to have a value for.
                Sql::Postgres(_) | Sql::Mariadb(_) if sql.contains("plan") => {
                    let nullable = sql.replace(" NOT NULL", " NOT NULL DEFAULT 'free'");
                    let nullable = nullable.replace("plan TEXT", "plan VARCHAR(20)");
                    app.execute(&nullable).await;
                    app.execute("ALTER TABLE accounts ALTER COLUMN plan DROP DEFAULT").await;
                }
                Sql::Sqlite(..) | Sql::Postgres(_) | Sql::Mariadb(_) => app.execute(sql).await,
            }
            let before = logs.text().len();
            for attempt in 0..3 {
                let answer = match path {
                    "/register" => {
                        let name = format!("new{number}-{attempt}");
                        client.register(&format!("{name}@example.com"), &name, PASSWORD).await
                    }
                    "/login" => app.client().login("ada", PASSWORD).await,
                    path => client.get(path).await,
                };
                assert_eq!(answer.status, 500, "{engine:?} {sql}: {}", answer.text());
                assert_eq!(
                    answer.json(),
                    json!({ "detail": "Internal Server Error", "code": "internal_error" }),
                    "{sql}"
                );
                assert_eq!(answer.header("retry-after"), None, "{sql}");
            }
            let text = logs.text();
            let told: Vec<_> = text[before..]
                .lines()
                .filter(|line| line.contains("ERROR") && line.contains("the store refuses"))
                .collect();
            assert!(told.len() <= 1, "{engine:?} {sql}: told more than once: {told:?}");
            let told = text.lines().any(|line| line.contains("ERROR") && line.contains(cause));
            assert!(told, "{engine:?} {sql}: `{cause}` is not in the log:\n{}", &text[before..]);
        }
    }
}

/// A role that may not do what is needed, on a server that knows roles.
#[tokio::test]
async fn a_right_that_is_missing_is_told_at_start_up_and_afterwards() {
    let logs = Logs::capture();
    let Some(server) = PostgresServer::start().await else { return };
    let url = server.database().await;
    let owner = Postgres::connect(&url).await.expect("connect");
    let run = async |sql: &str| {
        owner.get().await.expect("a connection").batch_execute(sql).await.expect(sql);
    };
    run(POSTGRES_MIGRATIONS).await;
    run("CREATE ROLE app; GRANT USAGE, CREATE ON SCHEMA public TO app; \
         GRANT SELECT, INSERT ON accounts TO app; GRANT UPDATE (is_active) ON accounts TO app; \
         GRANT USAGE ON SEQUENCE accounts_account_id_seq TO app")
    .await;
    let as_app = format!("{url}?options=-c%20role%3Dapp");
    let app = Postgres::connect(&as_app).await.expect("connect");
    let refused = refusal(app.clone()).await;
    for part in ["GRANT UPDATE ON accounts", "`pw_hash`", "`token_version`"] {
        assert!(refused.contains(part), "{refused}");
    }
    run("GRANT UPDATE ON accounts TO app").await;
    let database = TestDatabase { users: Sql::Postgres(app), apart: None };
    let app = TestApp::over(database, |builder| builder, |_| axum::Router::new()).await;
    app.signed_in("ada").await;
    for (sql, cause) in [
        ("REVOKE INSERT ON accounts FROM app", "permission denied"),
        (
            "GRANT INSERT ON accounts TO app; ALTER TABLE accounts ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY reads ON accounts FOR SELECT USING (true)",
            "row-level security",
        ),
    ] {
        run(sql).await;
        let answer = app.client().register("eve@example.com", "eve", PASSWORD).await;
        assert_eq!(answer.status, 500, "{sql}: {}", answer.text());
        assert!(logs.text().contains(cause), "{cause}");
    }
}

/// Tables of crudauth's own that another role has made.
#[tokio::test]
async fn a_right_on_the_own_tables_that_is_missing_is_told_at_start_up() {
    let Some(server) = PostgresServer::start().await else { return };
    let url = server.database().await;
    let owner = Postgres::connect(&url).await.expect("connect");
    owner.migrate().await.expect("the tables");
    let run = async |sql: &str| {
        owner.get().await.expect("a connection").batch_execute(sql).await.expect(sql);
    };
    run("CREATE ROLE reader; GRANT SELECT, INSERT, UPDATE ON crudauth_state, crudauth_counters TO reader")
        .await;
    let as_reader = format!("{url}?options=-c%20role%3Dreader");
    let reader = Postgres::connect(&as_reader).await.expect("connect").without_migrations();
    let refused = reader.clone().open_state(Arc::new(SystemClock)).await.expect_err("no DELETE");
    let refused = refused.to_string();
    assert!(refused.contains("permission denied") && refused.contains("grant"), "{refused}");
    run("GRANT DELETE ON crudauth_state, crudauth_counters TO reader").await;
    reader.open_state(Arc::new(SystemClock)).await.expect("all that is needed");
}

async fn refusal(database: impl Database<Account>) -> String {
    let opened = database.open(Arc::new(SystemClock)).await;
    opened.map(drop).expect_err("a table that is not as the struct says").to_string()
}

/// How the table differs, on each engine (empty: not there), and what the error says.
const MISFITS: &[([&str; 3], &[&str])] = &[
    // A type that cannot be read.
    (
        ["", "ALTER TABLE accounts ALTER COLUMN token_version TYPE BIGINT", ""],
        &["`token_version` is `bigint`", "INTEGER"],
    ),
    (
        [
            "",
            "ALTER TABLE accounts DROP COLUMN full_name, ADD COLUMN full_name UUID",
            "ALTER TABLE accounts DROP COLUMN full_name, ADD COLUMN full_name DATETIME",
        ],
        &["`full_name` is `", "and `Account` says"],
    ),
    (
        [
            "",
            "ALTER TABLE accounts ALTER COLUMN is_active TYPE INTEGER USING 1",
            "ALTER TABLE accounts MODIFY is_active DATE NOT NULL",
        ],
        &["`is_active` is `"],
    ),
    // A column that nothing fills.
    (
        [
            "ALTER TABLE accounts RENAME TO a; CREATE TABLE accounts (account_id INTEGER PRIMARY KEY, \
             email_address TEXT NOT NULL UNIQUE, username TEXT NOT NULL UNIQUE, pw_hash TEXT, \
             is_admin BOOLEAN NOT NULL, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL, full_name TEXT, tier_id INTEGER NOT NULL, \
             credits INTEGER NOT NULL, note TEXT, plan TEXT NOT NULL)",
            "ALTER TABLE accounts ADD COLUMN plan TEXT NOT NULL, ALTER COLUMN credits DROP DEFAULT",
            "ALTER TABLE accounts ADD COLUMN plan VARCHAR(9) NOT NULL, ALTER COLUMN credits DROP DEFAULT",
        ],
        &["`plan` is NOT NULL and has no default", "`credits` is NOT NULL and has no default"],
    ),
    // A column that the database alone writes.
    (
        [
            "",
            "ALTER TABLE accounts DROP COLUMN is_active, \
             ADD COLUMN is_active BOOLEAN GENERATED ALWAYS AS (note IS NULL) STORED",
            "ALTER TABLE accounts DROP COLUMN is_active, \
             ADD COLUMN is_active BOOLEAN GENERATED ALWAYS AS (tier_id > 0) STORED",
        ],
        &["`is_active` is generated"],
    ),
    // Blanks that nobody typed.
    (
        ["", "ALTER TABLE accounts ALTER COLUMN username TYPE CHAR(40)", ""],
        &["`username` is `character(40)`", "TYPE VARCHAR(40)"],
    ),
    // Several at once.
    (
        [
            "",
            "ALTER TABLE accounts ALTER COLUMN token_version TYPE SMALLINT, ADD COLUMN plan TEXT NOT NULL, \
             DROP COLUMN full_name",
            "ALTER TABLE accounts MODIFY token_version DATE NOT NULL, ADD COLUMN plan VARCHAR(9) NOT NULL, \
             DROP COLUMN full_name",
        ],
        &["`token_version` is `", "`plan` is NOT NULL", "no column `full_name`"],
    ),
];

#[tokio::test]
async fn what_the_schema_tells_is_a_start_up_error_with_all_of_it() {
    for (sql, parts) in MISFITS {
        for (engine, sql) in ENGINES.into_iter().zip(sql).filter(|(_, sql)| !sql.is_empty()) {
            let Some(users) = engine.open().await else { continue };
            users.execute(tables(&users)).await;
            users.execute(sql).await;
            let refused = refusal(TestDatabase { users, apart: None }).await;
            for part in *parts {
                assert!(refused.contains(part), "{engine:?} {sql}: `{part}` is not in: {refused}");
            }
        }
    }
}

async fn built<Db>(database: Db) -> String
where
    Db: Database<Account> + Clone + Send + Sync + 'static,
{
    let built = CrudAuth::<Account>::builder(database, SecretKey::random().expect("random bytes"))
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) })
        .build()
        .await;
    built.map(drop).expect_err("no hash fits").to_string()
}

#[tokio::test]
async fn a_column_in_which_no_hash_fits_is_a_start_up_error_with_the_statement() {
    if let Some(postgres) = shared::postgres().await {
        let tables = POSTGRES_MIGRATIONS.replace("pw_hash TEXT", "pw_hash VARCHAR(60)");
        let mut connection = postgres.get().await.expect("a connection");
        connection.batch_execute(&tables).await.expect("the table");
        drop(connection);
        let said = built(postgres).await;
        let fix = "ALTER TABLE accounts ALTER COLUMN pw_hash TYPE VARCHAR(255)";
        assert!(said.contains("varying(60)") && said.contains(fix), "{said}");
    }
    if let Some(mysql) = shared::mariadb().await {
        let tables = MYSQL_MIGRATIONS.replace("pw_hash TEXT", "pw_hash VARCHAR(60)");
        let mut connection = mysql.get().await.expect("a connection");
        connection.batch_execute(&tables).await.expect("the table");
        drop(connection);
        let said = built::<Mysql>(mysql).await;
        let fix = "ALTER TABLE accounts MODIFY pw_hash VARCHAR(255)`";
        assert!(said.contains("varchar(60)") && said.contains(fix), "{said}");
    }
}

/// What a schema may do besides, as much as anybody likes.
#[tokio::test]
async fn what_a_table_may_have_besides_is_nobodys_concern() {
    let besides = [
        "",
        "CREATE DOMAIN flag AS BOOLEAN; ALTER TABLE accounts ADD COLUMN plan TEXT NOT NULL DEFAULT 'free', \
         ADD COLUMN made TIMESTAMPTZ NOT NULL DEFAULT now(), ADD COLUMN serial SERIAL, \
         ADD COLUMN twice INTEGER GENERATED ALWAYS AS (tier_id * 2) STORED, \
         ALTER COLUMN is_active TYPE flag, ALTER COLUMN full_name TYPE VARCHAR(20)",
        "ALTER TABLE accounts ADD COLUMN plan VARCHAR(9) NOT NULL DEFAULT 'free', \
         ADD COLUMN made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP, \
         ADD COLUMN twice INTEGER GENERATED ALWAYS AS (tier_id * 2) STORED, \
         ADD COLUMN kind ENUM('a', 'b') NOT NULL, MODIFY token_version BIGINT NOT NULL",
    ];
    for (engine, sql) in ENGINES.into_iter().zip(besides) {
        let Some(users) = engine.open().await else { continue };
        users.execute(tables(&users)).await;
        if !sql.is_empty() {
            users.execute(sql).await;
        }
        let database = TestDatabase { users, apart: None };
        let app = TestApp::over(database, |builder| builder, |_| axum::Router::new()).await;
        app.signed_in("ada").await;
    }
}

/// Characters that a column has no code for: nobody has them in a name, and nobody can.
#[tokio::test]
async fn characters_that_the_table_has_no_code_for_are_the_clients_mistake() {
    for charset in ["utf8mb3", "latin1", "ascii"] {
        let Some(mysql) = shared::mariadb().await else { break };
        let to = format!("{charset} COLLATE {charset}_bin");
        let tables = MYSQL_MIGRATIONS.replace("utf8mb4 COLLATE utf8mb4_bin", &to);
        let mut connection = mysql.get().await.expect("a connection");
        connection.batch_execute(&tables).await.expect("the table");
        drop(connection);
        are_refused(Sql::Mariadb(mysql), charset).await;
    }
    let Some(server) = PostgresServer::start().await else { return };
    server
        .administer("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C'")
        .await;
    let postgres = Postgres::connect(&server.url("latin")).await.expect("connect");
    let mut connection = postgres.get().await.expect("a connection");
    connection.batch_execute(POSTGRES_MIGRATIONS).await.expect("the table");
    drop(connection);
    are_refused(Sql::Postgres(postgres), "LATIN1").await;
}

async fn are_refused(users: Sql, charset: &str) {
    let mailbox = Mailbox::default();
    let database = TestDatabase { users, apart: None };
    let (plain, with_mail) = (database.clone(), database);
    let app = TestApp::over(plain, |builder| builder, |_| axum::Router::new()).await;
    let mut client = app.client();
    for name in ["ada😀", "😀"] {
        let answer = client.register("ada@example.com", name, PASSWORD).await;
        assert_eq!(answer.status, 422, "{charset} {name}: {}", answer.text());
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 401, "{charset} {name}: {}", answer.text());
    }
    let body = json!({ "email": "eve@example.com", "username": "eve", "password": PASSWORD,
        "full_name": "Eve 😀" });
    let answer = client.post_json("/register", &body).await;
    assert_eq!(answer.status, 422, "{charset}: {}", answer.text());
    let address = "ada😀@example.com";
    let answer = client.login(address, PASSWORD).await;
    assert_eq!(answer.status, 401, "{charset}: {}", answer.text());
    let app = TestApp::over(
        with_mail,
        |builder| builder.email(mailbox.config()),
        |_| axum::Router::new(),
    )
    .await;
    let mut client = app.client();
    for path in ["/password/reset-request", "/email/verify-request"] {
        let answer = client.post_json(path, &json!({ "email": address })).await;
        assert!(
            [200, 202].contains(&answer.status.as_u16()),
            "{charset} {path}: {}",
            answer.text()
        );
    }
    // And everybody else comes in.
    let answer = client.register("eve@example.com", "eve", PASSWORD).await;
    assert!(answer.status.is_success(), "{charset}: {}", answer.text());
    assert_eq!(client.login("eve", PASSWORD).await.status, 200, "{charset}");
}

/// A file that this process may read and not write.
#[tokio::test]
async fn a_sqlite_that_cannot_be_written_is_broken_and_not_busy() {
    let folder = tempfile::tempdir().expect("a folder");
    let sqlite = Sqlite::open(folder.path().join("app.db")).expect("a database");
    sqlite.execute_batch(MIGRATIONS).await.expect("the table");
    let app =
        TestApp::over(sqlite.clone().into(), |builder| builder, |_| axum::Router::new()).await;
    app.signed_in("ada").await;
    let only_reads = sqlite.write(|connection| {
        diesel::connection::SimpleConnection::batch_execute(connection, "PRAGMA query_only = ON")
    });
    only_reads.await.expect("a pragma");
    let answer = app.client().register("eve@example.com", "eve", PASSWORD).await;
    assert_eq!(answer.status, 500, "{}", answer.text());
    assert_eq!(answer.header("retry-after"), None);
}
