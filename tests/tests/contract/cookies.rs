//! The cookies, attribute by attribute.

use std::time::Duration;

use crudauth::http::SameSite;
use crudauth::{CookieConfig, SessionConfig};

use super::{Answer, PASSWORD, TestApp, plain};

/// Every `Set-Cookie` with its value replaced by the value's length.
fn shapes(answer: &Answer) -> Vec<String> {
    let shape = |cookie: &str| {
        let (name, rest) = cookie.split_once('=').expect("a name and a value");
        let (value, attributes) = rest.split_once("; ").expect("attributes");
        format!("{name}={}; {attributes}", value.len())
    };
    answer.set_cookies().into_iter().map(shape).collect()
}

async fn login(app: &TestApp, more: &[(&str, &str)]) -> Answer {
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    let mut form = vec![("username", "ada"), ("password", PASSWORD)];
    form.extend(more);
    let answer = client.post_form("/login", &form).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer
}

#[tokio::test]
async fn by_default_they_are_of_this_host_alone() {
    let app = TestApp::start().await;
    let answer = login(&app, &[]).await;
    let expected = [
        "__Host-session_id=48; HttpOnly; Path=/; SameSite=lax; Secure",
        "__Host-csrf_token=64; Path=/; SameSite=lax; Secure",
        "__Host-device_id=64; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure",
    ];
    assert_eq!(shapes(&answer), expected);
    let token = &answer.cookies()[1].1;
    assert!(token.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
    assert_eq!(answer.json()["csrf_token"], token.as_str());
}

#[tokio::test]
async fn in_development_the_names_change_with_the_attribute() {
    let app = plain().await;
    let expected = [
        "session_id=48; HttpOnly; Path=/; SameSite=lax",
        "csrf_token=64; Path=/; SameSite=lax",
        "device_id=64; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax",
    ];
    assert_eq!(shapes(&login(&app, &[]).await), expected);
}

#[tokio::test]
async fn remember_me_gives_them_an_age() {
    let app = plain().await;
    let expected = [
        "session_id=48; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax",
        "csrf_token=64; Max-Age=2592000; Path=/; SameSite=lax",
        "device_id=64; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax",
    ];
    assert_eq!(shapes(&login(&app, &[("remember_me", "true")]).await), expected);

    let week = Duration::from_secs(7 * 24 * 60 * 60);
    let app =
        TestApp::with(|builder| builder.session(SessionConfig::default().remember_for(week))).await;
    let shapes = shapes(&login(&app, &[("remember_me", "true")]).await);
    let expected = "__Host-session_id=48; HttpOnly; Max-Age=604800; Path=/; SameSite=lax; Secure";
    assert_eq!(shapes[0], expected);
}

#[tokio::test]
async fn names_path_and_same_site_are_the_applications_to_choose() {
    let app = TestApp::with(|builder| {
        let cookies = CookieConfig::default().same_site(SameSite::Strict).path("/app");
        let session = SessionConfig::default()
            .cookie_name("sid")
            .csrf_cookie_name("xsrf")
            .device_cookie_name("device");
        builder.cookies(cookies).session(session)
    })
    .await;
    let answer = login(&app, &[]).await;
    let expected = [
        "sid=48; HttpOnly; Path=/app; SameSite=strict; Secure",
        "xsrf=64; Path=/app; SameSite=strict; Secure",
        "device=64; HttpOnly; Max-Age=31536000; Path=/app; SameSite=strict; Secure",
    ];
    assert_eq!(shapes(&answer), expected);
    let mut client = app.client();
    client.cookies.insert("sid".to_owned(), answer.cookies()[0].1.clone());
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test]
async fn plain_names_stay_secure() {
    let app = TestApp::with(|builder| builder.cookies(CookieConfig::default().plain_names())).await;
    let expected = [
        "session_id=48; HttpOnly; Path=/; SameSite=lax; Secure",
        "csrf_token=64; Path=/; SameSite=lax; Secure",
        "device_id=64; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure",
    ];
    assert_eq!(shapes(&login(&app, &[]).await), expected);
}

/// For a front end whose script looks for the cookie by the name that it always had.
#[tokio::test]
async fn the_csrf_cookie_alone_can_have_its_plain_name() {
    let session = SessionConfig::default().csrf_cookie_name("csrf_token");
    let app = TestApp::with(|builder| builder.session(session)).await;
    let answer = login(&app, &[]).await;
    let shapes = shapes(&answer);
    assert_eq!(shapes[0], "__Host-session_id=48; HttpOnly; Path=/; SameSite=lax; Secure");
    assert_eq!(shapes[1], "csrf_token=64; Path=/; SameSite=lax; Secure");
    let mut client = app.client();
    client.cookies.extend(answer.cookies());
    assert_eq!(client.post("/logout").await.status, 200, "the script shows it as before");
}

#[tokio::test]
async fn a_plain_name_is_no_way_around_the_prefix() {
    let app = TestApp::start().await;
    let session = login(&app, &[]).await.cookies()[0].1.clone();
    let mut client = app.client();
    client.cookies.insert("session_id".to_owned(), session);
    assert_eq!(client.get("/me").await.status, 401, "a neighbouring host could have set it");
}
