//! Users whom the application authenticates itself go through the door that everybody goes through.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::header::SET_COOKIE;
use axum::http::request::Parts;
use axum::response::{AppendHeaders, IntoResponse};
use axum::routing::post;
use axum::{Json, Router};
use crudauth::hooks::{HookContext, HookUser, Hooks, Veto};
use crudauth::transport::FirstFactor;
use crudauth::user::LoginName;
use crudauth::{CrudAuth, Rejection, RejectionKind, SessionConfig};
use crudauth_tests::support::{Account, AppState, Client, Mailbox, PASSWORD, TestApp, TestBuilder};
use serde_json::{Value, json};

/// The directory has authenticated this user.
async fn by_directory(
    State(auth): State<CrudAuth<Account>>,
    Path(user): Path<String>,
    request: Parts,
) -> Result<impl IntoResponse, Rejection> {
    let user = auth.stores().users().find_by_login(&LoginName::new(user)).await?;
    let proof = FirstFactor::by_application(user.ok_or(RejectionKind::BadCredentials)?);
    let signed_in = auth.sign_in(proof, &HookContext::from_parts(&request)).await?;
    let issued = auth.begin_session(&signed_in, &request, false).await?;
    let body = json!({ "csrf_token": issued.csrf_token(), "handle": issued.handle() });
    let cookies = auth.set_cookies(&issued).into_iter().map(|cookie| (SET_COOKIE, cookie));
    Ok((AppendHeaders(cookies.collect::<Vec<_>>()), Json(body)))
}

async fn app(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    let routes = |_: &CrudAuth<Account>| -> Router<AppState> {
        Router::new().route("/directory/{user}", post(by_directory))
    };
    TestApp::with_routes(configure, routes).await
}

async fn enter(client: &mut Client, name: &str) -> (u16, Value) {
    let answer = client.post(&format!("/directory/{name}")).await;
    (answer.status.as_u16(), answer.json())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_begins_for_a_user_whom_the_application_has_authenticated() {
    let managed =
        |builder: TestBuilder| builder.session(SessionConfig::default().management_routes());
    let app = app(managed).await;
    let before = app.signed_in("ada").await;
    let mut ada = before.clone();
    let (status, answer) = enter(&mut ada, "ada").await;
    assert_eq!(status, 200, "{answer}");
    assert_eq!(answer["csrf_token"].as_str(), ada.csrf_token());
    assert_eq!(ada.get("/me").await.json()["via"], "session");
    let listed = ada.get("/sessions").await.json();
    assert_eq!(listed[0]["id"], answer["handle"]);
    // As with any sign-in, the session that the browser had has ended.
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "{listed}");
    assert_eq!(before.clone().get("/me").await.status, 401);
    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_may_not_sign_in_by_a_password_may_not_by_the_application_either() {
    let wrong = (401, json!({ "detail": "Incorrect username or password" }));
    let vetoes = Hooks::new().before_login(|user: HookUser<Account>, _| async move {
        if user.username == "eve" { Err(Veto::new("Not you.")) } else { Ok(()) }
    });
    let app = app(|builder| builder.hooks(vetoes)).await;
    for name in ["ada", "eve"] {
        let email = format!("{name}@example.com");
        assert_eq!(app.client().register(&email, name, PASSWORD).await.status, 200);
    }
    assert_eq!(enter(&mut app.client(), "eve").await, (403, json!({ "detail": "Not you." })));
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'ada'").await;
    assert_eq!(enter(&mut app.client(), "ada").await, wrong);
    assert_eq!(enter(&mut app.client(), "nobody").await, wrong);

    let mailbox = Mailbox::default();
    let verified = crate::app(|builder| builder.email(mailbox.default_config())).await;
    verified.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(enter(&mut verified.client(), "ada").await, wrong, "the address is not proved");
    verified.execute("UPDATE accounts SET email_verified = TRUE").await;
    assert_eq!(enter(&mut verified.client(), "ada").await.0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_sign_its_visitor_in() {
    let app = app(|builder| builder).await;
    app.signed_in("ada").await;
    let mut visitor = app.client();
    let request = visitor.request(reqwest::Method::POST, "/directory/ada");
    let answer = visitor.send(request.header("origin", "https://evil.example")).await;
    assert_eq!(answer.status, StatusCode::FORBIDDEN.as_u16());
    assert!(answer.set_cookies().is_empty());
}
