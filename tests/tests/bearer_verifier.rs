//! Key rotation, the JWKS, and the verifier of another service, over real ports.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use crudauth::clock::ManualClock;
use crudauth::token::{HttpJwks, KeyRing, SigningKey, TokenVerifier, VerifyError};
use crudauth::{ScopeName as _, SecretKey, StartupError};
use crudauth_tests::support::{
    Answer, BearerApp, Client, NotesRead, PASSWORD, ReportsRead, Root, in_body,
};
use tokio::net::TcpListener;

const JWKS: &str = "/.well-known/jwks.json";

fn random() -> SigningKey {
    SigningKey::random().expect("random bytes")
}

fn url(address: SocketAddr) -> String {
    format!("http://{address}{JWKS}")
}

/// An issuer's address whose keys change, and that counts who asks.
#[derive(Clone)]
struct Issuer {
    keys: Arc<Mutex<Option<KeyRing>>>,
    asked: Arc<AtomicUsize>,
    address: SocketAddr,
}

impl Issuer {
    async fn of(keys: KeyRing) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let keys = Arc::new(Mutex::new(Some(keys)));
        let issuer = Self { keys, asked: Arc::default(), address };
        let app = Router::new().route(JWKS, get(answer)).with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, app).await.expect("the server runs") });
        issuer
    }

    fn has(&self, keys: impl Into<Option<KeyRing>>) {
        *self.keys.lock().expect("no panic") = keys.into();
    }

    fn asked(&self) -> usize {
        self.asked.load(Ordering::SeqCst)
    }

    fn verifier(&self, clock: &Arc<ManualClock>) -> TokenVerifier {
        TokenVerifier::new(HttpJwks::new(url(self.address)).expect("a URL")).clock(clock.clone())
    }
}

async fn answer(State(issuer): State<Issuer>) -> Response {
    issuer.asked.fetch_add(1, Ordering::SeqCst);
    match &*issuer.keys.lock().expect("no panic") {
        Some(keys) => Json(keys.jwks()).into_response(),
        None => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

/// An application over the database of `app`, deployed with other keys.
async fn redeployed(app: &BearerApp, keys: KeyRing) -> BearerApp {
    let secret = SecretKey::new("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i").expect("good");
    BearerApp::over(app.database.clone(), in_body().keys(keys), |builder| {
        builder.clock(app.clock.clone()).secret_key(secret)
    })
    .await
}

async fn token(app: &BearerApp) -> (Client, Answer) {
    let mut client = app.client();
    let answer = client.token("ada", PASSWORD, None).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    (client, answer)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_replaced_without_signing_anybody_out() {
    let (old, new) = (random(), random());
    let base = BearerApp::start().await;
    base.token_of("ada").await;
    let before = redeployed(&base, KeyRing::new(old.clone())).await;
    let (_, tokens) = token(&before).await;
    let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));

    let during = redeployed(&base, KeyRing::new(new.clone()).accepting(old.clone())).await;
    let mut client = during.client();
    assert_eq!(client.get_as(&access, "/dashboard").await.status, 200);
    let renewed = client.refresh(&refresh).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    let fresh = renewed.field("access_token");
    assert_eq!(before.client().get_as(&fresh, "/dashboard").await.detail(), "Invalid token");

    let after = redeployed(&base, KeyRing::new(new)).await;
    let mut client = after.client();
    assert_eq!(client.get_as(&access, "/dashboard").await.detail(), "Invalid token");
    assert_eq!(client.get_as(&fresh, "/dashboard").await.status, 200);
    assert_eq!(client.refresh(&renewed.field("refresh_token")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_jwks_shows_public_keys_alone() {
    let pem = include_str!("../../crudauth/src/token/fixtures/rs256.pem");
    let keys = KeyRing::new(random()).accepting(SigningKey::rs256(pem).expect("RSA"));
    let app = BearerApp::with(in_body().keys(keys)).await;
    let answer = app.client().get(JWKS).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("cache-control"), Some("public, max-age=300"));
    let body = answer.json();
    assert_eq!(body["keys"].as_array().map(Vec::len), Some(2));
    for key in body["keys"].as_array().expect("a list") {
        assert_eq!(key["use"], "sig");
        for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
            assert!(key.get(private).is_none(), "{private}");
        }
    }
    let secret_alone = BearerApp::start().await.client().get(JWKS).await;
    assert_eq!(secret_alone.text(), r#"{"keys":[]}"#);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_service_needs_only_the_address_of_the_keys() {
    let config = in_body().keys(random()).issuer("https://app.example.com").audience("reports");
    let app = BearerApp::with(config).await;
    let (_, tokens) = app.token_of("ada").await;
    let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
    let verifier = || {
        let source = HttpJwks::new(url(app.address)).expect("a URL");
        TokenVerifier::new(source).clock(app.clock.clone()).audience("reports")
    };
    let own = verifier().issuer("https://app.example.com");
    let claims = own.verify(&access).await.expect("genuine");
    let epoch = app.select("SELECT token_version FROM accounts").await.concat();
    assert_eq!((claims.subject.as_str(), claims.epoch.to_string()), ("1", epoch));
    assert!(claims.has_scope::<NotesRead>() && !claims.has_scope::<ReportsRead>());
    assert_eq!(claims.expires_at, app.now() + 900);

    for (verifier, token, what) in [
        (&own, refresh.as_str(), "a refresh token"),
        (&own, "garbage", "garbage"),
        (&own, &format!("{access}x"), "tampered"),
        (&verifier().audience("payroll"), &access, "a foreign audience"),
        (&verifier().issuer("https://evil.example"), &access, "a foreign issuer"),
        (
            &TokenVerifier::new(HttpJwks::new(url(app.address)).expect("a URL"))
                .clock(app.clock.clone()),
            &access,
            "an audience nobody asked for",
        ),
    ] {
        let refused = verifier.verify(token).await;
        assert!(matches!(refused, Err(VerifyError::Invalid)), "{what}: {refused:?}");
    }
    app.clock.advance(Duration::from_secs(900));
    assert!(matches!(own.verify(&access).await, Err(VerifyError::Expired)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_key_is_asked_for_once_in_the_cool_down() {
    let (old, new) = (random(), random());
    let base = BearerApp::start().await;
    base.token_of("ada").await;
    let before = redeployed(&base, KeyRing::new(old.clone())).await;
    let after = redeployed(&base, KeyRing::new(new.clone()).accepting(old.clone())).await;
    let old_token = token(&before).await.1.field("access_token");
    let new_token = token(&after).await.1.field("access_token");
    let foreign = redeployed(&base, KeyRing::new(random())).await;
    let foreign_token = token(&foreign).await.1.field("access_token");

    let issuer = Issuer::of(KeyRing::new(old.clone())).await;
    let verifier = Arc::new(issuer.verifier(&base.clock));
    let parallel: Vec<_> = (0..16)
        .map(|_| {
            let (verifier, token) = (Arc::clone(&verifier), old_token.clone());
            tokio::spawn(async move { verifier.verify(&token).await.is_ok() })
        })
        .collect();
    for accepted in parallel {
        assert!(accepted.await.expect("no panic"));
    }
    assert_eq!(issuer.asked(), 1, "parallel tokens cause one request");

    issuer.has(KeyRing::new(new).accepting(old));
    for _ in 0..5 {
        let early = verifier.verify(&new_token).await;
        assert!(matches!(early, Err(VerifyError::Invalid)), "{early:?}");
    }
    assert_eq!(issuer.asked(), 1, "within the cool-down nobody asks");
    base.clock.advance(Duration::from_secs(30));
    verifier.verify(&new_token).await.expect("the new key is known");
    verifier.verify(&old_token).await.expect("the old key still is");
    assert_eq!(issuer.asked(), 2);

    base.clock.advance(Duration::from_secs(30));
    for _ in 0..20 {
        let refused = verifier.verify(&foreign_token).await;
        assert!(matches!(refused, Err(VerifyError::Invalid)), "{refused:?}");
    }
    assert_eq!(issuer.asked(), 3, "a flood of unknown keys is one request in the cool-down");
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_were_taken_back_are_forgotten_and_an_issuer_that_is_away_is_waited_for() {
    let (key, other) = (random(), random());
    let base = BearerApp::start().await;
    base.token_of("ada").await;
    let app = redeployed(&base, KeyRing::new(key.clone())).await;
    let issuer = Issuer::of(KeyRing::new(key)).await;
    issuer.has(None);
    let verifier = issuer.verifier(&base.clock);
    let access = token(&app).await.1.field("access_token");
    for _ in 0..3 {
        let nothing = verifier.verify(&access).await;
        assert!(matches!(nothing, Err(VerifyError::Unavailable(_))), "{nothing:?}");
    }
    assert_eq!(issuer.asked(), 1);

    let issuer_keys = |key: &SigningKey| KeyRing::new(key.clone());
    base.clock.advance(Duration::from_secs(30));
    issuer.has(issuer_keys(&other));
    assert!(matches!(verifier.verify(&access).await, Err(VerifyError::Invalid)));
    base.clock.advance(Duration::from_secs(30));
    let back = redeployed(&base, issuer_keys(&other)).await;
    let access = token(&back).await.1.field("access_token");
    verifier.verify(&access).await.expect("a key of the issuer");

    // Away: what is known stays in use. Back without the key: it is forgotten.
    issuer.has(None);
    base.clock.advance(Duration::from_secs(10 * 60));
    verifier.verify(&access).await.expect("the key is still known");
    issuer.has(KeyRing::new(random()));
    base.clock.advance(Duration::from_secs(30));
    assert!(matches!(verifier.verify(&access).await, Err(VerifyError::Invalid)));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_whose_source_is_away_for_a_day_are_used_no_more() {
    let (key, other) = (random(), random());
    let base = BearerApp::start().await;
    base.token_of("ada").await;
    let app = redeployed(&base, KeyRing::new(key.clone())).await;
    let strange = redeployed(&base, KeyRing::new(other)).await;
    let issuer = Issuer::of(KeyRing::new(key.clone())).await;
    let verifier = issuer.verifier(&base.clock);
    let fresh = async || token(&app).await.1.field("access_token");
    verifier.verify(&fresh().await).await.expect("the key is known");

    // Each try is one of its own: the cool-down is over.
    issuer.has(None);
    let until_the_end = Duration::from_secs(24 * 60 * 60);
    base.clock.advance(until_the_end - Duration::from_millis(1));
    verifier.verify(&fresh().await).await.expect("the key is used for a day");
    let unknown = verifier.verify(&token(&strange).await.1.field("access_token")).await;
    assert!(matches!(unknown, Err(VerifyError::Unavailable(_))), "nobody knows: {unknown:?}");

    for wait in [Duration::from_millis(1), Duration::from_secs(60), until_the_end * 30] {
        base.clock.advance(wait);
        let refused = verifier.verify(&fresh().await).await;
        assert!(matches!(refused, Err(VerifyError::Unavailable(_))), "{refused:?}");
    }
    issuer.has(KeyRing::new(key));
    base.clock.advance(Duration::from_secs(30));
    verifier.verify(&fresh().await).await.expect("it is back");
}

#[test]
fn the_address_of_keys_is_neither_shown_nor_told() {
    let source = HttpJwks::new("https://me:s3cret@127.0.0.1:1/s3cret?s3cret").expect("a URL");
    assert!(!format!("{source:?}").contains("s3cret"));
    let error = HttpJwks::new("https://me:s3cret@127.0.0.1:s3cret/").expect_err("no port");
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_is_no_jwks_is_an_error() {
    let app = BearerApp::with(in_body().keys(random())).await;
    let access = app.token_of("ada").await.1.field("access_token");
    let nowhere = {
        let closed = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        closed.local_addr().expect("an address")
    };
    for url in [
        format!("http://{}/dashboard", app.address),
        format!("http://{}/nothing", app.address),
        // A redirect is not followed.
        format!("http://{}{JWKS}/", app.address),
        url(nowhere),
    ] {
        let verifier = TokenVerifier::new(HttpJwks::new(&url).expect("a URL"));
        let refused = verifier.verify(&access).await;
        assert!(matches!(refused, Err(VerifyError::Unavailable(_))), "{url}: {refused:?}");
    }
    assert!(HttpJwks::new("no URL").is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_configuration_that_cannot_work_does_not_start() {
    let refused = |config| async move {
        let sqlite = crudauth::Sqlite::in_memory().expect("a database");
        sqlite.execute_batch(crudauth_tests::support::MIGRATIONS).await.expect("the table");
        let built = crudauth::CrudAuth::<crudauth_tests::support::Account>::builder(
            sqlite,
            SecretKey::random().expect("random"),
        )
        .new_user_fields(|_| async {
            Ok(crudauth_tests::support::AccountProvisioned { tier_id: 1 })
        })
        .bearer(config)
        .build()
        .await;
        let error: StartupError = built.expect_err("it cannot start");
        error.to_string()
    };
    for (config, setting) in [
        (in_body().default_scopes([Root::NAME]), "the default scope `root` could never be granted"),
        (in_body().access_ttl(Duration::ZERO), "`BearerConfig::access_ttl`"),
        (in_body().refresh_cookie_path("auth"), "`BearerConfig::refresh_cookie_path`"),
        (in_body().refresh_cookie_name("a b"), "`BearerConfig::refresh_cookie_name`"),
    ] {
        let text = refused(config).await;
        assert!(text.contains(setting), "{text}");
    }
}
