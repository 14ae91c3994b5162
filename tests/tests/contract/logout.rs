//! `POST /logout`.

use crudauth::SessionConfig;
use crudauth_tests::support::Client;
use reqwest::Method;

use super::{Answer, PASSWORD, TestApp, detail, plain, plain_cookies, whole};

async fn without_token(client: &mut Client) -> Answer {
    let request = client.request(Method::POST, "/logout");
    client.send(request).await
}

#[tokio::test]
async fn it_ends_the_session_and_clears_its_cookies() {
    for (app, expected) in [
        (
            plain().await,
            [
                "session_id=\"\"; expires=Fri, 15 Jan 2027 08:00:00 GMT; Max-Age=0; Path=/; SameSite=lax",
                "csrf_token=\"\"; expires=Fri, 15 Jan 2027 08:00:00 GMT; Max-Age=0; Path=/; SameSite=lax",
            ],
        ),
        (
            TestApp::start().await,
            [
                "__Host-session_id=\"\"; expires=Fri, 15 Jan 2027 08:00:00 GMT; Max-Age=0; Path=/; \
             SameSite=lax; Secure",
                "__Host-csrf_token=\"\"; expires=Fri, 15 Jan 2027 08:00:00 GMT; Max-Age=0; Path=/; \
             SameSite=lax; Secure",
            ],
        ),
    ] {
        let mut client = app.signed_in("ada").await;
        let before = client.clone();
        let answer = client.post("/logout").await;
        assert_eq!(whole(&answer), detail(200, "Logged out"));
        assert_eq!(answer.set_cookies(), expected);
        assert_eq!(before.clone().get("/me").await.status, 401, "the id is dead");
        assert_eq!(app.database.entries().await, []);
        let left: Vec<_> =
            client.cookies.keys().filter(|name| name.contains("device_id")).collect();
        assert_eq!((left.len(), client.cookies.len()), (1, 1), "the device stays known");
    }
}

/// Wherever a user ends the session of the browser in hand, and nowhere else.
#[tokio::test]
async fn what_pages_have_left_behind_is_thrown_away_where_the_application_asks_for_it() {
    let session = || SessionConfig::default().management_routes();
    for (config, expected) in
        [(session(), None), (session().clear_site_data_at_logout(), Some(r#""cache", "storage""#))]
    {
        let app = TestApp::with(|builder| plain_cookies(builder).session(config)).await;
        let mut ada = app.signed_in("ada").await;
        let told = |answer: Answer| {
            assert_eq!(answer.status, 200, "{}", answer.text());
            answer.header("clear-site-data").map(str::to_owned)
        };
        assert_eq!(told(ada.get("/me").await), None);
        assert_eq!(told(ada.post("/logout-all?keep_current=true").await), None);
        assert_eq!(told(ada.post("/logout").await).as_deref(), expected);
        ada.login("ada", PASSWORD).await;
        assert_eq!(told(ada.post("/logout-all").await).as_deref(), expected);
        ada.login("ada", PASSWORD).await;
        let sessions = ada.get("/sessions").await.json();
        let own = format!("/sessions/{}", sessions[0]["id"].as_str().expect("a handle"));
        let request = ada.with_csrf(ada.request(Method::DELETE, &own));
        assert_eq!(told(ada.send(request).await).as_deref(), expected);
    }
}

#[tokio::test]
async fn a_live_session_ends_only_with_its_token() {
    let app = plain().await;
    let mut client = app.signed_in("ada").await;
    let answer = without_token(&mut client).await;
    assert_eq!(whole(&answer), detail(403, "Missing CSRF token"));
    assert_eq!(answer.header("x-csrf-error"), Some("true"));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    let request = client.request(Method::POST, "/logout").header("x-csrf-token", "0".repeat(64));
    assert_eq!(whole(&client.send(request).await), detail(403, "Invalid CSRF token"));
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test]
async fn without_a_live_session_the_cookies_are_cleared_all_the_same() {
    let app = plain().await;
    assert_eq!(without_token(&mut app.client()).await.set_cookies().len(), 2);

    let mut expired = app.signed_in("ada").await;
    app.after(30 * 60);
    let answer = without_token(&mut expired).await;
    assert_eq!(whole(&answer), detail(200, "Logged out"));
    assert_eq!(answer.set_cookies().len(), 2);

    for planted in ["A".repeat(48), "nonsense".to_owned()] {
        let mut client = app.client();
        client.cookies.insert("session_id".to_owned(), planted);
        let answer = without_token(&mut client).await;
        assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (200, 2));
    }
}

/// The browser sends no `SameSite` cookie along, but would obey the answer.
#[tokio::test]
async fn another_site_cannot_log_its_visitor_out() {
    let app = plain().await;
    let signed_in = app.signed_in("ada").await;
    let foreign = [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")];
    for mut client in [signed_in.clone(), app.client()] {
        for (name, value) in foreign {
            let request = client.with_csrf(client.request(Method::POST, "/logout"));
            let answer = client.send(request.header(name, value)).await;
            assert_eq!(whole(&answer), detail(403, "Cross-site requests are not allowed."));
            assert_eq!(answer.set_cookies(), Vec::<&str>::new());
        }
    }
    assert_eq!(signed_in.clone().get("/me").await.status, 200);
}

#[tokio::test]
async fn the_other_sessions_of_the_user_live_on() {
    let app = plain().await;
    let mut here = app.signed_in("ada").await;
    let mut there = app.client();
    there.login("ada", PASSWORD).await;
    here.post("/logout").await;
    assert_eq!(there.get("/me").await.status, 200);
}
