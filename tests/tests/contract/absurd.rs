//! Settings beyond all time.

use std::time::Duration;

use crudauth::{
    BearerConfig, LockoutConfig, RateLimit, RateLimits, RefreshDelivery, SessionConfig, SudoConfig,
};
use crudauth_tests::support::{BearerApp, Client};
use serde_json::json;

use super::{Answer, PASSWORD, plain_cookies};

const ENDLESS: Duration = Duration::MAX;

/// The whole seconds of `Retry-After`.
fn wait(answer: &Answer) -> u64 {
    answer.header("retry-after").and_then(|it| it.parse().ok()).expect("a time to wait")
}

async fn app() -> BearerApp {
    let bearer = BearerConfig::default()
        .refresh_delivery(RefreshDelivery::Body)
        .access_ttl(ENDLESS)
        .refresh_ttl(ENDLESS);
    let session = SessionConfig::default()
        .management_routes()
        .idle_timeout(ENDLESS)
        .remember_for(ENDLESS)
        .absolute_timeout(ENDLESS);
    let lockout =
        LockoutConfig::default().window(ENDLESS).cap(ENDLESS).base(ENDLESS).retention(ENDLESS);
    let change_password = RateLimit::new(1, ENDLESS);
    BearerApp::built(bearer, |builder| {
        plain_cookies(builder)
            .session(session)
            .lockout(lockout)
            .sudo(SudoConfig::default().window(ENDLESS).lockout(ENDLESS))
            .fresh_sign_in(ENDLESS)
            .rate_limits(RateLimits { change_password, ..RateLimits::off() })
    })
    .await
}

/// What lives for ever does so a thousand years on, and nothing overflows on the way, on no engine.
#[tokio::test]
async fn an_end_that_no_clock_reaches_is_never_reached() {
    let app = app().await;
    let mut ada = app.client();
    assert_eq!(ada.register("ada@example.com", "ada", PASSWORD).await.status, 200);
    let form = [("username", "ada"), ("password", PASSWORD), ("remember_me", "true")];
    assert_eq!(ada.post_form("/login", &form).await.status, 200);
    let tokens = ada.token("ada", PASSWORD, None).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());

    let mut program = app.client();
    let works = async |ada: &mut Client, program: &mut Client, tokens: &Answer| {
        assert_eq!(ada.get("/me").await.status, 200);
        // The session and the sign-in by tokens are as old as each other, so either may come first.
        let listed = ada.get("/sessions").await.json();
        let current = listed.as_array().into_iter().flatten().filter(|it| it["current"] == true);
        assert_eq!(current.count(), 1, "{listed}");
        assert_eq!(program.get_as(&tokens.field("access_token"), "/me").await.status, 200);
        let renewed = program.refresh(&tokens.field("refresh_token")).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text());
        renewed
    };
    let renewed = works(&mut ada, &mut program, &tokens).await;
    app.after(50 * 365 * 24 * 60 * 60);
    works(&mut ada, &mut program, &renewed).await;

    let body = json!({ "current_password": "wrong", "new_password": "a much longer engine" });
    assert_eq!(ada.post_json("/change-password", &body).await.status, 401);
    let limited = ada.post_json("/change-password", &body).await;
    assert_eq!(limited.status, 429);
    assert!(wait(&limited) > 24 * 60 * 60);
    let mut stranger = app.client();
    for _ in 0..5 {
        assert_eq!(stranger.login("eve", "wrong").await.status, 401);
    }
    let locked = stranger.login("eve", "wrong").await;
    assert_eq!(locked.status, 429);
    assert!(wait(&locked) > 24 * 60 * 60);
}
