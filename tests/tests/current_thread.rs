//! All of it on one thread: a runtime that has no other thread to lend.

use std::time::Duration;

use crudauth::{RateLimits, SessionConfig};
use crudauth_tests::support::{BearerApp, Mailbox, PASSWORD, Recorder, in_body};
use serde_json::json;

const NEW: &str = "a much longer engine";

/// From the sign-up to the end of every session, with hashing, mail, tokens and events, while the
/// server, its client and whatever runs beside them share the one thread.
async fn the_whole_life_of_an_account() {
    let (mailbox, events) = (Mailbox::default(), Recorder::default());
    let (mail, sink) = (mailbox.config(), events.clone());
    let app = BearerApp::built(in_body(), |builder| {
        builder
            .session(SessionConfig::default().management_routes())
            .email(mail)
            .add_event_sink(sink)
            .rate_limits(RateLimits::off())
    })
    .await;
    let mut ada = app.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 202);
    mailbox.open(&app).await;
    let logins = (0..4).map(|_| {
        let mut client = app.client();
        tokio::spawn(async move { client.login("ada", PASSWORD).await.status })
    });
    for login in logins.collect::<Vec<_>>() {
        assert_eq!(login.await.expect("an answer"), 200, "in parallel");
    }
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    assert_eq!(ada.get("/me").await.status, 200);
    let everything = Some("notes:read reports:read");
    let tokens = ada.token("ada", PASSWORD, everything).await;
    let renewed = ada.refresh(&tokens.field("refresh_token")).await;
    assert_eq!(ada.get_as(&renewed.field("access_token"), "/me").await.status, 200);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(ada.post_json("/change-password", &change).await.status, 200);
    assert_eq!(
        ada.post_json("/password/reset-request", &json!({ "email": "ada@example.com" }))
            .await
            .status,
        200
    );
    assert_eq!(ada.post("/logout-all").await.status, 200);
    assert_eq!(ada.get("/me").await.status, 401);
    assert!(!events.take(&app.auth).await.is_empty());
}

#[test]
fn an_account_lives_on_a_runtime_of_one_thread() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.expect("a runtime");
    let life = async {
        tokio::time::timeout(Duration::from_secs(300), the_whole_life_of_an_account()).await
    };
    runtime.block_on(life).expect("nothing waits for a thread that is not there");
}
