//! What a client with a bearer token does to its account, and what that does to its tokens.

use crudauth::{
    AccountScope, BearerConfig, RateLimits, RefreshDelivery, ScopeName, SecurityEvent,
    SessionConfig,
};
use crudauth_tests::support::{
    Answer, BearerApp, Client, Mailbox, NotesRead, PASSWORD, Recorder, ReportsRead, in_body,
};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "a much better passphrase";

/// The scopes of a token that stands for its user.
const EVERYTHING: Option<&str> = Some("notes:read reports:read");

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
    let (mut ada, elsewhere) = app.token_of("ada").await;
    let tokens = ada.token("ada", PASSWORD, EVERYTHING).await;
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
    let access = ada.token("ada", PASSWORD, EVERYTHING).await.field("access_token");
    mailbox.open(&app).await;
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    assert_eq!(post_as(&mut ada, &access, "/email/change-request", &body).await.status, 200);
    let body = json!({ "token": mailbox.only(&app).await.token() });
    assert_eq!(ada.post_json("/email/change-confirm", &body).await.status, 200);
    assert_eq!(ada.get_as(&access, "/me").await.json()["email"], "new@example.com");
}

/// What is sent to the routes that change the account, and what a credential is answered that may.
fn changes() -> [(&'static str, Value, (u16, &'static str)); 3] {
    [
        (
            "/change-password",
            json!({ "current_password": "wrong", "new_password": NEW }),
            (401, "Current password is incorrect."),
        ),
        (
            "/set-password",
            json!({ "new_password": NEW }),
            (400, "Account already has a password; use the password reset flow to change it."),
        ),
        (
            "/email/change-request",
            json!({ "new_email": "new@example.com", "password": "wrong" }),
            (400, "Incorrect password"),
        ),
    ]
}

/// A token that was issued with all that there is stands for its user; one with less stands for less.
/// Where no scopes are configured, every token has all of them.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_few_scopes_changes_nothing_of_the_account() {
    let plain = || BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
    let two = || plain().grantable_scopes([NotesRead::NAME, ReportsRead::NAME]);
    let three =
        || plain().grantable_scopes([NotesRead::NAME, ReportsRead::NAME, AccountScope::NAME]);
    for (case, config, asked, may) in [
        ("no scopes", plain(), None, true),
        ("no scopes, and one is asked for", plain(), Some("notes:read"), true),
        ("none of two", two(), None, false),
        ("one of two", two(), Some("notes:read"), false),
        ("both", two(), Some("reports:read notes:read"), true),
        ("both by default", two().default_scopes([ReportsRead::NAME, NotesRead::NAME]), None, true),
        ("that one", three(), Some("account"), true),
        ("that one by default", three().default_scopes([AccountScope::NAME]), None, true),
        ("two of three", three(), Some("notes:read reports:read"), false),
        ("a scope of a similar name", three(), Some("account:read notes:read"), false),
    ] {
        let (events, mailbox) = (Recorder::default(), Mailbox::default());
        let (sink, mail) = (events.clone(), mailbox.config());
        let app = BearerApp::built(config, |builder| {
            builder.email(mail).add_event_sink(sink).rate_limits(RateLimits::off())
        })
        .await;
        let mut ada = app.client();
        ada.register("ada@example.com", "ada", PASSWORD).await;
        let issued = ada.token("ada", PASSWORD, asked).await;
        let renewed = ada.refresh(&issued.field("refresh_token")).await;
        for token in [issued, renewed].map(|tokens| tokens.field("access_token")) {
            assert_eq!(ada.get_as(&token, "/me").await.status, 200, "{case}");
            events.take(&app.auth).await;
            for (path, body, (status, text)) in changes() {
                let expected =
                    if may { (status, json!(text)) } else { (403, json!("Insufficient scope")) };
                let answer = post_as(&mut ada, &token, path, &body).await;
                assert_eq!(told(&answer), expected, "{case}: {path}");
            }
            let seen = events.take(&app.auth).await;
            let denied = |event: &&SecurityEvent| matches!(event, SecurityEvent::GateDenied { gate, .. } if gate.ends_with("ManageAccount"));
            assert_eq!(seen.iter().any(|event| denied(&event)), !may, "{case}");
        }
    }
}

/// It is refused before it is counted, so that it cannot use up what its user has.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_may_not_change_the_account_uses_up_no_budget_and_hashes_nothing() {
    let app = BearerApp::start().await;
    let (mut ada, tokens) = app.token_of("ada").await;
    let hashes = app.hasher.computed();
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    for _ in 0..6 {
        let access = tokens.field("access_token");
        let answer = post_as(&mut ada, &access, "/change-password", &body).await;
        assert_eq!(told(&answer), (403, json!("Insufficient scope")));
    }
    assert_eq!(app.hasher.computed(), hashes);
    let whole = ada.token("ada", PASSWORD, Some("notes:read reports:read")).await;
    let access = whole.field("access_token");
    let answer = post_as(&mut ada, &access, "/change-password", &body).await;
    assert_eq!(told(&answer), (200, json!("Password changed.")));
}

/// A token cannot tell how long ago somebody proved a password: it may have been renewed.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_password_needs_a_session() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    let tokens = ada.token("ada", PASSWORD, EVERYTHING).await;
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
