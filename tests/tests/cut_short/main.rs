//! A client hangs up once its request has begun to change something. What was begun is ended.

mod held;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crudauth::message::FileSender;
use crudauth::{BearerConfig, EmailConfig, Hooks, RateLimits, RefreshDelivery, SessionConfig};
use crudauth_tests::attack::{Ground, Server, post};
use crudauth_tests::support::fleet::Letters;
use crudauth_tests::support::{Client, Mail, PASSWORD};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use self::held::Held;

const NEW: &str = "a much better passphrase";

struct Bench {
    ground: Ground,
    server: Server,
    held: Arc<Held>,
    letters: Letters,
    welcomed: Arc<AtomicUsize>,
    _folder: TempDir,
}

async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let start = Instant::now();
    while !holds().await {
        assert!(start.elapsed() < Duration::from_secs(30), "never: {what}");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

impl Bench {
    async fn new(mails: bool) -> Self {
        let ground = Ground::new().await;
        let (held, stores) = Held::over(&ground.stores);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("mail");
        let welcomed = Arc::new(AtomicUsize::new(0));
        let welcome = Arc::clone(&welcomed);
        let hooks = Hooks::new().on_after_register(move |_, _| {
            let welcome = Arc::clone(&welcome);
            async move {
                welcome.fetch_add(1, Ordering::SeqCst);
                Ok(())
            }
        });
        let mut builder = ground
            .builder(stores)
            .rate_limits(RateLimits::off())
            .session(SessionConfig::default().management_routes())
            .hooks(hooks);
        if mails {
            let mail =
                EmailConfig::new(FileSender::open(&file).expect("a file")).unverified_may_sign_in();
            builder =
                builder.email(mail.frontend_url("https://app.example.com").delivered_elsewhere());
        }
        let tokens = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
        let auth = builder.bearer(tokens).build().await.expect("a configuration that works");
        let server = Server::of(auth).await;
        Self { ground, server, held, letters: Letters::at(file), welcomed, _folder: folder }
    }

    async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.server.client();
        let answer = client.register(&address(name), name, PASSWORD).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        assert_eq!(client.login(name, PASSWORD).await.status, 200);
        client
    }

    /// Sends a request, and hangs up when it has made its first change.
    async fn cut_short(&self, client: &Client, path: &str, body: &Value) {
        let mut socket = TcpStream::connect(self.server.address).await.expect("it listens");
        let cookies: Vec<_> =
            client.cookies.iter().map(|(name, is)| format!("{name}={is}")).collect();
        let headers = format!(
            "Content-Type: application/json\r\nCookie: {}\r\nX-CSRF-Token: {}\r\n",
            cookies.join("; "),
            client.csrf_token().unwrap_or_default()
        );
        self.held.hold();
        let request = post(path, headers.as_bytes(), body.to_string().as_bytes());
        socket.write_all(&request).await.expect("it reads");
        until("it is written", async || self.held.written() == 1).await;
        drop(socket);
        until("the server notices", async || self.server.open() == 0).await;
        self.held.let_go();
    }

    /// The first mail of a kind, once there is one.
    async fn mail(&self, to: &str, kind: &str) -> Mail {
        until(kind, async || {
            let outbox = self.server.auth.outbox().expect("mail is sent");
            outbox.run_due().await.expect("the outbox works");
            !self.letters.to(to, kind).is_empty()
        })
        .await;
        self.letters.to(to, kind).remove(0)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_hears_of_a_new_password_though_the_client_hangs_up() {
    let bench = Bench::new(true).await;
    let ada = bench.signed_in("ada").await;
    let mut other = bench.server.client();
    other.login("ada", PASSWORD).await;
    assert_eq!(bench.ground.sessions().await, 2);
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    bench.cut_short(&ada, "/change-password", &body).await;
    bench.mail("ada@example.com", "password_changed").await;
    assert_eq!(other.get("/me").await.status, 401, "the other one has ended");
    assert_eq!(bench.ground.sessions().await, 2, "its own, and for a moment the one before it");
    assert_eq!(ada.clone().get("/me").await.status, 200, "its own has come along");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_owner_hears_of_a_reset_though_the_client_hangs_up() {
    let bench = Bench::new(true).await;
    bench.signed_in("ada").await;
    let asked = json!({ "email": "ada@example.com" });
    bench.server.client().post_json("/password/reset-request", &asked).await;
    let mail = bench.mail("ada@example.com", "reset_password").await;
    let body = json!({ "token": mail.token(), "new_password": NEW });
    bench.cut_short(&bench.server.client(), "/password/reset-confirm", &body).await;
    bench.mail("ada@example.com", "password_changed").await;
    assert_eq!(bench.ground.sessions().await, 0, "all of them are removed");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_old_address_hears_of_a_new_one_though_the_client_hangs_up() {
    let bench = Bench::new(true).await;
    let mut ada = bench.signed_in("ada").await;
    let asked = json!({ "new_email": "ada@new.example", "password": PASSWORD });
    assert_eq!(ada.post_json("/email/change-request", &asked).await.status, 200);
    let mail = bench.mail("ada@new.example", "change_email").await;
    let body = json!({ "token": mail.token() });
    bench.cut_short(&bench.server.client(), "/email/change-confirm", &body).await;
    bench.mail("ada@example.com", "email_changed").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_ended_though_the_client_hangs_up() {
    let bench = Bench::new(true).await;
    let body = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
    bench.cut_short(&bench.server.client(), "/register", &body).await;
    let mail = bench.mail("ada@example.com", "verify_email").await;
    let mut ada = bench.server.client();
    let verified = ada.post_json("/email/verify-confirm", &json!({ "token": mail.token() })).await;
    assert_eq!(verified.status, 200, "{}", verified.text());
    let entries = bench.ground.database.entries().await;
    let is_claimed = entries.iter().any(|entry| entry.key.starts_with("claimed:"));
    assert!(!is_claimed, "a name is kept for nobody");
    until("the hook runs", async || bench.welcomed.load(Ordering::SeqCst) == 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_without_mail_is_ended_though_the_client_hangs_up() {
    let bench = Bench::new(false).await;
    let body = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
    bench.cut_short(&bench.server.client(), "/register", &body).await;
    until("the hook runs", async || bench.welcomed.load(Ordering::SeqCst) == 1).await;
    assert_eq!(bench.server.client().login("ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_everywhere_is_ended_though_the_client_hangs_up() {
    let bench = Bench::new(false).await;
    let ada = bench.signed_in("ada").await;
    for _ in 0..3 {
        bench.server.client().login("ada", PASSWORD).await;
    }
    bench.cut_short(&ada, "/logout-all", &json!({})).await;
    until("all sessions end", async || bench.ground.sessions().await == 0).await;
}

/// A page signs out, and is closed before the answer comes.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_is_ended_though_the_client_hangs_up() {
    let bench = Bench::new(false).await;
    let ada = bench.signed_in("ada").await;
    let tokens = bench.server.client().token("ada", PASSWORD, None).await;
    let refresh = tokens.field("refresh_token");
    bench.cut_short(&ada, "/logout", &json!({ "refresh_token": refresh })).await;
    until("the tokens end too", async || {
        let entries = bench.ground.database.entries().await;
        !entries.iter().any(|entry| entry.key.starts_with("refresh:"))
    })
    .await;
    assert_eq!(bench.server.client().refresh(&refresh).await.status, 401);
    assert_eq!(bench.ground.sessions().await, 0);
}
