//! `POST /change-password` and `POST /set-password` over a real port.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use crudauth::Rejection;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{CrudAuth, Password, Principal, SudoConfig};
use crudauth_tests::support::{Account, Client, Mailbox, PASSWORD, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

fn change(current: &str, new: &str) -> Value {
    json!({ "current_password": current, "new_password": new })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_keeps_the_own_session_and_ends_the_others() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| builder.email(mailbox.config())).await;
    let mut ada = app.signed_in("ada").await;
    let mut elsewhere = app.client();
    assert_eq!(elsewhere.login("ada", PASSWORD).await.status, 200);
    mailbox.open(&app).await;

    let answer = ada.post_json("/change-password", &change(PASSWORD, NEW)).await;
    assert_eq!(answer.text(), r#"{"detail":"Password changed."}"#);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("4"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));

    assert_eq!(ada.get("/me").await.status, 200);
    assert_eq!(elsewhere.get("/me").await.status, 401);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 401);
    assert_eq!(app.client().login("ada", NEW).await.status, 200);

    let notice = mailbox.only(&app).await;
    assert_eq!((&*notice.to, &*notice.kind), ("ada@example.com", "password_changed"));
    assert_eq!(notice.link, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_refused_in_the_order_of_the_contract() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    let path = "/change-password";

    let answer = app.client().post_json(path, &change(PASSWORD, NEW)).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (401, json!("Not authenticated")));
    let answer = app.client().post(path).await;
    assert_eq!(answer.status, 401, "who calls is asked before what is in the body");

    let mut stranger = app.client();
    let malformed = stranger.request(Method::POST, path).header("content-type", "application/json");
    let answer = stranger.send(malformed.body("{")).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.detail()[0]["type"]),
        (422, &json!("json_invalid"))
    );

    let unguarded = ada.request(Method::POST, path).json(&change(PASSWORD, NEW));
    let answer = ada.send(unguarded).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (403, json!("Missing CSRF token")));

    let answer = ada.post_json(path, &json!({ "current_password": 7 })).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.detail()[0]["loc"], json!(["body", "current_password"]));
    assert_eq!(answer.detail()[1]["type"], "missing");

    let answer = ada.post_json(path, &change("wrong", "short")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (401, json!("Current password is incorrect."))
    );
    let answer = ada.post_json(path, &change(PASSWORD, "short")).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (
            422,
            json!([{
                "type": "string_too_short",
                "loc": ["body", "new_password"],
                "msg": "String should have at least 8 characters",
                "ctx": { "min_length": 8 },
            }])
        )
    );
    assert_eq!(ada.get("/me").await.status, 200, "nothing has changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_limited_by_user() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    let mut elsewhere = app.client();
    elsewhere.login("ada", PASSWORD).await;
    for round in 0..5 {
        let client: &mut Client = if round % 2 == 0 { &mut ada } else { &mut elsewhere };
        let answer = client.post_json("/change-password", &change("wrong", NEW)).await;
        assert_eq!(answer.status, 401);
    }
    let answer = ada.post_json("/change-password", &change(PASSWORD, NEW)).await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.detail(), "Too many requests. Try again later.");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(answer.header("x-ratelimit-limit"), Some("5"));
    let mut eve = app.signed_in("eve").await;
    assert_eq!(eve.post_json("/change-password", &change(PASSWORD, NEW)).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_without_a_password_sets_its_first_one_once() {
    for none in ["NULL", "''", "'!abc'"] {
        let app = TestApp::start().await;
        let mut ada = app.signed_in("ada").await;
        let mut elsewhere = app.client();
        elsewhere.login("ada", PASSWORD).await;
        let set = |new: &str| json!({ "new_password": new });

        let answer = ada.post_json("/set-password", &set(NEW)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail()),
            (
                400,
                json!("Account already has a password; use the password reset flow to change it.")
            )
        );
        app.execute_and_carry_over(&format!("UPDATE accounts SET pw_hash = {none}")).await;

        let answer = ada.post_json("/change-password", &change(PASSWORD, NEW)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail()),
            (400, json!("Account has no password; use /set-password to create one."))
        );
        assert_eq!(app.client().post_json("/set-password", &set(NEW)).await.status, 401);
        let answer = ada.post_json("/set-password", &set("short")).await;
        assert_eq!(answer.status, 422);
        assert_eq!(answer.detail()[0]["loc"], json!(["body", "new_password"]));

        let answer = ada.post_json("/set-password", &set(NEW)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.text()),
            (200, r#"{"detail":"Password set."}"#.to_owned())
        );
        assert_eq!(ada.post_json("/set-password", &set(NEW)).await.status, 400);
        assert_eq!(elsewhere.get("/me").await.status, 200, "nothing was issued by a password");
        assert_eq!(app.client().login("ada", NEW).await.status, 200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_needs_a_fresh_sign_in() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
    app.clock.advance(Duration::from_secs(601));
    let answer = ada.post_json("/set-password", &json!({ "new_password": NEW })).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (403, json!("Sign in again to continue: this needs a recent sign-in."))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_elevated_session_sets_a_first_password_however_old_it_is() {
    let minute = Duration::from_secs(60);
    for fresh in [minute, Duration::ZERO] {
        let app = TestApp::with_routes(
            |builder| builder.fresh_sign_in(fresh).sudo(SudoConfig::default().window(minute)),
            |_| Router::new().route("/sudo", post(sudo)),
        )
        .await;
        let mut ada = app.signed_in("ada").await;
        let mut elsewhere = app.client();
        assert_eq!(elsewhere.login("ada", PASSWORD).await.status, 200);
        app.clock.advance(10 * minute);
        let set = json!({ "new_password": NEW });
        let forget = "UPDATE accounts SET note = pw_hash, pw_hash = NULL";

        assert_eq!(ada.post("/sudo").await.status, 200);
        app.clock.advance(minute);
        app.execute_and_carry_over(forget).await;
        assert_eq!(ada.post_json("/set-password", &set).await.status, 403, "they have ended");
        app.execute_and_carry_over("UPDATE accounts SET pw_hash = note").await;
        assert_eq!(ada.post("/sudo").await.status, 200);
        app.execute_and_carry_over(forget).await;
        let answer = elsewhere.post_json("/set-password", &set).await;
        assert_eq!(answer.status, 403, "the rights are those of one session");
        let answer = ada.post_json("/set-password", &set).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }
}

/// Elevates whoever is signed in as a user of the tests.
async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
) -> Result<Elevated, Rejection> {
    let proof = Proof::Password(Password::new(PASSWORD));
    Ok(auth.sudo().elevate(&me, proof).await?)
}
