//! The same answer takes the same work: counted, not measured.

use crudauth::LockoutConfig;
use crudauth_tests::attack::{Ground, PEER, Server, Watch};
use crudauth_tests::support::{Answer, CountingHasher, PASSWORD};
use std::sync::Arc;

struct Bench {
    ground: Ground,
    server: Server,
    watch: Arc<Watch>,
    hasher: CountingHasher,
}

/// All that an observer can tell of one request: the answer, and the work.
#[derive(Debug, PartialEq, Eq)]
struct Observed {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    hashes: usize,
    operations: Vec<&'static str>,
}

impl Bench {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let (watch, stores) = Watch::over(&ground.stores);
        let hasher = CountingHasher::default();
        let builder = ground.builder(stores).password_hasher(hasher.clone());
        let server = Server::start(builder.lockout(LockoutConfig::default())).await;
        Self { ground, server, watch, hasher }
    }

    /// Observes a login from an address of its own.
    async fn login(&self, from: u8, name: &str, password: &str) -> Observed {
        let mut client = self.server.client();
        let request = client.request(reqwest::Method::POST, "/login");
        let request = request.header(PEER, format!("203.0.113.{from}:4711"));
        let request = request.form(&[("username", name), ("password", password)]);
        let (before, _) = (self.hasher.computed(), self.watch.take_seen());
        let answer = client.send(request).await;
        self.observed(&answer, before)
    }

    async fn register(&self, email: &str, username: &str) -> (u16, usize, Vec<&'static str>) {
        let (before, _) = (self.hasher.computed(), self.watch.take_seen());
        let answer = self.server.client().register(email, username, PASSWORD).await;
        let observed = self.observed(&answer, before);
        (observed.status, observed.hashes, observed.operations)
    }

    fn observed(&self, answer: &Answer, hashes_before: usize) -> Observed {
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        Observed {
            status: answer.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: answer.body.clone(),
            hashes: self.hasher.computed() - hashes_before,
            operations: self.watch.take_seen(),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_exist_costs_what_a_wrong_password_costs() {
    let bench = Bench::new().await;
    for name in ["ada", "bob", "eve", "nopass"] {
        let address = format!("{name}@example.com");
        let answer = bench.server.client().register(&address, name, PASSWORD).await;
        assert_eq!(answer.status, 200);
    }
    let prepare = "UPDATE accounts SET is_active = FALSE WHERE username = 'bob';
                   UPDATE accounts SET pw_hash = NULL WHERE username = 'nopass';";
    bench.ground.database.execute(prepare).await;

    let wrong = bench.login(1, "ada", "not the password").await;
    assert_eq!((wrong.status, wrong.hashes), (401, 1), "{wrong:?}");
    assert!(!wrong.operations.is_empty());
    for (from, who, name, password) in [
        (2, "unknown name", "nobody", "not the password"),
        (3, "unknown address", "nobody@example.com", "not the password"),
        (4, "wrong password, by address", "eve@example.com", "not the password"),
        (5, "disabled, wrong password", "bob", "not the password"),
        (6, "disabled, right password", "bob@example.com", PASSWORD),
        (7, "without a password", "nopass", PASSWORD),
        (8, "a name that is no text for a form", "\u{1f980}\u{202e}", "not the password"),
        (9, "a password beyond any policy", "nobody", &"x".repeat(2000)),
    ] {
        assert_eq!(bench.login(from, name, password).await, wrong, "{who}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_exist_is_locked_out_like_one_who_does() {
    let bench = Bench::new().await;
    let answer = bench.server.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(answer.status, 200);
    for attempt in 0_u8..8 {
        let known = bench.login(10 + attempt, "ada", "not the password").await;
        let unknown = bench.login(50 + attempt, "nobody", "not the password").await;
        assert_eq!(known, unknown, "attempt {attempt}");
        assert_eq!(known.status, if attempt < 5 { 401 } else { 429 });
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_address_costs_what_a_free_one_costs() {
    let bench = Bench::new().await;
    let (free_status, free_hashes, free) = bench.register("ada@example.com", "ada").await;
    assert_eq!((free_status, free_hashes), (200, 1));
    for (email, username) in
        [("ada@example.com", "other"), ("other@example.com", "ada"), ("ada@example.com", "ada")]
    {
        let (status, hashes, operations) = bench.register(email, username).await;
        assert_eq!((status, hashes, &operations), (422, 1, &free), "{email} {username}");
    }
}

/// Spellings that reach one account share its budget, and no others do: were it otherwise for
/// names that reach nobody, two of them would tell who exists.
#[tokio::test(flavor = "multi_thread")]
async fn spellings_share_a_budget_exactly_where_they_would_share_an_account() {
    let bench = Bench::new().await;
    for (email, username) in [("ada@example.com", "ada"), ("jose@example.com", "jos\u{e9}")] {
        let answer = bench.server.client().register(email, username, PASSWORD).await;
        assert_eq!(answer.status, 200);
    }
    let mut from = 0;
    for (known, unknown, shared) in [
        (["ada", "ADA"], ["bob", "BOB"], false),
        (["ada", " ada"], ["bob", " bob"], false),
        (["jos\u{e9}", "jose\u{301}"], ["ren\u{e9}", "rene\u{301}"], true),
        (["ada@example.com", "Ada@EXAMPLE.com"], ["bob@example.com", "Bob@EXAMPLE.com"], true),
        (["ada@example.com", " ada@example.com "], ["bob@example.com", " bob@example.com "], true),
    ] {
        let mut statuses = [Vec::new(), Vec::new()];
        for (spellings, statuses) in [known, unknown].into_iter().zip(&mut statuses) {
            for attempt in 0..6 {
                from += 1;
                let name = spellings[attempt % 2];
                statuses.push(bench.login(from, name, "not the password").await.status);
            }
        }
        let last = if shared { 429 } else { 401 };
        assert_eq!(statuses[0], [401, 401, 401, 401, 401, last], "{known:?}");
        assert_eq!(statuses[0], statuses[1], "{unknown:?} tells that {known:?} exists");
        // Every budget is fresh for the next pair.
        bench.ground.clock.advance(std::time::Duration::from_secs(4 * 3600));
    }
}
