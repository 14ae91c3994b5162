//! Mail through TLS: to the right server only, and to no other one in its place.

use std::sync::Arc;
use std::time::Duration;

use crudauth::clock::ManualClock;
use crudauth::message::{EmailChannel, Message, MessageKind, SmtpConfig, SmtpSender, Templates};
use crudauth::outbox::{Outbox, OutboxConfig};
use crudauth::store::memory::MemoryState;
use crudauth::{SecretKey, StartupError};
use crudauth_tests::support::certificates::Authority;
use crudauth_tests::support::smtp::{Encryption, SmtpServer};
use tokio_rustls::TlsAcceptor;

const FROM: &str = "Acme <no-reply@example.com>";
const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

/// Both ways to have TLS: what the server does, and what the sender is configured for.
type Way = (fn(TlsAcceptor) -> Encryption, fn(&str) -> SmtpConfig);

const WAYS: [Way; 2] = [
    (Encryption::Implicit, |host| SmtpConfig::tls(host, FROM)),
    (Encryption::StartTls, |host| SmtpConfig::starttls(host, FROM)),
];

struct Fixture {
    clock: Arc<ManualClock>,
    state: Arc<MemoryState>,
}

impl Fixture {
    fn new() -> Self {
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        Self { state: Arc::new(MemoryState::new(clock.clone())), clock }
    }

    /// The outbox as it is after a start with `config`.
    fn outbox(&self, config: SmtpConfig) -> Result<Outbox, StartupError> {
        let sender = SmtpSender::new(config.timeout(Duration::from_secs(10)))?;
        Outbox::new(
            self.state.clone(),
            self.clock.clone(),
            &SecretKey::new(KEY).expect("good"),
            vec![Box::new(EmailChannel::new(sender, Templates::new())?)],
            OutboxConfig::default(),
        )
    }
}

fn message() -> Message {
    Message::new(MessageKind::VerifyEmail, "ada@example.org")
        .with_link("https://app.example.com/verify-email?token=t0k3n")
}

/// What was sent, has to wait, and was given up.
async fn step(outbox: &Outbox) -> (u64, u64, u64) {
    let run = outbox.run_due().await.expect("the store works");
    (run.sent, run.retried, run.given_up)
}

#[tokio::test]
async fn a_mail_goes_through_tls_to_a_server_of_a_trusted_authority() {
    let authority = Authority::new();
    for (encryption, config) in WAYS {
        let server = SmtpServer::start_with(encryption(authority.server("localhost"))).await;
        let config = config("localhost")
            .port(server.address.port())
            .root_certificate(authority.pem.as_str())
            .credentials("acme", "password");
        let outbox = Fixture::new().outbox(config).expect("good");
        outbox.enqueue(&message()).await.expect("enqueued");
        assert_eq!(step(&outbox).await, (1, 0, 0));
        let mails = server.mails();
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].to, ["ada@example.org"]);
        assert!(mails[0].data.contains("token=t0k3n"), "{}", mails[0].data);
    }
}

#[tokio::test]
async fn a_server_that_cannot_prove_who_it_is_gets_no_mail_and_the_mail_waits() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    for (encryption, config) in WAYS {
        for (what, acceptor, trusted) in [
            ("another host", authority.server("mail.example.com"), Some(&authority)),
            ("an address for a name", authority.server("127.0.0.1"), Some(&authority)),
            ("an unknown authority", authority.server("localhost"), None),
            ("another authority", authority.server("localhost"), Some(&stranger)),
        ] {
            let wrong = SmtpServer::start_with(encryption(acceptor)).await;
            let mut refusing = config("localhost").port(wrong.address.port());
            if let Some(trusted) = trusted {
                refusing = refusing.root_certificate(trusted.pem.as_str());
            }
            let fixture = Fixture::new();
            let outbox = fixture.outbox(refusing).expect("good");
            outbox.enqueue(&message()).await.expect("enqueued");
            assert_eq!(step(&outbox).await, (0, 1, 0), "{what}");
            assert!(wrong.connections() > 0, "{what}: it was not even asked");
            assert!(wrong.mails().is_empty(), "{what}");
            assert_eq!(outbox.waiting().await.expect("the store works"), 1, "{what}");
            drop(outbox);

            let right = SmtpServer::start_with(encryption(authority.server("localhost"))).await;
            let trusting = config("localhost")
                .port(right.address.port())
                .root_certificate(authority.pem.as_str());
            let outbox = fixture.outbox(trusting).expect("good");
            fixture.clock.advance(Duration::from_secs(3600));
            assert_eq!(step(&outbox).await, (1, 0, 0), "{what}");
            assert_eq!(right.mails().len(), 1, "{what}");
        }
    }
}

#[tokio::test]
async fn a_server_without_starttls_gets_no_mail() {
    let server = SmtpServer::start().await;
    let config = SmtpConfig::starttls("localhost", FROM).port(server.address.port());
    let outbox = Fixture::new().outbox(config.credentials("acme", "password")).expect("good");
    outbox.enqueue(&message()).await.expect("enqueued");
    assert_eq!(step(&outbox).await, (0, 1, 0));
    assert!(server.mails().is_empty());
}
