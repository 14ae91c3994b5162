//! What the requests notice of a mail server that is away, slow or refusing: nothing. And what the
//! recipients notice once it is back: nothing is missing, also across a restart.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use crudauth::clock::ManualClock;
use crudauth::lockout::LockoutConfig;
use crudauth::message::{SmtpConfig, SmtpSender};
use crudauth::{CookieConfig, CrudAuth, EmailConfig, RateLimits, SecretKey};
use crudauth_tests::support::smtp::{Encryption, Manner, SmtpServer};
use crudauth_tests::support::{
    ACCOUNTS, Account, AccountProvisioned, Answer, Client, CountingHasher, FREE_TIER, PASSWORD,
    Server, TestDatabase,
};
use serde_json::{Value, json};
use tokio::net::TcpSocket;

const KEY: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

/// The mails of [`requests`] and of the sign-up before them: to whom, and their subject.
const MAILS: [(&str, &str); 6] = [
    ("ada@example.com", "Reset your password"),
    ("ada@example.com", "Verify your email"),
    ("ada@example.com", "Verify your email"),
    ("ada@example.com", "You already have an account"),
    ("new@example.com", "Confirm your new email"),
    ("newcomer@example.com", "Verify your email"),
];

/// An application that delivers its mail itself, over a database that outlives it.
struct App {
    auth: CrudAuth<Account>,
    server: Server,
}

impl App {
    async fn start(database: &TestDatabase, clock: &Arc<ManualClock>, port: u16) -> Self {
        let config = SmtpConfig::plain_on_loopback(port, "no-reply@example.com");
        // Nobody waits for it but the worker.
        let sender = SmtpSender::new(config.timeout(Duration::from_secs(20))).expect("good");
        let auth =
            CrudAuth::<Account>::builder(database.clone(), SecretKey::new(KEY).expect("good"))
                .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
                .clock(clock.clone())
                .password_hasher(CountingHasher::default())
                .cookies(CookieConfig::insecure_for_plain_http_development())
                .lockout(LockoutConfig::default())
                .rate_limits(RateLimits::off())
                .email(
                    EmailConfig::new(sender)
                        .frontend_url("https://app.example.com")
                        .unverified_may_sign_in(),
                )
                .build()
                .await
                .expect("a configuration that works");
        let server = Server::serve(auth.router::<()>().merge(Router::new())).await;
        Self { auth, server }
    }
}

/// What somebody outside sees of an answer.
type Seen = (u16, Vec<(String, String)>, String);

fn seen(answer: &Answer) -> Seen {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let text = |value: &reqwest::header::HeaderValue| {
        String::from_utf8_lossy(value.as_bytes()).into_owned()
    };
    let headers = headers.map(|(name, value)| (name.to_string(), text(value)));
    (answer.status.as_u16(), headers.collect(), answer.text())
}

/// Everything that sends mail, for accounts that exist and for others.
async fn requests(ada: &mut Client) -> Vec<Seen> {
    let sign_up = |email: &str, name: &str| {
        ("/register", json!({ "email": email, "username": name, "password": PASSWORD }))
    };
    let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
    let requests: [(&str, Value); 7] = [
        sign_up("newcomer@example.com", "newcomer"),
        sign_up("ada@example.com", "somebody"),
        ("/email/verify-request", json!({ "email": "ada@example.com" })),
        ("/email/verify-request", json!({ "email": "nobody@example.com" })),
        ("/password/reset-request", json!({ "email": "ada@example.com" })),
        ("/password/reset-request", json!({ "email": "nobody@example.com" })),
        ("/email/change-request", change),
    ];
    let mut answers = Vec::new();
    for (path, body) in requests {
        answers.push(seen(&ada.post_json(path, &body).await));
    }
    answers
}

/// What is wrong with the mail server while requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outage {
    None,
    Away,
    Behaves(Manner),
}

/// The answers under an outage, and the mails that came once it was over: to the application as it
/// was, or to its successor over the same database.
async fn live_through(outage: Outage, restart: bool) -> (Vec<Seen>, Vec<(String, String)>) {
    let database = TestDatabase::new(&ACCOUNTS).await;
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    // Bound and not listening: whoever connects is refused, and the port stays ours.
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind(([127, 0, 0, 1], 0).into()).expect("a free port");
    let port = socket.local_addr().expect("an address").port();
    let mut app = App::start(&database, &clock, port).await;
    let listen = |socket: TcpSocket| {
        SmtpServer::start_from(socket.listen(64).expect("listens"), Encryption::None)
    };
    let smtp = match outage {
        Outage::Away => Err(socket),
        Outage::None => Ok(listen(socket)),
        Outage::Behaves(manner) => {
            let smtp = listen(socket);
            smtp.behave(manner);
            Ok(smtp)
        }
    };
    let mut ada = app.server.client();
    let answer = ada.register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);

    // Two links of one kind differ by their time.
    clock.advance(Duration::from_secs(1));
    // A request that waited for one answer of a slow server would take longer than this.
    let answers = tokio::time::timeout(Duration::from_secs(15), requests(&mut ada));
    let answers = answers.await.unwrap_or_else(|_| panic!("{outage:?} slows requests down"));
    if outage != Outage::None {
        assert_eq!(smtp.as_ref().map_or(0, |smtp| smtp.mails().len()), 0, "{outage:?}");
    }

    let smtp = smtp.unwrap_or_else(listen);
    smtp.behave(Manner::Accepting);
    if restart {
        drop(app);
        app = App::start(&database, &clock, port).await;
    }
    // Past every wait and every lease, and before the end of any link.
    clock.advance(Duration::from_secs(15 * 60));
    let outbox = app.auth.outbox().expect("messages are sent");
    let all = async {
        let mut seconds = 0;
        while distinct(&smtp).len() < MAILS.len() {
            outbox.run_due().await.expect("the store works");
            // A delivery that failed just as the clock moved is due some seconds later.
            if seconds < 600 {
                clock.advance(Duration::from_secs(1));
                seconds += 1;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let all = tokio::time::timeout(Duration::from_secs(30), all).await;
    all.unwrap_or_else(|_| panic!("{outage:?}, restart: {restart}: {:?}", smtp.mails()));
    let mails = distinct(&smtp).into_iter().map(|(to, subject, _)| (to, subject)).collect();
    (answers, mails)
}

/// The mails so far by recipient, subject and link. A mail may come twice, where the clock moves
/// while it is on its way.
fn distinct(smtp: &SmtpServer) -> BTreeSet<(String, String, String)> {
    let mails = smtp.mails().into_iter().map(|mail| {
        let subject = mail.data.lines().find_map(|line| line.strip_prefix("Subject: "));
        let link = mail.data.split_once("https://").map_or("", |(_, rest)| rest);
        let link = link.split("\r\n\r\n").next().unwrap_or_default();
        (mail.to.concat(), subject.expect("a subject").to_owned(), link.to_owned())
    });
    mails.collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_request_notices_the_mail_server_and_every_mail_arrives() {
    let (usual, mails) = live_through(Outage::None, false).await;
    assert_eq!(mails, MAILS.map(|(to, subject)| (to.to_owned(), subject.to_owned())));
    let statuses: Vec<u16> = usual.iter().map(|(status, ..)| *status).collect();
    assert_eq!(statuses, [202, 202, 200, 200, 200, 200, 200]);
    for outage in [
        Outage::Away,
        Outage::Behaves(Manner::Hanging),
        Outage::Behaves(Manner::Slow(Duration::from_secs(30))),
        Outage::Behaves(Manner::Refusing("", "421 4.3.2 not now")),
        Outage::Behaves(Manner::Refusing("MAIL", "451 4.3.0 not now")),
    ] {
        // Who was in the middle of a delivery when it hung is better ended than waited for.
        let restarts = match outage {
            Outage::Behaves(Manner::Hanging | Manner::Slow(_)) => &[true][..],
            _ => &[false, true],
        };
        for &restart in restarts {
            let (answers, arrived) = live_through(outage, restart).await;
            assert_eq!(answers, usual, "{outage:?}");
            assert_eq!(arrived, mails, "{outage:?}, restart: {restart}");
        }
    }
}
