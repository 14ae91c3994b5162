//! What all routes have in common, with everything mounted.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{Html, IntoResponse, Redirect};
use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth::answers::Me;
use crudauth::http::{Route, Routes};
use crudauth::oauth::{ClientSecret, GitHub, OAuthConfig};
use crudauth::register::{RegisterForm, SignedUp};
use crudauth::{
    CrudAuth, EmailCodes, MagicLinks, Principal, RateLimit, RateLimits, Rejection, SecretKey,
    SecurityEvent, SessionConfig, SessionOptions, SudoConfig,
};
use crudauth_tests::support::{
    Account, AccountProvisioned, AppState, BearerApp, Mailbox, Mounted, PASSWORD, Recorder,
    TestApp, TestBuilder, in_body, mounted,
};
use reqwest::Method;
use serde_json::json;

async fn app() -> BearerApp {
    BearerApp::built(in_body(), |builder| {
        builder
            .email(Mailbox::default().config())
            .magic_links(MagicLinks::new())
            .email_codes(EmailCodes::new())
            .session(SessionConfig::default().management_routes())
            .rate_limits(RateLimits::off())
            .oauth(providers())
            .sudo(SudoConfig::default().routes())
    })
    .await
}

fn providers() -> OAuthConfig {
    let github = GitHub::new("an id", ClientSecret::new("a secret")).expect("a provider");
    OAuthConfig::new("https://shop.example.com").add_provider(github)
}

#[tokio::test]
async fn every_route_has_one_method_and_no_slash_and_is_kept_by_no_cache() {
    let app = app().await;
    let mut client = app.client();
    let routes = mounted(&app.auth.router(), &mut client).await;
    assert!(routes.len() >= 21, "{routes:?}");
    for Mounted { method: own, path } in routes {
        let path = path.replace(['{', '}'], "");
        let public = path == "/.well-known/jwks.json";
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let method: Method = method.parse().expect("a token");
            let request = client.request(method.clone(), &path);
            let answer = client.send(request).await;
            if method == own && path.starts_with("/sessions/") {
                // What is not there is said after it is known who asks.
                assert_eq!(answer.status, 401, "{method} {path}");
            } else if method == Method::POST && path.ends_with("/callback") {
                // Only a provider that posts has it, and this is none.
                assert_eq!(answer.json()["code"], "unknown_provider", "{path}");
            } else if method == own {
                assert!(![404, 405].contains(&answer.status.as_u16()), "{method} {path}");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(own.as_str()), "{method} {path}");
                if method != Method::HEAD {
                    assert_eq!(
                        answer.text(),
                        r#"{"detail":"Method Not Allowed","code":"method_not_allowed"}"#
                    );
                }
            }
            let kept = answer.header("cache-control");
            match (public, method == own) {
                (false, _) => assert_eq!(kept, Some("no-store"), "{method} {path}"),
                (true, true) => assert_eq!(kept, Some("public, max-age=300"), "{path}"),
                (true, false) => {}
            }
        }
        let request = client.request(own, &format!("{path}/?a=b"));
        let answer = client.send(request).await;
        let expected = format!("{path}?a=b");
        assert_eq!(answer.status, 307, "{path}");
        assert_eq!(answer.header("location"), Some(&*expected), "{path}");
    }
}

/// Syntax comes first, before the question who calls.
#[tokio::test]
async fn every_route_that_takes_json_refuses_what_is_none() {
    let app = app().await;
    let mut client = app.client();
    // These take a form, or nothing.
    const OTHERS: [&str; 5] = ["/login", "/token", "/logout", "/logout-all", "/csrf/refresh"];
    let routes = mounted(&app.auth.router(), &mut client).await.into_iter();
    let posts = routes.filter(|route| route.method == Method::POST).map(|route| route.path);
    let paths: Vec<_> = posts.filter(|path| !OTHERS.contains(&path.as_str())).collect();
    assert!(paths.len() >= 10, "{paths:?}");
    for path in paths {
        let request =
            client.request(Method::POST, &path).header("content-type", "application/json");
        let answer = client.send(request.body("{\"a\":")).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        let entry = &answer.detail()[0];
        assert_eq!(entry["type"], "json_invalid", "{path}");
        assert_eq!(entry["loc"], json!(["body", 5]), "{path}");
        assert_eq!(entry["msg"], "JSON decode error", "{path}");
    }
}

/// The routes of this application, whose struct keeps no second factors. Theirs are in `mfa`.
fn named() -> impl Iterator<Item = &'static Route> {
    Route::ALL.iter().filter(|route| !route.path().starts_with("/mfa"))
}

/// `Route` is a table of its own: it has to be the one that is mounted.
#[tokio::test]
async fn the_routes_that_an_application_can_name_are_those_that_there_are() {
    let app = app().await;
    let mut client = app.client();
    let mut there = mounted(&app.auth.router(), &mut client).await;
    let mut named: Vec<_> = named()
        .map(|route| Mounted { method: route.method(), path: route.path().to_owned() })
        .collect();
    there.sort_by(|left, right| left.path.cmp(&right.path));
    named.sort_by(|left, right| left.path.cmp(&right.path));
    assert_eq!(there, named);
}

#[tokio::test]
async fn a_route_is_left_out_or_moved_by_one_value() {
    for route in named() {
        let moved = route.path().replacen('/', "/moved/", 1);
        let routes = Routes::default().at(*route, &moved);
        for (routes, at) in [(routes.clone(), Some(&*moved)), (routes.without(*route), None)] {
            let app = BearerApp::built(in_body(), |builder| {
                builder
                    .sudo(SudoConfig::default().routes())
                    .email(Mailbox::default().config())
                    .magic_links(MagicLinks::new())
                    .email_codes(EmailCodes::new())
                    .session(SessionConfig::default().management_routes())
                    .routes(routes)
                    .oauth(providers())
            })
            .await;
            let mut client = app.client();
            let there = mounted(&app.auth.router(), &mut client).await;
            assert_eq!(there.len(), named().count() - usize::from(at.is_none()), "{route:?}");
            assert!(there.iter().all(|it| it.path != route.path() || it.method != route.method()));
            let found = there.iter().find(|it| Some(&*it.path) == at);
            assert_eq!(found.map(|it| it.method.clone()), at.map(|_| route.method()), "{route:?}");
        }
    }
}

#[tokio::test]
async fn a_path_that_cannot_work_is_told_at_start_up() {
    let app = TestApp::start().await;
    let key = SecretKey::random().expect("random bytes");
    let builder = CrudAuth::<Account>::builder(app.database.clone(), key);
    let routes = Routes::default().at(Route::Login, "sign-in").at(Route::Logout, "/me");
    let defaults = AccountProvisioned { tier_id: 1 };
    let refused = builder.new_user_defaults(defaults).routes(routes).build().await;
    let text = refused.expect_err("two mistakes").to_string();
    assert!(text.contains("2 mistakes"), "{text}");
    assert!(text.contains("`Routes::at(Route::Login, \"sign-in\")`: a path begins"), "{text}");
    assert!(text.contains("`Route::Logout` and `Route::Me` are both at"), "{text}");
}

async fn join(
    State(auth): State<CrudAuth<Account>>,
    request: Parts,
    form: RegisterForm<Account>,
) -> Result<impl IntoResponse, Rejection> {
    assert!(!form.fields().email.is_empty());
    let SignedUp::Created(user) = auth.sign_up(form, &request).await? else {
        return Ok(Redirect::to("/check-your-inbox").into_response());
    };
    let session = auth.sign_in(user, &request, SessionOptions::default()).await?;
    Ok((session, Redirect::to("/dashboard")).into_response())
}

async fn profile(me: Principal<Account>) -> impl IntoResponse {
    let mut body = serde_json::to_value(Me::new(&me)).expect("it serializes");
    body["theme"] = json!("dark");
    Json(body)
}

/// An application with a sign-up, a `/me` and pages of its own.
async fn own_handlers(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> TestApp {
    let routes = Routes::default().without(Route::Me);
    let more = |_: &CrudAuth<Account>| -> Router<AppState> {
        Router::new()
            .route("/join", post(join))
            .route("/me", get(profile))
            .route("/login", get(|| async { Html("<form>") }))
    };
    TestApp::with_routes(|builder| configure(builder.routes(routes)), more).await
}

#[tokio::test]
async fn a_sign_up_of_the_application_reads_the_body_as_the_route_does() {
    let recorder = Recorder::default();
    let app = own_handlers(|builder| builder.add_event_sink(recorder.clone())).await;
    for body in [
        "{",
        "[]",
        "null",
        "{}",
        r#"{"email":"no address","username":"ada","password":"correct horse"}"#,
        r#"{"email":"ada@example.com","username":"a@b","password":"short"}"#,
        r#"{"email":1,"username":null,"password":[]}"#,
        r#"{"email":"a@example.com","email":"b@example.com"}"#,
    ] {
        let mut client = app.client();
        let mut answers = Vec::new();
        for path in ["/register", "/join"] {
            let request = client.request(Method::POST, path).body(body);
            let request = request.header("content-type", "application/json");
            let answer = client.send(request).await;
            answers.push((answer.status, answer.text()));
        }
        assert_eq!(answers[0], answers[1], "{body}");
        assert_eq!(answers[0].0, StatusCode::UNPROCESSABLE_ENTITY.as_u16(), "{body}");
    }
    let request = app.client().request(Method::POST, "/join").body("x".repeat(70_000));
    assert_eq!(app.client().send(request).await.status, 413);

    let mut ada = app.client();
    let body = json!({
        "email": "ada@EXAMPLE.com", "username": "ada", "password": PASSWORD, "is_admin": true,
    });
    recorder.take(&app.auth).await;
    let answer = ada.post_json("/join", &body).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (303, Some("/dashboard")));
    let events = recorder.take(&app.auth).await;
    let sent = |it: &SecurityEvent| matches!(it, SecurityEvent::PrivilegedFieldsSent { .. });
    assert!(events.iter().any(sent), "{events:?}");
    let me = ada.get("/me").await.json();
    assert_eq!((&me["email"], &me["theme"]), (&json!("ada@example.com"), &json!("dark")));

    let mut bob = app.client();
    let form = [("email", "bob@example.com"), ("username", "bob"), ("password", PASSWORD)];
    assert_eq!(bob.post_form("/join", &form).await.status, 303);
    assert_eq!(bob.get("/me").await.json()["username"], "bob");
    let form = [("email", "bob@example.com"), ("username", "eve"), ("password", PASSWORD)];
    assert_eq!(bob.post_form("/join", &form).await.detail(), "Email already registered");
}

#[tokio::test]
async fn another_site_signs_nobody_up() {
    let recorder = Recorder::default();
    let app = own_handlers(|builder| builder.add_event_sink(recorder.clone())).await;
    let fields = [("email", "ada@example.com"), ("username", "ada"), ("password", PASSWORD)];
    let mut ada = app.client();
    let multipart = fields
        .iter()
        .fold(reqwest::multipart::Form::new(), |form, (name, text)| form.text(*name, *text));
    let post = || ada.request(Method::POST, "/join");
    let json = json!({ "email": "ada@example.com", "username": "ada", "password": PASSWORD });
    for request in [post().form(&fields), post().multipart(multipart), post().json(&json)] {
        let request = request.header("sec-fetch-site", "cross-site");
        let answer = app.client().send(request.header("origin", "https://evil.example")).await;
        assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (403, 0));
    }
    // What repeats itself is counted.
    let events = recorder.take(&app.auth).await;
    assert!(!events.is_empty() && events.iter().all(|it| *it == SecurityEvent::CrossSiteLogin));
    assert_eq!(ada.post_form("/join", &fields).await.status, 303, "the name is free");
}

#[tokio::test]
async fn a_sign_up_of_the_application_has_the_limit_and_the_silence_of_the_route() {
    let mailbox = Mailbox::default();
    let app = own_handlers(|builder| {
        builder.register_limit(RateLimit::per_hour(2)).email(mailbox.default_config())
    })
    .await;
    let mut ada = app.client();
    // The second one has an address that is taken.
    let body =
        |name: &str| json!({ "email": "ada@example.com", "username": name, "password": PASSWORD });
    for name in ["ada", "eve"] {
        let answer = ada.post_json("/join", &body(name)).await;
        assert_eq!(answer.header("location"), Some("/check-your-inbox"));
        assert!(answer.set_cookies().is_empty());
    }
    for path in ["/join", "/register"] {
        assert_eq!(ada.post_json(path, &body("bob")).await.status, 429, "{path}: it is one limit");
    }
}

#[tokio::test]
async fn get_of_a_route_is_the_page_of_the_application() {
    let app = own_handlers(|builder| builder).await;
    let mut client = app.client();
    assert_eq!(client.get("/login").await.text(), "<form>");
    assert_eq!(client.login("nobody", PASSWORD).await.status, 401);
}

/// An application of pages alone.
#[tokio::test]
async fn there_can_be_no_route_at_all() {
    let app = TestApp::with(|builder| builder.routes(Routes::only([]))).await;
    assert_eq!(app.client().post("/login").await.status, 404);
    assert_eq!(
        app.client().get("/dashboard").await.status,
        401,
        "what the application has, it has"
    );
}
