//! Mail to a real SMTP server that goes away, is slow, hangs or refuses: every mail arrives once
//! it is back.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::ManualClock;
use crudauth::message::{EmailChannel, Message, MessageKind, SmtpConfig, SmtpSender, Templates};
use crudauth::outbox::{Outbox, OutboxConfig};
use crudauth::store::sqlite::SqliteState;
use crudauth::{SecretKey, Sqlite};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::smtp::{Manner, SmtpServer};
use tempfile::TempDir;

const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";
const HOUR: Duration = Duration::from_secs(3600);

struct Fixture {
    server: SmtpServer,
    clock: Arc<ManualClock>,
    folder: TempDir,
    outbox: Outbox,
}

async fn outbox(folder: &Path, clock: &Arc<ManualClock>, smtp: SmtpConfig) -> Outbox {
    let sqlite = Sqlite::open(folder.join("test.db")).expect("opens");
    sqlite.migrate().await.expect("migrates");
    let channel = EmailChannel::new(SmtpSender::new(smtp).expect("good"), Templates::new());
    Outbox::new(
        Arc::new(SqliteState::new(sqlite, clock.clone())),
        clock.clone(),
        &SecretKey::new(KEY).expect("good"),
        vec![Box::new(channel.expect("good"))],
        OutboxConfig::default(),
    )
    .expect("good")
}

fn smtp(server: &SmtpServer) -> SmtpConfig {
    SmtpConfig::plain_on_loopback(server.address.port(), "Acme <no-reply@example.com>")
}

impl Fixture {
    async fn new() -> Self {
        Self::with(|config| config).await
    }

    async fn with(configure: impl FnOnce(SmtpConfig) -> SmtpConfig) -> Self {
        let server = SmtpServer::start().await;
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let folder = tempfile::tempdir().expect("a folder");
        let outbox = outbox(folder.path(), &clock, configure(smtp(&server))).await;
        Self { server, clock, folder, outbox }
    }

    async fn enqueue(&self, recipient: &str) {
        let message = Message::new(MessageKind::VerifyEmail, recipient)
            .with_link("https://app.example.com/verify-email?token=t0k3n")
            .with_expires_in(24 * HOUR);
        self.outbox.enqueue(&message).await.expect("enqueued");
    }

    /// One step of the worker: how many were sent, have to wait, were given up.
    async fn step(&self) -> (u64, u64, u64) {
        let run = self.outbox.run_due().await.expect("the store works");
        (run.sent, run.retried, run.given_up)
    }

    async fn waiting(&self) -> usize {
        self.outbox.waiting().await.expect("the store works")
    }
}

#[tokio::test]
async fn a_mail_arrives_in_one_piece() {
    let fixture = Fixture::new().await;
    fixture.enqueue("ada@example.org").await;
    assert_eq!(fixture.server.connections(), 0, "enqueueing sends nothing");
    let worker = fixture.outbox.start();
    let mails = fixture.server.wait_for(1).await;
    worker.stop().await;
    assert_eq!(mails[0].from, "no-reply@example.com");
    assert_eq!(mails[0].to, ["ada@example.org"]);
    for part in [
        "Subject: Verify your email\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "https://app.example.com/verify-email?token=t0k3n",
        "The link works for 24 hours.",
        "<a href=",
    ] {
        assert!(mails[0].data.contains(part), "{part} in {}", mails[0].data);
    }
    assert_eq!(fixture.waiting().await, 0);
}

#[tokio::test]
async fn every_mail_arrives_once_the_server_is_back_also_across_a_restart() {
    let Fixture { server, clock, folder, outbox: first } = Fixture::new().await;
    let config = || smtp(&server);
    let (address, same) = (server.address, config());
    drop(server);

    for number in 0..20 {
        let message = Message::new(MessageKind::VerifyEmail, format!("u{number}@example.org"))
            .with_link(format!("https://app.example.com/verify-email?token={number}"));
        first.enqueue(&message).await.expect("enqueued");
    }
    for _ in 0..3 {
        let run = first.run_due().await.expect("the store works");
        assert_eq!((run.sent, run.retried, run.given_up), (0, 20, 0));
        clock.advance(HOUR);
    }
    drop(first);

    let server = SmtpServer::start_on(address).await;
    let second = outbox(folder.path(), &clock, same).await;
    let run = second.run_due().await.expect("the store works");
    assert_eq!((run.sent, run.retried, run.given_up), (20, 0, 0));
    let mut recipients: Vec<String> = server.mails().into_iter().flat_map(|mail| mail.to).collect();
    recipients.sort();
    let mut expected: Vec<String> = (0..20).map(|n| format!("u{n}@example.org")).collect();
    expected.sort();
    assert_eq!(recipients, expected);
    assert_eq!(second.waiting().await.expect("the store works"), 0);
}

#[tokio::test]
async fn a_temporary_refusal_is_tried_again_at_whichever_step_it_comes() {
    for (verb, reply) in [
        ("", "421 too many connections"),
        ("EHLO", "421 going down"),
        ("MAIL", "452 out of space"),
        ("RCPT", "450 greylisted"),
        ("DATA", "451 try later"),
        (".", "451 try later"),
    ] {
        let fixture = Fixture::new().await;
        fixture.enqueue("ada@example.org").await;
        fixture.server.behave(Manner::Refusing(verb, reply));
        assert_eq!(fixture.step().await, (0, 1, 0), "{verb}: {reply}");
        fixture.server.behave(Manner::Accepting);
        assert_eq!(fixture.step().await, (0, 0, 0), "it is not due yet");
        fixture.clock.advance(Duration::from_secs(1));
        assert_eq!(fixture.step().await, (1, 0, 0), "{verb}: {reply}");
        assert_eq!(fixture.server.mails().len(), 1);
    }
}

#[tokio::test]
async fn a_permanent_refusal_is_given_up_at_once_and_stops_nobody_else() {
    let fixture = Fixture::new().await;
    fixture.enqueue("nobody@example.org").await;
    fixture.server.behave(Manner::Refusing("RCPT", "550 5.1.1 <nobody@example.org> unknown"));
    assert_eq!(fixture.step().await, (0, 0, 1));
    assert_eq!(fixture.waiting().await, 0);
    assert_eq!(fixture.outbox.counts().given_up, 1);

    fixture.server.behave(Manner::Accepting);
    fixture.enqueue("ada@example.org").await;
    assert_eq!(fixture.step().await, (1, 0, 0));
    assert_eq!(fixture.server.mails().len(), 1);
}

#[tokio::test]
async fn a_recipient_that_is_more_than_an_address_reaches_nobody() {
    let fixture = Fixture::new().await;
    for recipient in [
        "ada@example.org\r\nBcc: eve@example.org",
        "ada@example.org>\r\nRCPT TO:<eve@example.org",
        "ada@example.org, eve@example.org",
    ] {
        fixture.enqueue(recipient).await;
        assert_eq!(fixture.step().await, (0, 0, 1), "{recipient:?}");
    }
    assert_eq!(fixture.server.connections(), 0);
}

/// What the server of most people knows: neither SMTPUTF8 nor 8BITMIME.
const PLAIN_SERVER: Manner = Manner::Refusing("EHLO", "250 test");

#[tokio::test]
async fn an_address_that_has_a_form_in_ascii_is_reached_through_every_server() {
    let fixture = Fixture::with(|config| config.reply_to("Hilfe <hilfe@münchen.example>")).await;
    fixture.server.behave(PLAIN_SERVER);
    for (number, (recipient, on_the_wire)) in [
        ("user@münchen.example", "user@xn--mnchen-3ya.example"),
        ("\"q q\"@münchen.example", "\"q q\"@xn--mnchen-3ya.example"),
        ("user@corp.local", "user@corp.local"),
        ("user@डाटामेल.भारत", "user@xn--c2bd4bq1db8d.xn--h2brj9c"),
    ]
    .into_iter()
    .enumerate()
    {
        fixture.enqueue(recipient).await;
        assert_eq!(fixture.step().await, (1, 0, 0), "{recipient}");
        let mail = fixture.server.mails().remove(number);
        assert_eq!(mail.to, [on_the_wire]);
        assert!(mail.data.contains(&format!("To: {on_the_wire}\r\n")), "{}", mail.data);
        assert!(mail.data.is_ascii(), "{}", mail.data);
    }
}

#[tokio::test]
async fn a_sender_in_a_domain_beyond_ascii_writes_through_every_server() {
    let server = SmtpServer::start().await;
    server.behave(PLAIN_SERVER);
    let folder = tempfile::tempdir().expect("a folder");
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    let config =
        SmtpConfig::plain_on_loopback(server.address.port(), "Gruß <kein@münchen.example>");
    let outbox = outbox(folder.path(), &clock, config).await;
    let message = Message::new(MessageKind::PasswordChanged, "ada@example.org");
    outbox.enqueue(&message).await.expect("enqueued");
    assert_eq!(outbox.run_due().await.expect("the store works").sent, 1);
    assert_eq!(server.mails()[0].from, "kein@xn--mnchen-3ya.example");
}

/// Also where nobody has asked the server: what it cannot take is refused on this side.
#[tokio::test]
async fn what_a_server_can_never_take_is_given_up_at_once_and_told() {
    let logs = Logs::capture();
    let fixture = Fixture::new().await;
    fixture.server.behave(PLAIN_SERVER);
    fixture.enqueue("üser@münchen.example").await;
    assert_eq!(fixture.step().await, (0, 0, 1));
    assert_eq!(fixture.waiting().await, 0);
    let logs = logs.text();
    assert!(logs.contains("was given up") && logs.contains("SMTPUTF8"), "{logs}");
    assert!(!logs.contains("üser"), "{logs}");

    fixture.server.behave(Manner::Accepting);
    fixture.enqueue("üser@münchen.example").await;
    assert_eq!(fixture.step().await, (1, 0, 0), "a server with SMTPUTF8 takes it");
}

#[tokio::test]
async fn refused_credentials_lose_no_mail() {
    let fixture = Fixture::with(|config| config.credentials("acme", "yesterday's")).await;
    fixture.enqueue("ada@example.org").await;
    fixture.server.behave(Manner::Refusing("AUTH", "535 5.7.8 bad credentials"));
    assert_eq!(fixture.step().await, (0, 1, 0));
    fixture.server.behave(Manner::Accepting);
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.step().await, (1, 0, 0));
}

#[tokio::test]
async fn a_server_that_hangs_is_left_after_the_time_out() {
    let timeout = Duration::from_millis(200);
    let fixture = Fixture::with(|config| config.timeout(timeout)).await;
    fixture.server.behave(Manner::Hanging);
    fixture.enqueue("ada@example.org").await;
    assert_eq!(fixture.step().await, (0, 1, 0));
    assert_eq!(fixture.server.connections(), 1);
    fixture.server.behave(Manner::Accepting);
    fixture.clock.advance(HOUR);
    assert_eq!(fixture.step().await, (1, 0, 0));
}

#[tokio::test]
async fn a_server_that_drips_cannot_hold_a_delivery_beyond_the_time_out() {
    // Each answer comes in time, and all together do not.
    let timeout = Duration::from_millis(400);
    let fixture = Fixture::with(|config| config.timeout(timeout)).await;
    fixture.server.behave(Manner::Slow(Duration::from_millis(150)));
    fixture.enqueue("ada@example.org").await;
    assert_eq!(fixture.step().await, (0, 1, 0));
    assert!(fixture.server.mails().is_empty());
}

#[tokio::test]
async fn a_slow_server_gets_every_mail() {
    let fixture = Fixture::new().await;
    fixture.server.behave(Manner::Slow(Duration::from_millis(20)));
    let worker = fixture.outbox.start();
    for number in 0..8 {
        fixture.enqueue(&format!("u{number}@example.org")).await;
    }
    assert_eq!(fixture.server.wait_for(8).await.len(), 8);
    worker.stop().await;
    assert_eq!(fixture.waiting().await, 0);
}

#[tokio::test]
async fn enqueueing_does_not_wait_for_a_server_that_hangs() {
    let fixture = Fixture::new().await;
    fixture.server.behave(Manner::Hanging);
    let worker = fixture.outbox.start();
    for number in 0..8 {
        fixture.enqueue(&format!("u{number}@example.org")).await;
    }
    assert_eq!(fixture.waiting().await, 8);
    drop(worker);
}

#[tokio::test]
async fn what_a_server_quotes_from_a_mail_is_not_logged() {
    let logs = Logs::capture();
    let fixture = Fixture::new().await;
    fixture.enqueue("ada@example.org").await;
    fixture.server.behave(Manner::Refusing(
        ".",
        "451 <ada@example.org>: https://app.example.com/verify-email?token=t0k3n is spam",
    ));
    assert_eq!(fixture.step().await, (0, 1, 0));
    fixture.clock.advance(HOUR);
    fixture.server.behave(Manner::Refusing(
        ".",
        "554 <ada@example.org>: https://app.example.com/verify-email?token=t0k3n is spam",
    ));
    assert_eq!(fixture.step().await, (0, 0, 1));

    let logs = logs.text();
    assert!(logs.contains("has to wait") && logs.contains("451"), "{logs}");
    assert!(logs.contains("was given up") && logs.contains("554"), "{logs}");
    for secret in ["t0k3n", "app.example.com", "ada@"] {
        assert!(!logs.contains(secret), "{secret} in {logs}");
    }
}
