//! Principals as arguments, gates in their type, and whole routers that are closed.

use axum::Router;
use axum::routing::get;
use crudauth::{Principal, Superuser};
use crudauth_tests::support::{Account, AppState, Server};
use reqwest::Method;
use serde_json::Value;

use super::{TestApp, detail, plain, whole};

async fn set(app: &TestApp, assignment: &str) {
    app.execute(&format!("UPDATE accounts SET {assignment}")).await;
}

#[tokio::test]
async fn an_anonymous_request_is_refused_where_a_principal_is_asked_for() {
    let app = plain().await;
    let mut client = app.client();
    for path in ["/me", "/dashboard", "/admin", "/verified", "/named", "/verified-admin"] {
        let answer = client.get(path).await;
        assert_eq!(whole(&answer), detail(401, "Not authenticated"), "{path}");
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
        assert!(!answer.headers.contains_key("www-authenticate"));
    }
}

#[tokio::test]
async fn a_forged_session_is_anonymous_where_that_is_fine() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.get("/optional").await.json()["user_id"], 1);
    assert_eq!(app.client().get("/optional").await.json()["user_id"], Value::Null);

    let genuine = ada.cookies["session_id"].clone();
    let swapped = if genuine.starts_with('A') { "B" } else { "A" };
    let forged = format!("{swapped}{}", &genuine[1..]);
    for text in [forged, "another-frameworks-session".to_owned()] {
        let mut forger = app.client();
        forger.cookies.insert("session_id".to_owned(), text.clone());
        assert_eq!(forger.get("/optional").await.json()["user_id"], Value::Null, "{text}");
        for path in ["/dashboard", "/me", "/closed/me"] {
            let mut forger = forger.clone();
            let answer = forger.get(path).await;
            assert_eq!(whole(&answer), detail(401, "Not authenticated"), "{path}");
            let cleared = answer.set_cookies();
            assert_eq!(cleared.len(), 2, "{path}");
            assert!(cleared[0].starts_with("session_id=\"\"; expires="), "{path}");
            assert!(cleared[1].starts_with("csrf_token=\"\"; expires="), "{path}");
            assert_eq!(forger.get(path).await.set_cookies(), Vec::<&str>::new(), "{path}");
        }
    }

    app.after(31 * 60);
    assert_eq!(ada.get("/optional").await.json()["user_id"], Value::Null, "expired is anonymous");
}

#[tokio::test]
async fn a_gate_refuses_in_its_own_words() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let privileges = detail(403, "Insufficient privileges");
    let unverified = detail(403, "Recovery factor not verified");
    assert_eq!(whole(&ada.get("/admin").await), privileges);
    assert_eq!(whole(&ada.get("/verified").await), unverified);
    assert_eq!(whole(&ada.get("/named").await), detail(403, "Access denied"));
    assert_eq!(whole(&ada.get("/verified-admin").await), unverified, "asked in order");

    set(&app, "is_admin = TRUE").await;
    assert_eq!(whole(&ada.get("/admin").await), (200, "admin".to_owned()));
    assert_eq!(whole(&ada.get("/verified-admin").await), unverified);
    set(&app, "is_admin = FALSE, email_verified = TRUE").await;
    assert_eq!(whole(&ada.get("/verified").await), (200, "verified".to_owned()));
    assert_eq!(whole(&ada.get("/verified-admin").await), privileges);
    set(&app, "is_admin = TRUE, full_name = 'Ada'").await;
    assert_eq!(whole(&ada.get("/verified-admin").await), (200, "verified admin".to_owned()));
    assert_eq!(whole(&ada.get("/named").await), (200, "named".to_owned()));
}

#[tokio::test]
async fn a_closed_router_is_closed_for_every_route_and_method() {
    let app = plain().await;
    let mut client = app.client();
    for path in ["/closed/open-handler", "/closed/me"] {
        for method in [Method::GET, Method::HEAD, Method::POST, Method::DELETE, Method::OPTIONS] {
            let request = client.request(method.clone(), path);
            assert_eq!(client.send(request).await.status, 401, "{method} {path}");
        }
    }
    let mut ada = app.signed_in("ada").await;
    assert_eq!(whole(&ada.get("/closed/open-handler").await), (200, "inside".to_owned()));
    assert_eq!(ada.get("/closed/me").await.json()["user_id"], 1);
    assert_eq!(ada.post("/closed/me").await.status, 405);
    let request = ada.request(Method::POST, "/closed/open-handler");
    assert_eq!(ada.send(request).await.status, 403, "the CSRF rule holds there too");
}

#[tokio::test]
async fn a_fallback_inside_is_closed_as_well() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let inside: Router<AppState> = Router::new()
        .route("/known", get(|| async { "known" }))
        .fallback(|| async { "inner fallback" });
    let outside: Router<AppState> = Router::new()
        .route("/open", get(|| async { "open" }))
        .nest("/inside", app.auth.protect(inside))
        .merge(app.auth.router());
    let server = Server::serve(outside.with_state(app.state())).await;
    let mut client = server.client();
    for path in ["/inside/known", "/inside/unknown"] {
        assert_eq!(client.get(path).await.status, 401, "{path}");
    }
    assert_eq!(client.get("/open").await.status, 200);
    assert_eq!(client.get("/unknown").await.status, 404);
    client.cookies = std::mem::take(&mut ada.cookies);
    assert_eq!(whole(&client.get("/inside/unknown").await), (200, "inner fallback".to_owned()));
}

#[tokio::test]
async fn a_closed_router_beside_others_closes_nothing_of_theirs() {
    let app = plain().await;
    assert_eq!(app.client().get("/nowhere").await.status, 404);
    assert_eq!(app.client().get("/closed/nowhere").await.status, 404);
    let closed: Router<AppState> = Router::new().route("/closed", get(|| async { "inside" }));
    let also: Router<AppState> = Router::new().route("/also", get(|| async { "inside" }));
    let whole: Router<AppState> = Router::new()
        .route("/open", get(|| async { "open" }))
        .merge(app.auth.protect(also))
        .merge(app.auth.protect(closed))
        .merge(app.auth.router());
    let server = Server::serve(whole.with_state(app.state())).await;
    for (path, status) in [("/open", 200), ("/closed", 401), ("/also", 401), ("/nowhere", 404)] {
        assert_eq!(server.client().get(path).await.status, status, "{path}");
    }
}

#[tokio::test]
async fn an_optional_principal_may_have_a_gate() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let routes: Router<AppState> = Router::new().route(
        "/",
        get(async |admin: Option<Principal<Account, Superuser>>| match admin {
            Some(_) => "admin",
            None => "anonymous",
        }),
    );
    let server = Server::serve(routes.with_state(app.state())).await;
    let mut client = server.client();
    assert_eq!(whole(&client.get("/").await), (200, "anonymous".to_owned()));
    client.cookies = std::mem::take(&mut ada.cookies);
    assert_eq!(whole(&client.get("/").await), detail(403, "Insufficient privileges"));
    set(&app, "is_admin = TRUE").await;
    assert_eq!(whole(&client.get("/").await), (200, "admin".to_owned()));
}

/// What axum does with the fallback of a closed router that is merged last.
#[tokio::test]
async fn merged_last_it_closes_the_unknown_paths_too() {
    let app = plain().await;
    let closed: Router<AppState> = Router::new().route("/closed", get(|| async { "inside" }));
    let routes: Router<AppState> =
        Router::new().route("/open", get(|| async { "open" })).merge(app.auth.protect(closed));
    let server = Server::serve(routes.with_state(app.state())).await;
    for (path, status) in [("/open", 200), ("/closed", 401), ("/nowhere", 401)] {
        assert_eq!(server.client().get(path).await.status, status, "{path}");
    }
}
