//! Many at once.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crudauth::password::{
    Argon2id, HashError, HashingLimits, Password, PasswordHash, PasswordHasher, Verdict,
};
use crudauth::{LockoutConfig, SessionConfig};
use crudauth_tests::attack::{Ground, PEER, Server, post};
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD};
use reqwest::Method;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How many of each answer: the status, and the detail of what is no success.
fn tally(answers: &[Answer]) -> BTreeMap<(u16, String), usize> {
    let mut tally = BTreeMap::new();
    for answer in answers {
        let detail = match answer.status.as_u16() {
            200 => String::new(),
            _ => answer.detail().as_str().unwrap_or("no text").to_owned(),
        };
        *tally.entry((answer.status.as_u16(), detail)).or_default() += 1;
    }
    tally
}

/// Runs `request` for each of the numbers below `count`, all at once.
async fn at_once<F>(count: usize, request: impl Fn(usize) -> F) -> Vec<Answer>
where
    F: Future<Output = Answer> + Send + 'static,
{
    let mut tasks = JoinSet::new();
    for number in 0..count {
        tasks.spawn(request(number));
    }
    tasks.join_all().await
}

async fn wait_until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    for _ in 0..20_000 {
        if holds().await {
            return;
        }
        tokio::task::yield_now().await;
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    panic!("never: {what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_sign_ups_with_one_address_one_succeeds() {
    let ground = Ground::new().await;
    let server = Server::start(ground.builder(ground.stores.clone())).await;
    for (round, spelling) in ["one@example.com", "Two@EXAMPLE.com"].into_iter().enumerate() {
        let answers = at_once(64, |number| {
            let mut client = server.client();
            async move { client.register(spelling, &format!("r{round}n{number}"), PASSWORD).await }
        })
        .await;
        let refused = (422, "Email already registered".to_owned());
        assert_eq!(tally(&answers), [((200, String::new()), 1), (refused, 63)].into());
    }
    assert_eq!(ground.accounts().await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_64_sign_ups_with_one_user_name_one_succeeds() {
    let ground = Ground::new().await;
    let server = Server::start(ground.builder(ground.stores.clone())).await;
    let answers = at_once(64, |number| {
        let mut client = server.client();
        // Both forms of the same name.
        let name = if number % 2 == 0 { "jos\u{e9}" } else { "jose\u{301}" };
        async move { client.register(&format!("n{number}@example.com"), name, PASSWORD).await }
    })
    .await;
    let refused = (422, "Username already taken".to_owned());
    assert_eq!(tally(&answers), [((200, String::new()), 1), (refused, 63)].into());
    assert_eq!(ground.accounts().await, 1);
}

/// Argon2id of production's cost that tells which of its verifications runs: zero is none.
#[derive(Debug)]
struct Tracked {
    inner: Argon2id,
    begun: AtomicUsize,
    running: Arc<AtomicUsize>,
}

impl PasswordHasher for Tracked {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        self.running.store(self.begun.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
        let verdict = self.inner.verify(password, stored);
        self.running.store(0, Ordering::SeqCst);
        verdict
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}

/// How long anything takes is not asserted: only that requests of who is signed in begin and end
/// within one hash of somebody else's login. There is one async thread, and one hash at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn logins_do_not_hold_up_who_is_signed_in() {
    let ground = Ground::new().await;
    let running = Arc::new(AtomicUsize::new(0));
    let hasher = Tracked {
        inner: Argon2id::default(),
        begun: AtomicUsize::new(0),
        running: Arc::clone(&running),
    };
    let limits = HashingLimits::new(NonZeroUsize::MIN).waiting(64);
    let builder = ground.builder(ground.stores.clone()).password_hasher(hasher);
    let server = Server::start(builder.hashing_limits(limits)).await;
    let mut eve = server.signed_in("eve").await;
    server.signed_in("ada").await;

    let answered = Arc::new(AtomicUsize::new(0));
    let mut logins = JoinSet::new();
    for _ in 0..64 {
        let (mut client, answered) = (server.client(), Arc::clone(&answered));
        logins.spawn(async move {
            let answer = client.login("ada", PASSWORD).await;
            answered.fetch_add(1, Ordering::SeqCst);
            answer
        });
    }
    let mut within_one_hash = 0;
    while answered.load(Ordering::SeqCst) < 64 {
        let hash = running.load(Ordering::SeqCst);
        assert_eq!(eve.get("/me").await.status, 200);
        within_one_hash += usize::from(hash != 0 && hash == running.load(Ordering::SeqCst));
    }
    assert!(within_one_hash > 10, "{within_one_hash} requests while 64 logins were under way");
    for answer in logins.join_all().await {
        let status = answer.status.as_u16();
        assert!([200, 401, 429, 503].contains(&status), "{status}");
        assert_eq!(answer.header("retry-after").is_some(), status == 503 || status == 429);
    }
}

/// A hasher that says when a verification begins, and goes on when it is told to.
#[derive(Debug)]
struct Gate {
    inner: Argon2id,
    begun: Sender<()>,
    go_on: Mutex<Receiver<()>>,
}

struct GateKeeper {
    begun: Receiver<()>,
    go_on: Sender<()>,
}

impl Gate {
    fn new() -> (Self, GateKeeper) {
        let ((begun_sender, begun), (go_on, go_on_receiver)) = (channel(), channel());
        let inner = Argon2id::insecure_and_fast_for_tests();
        let gate = Self { inner, begun: begun_sender, go_on: Mutex::new(go_on_receiver) };
        (gate, GateKeeper { begun, go_on })
    }
}

impl GateKeeper {
    fn open(&self, times: usize) {
        for _ in 0..times {
            self.go_on.send(()).expect("the gate is there");
        }
    }

    async fn wait_until_one_begins(&self) {
        wait_until("a hash begins", async || self.begun.try_recv().is_ok()).await;
    }
}

impl PasswordHasher for Gate {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        self.begun.send(()).expect("somebody listens");
        let told = self.go_on.lock().expect("no panic").recv_timeout(Duration::from_secs(20));
        told.expect("the gate is opened");
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}

/// Signs `name` up, without a login: that one would wait at the gate.
async fn sign_up(server: &Server, name: &str) {
    let mut client = server.client();
    let answer = client.register(&format!("{name}@example.com"), name, PASSWORD).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 1)]
async fn while_no_hash_can_end_all_else_goes_on() {
    let ground = Ground::new().await;
    let (gate, keeper) = Gate::new();
    let limits = HashingLimits::new(NonZeroUsize::MIN).waiting(64);
    let builder = ground.builder(ground.stores.clone()).password_hasher(gate);
    let server = Server::start(builder.hashing_limits(limits)).await;
    sign_up(&server, "ada").await;
    sign_up(&server, "eve").await;
    keeper.open(1);
    let mut eve = server.client();
    assert_eq!(eve.login("eve", PASSWORD).await.status, 200);
    keeper.wait_until_one_begins().await;

    let mut logins = JoinSet::new();
    for _ in 0..64 {
        let mut client = server.client();
        logins.spawn(async move { client.login("ada", PASSWORD).await });
    }
    keeper.wait_until_one_begins().await;
    wait_until("64 logins wait", async || server.open() == 64).await;
    for _ in 0..20 {
        assert_eq!(eve.get("/me").await.status, 200);
        assert_eq!(eve.post("/notes").await.status, 200);
    }
    assert!(logins.try_join_next().is_none(), "a login was answered behind a closed gate");
    keeper.open(64);
    let answers = logins.join_all().await;
    assert_eq!(tally(&answers), [((200, String::new()), 64)].into());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_hasher_turns_away_with_503_and_counts_no_failure() {
    let ground = Ground::new().await;
    let (gate, keeper) = Gate::new();
    let limits = HashingLimits::new(NonZeroUsize::MIN).waiting(2);
    let builder = ground.builder(ground.stores.clone()).password_hasher(gate);
    let builder = builder.hashing_limits(limits).lockout(LockoutConfig::default());
    let server = Server::start(builder).await;
    sign_up(&server, "ada").await;

    // Of eight, one hashes, two wait, and five are turned away; then it is full for sure.
    let mut logins = JoinSet::new();
    for peer in 1..=8 {
        let mut client = server.client();
        logins.spawn(async move { login_from(&mut client, peer, &format!("nobody{peer}")).await });
    }
    for _ in 0..5 {
        let turned_away = logins.join_next().await.expect("five").expect("no panic");
        assert_eq!(turned_away.status, 503);
    }

    // More often than the lockout would allow: nothing was guessed.
    for _ in 0..20 {
        let answer = login_from(&mut server.client(), 9, "ada").await;
        assert_eq!(answer.status, 503, "{}", answer.text());
        let wait: u64 = answer.header("retry-after").expect("a time").parse().expect("seconds");
        assert!(wait >= 1);
        assert_eq!(answer.detail(), "The service is busy. Try again later.");
        assert!(answer.set_cookies().is_empty());
    }
    keeper.open(4);
    let refused = (401, "Incorrect username or password".to_owned());
    assert_eq!(tally(&logins.join_all().await), [(refused, 3)].into());
    assert_eq!(login_from(&mut server.client(), 9, "ada").await.status, 200);
}

async fn login_from(client: &mut Client, peer: u8, name: &str) -> Answer {
    let request = client.request(Method::POST, "/login");
    let request = request.header(PEER, format!("203.0.113.{peer}:80"));
    client.send(request.form(&[("username", name), ("password", PASSWORD)])).await
}

/// A sign-up that succeeds once and asks for a hash each time.
async fn sign_up_once(server: &Server) -> Answer {
    server.client().register("once@example.com", "once", PASSWORD).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_hangs_up_leaves_neither_a_permit_nor_a_session() {
    let ground = Ground::new().await;
    let (gate, keeper) = Gate::new();
    let limits = HashingLimits::new(NonZeroUsize::MIN).waiting(0);
    let builder = ground.builder(ground.stores.clone()).password_hasher(gate);
    let server = Server::start(builder.hashing_limits(limits)).await;
    sign_up(&server, "ada").await;

    let form = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
    let headers = b"Content-Type: application/x-www-form-urlencoded\r\n";
    let request = post("/login", headers, form.as_bytes());
    for round in 0..5 {
        let mut socket = TcpStream::connect(server.address).await.expect("it listens");
        socket.write_all(&request).await.expect("it reads");
        keeper.wait_until_one_begins().await;
        drop(socket);
        wait_until("the server notices", async || server.open() == 0).await;

        // The hash still runs, and with it the one permit there is.
        let answer = server.client().login("ada", PASSWORD).await;
        assert_eq!(answer.status, 503, "round {round}: the permit went with the client");
        keeper.open(1);
        wait_until("the permit comes back", async || sign_up_once(&server).await.status != 503)
            .await;
        assert_eq!(ground.sessions().await, 0, "round {round}: a session for nobody");
    }
    keeper.open(1);
    assert_eq!(server.client().login("ada", PASSWORD).await.status, 200);
    assert_eq!(ground.sessions().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_logins_keep_to_the_cap_of_sessions() {
    let ground = Ground::new().await;
    let builder = ground.builder(ground.stores.clone());
    let server = Server::start(builder.session(SessionConfig::default())).await;
    sign_up(&server, "ada").await;
    for round in 0..5 {
        // Those of the round before are then the least recently active.
        ground.clock.advance(Duration::from_secs(1));
        let clients = Arc::new(Mutex::new(Vec::new()));
        let answers = at_once(16, |_| {
            let (mut client, clients) = (server.client(), Arc::clone(&clients));
            async move {
                let answer = client.login("ada", PASSWORD).await;
                clients.lock().expect("no panic").push(client);
                answer
            }
        })
        .await;
        assert_eq!(tally(&answers), [((200, String::new()), 16)].into());
        let clients = std::mem::take(&mut *clients.lock().expect("no panic"));
        let mut alive = 0;
        for mut client in clients {
            alive += usize::from(client.get("/me").await.status == 200);
        }
        // Which of them is a matter of the race; the four that sort first are ended by none.
        assert!((4..=5).contains(&alive), "round {round}: {alive} are alive");
        assert!(ground.sessions().await <= 5, "round {round}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_guesses_has_no_more_than_its_budget() {
    const BUDGET: u32 = 7;
    let ground = Ground::new().await;
    let hasher = CountingHasher::default();
    let builder = ground.builder(ground.stores.clone()).password_hasher(hasher.clone());
    let lockout = LockoutConfig::default().max_attempts(BUDGET);
    let server = Server::start(builder.lockout(lockout)).await;
    sign_up(&server, "ada").await;

    let before = hasher.computed();
    // Each from an address of its own, by name and by e-mail address: the account's budget counts.
    let answers = at_once(64, |number| {
        let mut client = server.client();
        let name = ["ada", "ada@example.com", "Ada@EXAMPLE.com"][number % 3];
        async move {
            let request = client.request(Method::POST, "/login");
            let request = request.header(PEER, format!("198.51.100.{}:80", number + 1));
            client.send(request.form(&[("username", name), ("password", "a guess")])).await
        }
    })
    .await;
    let budget = BUDGET as usize;
    assert_eq!(hasher.computed() - before, budget, "verifications");
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), budget);
    assert_eq!(statuses.iter().filter(|status| **status == 429).count(), 64 - budget);
    // The right password does not get through a locked account either.
    assert_eq!(login_from(&mut server.client(), 200, "ada").await.status, 429);
    assert_eq!(hasher.computed() - before, budget);
}
