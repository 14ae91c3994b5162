//! The lockout as a client meets it.

use std::num::NonZeroUsize;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};

use crudauth::LockoutConfig;
use crudauth::password::{
    Argon2id, HashError, HashingLimits, Password, PasswordHash, PasswordHasher, Verdict,
};
use crudauth_tests::support::{ACCOUNTS, Client, TestDatabase};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use super::{Answer, PASSWORD, TestApp, comparable, detail, plain, whole};

const WRONG: &str = "wrong password";

async fn with_ada() -> TestApp {
    let app = plain().await;
    let answer = app.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(answer.status, 200);
    app
}

/// Fails once from each of the addresses, so that only the account is counted up.
async fn fail_from(app: &TestApp, name: &str, hosts: std::ops::Range<u8>) -> Vec<Answer> {
    let mut answers = Vec::new();
    for host in hosts {
        answers.push(app.client().at(host).login(name, WRONG).await);
    }
    answers
}

fn assert_locked(answer: &Answer, seconds: &str) {
    assert_eq!(whole(answer), detail(429, "Too many login attempts. Try again later."));
    assert_eq!(answer.header("retry-after"), Some(seconds));
    assert!(!answer.headers.contains_key("x-ratelimit-limit"));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
}

#[tokio::test]
async fn the_sixth_guess_is_refused_unchecked_and_so_is_the_right_password() {
    let app = with_ada().await;
    for answer in fail_from(&app, "ada", 10..15).await {
        assert_eq!(answer.status, 401);
    }
    let before = app.hasher.computed();
    assert_locked(&app.client().at(15).login("ada", PASSWORD).await, "60");
    app.after(20);
    assert_locked(&app.client().at(16).login("ada", PASSWORD).await, "40");
    assert_eq!(app.hasher.computed(), before);
    app.after(40);
    assert_eq!(app.client().at(17).login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn an_account_that_is_not_there_locks_alike() {
    let app = with_ada().await;
    for (real, invented) in [("ada", "eve"), ("ada@example.com", "eve@example.com")] {
        let of_real = fail_from(&app, real, 10..17).await;
        let of_invented = fail_from(&app, invented, 30..37).await;
        for (real, invented) in of_real.iter().zip(&of_invented) {
            assert_eq!(comparable(real), comparable(invented));
        }
        assert_eq!(of_real[6].status, 429);
        app.after(2 * 3600);
    }
}

/// The budget of a name that is not there reaches as far as that of one that is: over the cases
/// of an address, and not over those of a username.
#[tokio::test]
async fn the_case_of_a_name_tells_nothing_about_it() {
    let app = with_ada().await;
    let mut seen = Vec::new();
    for (low, high) in [
        ("ada", "ADA"),
        ("eve", "EVE"),
        ("ada@example.com", "ADA@Example.com"),
        ("eve@example.com", "EVE@Example.com"),
    ] {
        fail_from(&app, low, 10..15).await;
        seen.push(app.client().at(20).login(high, WRONG).await.status.as_u16());
        app.after(2 * 3600);
    }
    assert_eq!(seen, [401, 401, 429, 429]);
}

#[tokio::test]
async fn all_names_of_an_account_share_its_budget() {
    let app = with_ada().await;
    let names = ["ada", "ada@example.com", "ADA@example.com", " ada@EXAMPLE.com ", "ada"];
    for (host, name) in (10..).zip(names) {
        assert_eq!(app.client().at(host).login(name, WRONG).await.status, 401);
    }
    assert_locked(&app.client().at(20).login("Ada@Example.com", WRONG).await, "60");
}

#[tokio::test]
async fn each_round_is_twice_as_long() {
    let app = with_ada().await;
    for seconds in ["60", "120", "240"] {
        for answer in fail_from(&app, "ada", 10..15).await {
            assert_eq!(answer.status, 401);
        }
        let locked = app.client().at(15).login("ada", WRONG).await;
        assert_locked(&locked, seconds);
        app.after(seconds.parse().expect("a number"));
    }
}

#[tokio::test]
async fn an_address_that_tries_many_accounts_locks_itself_alone() {
    let app = with_ada().await;
    let mut sprayer = app.client().at(9);
    for number in 0..100 {
        assert_eq!(sprayer.login(&format!("name{number}"), WRONG).await.status, 401);
    }
    assert_locked(&sprayer.login("ada", PASSWORD).await, "900");
    assert_eq!(app.client().at(10).login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_success_clears_the_count() {
    let app = with_ada().await;
    let mut anywhere = app.client();
    for _ in 0..4 {
        for _ in 0..4 {
            anywhere.cookies.clear();
            assert_eq!(anywhere.login("ada", WRONG).await.status, 401);
        }
        assert_eq!(anywhere.login("ada", PASSWORD).await.status, 200);
    }
}

#[tokio::test]
async fn the_owner_gets_in_on_a_known_device_while_strangers_flood() {
    let app = with_ada().await;
    let mut owner = app.client().at(2);
    owner.login("ada", PASSWORD).await;
    owner.post("/logout").await;
    for _ in 0..3 {
        fail_from(&app, "ada", 10..17).await;
        assert_eq!(app.client().at(20).login("ada", PASSWORD).await.status, 429);
        let answer = owner.login("ada", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.cookies().len(), 2, "the device keeps its cookie");
        assert_eq!(app.client().at(21).login("ada", PASSWORD).await.status, 429, "for others not");
        app.after(120);
    }
}

#[tokio::test]
async fn a_flood_from_the_same_address_does_not_stop_a_known_device_either() {
    let app = with_ada().await;
    let mut owner = app.client().at(2);
    owner.login("ada", PASSWORD).await;
    let mut neighbour = app.client().at(2);
    for number in 0..100 {
        neighbour.login(&format!("name{number}"), WRONG).await;
    }
    assert_eq!(neighbour.login("ada", PASSWORD).await.status, 429);
    assert_eq!(owner.login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_known_device_has_a_budget_too_and_spends_no_other() {
    let app = with_ada().await;
    let mut thief = app.client().at(2);
    thief.login("ada", PASSWORD).await;
    for _ in 0..5 {
        assert_eq!(thief.login("ada", WRONG).await.status, 401);
    }
    assert_locked(&thief.login("ada", PASSWORD).await, "60");
    let mut stranger: Client = app.client().at(2);
    assert_eq!(stranger.login("ada", PASSWORD).await.status, 200, "neither account nor address");
}

#[tokio::test]
async fn a_device_is_known_to_its_own_account_only() {
    let app = with_ada().await;
    let mut eve = app.signed_in("eve").await;
    fail_from(&app, "ada", 10..17).await;
    assert_locked(&eve.login("ada", PASSWORD).await, "60");
    let mut forger = app.client().at(40);
    forger.cookies.insert("device_id".to_owned(), "A".repeat(43));
    assert_eq!(forger.login("ada", PASSWORD).await.status, 429);
}

/// Twelve right sign-ins from one address at once, and the mistakes of one person, lock no office.
#[tokio::test(flavor = "multi_thread")]
async fn an_office_behind_one_address_is_not_one_guesser() {
    let app = plain().await;
    for number in 0..12 {
        let name = format!("user{number}");
        let answer = app.client().register(&format!("{name}@example.com"), &name, PASSWORD).await;
        assert_eq!(answer.status, 200);
    }
    let sign_ins: Vec<_> = (0..12)
        .map(|number| {
            let mut client = app.client();
            tokio::spawn(
                async move { client.login(&format!("user{number}"), PASSWORD).await.status },
            )
        })
        .collect();
    for sign_in in sign_ins {
        assert_eq!(sign_in.await.expect("an answer"), 200);
    }
    for _ in 0..5 {
        assert_eq!(app.client().login("user0", WRONG).await.status, 401);
    }
    assert_locked(&app.client().login("user0", PASSWORD).await, "60");
    for number in 1..12 {
        assert_eq!(app.client().login(&format!("user{number}"), PASSWORD).await.status, 200);
    }
}

/// Right sign-ins to one account at once are let in or held back for a moment, and lock nobody.
#[tokio::test(flavor = "multi_thread")]
async fn right_sign_ins_at_once_are_held_back_at_most() {
    let app = with_ada().await;
    for _ in 0..5 {
        let sign_ins: Vec<_> = (0..12)
            .map(|_| {
                let mut client = app.client();
                tokio::spawn(async move { client.login("ada", PASSWORD).await })
            })
            .collect();
        let mut let_in = 0;
        for sign_in in sign_ins {
            let answer = sign_in.await.expect("an answer");
            match answer.status.as_u16() {
                200 => let_in += 1,
                _ => assert_locked(&answer, "1"),
            }
        }
        assert!(let_in >= 5, "{let_in}");
        assert_eq!(app.client().login("ada", PASSWORD).await.status, 200, "nobody is locked out");
    }
}

/// The kind: tokens that each bring a budget of guesses.
#[tokio::test]
async fn many_device_tokens_are_not_many_budgets() {
    let app = with_ada().await;
    let mut thieves = Vec::new();
    for _ in 0..30 {
        let mut thief = app.client().at(9);
        assert_eq!(thief.login("ada", PASSWORD).await.status, 200);
        thieves.push(thief);
    }
    let mut checked = 0;
    for thief in &mut thieves {
        for _ in 0..5 {
            checked += usize::from(thief.login("ada", WRONG).await.status == 401);
        }
    }
    assert_eq!(checked, 15, "of 150");
    assert_eq!(app.client().at(10).login("ada", PASSWORD).await.status, 200, "strangers are apart");
}

/// The kind: whatever asks for the password of somebody who is signed in.
#[tokio::test]
async fn wherever_a_password_is_asked_its_guesses_are_one_count() {
    let limits = crudauth::RateLimits::off();
    let app = TestApp::with(|builder| builder.rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    let body = |current: &str| serde_json::json!({ "current_password": current, "new_password": "another good password" });
    // A known device, and then the signed-in client: together they have 15 and not 20.
    let mut phone = app.client();
    phone.login("ada", PASSWORD).await;
    let mut tablet = app.client();
    tablet.login("ada", PASSWORD).await;
    for device in [&mut phone, &mut tablet] {
        for _ in 0..5 {
            assert_eq!(device.login("ada", WRONG).await.status, 401);
        }
    }
    for _ in 0..5 {
        assert_eq!(ada.post_json("/change-password", &body(WRONG)).await.status, 401);
    }
    let locked = ada.post_json("/change-password", &body(PASSWORD)).await;
    assert_eq!(whole(&locked), detail(429, "Too many attempts. Try again later."));
    assert_eq!(locked.header("retry-after"), Some("60"));
    let mut laptop = app.client();
    assert_eq!(laptop.login("ada", PASSWORD).await.status, 200, "strangers are apart");
    app.after(60);
    let refused = laptop.login("ada", WRONG).await;
    assert_eq!(refused.status, 401, "{}", refused.text());
    assert_eq!(ada.post_json("/change-password", &body(PASSWORD)).await.status, 200);
}

/// Two surfaces over one table and one store are one place to guess at, also where each has a secret
/// key of its own.
#[tokio::test]
async fn a_second_surface_over_the_same_accounts_gives_no_fresh_guesses() {
    let database = TestDatabase::new(&ACCOUNTS).await;
    let first = TestApp::over(database.clone(), |builder| builder, |_| axum::Router::new()).await;
    let second = TestApp::over(database, |builder| builder, |_| axum::Router::new()).await;
    first.client().register("ada@example.com", "ada", PASSWORD).await;
    for (host, name) in [(10, "ada"), (30, "nobody")] {
        for number in 0..5 {
            let app = if number % 2 == 0 { &first } else { &second };
            assert_eq!(app.client().at(host + number).login(name, WRONG).await.status, 401);
        }
        for app in [&first, &second] {
            assert_locked(&app.client().at(host + 9).login(name, WRONG).await, "60");
        }
    }
}

/// The kind: names that are counted in one way while they are free and in another when taken.
#[tokio::test]
async fn a_name_with_an_at_sign_at_an_end_is_counted_alike_taken_or_free() {
    let app = plain().await;
    for (number, name) in ["ada@", "@ada"].into_iter().enumerate() {
        let answer = app.client().register(&format!("a{number}@example.com"), name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
    for (taken, free) in [("ada@", "eve@"), ("@ada", "@eve")] {
        let mut seen = Vec::new();
        for name in [taken, free] {
            fail_from(&app, name, 10..15).await;
            for other in [name.to_uppercase(), format!(" {name}"), format!("{name} ")] {
                seen.push(app.client().at(20).login(&other, WRONG).await.status.as_u16());
            }
            seen.push(app.client().at(20).login(name, WRONG).await.status.as_u16());
        }
        assert_eq!(seen[..4], seen[4..], "{taken} and {free}");
        app.after(2 * 3600);
    }
}

#[tokio::test]
async fn the_budget_is_a_setting() {
    let app =
        TestApp::with(|builder| builder.lockout(LockoutConfig::default().max_attempts(2))).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    let statuses = fail_from(&app, "ada", 10..13).await.into_iter().map(|answer| answer.status);
    assert_eq!(statuses.map(|status| status.as_u16()).collect::<Vec<_>>(), [401, 401, 429]);
}

/// A hasher that, asked about `wait`, tells so and waits until it is released.
#[derive(Debug)]
struct Waiting {
    inner: Argon2id,
    entered: UnboundedSender<()>,
    released: Mutex<mpsc::Receiver<()>>,
}

#[derive(Debug, Clone)]
struct SharedWaiting(Arc<Waiting>);

impl PasswordHasher for SharedWaiting {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        self.0.inner.hash(password)
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        if password.expose() == "wait" {
            self.0.entered.send(()).expect("the test listens");
            let released = self.0.released.lock().expect("no panic under the lock");
            released.recv().expect("the test releases");
        }
        self.0.inner.verify(password, stored)
    }

    fn decoy(&self) -> &PasswordHash {
        self.0.inner.decoy()
    }
}

/// Who makes the server busy must not lock others out.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_a_busy_server_did_not_check_is_not_counted() {
    let (entered, mut has_entered) = unbounded_channel();
    let (release, released) = mpsc::channel();
    let inner = Argon2id::insecure_and_fast_for_tests();
    let hasher =
        SharedWaiting(Arc::new(Waiting { inner, entered, released: Mutex::new(released) }));
    let limits = HashingLimits::new(NonZeroUsize::MIN).waiting(0);
    let app = TestApp::with(|builder| builder.password_hasher(hasher).hashing_limits(limits)).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;

    let mut slow = app.client().at(9);
    let slow = tokio::spawn(async move { slow.login("ada", "wait").await });
    has_entered.recv().await.expect("the hasher is at work");
    for _ in 0..8 {
        let answer = app.client().login("ada", PASSWORD).await;
        assert_eq!(whole(&answer), detail(503, "The service is busy. Try again later."));
        assert_eq!(answer.header("retry-after"), Some("1"));
    }
    release.send(()).expect("the hasher waits");
    assert_eq!(slow.await.expect("no panic").status, 401);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);
}
