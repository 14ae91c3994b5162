//! What all routes have in common, with everything mounted.

use crudauth::{RateLimits, SessionConfig};
use crudauth_tests::support::{BearerApp, Mailbox, in_body};
use reqwest::Method;
use serde_json::json;

const ROUTES: [(&str, &str); 17] = [
    ("POST", "/register"),
    ("GET", "/me"),
    ("POST", "/set-password"),
    ("POST", "/change-password"),
    ("POST", "/login"),
    ("POST", "/logout"),
    ("POST", "/logout-all"),
    ("GET", "/sessions"),
    ("POST", "/csrf/refresh"),
    ("POST", "/token"),
    ("POST", "/refresh"),
    ("POST", "/email/verify-request"),
    ("POST", "/email/verify-confirm"),
    ("POST", "/password/reset-request"),
    ("POST", "/password/reset-confirm"),
    ("POST", "/email/change-request"),
    ("POST", "/email/change-confirm"),
];

async fn app() -> BearerApp {
    BearerApp::built(in_body(), |builder| {
        builder
            .email(Mailbox::default().config())
            .session(SessionConfig::default().management_routes())
            .rate_limits(RateLimits::off())
    })
    .await
}

#[tokio::test]
async fn every_route_has_one_method_and_no_slash_and_is_kept_by_no_cache() {
    let app = app().await;
    let mut client = app.client();
    for (own, path) in ROUTES {
        for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
            let method: Method = method.parse().expect("a token");
            let request = client.request(method.clone(), path);
            let answer = client.send(request).await;
            if method == own {
                assert!(![404, 405].contains(&answer.status.as_u16()), "{method} {path}");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(own), "{method} {path}");
                if method != Method::HEAD {
                    assert_eq!(answer.text(), r#"{"detail":"Method Not Allowed"}"#);
                }
            }
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{method} {path}");
        }
        let request = client.request(own.parse().expect("a token"), &format!("{path}/?a=b"));
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
    for path in [
        "/register",
        "/set-password",
        "/change-password",
        "/refresh",
        "/email/verify-request",
        "/email/verify-confirm",
        "/password/reset-request",
        "/password/reset-confirm",
        "/email/change-request",
        "/email/change-confirm",
    ] {
        let request = client.request(Method::POST, path).header("content-type", "application/json");
        let answer = client.send(request.body("{\"a\":")).await;
        assert_eq!(answer.status, 422, "{path}: {}", answer.text());
        let entry = &answer.detail()[0];
        assert_eq!(entry["type"], "json_invalid", "{path}");
        assert_eq!(entry["loc"], json!(["body", 5]), "{path}");
        assert_eq!(entry["msg"], "JSON decode error", "{path}");
    }
}
