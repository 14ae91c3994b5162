//! Rate limits, of crudauth's routes and of the application's own.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::routing::{get, post};
use crudauth::clock::ManualClock;
use crudauth::event::Needed;
use crudauth::rate_limit::OnFailure;
use crudauth::store::{OpenState as _, UserStore};
use crudauth::transport::{Authentication, Transport};
use crudauth::{
    Action, CrudAuth, KeyBy, Principal, RateLimit, RateLimits, SecurityEvent, SessionConfig,
    TransportName,
};
use crudauth_tests::attack::Watch;
use crudauth_tests::support::{
    ACCOUNTS, Account, Answer, AppState, PASSWORD, Recorder, TestApp, TestBuilder, TestDatabase,
};
use http::request::Parts;

enum ByAddress {}

impl Action for ByAddress {
    const NAME: &'static str = "by_address";
    const LIMIT: RateLimit = RateLimit::per_hour(3);
    const ON_FAILURE: OnFailure = OnFailure::Open;
}

enum ByUser {}

impl Action for ByUser {
    const NAME: &'static str = "by_user";
    const LIMIT: RateLimit = RateLimit::per_hour(3);
    const KEY: KeyBy = KeyBy::User;
}

enum ByEither {}

impl Action for ByEither {
    const NAME: &'static str = "by_either";
    const LIMIT: RateLimit = RateLimit::per_hour(1);
    const KEY: KeyBy = KeyBy::UserOrIp;
}

enum ByTenant {}

impl Action for ByTenant {
    const NAME: &'static str = "by_tenant";
    const LIMIT: RateLimit = RateLimit::per_hour(1);
    const KEY: KeyBy = KeyBy::Custom(tenant);
}

fn tenant(request: &Parts) -> String {
    let tenant = request.headers.get("x-tenant").and_then(|it| it.to_str().ok());
    tenant.unwrap_or_default().to_owned()
}

enum Guarded {}

impl Action for Guarded {
    const NAME: &'static str = "guarded";
    const LIMIT: RateLimit = RateLimit::per_hour(100);
}

/// Has the name of an action of crudauth's own.
enum Register {}

impl Action for Register {
    const NAME: &'static str = "register";
    const LIMIT: RateLimit = RateLimit::per_hour(1);
}

async fn done(_: Option<Principal<Account>>) -> &'static str {
    "done"
}

async fn found(_: Principal<Account>) -> &'static str {
    "done"
}

async fn missing() -> StatusCode {
    StatusCode::NOT_FOUND
}

fn routes(auth: &CrudAuth<Account>) -> Router<AppState> {
    let tighter = auth.rate_limit::<ByEither>().limit(RateLimit::new(2, Duration::from_secs(10)));
    let off = auth.rate_limit::<ByEither>().limit(RateLimit::off());
    Router::new()
        .route("/limited/ip", get(done).layer(auth.rate_limit::<ByAddress>()))
        .route("/limited/user", get(found).post(found).layer(auth.rate_limit::<ByUser>()))
        .route("/limited/either", get(done).layer(auth.rate_limit::<ByEither>()))
        .route("/limited/tenant", get(done).layer(auth.rate_limit::<ByTenant>()))
        .route("/limited/twice", get(done).layer(auth.rate_limit::<ByAddress>()).layer(tighter))
        .route("/limited/off", get(done).layer(off))
        .route("/limited/missing", get(missing).layer(auth.rate_limit::<ByAddress>()))
        .route("/limited/guarded", post(done).layer(auth.rate_limit::<Guarded>()))
        .route("/limited/register", get(done).layer(auth.rate_limit::<Register>()))
}

async fn app() -> TestApp {
    TestApp::with_routes(|builder| builder, routes).await
}

fn budget(answer: &Answer) -> (u16, Option<&str>, Option<&str>) {
    let (limit, remaining) =
        (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining"));
    (answer.status.as_u16(), limit, remaining)
}

#[tokio::test]
async fn an_address_has_its_calls_and_then_waits_for_the_window() {
    let app = app().await;
    let mut client = app.client();
    for remaining in ["2", "1", "0"] {
        let answer = client.get("/limited/ip").await;
        assert_eq!(budget(&answer), (200, Some("3"), Some(remaining)));
        assert_eq!(answer.header("retry-after"), None);
        app.clock.advance(Duration::from_secs(100));
    }
    let answer = client.get("/limited/ip").await;
    assert_eq!(budget(&answer), (429, Some("3"), Some("0")));
    assert_eq!(
        answer.text(),
        r#"{"detail":"Too many requests. Try again later.","code":"rate_limit_exceeded"}"#
    );
    assert_eq!(answer.header("retry-after"), Some("3300"));

    app.clock.advance(Duration::from_secs(3300));
    assert_eq!(budget(&client.get("/limited/ip").await), (200, Some("3"), Some("2")));
}

#[tokio::test]
async fn a_user_has_calls_wherever_they_come_from() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = app.client();
    phone.login("ada", PASSWORD).await;
    assert_eq!(budget(&ada.get("/limited/user").await), (200, Some("3"), Some("2")));
    assert_eq!(budget(&phone.get("/limited/user").await), (200, Some("3"), Some("1")));
    assert_eq!(budget(&ada.get("/limited/user").await), (200, Some("3"), Some("0")));
    assert_eq!(phone.get("/limited/user").await.status, 429);
    let mut bob = app.signed_in("bob").await;
    assert_eq!(bob.get("/limited/user").await.status, 200);
}

#[tokio::test]
async fn who_is_not_authenticated_is_refused_before_counting() {
    let app = app().await;
    for _ in 0..5 {
        assert_eq!(budget(&app.client().get("/limited/user").await), (401, None, None));
    }
    let mut ada = app.signed_in("ada").await;
    for _ in 0..5 {
        let request = ada.request(reqwest::Method::POST, "/limited/user");
        assert_eq!(budget(&ada.send(request).await), (403, None, None));
    }
    assert_eq!(budget(&ada.post("/limited/user").await), (200, Some("3"), Some("2")));
}

#[tokio::test]
async fn a_user_or_else_an_address_is_counted() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;
    for client in [&mut ada, &mut bob, &mut app.client()] {
        assert_eq!(client.get("/limited/either").await.status, 200);
        assert_eq!(client.get("/limited/either").await.status, 429);
    }
    assert_eq!(app.client().get("/limited/either").await.status, 429);
}

#[tokio::test]
async fn a_key_of_the_applications_own_is_counted() {
    let app = app().await;
    let mut client = app.client();
    for tenant in ["red", "blue"] {
        for status in [200, 429] {
            let request = client.request(reqwest::Method::GET, "/limited/tenant");
            let answer = client.send(request.header("x-tenant", tenant)).await;
            assert_eq!(answer.status, status, "{tenant}");
        }
    }
}

#[tokio::test]
async fn of_two_limits_the_tightest_shows() {
    let app = app().await;
    let mut client = app.client();
    assert_eq!(budget(&client.get("/limited/twice").await), (200, Some("2"), Some("1")));
    assert_eq!(budget(&client.get("/limited/twice").await), (200, Some("2"), Some("0")));
    assert_eq!(budget(&client.get("/limited/twice").await), (429, Some("2"), Some("0")));
    app.clock.advance(Duration::from_secs(10));
    assert_eq!(budget(&client.get("/limited/twice").await), (200, Some("3"), Some("0")));
    assert_eq!(budget(&client.get("/limited/twice").await), (429, Some("3"), Some("0")));
}

#[tokio::test]
async fn an_error_shows_no_budget_and_is_counted() {
    let app = app().await;
    let mut client = app.client();
    assert_eq!(budget(&client.get("/limited/missing").await), (404, None, None));
    assert_eq!(budget(&client.get("/limited/ip").await), (200, Some("3"), Some("1")));
}

#[tokio::test]
async fn zero_times_is_no_limit() {
    let app = app().await;
    let mut client = app.client();
    for _ in 0..20 {
        assert_eq!(budget(&client.get("/limited/off").await), (200, None, None));
    }
}

#[tokio::test]
async fn a_name_of_the_applications_is_not_one_of_crudauths() {
    let limits = RateLimits { register: RateLimit::per_hour(1), ..RateLimits::default() };
    let app = TestApp::with_routes(|builder| builder.rate_limits(limits), routes).await;
    let mut client = app.client();
    assert_eq!(client.get("/limited/register").await.status, 200);
    assert_eq!(client.register("a@example.com", "ada", PASSWORD).await.status, 200);
    assert_eq!(client.register("b@example.com", "bob", PASSWORD).await.status, 429);
}

#[tokio::test]
async fn sign_ups_are_limited_by_address() {
    let app = TestApp::with(|builder| builder.rate_limits(RateLimits::default())).await;
    let mut client = app.client();
    // What could not create a user is not counted.
    for _ in 0..10 {
        let answer = client.register("nonsense", "ada", PASSWORD).await;
        assert_eq!(budget(&answer), (422, None, None));
    }
    for number in 0..5_u8 {
        let name = format!("user{number}");
        let answer = client.register(&format!("{name}@example.com"), &name, PASSWORD).await;
        let remaining = (4 - number).to_string();
        assert_eq!(budget(&answer), (200, Some("5"), Some(&*remaining)));
    }
    let answer = client.register("last@example.com", "last", PASSWORD).await;
    assert_eq!(budget(&answer), (429, Some("5"), Some("0")));
    assert_eq!(answer.header("retry-after"), Some("3600"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_calls_share_the_window() {
    let app = app().await;
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let mut client = app.client();
            tokio::spawn(async move { client.get("/limited/ip").await.status })
        })
        .collect();
    let mut passed = 0;
    for call in calls {
        passed += i32::from(call.await.expect("an answer") == 200);
    }
    assert_eq!(passed, 3);
}

/// Authenticates everybody as the first user, and counts how often it is asked.
struct Counting(Arc<AtomicUsize>);

impl TransportName for Counting {
    const NAME: &'static str = "counting";
}

impl Transport<Account> for Counting {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(
        &'a self,
        _: &'a Parts,
        users: &'a dyn UserStore<Account>,
    ) -> Authentication<'a, Account> {
        Box::pin(async move {
            self.0.fetch_add(1, Ordering::SeqCst);
            let user = users.find_by_id(&1).await?;
            Ok(user.map(Principal::authenticated::<Self>))
        })
    }
}

#[tokio::test]
async fn a_limit_by_user_and_the_handler_share_one_authentication() {
    let asked = Arc::new(AtomicUsize::new(0));
    let transport = Counting(Arc::clone(&asked));
    let app = TestApp::with_routes(|builder| builder.add_transport(transport), routes).await;
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(client.get("/limited/user").await.status, 200);
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn an_action_is_counted_without_a_route() {
    let app = app().await;
    let limiter = app.auth.rate_limiters().of::<ByTenant>();
    assert!(limiter.count("red").await.expect("counted").is_ok());
    let held_back = limiter.count("red").await.expect("counted").expect_err("one an hour");
    assert_eq!(held_back.retry_after, Duration::from_secs(3600));
    assert!(limiter.count("blue").await.expect("counted").is_ok());
}

/// An application whose store can be told to count nothing any more, while all else works.
async fn countable(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> (TestApp, Arc<Watch>) {
    let database = TestDatabase::new(&ACCOUNTS).await;
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    let state = database.clone().open_state(clock).await.expect("a store");
    let (watch, state) = Watch::over_state(state);
    let app =
        TestApp::over(database, |builder| configure(builder.expiring_store(state)), routes).await;
    (app, watch)
}

#[tokio::test]
async fn sessions_can_be_ended_and_nobody_signs_up_while_nothing_is_counted() {
    let session = SessionConfig::default().management_routes();
    let limits = RateLimits::default();
    let (app, watch) = countable(|builder| builder.session(session).rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    watch.refuse("increment");
    let answer = ada.register("bob@example.com", "bob", PASSWORD).await;
    assert_eq!(budget(&answer), (503, None, None));
    assert_eq!(budget(&ada.post("/csrf/refresh").await), (200, None, None));
    let answer = ada.post("/logout-all").await;
    assert_eq!(budget(&answer), (200, None, None));
    assert_eq!(answer.json()["revoked"], 1);
}

#[tokio::test]
async fn when_the_store_fails_a_guard_closes_and_a_courtesy_opens() {
    let (app, watch) = countable(|builder| builder).await;
    watch.refuse("increment");
    let mut client = app.client();
    assert_eq!(budget(&client.get("/limited/ip").await), (200, None, None));
    let answer = client.post("/limited/guarded").await;
    assert_eq!(budget(&answer), (503, None, None));
    assert_eq!(answer.header("retry-after"), Some("1"));
}

/// Whether it was refused or let through, once a minute for each thing that is away.
#[tokio::test]
async fn the_outage_of_what_a_decision_needs_is_told() {
    let events = Recorder::default();
    let sink = events.clone();
    let limits = RateLimits::default();
    let (app, watch) = countable(|it| it.add_event_sink(sink).rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    events.take(&app.auth).await;
    let outages = async || {
        let told = events.take(&app.auth).await.into_iter();
        let outage = |event| match event {
            SecurityEvent::Outage { needed, refused } => Some((needed, refused)),
            _ => None,
        };
        told.filter_map(outage).collect::<Vec<_>>()
    };

    watch.refuse("batch");
    assert_eq!(ada.login("ada", PASSWORD).await.status, 503);
    assert_eq!(ada.login("ada", "wrong").await.status, 503);
    assert_eq!(outages().await, [(Needed::Lockout, true)]);
    watch.refuse("increment");
    assert_eq!(ada.register("bob@example.com", "bob", PASSWORD).await.status, 503);
    assert_eq!(ada.get("/limited/ip").await.status, 200);
    assert_eq!(outages().await, [(Needed::RateLimit, true)]);
    app.after(60);
    assert_eq!(ada.get("/limited/ip").await.status, 200);
    watch.refuse("batch");
    assert_eq!(ada.login("ada", PASSWORD).await.status, 503);
    assert_eq!(outages().await, [(Needed::RateLimit, false), (Needed::Lockout, true)]);
}
