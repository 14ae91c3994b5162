//! Stores, hooks and hashers that fail: nobody gets in by it, nobody is told what is not so, and
//! the service lives on.
//!
//! A store that never answers is not here: how long an operation may take is the adapter's to
//! say, and a time limit on the whole request the application's (a layer such as tower's).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crudauth::RateLimit;
use crudauth::password::{
    Argon2id, HashError, Password, PasswordHash, PasswordHasher, PasswordPolicy, Verdict,
};
use crudauth_tests::attack::{
    FAILURES, Fault, Ground, Server, Trouble, Watch, assert_is_a_failure,
};
use crudauth_tests::support::{AccountProvisioned, Client, CountingHasher, FREE_TIER, PASSWORD};

const BROKEN: &str = r#"{"detail":"Internal Server Error","code":"internal_error"}"#;

struct Bench {
    ground: Ground,
    server: Server,
    watch: Arc<Watch>,
    hasher: CountingHasher,
}

impl Bench {
    async fn new() -> Self {
        Self::over(Ground::new().await).await
    }

    async fn over(ground: Ground) -> Self {
        let (watch, stores) = Watch::over(&ground.stores);
        // A limit that is never reached, so that its counter is among what can fail.
        let limit = RateLimit::new(1_000_000, Duration::from_secs(60));
        let hasher = CountingHasher::default();
        let builder = ground.builder(stores).register_limit(limit);
        let server = Server::start(builder.password_hasher(hasher.clone())).await;
        Self { ground, server, watch, hasher }
    }

    async fn works(&self, name: &str) -> Client {
        self.watch.prepare(None);
        let mut client = self.server.client();
        assert_eq!(client.login(name, PASSWORD).await.status, 200, "the service lives on");
        assert_eq!(client.get("/me").await.status, 200);
        client
    }
}

/// Calls `attempt` with the first operation going wrong, then with the second, and so on, until
/// one call says that it ended before the trouble came. Returns how many operations can go wrong.
async fn at_every_operation(
    bench: &Bench,
    fault: Fault,
    mut attempt: impl AsyncFnMut(usize) -> bool,
) -> usize {
    for nth in 1..100 {
        bench.watch.prepare(Some(Trouble { nth, fault }));
        if !attempt(nth).await {
            bench.watch.prepare(None);
            return nth - 1;
        }
    }
    panic!("the operations never end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_login_fails_whole() {
    let bench = Bench::new().await;
    bench.server.signed_in("ada").await;
    for fault in FAILURES {
        let operations = at_every_operation(&bench, fault, async |nth| {
            let mut client = bench.server.client();
            let answer = client.login("ada", PASSWORD).await;
            let struck = bench.watch.struck();
            if struck {
                assert_is_a_failure(&answer, fault, nth);
            } else {
                assert_eq!(answer.status, 200, "{fault:?} {nth}");
            }
            bench.works("ada").await;
            struck
        })
        .await;
        // The user, the reservation, the session with what it ends, and the outcome: each is one operation.
        assert!(operations >= 4, "a login asks the store more than {operations} times");
    }
}

/// What a sign-in asks of the stores before it looks at the password.
const BEFORE_THE_PASSWORD: usize = 2;

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_never_let_in() {
    let bench = Bench::new().await;
    bench.server.signed_in("ada").await;
    for fault in FAILURES {
        let mut uncounted = 0;
        at_every_operation(&bench, fault, async |nth| {
            let mut client = bench.server.client();
            let hashes = bench.hasher.computed();
            let answer = client.login("ada", "not the password").await;
            let struck = bench.watch.struck();
            if struck {
                assert_is_a_failure(&answer, fault, nth);
                // The user and the reservation come before the password; the outcome comes after it.
                let computed = bench.hasher.computed() - hashes;
                assert_eq!(computed, usize::from(nth > BEFORE_THE_PASSWORD), "{fault:?} {nth}");
                uncounted += 1 - computed;
            } else {
                assert_eq!(answer.status, 401, "{fault:?} {nth}");
            }
            assert!(client.cookies.is_empty());
            struck
        })
        .await;
        assert_eq!(uncounted, BEFORE_THE_PASSWORD, "guesses that could not be counted");
        bench.works("ada").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_answered_with_success_only_if_there_is_an_account() {
    let bench = Bench::new().await;
    for fault in FAILURES {
        let operations = at_every_operation(&bench, fault, async |nth| {
            let before = bench.ground.accounts().await;
            let name = format!("{fault:?}{nth}");
            let mut client = bench.server.client();
            let answer = client.register(&format!("{name}@example.com"), &name, PASSWORD).await;
            let struck = bench.watch.struck();
            let now = bench.ground.accounts().await;
            if struck {
                assert_is_a_failure(&answer, fault, nth);
                // Where the answer of the insert was lost the account is there, and whole.
                let inserted = fault == Fault::After && nth == 3;
                assert_eq!(now - before, i64::from(inserted), "{fault:?} {nth}");
                if inserted {
                    bench.works(&name).await;
                }
            } else {
                assert_eq!((answer.status.as_u16(), now - before), (200, 1), "{fault:?} {nth}");
            }
            struck
        })
        .await;
        assert_eq!(operations, 3, "the rate limit, names that look alike, and the insert");
        bench.works(&format!("{fault:?}4")).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn me_is_answered_only_of_what_the_store_said() {
    let ground = Ground::new().await;
    let reads = reads_of(&ground);
    me_is_answered_only_of_what_was_read(ground, reads).await;
    let mut apart = Ground::new().await;
    let state = Arc::clone(apart.stores.state());
    apart.stores = apart.stores.with_state(state);
    me_is_answered_only_of_what_was_read(apart, 2).await;
}

/// How many reads find a session and its user.
fn reads_of(ground: &Ground) -> usize {
    if ground.database.apart.is_none() { 1 } else { 2 }
}

/// The session and the user are found by so many `reads`.
async fn me_is_answered_only_of_what_was_read(ground: Ground, reads: usize) {
    let bench = Bench::over(ground).await;
    let mut ada = bench.server.signed_in("ada").await;
    for fault in FAILURES {
        let operations = at_every_operation(&bench, fault, async |nth| {
            // Old enough to be noted again, so that the write is among what fails.
            bench.ground.clock.advance(Duration::from_secs(61));
            let answer = ada.get("/me").await;
            let struck = bench.watch.struck();
            // Whether activity could be noted decides nothing: the last operation may fail.
            if struck && (nth <= reads || fault == Fault::Panic) {
                assert_is_a_failure(&answer, fault, nth);
            } else {
                assert_eq!(answer.status, 200, "{fault:?} {nth}");
                assert_eq!(answer.json()["username"], "ada");
            }
            struck
        })
        .await;
        assert_eq!(operations, reads + 1, "the session, the user, the activity");
    }
    assert_eq!(ada.get("/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_logout_is_answered_with_success_only_if_the_session_has_ended() {
    let ground = Ground::new().await;
    let reads = reads_of(&ground);
    let bench = Bench::over(ground).await;
    bench.server.signed_in("ada").await;
    for fault in FAILURES {
        let operations = at_every_operation(&bench, fault, async |nth| {
            let mut client = bench.works("ada").await;
            let before = client.clone();
            bench.watch.prepare(Some(Trouble { nth, fault }));
            let answer = client.post("/logout").await;
            let struck = bench.watch.struck();
            bench.watch.prepare(None);
            let alive = before.clone().get("/me").await.status == 200;
            if struck {
                assert_is_a_failure(&answer, fault, nth);
                assert_eq!(alive, !(fault == Fault::After && nth == reads + 1), "{fault:?} {nth}");
            } else {
                assert_eq!((answer.status.as_u16(), alive), (200, false), "{fault:?} {nth}");
            }
            struck
        })
        .await;
        assert_eq!(operations, reads + 1, "the session is found, with its user, and removed");
    }
}

/// Argon2id that fails as it is told to.
#[derive(Debug)]
struct Moody {
    inner: Argon2id,
    panics: Arc<AtomicBool>,
    fails: Arc<AtomicBool>,
}

impl PasswordHasher for Moody {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        assert!(!self.panics.load(Ordering::SeqCst), "a hasher panics");
        if self.fails.load(Ordering::SeqCst) {
            return Err(HashError::failed("no memory"));
        }
        self.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        assert!(!self.panics.load(Ordering::SeqCst), "a hasher panics");
        self.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.inner.decoy()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hasher_that_fails_or_panics_lets_nobody_in() {
    let ground = Ground::new().await;
    let (panics, fails) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let inner = Argon2id::insecure_and_fast_for_tests();
    let hasher = Moody { inner, panics: Arc::clone(&panics), fails: Arc::clone(&fails) };
    let builder = ground.builder(ground.stores.clone()).password_hasher(hasher);
    let server = Server::start(builder).await;
    server.signed_in("ada").await;

    panics.store(true, Ordering::SeqCst);
    // More often than there are threads to hash on.
    for round in 0..200 {
        let answer = server.client().login("ada", PASSWORD).await;
        assert_eq!(answer.status, 500, "round {round}");
        assert_eq!((answer.text().as_str(), answer.set_cookies()), (BROKEN, vec![]));
    }
    let answer = server.client().register("eve@example.com", "eve", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), ground.accounts().await), (500, 1));
    panics.store(false, Ordering::SeqCst);
    fails.store(true, Ordering::SeqCst);
    let answer = server.client().register("eve@example.com", "eve", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), ground.accounts().await), (500, 1));
    fails.store(false, Ordering::SeqCst);
    assert_eq!(server.client().login("ada", PASSWORD).await.status, 200);
    server.signed_in("eve").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hook_or_validator_that_fails_or_panics_leaves_no_row() {
    let ground = Ground::new().await;
    let builder = ground.builder(ground.stores.clone());
    let builder = builder.new_user_fields(|new| {
        let name = new.username.unwrap_or_default();
        assert_ne!(name, "panics-at-once", "a hook panics");
        async move {
            tokio::task::yield_now().await;
            assert_ne!(name, "panics", "a hook panics");
            if name == "fails" {
                return Err("no tier".into());
            }
            Ok(AccountProvisioned { tier_id: FREE_TIER })
        }
    });
    let policy = PasswordPolicy::default().validator(|_, context| {
        assert_ne!(context.username, Some("validator"), "a validator panics");
        Ok(())
    });
    let server = Server::start(builder.password_policy(policy)).await;
    // One connection for all of them: it must not break off.
    let mut client = server.client();
    for name in ["panics-at-once", "panics", "fails", "validator", "panics"] {
        let answer = client.register(&format!("{name}@example.com"), name, PASSWORD).await;
        assert_eq!((answer.status.as_u16(), ground.accounts().await), (500, 0), "{name}");
        assert_eq!(answer.text(), BROKEN, "{name}");
    }
    server.signed_in("ada").await;
    assert_eq!(ground.accounts().await, 1);
}
