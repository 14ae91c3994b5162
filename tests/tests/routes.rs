//! What all routes have in common, with everything mounted.

use crudauth::{RateLimits, SessionConfig};
use crudauth_tests::support::{BearerApp, Mailbox, Mounted, in_body, mounted};
use reqwest::Method;
use serde_json::json;

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
    let routes = mounted(&app.auth.router(), &mut client).await;
    assert!(routes.len() >= 19, "{routes:?}");
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
            } else if method == own {
                assert!(![404, 405].contains(&answer.status.as_u16()), "{method} {path}");
            } else {
                assert_eq!(answer.status, 405, "{method} {path}");
                assert_eq!(answer.header("allow"), Some(own.as_str()), "{method} {path}");
                if method != Method::HEAD {
                    assert_eq!(answer.text(), r#"{"detail":"Method Not Allowed"}"#);
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
