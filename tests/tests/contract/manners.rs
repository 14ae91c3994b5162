//! What the routes have in common.

use axum::Router;
use crudauth_tests::support::{Client, Server};
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
    }
}

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
