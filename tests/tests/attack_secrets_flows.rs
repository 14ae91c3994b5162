//! No secret of the token, mail and sudo flows rests or is told anywhere: tokens, links, mails that
//! wait, signing keys, and what the senders of mail know.
//!
//! One test in a process of its own, since the logger and the panic hook are of the process. The
//! search itself is held by `attack_secrets.rs`; here it is shown to find what lies in each place.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::http::StatusCode;
use base64ct::{Base64, Encoding};
use crudauth::event::{EventLog, LogSafe};
use crudauth::hooks::HookContext;
use crudauth::message::{
    Channel, Delivery, DeliveryError, Email, EmailChannel, EmailSender, Message, MessageKind,
    SmtpConfig, SmtpSender, Templates, WebhookSender,
};
use crudauth::store::sqlite::SqliteEvents;
use crudauth::sudo::Proof;
use crudauth::token::{KeyRing, SigningKey};
use crudauth::{
    BearerConfig, CrudAuth, EmailConfig, Password, Principal, RateLimits, RefreshDelivery,
    ScopeName as _, SecretKey, SecurityEvent, Session, SessionConfig, TokenOptions,
};
use crudauth_tests::attack::secrets::{
    Needle, Place, Tape, database_files, record_everything, search, shown,
};
use crudauth_tests::attack::{Dice, GroundInFile};
use crudauth_tests::support::smtp::{Manner, SmtpServer};
use crudauth_tests::support::{
    Account, Answer, Client, NotesRead, PASSWORD, Recorder, Server, routes,
};
use reqwest::Method;
use serde_json::{Value, json};

const CHANGED: &str = "Second-passphrase 81/%";
const RESET: &str = "Third-passphrase 92/%";
const GUESSED: &str = "Guess-work/zeppelin+44";
const PLANTED: &str = "planted-Needle_0451 %";

/// Hands each mail to a webhook and to a mail server, and keeps its link.
#[derive(Debug, Clone)]
struct Post {
    webhook: Arc<WebhookSender>,
    smtp: Arc<SmtpSender>,
    links: Links,
}

/// The links that were sent. They are what is searched for, so `Debug` has none.
#[derive(Clone, Default)]
struct Links(Arc<Mutex<Vec<String>>>);

impl std::fmt::Debug for Links {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Links(..)")
    }
}

impl EmailSender for Post {
    fn send<'a>(&'a self, email: &'a Email) -> Delivery<'a> {
        Box::pin(async move {
            if let Some(link) = email.link() {
                self.links.0.lock().expect("no panic").push(link.to_owned());
            }
            let hooked = self.webhook.send(email).await;
            let mailed = self.smtp.send(email).await;
            hooked.and(mailed)
        })
    }
}

/// What an operator gives to the application, all of it random.
struct Given {
    key: String,
    signing: KeyRing,
    smtp_password: String,
    webhook_header: String,
    webhook_path: String,
    needles: Vec<Needle>,
}

impl Given {
    fn new(dice: &mut Dice, delivery: RefreshDelivery) -> Self {
        let mut hex = || dice.bytes().iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let (key, smtp_password) = (hex(), hex());
        let (webhook_header, webhook_path) = (hex(), hex());
        let hs_secret = hex();
        let seed = dice.bytes();
        // PKCS#8 of an Ed25519 key (RFC 8410 §7).
        let der = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", &seed[..]];
        let der = Base64::encode_string(&der.concat());
        let pem = format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n");
        let signing = match delivery {
            RefreshDelivery::Body => SigningKey::eddsa(pem).expect("a good key"),
            _ => SigningKey::hs256(&hs_secret).expect("a good key"),
        };
        let needles = vec![
            Needle::new("the secret key", key.as_bytes()),
            Needle::new("the secret of HS256", hs_secret.as_bytes()),
            Needle::new("the seed of EdDSA", &seed),
            Needle::new("the private key in PEM", der.as_bytes()),
            Needle::new("the password of the mail server", smtp_password.as_bytes()),
            Needle::new("the header of the webhook", webhook_header.as_bytes()),
            Needle::new("the key in the webhook's address", webhook_path.as_bytes()),
        ];
        let signing = KeyRing::new(signing);
        Self { key, signing, smtp_password, webhook_header, webhook_path, needles }
    }

    fn secret_key(&self) -> SecretKey {
        SecretKey::new(self.key.clone()).expect("a good key")
    }

    fn smtp(&self, server: &SmtpServer) -> SmtpConfig {
        SmtpConfig::plain_on_loopback(server.address.port(), "Acme <no-reply@example.com>")
            .credentials("acme", self.smtp_password.clone())
    }
}

/// What is searched, and what for.
#[derive(Default)]
struct Haul {
    needles: Vec<Needle>,
    places: Vec<Place>,
}

impl Haul {
    fn seek(&mut self, what: &'static str, secret: &str) {
        self.needles.push(Needle::new(what, secret.as_bytes()));
        // Of a signed token, the signature alone would be enough.
        if let Some((_, signature)) = secret.rsplit_once('.').filter(|(rest, _)| rest.len() > 40) {
            self.needles.push(Needle::new("the signature of a token", signature.as_bytes()));
        }
    }

    /// Looks for what an answer hands out, and into the rest of it.
    fn note(&mut self, flow: &str, answer: &Answer) {
        for (name, value) in answer.cookies().into_iter().filter(|(_, value)| value.len() > 2) {
            match name.as_str() {
                "session_id" => self.seek("a session cookie", &value),
                "refresh_token" => self.seek("a refresh cookie", &value),
                "device_id" => self.seek("a device token", &value),
                _ => {}
            }
        }
        let mut body = answer.text();
        for (field, what) in [
            ("access_token", "an access token"),
            ("refresh_token", "a refresh token"),
            ("csrf_token", "a CSRF token"),
        ] {
            let token = answer.field(field);
            if !token.is_empty() {
                self.seek(what, &token);
                body = body.replace(&token, "");
            }
        }
        for (_, value) in answer.headers.iter().filter(|(name, _)| *name != "set-cookie") {
            body.push('\n');
            body.push_str(&String::from_utf8_lossy(value.as_bytes()));
        }
        self.places.push(Place { name: format!("the answer to {flow}"), bytes: body.into_bytes() });
    }

    fn count(&self, what: &str) -> usize {
        self.needles.iter().filter(|needle| needle.what == what).count()
    }
}

/// An application with everything mounted.
struct Site {
    auth: CrudAuth<Account>,
    server: Server,
    ground: GroundInFile,
    log: EventLog,
    recorder: Recorder,
    post: Post,
    smtp: SmtpServer,
    by_cookie: bool,
}

impl Site {
    async fn start(given: &Given, delivery: RefreshDelivery, haul: &mut Haul) -> Self {
        let ground = GroundInFile::new().await;
        let smtp = SmtpServer::start().await;
        let answer = format!("failed with {} of {}", given.webhook_header, given.webhook_path);
        let hook = Router::new().fallback(move |body: String| async move {
            (StatusCode::INTERNAL_SERVER_ERROR, answer + &body)
        });
        let hook = Server::serve(hook).await;
        let url = format!("http://{}/{}", hook.address, given.webhook_path);
        let webhook = WebhookSender::new(&url).expect("good");
        let webhook = webhook.header("x-key", &given.webhook_header).expect("good");
        let config = given.smtp(&smtp);
        haul.places.extend([shown("WebhookSender", &webhook), shown("SmtpConfig", &config)]);
        let post = Post {
            webhook: Arc::new(webhook),
            smtp: Arc::new(SmtpSender::new(config).expect("good")),
            links: Links::default(),
        };
        let email = EmailConfig::new(post.clone())
            .frontend_url("https://app.example.com")
            .unverified_may_sign_in()
            .delivered_elsewhere();
        let by_cookie = delivery == RefreshDelivery::Cookie;
        let bearer = BearerConfig::default()
            .refresh_delivery(delivery)
            .grantable_scopes([NotesRead::NAME])
            .keys(given.signing.clone());
        haul.places.extend([
            shown("EmailConfig", &email),
            shown("BearerConfig", &bearer),
            shown("KeyRing", &given.signing),
        ]);
        let log = EventLog::new(SqliteEvents::new(ground.sqlite.clone()));
        let recorder = Recorder::default();
        let builder = ground
            .builder(ground.stores.clone())
            .secret_key(given.secret_key())
            .session(SessionConfig::default().management_routes())
            .rate_limits(RateLimits::off())
            .add_event_sink(log.clone())
            .add_event_sink(recorder.clone())
            .email(email)
            .bearer(bearer);
        haul.places.push(shown("Builder", &builder));
        let auth = builder.build().await.expect("it works");
        let server = Server::serve(routes(&auth, Router::new())).await;
        // The webhook fails until here, and is gone afterwards.
        drop(hook);
        Self { auth, server, ground, log, recorder, post, smtp, by_cookie }
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    async fn post(&self, haul: &mut Haul, flow: &str, path: &str, body: &Value) -> Answer {
        let answer = self.client().post_json(path, body).await;
        haul.note(flow, &answer);
        answer
    }

    /// Runs the outbox once, and returns the token of the last link that it tried to send.
    async fn last_link(&self, haul: &mut Haul) -> String {
        self.auth.outbox().expect("messages are sent").run_due().await.expect("it works");
        let links = std::mem::take(&mut *self.post.links.0.lock().expect("no panic"));
        for link in &links {
            let (_, token) = link.split_once("token=").expect("a token");
            haul.seek("a link", token);
        }
        let last = links.last().expect("a link");
        last.split_once("token=").expect("a token").1.to_owned()
    }

    async fn refresh(&self, haul: &mut Haul, token: &str) -> Answer {
        let mut client = self.client();
        let answer = if self.by_cookie {
            client.cookies.insert("refresh_token".to_owned(), token.to_owned());
            client.post("/refresh").await
        } else {
            client.refresh(token).await
        };
        haul.note("a renewal", &answer);
        answer
    }

    fn refresh_token(&self, answer: &Answer) -> String {
        if !self.by_cookie {
            return answer.field("refresh_token");
        }
        let cookies = answer.cookies();
        cookies.into_iter().find(|(name, _)| name == "refresh_token").expect("a cookie").1
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_of_tokens_mails_and_keys_rests_or_is_told_anywhere() {
    let (logs, panics) = record_everything();
    let mut dice = Dice::rolled_for("secrets of flows");
    let mut haul = Haul::default();
    let mut sites = Vec::new();
    for delivery in [RefreshDelivery::Body, RefreshDelivery::Cookie] {
        let given = Given::new(&mut dice, delivery);
        let site = Site::start(&given, delivery, &mut haul).await;
        run_every_flow(&site, &mut haul).await;
        debug_of_everything(&site, &given, &mut haul).await;
        haul.needles.extend(given.needles);
        sites.push(site);
    }
    for (what, secret) in [
        ("the usual password", PASSWORD),
        ("a changed password", CHANGED),
        ("a reset password", RESET),
        ("a wrong password", GUESSED),
    ] {
        haul.seek(what, secret);
    }
    for (what, least) in [
        ("an access token", 6),
        ("a refresh token", 3),
        ("a refresh cookie", 3),
        ("the signature of a token", 12),
        ("a link", 8),
        ("a session cookie", 2),
        ("tokens of the application's own code", 4),
    ] {
        assert!(haul.count(what) >= least, "{what}: {}", haul.count(what));
    }

    for site in &sites {
        site.auth.events().flush().await;
        haul.places.push(shown("the events", &site.recorder.seen()));
        let kept = site.log.latest(None, 10_000).await.expect("the log");
        assert!(kept.len() > 40, "{}", kept.len());
        haul.places.push(shown("the log of events", &kept));
        haul.places.extend(database_files(&site.ground.file));
    }
    haul.places.push(Place { name: "the logs".to_owned(), bytes: logs.bytes() });
    haul.places.push(Place { name: "the panics".to_owned(), bytes: panics.bytes() });
    assert_that_the_search_finds(&sites[0], &logs).await;
    let log = String::from_utf8_lossy(&logs.bytes()).into_owned();
    for told in
        ["crudauth::security", "a message has to wait", "refresh_reused", "a delivery ended"]
    {
        assert!(log.contains(told), "{told} is on the tape");
    }

    let found = search(&haul.needles, &haul.places);
    assert!(found.is_empty(), "{found:#?}");
}

async fn run_every_flow(site: &Site, haul: &mut Haul) {
    let mut ada = site.client();
    haul.note("a sign-up", &ada.register("ada@example.com", "ada", PASSWORD).await);
    haul.note("a taken address", &ada.register("ada@example.com", "eve", PASSWORD).await);
    haul.note("a login", &ada.login("ada", PASSWORD).await);

    // Links, good and bad, in the right place and in wrong ones.
    let verify = site.last_link(haul).await;
    let wait = |seconds| site.ground.clock.advance(std::time::Duration::from_secs(seconds));
    for path in ["/password/reset-confirm", "/email/change-confirm", "/email/verify-confirm"] {
        let body = json!({ "token": verify, "new_password": RESET });
        site.post(haul, "a link of verification", path, &body).await;
    }
    site.post(haul, "a used link", "/email/verify-confirm", &json!({ "token": verify })).await;
    site.post(haul, "a link in a list", "/email/verify-confirm", &json!({ "token": [verify] }))
        .await;
    let answer = site.client().get(&format!("/email/verify-confirm?token={verify}")).await;
    haul.note("a link in the query", &answer);

    site.smtp.behave(Manner::Refusing("AUTH", "535 no"));
    let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
    haul.note("a change of address", &ada.post_json("/email/change-request", &change).await);
    let wrong = json!({ "new_email": "new@example.com", "password": GUESSED });
    haul.note("a wrong password", &ada.post_json("/email/change-request", &wrong).await);
    let change = site.last_link(haul).await;
    site.smtp.behave(Manner::Accepting);
    site.post(haul, "another address", "/email/change-confirm", &json!({ "token": change })).await;

    // Passwords, and sudo.
    let body = json!({ "current_password": PASSWORD, "new_password": CHANGED });
    haul.note("a change of password", &ada.post_json("/change-password", &body).await);
    haul.note("a wrong one", &ada.post_json("/change-password", &body).await);
    haul.note("a first one", &ada.post_json("/set-password", &body).await);
    elevate(site).await;

    // Tokens, good and bad.
    let mut client = site.client();
    haul.note("a wrong password", &client.token("ada", GUESSED, None).await);
    let issued = client.token("ada", CHANGED, Some("notes:read")).await;
    assert_eq!(issued.status, 200, "{}", issued.text());
    haul.note("a token", &issued);
    let (access, first) = (issued.field("access_token"), site.refresh_token(&issued));
    for path in ["/me", "/dashboard", "/admin", &format!("/me?access_token={access}")] {
        haul.note(path, &client.get_as(&access, path).await);
    }
    for wrong in [&first, &format!("{access}x"), &access[1..], &format!("{access} {first}")] {
        haul.note("a wrong token", &client.get_as(wrong, "/me").await);
    }
    let basic = client.request(Method::GET, "/me").basic_auth("ada", Some(CHANGED));
    haul.note("another scheme", &client.send(basic).await);
    let second = site.refresh(haul, &first).await;
    assert_eq!(second.status, 200, "{}", second.text());
    let second = site.refresh_token(&second);
    site.refresh(haul, &access).await;
    wait(60);
    site.refresh(haul, &first).await;
    site.refresh(haul, &second).await;
    let last = client.token("ada", CHANGED, None).await;
    haul.note("a token", &last);
    let body = json!({ "refresh_token": site.refresh_token(&last) });
    site.post(haul, "a logout", "/logout", &body).await;

    let user = site.auth.stores().users().find_by_id(&1).await.expect("the store").expect("ada");
    let (no_request, ()) = axum::http::Request::new(()).into_parts();
    let options = TokenOptions::default().scopes([NotesRead::NAME]);
    let issued = site.auth.sign_in(user, &no_request, options).await.expect("let in");
    haul.places.push(shown("NewTokens", &issued));
    let issued = issued.into_tokens();
    haul.places.push(shown("IssuedTokens", &issued));
    haul.seek("tokens of the application's own code", issued.access.as_str());
    haul.seek("tokens of the application's own code", issued.refresh.as_str());

    // Mails that are still waiting when the database is searched, among them one whose delivery
    // panics.
    let new = json!({ "email": "new@example.com" });
    site.post(haul, "a reset", "/password/reset-request", &new).await;
    let reset = site.last_link(haul).await;
    let body = json!({ "token": reset, "new_password": RESET });
    site.post(haul, "a reset", "/password/reset-confirm", &body).await;
    site.post(haul, "a reset", "/password/reset-request", &new).await;
    site.post(haul, "a reset", "/password/reset-request", &json!({ "email": "no@example.com" }))
        .await;
    let waiting = site.auth.outbox().expect("messages are sent").waiting().await;
    assert!(waiting.expect("the store") >= 2, "mails wait");
    deliver_in_vain(site).await;
}

/// What waits for a channel that panics: by an outbox of its own over the same store.
async fn deliver_in_vain(site: &Site) {
    #[derive(Debug)]
    struct Panicking;

    impl Channel for Panicking {
        fn name(&self) -> &'static str {
            "panicking"
        }

        fn sends_email(&self) -> bool {
            true
        }

        fn deliver<'a>(&'a self, _: &'a Message) -> Delivery<'a> {
            Box::pin(async { panic!("as planned") })
        }
    }
    let outbox = crudauth::outbox::Outbox::new(
        Arc::clone(site.ground.stores.state()),
        site.ground.clock.clone(),
        &SecretKey::random().expect("random"),
        vec![Box::new(Panicking)],
        crudauth::outbox::OutboxConfig::default(),
    )
    .expect("good");
    let link = format!("https://app.example.com/reset-password?token={}", RESET.len());
    let message = Message::new(MessageKind::ResetPassword, "ada@example.com").with_link(link);
    outbox.enqueue(&message).await.expect("enqueued");
    outbox.run_due().await.expect("the store works");
}

async fn elevate(site: &Site) {
    let user = site.auth.stores().users().find_by_id(&1).await.expect("the store").expect("ada");
    let session = site.auth.sessions().list(&1).await.expect("the store").remove(0).handle;
    let ada = Principal::<Account>::authenticated::<Session>(user).in_session(session);
    for password in [CHANGED, GUESSED, GUESSED, GUESSED, GUESSED] {
        let proof = Proof::Password(Password::new(password));
        let context = HookContext::default();
        let outcome = site.auth.sudo().elevate_under(&ada, proof, &context).await;
        tracing::debug!(?outcome, "sudo");
    }
}

async fn debug_of_everything(site: &Site, given: &Given, haul: &mut Haul) {
    let link = format!("https://app.example.com/reset-password?token={}", given.webhook_header);
    let message = Message::new(MessageKind::ResetPassword, "ada@example.com").with_link(link);
    let signing = SigningKey::hs256(given.smtp_password.clone()).expect("a good key");
    let channel = EmailChannel::new(site.post.clone(), Templates::new()).expect("good");
    haul.places.extend([
        shown("BearerTokens", site.auth.tokens().expect("bearer tokens")),
        shown("CrudAuth", &site.auth),
        shown("SudoService", site.auth.sudo()),
        shown("RecoveryService", &site.auth.recovery()),
        shown("PasswordChangeService", site.auth.passwords()),
        shown("Outbox", &site.auth.outbox()),
        shown("Events", site.auth.events()),
        shown("EventLog", &site.log),
        shown("SmtpSender", &*site.post.smtp),
        shown("EmailChannel", &channel),
        shown("Message", &message),
        shown("SigningKey", &signing),
        shown("VerifyingKey", signing.verifying_key()),
        shown("SecretKey", &given.secret_key()),
        shown("Proof", &Proof::Password(Password::new(PASSWORD))),
        shown("the error of a delivery", &DeliveryError::temporary("away")),
    ]);
}

/// The control: a secret that does lie in each of the places is found there.
async fn assert_that_the_search_finds(site: &Site, logs: &Tape) {
    // One for each table, since the log of the database keeps what was there before.
    for (table, statement) in [
        (
            "events",
            "INSERT INTO crudauth_events (number, at, event, is_refusal, details) VALUES (0, 1, 'x', 0, '?')",
        ),
        ("state", "INSERT INTO crudauth_state VALUES ('control', CAST('?' AS BLOB), NULL, 1)"),
        ("counters", "INSERT INTO crudauth_counters VALUES ('?', 1, 1)"),
        ("accounts", "UPDATE accounts SET note = '?'"),
    ] {
        let text = format!("{PLANTED} in {table}");
        let planted = [Needle::new("what was planted", text.as_bytes())];
        assert!(search(&planted, &database_files(&site.ground.file)).is_empty());
        let statement = statement.replace('?', &text);
        site.ground.sqlite.execute_batch(&statement).await.expect("a row");
        assert!(!search(&planted, &database_files(&site.ground.file)).is_empty(), "{table}");
    }

    let planted = Needle::new("what was planted", PLANTED.as_bytes());
    let clean = |place: &[Place]| search(std::slice::from_ref(&planted), place).is_empty();
    let event = SecurityEvent::SignedUp { user: LogSafe::new(PLANTED) };
    assert!(!clean(&[shown("an event", &event)]));
    let length = logs.bytes().len();
    tracing::trace!(link = PLANTED, "control");
    assert!(planted.in_(&logs.bytes()[length..]).is_some());
    let waiting = Message::new(MessageKind::VerifyEmail, "ada@example.com").with_link(PLANTED);
    assert!(clean(&[shown("Message", &waiting)]), "a message shows no link");
    assert!(!clean(&[shown("its link", &waiting.link())]), "and has one");

    let mut haul = Haul::default();
    let token = format!("{}.{}", "a".repeat(41), "c2lnbmF0dXJlLXRoYXQtaXMtc2VjcmV0LTAxMjM0NTY3");
    haul.seek("a token", &token);
    let signature = Place { name: "a place".to_owned(), bytes: token.as_bytes()[42..].to_vec() };
    assert_eq!(search(&haul.needles, &[signature]).len(), 1, "the signature alone is found");
}
