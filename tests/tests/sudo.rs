//! The sudo mode: a fresh proof, five minutes of elevated rights, three attempts.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use crudauth::Rejection;
use crudauth::store::UserStore;
use crudauth::sudo::{Elevated, Proof};
use crudauth::transport::{Authentication, Transport};
use crudauth::{CrudAuth, Principal, SessionConfig, Sudo, SudoConfig, Superuser, TransportName};
use crudauth_tests::support::{Account, Answer, AppState, Client, PASSWORD, TestApp, TestBuilder};
use http::request::Parts;
use reqwest::Method;
use serde_json::json;

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn unsudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
) -> Result<(), Rejection> {
    Ok(auth.sudo().drop_rights(&me).await?)
}

async fn danger(_: Principal<Account, Sudo>) -> &'static str {
    "boom"
}

async fn admin_danger(_: Principal<Account, (Superuser, Sudo)>) -> &'static str {
    "boom"
}

fn routes(_: &CrudAuth<Account>) -> Router<AppState> {
    Router::new()
        .route("/sudo", post(sudo))
        .route("/unsudo", post(unsudo))
        .route("/danger", post(danger))
        .route("/admin-danger", post(admin_danger))
}

async fn app_with(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    TestApp::with_routes(configure, routes).await
}

async fn app() -> TestApp {
    app_with(|builder| builder).await
}

async fn elevate(client: &mut Client, password: &str) -> Answer {
    client.post_json("/sudo", &json!({ "password": password })).await
}

fn told(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.detail().as_str().unwrap_or_default().to_owned())
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_fresh_proof_opens_the_gate_for_five_minutes() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let required = (403, "Re-authentication required.".to_owned());
    assert_eq!(told(&ada.post("/danger").await), required);

    let answer = elevate(&mut ada, PASSWORD).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "elevated_until": "2027-01-15T08:05:00Z" }));
    // Activity does not stretch it.
    for _ in 0..4 {
        app.clock.advance(seconds(74));
        assert_eq!(ada.post("/danger").await.status, 200);
    }
    app.clock.advance(seconds(4));
    assert_eq!(told(&ada.post("/danger").await), required);
    assert_eq!(ada.get("/dashboard").await.status, 200);
}

#[tokio::test]
async fn rights_belong_to_one_session_and_end_with_it() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = app.client();
    phone.login("ada", PASSWORD).await;
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    assert_eq!(phone.post("/danger").await.status, 403);

    let before = ada.clone();
    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(before.clone().post("/danger").await.status, 401);
    ada.login("ada", PASSWORD).await;
    assert_eq!(ada.post("/danger").await.status, 403);
}

#[tokio::test]
async fn rights_can_be_given_back() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    assert_eq!(ada.post("/unsudo").await.status, 200);
    assert_eq!(ada.post("/danger").await.status, 403);
}

#[tokio::test]
async fn rights_survive_a_new_csrf_token() {
    let session = SessionConfig::default().management_routes();
    let app = app_with(|builder| builder.session(session)).await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    ada.cookies.remove("__Host-csrf_token");
    assert_eq!(ada.post("/csrf/refresh").await.status, 200);
    assert_eq!(ada.post("/danger").await.status, 200);
}

#[tokio::test]
async fn the_third_wrong_proof_locks_and_takes_the_rights_away() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    for _ in 0..2 {
        assert_eq!(told(&elevate(&mut ada, "wrong").await), (401, "Incorrect password".to_owned()));
        assert_eq!(ada.post("/danger").await.status, 200);
    }
    let locked = (429, "Too many attempts. Try again later.".to_owned());
    let answer = elevate(&mut ada, "wrong").await;
    assert_eq!(told(&answer), locked);
    assert_eq!(answer.header("retry-after"), Some("900"));
    assert_eq!(answer.header("x-ratelimit-limit"), None);
    assert_eq!(ada.post("/danger").await.status, 403);

    // The right password does not help either, is not even looked at, and signing in still works.
    app.clock.advance(seconds(100));
    let computed = app.hasher.computed();
    let answer = elevate(&mut ada, PASSWORD).await;
    assert_eq!(told(&answer), locked);
    assert_eq!(answer.header("retry-after"), Some("800"));
    assert_eq!(app.hasher.computed(), computed);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 200);

    app.clock.advance(seconds(800));
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
}

/// Nobody has a second factor, so no code is right; guessing one shares the budget of passwords.
#[tokio::test]
async fn a_code_is_a_wrong_proof() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let answer = ada.post_json("/sudo", &json!({ "code": "123456" })).await;
    assert_eq!(told(&answer), (401, "Invalid code".to_owned()));
    assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
    let answer = ada.post_json("/sudo", &json!({ "code": PASSWORD })).await;
    assert_eq!(answer.status, 429);
    assert_eq!(ada.post("/danger").await.status, 403);
}

#[tokio::test]
async fn a_body_that_is_no_proof_is_told_so_and_costs_no_attempt() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    for (body, kind, place) in [
        (json!({}), "missing", json!(["body", "password"])),
        (json!({ "password": null }), "missing", json!(["body", "password"])),
        (json!({ "password": 1 }), "string_type", json!(["body", "password"])),
        (json!({ "password": "a", "code": "b" }), "value_error", json!(["body", "code"])),
        (json!([]), "model_attributes_type", json!(["body"])),
    ] {
        let answer = ada.post_json("/sudo", &body).await;
        assert_eq!(answer.status, 422, "{body}");
        assert_eq!(answer.detail()[0]["type"], kind, "{body}");
        assert_eq!(answer.detail()[0]["loc"], place, "{body}");
    }
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
}

#[tokio::test]
async fn a_right_proof_makes_the_budget_whole_and_the_window_ends_it() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    for _ in 0..3 {
        assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
        assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
        assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    }
    for _ in 0..3 {
        assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
        assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
        app.clock.advance(seconds(900));
        // The session is idle for less than half an hour each time.
        assert_eq!(ada.get("/dashboard").await.status, 200);
    }
}

#[tokio::test]
async fn the_budget_is_the_users_over_all_sessions() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = app.client();
    phone.login("ada", PASSWORD).await;
    assert_eq!(elevate(&mut ada, "wrong").await.status, 401);
    assert_eq!(elevate(&mut phone, "wrong").await.status, 401);
    assert_eq!(elevate(&mut ada, "wrong").await.status, 429);
    assert_eq!(elevate(&mut phone, PASSWORD).await.status, 429);
    let mut bob = app.signed_in("bob").await;
    assert_eq!(elevate(&mut bob, PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_guesses_share_the_budget() {
    let app = app().await;
    for round in 0..50 {
        let name = format!("user{round}");
        let client = app.signed_in(&name).await;
        let before = app.hasher.computed();
        let guesses: Vec<_> = (0..16)
            .map(|_| {
                let mut client = client.clone();
                tokio::spawn(async move { elevate(&mut client, "wrong").await.status.as_u16() })
            })
            .collect();
        let mut refused = 0;
        for guess in guesses {
            let status = guess.await.expect("an answer");
            assert!([401, 429].contains(&status), "{status}");
            refused += usize::from(status == 401);
        }
        let checked = app.hasher.computed() - before;
        assert!(checked <= 3 && refused <= 2, "round {round}: {checked} guesses were checked");
    }
}

#[tokio::test]
async fn the_proof_needs_the_csrf_token_and_the_gate_composes() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let request = ada.request(Method::POST, "/sudo").json(&json!({ "password": PASSWORD }));
    assert_eq!(ada.send(request).await.status, 403);
    assert_eq!(app.client().post("/danger").await.status, 401);

    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    assert_eq!(told(&ada.post("/admin-danger").await).1, "Insufficient privileges");
    app.execute("UPDATE accounts SET is_admin = TRUE").await;
    assert_eq!(ada.post("/admin-danger").await.status, 200);
}

#[tokio::test]
async fn a_user_without_a_password_cannot_prove_one() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
    assert_eq!(elevate(&mut ada, "").await.status, 401);
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 401);
}

#[tokio::test]
async fn window_attempts_and_lock_are_settings() {
    let sudo = SudoConfig::default().window(seconds(10)).max_attempts(1).lockout(seconds(5));
    let app = app_with(|builder| builder.sudo(sudo)).await;
    let mut ada = app.signed_in("ada").await;
    let answer = elevate(&mut ada, "wrong").await;
    assert_eq!((answer.status.as_u16(), answer.header("retry-after")), (429, Some("5")));
    app.clock.advance(seconds(5));
    assert_eq!(elevate(&mut ada, PASSWORD).await.status, 200);
    app.clock.advance(seconds(10));
    assert_eq!(ada.post("/danger").await.status, 403);
}

/// Authenticates by a header, as a bearer token would; and claims a session that is none.
struct HeaderTransport {
    session: Option<&'static str>,
}

impl TransportName for HeaderTransport {
    const NAME: &'static str = "header";
}

impl Transport<Account> for HeaderTransport {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<Account>,
    ) -> Authentication<'a, Account> {
        Box::pin(async move {
            let Some(id) = request.headers.get("x-user").and_then(|it| it.to_str().ok()) else {
                return Ok(None);
            };
            let user = users.find_by_id(&id.parse().expect("an id")).await?;
            let principal = user.map(Principal::authenticated::<Self>);
            Ok(principal.map(|principal| match self.session {
                Some(session) => principal.in_session(session),
                None => principal,
            }))
        })
    }
}

#[tokio::test]
async fn only_a_session_can_be_elevated() {
    for session in [None, Some("made-up")] {
        let app = app_with(|builder| builder.add_transport(HeaderTransport { session })).await;
        app.signed_in("ada").await;
        let client = app.client();
        for (path, status) in [("/sudo", 403), ("/danger", 403), ("/notes", 200)] {
            let request = client.request(Method::POST, path).header("x-user", "1");
            let request = request.json(&json!({ "password": PASSWORD }));
            let answer = client.clone().send(request).await;
            assert_eq!(answer.status, status, "{path}");
            if path == "/sudo" {
                assert_eq!(answer.detail(), "Sudo requires a session-backed login.");
            }
        }
    }
}
