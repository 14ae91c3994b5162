//! Credentials that a browser goes on sending after their end, and several of one name: what is dead
//! is no worse than nothing, and hides nothing that is alive.

use axum::routing::get;
use axum::{Json, Router, middleware};
use crudauth::{
    CookieConfig, Principal, RateLimits, RefreshDelivery, SecretKey, SecurityEvent, SessionConfig,
    clear_dead_cookies,
};
use crudauth_tests::support::{
    Account, Answer, AppState, BearerApp, Client, PASSWORD, Recorder, TestApp, TestBuilder, in_body,
};
use reqwest::Method;
use serde_json::{Value, json};

const SEVERAL: &str = "More than one sign-in was sent. Sign in again.";
const TOO_MANY: &str = "Too many sign-ins were sent. Clear the cookies of this site.";

fn plain(builder: TestBuilder) -> TestBuilder {
    let session = SessionConfig::default().management_routes();
    let cookies = CookieConfig::insecure_for_plain_http_development();
    builder.cookies(cookies).session(session).rate_limits(RateLimits::off())
}

async fn visitor(me: Option<Principal<Account>>) -> Json<Value> {
    Json(json!({ "user_id": me.map(|me| *me.id()) }))
}

/// A page that anybody may see.
fn public() -> Router<AppState> {
    let page = get(visitor).post(visitor);
    Router::new().route("/public", page).layer(middleware::from_fn(clear_dead_cookies))
}

async fn start() -> TestApp {
    TestApp::with_routes(plain, |_| public()).await
}

/// One request of a client without cookies of its own, with this `Cookie` header.
async fn with_cookie(app: &TestApp, method: Method, path: &str, cookie: &str) -> Answer {
    let mut client = app.client();
    let request = client.request(method, path).header("cookie", cookie);
    client.send(request).await
}

fn session(client: &Client) -> String {
    client.cookies["session_id"].clone()
}

fn both(one: &Client, other: &Client) -> String {
    format!("session_id={}; session_id={}", session(one), session(other))
}

fn cleared(answer: &Answer) -> Vec<String> {
    let gone = answer.cookies().into_iter().filter(|(_, value)| value == "\"\"");
    gone.map(|(name, _)| name).collect()
}

const WAYS_TO_DIE: [&str; 8] = [
    "ended elsewhere",
    "idle",
    "epoch moved on",
    "deactivated",
    "deleted",
    "forged",
    "of another application",
    "empty text",
];

/// The session cookie of somebody whose session has come to an end.
async fn dead(app: &TestApp, way: &str) -> String {
    let ada = app.signed_in("ada").await;
    let live = session(&ada);
    match way {
        "ended elsewhere" => assert_eq!(ada.clone().post("/logout").await.status, 200),
        "idle" => app.after(31 * 60),
        "epoch moved on" => app.execute("UPDATE accounts SET token_version = 9").await,
        "deactivated" => app.execute("UPDATE accounts SET is_active = FALSE").await,
        "deleted" => app.execute("DELETE FROM accounts").await,
        "forged" => {
            let swapped = if live.starts_with('A') { "B" } else { "A" };
            return format!("{swapped}{}", &live[1..]);
        }
        "of another application" => return "another-frameworks-session".to_owned(),
        "empty text" => return "\"~\"".to_owned(),
        other => panic!("{other}"),
    }
    live
}

#[tokio::test]
async fn a_dead_session_is_anonymous_and_its_cookies_are_taken_away() {
    for way in WAYS_TO_DIE {
        let app = start().await;
        let cookie = format!("session_id={}; csrf_token=x", dead(&app, way).await);
        for method in [Method::GET, Method::POST] {
            let answer = with_cookie(&app, method.clone(), "/public", &cookie).await;
            assert_eq!(answer.status, 200, "{way} {method}: {}", answer.text());
            assert_eq!(answer.json()["user_id"], Value::Null, "{way} {method}");
            assert_eq!(cleared(&answer), ["session_id", "csrf_token"], "{way} {method}");
            assert_eq!(answer.header("cache-control"), Some("no-store"), "{way} {method}");
            let answer = with_cookie(&app, method.clone(), "/optional", &cookie).await;
            assert_eq!(answer.status, 200, "{way} {method} without the middleware");
            assert_eq!(answer.json()["user_id"], Value::Null, "{way} {method}");
        }
        for (method, path) in [
            (Method::GET, "/dashboard"),
            (Method::POST, "/notes"),
            (Method::GET, "/closed/me"),
            (Method::GET, "/me"),
            (Method::GET, "/sessions"),
            (Method::POST, "/csrf/refresh"),
            (Method::POST, "/logout-all"),
        ] {
            let answer = with_cookie(&app, method, path, &cookie).await;
            assert_eq!(
                (answer.status.as_u16(), answer.detail()),
                (401, "Not authenticated".into())
            );
            assert_eq!(cleared(&answer), ["session_id", "csrf_token"], "{way} {path}");
        }
        let answer = with_cookie(&app, Method::POST, "/logout", &cookie).await;
        assert_eq!(answer.status, 200, "{way}: no token is asked of what is dead");
        assert_eq!(cleared(&answer), ["session_id", "csrf_token"], "{way}");
    }
}

#[tokio::test]
async fn nothing_is_taken_away_from_who_shows_nothing_or_what_is_alive() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    for answer in [
        ada.get("/public").await,
        app.client().get("/public").await,
        with_cookie(&app, Method::GET, "/public", "theme=dark").await,
    ] {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
        assert_eq!(answer.header("cache-control"), None);
    }
    assert_eq!(ada.post("/public").await.json()["user_id"], 1);
    let request = ada.request(Method::POST, "/public");
    assert_eq!(ada.send(request).await.status, 403, "a live session needs its token everywhere");
}

#[tokio::test]
async fn after_a_change_of_the_secret_key_public_pages_are_public() {
    let before = start().await;
    let ada = before.signed_in("ada").await;
    let key = SecretKey::random().expect("random bytes");
    let database = before.database.clone();
    let after =
        TestApp::over(database, |builder| plain(builder).secret_key(key), |_| public()).await;
    let mut ada = ada.moved_to(after.address);
    let request = ada.request(Method::POST, "/public");
    let answer = ada.send(request).await;
    assert_eq!((answer.status.as_u16(), answer.json()["user_id"].clone()), (200, Value::Null));
    assert!(!ada.cookies.contains_key("session_id"), "the old cookie is gone");
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    assert_eq!(ada.get("/dashboard").await.status, 200);
}

#[tokio::test]
async fn a_dead_session_does_not_hide_another_proof() {
    let app = BearerApp::start().await;
    let (_, answer) = app.token_of("ada").await;
    for cookie in [format!("__Host-session_id={}", "A".repeat(48)), "__Host-session_id=x".into()] {
        let mut client = app.client();
        let request = client.request(Method::GET, "/dashboard").header("cookie", cookie);
        let answer = client.send(request.bearer_auth(answer.field("access_token"))).await;
        assert_eq!((answer.status.as_u16(), answer.json()["via"].clone()), (200, "bearer".into()));
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
}

#[tokio::test]
async fn of_several_session_cookies_the_one_that_is_alive_counts() {
    let app = start().await;
    let eve = app.signed_in("eve").await;
    let old = app.signed_in("ada").await;
    assert_eq!(old.clone().post("/logout").await.status, 200);
    let mut ada = app.client();
    ada.login("ada", PASSWORD).await;
    assert_eq!(eve.clone().post("/logout").await.status, 200);
    let live = session(&ada);
    for other in [session(&old), session(&eve), "A".repeat(48), "planted".into(), String::new()] {
        for cookie in [
            format!("session_id={live}; session_id={other}"),
            format!("session_id={other}; theme=dark; session_id={live}"),
            format!("session_id={other}; session_id={live}; session_id={other}"),
        ] {
            let answer = with_cookie(&app, Method::GET, "/dashboard", &cookie).await;
            assert_eq!((answer.status.as_u16(), &answer.json()["user_id"]), (200, &json!(2)));
            assert_eq!(answer.set_cookies(), Vec::<&str>::new(), "the live one stays");
            let answer = with_cookie(&app, Method::POST, "/notes", &cookie).await;
            assert_eq!(answer.detail(), "Missing CSRF token", "{cookie}");
        }
    }
    let headers = app.client().request(Method::GET, "/dashboard").header("cookie", "session_id=x");
    let headers = headers.header("cookie", format!("session_id={live}"));
    assert_eq!(app.client().send(headers).await.status, 200, "two headers are one jar");
}

#[tokio::test]
async fn of_two_sessions_that_are_alive_none_counts_until_the_next_sign_in() {
    let recorder = Recorder::default();
    let configure = |builder| plain(builder).add_event_sink(recorder.clone());
    let app = TestApp::with_routes(configure, |_| public()).await;
    let (ada, eve) = (app.signed_in("ada").await, app.signed_in("eve").await);
    let cookie = both(&eve, &ada);
    recorder.take(&app.auth).await;

    for (method, path) in [(Method::GET, "/dashboard"), (Method::POST, "/notes")] {
        let answer = with_cookie(&app, method, path, &cookie).await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (401, SEVERAL.into()));
        assert_eq!(cleared(&answer), Vec::<String>::new(), "the other one would count alone");
    }
    let events = recorder.take(&app.auth).await;
    let users = events.iter().map(|event| match event {
        SecurityEvent::SessionAmbiguous { user, .. } => user.as_str(),
        other => panic!("{other:?}"),
    });
    assert_eq!(users.collect::<Vec<_>>(), ["2", "1", "2", "1"]);
    let answer = with_cookie(&app, Method::POST, "/public", &cookie).await;
    assert_eq!((answer.status.as_u16(), answer.json()["user_id"].clone()), (200, Value::Null));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());

    // A sign-in ends what it replaces, so that the new session counts beside all old cookies.
    let mut client = app.client();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let login = client.request(Method::POST, "/login").header("cookie", &cookie).form(&form);
    assert_eq!(client.send(login).await.status, 200);
    let cookie = format!("{cookie}; session_id={}", session(&client));
    let answer = with_cookie(&app, Method::GET, "/dashboard", &cookie).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["user_id"]), (200, &json!(1)));
}

#[tokio::test]
async fn logout_ends_every_session_that_is_shown() {
    let app = start().await;
    app.signed_in("ada").await;
    for shows in ["no token", "the token of the first", "the token of the second"] {
        let (mut one, mut other) = (app.client(), app.client());
        one.login("ada", PASSWORD).await;
        other.login("ada", PASSWORD).await;
        let mut client = app.client();
        let request = client.request(Method::POST, "/logout").header("cookie", both(&one, &other));
        let request = match shows {
            "the token of the first" => one.with_csrf(request),
            "the token of the second" => other.with_csrf(request),
            _ => request,
        };
        let answer = client.send(request).await;
        let status = if shows == "no token" { 403 } else { 200 };
        let detail = if status == 200 { "Logged out" } else { "Missing CSRF token" };
        assert_eq!((answer.status.as_u16(), answer.detail()), (status, detail.into()), "{shows}");
        let alive = [one.get("/dashboard").await.status, other.get("/dashboard").await.status];
        assert_eq!(alive.map(|status| status == 200), [status == 403; 2], "{shows}");
    }
}

/// The record is there, and the account could be given back.
#[tokio::test]
async fn logout_ends_the_session_of_a_user_who_may_not_sign_in() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    let before = ada.clone();
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    let request = ada.request(Method::POST, "/logout");
    assert_eq!(ada.send(request).await.status, 200);
    app.execute("UPDATE accounts SET is_active = TRUE").await;
    assert_eq!(before.clone().get("/dashboard").await.status, 401);
}

#[tokio::test]
async fn more_sessions_than_are_looked_up_are_never_told_to_have_ended() {
    let many = SessionConfig::default().sessions_per_user(20);
    let app = TestApp::with(|builder| plain(builder).session(many)).await;
    app.signed_in("ada").await;
    let mut clients = Vec::new();
    for _ in 0..9 {
        let mut client = app.client();
        client.login("ada", PASSWORD).await;
        clients.push(client);
    }
    let cookies: Vec<_> =
        clients.iter().map(|client| format!("session_id={}", session(client))).collect();
    let cookie = cookies.join("; ");
    for (method, path) in [(Method::GET, "/dashboard"), (Method::POST, "/logout")] {
        let answer = with_cookie(&app, method, path, &cookie).await;
        assert_eq!((answer.status.as_u16(), answer.detail()), (400, TOO_MANY.into()));
    }
    let answer = with_cookie(&app, Method::GET, "/optional", &cookie).await;
    assert_eq!((answer.status.as_u16(), answer.json()["user_id"].clone()), (200, Value::Null));
    let mut client = app.client();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let login = client.request(Method::POST, "/login").header("cookie", &cookie).form(&form);
    assert_eq!(client.send(login).await.status, 400, "the new session would not count");
    assert_eq!(clients[0].get("/dashboard").await.status, 200);
    let cookie = cookies[1..].join("; ");
    let mut client = app.client();
    let login = client.request(Method::POST, "/login").header("cookie", &cookie).form(&form);
    assert_eq!(client.send(login).await.status, 200);
    assert_eq!(clients[1].get("/dashboard").await.status, 401);
}

#[tokio::test]
async fn of_several_csrf_cookies_that_of_the_session_is_told() {
    let app = start().await;
    let ada = app.signed_in("ada").await;
    let own = ada.csrf_token().expect("a token");
    let stale = "0".repeat(64);
    for cookie in
        [format!("csrf_token={stale}; csrf_token={own}"), format!("csrf_token={own}; csrf_token=x")]
    {
        let cookie = format!("session_id={}; {cookie}", session(&ada));
        let answer = with_cookie(&app, Method::POST, "/csrf/refresh", &cookie).await;
        assert_eq!((answer.status.as_u16(), answer.json()), (200, json!({ "csrf_token": own })));
        assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    }
}

/// A device that is known has its own budget, whatever else stands beside its cookie.
#[tokio::test]
async fn of_several_device_cookies_that_of_the_account_counts() {
    let app = start().await;
    let known = app.signed_in("ada").await.cookies["device_id"].clone();
    let other = app.signed_in("eve").await.cookies["device_id"].clone();
    for _ in 0..5 {
        app.client().login("ada", "a guess").await;
    }
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 429);
    for cookie in [
        format!("device_id={known}; device_id={other}"),
        format!("device_id={other}; device_id=x; device_id={known}"),
    ] {
        let mut client = app.client();
        let form = [("username", "ada"), ("password", PASSWORD)];
        let login = client.request(Method::POST, "/login").header("cookie", &cookie).form(&form);
        let answer = client.send(login).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(!client.cookies.contains_key("device_id"), "the device was known");
    }
}

const REFRESH: &str = "__Host-refresh_token";

async fn by_cookie() -> BearerApp {
    let config = in_body().refresh_delivery(RefreshDelivery::Cookie);
    BearerApp::built(config, |builder| builder.rate_limits(RateLimits::off())).await
}

fn jar(tokens: &[&str]) -> String {
    let pairs: Vec<_> = tokens.iter().map(|token| format!("{REFRESH}={token}")).collect();
    pairs.join("; ")
}

/// A refresh cookie of a sign-in of its own.
async fn signed_in(app: &BearerApp, name: &str) -> String {
    let mut client = app.client();
    assert_eq!(client.token(name, PASSWORD, None).await.status, 200);
    client.cookies[REFRESH].clone()
}

async fn refreshes(app: &BearerApp, tokens: &[&str]) -> Answer {
    with_cookie(app, Method::POST, "/refresh", &jar(tokens)).await
}

#[tokio::test]
async fn a_dead_refresh_cookie_is_taken_away_and_hides_nothing() {
    let app = by_cookie().await;
    app.token_of("ada").await;
    let ended = signed_in(&app, "ada").await;
    assert!(app.tokens().end(&ended).await.expect("ended"));
    for dead in [&*ended, "garbage"] {
        let answer = refreshes(&app, &[dead]).await;
        let detail = "Invalid or expired refresh token";
        assert_eq!((answer.status.as_u16(), answer.detail()), (401, detail.into()));
        assert_eq!(cleared(&answer), [REFRESH], "{dead}");
        for first in [true, false] {
            let live = signed_in(&app, "ada").await;
            let tokens = if first { [dead, &*live] } else { [&*live, dead] };
            let answer = refreshes(&app, &tokens).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(cleared(&answer), Vec::<String>::new());
        }
    }
}

#[tokio::test]
async fn of_two_refresh_cookies_that_are_alive_none_counts_until_the_next_sign_in() {
    let app = by_cookie().await;
    app.token_of("ada").await;
    app.token_of("eve").await;
    let (ada, eve) = (signed_in(&app, "ada").await, signed_in(&app, "eve").await);
    let answer = refreshes(&app, &[&ada, &eve]).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (401, SEVERAL.into()));
    assert_eq!(cleared(&answer), Vec::<String>::new());

    // A sign-in ends what it replaces.
    let mut client = app.client();
    let form = [("username", "ada"), ("password", PASSWORD)];
    let token = client.request(Method::POST, "/token").header("cookie", jar(&[&ada, &eve]));
    assert_eq!(client.send(token.form(&form)).await.status, 200);
    let new = client.cookies[REFRESH].clone();
    assert_eq!(refreshes(&app, &[&ada, &new, &eve]).await.status, 200);
    for old in [ada, eve] {
        assert_eq!(refreshes(&app, &[&old]).await.status, 401);
    }
    let many: Vec<_> = (0..9).map(|at| format!("t{at}")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    let answer = refreshes(&app, &many).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (400, TOO_MANY.into()));
}

/// A token and its successor are one sign-in: the newer one counts, and the older one is taken for
/// stolen only where it stands alone.
#[tokio::test]
async fn an_older_refresh_cookie_beside_its_successor_is_no_reuse() {
    let app = by_cookie().await;
    app.token_of("ada").await;
    let first = signed_in(&app, "ada").await;
    let renewed = refreshes(&app, &[&first]).await;
    let second = renewed.cookies()[0].1.clone();
    let answer = refreshes(&app, &[&first, &second]).await;
    assert_eq!(answer.status, 200, "within the grace: {}", answer.text());
    let third = answer.cookies()[0].1.clone();
    app.after(21);
    let answer = refreshes(&app, &[&first, &third]).await;
    assert_eq!(answer.status, 200, "after it: {}", answer.text());
    let fourth = answer.cookies()[0].1.clone();
    assert_eq!(refreshes(&app, &["garbage", &first]).await.status, 401);
    assert_eq!(refreshes(&app, &[&fourth]).await.status, 401, "a reuse is one in any company");
}

#[tokio::test]
async fn logout_ends_every_sign_in_by_tokens_that_is_shown() {
    let app = by_cookie().await;
    app.token_of("ada").await;
    let (one, other) = (signed_in(&app, "ada").await, signed_in(&app, "ada").await);
    let answer = with_cookie(&app, Method::POST, "/logout", &jar(&[&one, &other])).await;
    assert_eq!(answer.status, 200);
    for token in [&one, &other] {
        assert_eq!(refreshes(&app, &[token]).await.status, 401);
    }
}

#[tokio::test]
async fn logout_never_says_done_of_what_it_has_not_read() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let token = answer.field("refresh_token");
    let body = json!({ "refresh_token": token, "padding": "x".repeat(16 * 1024) });
    let answer = ada.post_json("/logout", &body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (413, "The request body is too large.".into())
    );
    let request = ada.request(Method::POST, "/logout").bearer_auth(&token).bearer_auth("x");
    assert_eq!(ada.send(request).await.status, 401);
    assert_eq!(ada.refresh(&token).await.status, 200, "it is alive, and nobody was told otherwise");
}

/// An application that has moved from cookies to bodies finds both for a while.
#[tokio::test]
async fn a_dead_refresh_cookie_does_not_hide_the_token_in_the_body() {
    let app = BearerApp::start().await;
    let (_, answer) = app.token_of("ada").await;
    let mut client = app.client();
    let body = json!({ "refresh_token": answer.field("refresh_token") });
    let request = client.request(Method::POST, "/refresh").header("cookie", jar(&["dead"]));
    let answer = client.send(request.json(&body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}
