//! Sessions across devices: the list, revocation, the refresh of the CSRF token.

use std::time::Duration;

use crudauth::{RateLimit, RateLimits, SessionConfig};
use crudauth_tests::support::{Answer, Client, PASSWORD, TestApp};
use reqwest::Method;
use serde_json::json;

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";

async fn app() -> TestApp {
    app_with(|session| session).await
}

async fn app_with(configure: impl FnOnce(SessionConfig) -> SessionConfig) -> TestApp {
    let session = configure(SessionConfig::default().management_routes());
    TestApp::with(|builder| builder.session(session)).await
}

/// Another device of somebody who has signed up.
async fn device(app: &TestApp, name: &str) -> Client {
    let mut client = app.client();
    assert_eq!(client.login(name, PASSWORD).await.status, 200);
    client
}

async fn delete(client: &mut Client, handle: &str) -> Answer {
    let request = client.request(Method::DELETE, &format!("/sessions/{handle}"));
    let request = client.with_csrf(request);
    client.send(request).await
}

async fn handles(client: &mut Client) -> Vec<String> {
    let list = client.get("/sessions").await.json();
    let sessions = list.as_array().expect("a list");
    sessions.iter().map(|it| it["id"].as_str().expect("a handle").to_owned()).collect()
}

async fn own_handle(client: &mut Client) -> String {
    let list = client.get("/sessions").await.json();
    let own = list.as_array().expect("a list").iter().find(|it| it["current"] == true);
    own.expect("a current session")["id"].as_str().expect("a handle").to_owned()
}

async fn is_signed_in(client: &mut Client) -> bool {
    client.get("/dashboard").await.status == 200
}

#[tokio::test]
async fn management_routes_are_off_by_default() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.get("/sessions").await.status, 404);
    assert_eq!(ada.post("/logout-all").await.status, 404);
    // A page that has lost its token needs this one whatever else is mounted.
    assert_eq!(ada.post("/csrf/refresh").await.status, 200);
}

#[tokio::test]
async fn the_list_has_the_shape_of_the_contract() {
    let app = app().await;
    app.signed_in("ada").await;
    app.clock.advance(Duration::from_secs(90));
    let mut ada = app.client();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let login = ada.request(Method::POST, "/login").header("user-agent", FIREFOX).form(&form);
    assert_eq!(ada.send(login).await.status, 200);

    let answer = ada.get("/sessions").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let list = answer.json();
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    let id = list[0]["id"].as_str().expect("a handle");
    assert!(id.len() == 64 && id.bytes().all(|it| b"0123456789abcdef".contains(&it)), "{id}");
    assert_eq!(
        list[0],
        json!({
            "id": id,
            "device": {
                "browser": "Firefox", "browser_version": "128.0", "os": "Linux", "device": "PC",
                "is_mobile": false, "is_tablet": false, "is_pc": true,
            },
            "ip": "127.0.0.1",
            "created_at": "2027-01-15T08:01:30Z",
            "last_activity": "2027-01-15T08:01:30Z",
            "current": true,
            "via": "session",
            "expires_at": "2027-01-15T08:31:30Z",
        })
    );
    assert_eq!(list[1]["current"], false);
    assert_eq!(list[1]["device"]["browser"], "Other");
    let cookie = ada.cookies.get("__Host-session_id").expect("a session");
    assert!(!answer.text().contains(&**cookie), "the list shows a session id");
}

#[tokio::test]
async fn the_list_shows_what_is_alive_and_counts() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut other = device(&app, "ada").await;
    app.signed_in("bob").await;
    assert_eq!(handles(&mut ada).await.len(), 2);

    // The other device stays idle until its session ends.
    app.clock.advance(Duration::from_secs(20 * 60));
    assert!(is_signed_in(&mut ada).await);
    app.clock.advance(Duration::from_secs(20 * 60));
    assert_eq!(handles(&mut ada).await.len(), 1);
    assert!(!is_signed_in(&mut other).await);

    // A session of an earlier epoch is nothing to show, and does not count as one revoked later.
    app.execute("UPDATE accounts SET token_version = 1").await;
    let mut again = device(&app, "ada").await;
    assert_eq!(handles(&mut again).await.len(), 1);
}

#[tokio::test]
async fn another_device_is_signed_out_by_its_handle() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = device(&app, "ada").await;
    let handle = own_handle(&mut phone).await;

    let answer = delete(&mut ada, &handle).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (200, json!("Session revoked.")));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    assert!(!is_signed_in(&mut phone).await);
    assert!(is_signed_in(&mut ada).await);
    assert_eq!(delete(&mut ada, &handle).await.status, 404);
}

#[tokio::test]
async fn the_own_session_is_revoked_with_its_cookies() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let handle = own_handle(&mut ada).await;
    let before = ada.clone();
    assert_eq!(delete(&mut ada, &handle).await.status, 200);
    assert!(!ada.cookies.contains_key("__Host-session_id"));
    assert!(!ada.cookies.contains_key("__Host-csrf_token"));
    assert!(!is_signed_in(&mut before.clone()).await);
}

#[tokio::test]
async fn a_handle_that_is_not_ones_own_is_not_found() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;
    let handle = own_handle(&mut bob).await;
    let unknown = "0".repeat(64);
    for handle in [&*handle, &*unknown, "x", "a%00b", &handle[..48], &handle.to_uppercase()] {
        let answer = delete(&mut ada, handle).await;
        assert_eq!(answer.status, 404, "{handle}");
        assert_eq!(answer.detail(), "Session not found.", "{handle}");
    }
    assert!(is_signed_in(&mut bob).await);
}

#[tokio::test]
async fn only_a_session_manages_sessions_and_shows_its_token() {
    let app = app().await;
    let mut nobody = app.client();
    assert_eq!(nobody.get("/sessions").await.status, 401);
    assert_eq!(delete(&mut nobody, &"0".repeat(64)).await.status, 401);
    for path in ["/logout-all", "/csrf/refresh"] {
        let answer = nobody.post(path).await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (401, json!("Not authenticated")));
    }
    let mut ada = app.signed_in("ada").await;
    let handle = own_handle(&mut ada).await;
    for (method, path) in
        [(Method::DELETE, &*format!("/sessions/{handle}")), (Method::POST, "/logout-all")]
    {
        let request = ada.request(method, path);
        let answer = ada.send(request).await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (403, json!("Missing CSRF token")));
        assert_eq!(answer.header("x-csrf-error"), Some("true"));
    }
    assert!(is_signed_in(&mut ada).await);
}

#[tokio::test]
async fn all_sessions_end_at_once() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut others = [device(&app, "ada").await, device(&app, "ada").await];
    let mut bob = app.signed_in("bob").await;

    let answer = ada.post("/logout-all").await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.text(), r#"{"detail":"Signed out of all sessions.","revoked":3}"#);
    assert_eq!(answer.header("x-ratelimit-limit"), Some("10"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("9"));
    assert!(!ada.cookies.contains_key("__Host-session_id"));
    assert!(!ada.cookies.contains_key("__Host-csrf_token"));
    for client in others.iter_mut().chain([&mut ada]) {
        assert!(!is_signed_in(client).await);
    }
    assert!(is_signed_in(&mut bob).await);
}

#[tokio::test]
async fn all_sessions_but_this_one_end_in_any_spelling() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    for spelling in ["true", "1", "YES", "on", "T", "y"] {
        let mut other = device(&app, "ada").await;
        let answer = ada.post(&format!("/logout-all?keep_current={spelling}")).await;
        assert_eq!(answer.json()["revoked"], 1, "{spelling}");
        assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "{spelling}");
        assert!(!is_signed_in(&mut other).await && is_signed_in(&mut ada).await, "{spelling}");
    }
    for nonsense in ["maybe", "", "2"] {
        let answer = ada.post(&format!("/logout-all?keep_current={nonsense}")).await;
        assert_eq!(answer.status, 422, "{nonsense}");
        let entry = &answer.detail()[0];
        assert_eq!(entry["type"], "bool_parsing");
        assert_eq!(entry["loc"], json!(["query", "keep_current"]));
        assert_eq!(answer.header("x-ratelimit-limit"), None);
    }
    assert_eq!(ada.post("/logout-all?keep_current=off").await.json()["revoked"], 1);
    assert!(!is_signed_in(&mut ada).await);
}

#[tokio::test]
async fn signing_out_everywhere_is_limited_by_user() {
    let limits = RateLimits { logout_all: RateLimit::per_hour(2), ..RateLimits::off() };
    let session = SessionConfig::default().management_routes();
    let app = TestApp::with(|builder| builder.session(session).rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;
    for _ in 0..2 {
        assert_eq!(ada.post("/logout-all?keep_current=1").await.status, 200);
    }
    let answer = ada.post("/logout-all?keep_current=1").await;
    assert_eq!(answer.status, 429);
    assert_eq!(answer.detail(), "Too many requests. Try again later.");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"));
    assert_eq!(bob.post("/logout-all?keep_current=1").await.status, 200);
}

#[tokio::test]
async fn the_csrf_token_is_returned_while_its_cookie_is_valid() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let token = ada.csrf_token().expect("a token").to_owned();
    let request = ada.request(Method::POST, "/csrf/refresh");
    let answer = ada.send(request).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.json(), json!({ "csrf_token": token }));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    assert_eq!(answer.header("x-ratelimit-limit"), Some("30"));
}

#[tokio::test]
async fn a_lost_csrf_token_is_replaced_and_the_old_one_is_refused() {
    let app = app().await;
    app.signed_in("ada").await;
    for broken in [None, Some("garbage".to_owned()), Some("0".repeat(64))] {
        let mut ada = device(&app, "ada").await;
        let old = ada.cookies.remove("__Host-csrf_token").expect("a token");
        ada.cookies.extend(broken.map(|broken| ("__Host-csrf_token".to_owned(), broken)));

        let request = ada.request(Method::POST, "/csrf/refresh");
        let answer = ada.send(request).await;
        let new = answer.json()["csrf_token"].as_str().expect("a token").to_owned();
        assert_ne!(new, old);
        assert_eq!(
            answer.set_cookies(),
            [format!("__Host-csrf_token={new}; Path=/; SameSite=lax; Secure")]
        );
        for (token, status) in [(&old, 403), (&new, 200)] {
            let request = ada.request(Method::POST, "/notes").header("x-csrf-token", token);
            assert_eq!(ada.send(request).await.status, status);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn pages_that_race_for_a_token_leave_one_that_works() {
    let session = SessionConfig::default().management_routes();
    let limits = RateLimits::off();
    let app = TestApp::with(|builder| builder.session(session).rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    ada.cookies.remove("__Host-csrf_token");
    for round in 0..20 {
        let pages: Vec<_> = (0..8)
            .map(|_| {
                let mut page = ada.clone();
                tokio::spawn(async move {
                    let answer = page.post("/csrf/refresh").await;
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    page
                })
            })
            .collect();
        let mut working = 0;
        for page in pages {
            let mut page = page.await.expect("a page");
            working += i32::from(page.post("/notes").await.status == 200);
        }
        assert!(working >= 1, "round {round}: no page has a token that works");
    }
}

#[tokio::test]
async fn the_cookie_of_a_new_csrf_token_lives_as_long_as_the_session() {
    let app = app().await;
    app.signed_in("ada").await;
    let mut ada = app.client();
    let form = [("username", "ada"), ("password", PASSWORD), ("remember_me", "true")];
    assert_eq!(ada.post_form("/login", &form).await.status, 200);
    ada.cookies.remove("__Host-csrf_token");
    let answer = ada.post("/csrf/refresh").await;
    assert!(answer.set_cookies()[0].contains("; Max-Age=2592000;"), "{:?}", answer.set_cookies());
}

#[tokio::test]
async fn a_token_can_only_be_refreshed_where_there_are_tokens() {
    let app = app_with(SessionConfig::without_csrf_token).await;
    let mut ada = app.signed_in("ada").await;
    let answer = ada.post("/csrf/refresh").await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (400, json!("CSRF is disabled.")));
}

#[tokio::test]
async fn no_foreign_page_and_no_dead_session_gets_a_token() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let foreign = ada.request(Method::POST, "/csrf/refresh").header("sec-fetch-site", "cross-site");
    assert_eq!(ada.send(foreign).await.status, 403);
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    assert_eq!(ada.post("/csrf/refresh").await.status, 401);
    app.execute("UPDATE accounts SET is_active = TRUE").await;
    let mut ada = device(&app, "ada").await;
    assert_eq!(ada.post("/csrf/refresh").await.status, 200);
    app.clock.advance(Duration::from_secs(31 * 60));
    assert_eq!(ada.post("/csrf/refresh").await.status, 401);
}

#[tokio::test]
async fn refreshing_the_token_is_limited_by_user() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    for _ in 0..30 {
        assert_eq!(ada.post("/csrf/refresh").await.status, 200);
    }
    assert_eq!(ada.post("/csrf/refresh").await.status, 429);
    assert_eq!(app.client().post("/csrf/refresh").await.status, 401);
    assert_eq!(app.signed_in("bob").await.post("/csrf/refresh").await.status, 200);
}

#[tokio::test]
async fn the_application_manages_sessions_without_http() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut phone = device(&app, "ada").await;
    let id = 1;
    let sessions = app.auth.sessions();
    assert_eq!(sessions.list(&id).await.expect("a list").len(), 2);
    assert!(sessions.list(&id).await.expect("a list").iter().all(|it| !it.current));
    let handle = own_handle(&mut phone).await;
    assert!(!sessions.revoke(&2, &handle).await.expect("an answer"));
    assert!(sessions.revoke(&id, &handle).await.expect("an answer"));
    assert!(!sessions.revoke(&id, &handle).await.expect("an answer"));
    assert!(!is_signed_in(&mut phone).await);

    device(&app, "ada").await;
    let own = own_handle(&mut ada).await;
    assert_eq!(sessions.revoke_all(&id, Some(&own)).await.expect("an answer"), 1);
    assert!(is_signed_in(&mut ada).await);
    assert_eq!(sessions.revoke_all(&id, None).await.expect("an answer"), 1);
    assert!(!is_signed_in(&mut ada).await);
}

#[tokio::test]
async fn paths_have_one_method_and_no_slash() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.post("/sessions").await.status, 405);
    assert_eq!(ada.get("/logout-all").await.status, 405);
    assert_eq!(ada.get("/csrf/refresh").await.status, 405);
    assert_eq!(ada.get("/sessions/").await.header("location"), Some("/sessions"));
}
