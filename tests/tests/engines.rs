//! Addresses, encryption, and what is asked of a server at start-up.

use std::sync::Arc;

use crudauth::clock::SystemClock;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::redis::Redis;
use crudauth::store::{Entry, OpenState};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer, RedisServer};
use diesel::QueryableByName;
use diesel::sql_types::{Bool, Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use tokio::sync::OnceCell;

static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();

async fn postgres() -> Option<&'static PostgresServer> {
    POSTGRES.get_or_init(PostgresServer::start).await.as_ref()
}

/// A port on which nobody listens, behind a password.
fn nobody(scheme: &str) -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    format!("{scheme}://me:s3cret@127.0.0.1:{port}/db")
}

/// What a handle may show of its address.
fn without_user(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a scheme");
    format!("{scheme}://{}", rest.split_once('@').expect("a user").1)
}

#[tokio::test]
async fn an_error_names_the_place_and_never_the_password() {
    let mut errors = Vec::new();
    for url in
        [nobody("postgres"), "postgres://me:s3cret@db:x/db".into(), "host=x password=s3cret".into()]
    {
        errors.push(Postgres::connect(&url).await.expect_err("nobody is there"));
    }
    for url in [nobody("mysql"), "mysql://me:s3cret@db:x/db".into(), "mysql:s3cret".into()] {
        errors.push(Mysql::connect(&url).await.expect_err("nobody is there"));
    }
    for url in [nobody("redis"), "redis://me:s3cret@db:x/0".into(), "redis:s3cret".into()] {
        errors.push(Redis::connect(&url).await.expect_err("nobody is there"));
    }
    for error in errors {
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains(';'), "no way out: {shown}");
    }
}

#[tokio::test]
async fn a_handle_does_not_print_its_password() {
    if let Some(server) = postgres().await {
        let handle = Postgres::connect(&server.url("postgres")).await.expect("connect");
        let shown = format!("{handle:?} {:?}", handle.get().await.expect("a connection"));
        assert!(shown.contains("127.0.0.1") && !shown.contains("s3cret"), "{shown}");
        assert_eq!(handle.to_string(), without_user(&server.url("postgres")));
    }
    if let Some(server) = RedisServer::start().await {
        let handle = Redis::connect(&server.url()).await.expect("connect");
        let shown = format!("{handle:?}");
        assert!(shown.contains("127.0.0.1") && !shown.contains("s3cret"), "{shown}");
        assert_eq!(handle.to_string(), without_user(&server.url()));
    }
}

#[tokio::test]
async fn encryption_to_postgres_is_as_the_address_says() {
    #[derive(QueryableByName)]
    struct Encrypted {
        #[diesel(sql_type = Bool)]
        ssl: bool,
    }
    let Some(server) = postgres().await else { return };
    let Some(authority) = server.certificate() else { return };
    let authority = authority.display();
    let plain = server.url("postgres");
    let by_name = plain.replace("127.0.0.1", "localhost");
    for (url, encrypted) in [
        (plain.clone(), false),
        (format!("{plain}?sslmode=disable"), false),
        (format!("{plain}?sslmode=require"), true),
        (format!("{by_name}?sslmode=verify-full&sslrootcert={authority}"), true),
    ] {
        let postgres = Postgres::connect(&url).await.unwrap_or_else(|error| panic!("{error}"));
        let mut connection = postgres.get().await.expect("a connection");
        let query = "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()";
        let rows: Vec<Encrypted> =
            diesel::sql_query(query).load(&mut *connection).await.expect("a row");
        assert_eq!(rows.iter().map(|row| row.ssl).collect::<Vec<_>>(), [encrypted]);
    }
    for (url, said) in [
        // The certificate is for `localhost`.
        (format!("{plain}?sslmode=verify-full&sslrootcert={authority}"), "certificate"),
        // Nobody has signed it.
        (format!("{by_name}?sslmode=verify-full"), ""),
        (format!("{plain}?sslmode=prefer"), "in the middle"),
        (format!("{plain}?sslmode=verify-ca"), "not supported"),
        (format!("{plain}?sslmode=require&sslrootcert={authority}"), "verify-full"),
        (format!("{plain}?sslmode=require&sslcert=x"), "sslcert"),
        ("postgres://me@db.example/db".to_owned(), "sslmode=verify-full"),
    ] {
        let refused = Postgres::connect(&url).await.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
    }
}

#[tokio::test]
async fn encryption_to_mysql_is_as_the_address_says() {
    #[derive(QueryableByName)]
    struct Status {
        #[diesel(sql_type = Text, column_name = "Value")]
        value: String,
    }
    let Some(server) = MariadbServer::start().await else { return };
    let Some(authority) = server.certificate() else { return };
    let authority = authority.display();
    let plain = server.url("mysql");
    let by_name = plain.replace("127.0.0.1", "localhost");
    for (url, encrypted) in [
        (plain.clone(), false),
        (format!("{plain}?ssl-mode=DISABLED"), false),
        (format!("{plain}?ssl-mode=REQUIRED"), true),
        (format!("{by_name}?ssl-mode=verify_identity&ssl-ca={authority}"), true),
    ] {
        let mysql = Mysql::connect(&url).await.unwrap_or_else(|error| panic!("{url}: {error}"));
        let mut connection = mysql.get().await.expect("a connection");
        let query = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";
        let rows: Vec<Status> =
            diesel::sql_query(query).load(&mut *connection).await.expect("a row");
        assert_eq!(rows.iter().any(|row| !row.value.is_empty()), encrypted, "{url}");
        drop(connection);
        mysql.open_state(Arc::new(SystemClock)).await.expect("it is the same store");
    }
    for (url, said) in [
        // The certificate is for `localhost`.
        (format!("{plain}?ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}"), "certificate"),
        // Nobody whom the system knows has signed it.
        (format!("{by_name}?ssl-mode=VERIFY_IDENTITY"), ""),
        (format!("{plain}?ssl-mode=VERIFY_IDENTITY&ssl-ca=/no/such/file"), "`/no/such/file`"),
        (format!("{plain}?ssl-mode=PREFERRED"), "in the middle"),
        (format!("{plain}?ssl-mode=VERIFY_CA"), "not supported"),
        (format!("{plain}?ssl-mode=REQUIRED&ssl-ca={authority}"), "VERIFY_IDENTITY"),
        (format!("{plain}?ssl-ca={authority}"), "VERIFY_IDENTITY"),
        (format!("{plain}?require_ssl=true&verify_ca=false"), "ssl-mode"),
        ("mysql://me@db.example/db".to_owned(), "ssl-mode=VERIFY_IDENTITY"),
    ] {
        let refused = Mysql::connect(&url).await.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}

#[tokio::test]
async fn encryption_to_redis_is_as_the_address_says() {
    let Some(server) = RedisServer::start_encrypted().await else { return };
    let url = server.url();
    let redis = Redis::connect(&url).await.expect("connect");
    let state = redis.open_state(Arc::new(SystemClock)).await.expect("open");
    let entry = Entry { value: b"v", ttl: std::time::Duration::from_secs(60), owner: Some("o") };
    state.put("key", entry).await.expect("put");
    assert_eq!(state.list("o").await.expect("list").len(), 1);

    let (bare, _) = url.split_once('?').expect("an authority");
    for (url, said) in [
        // The certificate is for `localhost`.
        (url.replace("localhost", "127.0.0.1"), ""),
        // Nobody whom the system knows has signed it.
        (bare.to_owned(), ""),
        // The server takes no connection without TLS.
        (bare.replace("rediss", "redis"), ""),
        (format!("{bare}#insecure"), "in the middle"),
        (format!("{bare}?ssl_ca_certs=/no/such/file"), "`/no/such/file`"),
        (url.replace("rediss", "redis"), "`rediss://`"),
    ] {
        let refused = Redis::connect(&url).await.expect_err("refused").to_string();
        assert!(refused.contains(said), "{refused}");
        assert!(!refused.contains("s3cret"), "{refused}");
    }
}

#[tokio::test]
async fn missing_tables_are_a_start_up_error_that_prints_the_statements() {
    if let Some(server) = postgres().await {
        let postgres = Postgres::connect(&server.database().await).await.expect("connect");
        let by_hand = postgres.clone().without_migrations();
        let error = by_hand.clone().open_state(Arc::new(SystemClock)).await.expect_err("no tables");
        let said = error.to_string();
        for step in by_hand.migrations().iter().filter(|step| step.table == "crudauth_state") {
            assert!(said.contains(step.sql.trim()), "{said}");
            postgres.get().await.expect("one").batch_execute(step.sql).await.expect("a statement");
        }
        by_hand.open_state(Arc::new(SystemClock)).await.expect("what it said was enough");
    }
    if let Some(server) = MariadbServer::start().await {
        let mysql = Mysql::connect(&server.database().await).await.expect("connect");
        let shown = format!("{mysql:?} {mysql}");
        assert!(shown.contains("127.0.0.1") && !shown.contains("s3cret"), "{shown}");
        let by_hand = mysql.clone().without_migrations();
        let error = by_hand.clone().open_state(Arc::new(SystemClock)).await.expect_err("no tables");
        let said = error.to_string();
        for step in by_hand.migrations().iter().filter(|step| step.table == "crudauth_state") {
            assert!(said.contains(step.sql.trim()), "{said}");
            mysql.get().await.expect("one").batch_execute(step.sql).await.expect("a statement");
        }
        by_hand.open_state(Arc::new(SystemClock)).await.expect("what it said was enough");
        let mysql = Mysql::connect(&server.database().await).await.expect("connect");
        processes_that_start_together(mysql).await;
    }
    if let Some(server) = postgres().await {
        let postgres = Postgres::connect(&server.database().await).await.expect("connect");
        processes_that_start_together(postgres).await;
    }
}

/// Eight at once make the tables, and all of them start.
async fn processes_that_start_together(place: impl OpenState + Clone + Send + 'static) {
    let mut starts = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let place = place.clone();
        starts.spawn(async move { place.open_state(Arc::new(SystemClock)).await.map(drop) });
    }
    for start in starts.join_all().await {
        start.expect("it starts");
    }
}

#[tokio::test]
async fn a_redis_that_evicts_is_refused() {
    let Some(server) = RedisServer::start().await else { return };
    let client = redis::Client::open(server.url()).expect("an address");
    let mut admin = client.get_multiplexed_async_connection().await.expect("connect");
    for (name, value) in [("maxmemory", "100mb"), ("maxmemory-policy", "allkeys-lru")] {
        let set = redis::cmd("CONFIG").arg(&["SET", name, value]).to_owned();
        set.exec_async(&mut admin).await.expect("a setting");
    }
    let redis = Redis::connect(&server.url()).await.expect("connect");
    let refused = redis.clone().open_state(Arc::new(SystemClock)).await.expect_err("it evicts");
    assert!(refused.to_string().contains("noeviction"), "{refused}");
    let set = redis::cmd("CONFIG").arg(&["SET", "maxmemory-policy", "noeviction"]).to_owned();
    set.exec_async(&mut admin).await.expect("a setting");
    let state = redis.open_state(Arc::new(SystemClock)).await.expect("it does not");
    let entry = Entry { value: b"v", ttl: std::time::Duration::from_secs(60), owner: None };
    state.put("key", entry).await.expect("put");
}

#[test]
fn a_server_does_not_outlive_a_test_that_is_killed() {
    use std::io::{BufRead, BufReader};
    use std::process::{Command, Stdio};
    use std::time::{Duration, Instant};

    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut holder = Command::new(env!("CARGO_BIN_EXE_holder"))
        .env("TMPDIR", folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut url = String::new();
    BufReader::new(holder.stdout.take().expect("a pipe")).read_line(&mut url).expect("a line");
    let address = url.trim().rsplit_once('@').map(|(_, rest)| rest.trim_end_matches("/0"));
    let listens = address.map(|address| std::net::TcpStream::connect(address).is_ok());
    holder.kill().expect("a process");
    holder.wait().expect("its end");
    let Some(address) = address else { return };
    assert_eq!(listens, Some(true), "the server listens while the test lives");
    let left = || folder.path().read_dir().expect("a folder").count();
    let start = Instant::now();
    while std::net::TcpStream::connect(address).is_ok() || left() > 0 {
        assert!(start.elapsed() < Duration::from_secs(60), "the server lives on");
        std::thread::sleep(Duration::from_millis(20));
    }
}
