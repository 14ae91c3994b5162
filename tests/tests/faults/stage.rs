//! A server process over an engine, and how long it may take.

use std::num::NonZeroUsize;
use std::process::Command;
use std::time::{Duration, Instant};

use crudauth_tests::support::fleet::{Letters, Member, Order, Plan};
use crudauth_tests::support::{Client, PASSWORD};
use serde_json::json;
use tempfile::TempDir;
use tokio::time::timeout;

/// How many connections to the database of the users the application has.
pub(crate) const CONNECTIONS: usize = 4;

/// How many logins it takes on at once: two that are hashed, and those that wait.
pub(crate) const LOGINS: usize = 40;

/// The seconds that it waits for each thing in the database.
const SECONDS: u64 = 2;

/// The most that any answer may take. A request asks several things, and goes on where a counter
/// cannot be counted; each of them has its limit.
pub(crate) const BOUND: Duration = Duration::from_secs(40);

/// How long the service may take to recover by itself on a busy machine.
const RECOVERY: Duration = Duration::from_secs(60);

/// The program of a server process.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_member");

pub(crate) struct Stage {
    pub(crate) server: Member,
    plan: Plan,
    pub(crate) letters: Letters,
    _folder: TempDir,
}

impl Stage {
    /// The application over `users`, and what expires in `redis`, if there is one.
    pub(crate) fn over(users: &str, redis: Option<String>) -> Self {
        Self::under(Command::new(PROGRAM), |plan| {
            plan.users = users.to_owned();
            plan.redis = redis;
        })
    }

    /// The application as a plan says, started by a command that comes to run the program.
    pub(crate) fn under(command: Command, change: impl FnOnce(&mut Plan)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mail = folder.path().join("mail");
        let mut plan = Plan {
            mail: Some(mail.clone()),
            pool: Some((CONNECTIONS, SECONDS)),
            hashing: NonZeroUsize::new(2).map(|two| (two, LOGINS - 2)),
            ..Plan::default()
        };
        change(&mut plan);
        let server = Member::start_under(command, &plan);
        Self { server, plan, letters: Letters::at(mail), _folder: folder }
    }

    /// Kills the process, and starts another over the same data.
    pub(crate) fn restart(&mut self) {
        self.server.kill();
        self.server = Member::start(PROGRAM, &self.plan);
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    /// The same client, at the process that lives now.
    pub(crate) fn now(&self, client: &Client) -> Client {
        client.moved_to(self.server.address)
    }

    pub(crate) async fn sign_up(&self, name: &str) {
        let answer = self.client().register(&address(name), name, PASSWORD).await;
        assert!(answer.status.is_success(), "{name}: {}", answer.text());
    }

    pub(crate) async fn signed_in(&self, name: &str) -> Client {
        self.sign_up(name).await;
        self.another(name).await
    }

    pub(crate) async fn another(&self, name: &str) -> Client {
        let mut client = self.client();
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        client
    }

    pub(crate) async fn login(&self, name: &str, password: &str) -> u16 {
        self.client().login(name, password).await.status.as_u16()
    }

    /// The token of the link that leads to a new password.
    pub(crate) async fn reset_link(&mut self, name: &str) -> String {
        let body = json!({ "email": address(name) });
        let answer = self.client().post_json("/password/reset-request", &body).await;
        assert_eq!(answer.status, 200, "{name}: {}", answer.text());
        self.server.order(Order::Deliver);
        self.letters.token(&address(name), "reset_password").await
    }

    /// Waits until the service works again, without anybody's help: who is signed in is known, and
    /// something can be written.
    pub(crate) async fn recovers(&self, session: &Client, name: &str, after: &str) {
        let start = Instant::now();
        loop {
            let me = session.clone().get("/me").await.status;
            let login = self.login(name, PASSWORD).await;
            if me == 200 && login == 200 {
                return;
            }
            for status in [me.as_u16(), login] {
                assert!([200, 503].contains(&status), "{status} after {after}");
            }
            assert!(start.elapsed() < RECOVERY, "no recovery after {after}: {me}, {login}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// As many logins at once as the application takes on: no permit is missing.
    pub(crate) async fn every_permit_is_back(&self, name: &str) {
        let logins: Vec<_> = (0..LOGINS)
            .map(|_| {
                let (mut client, name) = (self.client(), name.to_owned());
                tokio::spawn(timeout(BOUND, async move { client.login(&name, PASSWORD).await }))
            })
            .collect();
        for login in logins {
            let answer = login.await.expect("no panic").expect("an answer in time");
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
    }
}

pub(crate) fn address(name: &str) -> String {
    format!("{name}@example.com")
}
