//! Tokens of a provider that are kept for the application's own calls.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use crudauth::oauth::{Begin, Callback, OAuthConfig};
use crudauth::user::StoredUser;
use crudauth::{CrudAuth, SecretKey};
use crudauth_tests::provider::{ACCESS, CODE, Site, refresh_token};
use crudauth_tests::support::engines::TestDatabase;
use serde_json::json;

use crate::app::{App, MEMBERS, Member, has_session, parameters};

const HOUR: Duration = Duration::from_secs(3600);

/// The key of each application here, so that one opens what another one has sealed.
fn key() -> SecretKey {
    SecretKey::new("q7Jx0vZt3mWc9RkLb2YhEo5NsUaGd8PfKiTzXwVnM4Qr").expect("a key")
}

/// An application that keeps the tokens of its provider `sso`, over a database.
async fn keeping(database: TestDatabase) -> App {
    let keep = |config: OAuthConfig| config.keep_tokens_of("sso");
    App::over(database, Site::oidc, keep, |builder| builder.secret_key(key())).await
}

/// Ada, who has signed in by a provider whose tokens are kept, count for an hour and can be refreshed.
async fn ada() -> (App, Arc<StoredUser<Member>>) {
    let app = keeping(TestDatabase::new(&MEMBERS).await).await;
    app.provider.said().answer = Box::new(|answer| {
        answer["expires_in"] = json!(3600);
        answer["refresh_token"] = json!(refresh_token(0));
    });
    let ada = sign_in(&app).await;
    (app, ada)
}

/// A sign-in without HTTP.
async fn sign_in(app: &App) -> Arc<StoredUser<Member>> {
    let oauth = app.auth.oauth().expect("providers");
    let begun = oauth.begin("sso", Begin::sign_in()).await.expect("begun");
    let state = app.arrive(&begun.url);
    let callback = Callback { code: Some(CODE), state: Some(&state), iss: None, error: None };
    let context = app.auth.context(&http::Request::new(()).into_parts().0);
    let completed = oauth.complete("sso", callback, Some(&begun.browser), &context).await;
    completed.expect("signed in").user
}

async fn token(app: &App, user: &StoredUser<Member>) -> Option<String> {
    let oauth = app.auth.oauth().expect("providers");
    let token = oauth.access_token(user, "sso").await.expect("an answer");
    token.map(|token| token.expose().to_owned())
}

/// The tokens that the paths of the provider were shown.
fn shown(app: &App, path: &str, field: &str) -> Vec<String> {
    let calls = app.provider.said().calls.clone();
    let of_path = calls.into_iter().filter(|(called, ..)| called == path);
    of_path.filter_map(|(_, mut fields, _)| fields.remove(field)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_kept_unless_the_configuration_says_so() {
    let app = App::start(|config| config).await;
    let begun = app.auth.oauth().expect("providers").begin("sso", Begin::sign_in()).await;
    let asked = parameters(&begun.expect("begun").url);
    assert_eq!(asked["scope"], "openid email profile");
    assert!(!asked.contains_key("prompt"), "{asked:?}");
    let ada = sign_in(&app).await;
    assert_eq!(token(&app, &ada).await, None);
    let kept = "SELECT 1 FROM crudauth_identities WHERE tokens IS NOT NULL";
    assert!(app.database.select(kept).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_token_rests_encrypted_and_is_given_to_the_application() {
    let (app, ada) = ada().await;
    assert_eq!(token(&app, &ada).await.as_deref(), Some(ACCESS));
    let rests = app.database.bytes().await;
    let hex = |text: &str| text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    for secret in [ACCESS, &refresh_token(0), &hex(ACCESS), &hex(&refresh_token(0))] {
        assert!(memchr::memmem::find(&rests, secret.as_bytes()).is_none(), "{secret}");
    }
    assert!(memchr::memmem::find(&rests, b"248289761001").is_some(), "the row is among them");
    // The browser is asked for a token that counts later.
    let begun = app.auth.oauth().expect("providers").begin("sso", Begin::sign_in()).await;
    let asked = parameters(&begun.expect("begun").url);
    assert_eq!(asked["scope"], "openid email profile offline_access");
    assert_eq!(asked["prompt"], "consent");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_calls_one_refreshes() {
    let (app, ada) = ada().await;
    for refreshed in 1..=2 {
        app.provider.advance(HOUR);
        let calls = (0..16).map(|_| token(&app, &ada));
        let tokens = futures_util::future::join_all(calls).await;
        let new = format!("{ACCESS} {refreshed}");
        assert!(tokens.iter().all(|token| token.as_deref() == Some(&*new)), "{tokens:?}");
        assert_eq!(app.provider.said().refreshed, refreshed);
    }
    let taken = [0, 1].map(refresh_token);
    assert_eq!(shown(&app, "/token", "refresh_token"), taken, "each once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_is_away_costs_no_token_and_one_that_refuses_does() {
    let (app, ada) = ada().await;
    app.provider.advance(HOUR);
    let away = || StatusCode::SERVICE_UNAVAILABLE.into_response();
    app.provider.said().instead.insert("/token", away);
    let oauth = app.auth.oauth().expect("providers");
    assert!(oauth.access_token(&ada, "sso").await.is_err());
    app.provider.said().instead.clear();
    assert_eq!(token(&app, &ada).await, Some(format!("{ACCESS} 1")));
    // The user has taken the consent back there.
    app.provider.said().refreshed = 7;
    app.provider.advance(HOUR);
    assert_eq!(token(&app, &ada).await, None);
    app.provider.said().calls.clear();
    assert_eq!(token(&app, &ada).await, None);
    assert!(app.provider.said().calls.is_empty(), "it is not asked again");
    // And signs in again.
    let ada = sign_in(&app).await;
    assert_eq!(token(&app, &ada).await.as_deref(), Some(ACCESS));
}

/// What a token endpoint answers to a request that it refuses.
fn refused(status: u16, error: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("a status");
    (status, Json(json!({ "error": error }))).into_response()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_answer_about_the_token_itself_erases_it() {
    // Such as a secret of the client that was mistyped, or has been changed over there.
    let keep: [fn() -> Response; 6] = [
        || refused(400, "invalid_client"),
        || refused(400, "invalid_request"),
        || refused(401, "invalid_client"),
        || refused(200, "incorrect_client_credentials"),
        || (StatusCode::BAD_REQUEST, "<html>").into_response(),
        || (StatusCode::BAD_REQUEST, "x".repeat(65 * 1024)).into_response(),
    ];
    let erase: [fn() -> Response; 2] =
        [|| refused(400, "invalid_grant"), || refused(200, "bad_refresh_token")];
    let (app, ada) = ada().await;
    let oauth = app.auth.oauth().expect("providers");
    for (number, answer) in keep.into_iter().enumerate() {
        app.provider.advance(HOUR);
        app.provider.said().instead.insert("/token", answer);
        assert!(oauth.access_token(&ada, "sso").await.is_err(), "{number}");
        app.provider.said().instead.clear();
        assert_eq!(token(&app, &ada).await, Some(format!("{ACCESS} {}", number + 1)));
    }
    for (number, answer) in erase.into_iter().enumerate() {
        app.provider.advance(HOUR);
        app.provider.said().instead.insert("/token", answer);
        assert_eq!(token(&app, &ada).await, None, "{number}");
        app.provider.said().instead.clear();
        assert_eq!(token(&app, &ada).await, None, "{number}");
        app.provider.said().refreshed = 0;
        sign_in(&app).await;
    }
}

/// A provider takes each refresh token once: what it answers is the only one that serves from then on.
#[tokio::test(flavor = "multi_thread")]
async fn a_refresh_goes_on_without_the_call_that_has_begun_it() {
    let (app, ada) = ada().await;
    app.provider.advance(HOUR);
    {
        let oauth = app.auth.oauth().expect("providers");
        let mut call = pin!(oauth.access_token(&ada, "sso"));
        poll_fn(|context| match app.provider.said().refreshed {
            0 => call.as_mut().poll(context).map(|_| ()),
            _ => Poll::Ready(()),
        })
        .await;
    }
    assert_eq!(token(&app, &ada).await, Some(format!("{ACCESS} 1")));
    assert_eq!(shown(&app, "/token", "refresh_token"), [refresh_token(0)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_token_that_cannot_be_kept_keeps_nobody_out() {
    let long = || "t".repeat(40 * 1024);
    let app = keeping(TestDatabase::new(&MEMBERS).await).await;
    app.provider.said().answer = Box::new(move |answer| answer["access_token"] = json!(long()));
    assert!(has_session(&app.sign_in(&mut app.client()).await));
    let kept = "SELECT 1 FROM crudauth_identities WHERE tokens IS NOT NULL";
    assert!(app.database.select(kept).await.is_empty());

    // It is given out once, where a refresh brings it.
    let (app, ada) = self::ada().await;
    app.provider.advance(HOUR);
    app.provider.said().instead.insert("/token", || {
        let token = "t".repeat(40 * 1024);
        Json(json!({ "access_token": token, "token_type": "Bearer" })).into_response()
    });
    assert_eq!(token(&app, &ada).await, Some(long()));
    assert_eq!(token(&app, &ada).await, None);
}

/// Takes the link of the provider `sso` off, after another way in was made.
async fn unlink(app: &App, user: &Arc<StoredUser<Member>>) {
    let hash = "UPDATE members SET hashed_password = '$2b$04$yVTGpPLzYhPOJ0MfqAmRLuUQ1ZWYz7Cj3cAhgCTpuJ1gHVgRrvSDm'";
    app.database.execute(hash).await;
    let oauth = app.auth.oauth().expect("providers");
    let id = oauth.list(user).await.expect("links")[0].id.clone();
    let context = app.auth.context(&http::Request::new(()).into_parts().0);
    oauth.unlink(user, &id, None, &context).await.expect("unlinked");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_takes_its_tokens_with_it() {
    let (app, ada) = ada().await;
    unlink(&app, &ada).await;
    assert_eq!(token(&app, &ada).await, None);
    let kept = "SELECT 1 FROM crudauth_identities WHERE tokens IS NOT NULL";
    assert!(app.database.select(kept).await.is_empty());
    app.auth.shutdown(Duration::from_secs(10)).await.expect("all is done");
    assert_eq!(shown(&app, "/revoke", "token"), [refresh_token(0)]);
}

/// The name of a provider may move to another server.
#[tokio::test(flavor = "multi_thread")]
async fn kept_tokens_go_to_no_other_issuer() {
    let (app, ada) = ada().await;
    let moved = keeping(app.database.clone()).await;
    assert_ne!(app.provider.origin(), moved.provider.origin());
    assert_eq!(token(&moved, &ada).await, None, "it is of the first issuer");
    moved.provider.advance(HOUR);
    assert_eq!(token(&moved, &ada).await, None);
    unlink(&moved, &ada).await;
    moved.auth.shutdown(Duration::from_secs(10)).await.expect("all is done");
    assert!(moved.provider.said().calls.is_empty(), "{:?}", moved.provider.said().calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn sealed_tokens_open_for_their_identity_alone() {
    let (app, ada) = ada().await;
    app.database.execute("UPDATE crudauth_identities SET subject = 'another'").await;
    assert_eq!(token(&app, &ada).await, None);
}

#[tokio::test]
async fn tokens_are_of_a_provider_that_is_there() {
    let config = OAuthConfig::new("https://shop.example.com").keep_tokens_of("sos");
    let database = TestDatabase::new(&MEMBERS).await;
    let key = crudauth::SecretKey::random().expect("bytes");
    let error = CrudAuth::<Member>::builder(database, key).oauth(config).build().await;
    let text = error.expect_err("a mistake").to_string();
    assert!(text.contains("`OAuthConfig::keep_tokens_of(\"sos\")` is of no provider"), "{text}");
}
