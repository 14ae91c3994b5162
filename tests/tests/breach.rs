//! The breach check, against a range service on a real port.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crudauth::password::breach::{BreachCheck, RangeApi};
use crudauth::{PasswordPolicy, RateLimit, RateLimits};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::{Answer, Client, Mailbox, PASSWORD, Server, TestApp, TestBuilder};
use serde_json::json;

/// A password that the service knows.
const LEAKED: &str = "leaked lizard lantern";
const NEW: &str = "a much better passphrase";

/// A range service that keeps what it was asked, and answers as it is told.
#[derive(Debug, Clone)]
struct Ranges {
    asked: Arc<Mutex<Vec<String>>>,
    padded: Arc<Mutex<bool>>,
    behaviour: Arc<Mutex<Behaviour>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Behaviour {
    Honest,
    Status(StatusCode),
    Silent,
    Nonsense,
    Endless,
    Elsewhere,
}

impl Ranges {
    async fn start() -> (Self, Server, String) {
        let ranges = Self {
            asked: Arc::default(),
            padded: Arc::new(Mutex::new(true)),
            behaviour: Arc::new(Mutex::new(Behaviour::Honest)),
        };
        let routes = Router::new()
            .route("/range/{prefix}", get(answer))
            .fallback(|| async { suffixes_of_leaked() })
            .with_state(ranges.clone());
        let server = Server::serve(routes).await;
        let address = format!("http://{}/range/", server.address);
        (ranges, server, address)
    }

    fn behave(&self, behaviour: Behaviour) {
        *self.behaviour.lock().unwrap_or_else(PoisonError::into_inner) = behaviour;
    }

    /// What was asked since the last look.
    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

async fn answer(
    State(ranges): State<Ranges>,
    Path(prefix): Path<String>,
    headers: HeaderMap,
) -> Response {
    ranges.asked.lock().unwrap_or_else(PoisonError::into_inner).push(prefix);
    if headers.get("add-padding").is_none_or(|value| value != "true") {
        *ranges.padded.lock().unwrap_or_else(PoisonError::into_inner) = false;
    }
    let behaviour = *ranges.behaviour.lock().unwrap_or_else(PoisonError::into_inner);
    match behaviour {
        Behaviour::Honest => suffixes_of_leaked().into_response(),
        Behaviour::Status(status) => (status, suffixes_of_leaked()).into_response(),
        Behaviour::Silent => std::future::pending().await,
        Behaviour::Nonsense => "<html>sign in to the network</html>".into_response(),
        Behaviour::Endless => suffixes_of_leaked().repeat(30_000).into_response(),
        Behaviour::Elsewhere => (StatusCode::FOUND, [("location", "/elsewhere")]).into_response(),
    }
}

/// Every range has the suffix of [`LEAKED`], and that of [`NEW`] as padding.
fn suffixes_of_leaked() -> String {
    let (leaked, padding) = (&SHA1_OF_LEAKED[5..], &SHA1_OF_NEW[5..]);
    format!("{padding}:0\r\n{leaked}:7\r\n")
}

const SHA1_OF_LEAKED: &str = "DD8F21C34BC3228408AA74ED0E9A9ABDC2B54BAD";
const SHA1_OF_NEW: &str = "333E7C57B010B94D53B18A27806E46D2588CC36B";

/// What configures an application with the service at `address`.
fn checked(
    address: &str,
    tune: impl FnOnce(BreachCheck) -> BreachCheck,
) -> impl FnOnce(TestBuilder) -> TestBuilder {
    let check = tune(BreachCheck::new(RangeApi::new(address).expect("an address")));
    move |builder| {
        builder
            .password_policy(PasswordPolicy::default().breach_check(check))
            .rate_limits(RateLimits { register: RateLimit::off(), ..RateLimits::default() })
    }
}

async fn sign_up(app: &TestApp, name: &str, password: &str) -> Answer {
    app.client().register(&format!("{name}@example.com"), name, password).await
}

fn breached(at: &str) -> serde_json::Value {
    json!([{
        "type": "password_policy",
        "loc": ["body", at],
        "msg": "Password is known from a data breach; choose another",
        "ctx": { "requirement": "unbreached" },
    }])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leaked_password_is_refused_wherever_one_is_chosen() {
    let (_, _server, address) = Ranges::start().await;
    let mailbox = Mailbox::default();
    let check = checked(&address, |check| check);
    let app = TestApp::with(|builder| check(builder).email(mailbox.config())).await;

    let answer = sign_up(&app, "eve", LEAKED).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, breached("password")));
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["0"]);

    let mut ada = app.signed_in("ada").await;
    mailbox.open(&app).await;
    let change = json!({ "current_password": PASSWORD, "new_password": LEAKED });
    let answer = ada.post_json("/change-password", &change).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, breached("new_password")));

    let asked = json!({ "email": "ada@example.com" });
    app.client().post_json("/password/reset-request", &asked).await;
    let token = mailbox.only(&app).await.token().to_owned();
    let reset = |password: &str| json!({ "token": token, "new_password": password });
    let answer = app.client().post_json("/password/reset-confirm", &reset(LEAKED)).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, breached("new_password")));
    let answer = app.client().post_json("/password/reset-confirm", &reset(NEW)).await;
    assert_eq!(answer.status, 200, "the token still works, and padding is no leak");

    let mut ada = app.client();
    assert_eq!(ada.login("ada", NEW).await.status, 200);
    app.execute_and_carry_over("UPDATE accounts SET pw_hash = '!'").await;
    let answer = ada.post_json("/set-password", &json!({ "new_password": LEAKED })).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, breached("new_password")));
    let answer = ada.post_json("/set-password", &json!({ "new_password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_service_learns_five_digits_and_nothing_of_what_the_policy_refuses() {
    let (ranges, _server, address) = Ranges::start().await;
    let app = TestApp::with(checked(&address, |check| check)).await;
    for refused in ["short", "password", "\0\0\0\0\0\0\0\0"] {
        assert_eq!(sign_up(&app, "ada", refused).await.status, 422, "{refused:?}");
    }
    assert_eq!(ranges.asked(), Vec::<String>::new());

    assert_eq!(sign_up(&app, "ada", NEW).await.status, 200);
    assert_eq!(sign_up(&app, "eve", LEAKED).await.status, 422);
    assert_eq!(ranges.asked(), [&SHA1_OF_NEW[..5], &SHA1_OF_LEAKED[..5]]);
    assert!(*ranges.padded.lock().unwrap_or_else(PoisonError::into_inner), "padding is asked for");

    let mut ada = app.client();
    assert_eq!(ada.login("ada", NEW).await.status, 200);
    let wrong = json!({ "current_password": "wrong", "new_password": LEAKED });
    assert_eq!(ada.post_json("/change-password", &wrong).await.status, 401);
    assert_eq!(ranges.asked(), Vec::<String>::new(), "a guess is not asked about");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_away_lets_through_or_refuses_as_configured() {
    let (ranges, _server, address) = Ranges::start().await;
    let soon = Duration::from_millis(300);
    let open = TestApp::with(checked(&address, |check| check.timeout(soon).fail_open())).await;
    let closed = TestApp::with(checked(&address, |check| check.timeout(soon))).await;
    for (at, behaviour) in [
        Behaviour::Status(StatusCode::TOO_MANY_REQUESTS),
        Behaviour::Status(StatusCode::INTERNAL_SERVER_ERROR),
        Behaviour::Silent,
        Behaviour::Nonsense,
        Behaviour::Endless,
        Behaviour::Elsewhere,
    ]
    .into_iter()
    .enumerate()
    {
        ranges.behave(behaviour);
        let name = format!("ada{at}");
        // It would be refused if the answer counted.
        assert_eq!(sign_up(&open, &name, LEAKED).await.status, 200, "{behaviour:?}");
        let answer = sign_up(&closed, &name, NEW).await;
        assert_eq!(answer.status, 503, "{behaviour:?}");
        assert!(answer.header("retry-after").is_some());
        // The other rules hold all the same.
        assert_eq!(sign_up(&open, "eve", "password").await.status, 422);
    }
    assert_eq!(closed.select("SELECT count(*) FROM accounts").await, ["0"]);
    ranges.behave(Behaviour::Honest);
    assert_eq!(sign_up(&closed, "ada", NEW).await.status, 200);
}

#[tokio::test]
async fn a_service_that_is_away_is_a_warning_that_shows_nothing() {
    let (ranges, _server, address) = Ranges::start().await;
    let app =
        TestApp::with(checked(&address, crudauth::password::breach::BreachCheck::fail_open)).await;
    ranges.behave(Behaviour::Status(StatusCode::BAD_GATEWAY));
    let logs = Logs::capture();
    assert_eq!(sign_up(&app, "ada", NEW).await.status, 200);
    let text = logs.text();
    let warning = |line: &&str| line.contains("breach_check_unavailable");
    let warning = text.lines().find(warning).expect("a warning");
    for part in ["WARN", "crudauth::security", "refused=false", "the service answered 502"] {
        assert!(warning.contains(part), "`{part}` is not in: {warning}");
    }
    assert!(!warning.contains(NEW) && !warning.contains(&SHA1_OF_NEW[..5]), "{warning}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_free_address_and_a_taken_one_are_asked_about_alike() {
    let (ranges, _server, address) = Ranges::start().await;
    let mailbox = Mailbox::default();
    let check = checked(&address, |check| check);
    let app = TestApp::with(|builder| check(builder).email(mailbox.config())).await;
    let work = async |mut client: Client, name: &str, password: &str| {
        let hashes = app.hasher.computed();
        let answer = client.register("ada@example.com", name, password).await;
        let told = (answer.status.as_u16(), answer.text(), app.hasher.computed() - hashes);
        (told, ranges.asked())
    };
    let taken_later = [NEW, LEAKED];
    let mut free = Vec::new();
    for (at, password) in taken_later.into_iter().enumerate().rev() {
        free.push(work(app.client(), &format!("ada{at}"), password).await);
    }
    let mut taken = Vec::new();
    for (at, password) in taken_later.into_iter().enumerate().rev() {
        taken.push(work(app.client(), &format!("eve{at}"), password).await);
    }
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["1"]);
    assert_eq!(free, taken);
    assert_eq!(free[0].0.0, 422);
    assert_eq!(free[1].0.0, 202);
}
