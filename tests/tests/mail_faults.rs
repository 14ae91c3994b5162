//! Stores that fail while somebody signs in by mail, and races that are put just before a call: nobody is
//! let in by it, and no account is half taken.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::sync::Arc;

use crudauth::{EmailCodes, MagicLinks, RateLimits};
use crudauth_tests::attack::{
    FAILURES, Fault, Ground, Server, Trouble, Watch, assert_is_a_failure,
};
use crudauth_tests::support::{Answer, Client, Mail, Mailbox, PASSWORD};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

struct Bench {
    ground: Ground,
    server: Server,
    watch: Arc<Watch>,
    mailbox: Mailbox,
}

impl Bench {
    /// Ada has an account, whose address she has proved or not.
    async fn with_ada(verified: bool) -> Self {
        let ground = Ground::new().await;
        let (watch, stores) = Watch::over(&ground.stores);
        let mailbox = Mailbox::default();
        let builder = ground
            .builder(stores)
            .rate_limits(RateLimits::off())
            .email(mailbox.config())
            .magic_links(MagicLinks::new())
            .email_codes(EmailCodes::new());
        let server = Server::start(builder).await;
        server.client().register(ADA, "ada", PASSWORD).await;
        if verified {
            ground.database.execute("UPDATE accounts SET email_verified = TRUE").await;
        }
        let bench = Self { ground, server, watch, mailbox };
        bench.mails().await;
        bench
    }

    async fn mails(&self) -> Vec<Mail> {
        self.watch.prepare(None);
        self.mailbox.mails(&self.server.auth).await
    }

    async fn mail(&self, path: &str) -> (Answer, Mail) {
        self.watch.prepare(None);
        let answer = self.server.client().post_json(path, &json!({ "email": ADA })).await;
        let mail = self.mails().await.pop().unwrap();
        (answer, mail)
    }

    /// What a link, or a flow with a code, is confirmed with.
    async fn ask(&self, by: By) -> Value {
        match by {
            By::Link => json!({ "token": self.mail("/magic-link/request").await.1.token() }),
            By::Code => {
                let (answer, mail) = self.mail("/email-code/request").await;
                json!({ "flow": answer.json()["flow"], "code": mail.code.unwrap() })
            }
        }
    }

    async fn confirm(&self, by: By, body: &Value) -> (Client, Answer) {
        let mut client = self.server.client();
        let path = match by {
            By::Link => "/magic-link/confirm",
            By::Code => "/email-code/verify",
        };
        let answer = client.post_json(path, body).await;
        (client, answer)
    }
}

#[derive(Debug, Clone, Copy)]
enum By {
    Link,
    Code,
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_mail_fails_whole() {
    let bench = Bench::with_ada(true).await;
    for (by, fault) in [By::Link, By::Code].into_iter().flat_map(|by| FAILURES.map(|it| (by, it))) {
        for nth in 1..100 {
            let asked = bench.ask(by).await;
            bench.watch.prepare(Some(Trouble { nth, fault }));
            let (client, answer) = bench.confirm(by, &asked).await;
            let struck = bench.watch.struck();
            bench.watch.prepare(None);
            if !struck {
                assert_eq!(answer.status, 200, "{by:?} {fault:?} {nth}: {}", answer.text());
                assert!(nth > 5, "{by:?} asks the store more than {nth} times");
                break;
            }
            assert_is_a_failure(&answer, fault, nth);
            assert!(client.cookies.is_empty());
            // It is either as it was, or used up.
            let (_, again) = bench.confirm(by, &asked).await;
            assert!([200, 400].contains(&again.status.as_u16()), "{by:?} {fault:?} {nth}");
            let (_, third) = bench.confirm(by, &asked).await;
            assert_eq!(third.status, 400, "{by:?} {fault:?} {nth}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_to_sign_in_by_mail_fails_for_everybody_alike() {
    let bench = Bench::with_ada(true).await;
    for path in ["/magic-link/request", "/email-code/request"] {
        for fault in FAILURES {
            for nth in 1..100 {
                let mut statuses = Vec::new();
                let mut all_struck = true;
                for email in [ADA, "nobody@example.com"] {
                    bench.watch.prepare(Some(Trouble { nth, fault }));
                    let mut client = bench.server.client();
                    let answer = client.post_json(path, &json!({ "email": email })).await;
                    all_struck &= bench.watch.struck();
                    statuses.push((answer.status, answer.headers.get("retry-after").cloned()));
                }
                bench.mails().await;
                assert_eq!(statuses[0], statuses[1], "{path} {fault:?} {nth}");
                if !all_struck {
                    assert_eq!(statuses[0].0, 200);
                    assert!(nth > 3, "{path} asks the store more than {nth} times");
                    break;
                }
            }
        }
    }
}

/// A wrong code is let in by no fault, and neither is a third party by the account half taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_code_is_let_in_by_no_fault() {
    let bench = Bench::with_ada(true).await;
    for fault in FAILURES {
        for nth in 1..100 {
            let mut asked = bench.ask(By::Code).await;
            asked["code"] = json!("no code");
            bench.watch.prepare(Some(Trouble { nth, fault }));
            let (client, answer) = bench.confirm(By::Code, &asked).await;
            assert!(client.cookies.is_empty());
            if !bench.watch.struck() {
                assert_eq!(answer.status, 401);
                break;
            }
            assert_is_a_failure(&answer, fault, nth);
        }
    }
}

/// The first proof is one transaction: after a failure the account is whole the one person's or whole the
/// other's.
#[tokio::test(flavor = "multi_thread")]
async fn no_account_is_half_taken() {
    for by in [By::Link, By::Code] {
        for fault in [Fault::Before, Fault::After] {
            for nth in 1..100 {
                let bench = Bench::with_ada(false).await;
                let mut squatter = bench.server.client();
                squatter.login("ada", PASSWORD).await;
                let asked = bench.ask(by).await;
                bench.watch.prepare(Some(Trouble { nth, fault }));
                bench.confirm(by, &asked).await;
                let struck = bench.watch.struck();
                bench.watch.prepare(None);
                let row = "SELECT account_id FROM accounts WHERE email_verified";
                let taken = !bench.ground.database.select(row).await.is_empty();
                let is_in = squatter.get("/me").await.status == 200;
                let enters = bench.server.client().login("ada", PASSWORD).await.status == 200;
                assert_eq!((is_in, enters), (!taken, !taken), "{by:?} {fault:?} {nth}");
                if !struck {
                    assert!(taken, "{by:?} {fault:?} {nth}");
                    break;
                }
            }
        }
    }
}

/// The person who made the account does something just before it is taken.
#[tokio::test(flavor = "multi_thread")]
async fn what_happens_just_before_the_first_proof_does_not_keep_the_account() {
    for (sql, status) in [
        // A password of the squatter's, by whatever way: the link was made for what was there before.
        ("UPDATE accounts SET token_version = token_version + 1", 400),
        // The owner has followed the other link, of the verification: nothing is left to take.
        ("UPDATE accounts SET email_verified = TRUE", 200),
        ("DELETE FROM accounts", 400),
        // The session of such an account serves nobody.
        ("UPDATE accounts SET is_active = FALSE", 200),
    ] {
        let bench = Bench::with_ada(false).await;
        let mut squatter = bench.server.client();
        squatter.login("ada", PASSWORD).await;
        let asked = bench.ask(By::Link).await;
        let database = bench.ground.database.clone();
        bench.watch.before("change", move || async move { database.execute(sql).await });
        let (mut owner, answer) = bench.confirm(By::Link, &asked).await;
        assert!(bench.watch.waiting().is_empty(), "{sql}: the race took place");
        assert_eq!(answer.status, status, "{sql}: {}", answer.text());
        let is_in = owner.get("/me").await.status == 200;
        assert_eq!(is_in, status == 200 && !sql.contains("is_active"), "{sql}");
    }
}
