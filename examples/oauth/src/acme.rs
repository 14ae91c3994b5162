//! A small provider, so that the example runs without an account anywhere. It asks for no
//! password: visitors say who they are.
//!
//! It speaks OpenID Connect at its root, and under `/forge` OAuth 2 alone, as GitHub does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{Html, Redirect};
use axum::routing::{get, post};
use axum::{Form, Json, Router};
use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ring::rand::{SecureRandom, SystemRandom};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The one application that it knows, and its secret.
pub(crate) const CLIENT: &str = "example";
pub(crate) const SECRET: &str = "only for this example";

const LIFE: Duration = Duration::from_secs(300);

/// The provider: its address, its key, and the codes that it has given out.
pub(crate) struct Acme {
    issuer: String,
    key: Ed25519KeyPair,
    random: SystemRandom,
    codes: Mutex<HashMap<String, Asked>>,
}

/// What the application has asked for, when it sent the browser here.
#[derive(Clone, Deserialize)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    state: String,
    code_challenge: String,
    #[serde(default)]
    nonce: String,
    /// Who the browser has said to be.
    #[serde(default)]
    name: String,
}

type Shared = State<Arc<Acme>>;
type Refused = (StatusCode, Json<Value>);

impl Acme {
    /// `None` where the system has no random bytes.
    pub(crate) fn new(issuer: String) -> Option<Self> {
        let random = SystemRandom::new();
        let key = Ed25519KeyPair::generate_pkcs8(&random).ok()?;
        let key = Ed25519KeyPair::from_pkcs8(key.as_ref()).ok()?;
        Some(Self { issuer, key, random, codes: Mutex::default() })
    }

    pub(crate) fn router(self) -> Router {
        Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/authorize", get(who_are_you).post(authorize))
            .route("/token", post(token))
            .route("/forge/authorize", get(who_are_you).post(authorize))
            .route("/forge/token", post(token))
            .route("/forge/me", get(me))
            .with_state(Arc::new(self))
    }

    fn code(&self) -> Option<String> {
        let mut bytes = [0; 32];
        self.random.fill(&mut bytes).ok()?;
        Some(Base64UrlUnpadded::encode_string(&bytes))
    }

    fn codes(&self) -> MutexGuard<'_, HashMap<String, Asked>> {
        self.codes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Who has signed in, signed (RFC 7519, RFC 8037).
    fn id_token(&self, asked: &Asked) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "acme" });
        let claims = json!({
            "iss": self.issuer,
            "sub": asked.name,
            "aud": CLIENT,
            "iat": now.as_secs(),
            "exp": (now + LIFE).as_secs(),
            "nonce": asked.nonce,
            "email": format!("{}@example.com", asked.name),
            "email_verified": true,
            "given_name": asked.name,
        });
        let encoded = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
        let text = format!("{}.{}", encoded(&header), encoded(&claims));
        let signature = self.key.sign(text.as_bytes());
        format!("{text}.{}", Base64UrlUnpadded::encode_string(signature.as_ref()))
    }
}

async fn metadata(State(acme): Shared) -> Json<Value> {
    let issuer = &acme.issuer;
    Json(json!({
        "issuer": issuer,
        "authorization_endpoint": format!("{issuer}/authorize"),
        "token_endpoint": format!("{issuer}/token"),
        "jwks_uri": format!("{issuer}/keys"),
        "id_token_signing_alg_values_supported": ["EdDSA"],
        "authorization_response_iss_parameter_supported": true,
    }))
}

async fn keys(State(acme): Shared) -> Json<Value> {
    let x = Base64UrlUnpadded::encode_string(acme.key.public_key().as_ref());
    Json(json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "acme", "x": x }] }))
}

/// A real provider asks for a password here, and whether the application may know.
async fn who_are_you() -> Html<&'static str> {
    Html(
        "<!doctype html><title>Acme</title><h1>Who are you?</h1><form method=post>\
         <button name=name value=ada>Ada</button> <button name=name value=grace>Grace</button></form>",
    )
}

#[derive(Deserialize)]
struct Choice {
    name: String,
}

async fn authorize(
    State(acme): Shared,
    Query(asked): Query<Asked>,
    Form(Choice { name }): Form<Choice>,
) -> Result<Redirect, StatusCode> {
    // A real provider compares `redirect_uri` with those that were registered.
    if asked.client_id != CLIENT || !["ada", "grace"].contains(&name.as_str()) {
        return Err(StatusCode::BAD_REQUEST);
    }
    let code = acme.code().ok_or(StatusCode::INTERNAL_SERVER_ERROR)?;
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("code", &code)
        .append_pair("state", &asked.state)
        .append_pair("iss", &acme.issuer)
        .finish();
    let back = format!("{}?{query}", asked.redirect_uri);
    acme.codes().insert(code, Asked { name, ..asked });
    Ok(Redirect::to(&back))
}

#[derive(Deserialize)]
struct Exchange {
    code: String,
    redirect_uri: String,
    code_verifier: String,
}

async fn token(
    State(acme): Shared,
    headers: HeaderMap,
    Form(exchange): Form<Exchange>,
) -> Result<Json<Value>, Refused> {
    let refused = |error| (StatusCode::BAD_REQUEST, Json(json!({ "error": error })));
    let client = Base64::encode_string(form_encoded(CLIENT, SECRET).as_bytes());
    if headers.get("authorization").is_none_or(|it| *it != format!("Basic {client}")) {
        return Err(refused("invalid_client"));
    }
    // A code serves once.
    let asked = acme.codes().remove(&exchange.code).ok_or(refused("invalid_grant"))?;
    let challenge = Sha256::digest(&exchange.code_verifier);
    if Base64UrlUnpadded::encode_string(&challenge) != asked.code_challenge
        || exchange.redirect_uri != asked.redirect_uri
    {
        return Err(refused("invalid_grant"));
    }
    let token = format!("token of {}", asked.name);
    Ok(Json(json!({
        "access_token": token,
        "token_type": "Bearer",
        "id_token": acme.id_token(&asked),
    })))
}

/// Both parts are encoded before they are joined (RFC 6749 §2.3.1).
fn form_encoded(client: &str, secret: &str) -> String {
    let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    format!("{}:{}", encoded(client), encoded(secret))
}

/// Whose token it is. A real provider has tokens that nobody can guess.
async fn me(headers: HeaderMap) -> Result<Json<Value>, StatusCode> {
    let token = headers.get("authorization").and_then(|it| it.to_str().ok());
    let name = token.and_then(|it| it.strip_prefix("Bearer token of "));
    let name = name.ok_or(StatusCode::UNAUTHORIZED)?;
    Ok(Json(json!({ "id": name, "mail": format!("{name}@example.com"), "mail_confirmed": true })))
}
