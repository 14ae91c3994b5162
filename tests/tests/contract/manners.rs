//! What the routes have in common.

use axum::Router;
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderName, StatusCode};
use axum::routing::get;
use crudauth::Principal;
use crudauth_tests::support::{Account, BearerApp, Client, Server};
use reqwest::Method;

use super::{Answer, PASSWORD, detail, plain, whole};

async fn send(client: &mut Client, method: Method, path: &str) -> Answer {
    let request = client.request(method, path);
    client.send(request).await
}

#[tokio::test]
async fn a_wrong_method_is_told_the_right_one() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let routes = [("/register", "POST"), ("/login", "POST"), ("/logout", "POST"), ("/me", "GET")];
    for (path, allowed) in routes {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "BREW"] {
            if method == allowed {
                continue;
            }
            let method: Method = method.parse().expect("a token");
            let answer = send(&mut ada, method.clone(), path).await;
            assert_eq!(answer.status, 405, "{method} {path}");
            assert_eq!(answer.header("allow"), Some(allowed), "{method} {path}");
            if method != Method::HEAD {
                assert_eq!(whole(&answer), detail(405, "Method Not Allowed"), "{method} {path}");
            }
        }
    }
}

#[tokio::test]
async fn a_slash_too_many_is_redirected_with_the_method() {
    let app = plain().await;
    let mut client = app.client();
    for path in ["/register", "/login", "/logout", "/me"] {
        for method in [Method::GET, Method::POST] {
            let answer = send(&mut client, method, &format!("{path}/?a=b")).await;
            assert_eq!(answer.status, 307);
            assert_eq!(answer.header("location"), Some(format!("{path}?a=b").as_str()));
        }
    }
    assert_eq!(send(&mut client, Method::GET, "/me/").await.header("location"), Some("/me"));
    let answer = send(&mut client, Method::GET, "//evil.example/me/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (404, None));
}

#[tokio::test]
async fn no_answer_of_ours_is_kept_by_a_cache() {
    let app = plain().await;
    let mut client = app.client();
    let mut answers = vec![
        client.get("/me").await,
        client.get("/me/").await,
        client.get("/login").await,
        client.login("ada", "wrong password").await,
        client.post_form("/login", &[]).await,
        client.register("ada@example.com", "ada", PASSWORD).await,
        client.register("ada@example.com", "ada", PASSWORD).await,
        client.login("ada", PASSWORD).await,
        client.get("/me").await,
        send(&mut client, Method::POST, "/logout").await,
        client.post("/logout").await,
    ];
    answers.push(client.post_json("/register", &"x".repeat(70_000).into()).await);
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [401, 307, 405, 401, 422, 200, 422, 200, 200, 403, 200, 413]);
    for answer in &answers {
        assert_eq!(answer.header("cache-control"), Some("no-store"), "{}", answer.status);
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"), "{}", answer.status);
    }
}

/// Whether it is a route of crudauth's, a refusal by an extractor in a route of the application,
/// or a router that was closed.
#[tokio::test]
async fn no_answer_of_ours_is_taken_for_another_type_than_it_says() {
    let tokens = BearerApp::start().await;
    let app = plain().await;
    let mut client = app.client();
    let mut answers = vec![
        client.get("/me").await,
        client.get("/me/").await,
        client.get("/login").await,
        client.register("ada@example.com", "ada", PASSWORD).await,
        client.register("ada@example.com", "ada", PASSWORD).await,
        client.get("/dashboard").await,
        client.get("/closed/me").await,
        client.login("ada", PASSWORD).await,
        send(&mut client, Method::POST, "/notes").await,
        client.get("/admin").await,
    ];
    let mut client = tokens.client();
    for path in ["/.well-known/jwks.json", "/.well-known/jwks.json/"] {
        answers.push(client.get(path).await);
    }
    let statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
    assert_eq!(statuses, [401, 307, 405, 200, 422, 401, 401, 200, 403, 403, 200, 307]);
    for answer in &answers {
        let (status, text) = (answer.status, answer.text());
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{status} {text}");
    }
}

/// By an argument, in a closed router, and where a limit by user has asked; the anonymous answers
/// of the same routes may be kept, and a handler that says how its answer may be has its way.
#[tokio::test]
async fn what_a_principal_gated_is_kept_by_no_cache() {
    async fn own(_: Principal<Account>) -> ([(HeaderName, &'static str); 1], &'static str) {
        ([(CACHE_CONTROL, "private, max-age=60")], "may be kept")
    }
    async fn fails(_: Principal<Account>) -> (StatusCode, &'static str) {
        (StatusCode::IM_A_TEAPOT, "no")
    }
    let app = plain().await;
    let closed = app.auth.protect(Router::new().route("/closed", get(|| async { "inside" })));
    let router = Router::new()
        .route("/seen", get(|me: Principal<Account>| async move { me.user.username.clone() }))
        .route(
            "/maybe",
            get(|me: Option<Principal<Account>>| async move { me.is_some().to_string() }),
        )
        .route("/own", get(own))
        .route("/fails", get(fails))
        .route("/public", get(|| async { "public" }))
        .merge(closed);
    let wrapped = app.auth.wrap(router).with_state(app.state());
    let server = Server::serve(wrapped).await;
    let mut ada = server.client();
    ada.cookies = app.signed_in("ada").await.cookies;
    for (path, status, expected) in [
        ("/seen", 200, Some("no-store")),
        ("/maybe", 200, Some("no-store")),
        ("/own", 200, Some("private, max-age=60")),
        ("/fails", 418, Some("no-store")),
        ("/closed", 200, Some("no-store")),
        ("/public", 200, None),
    ] {
        let answer = ada.get(path).await;
        assert_eq!(answer.status.as_u16(), status, "{path}");
        assert_eq!(answer.header("cache-control"), expected, "{path}");
    }
    let answer = server.client().get("/maybe").await;
    assert_eq!((answer.text().as_str(), answer.header("cache-control")), ("false", None));
}

/// Outside of `CrudAuth::wrap` and `CrudAuth::protect`.
#[tokio::test]
async fn the_applications_own_answers_are_left_alone() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    for path in ["/dashboard", "/nowhere"] {
        assert_eq!(ada.get(path).await.header("cache-control"), None, "{path}");
    }
}

#[tokio::test]
async fn the_routes_can_be_nested() {
    let app = plain().await;
    let nested: Router = Router::new().nest("/auth/v1", app.auth.router());
    let server = Server::serve(nested).await;
    let mut client = server.client();
    let body = serde_json::json!({
        "email": "ada@example.com", "username": "ada", "password": PASSWORD,
    });
    assert_eq!(client.post_json("/auth/v1/register", &body).await.status, 200);
    let form = [("username", "ada"), ("password", PASSWORD)];
    assert_eq!(client.post_form("/auth/v1/login", &form).await.status, 200);
    assert_eq!(client.get("/auth/v1/me").await.status, 200);
    let answer = client.get("/auth/v1/me/").await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, Some("/auth/v1/me")));
    assert_eq!(client.post("/auth/v1/logout").await.status, 200);
    assert_eq!(client.get("/me").await.status, 404);
}
