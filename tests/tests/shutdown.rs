//! The end of an application: what was begun is ended, and nothing that is queued is lost.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::SystemClock;
use crudauth::event::{Occurrence, SinkFuture};
use crudauth::store::OpenState as _;
use crudauth::{CookieConfig, CrudAuth, EventSink, Hooks, SecretKey, Sqlite};
use crudauth_tests::support::fleet::{Letters, Member, Order, Plan};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::smtp::{Manner, SmtpServer};
use crudauth_tests::support::{
    Account, AccountProvisioned, FREE_TIER, MIGRATIONS, PASSWORD, TestApp,
};
use serde_json::json;
use tokio::sync::Notify;

const PROGRAM: &str = env!("CARGO_BIN_EXE_member");
const NEW_PASSWORD: &str = "another very long engine";

fn plan(folder: &Path) -> Plan {
    Plan {
        users: folder.join("app.db").to_str().expect("a path in UTF-8").to_owned(),
        mail: Some(folder.join("mail")),
        delivers: true,
        ..Plan::default()
    }
}

/// A request whose body the server waits for: it has said so.
fn half_sent(address: SocketAddr, path: &str, body: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).expect("a connection");
    stream.set_read_timeout(Some(Duration::from_secs(60))).expect("a limit");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("the head is sent");
    let mut said = [0; 25];
    stream.read_exact(&mut said).expect("an interim answer");
    assert_eq!(&said, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream
}

#[tokio::test]
async fn sigterm_in_the_middle_of_a_reset_loses_nothing() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let plan = plan(folder.path());
    let letters = Letters::at(folder.path().join("mail"));
    let mut server = Member::start(PROGRAM, &plan);
    let (mut ada, address) = (server.client(), server.address);
    assert!(ada.register("ada@example.com", "ada", PASSWORD).await.status.is_success());
    let asked = json!({ "email": "ada@example.com" });
    assert_eq!(ada.post_json("/password/reset-request", &asked).await.status, 200);
    let token = letters.token("ada@example.com", "reset_password").await;

    let body = json!({ "token": token, "new_password": NEW_PASSWORD }).to_string();
    let mut reset = half_sent(address, "/password/reset-confirm", &body);
    let ending = std::thread::spawn(move || {
        let status = server.terminate();
        (server, status)
    });
    // Nobody else is let in once the server has begun to end.
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    reset.write_all(body.as_bytes()).expect("the body is sent");
    let mut answer = String::new();
    reset.read_to_string(&mut answer).expect("an answer");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    let (_, status) = ending.join().expect("it ends");
    assert!(status.success(), "{status}");
    assert!(!folder.path().join("app.db-wal").exists(), "the database was closed");

    let mut server = Member::start(PROGRAM, &plan);
    let mut ada = server.client();
    assert_eq!(ada.login("ada", PASSWORD).await.status, 401);
    assert_eq!(ada.login("ada", NEW_PASSWORD).await.status, 200);
    server.order(Order::Deliver);
    assert!(!letters.to("ada@example.com", "password_changed").is_empty(), "the owner is told");
}

#[tokio::test]
async fn sigterm_while_the_mail_server_hangs_loses_no_mail() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mail = SmtpServer::start().await;
    mail.behave(Manner::Hanging);
    let plan = Plan { smtp: Some(mail.address.port()), ..plan(folder.path()) };
    let mut server = Member::start(PROGRAM, &plan);
    let mut ada = server.client();
    assert!(ada.register("ada@example.com", "ada", PASSWORD).await.status.is_success());
    while mail.connections() == 0 {
        tokio::task::yield_now().await;
    }
    let ending = tokio::task::spawn_blocking(move || server.terminate());
    let status = ending.await.expect("it ends");
    assert!(status.success(), "{status}");
    assert_eq!(mail.mails().len(), 0);

    // The clock of the next process says the same time: the message was handed back, and waits for
    // the end of no lease.
    mail.behave(Manner::Accepting);
    let _server = Member::start(PROGRAM, &plan);
    let mails = mail.wait_for(1).await;
    assert_eq!(mails[0].to, ["ada@example.com"]);
}

#[tokio::test]
async fn a_hook_is_waited_for_and_one_that_hangs_is_named() {
    let go_on = Arc::new(Notify::new());
    let gate = Arc::clone(&go_on);
    let hooks = Hooks::new().on_after_register(move |_, _| {
        let gate = Arc::clone(&gate);
        async move {
            gate.notified().await;
            Ok(())
        }
    });
    let app = TestApp::with(|builder| builder.hooks(hooks)).await;
    let register = |name: &'static str| {
        let mut client = app.client();
        async move { client.register(&format!("{name}@example.com"), name, PASSWORD).await.status }
    };
    assert_eq!(register("ada").await, 200);
    let auth = app.auth.clone();
    let ending = tokio::spawn(async move { auth.shutdown(Duration::from_secs(60)).await });
    let auth = app.auth.clone();
    let second = tokio::spawn(async move { auth.shutdown(Duration::from_secs(60)).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!ending.is_finished(), "a hook still runs");
    assert!(!second.is_finished(), "the first call still runs");
    let error = app.auth.shutdown(Duration::ZERO).await.expect_err("it does not wait");
    assert!(error.to_string().contains("another call of `shutdown` still ran"), "{error}");
    go_on.notify_one();
    ending.await.expect("no panic").expect("all of it has ended");
    second.await.expect("no panic").expect("all of it has ended");

    let hooks = Hooks::new().on_after_register(|_, _| std::future::pending());
    let app = TestApp::with(|builder| builder.hooks(hooks)).await;
    let mut client = app.client();
    assert_eq!(client.register("eve@example.com", "eve", PASSWORD).await.status, 200);
    let error = app.auth.shutdown(Duration::from_millis(20)).await.expect_err("a hook hangs");
    assert!(error.to_string().contains("1 hooks or flows still ran"), "{error}");
    let again = app.auth.shutdown(Duration::ZERO).await.expect_err("it says the same");
    assert_eq!(again.to_string(), error.to_string());
}

#[tokio::test]
async fn sinks_have_all_events_and_are_closed_last() {
    /// Writes each event down when it may, and its own end.
    #[derive(Clone, Default)]
    struct Ledger(Arc<std::sync::Mutex<Vec<String>>>, Arc<Notify>);

    impl EventSink for Ledger {
        fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
            Box::pin(async move {
                self.1.notified().await;
                self.0.lock().expect("no panic").push(occurrence.event.name().to_owned());
            })
        }

        fn close(&self) -> SinkFuture<'_> {
            Box::pin(async { self.0.lock().expect("no panic").push("closed".to_owned()) })
        }
    }

    let ledger = Ledger::default();
    let app = TestApp::with(|builder| builder.add_event_sink(ledger.clone())).await;
    assert_eq!(app.client().login("nobody", PASSWORD).await.status, 401);
    let auth = app.auth.clone();
    let ending = tokio::spawn(async move { auth.shutdown(Duration::from_secs(60)).await });
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert!(!ending.is_finished(), "a sink has not taken all events");
    ledger.1.notify_one();
    ending.await.expect("no panic").expect("it ends");
    assert_eq!(*ledger.0.lock().expect("no panic"), ["login_failed", "closed"]);
}

#[tokio::test]
async fn connections_close_with_the_last_application_that_uses_them() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sqlite = Sqlite::open(folder.path().join("app.db")).expect("a database");
    sqlite.execute_batch(MIGRATIONS).await.expect("the table");
    let (first, second) = (over(&sqlite).await, over(&sqlite).await);
    let state = sqlite.clone().open_state(Arc::new(SystemClock)).await.expect("a store");
    let works = async || state.get("anything").await.is_ok();

    // A call that is dropped in the middle, and two whole ones, release the database once.
    let dropped = first.shutdown(Duration::from_secs(60));
    drop(tokio::time::timeout(Duration::ZERO, dropped).await);
    first.shutdown(Duration::from_secs(60)).await.expect("it ends");
    first.shutdown(Duration::from_secs(60)).await.expect("once");
    assert!(works().await, "another application uses it");
    second.shutdown(Duration::from_secs(60)).await.expect("it ends");
    assert!(!works().await);
    assert!(sqlite.execute_batch("SELECT 1").await.is_err(), "nothing is written any more");
    assert!(!folder.path().join("app.db-wal").exists());
}

/// On the engine that the environment names.
#[tokio::test]
async fn what_is_asked_after_the_end_is_refused() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.get("/me").await.status, 200);
    app.auth.shutdown(Duration::from_secs(60)).await.expect("it ends");
    app.auth.stores().users().find_by_id(&1).await.expect_err("it is closed");
    assert_eq!(ada.get("/me").await.status, 503);
}

async fn over(sqlite: &Sqlite) -> CrudAuth<Account> {
    let key = SecretKey::random().expect("random bytes");
    let builder = CrudAuth::<Account>::builder(sqlite.clone(), key)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) });
    builder.build().await.expect("a configuration that works")
}

#[tokio::test]
async fn the_start_says_what_was_put_together_and_warns_of_settings_for_development() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("app.db");
    let sqlite = Sqlite::open(&path).expect("a database");
    sqlite.execute_batch(MIGRATIONS).await.expect("the table");
    let logs = Logs::capture();
    let _auth = over(&sqlite).await;
    let text = logs.text();
    let said = text.lines().find(|line| line.contains("crudauth is ready")).expect("a line");
    let place = format!("\"SQLite {}\"", path.display());
    for part in [
        "INFO",
        "user=\"Account\"",
        &format!("users={place}"),
        &format!("state={place}"),
        "cookies=Secure; SameSite=lax; Path=/",
        "routes=\"/register /login /logout /me /change-password /set-password ",
    ] {
        assert!(said.contains(part), "{part} is missing: {said}");
    }
    assert!(text.contains("the secret key is a random one"), "{text}");
    assert!(!text.contains("cookies are not `Secure`"), "{text}");

    let logs = Logs::capture();
    let key = SecretKey::new("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i").expect("a key");
    let builder = CrudAuth::<Account>::builder(sqlite, key)
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
        .cookies(CookieConfig::insecure_for_plain_http_development());
    let _auth = builder.build().await.expect("a configuration that works");
    let text = logs.text();
    assert!(text.contains("cookies are not `Secure`"), "{text}");
    assert!(!text.contains("the secret key is a random one"), "{text}");
}
