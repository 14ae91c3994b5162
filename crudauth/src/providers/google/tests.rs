//! Google, whose issuer is a server of these tests.

use std::collections::HashMap;
use std::sync::Mutex;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use base64ct::{Base64UrlUnpadded, Encoding};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::*;
use crate::clock::ManualClock;
use crate::providers::{Fault, IdTokenFault};

const CLIENT: &str = "1234.apps.googleusercontent.com";
const NOW: u64 = 1_800_000_000;

struct Site {
    origin: String,
    key: EcdsaKeyPair,
    /// Those of the next ID token.
    claims: Mutex<Value>,
}

/// A site that listens as long as the tasks are there.
async fn start() -> (Arc<Site>, JoinSet<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let origin = format!("http://{}", listener.local_addr().expect("an address"));
    let (kind, random) = (&ECDSA_P256_SHA256_FIXED_SIGNING, SystemRandom::new());
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
    let key = EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key");
    let site = Arc::new(Site { origin, key, claims: Mutex::default() });
    let app = Router::new()
        .route("/.well-known/openid-configuration", get(metadata))
        .route("/keys", get(keys))
        .route("/token", post(token))
        .with_state(Arc::clone(&site));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, app).await.expect("served") });
    (site, tasks)
}

async fn metadata(State(site): State<Arc<Site>>) -> Json<Value> {
    let origin = &site.origin;
    Json(json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/keys"),
    }))
}

async fn keys(State(site): State<Arc<Site>>) -> Json<Value> {
    let (x, y) = site.key.public_key().as_ref()[1..].split_at(32);
    let [x, y] = [x, y].map(Base64UrlUnpadded::encode_string);
    Json(json!({ "keys": [{ "kty": "EC", "crv": "P-256", "x": x, "y": y }] }))
}

async fn token(State(site): State<Arc<Site>>) -> Json<Value> {
    let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
    let claims = encode(&site.claims.lock().expect("no panic"));
    let signed = format!("{}.{claims}", encode(&json!({ "alg": "ES256" })));
    let signature = site.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("signed");
    let signature = Base64UrlUnpadded::encode_string(signature.as_ref());
    let token = format!("{signed}.{signature}");
    Json(json!({ "access_token": "an access token", "token_type": "Bearer", "id_token": token }))
}

impl Site {
    fn google(&self) -> Google {
        let google = Google::at(&self.origin, CLIENT, ClientSecret::new("a secret"));
        google.expect("a provider").clock(Arc::new(ManualClock::at_unix(NOW)))
    }

    /// One whole flow, whose ID token says `more` too.
    async fn sign_in(&self, google: &Google, more: Value) -> Result<Profile, Fault> {
        let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
        let mut claims = json!({
            "iss": self.origin,
            "sub": "248289761001",
            "aud": CLIENT,
            "exp": NOW + 300,
            "iat": NOW,
            "nonce": flow.nonce(),
            "email": "ada@gmail.com",
            "email_verified": true,
        });
        for (name, value) in more.as_object().expect("an object") {
            claims[name] = value.clone();
        }
        *self.claims.lock().expect("no panic") = claims;
        let http = Http::new().expect("a client");
        let grant = Grant { code: "a code", iss: None };
        google.profile(&http, grant, &flow).await.map_err(|error| error.fault())
    }
}

type Setting = fn(Google) -> Google;

const PLAIN: Setting = |google| google;
const ANY_ADDRESS: Setting = Google::any_verified_address;
const OF_EXAMPLE: Setting = |google| google.hosted_domain("example.com");

#[tokio::test]
async fn google_vouches_for_its_addresses_and_for_those_of_the_organisation() {
    let (site, _tasks) = start().await;
    for (setting, address, says_verified, organisation, is_verified) in [
        (PLAIN, "ada@gmail.com", true, None, true),
        (PLAIN, "ada@GMail.Com", true, None, true),
        (PLAIN, "ada@gmail.com", false, None, false),
        (PLAIN, "ada@example.com", true, None, false),
        (PLAIN, "ada@example.com", true, Some("example.com"), false),
        (PLAIN, "ada@notgmail.com", true, None, false),
        (PLAIN, "ada@gmail.com.example.com", true, None, false),
        (PLAIN, "\"ada@gmail.com\"@example.com", true, None, false),
        (OF_EXAMPLE, "ada@example.com", true, Some("example.com"), true),
        (OF_EXAMPLE, "ada@example.com", false, Some("example.com"), false),
        (ANY_ADDRESS, "ada@example.com", true, None, true),
        (ANY_ADDRESS, "ada@example.com", false, None, false),
    ] {
        let claims =
            json!({ "email": address, "email_verified": says_verified, "hd": organisation });
        let profile = site.sign_in(&setting(site.google()), claims.clone()).await;
        let expected = match is_verified {
            true => EmailClaim::Verified(address.to_owned()),
            false => EmailClaim::Unverified(address.to_owned()),
        };
        assert!(profile.is_ok_and(|it| it.email == expected), "{claims}");
    }
}

#[tokio::test]
async fn an_account_of_another_organisation_is_refused() {
    let (site, _tasks) = start().await;
    let other = Err(Fault::OtherDomain);
    for (setting, organisation, expected) in [
        (OF_EXAMPLE, json!("example.com"), Ok(())),
        (OF_EXAMPLE, json!("other.example"), other),
        (OF_EXAMPLE, json!("sub.example.com"), other),
        (OF_EXAMPLE, json!(""), other),
        (OF_EXAMPLE, json!(null), other),
        (PLAIN, json!("other.example"), Ok(())),
        (PLAIN, json!(null), Ok(())),
    ] {
        // The address does not say of which organisation the account is.
        let claims = json!({ "email": "ada@example.com", "hd": organisation });
        let outcome = site.sign_in(&setting(site.google()), claims).await.map(drop);
        assert_eq!(outcome, expected, "{organisation}");
    }
}

#[tokio::test]
async fn both_spellings_of_the_issuer_are_one_identity() {
    let (site, _tasks) = start().await;
    let google = site.google();
    for issuer in [&*site.origin, "accounts.google.com"] {
        let profile = site.sign_in(&google, json!({ "iss": issuer })).await.expect(issuer);
        assert_eq!((profile.issuer(), profile.subject()), (&*site.origin, "248289761001"));
    }
    for issuer in ["google.com", "accounts.google.com/", "accounts.google.com.example.com"] {
        let outcome = site.sign_in(&google, json!({ "iss": issuer })).await.map(drop);
        assert_eq!(outcome, Err(Fault::IdToken(IdTokenFault::Issuer)), "{issuer}");
    }
    let public = Google::new(CLIENT, ClientSecret::new("a secret")).expect("a provider");
    assert_eq!((public.name(), public.issuer()), ("google", "https://accounts.google.com"));
}

#[tokio::test]
async fn google_is_asked_for_the_organisation_and_for_tokens_that_are_kept() {
    let (site, _tasks) = start().await;
    let scopes: Setting = |google| google.scopes(["email", "calendar"]);
    let kept = [("access_type", "offline"), ("prompt", "consent")];
    let of_example = ("hd", "example.com");
    for (setting, keeps, scope, more) in [
        (PLAIN, false, "openid email profile", vec![]),
        (scopes, false, "openid email calendar", vec![]),
        (PLAIN, true, "openid email profile", kept.to_vec()),
        (OF_EXAMPLE, false, "openid email profile", vec![of_example]),
        (OF_EXAMPLE, true, "openid email profile", vec![kept[0], kept[1], of_example]),
    ] {
        let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
        let flow = if keeps { flow.keeping_tokens() } else { flow };
        let http = Http::new().expect("a client");
        let url = setting(site.google()).authorize_url(&http, &flow).await.expect("an address");
        let (at, query) = url.split_once('?').expect("a query");
        assert_eq!(at, format!("{}/authorize", site.origin));
        let asked: HashMap<_, _> = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        let challenge = flow.challenge();
        let mut expected = vec![
            ("response_type", "code"),
            ("client_id", CLIENT),
            ("redirect_uri", flow.redirect_uri()),
            ("state", flow.state()),
            ("nonce", flow.nonce()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
            ("scope", scope),
        ];
        expected.extend(more);
        let expected = expected.into_iter().map(|(name, value)| (name.into(), value.into()));
        assert_eq!(asked, expected.collect());
    }
}
