//! Users whom the application authenticates itself go through the door that everybody goes through.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use crudauth::event::LoginFailure;
use crudauth::hooks::{HookContext, HookUser, Hooks, Veto};
use crudauth::user::{LoginName, NoTenant, StoredUser};
use crudauth::{
    BearerConfig, Credentials, CrudAuth, Password, RefreshDelivery, Rejection, RejectionKind,
    SecurityEvent, SessionConfig, SessionOptions, SignInError, TokenOptions,
};
use crudauth_tests::support::{
    Account, Answer, AppState, Client, Mailbox, PASSWORD, Recorder, TestApp, TestBuilder,
};
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

async fn find(auth: &CrudAuth<Account>, name: &str) -> Result<StoredUser<Account>, Rejection> {
    let user = auth.stores().users().find_by_login(&LoginName::new(name), &NoTenant).await?;
    Ok(user.ok_or(RejectionKind::BadCredentials)?)
}

/// The directory has authenticated this user.
async fn by_directory(
    State(auth): State<CrudAuth<Account>>,
    Path(user): Path<String>,
    request: Parts,
) -> Result<impl IntoResponse, Rejection> {
    let user = find(&auth, &user).await?;
    let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
    let body = json!({ "csrf_token": session.csrf_token(), "handle": session.handle() });
    Ok((session, Json(body)))
}

async fn tokens_by_directory(
    State(auth): State<CrudAuth<Account>>,
    Path(user): Path<String>,
    request: Parts,
) -> Result<impl IntoResponse, SignInError> {
    let user = find(&auth, &user).await?;
    auth.sign_in(user, &request, TokenOptions::default()).await
}

#[derive(Deserialize)]
struct Page {
    name: String,
    password: Password,
    stay: Option<String>,
}

/// A form page of the application's own.
async fn by_page(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    Form(page): Form<Page>,
) -> Result<impl IntoResponse, Rejection> {
    let credentials = Credentials::new(page.name, page.password);
    let options = SessionOptions::default().remember_me(page.stay.is_some());
    Ok((auth.sign_in(credentials, &request, options).await?, Redirect::to("/dashboard")))
}

async fn app(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    let routes = |_: &CrudAuth<Account>| -> Router<AppState> {
        Router::new()
            .route("/directory/{user}", get(by_directory).post(by_directory))
            .route("/directory/{user}/tokens", post(tokens_by_directory))
            .route("/page", get(by_page).post(by_page))
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
    let wrong =
        (401, json!({ "detail": "Incorrect username or password", "code": "bad_credentials" }));
    let vetoes = Hooks::new().before_login(|user: HookUser<Account>, _| async move {
        if user.username == "eve" { Err(Veto::new("Not you.")) } else { Ok(()) }
    });
    let recorder = Recorder::default();
    let app = app(|builder| builder.hooks(vetoes).add_event_sink(recorder.clone())).await;
    for name in ["ada", "eve"] {
        let email = format!("{name}@example.com");
        assert_eq!(app.client().register(&email, name, PASSWORD).await.status, 200);
    }
    assert_eq!(
        enter(&mut app.client(), "eve").await,
        (403, json!({ "detail": "Not you.", "code": "forbidden" }))
    );
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'ada'").await;
    assert_eq!(enter(&mut app.client(), "ada").await, wrong);
    assert_eq!(enter(&mut app.client(), "nobody").await, wrong);
    let told: Vec<_> = recorder
        .take(&app.auth)
        .await
        .into_iter()
        .filter_map(|event| match event {
            SecurityEvent::LoginFailed { user, reason, .. } => {
                user.map(|user| (user.as_str().to_owned(), reason))
            }
            _ => None,
        })
        .collect();
    let (ada, eve) = ("1".to_owned(), "2".to_owned());
    assert_eq!(told, [(eve, LoginFailure::Vetoed), (ada, LoginFailure::Inactive)]);

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

#[tokio::test(flavor = "multi_thread")]
async fn a_link_of_another_site_signs_in_with_no_password() {
    let app = app(|builder| builder).await;
    app.signed_in("ada").await;
    let link = format!("/page?name=ada&password={}", PASSWORD.replace(' ', "+"));
    for (site, status) in [("cross-site", 403), ("same-site", 403), ("same-origin", 303)] {
        let mut visitor = app.client();
        let request = visitor.request(Method::GET, &link).header("sec-fetch-site", site);
        let answer = visitor.send(request).await;
        assert_eq!(answer.status, status, "{site}");
        assert_eq!(answer.set_cookies().is_empty(), status == 403, "{site}");
    }
    // The callback of a provider is such a link. The application has its own proof there.
    let mut visitor = app.client();
    let callback = visitor.request(Method::GET, "/directory/ada");
    let answer = visitor.send(callback.header("sec-fetch-site", "cross-site")).await;
    assert_eq!(answer.status, 200);
    assert_eq!(visitor.get("/dashboard").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_the_application_is_told_and_kept_as_any_other() {
    let recorder = Recorder::default();
    let (tell, mut told) = tokio::sync::mpsc::unbounded_channel();
    let hooks = Hooks::new().on_after_login(move |user: HookUser<Account>, context| {
        let sent = tell.send((user.id, context));
        async move { sent.map_err(Into::into) }
    });
    let app = app(|builder| {
        let session = SessionConfig::default().management_routes();
        builder.add_event_sink(recorder.clone()).hooks(hooks).session(session)
    })
    .await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    recorder.take(&app.auth).await;
    let mut known = Vec::new();
    for _ in 0..2 {
        let (status, answer) = enter(&mut ada, "ada").await;
        assert_eq!(status, 200, "{answer}");
        for occurrence in recorder.occurrences(&app.auth).await {
            let address = occurrence.address.as_ref().map(crudauth::event::LogSafe::as_str);
            assert_eq!(address, Some("127.0.0.1"));
            if let SecurityEvent::LoginSucceeded { known_device, .. } = occurrence.event {
                known.push(known_device);
            }
        }
    }
    assert_eq!(known, [false, true]);
    let (user, context): (i32, HookContext) = told.recv().await.expect("the hook is called");
    assert_eq!((user, context.transport), (1, Some("session")));
    assert!(context.session.is_some() && context.address.is_some(), "{context:?}");
    assert_eq!(ada.get("/sessions").await.json()[0]["ip"], "127.0.0.1");
    // The device that the application has signed in on has the budget of a known one.
    let mut stranger = app.client();
    for _ in 0..6 {
        stranger.login("ada", "wrong").await;
    }
    assert_eq!(stranger.login("ada", PASSWORD).await.status, 429);
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_page_signs_in_under_the_lockout_of_every_login() {
    let app = app(|builder| builder).await;
    app.signed_in("ada").await;
    let mut visitor = app.client();
    let right = [("name", "ada"), ("password", PASSWORD), ("stay", "on")];
    let answer = visitor.post_form("/page", &right).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/dashboard")));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let session = answer.set_cookies().into_iter().find(|it| it.contains("session_id="));
    assert!(session.is_some_and(|it| it.contains("Max-Age=2592000")), "{answer:?}");
    assert!(answer.cookies().iter().any(|(name, _)| name == "__Host-device_id"));
    assert_eq!(visitor.get("/dashboard").await.status, 200);

    let mut stranger = app.client();
    let wrong = [("name", "ada"), ("password", "wrong")];
    for _ in 0..5 {
        assert_eq!(stranger.post_form("/page", &wrong).await.status, 401);
    }
    assert_eq!(stranger.post_form("/page", &right).await.status, 429);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 429, "it is one count");
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_are_handed_out_as_at_the_route() {
    for delivery in [RefreshDelivery::Body, RefreshDelivery::Cookie] {
        let bearer = BearerConfig::default().refresh_delivery(delivery);
        let app = app(|builder| builder.bearer(bearer)).await;
        app.signed_in("ada").await;
        let mut client = app.client();
        let answer = client.post("/directory/ada/tokens").await;
        let form = [("username", "ada"), ("password", PASSWORD)];
        let by_route = app.client().post_form("/token", &form).await;
        let keys = |answer: &Value| -> Vec<String> {
            answer.as_object().expect("an object").keys().cloned().collect()
        };
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(keys(&answer.json()), keys(&by_route.json()));
        let names = |it: &Answer| -> Vec<String> {
            it.cookies().into_iter().map(|(name, _)| name).collect()
        };
        assert_eq!(names(&answer), names(&by_route), "{delivery:?}");
        assert_eq!(client.get_as(&answer.field("access_token"), "/dashboard").await.status, 200);

        let request = app.client().request(Method::POST, "/directory/ada/tokens");
        let foreign = app.client().send(request.header("origin", "https://evil.example")).await;
        let expected = if delivery == RefreshDelivery::Cookie { 403 } else { 200 };
        assert_eq!(foreign.status, expected, "{delivery:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn tokens_that_are_not_mounted_are_a_fault_of_the_server() {
    let app = app(|builder| builder).await;
    app.signed_in("ada").await;
    assert_eq!(app.client().post("/directory/ada/tokens").await.status, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_for_a_test_has_the_headers_of_a_request() {
    let app = app(|builder| builder).await;
    app.signed_in("ada").await;
    let user = find(&app.auth, "ada").await.expect("ada");
    let (no_request, ()) = axum::http::Request::new(()).into_parts();
    let session = app.auth.sign_in(user, &no_request, SessionOptions::default()).await;
    let headers = session.expect("let in").request_headers();
    let client = app.client();
    let request = client.request(Method::POST, "/notes").headers(headers);
    assert_eq!(app.client().send(request).await.status, 200);
}
