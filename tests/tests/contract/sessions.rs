//! How long sessions live, and what ends them.

use std::time::Duration;

use crudauth::SessionConfig;
use crudauth_tests::support::Client;

use super::{PASSWORD, TestApp, detail, plain, plain_cookies, whole};

const DAY: u64 = 24 * 60 * 60;

async fn with_session(session: SessionConfig) -> TestApp {
    TestApp::with(|builder| plain_cookies(builder).session(session)).await
}

async fn remembered(app: &TestApp) -> Client {
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    let form = [("username", "ada"), ("password", PASSWORD), ("remember_me", "true")];
    assert_eq!(client.post_form("/login", &form).await.status, 200);
    client
}

async fn is_alive(client: &mut Client) -> bool {
    match client.get("/me").await.status.as_u16() {
        200 => true,
        401 => false,
        other => panic!("{other}"),
    }
}

#[tokio::test]
async fn thirty_idle_minutes_end_it_and_activity_slides() {
    let app = plain().await;
    let mut client = app.signed_in("ada").await;
    for _ in 0..5 {
        app.after(30 * 60 - 1);
        assert!(is_alive(&mut client).await);
    }
    app.after(30 * 60);
    assert!(!is_alive(&mut client).await);
    assert_eq!(whole(&client.get("/me").await), detail(401, "Not authenticated"));
    assert_eq!(client.login("ada", PASSWORD).await.status, 200);
    assert!(is_alive(&mut client).await);
}

#[tokio::test]
async fn no_activity_carries_it_beyond_its_age() {
    let age = Duration::from_secs(2 * 60 * 60);
    let app = with_session(SessionConfig::default().absolute_timeout(age)).await;
    let mut client = app.signed_in("ada").await;
    for _ in 0..5 {
        app.after(20 * 60);
        assert!(is_alive(&mut client).await);
    }
    app.after(20 * 60 - 1);
    assert!(is_alive(&mut client).await);
    app.after(1);
    assert!(!is_alive(&mut client).await);
}

#[tokio::test]
async fn thirty_days_are_the_age_by_default() {
    let app = plain().await;
    let mut client = remembered(&app).await;
    for _ in 0..29 {
        app.after(DAY);
        assert!(is_alive(&mut client).await);
    }
    app.after(DAY);
    assert!(!is_alive(&mut client).await);
}

#[tokio::test]
async fn remember_me_outlives_idleness_for_thirty_days() {
    let app = with_session(SessionConfig::default().absolute_timeout(None)).await;
    let mut client = remembered(&app).await;
    for _ in 0..3 {
        app.after(30 * DAY - 1);
        assert!(is_alive(&mut client).await);
    }
    app.after(30 * DAY);
    assert!(!is_alive(&mut client).await);
}

#[tokio::test]
async fn most_requests_write_nothing() {
    let app = plain().await;
    let mut client = app.signed_in("ada").await;
    // Everything that crudauth stores, the user's row included.
    let all = async || {
        let row = "SELECT concat(account_id, ' ', pw_hash, ' ', token_version) FROM accounts";
        (app.database.entries().await, app.database.counters().await, app.select(row).await)
    };
    let mut before = all().await;
    let mut writes = 0;
    for _ in 0..300 {
        app.after(1);
        assert!(is_alive(&mut client).await);
        let now = all().await;
        writes += usize::from(now != before);
        before = now;
    }
    assert_eq!(writes, 5, "one a minute");
}

#[tokio::test]
async fn the_interval_of_writes_is_a_setting_and_never_ends_a_session_early() {
    let session = SessionConfig::default().touch_interval(Duration::from_secs(10 * 60));
    let app = with_session(session).await;
    let mut client = app.signed_in("ada").await;
    let before = app.database.entries().await;
    assert_eq!(before.len(), 1);
    app.after(10 * 60 - 1);
    assert!(is_alive(&mut client).await);
    assert_eq!(app.database.entries().await, before);
    app.after(1);
    assert!(is_alive(&mut client).await);
    assert_ne!(app.database.entries().await, before);
    app.after(30 * 60 - 1);
    assert!(is_alive(&mut client).await);
}

#[tokio::test]
async fn a_new_epoch_ends_every_session_of_the_user_at_once() {
    let app = plain().await;
    let mut here = app.signed_in("ada").await;
    let mut there = app.client();
    there.login("ada", PASSWORD).await;
    let mut eve = app.signed_in("eve").await;
    app.execute("UPDATE accounts SET token_version = token_version + 1 WHERE username = 'ada'")
        .await;
    for client in [&mut here, &mut there] {
        assert!(!is_alive(client).await);
    }
    assert!(is_alive(&mut eve).await);
    app.execute("UPDATE accounts SET token_version = 9 WHERE username = 'eve'").await;
    assert!(!is_alive(&mut eve).await, "an epoch is compared by difference");
    assert_eq!(here.login("ada", PASSWORD).await.status, 200);
    assert!(is_alive(&mut here).await);
}

#[tokio::test]
async fn a_disabled_or_deleted_user_is_out_at_once() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let mut eve = app.signed_in("eve").await;
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'ada'").await;
    assert_eq!(whole(&ada.get("/me").await), detail(401, "Not authenticated"));
    assert_eq!(ada.post("/notes").await.status, 401);
    app.execute("DELETE FROM accounts WHERE username = 'eve'").await;
    assert_eq!(whole(&eve.get("/me").await), detail(401, "Not authenticated"));
    assert_eq!(eve.get("/optional").await.json()["user_id"], serde_json::Value::Null);
}

#[tokio::test]
async fn the_state_of_the_account_comes_before_the_csrf_rule() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    app.execute("UPDATE accounts SET is_active = FALSE").await;
    let request = ada.request(reqwest::Method::POST, "/notes");
    assert_eq!(whole(&ada.send(request).await), detail(401, "Not authenticated"));
}

#[tokio::test]
async fn the_row_is_read_anew_with_each_request() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    app.execute("UPDATE accounts SET is_admin = TRUE, username = 'countess'").await;
    let me = ada.get("/me").await.json();
    assert_eq!((&me["is_superuser"], &me["username"]), (&true.into(), &"countess".into()));
}

#[tokio::test]
async fn another_secret_key_knows_none_of_the_sessions() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let key = crudauth::SecretKey::random().expect("random bytes");
    let database = app.database.clone();
    let other = crudauth::CrudAuth::<crudauth_tests::support::Account>::builder(database, key)
        .new_user_fields(|_| async {
            Ok(crudauth_tests::support::AccountProvisioned { tier_id: 1 })
        })
        .clock(app.clock.clone())
        .cookies(crudauth::CookieConfig::insecure_for_plain_http_development())
        .build()
        .await
        .expect("a configuration that works");
    let server = crudauth_tests::support::Server::serve(other.router()).await;
    let mut elsewhere = server.client();
    elsewhere.cookies = ada.cookies.clone();
    assert_eq!(elsewhere.get("/me").await.status, 401, "another key knows no session");
    assert!(is_alive(&mut ada).await);
}
