//! What a sign-in by a provider notes, and what it counts for.

use std::time::Duration;

use serde_json::json;

use crate::app::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_its_last_use_and_the_address_that_the_provider_said_then() {
    let app = App::start().await;
    let (ada, eve) = (format!("ada,{ADA}"), format!("ada,{EVE}"));
    // It is noted again once five minutes have passed.
    for (minutes, code, email, used_at) in [
        (0, &ada, ADA, "2027-01-15T08:00:00Z"),
        (5, &eve, ADA, "2027-01-15T08:00:00Z"),
        (1, &eve, EVE, "2027-01-15T08:06:00Z"),
        (6, &format!("{ada},unverified"), ADA, "2027-01-15T08:12:00Z"),
    ] {
        app.clock.advance(Duration::from_secs(60 * minutes));
        let mut client = app.by("sso", code).await;
        let listed = client.get("/oauth/accounts").await.json();
        let said = (&listed[0]["email"], &listed[0]["last_used_at"]);
        assert_eq!(said, (&json!(email), &json!(used_at)), "{code}");
        assert_eq!(email_of(&mut client).await, ADA, "that of the user stays");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_by_a_provider_is_fresh_for_a_first_password() {
    for provider in BOTH {
        let app = App::start().await;
        let mut ada = app.by(provider, &format!("ada,{ADA}")).await;
        app.clock.advance(Duration::from_secs(601));
        let first = json!({ "new_password": NEW_PASSWORD });
        let answer = ada.post_json("/set-password", &first).await;
        assert_eq!(answer.status, 403, "{provider}: {}", answer.text());
        assert_eq!(answer.json()["code"], "sign_in_not_fresh", "{provider}");
        let mut ada = app.by(provider, "ada").await;
        let answer = ada.post_json("/set-password", &first).await;
        assert_eq!(answer.status, 200, "{provider}: {}", answer.text());
        assert_eq!(app.client().login(ADA, NEW_PASSWORD).await.status, 200, "{provider}");
    }
}
