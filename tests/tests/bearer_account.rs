//! What a client with a bearer token does to its account, and what that does to its tokens.

use crudauth::{RateLimits, SessionConfig};
use crudauth_tests::support::{Answer, BearerApp, Client, Mailbox, PASSWORD, in_body};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

async fn post_as(client: &mut Client, token: &str, path: &str, body: &Value) -> Answer {
    let request = client.request(Method::POST, path).bearer_auth(token);
    client.send(request.json(body)).await
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

/// Neither of the tokens of this answer of `/token` works.
async fn assert_ended(client: &mut Client, tokens: &Answer) {
    let access = client.get_as(&tokens.field("access_token"), "/me").await;
    assert_eq!(told(&access), (401, json!("Not authenticated")));
    let refresh = client.refresh(&tokens.field("refresh_token")).await;
    assert_eq!(told(&refresh), (401, json!("Invalid or expired refresh token")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_password_ends_every_token() {
    let app = BearerApp::start().await;
    let (mut ada, tokens) = app.token_of("ada").await;
    let elsewhere = ada.token("ada", PASSWORD, None).await;
    let access = tokens.field("access_token");
    let change = |current: &str| json!({ "current_password": current, "new_password": NEW });

    let answer = post_as(&mut ada, &access, "/change-password", &change("wrong")).await;
    assert_eq!(told(&answer), (401, json!("Current password is incorrect.")));
    let answer = post_as(&mut ada, &access, "/change-password", &change(PASSWORD)).await;
    assert_eq!(told(&answer), (200, json!("Password changed.")));
    for ended in [&tokens, &elsewhere] {
        assert_ended(&mut ada, ended).await;
    }
    assert_eq!(ada.token("ada", PASSWORD, None).await.status, 401);
    assert_eq!(ada.token("ada", NEW, None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_of_the_password_ends_every_token() {
    let mailbox = Mailbox::default();
    let app = BearerApp::built(in_body(), |builder| {
        builder.email(mailbox.config()).rate_limits(RateLimits::off())
    })
    .await;
    let mut ada = app.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 202);
    let tokens = ada.token("ada", PASSWORD, None).await;
    mailbox.open(&app).await;
    ada.post_json("/password/reset-request", &json!({ "email": "ada@example.com" })).await;
    let mail = mailbox.only(&app).await;
    assert_eq!(ada.get_as(&tokens.field("access_token"), "/me").await.status, 200);

    let body = json!({ "token": mail.token(), "new_password": NEW });
    assert_eq!(ada.post_json("/password/reset-confirm", &body).await.status, 200);
    assert_ended(&mut ada, &tokens).await;
    assert_eq!(ada.token("ada", NEW, None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_is_changed_by_token_and_the_token_stays() {
    let mailbox = Mailbox::default();
    let app = BearerApp::built(in_body(), |builder| {
        builder.email(mailbox.config()).rate_limits(RateLimits::off())
    })
    .await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let access = ada.token("ada", PASSWORD, None).await.field("access_token");
    mailbox.open(&app).await;
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    assert_eq!(post_as(&mut ada, &access, "/email/change-request", &body).await.status, 200);
    let body = json!({ "token": mailbox.only(&app).await.token() });
    assert_eq!(ada.post_json("/email/change-confirm", &body).await.status, 200);
    assert_eq!(ada.get_as(&access, "/me").await.json()["email"], "new@example.com");
}

/// A token cannot tell how long ago somebody proved a password: it may have been renewed.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_needs_a_session() {
    let app = BearerApp::start().await;
    let (mut ada, tokens) = app.token_of("ada").await;
    app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
    let access = tokens.field("access_token");
    let answer = post_as(&mut ada, &access, "/set-password", &json!({ "new_password": NEW })).await;
    let detail = "Sign in again to continue: this needs a recent sign-in.";
    assert_eq!(told(&answer), (403, json!(detail)));
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_are_managed_by_sessions_alone() {
    let session = SessionConfig::default().management_routes();
    let app = BearerApp::built(in_body(), |builder| builder.session(session)).await;
    let (mut ada, tokens) = app.token_of("ada").await;
    for (method, path) in [
        (Method::GET, "/sessions".to_owned()),
        (Method::DELETE, format!("/sessions/{}", "0".repeat(64))),
        (Method::POST, "/logout-all".to_owned()),
        (Method::POST, "/csrf/refresh".to_owned()),
    ] {
        let request = ada.request(method, &path).bearer_auth(tokens.field("access_token"));
        let answer = ada.send(request).await;
        assert_eq!(told(&answer), (401, json!("Not authenticated")), "{path}");
    }
}
