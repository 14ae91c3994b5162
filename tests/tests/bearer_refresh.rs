//! The rotation of refresh tokens.

use std::time::Duration;

use crudauth::{RateLimit, RateLimits, ScopeName as _};
use crudauth_tests::support::{BearerApp, NotesRead, PASSWORD, in_body};
use serde_json::json;

const GRACE: Duration = Duration::from_secs(20);

#[tokio::test(flavor = "multi_thread")]
async fn each_renewal_replaces_the_refresh_token() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let mut tokens = vec![answer.field("refresh_token")];
    for _ in 0..4 {
        app.clock.advance(Duration::from_secs(15 * 60));
        let renewed = ada.refresh(&tokens[tokens.len() - 1]).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text());
        let next = renewed.field("refresh_token");
        assert!(!tokens.contains(&next));
        assert_eq!(ada.get_as(&renewed.field("access_token"), "/me").await.status, 200);
        tokens.push(next);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn within_the_grace_a_replay_gets_the_same_successor() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let first = answer.field("refresh_token");
    let second = ada.refresh(&first).await.field("refresh_token");
    app.clock.advance(GRACE - Duration::from_millis(1));
    let replayed = ada.refresh(&first).await;
    assert_eq!(replayed.status, 200, "{}", replayed.text());
    assert_eq!(replayed.field("refresh_token"), second);
    assert_eq!(ada.refresh(&second).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_grace_a_replay_ends_the_sign_in_and_no_other() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let other = ada.token("ada", PASSWORD, None).await.field("refresh_token");
    let stolen = answer.field("refresh_token");
    let second = ada.refresh(&stolen).await.field("refresh_token");
    app.clock.advance(GRACE);
    let mut thief = app.client();
    for (client, token) in [(&mut thief, &stolen), (&mut ada, &second)] {
        let refused = client.refresh(token).await;
        assert_eq!(refused.status, 401, "{}", refused.text());
        assert_eq!(refused.detail(), "Invalid or expired refresh token");
    }
    assert_eq!(ada.refresh(&other).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_generation_ends_the_sign_in_even_within_the_grace() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let first = answer.field("refresh_token");
    let second = ada.refresh(&first).await.field("refresh_token");
    let third = ada.refresh(&second).await.field("refresh_token");
    assert_eq!(ada.refresh(&first).await.status, 401);
    assert_eq!(ada.refresh(&third).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_ends_after_thirty_days_however_often_it_is_renewed() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let mut refresh = answer.field("refresh_token");
    for _ in 0..29 {
        app.clock.advance(Duration::from_secs(24 * 60 * 60));
        let renewed = ada.refresh(&refresh).await;
        assert_eq!(renewed.status, 200, "{}", renewed.text());
        refresh = renewed.field("refresh_token");
    }
    app.clock.advance(Duration::from_secs(24 * 60 * 60));
    let expired = ada.refresh(&refresh).await;
    assert_eq!(expired.status, 401);
    assert_eq!(expired.detail(), "Invalid or expired refresh token");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_parallel_renewals_have_one_successor_fifty_times() {
    const ROUNDS: usize = 50;
    const CLIENTS: usize = 16;

    let app = BearerApp::start().await;
    let (client, answer) = app.token_of("ada").await;
    let mut refresh = answer.field("refresh_token");
    for round in 0..ROUNDS {
        let parallel: Vec<_> = (0..CLIENTS)
            .map(|_| {
                let (mut client, refresh) = (client.clone(), refresh.clone());
                tokio::spawn(async move {
                    let renewed = client.refresh(&refresh).await;
                    let me = client.get_as(&renewed.field("access_token"), "/me").await;
                    (renewed, me.status)
                })
            })
            .collect();
        let mut successors = Vec::new();
        for renewal in parallel {
            let (renewed, me) = renewal.await.expect("no panic");
            assert_eq!(renewed.status, 200, "round {round}: {}", renewed.text());
            assert_eq!(me, 200, "round {round}");
            successors.push(renewed.field("refresh_token"));
        }
        successors.dedup();
        assert_eq!(successors.len(), 1, "round {round}");
        assert_ne!(successors[0], refresh, "round {round}");
        refresh = successors.remove(0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_clamped_again() {
    let key = crudauth::token::SigningKey::random().expect("random");
    let app = BearerApp::with(in_body().keys(key.clone())).await;
    let (mut ada, _) = app.token_of("ada").await;
    let answer = ada.token("ada", PASSWORD, Some("notes:read reports:read")).await;
    let renewed = ada.refresh(&answer.field("refresh_token")).await;
    let me = ada.get_as(&renewed.field("access_token"), "/me").await;
    assert_eq!(me.json()["scopes"], json!(["notes:read", "reports:read"]));

    // The same application, deployed anew with less to grant.
    let secret = || crudauth::SecretKey::new("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i");
    let before = BearerApp::built(in_body().keys(key.clone()), |builder| {
        builder.secret_key(secret().expect("good"))
    })
    .await;
    let (mut ada, _) = before.token_of("ada").await;
    let answer = ada.token("ada", PASSWORD, Some("notes:read reports:read")).await;
    let tightened = in_body().grantable_scopes([NotesRead::NAME]).keys(key);
    let after = BearerApp::over(before.database.clone(), tightened, |builder| {
        builder.secret_key(secret().expect("good")).clock(before.clock.clone())
    })
    .await;
    let mut ada = after.client();
    let renewed = ada.refresh(&answer.field("refresh_token")).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let me = ada.get_as(&renewed.field("access_token"), "/me").await;
    assert_eq!(me.json()["scopes"], json!(["notes:read"]));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_token_rests_in_the_database() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let renewed = ada.refresh(&answer.field("refresh_token")).await;
    let stored = app.database.bytes().await;
    let holds = |text: &str| stored.windows(text.len()).any(|window| window == text.as_bytes());
    assert!(holds("refresh:"), "the family is not where it is looked for");
    assert!(holds("$argon2id$"), "the user is not where it is looked for");
    for answer in [answer, renewed] {
        for name in ["access_token", "refresh_token"] {
            let token = answer.field(name);
            let parts: Vec<_> = token.split('.').collect();
            assert!(!holds(&token) && !holds(parts[1]) && !holds(parts[2]), "{name}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renewals_have_a_limit_by_address() {
    let limits = RateLimits { refresh: RateLimit::per_hour(3), ..RateLimits::off() };
    let app = BearerApp::built(in_body(), |builder| builder.rate_limits(limits)).await;
    let (mut ada, answer) = app.token_of("ada").await;
    let mut token = answer.field("refresh_token");
    for _ in 0..2 {
        token = ada.refresh(&token).await.field("refresh_token");
    }
    assert_eq!(ada.refresh("forged").await.status, 401, "a guess counts too");
    let answer = ada.refresh(&token).await;
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert_eq!(answer.detail(), "Too many requests. Try again later.");
    assert_eq!(answer.header("retry-after"), Some("3600"));
    assert_eq!(app.client().at(9).refresh(&token).await.status, 200, "the token is still good");
    app.clock.advance(Duration::from_secs(3600));
    assert_ne!(ada.refresh("forged").await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn beyond_the_cap_of_sign_ins_the_one_that_rested_longest_ends() {
    let app = BearerApp::with(in_body().sign_ins_per_user(2)).await;
    let (mut ada, answer) = app.token_of("ada").await;
    let first = answer.field("refresh_token");
    app.clock.advance(Duration::from_secs(1));
    let second = ada.token("ada", PASSWORD, None).await.field("refresh_token");
    app.clock.advance(Duration::from_secs(1));
    let first = ada.refresh(&first).await.field("refresh_token");
    app.clock.advance(Duration::from_secs(1));
    let third = ada.token("ada", PASSWORD, None).await.field("refresh_token");
    assert_eq!(ada.refresh(&second).await.status, 401);
    assert_eq!(ada.refresh(&first).await.status, 200);
    assert_eq!(ada.refresh(&third).await.status, 200);
    app.client().register("bea@example.com", "bea", PASSWORD).await;
    assert_eq!(ada.token("bea", PASSWORD, None).await.status, 200);
    let families = app.database.entries().await;
    assert_eq!(families.iter().filter(|entry| entry.key.starts_with("refresh:")).count(), 3);
}
