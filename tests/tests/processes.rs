//! Two server processes over one PostgreSQL and one Redis behave as one.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64ct::{Base64, Encoding};
use crudauth::clock::ManualClock;
use crudauth::token::{HttpJwks, JwksFuture, JwksSource, TokenVerifier, VerifyError};
use crudauth_tests::attack::Dice;
use crudauth_tests::support::fleet::{Letters, Limits, Member, Order, Plan};
use crudauth_tests::support::servers::{PostgresServer, RedisServer};
use crudauth_tests::support::{Answer, Client, PASSWORD};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{Barrier, OnceCell};

const CLIENTS: usize = 16;
const ROUNDS: usize = 50;

/// Two processes that share their databases, their secret key and their mail.
struct Fleet {
    members: [Member; 2],
    plan: Plan,
    letters: Letters,
    _folder: TempDir,
}

impl Fleet {
    /// `None` where a server is not installed, which is said loudly.
    async fn start(change: impl FnOnce(&mut Plan)) -> Option<Self> {
        static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
        static REDIS: OnceCell<Option<RedisServer>> = OnceCell::const_new();
        static FLEETS: AtomicUsize = AtomicUsize::new(0);
        let postgres = POSTGRES.get_or_init(PostgresServer::start).await.as_ref()?;
        let redis = REDIS.get_or_init(RedisServer::start).await.as_ref()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mail = folder.path().join("mail");
        let mut plan = Plan {
            users: postgres.database().await,
            redis: Some(redis.url()),
            prefix: format!("fleet-{}:", FLEETS.fetch_add(1, Ordering::Relaxed)),
            mail: Some(mail.clone()),
            delivers: true,
            ..Plan::default()
        };
        change(&mut plan);
        let members = [start(&plan), start(&plan)];
        Some(Self { members, plan, letters: Letters::at(mail), _folder: folder })
    }

    /// A client of one of the two.
    fn client(&self, number: usize) -> Client {
        self.members[number % 2].client()
    }

    /// The same client at one of the two.
    fn moved(&self, client: &Client, number: usize) -> Client {
        client.moved_to(self.members[number % 2].address)
    }

    /// The statuses of `GET /me` at both.
    async fn me(&self, client: &Client) -> [u16; 2] {
        [me(self.moved(client, 0)).await, me(self.moved(client, 1)).await]
    }

    /// Moves the clocks of both.
    fn after(&mut self, seconds: u64) {
        self.members.iter_mut().for_each(|member| member.order(Order::After(seconds)));
    }

    async fn sign_up(&self, number: usize, name: &str) {
        let answer = self.client(number).at(200).register(&address(name), name, PASSWORD).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    /// A client that has signed up and signed in at one of the two.
    async fn signed_in(&self, number: usize, name: &str) -> Client {
        self.sign_up(number, name).await;
        self.another(number, name).await
    }

    /// One more session of `name`.
    async fn another(&self, number: usize, name: &str) -> Client {
        let mut client = self.client(number);
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }

    /// What sixteen clients are answered who all ask at once, every other one at each process.
    async fn race<F>(&self, client: &Client, request: impl Fn(Client, usize) -> F) -> Vec<Answer>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let gate = Arc::new(Barrier::new(CLIENTS));
        let asking: Vec<_> = (0..CLIENTS)
            .map(|number| {
                let (gate, request) = (gate.clone(), request(self.moved(client, number), number));
                tokio::spawn(async move {
                    gate.wait().await;
                    request.await
                })
            })
            .collect();
        let mut answers = Vec::new();
        for answer in asking {
            answers.push(answer.await.expect("no panic"));
        }
        answers
    }
}

fn start(plan: &Plan) -> Member {
    Member::start(env!("CARGO_BIN_EXE_member"), plan)
}

fn address(name: &str) -> String {
    format!("{name}@example.com")
}

async fn me(mut client: Client) -> u16 {
    client.get("/me").await.status.as_u16()
}

/// The number of the one that was answered with 200; the others must have been told `refused`.
fn winner(answers: &[Answer], refused: &[(u16, &str)], round: usize) -> usize {
    let mut won = Vec::new();
    for (number, answer) in answers.iter().enumerate() {
        match answer.status.as_u16() {
            200 | 202 => won.push(number),
            status => {
                let told = (status, answer.detail());
                let mut allowed = refused.iter().map(|(status, text)| (*status, json!(text)));
                assert!(allowed.any(|allowed| allowed == told), "round {round}: {told:?}");
            }
        }
    }
    let &[winner] = won.as_slice() else { panic!("round {round}: {won:?} won") };
    winner
}

fn statuses(answers: &[Answer]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for answer in answers {
        *statuses.entry(answer.status.as_u16()).or_default() += 1;
    }
    statuses
}

/// Where what expires may be.
fn in_redis(_: &mut Plan) {}

fn in_the_database(plan: &mut Plan) {
    plan.redis = None;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_of_one_is_known_to_the_other_and_its_end_is_immediate() {
    for place in [in_redis, in_the_database] {
        let Some(fleet) = Fleet::start(place).await else { return };
        for (here, there) in [(0, 1), (1, 0)] {
            let name = format!("ada{here}");
            let first = fleet.signed_in(here, &name).await;
            assert_eq!(fleet.me(&first).await, [200, 200], "known to both");

            fleet.moved(&first, there).post("/logout").await;
            assert_eq!(fleet.me(&first).await, [401, 401], "logout");

            let (one, two) = (fleet.another(here, &name).await, fleet.another(there, &name).await);
            let listed = fleet.moved(&one, there).get("/sessions").await.json();
            let other = listed.as_array().expect("a list").iter().find(|it| it["current"] == false);
            let path = format!("/sessions/{}", other.expect("two")["id"].as_str().expect("an id"));
            let mut there_one = fleet.moved(&one, there);
            let revoke = there_one.with_csrf(there_one.request(Method::DELETE, &path));
            assert_eq!(there_one.send(revoke).await.status, 200);
            assert_eq!(fleet.me(&two).await, [401, 401], "revoked");
            assert_eq!(fleet.me(&one).await, [200, 200], "the one that revoked it");

            let two = fleet.another(there, &name).await;
            assert_eq!(fleet.moved(&two, here).post("/logout-all").await.status, 200);
            for client in [&one, &two] {
                assert_eq!(fleet.me(client).await, [401, 401], "logout of all");
            }

            let (one, two) = (fleet.another(here, &name).await, fleet.another(there, &name).await);
            let tokens = fleet.client(there).token(&name, PASSWORD, None).await;
            let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
            assert_eq!(fleet.client(here).get_as(&access, "/me").await.status, 200);
            let change =
                json!({ "current_password": PASSWORD, "new_password": "another password" });
            let mut one = fleet.moved(&one, here);
            let answer = one.post_json("/change-password", &change).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(fleet.me(&two).await, [401, 401], "change of password");
            assert_eq!(fleet.me(&one).await, [200, 200], "the one that changed it");
            for number in 0..2 {
                let mut client = fleet.client(number);
                assert_eq!(client.get_as(&access, "/me").await.status, 401, "an access token");
                assert_eq!(client.login(&name, PASSWORD).await.status, 401, "the old password");
            }
            assert_eq!(fleet.client(here).refresh(&refresh).await.status, 401);

            // Elevated rights are those of the session, wherever it goes.
            let proof = json!({ "password": "another password" });
            assert_eq!(one.post_json("/sudo", &proof).await.status, 200);
            assert_eq!(fleet.moved(&one, there).get("/danger").await.status, 200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lockouts_limits_and_caps_add_up() {
    for place in [in_redis, in_the_database] {
        let Some(mut fleet) = Fleet::start(|plan| {
            place(plan);
            plan.limits = Limits::Usual;
        })
        .await
        else {
            return;
        };

        // Five guesses a minute, by the account: each is from an address of its own.
        fleet.sign_up(0, "ada").await;
        for guess in 0..5 {
            let answer = fleet.client(guess).at(10 + guess as u8).login("ada", "a guess").await;
            assert_eq!(answer.status, 401, "guess {guess}");
        }
        for number in 0..2 {
            let answer = fleet.client(number).at(20).login("ada", PASSWORD).await;
            assert_eq!(answer.status, 429, "process {number}");
        }
        fleet.after(60);
        assert_eq!(fleet.client(1).at(21).login("ada", PASSWORD).await.status, 200);

        // The same, all at once.
        fleet.sign_up(1, "eve").await;
        let answers = fleet
            .race(&fleet.client(0), |client, number| {
                let mut client = client.at(30 + number as u8);
                async move { client.login("eve", "a guess").await }
            })
            .await;
        assert_eq!(statuses(&answers), [(401, 5), (429, CLIENTS - 5)].into());

        // By the address, over several accounts: as many as an office may get wrong.
        for guess in 0..100 {
            let answer = fleet.client(guess).at(60).login(&format!("nobody{guess}"), "x").await;
            assert_eq!(answer.status, 401, "guess {guess}");
        }
        for number in 0..2 {
            assert_eq!(fleet.client(number).at(60).login("somebody", "x").await.status, 429);
        }

        // Five sign-ups an hour, by address, of which all are at once.
        let answers = fleet
            .race(&fleet.client(0), |client, number| {
                let mut client = client.at(70);
                let name = format!("bob{number}");
                async move { client.register(&address(&name), &name, PASSWORD).await }
            })
            .await;
        assert_eq!(statuses(&answers), [(202, 5), (429, CLIENTS - 5)].into());

        // Three proofs for the sudo mode, by user.
        fleet.after(60);
        let mallory = fleet.another(0, "ada").await;
        for guess in 0..3 {
            let wrong = json!({ "password": "a guess" });
            let answer = fleet.moved(&mallory, guess).post_json("/sudo", &wrong).await;
            let expected = if guess < 2 { 401 } else { 429 };
            assert_eq!(answer.status, expected, "proof {guess}: {}", answer.text());
        }
        let right = json!({ "password": PASSWORD });
        for number in 0..2 {
            let answer = fleet.moved(&mallory, number).post_json("/sudo", &right).await;
            assert_eq!(answer.status, 429, "process {number}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cap_of_sessions_is_one_for_both() {
    for place in [in_redis, in_the_database] {
        let Some(mut fleet) = Fleet::start(place).await else { return };
        fleet.sign_up(0, "ada").await;
        let mut sessions = Vec::new();
        for number in 0..8 {
            sessions.push(fleet.another(number, "ada").await);
            fleet.after(1);
        }
        for (number, session) in sessions.iter().enumerate() {
            let expected = if number < 3 { [401, 401] } else { [200, 200] };
            assert_eq!(fleet.me(session).await, expected, "session {number}");
        }
        for round in 0..5 {
            fleet.after(1);
            let answers = fleet
                .race(&fleet.client(0), |mut client, _| async move {
                    client.login("ada", PASSWORD).await
                })
                .await;
            assert_eq!(statuses(&answers), [(200, CLIENTS)].into());
            let mut alive = 0;
            for answer in &answers {
                let mut client = fleet.client(0);
                client.cookies.extend(answer.cookies());
                match fleet.me(&client).await {
                    [200, 200] => alive += 1,
                    [401, 401] => {}
                    other => panic!("round {round}: the two do not agree: {other:?}"),
                }
            }
            assert!((4..=5).contains(&alive), "round {round}: {alive} are alive");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_works_once_over_both() {
    const VERIFY: &str = "/email/verify-confirm";
    const RESET: &str = "/password/reset-confirm";
    // Who comes late finds the account changed, or loses the race for the change.
    let refused = [(400, "Token already used"), (400, "Invalid or expired token")];
    for place in [in_redis, in_the_database] {
        let Some(fleet) = Fleet::start(place).await else { return };
        for round in 0..ROUNDS {
            let name = format!("ada{round}");
            fleet.sign_up(round, &name).await;
            let token = fleet.letters.token(&address(&name), "verify_email").await;
            let answers = fleet
                .race(&fleet.client(0), |mut client, _| {
                    let body = json!({ "token": token });
                    async move { client.post_json(VERIFY, &body).await }
                })
                .await;
            winner(&answers, &refused, round);

            let body = json!({ "email": address(&name) });
            let asked = fleet.client(round).post_json("/password/reset-request", &body).await;
            assert_eq!(asked.status, 200, "{}", asked.text());
            let token = fleet.letters.token(&address(&name), "reset_password").await;
            let new = |number| format!("passphrase {number} of round {round}");
            let answers = fleet
                .race(&fleet.client(0), |mut client, number| {
                    let body = json!({ "token": token, "new_password": new(number) });
                    async move { client.post_json(RESET, &body).await }
                })
                .await;
            let won = winner(&answers, &refused, round);
            for number in [won, (won + 1) % CLIENTS] {
                let expected = if number == won { 200 } else { 401 };
                let answer = fleet.client(number).login(&name, &new(number)).await;
                assert_eq!(answer.status, expected, "round {round}");
            }
            assert_eq!(fleet.client(1).login(&name, PASSWORD).await.status, 401);
        }
        // Both look for mail, and each was delivered by one of them.
        for round in 0..ROUNDS {
            for kind in ["verify_email", "reset_password"] {
                let mails = fleet.letters.to(&address(&format!("ada{round}")), kind);
                assert_eq!(mails.len(), 1, "{kind} of round {round}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_name_a_password_and_an_address_change_hands_once_over_both() {
    for place in [in_redis, in_the_database] {
        let Some(fleet) = Fleet::start(place).await else { return };
        let mut current = PASSWORD.to_owned();
        let mut ada = fleet.signed_in(0, "ada").await;
        for round in 0..ROUNDS {
            let name = format!("bob{round}");
            let answers = fleet
                .race(&fleet.client(0), |mut client, number| {
                    let (name, address) = (name.clone(), address(&format!("n{round}-{number}")));
                    async move { client.register(&address, &name, PASSWORD).await }
                })
                .await;
            winner(&answers, &[(422, "Username already taken")], round);

            let new = |number| format!("passphrase {number} of round {round}");
            let answers = fleet
                .race(&ada, |mut client, number| {
                    let body = json!({ "current_password": current, "new_password": new(number) });
                    async move { client.post_json("/change-password", &body).await }
                })
                .await;
            let won = winner(&answers, &[(401, "Current password is incorrect.")], round);
            ada.keep(&answers[won].headers);
            current = new(won);
            assert_eq!(fleet.me(&ada).await, [200, 200], "the session that changed it stays");

            let body = json!({ "new_email": format!("ada{round}@e.example"), "password": current });
            let asked = fleet.moved(&ada, round).post_json("/email/change-request", &body).await;
            assert_eq!(asked.status, 200, "{}", asked.text());
            let token = fleet.letters.token(&format!("ada{round}@e.example"), "change_email").await;
            let answers = fleet
                .race(&ada, |mut client, _| {
                    let body = json!({ "token": token });
                    async move { client.post_json("/email/change-confirm", &body).await }
                })
                .await;
            let refused = [(400, "Token already used"), (400, "Invalid or expired token")];
            winner(&answers, &refused, round);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_refresh_token_has_one_successor_over_both_and_ends_the_sign_in_when_it_is_reused() {
    for place in [in_redis, in_the_database] {
        let Some(mut fleet) = Fleet::start(place).await else { return };
        fleet.sign_up(0, "ada").await;
        let mut refresh = fleet.client(1).token("ada", PASSWORD, None).await.field("refresh_token");
        let other = fleet.client(0).token("ada", PASSWORD, None).await.field("refresh_token");
        let mut before = String::new();
        for round in 0..ROUNDS {
            let answers = fleet
                .race(&fleet.client(0), |mut client, _| {
                    let refresh = refresh.clone();
                    async move { client.refresh(&refresh).await }
                })
                .await;
            assert_eq!(statuses(&answers), [(200, CLIENTS)].into(), "round {round}");
            let mut successors: Vec<_> =
                answers.iter().map(|answer| answer.field("refresh_token")).collect();
            for (number, answer) in answers.iter().enumerate() {
                let access = answer.field("access_token");
                let answer = fleet.client(number + 1).get_as(&access, "/me").await;
                assert_eq!(answer.status, 200, "round {round}: the token of the other");
            }
            successors.dedup();
            assert_eq!(successors.len(), 1, "round {round}");
            before = std::mem::replace(&mut refresh, successors.remove(0));
            assert_ne!(before, refresh, "round {round}");
        }
        // Its answer was lost: whoever asks again, and wherever, gets the same successor.
        fleet.after(19);
        for number in 0..2 {
            let again = fleet.client(number).refresh(&before).await;
            assert_eq!(again.field("refresh_token"), refresh, "process {number}");
        }
        fleet.after(1);
        assert_eq!(fleet.client(1).refresh(&before).await.status, 401, "reused");
        for number in 0..2 {
            assert_eq!(
                fleet.client(number).refresh(&refresh).await.status,
                401,
                "the family ended"
            );
        }
        assert_eq!(fleet.client(0).refresh(&other).await.status, 200, "no other one");

        // Signed out at one is signed out at the other.
        let tokens = fleet.client(0).token("ada", PASSWORD, None).await;
        let refresh = tokens.field("refresh_token");
        let body = json!({ "refresh_token": refresh });
        assert_eq!(fleet.client(0).post_json("/logout", &body).await.status, 200);
        assert_eq!(fleet.client(1).refresh(&refresh).await.status, 401);
    }
}

/// An Ed25519 key (RFC 8410 §7).
fn pem(dice: &mut Dice) -> String {
    let seed = dice.bytes();
    let der = [b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", &seed[..]];
    let der = Base64::encode_string(&der.concat());
    format!("-----BEGIN PRIVATE KEY-----\n{der}\n-----END PRIVATE KEY-----\n")
}

const JWKS: &str = "/.well-known/jwks.json";

/// The address of the keys, as another service has it: whichever process is behind it now.
#[derive(Clone)]
struct Keys(Arc<Mutex<SocketAddr>>);

impl Keys {
    fn now_at(&self, address: SocketAddr) {
        *self.0.lock().expect("no panic") = address;
    }
}

impl JwksSource for Keys {
    fn fetch(&self) -> JwksFuture<'_> {
        let url = format!("http://{}{JWKS}", self.0.lock().expect("no panic"));
        Box::pin(async move { HttpJwks::new(url)?.fetch().await })
    }
}

/// The ids in the JWKS of a process.
async fn key_ids(fleet: &Fleet, number: usize) -> Vec<String> {
    let keys = fleet.client(number).get(JWKS).await.json()["keys"].take();
    let id = |key: &Value| key["kid"].as_str().expect("an id").to_owned();
    let mut ids: Vec<_> = keys.as_array().expect("a list").iter().map(id).collect();
    ids.sort();
    ids
}

/// The key is replaced process by process, as a deployment does it. At no moment does either refuse
/// what the other signed, and another service follows without a stale key.
#[tokio::test(flavor = "multi_thread")]
async fn keys_rotate_without_a_stale_verifier() {
    let mut dice = Dice::rolled_for("keys of tokens");
    let (old, new) = (pem(&mut dice), pem(&mut dice));
    let Some(mut fleet) = Fleet::start(|plan| plan.keys = vec![old.clone()]).await else { return };
    fleet.sign_up(0, "ada").await;
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    // A service that knows the old key from the beginning, and asks the first process.
    let keys = Keys(Arc::new(Mutex::new(fleet.members[0].address)));
    let service = TokenVerifier::new(keys.clone()).clock(clock.clone());
    let mut first = fleet.client(0).token("ada", PASSWORD, None).await;
    let alone = key_ids(&fleet, 0).await;
    assert_eq!((alone.len(), key_ids(&fleet, 1).await), (1, alone.clone()));
    service.verify(&first.field("access_token")).await.expect("the old key");

    let steps = [
        // The new key is accepted, and nobody signs with it.
        (0, vec![old.clone(), new.clone()]),
        (1, vec![old.clone(), new.clone()]),
        // One signs with the new key, while the other signs with the old one.
        (0, vec![new.clone(), old.clone()]),
        (1, vec![new.clone(), old.clone()]),
    ];
    for (step, (number, ring)) in steps.into_iter().enumerate() {
        let plan = Plan { keys: ring, ..fleet.plan.clone() };
        fleet.members[number] = start(&plan);
        keys.now_at(fleet.members[0].address);
        // Longer than its cool-down; clocks of processes that are new begin anew.
        clock.advance(Duration::from_secs(31));
        let shown = [key_ids(&fleet, 0).await, key_ids(&fleet, 1).await];
        assert_eq!(shown[number].len(), 2, "step {step}: each lists both");
        assert!(shown.iter().all(|ids| ids.contains(&alone[0])), "step {step}: the old one stays");
        if step > 0 {
            assert_eq!(shown[0], shown[1], "step {step}");
        }

        for here in 0..2 {
            let issued = fleet.client(here).token("ada", PASSWORD, None).await;
            for there in 0..2 {
                let mut client = fleet.client(there);
                for access in [issued.field("access_token"), first.field("access_token")] {
                    let answer = client.get_as(&access, "/me").await;
                    assert_eq!(
                        answer.status, 200,
                        "step {step}: signed at {here}, shown at {there}"
                    );
                    let verified = service.verify(&access).await;
                    assert!(verified.is_ok(), "step {step}: signed at {here}: {verified:?}");
                }
                let renewed = client.refresh(&issued.field("refresh_token")).await;
                assert_eq!(
                    renewed.status, 200,
                    "step {step}: signed at {here}, renewed at {there}"
                );
            }
        }
    }

    // The last token of the old key is renewed under the new one; then the old key goes.
    let last = fleet.client(0).refresh(&first.field("refresh_token")).await;
    let stale = std::mem::replace(&mut first, last).field("access_token");
    for number in 0..2 {
        let plan = Plan { keys: vec![new.clone()], ..fleet.plan.clone() };
        fleet.members[number] = start(&plan);
    }
    for number in 0..2 {
        let ids = key_ids(&fleet, number).await;
        assert!(ids.len() == 1 && ids != alone, "the new one alone");
        let mut client = fleet.client(number);
        assert_eq!(client.get_as(&stale, "/me").await.detail(), "Invalid token");
        assert_eq!(client.get_as(&first.field("access_token"), "/me").await.status, 200);
        assert_eq!(client.refresh(&first.field("refresh_token")).await.status, 200);
    }
    // What it knew of the old key ends with its age.
    keys.now_at(fleet.members[0].address);
    service.verify(&stale).await.expect("the old key is known for ten minutes");
    clock.advance(Duration::from_secs(10 * 60));
    assert!(matches!(service.verify(&stale).await, Err(VerifyError::Invalid)));
    service.verify(&first.field("access_token")).await.expect("the new key");
}
