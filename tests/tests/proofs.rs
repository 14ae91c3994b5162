//! What a sign-in has proved: the gates that ask it, the tokens that say it, and `POST /step-up`.

use std::time::SystemTime;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use crudauth::proofs::{self, Factor, Proofs};
use crudauth::store::UserStore;
use crudauth::transport::{Authentication, Transport};
use crudauth::{
    CrudAuth, Fresh, Principal, Proof, Recent, RefreshDelivery, Rejection, SessionOptions,
    SudoConfig, TransportName,
};
use crudauth_tests::support::{
    Account, Answer, AppState, BearerApp, Client, PASSWORD, TestApp, TestBuilder, in_body,
};
use http::request::Parts;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

const STEP_UP: &str = "Bearer error=\"insufficient_user_authentication\"";

async fn mailbox(_: Principal<Account, Proof<proofs::Mailbox>>) -> &'static str {
    "mailbox"
}

async fn maybe_mailbox(me: Option<Principal<Account, Proof<proofs::Mailbox>>>) -> &'static str {
    if me.is_some() { "mailbox" } else { "nobody" }
}

async fn fresh(_: Principal<Account, Fresh<5>>) -> &'static str {
    "fresh"
}

async fn password(_: Principal<Account, Proof<proofs::Password>>) -> &'static str {
    "password"
}

async fn recent_password(_: Principal<Account, Recent<proofs::Password, 5>>) -> &'static str {
    "recent password"
}

async fn recent_mailbox(_: Principal<Account, Recent<proofs::Mailbox, 5>>) -> &'static str {
    "recent mailbox"
}

async fn acr(me: Principal<Account>) -> String {
    format!("{} {}", me.proofs().acr(), me.proofs().amr().join(" "))
}

/// Signs in a user whom the application has authenticated itself.
async fn by_application(
    State(auth): State<CrudAuth<Account>>,
    Path(id): Path<i32>,
    head: Parts,
) -> Result<Response, Rejection> {
    let user = auth.stores().users().find_by_id(&id).await?.expect("a user");
    Ok(auth.sign_in(user, &head, SessionOptions::default()).await?.into_response())
}

fn routes(_: &CrudAuth<Account>) -> Router<AppState> {
    Router::new()
        .route("/mailbox", get(mailbox))
        .route("/maybe-mailbox", get(maybe_mailbox))
        .route("/fresh", get(fresh))
        .route("/password", get(password))
        .route("/recent-password", get(recent_password))
        .route("/recent-mailbox", get(recent_mailbox))
        .route("/acr", get(acr))
        .route("/by-application/{id}", get(by_application))
}

async fn app() -> TestApp {
    TestApp::with_routes(with_step_up, routes).await
}

fn with_step_up(builder: TestBuilder) -> TestBuilder {
    builder.sudo(SudoConfig::default().routes())
}

/// Status, text, and what `WWW-Authenticate` says.
fn told(answer: &Answer) -> (u16, String, Option<String>) {
    let text = match answer.status.is_success() {
        true => answer.text(),
        false => answer.detail().as_str().unwrap_or_default().to_owned(),
    };
    (answer.status.as_u16(), text, answer.header("www-authenticate").map(str::to_owned))
}

fn refused(text: &str, asked: &str) -> (u16, String, Option<String>) {
    (403, text.to_owned(), Some(format!("{STEP_UP}{asked}")))
}

fn passed(text: &str) -> (u16, String, Option<String>) {
    (200, text.to_owned(), None)
}

const MISSING: &str = "A second factor is required.";
const TOO_OLD: &str = "Re-authentication required.";

#[tokio::test]
async fn a_gate_says_which_proof_it_asks() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let age = ", max_age=\"300\"";
    assert_eq!(told(&ada.get("/mailbox").await), refused(MISSING, ""));
    assert_eq!(told(&ada.get("/recent-mailbox").await), refused(MISSING, age));
    assert_eq!(told(&ada.get("/password").await), passed("password"));
    assert_eq!(told(&ada.get("/fresh").await), passed("fresh"));
    assert_eq!(told(&ada.get("/recent-password").await), passed("recent password"));
    assert_eq!(told(&ada.get("/acr").await), passed("1 pwd"));

    // To the second: five minutes are recent, and one second more is not.
    app.after(300);
    assert_eq!(told(&ada.get("/fresh").await), passed("fresh"));
    assert_eq!(told(&ada.get("/recent-password").await), passed("recent password"));
    app.after(1);
    assert_eq!(told(&ada.get("/fresh").await), refused(TOO_OLD, age));
    assert_eq!(told(&ada.get("/recent-password").await), refused(TOO_OLD, age));
    assert_eq!(told(&ada.get("/password").await), passed("password"));
}

#[tokio::test]
async fn a_sign_in_without_a_proof_is_refused_and_not_anonymous() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.get("/maybe-mailbox").await.status, 403);
    assert_eq!(told(&app.client().get("/maybe-mailbox").await), passed("nobody"));
}

#[tokio::test]
async fn a_step_up_of_a_session_proves_anew_and_gives_it_another_id() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    app.after(301);
    assert_eq!(ada.get("/fresh").await.status, 403);
    let before = ada.clone();

    let wrong = ada.post_json("/step-up", &json!({ "password": "wrong" })).await;
    assert_eq!((wrong.status.as_u16(), wrong.detail()), (401, json!("Incorrect password")));
    assert_eq!(ada.get("/fresh").await.status, 403);

    let answer = ada.post_json("/step-up", &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.json(), json!({ "elevated_until": "2027-01-15T08:10:01Z" }));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_ne!(before.cookies, ada.cookies);
    assert_eq!(told(&ada.get("/fresh").await), passed("fresh"));
    // The proof stays with the session for as long as its age is asked, and no activity renews it.
    app.after(200);
    assert_eq!(ada.get("/recent-password").await.status, 200);
    app.after(101);
    assert_eq!(ada.get("/fresh").await.status, 403);
}

#[tokio::test]
async fn a_step_up_asks_for_a_sign_in_a_proof_and_the_own_page() {
    let app = app().await;
    let proof = json!({ "password": PASSWORD });
    let mut nobody = app.client();
    assert_eq!(nobody.post_json("/step-up", &proof).await.status, 401);
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.post_json("/step-up", &json!({})).await.status, 422);
    let both = json!({ "password": PASSWORD, "code": "123456" });
    assert_eq!(ada.post_json("/step-up", &both).await.status, 422);
    assert_eq!(ada.post_json("/step-up", &json!({ "code": "123456" })).await.status, 401);
    // Without the CSRF token.
    let request = ada.request(reqwest::Method::POST, "/step-up").json(&proof);
    assert_eq!(ada.send(request).await.status, 403);
    for _ in 0..2 {
        ada.post_json("/step-up", &json!({ "password": "wrong" })).await;
    }
    let locked = ada.post_json("/step-up", &proof).await;
    assert_eq!((locked.status.as_u16(), locked.header("retry-after")), (429, Some("900")));
}

#[tokio::test]
async fn no_route_is_mounted_unasked() {
    let app = TestApp::with_routes(|builder| builder, routes).await;
    let mut ada = app.signed_in("ada").await;
    let proof = json!({ "password": PASSWORD });
    assert_eq!(ada.post_json("/step-up", &proof).await.status, 404);
}

#[tokio::test]
async fn a_sign_in_of_the_application_proves_what_the_application_says() {
    let app = app().await;
    app.signed_in("ada").await;
    let mut ada = app.client();
    let answer = ada.get("/by-application/1").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(told(&ada.get("/acr").await), passed("1 x-app"));
    assert_eq!(ada.get("/password").await.status, 403);
    assert_eq!(ada.get("/fresh").await.status, 200);
    // Its password is another proof of the same session.
    let answer = ada.post_json("/step-up", &json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(told(&ada.get("/acr").await), passed("1 pwd x-app"));
}

/// The claims of the access token in an answer.
async fn claims(app: &BearerApp, answer: &Answer) -> Value {
    let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let (_, claims) =
        app.tokens().verify(&token).await.expect("the store works").expect("a token that counts");
    json!({
        "auth_time": claims.authenticated_at,
        "amr": claims.methods,
        "acr": claims.level,
    })
}

#[tokio::test]
async fn tokens_say_what_was_proved_and_a_renewal_proves_nothing() {
    let app = BearerApp::built(in_body(), with_step_up).await;
    let begun = app.now();
    let (mut client, answer) = app.token_of("ada").await;
    let said = json!({ "auth_time": begun, "amr": ["pwd"], "acr": "1" });
    assert_eq!(claims(&app, &answer).await, said);

    app.after(400);
    let refresh = answer.json()["refresh_token"].clone();
    let renewed = client.post_json("/refresh", &json!({ "refresh_token": refresh })).await;
    assert_eq!(renewed.status, 200);
    assert_eq!(claims(&app, &renewed).await, said);

    let refresh = renewed.json()["refresh_token"].clone();
    let proof = json!({ "refresh_token": refresh, "password": "wrong" });
    assert_eq!(client.post_json("/step-up", &proof).await.status, 401);
    let proof = json!({ "refresh_token": refresh, "password": PASSWORD });
    let stepped_up = client.post_json("/step-up", &proof).await;
    assert_eq!(stepped_up.status, 200, "{}", stepped_up.text());
    let said = json!({ "auth_time": begun + 400, "amr": ["pwd"], "acr": "1" });
    assert_eq!(claims(&app, &stepped_up).await, said);

    // It stays so from then on; and a token that was renewed already, within its grace, takes the
    // proof to the same successor.
    app.after(10);
    let again = client.post_json("/step-up", &proof).await;
    assert_eq!(again.status, 200, "{}", again.text());
    let successor = |answer: &Answer| answer.json()["refresh_token"].clone();
    assert_eq!(successor(&again), successor(&stepped_up));
    let said = json!({ "auth_time": begun + 410, "amr": ["pwd"], "acr": "1" });
    app.after(100);
    let renewed =
        client.post_json("/refresh", &json!({ "refresh_token": successor(&again) })).await;
    assert_eq!(claims(&app, &renewed).await, said);
}

#[tokio::test]
async fn a_step_up_by_tokens_asks_for_a_refresh_token_that_counts() {
    let app = BearerApp::built(in_body(), with_step_up).await;
    let (mut client, answer) = app.token_of("ada").await;
    let access = answer.json()["access_token"].as_str().expect("a token").to_owned();
    let proof = |refresh: Value| json!({ "refresh_token": refresh, "password": PASSWORD });
    for refresh in [json!("x"), json!(access)] {
        let refused = client.post_json("/step-up", &proof(refresh)).await;
        let text = json!("Invalid or expired refresh token");
        assert_eq!((refused.status.as_u16(), refused.detail()), (401, text));
    }
    assert_eq!(client.post_json("/step-up", &proof(Value::Null)).await.status, 401);
    // An access token alone cannot be made to say more.
    let request = client.request(reqwest::Method::POST, "/step-up");
    let request = request.header(AUTHORIZATION, format!("Bearer {access}"));
    let refused = client.send(request.json(&proof(Value::Null))).await;
    let text = json!("Sudo requires a session-backed login.");
    assert_eq!((refused.status.as_u16(), refused.detail()), (403, text));
}

#[tokio::test]
async fn a_refresh_cookie_steps_up_from_the_own_page_alone() {
    let config = in_body().refresh_delivery(RefreshDelivery::Cookie);
    let app = BearerApp::built(config, with_step_up).await;
    let (mut client, _) = app.token_of("ada").await;
    let proof = json!({ "password": PASSWORD });
    let foreign = client.request(reqwest::Method::POST, "/step-up").json(&proof);
    let refused = client.send(foreign.header("sec-fetch-site", "cross-site")).await;
    assert_eq!(refused.status, 403);
    app.after(60);
    let answer = client.post_json("/step-up", &proof).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json().get("refresh_token").is_none());
    assert_eq!(claims(&app, &answer).await["auth_time"], json!(app.now()));
}

/// A transport of the application's own, whose header says what was proved.
struct Badge;

impl TransportName for Badge {
    const NAME: &'static str = "badge";
}

impl Transport<Account> for Badge {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<Account>,
    ) -> Authentication<'a, Account> {
        Box::pin(async move {
            let Some(badge) = request.headers.get("x-badge") else { return Ok(None) };
            let Some(user) = users.find_by_id(&1).await? else { return Ok(None) };
            let principal = Principal::authenticated::<Self>(user);
            let now = SystemTime::now();
            let proofs = Proofs::of(Factor::Mailbox, now).and(Factor::Password, now);
            Ok(Some(match badge.as_bytes() {
                b"proved" => principal.proved_by(proofs, now),
                _ => principal,
            }))
        })
    }
}

#[tokio::test]
async fn a_transport_of_the_application_says_what_was_proved_or_nothing_is() {
    let app = TestApp::with_routes(|builder| builder.add_transport(Badge), routes).await;
    app.signed_in("ada").await;
    let by = async |badge: &str, path: &str| {
        let mut client: Client = app.client();
        let request = client.request(reqwest::Method::GET, path).header("x-badge", badge);
        client.send(request).await.status.as_u16()
    };
    for path in ["/mailbox", "/recent-mailbox", "/fresh", "/password"] {
        assert_eq!((by("proved", path).await, by("plain", path).await), (200, 403), "{path}");
    }
}
