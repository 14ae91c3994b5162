//! An OpenID provider on a free port, and below it a server of GitHub Enterprise. They check all that a
//! provider checks, and each of their answers can be changed.

mod desk;
mod hub;
mod signer;
mod whole;

pub use self::desk::Desk;
pub use self::hub::{HUB_EMAILS, HUB_TOKEN, HUB_USER};
pub use self::signer::{ALGORITHMS, Signer};
pub use self::whole::links_are_whole;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Form, Request, State};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use axum::{Json, Router};
use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use crudauth::clock::{Clock, ManualClock};
use crudauth::oauth::{
    ClientSecret, Fault, Flow, GitHub, Grant, Http, Oidc, Profile, Provider, ProviderError,
};
use futures_util::stream;
use http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use tokio::sync::Notify;

use crate::support::Server;

/// The client that it knows.
pub const CLIENT: &str = "shop";
/// One that a form has to encode.
pub const SECRET: &str = "a+b%c d";
/// The code that it gives and takes.
pub const CODE: &str = "the code";
/// The access token that it gives.
pub const ACCESS: &str = "an access token";
const START: u64 = 1_800_000_000;

/// A change of what the provider says.
pub type Change = fn(&mut Value);

/// What the provider says and has seen.
pub struct Said {
    /// Its keys, of which the first one signs.
    pub signers: Vec<Signer>,
    /// Changes the claims of an ID token.
    pub claims: Box<dyn Fn(&mut Value) + Send>,
    /// Changes the header of an ID token.
    pub header: Box<dyn Fn(&mut Value) + Send>,
    /// Changes the discovery document.
    pub metadata: Box<dyn Fn(&mut Value) + Send>,
    /// Changes the answer of the token endpoint.
    pub answer: Box<dyn Fn(&mut Value) + Send>,
    /// Where it does not go on, by the path that was called.
    pub hangs: HashMap<&'static str, Hang>,
    /// In the place of an answer of these paths.
    pub instead: HashMap<&'static str, fn() -> Response>,
    /// What the userinfo endpoint says.
    pub userinfo: Value,
    /// What GitHub says of its user.
    pub user: Value,
    /// What GitHub says of the addresses of its user.
    pub emails: Value,
    /// The flows whose browser was sent to it.
    pub flows: Vec<Asked>,
    /// The paths that were called, with the fields of a form and the header of the secret.
    pub calls: Vec<(String, HashMap<String, String>, Option<String>)>,
    /// The time, in seconds.
    pub now: u64,
    /// The issuer.
    pub origin: String,
    /// The code that it takes.
    pub code: String,
    /// The access token that it gives.
    pub access: String,
    /// How often tokens were refreshed.
    pub refreshed: usize,
    /// The `User-Agent` of the last call of the userinfo endpoint.
    pub agent: Option<String>,
}

/// Where an answer does not go on.
#[derive(Clone, Copy)]
pub enum Hang {
    /// Before anything is said, until [`Site::go_on`].
    BeforeTheHead,
    /// Behind the head, for ever.
    InTheBody,
}

/// What the provider was asked, when the browser was sent to it.
#[derive(Clone)]
pub struct Asked {
    /// The challenge of PKCE.
    pub challenge: String,
    /// What the ID token repeats; empty where there is none.
    pub nonce: String,
    /// Where the browser is sent back to.
    pub redirect_uri: String,
}

impl From<&Flow> for Asked {
    fn from(flow: &Flow) -> Self {
        Self {
            challenge: flow.challenge(),
            nonce: flow.nonce().to_owned(),
            redirect_uri: flow.redirect_uri().to_owned(),
        }
    }
}

impl Said {
    /// Takes all changes back, and forgets what it has seen.
    pub fn behave(&mut self) {
        self.signers = vec![Signer::new("one", "ES256")];
        for change in [&mut self.claims, &mut self.header, &mut self.metadata, &mut self.answer] {
            *change = unchanged();
        }
        self.instead.clear();
        self.hangs.clear();
        self.userinfo = Value::Null;
        (self.user, self.emails) = (hub::user(), hub::emails());
        self.flows.clear();
        self.calls.clear();
    }
}

type Shared = Arc<Mutex<Said>>;

#[derive(Default)]
struct Hanging {
    begun: Notify,
    goes_on: Notify,
}

/// A provider that runs.
pub struct Site {
    said: Shared,
    /// The clock of the provider, for the application too.
    pub clock: Arc<ManualClock>,
    /// A client for calls of the port.
    pub http: Http,
    hanging: Arc<Hanging>,
    /// Where it listens.
    pub server: Server,
}

fn unchanged() -> Box<dyn Fn(&mut Value) + Send> {
    Box::new(|_| {})
}

impl Site {
    /// Starts one.
    pub async fn start() -> Self {
        let said = Said {
            signers: vec![Signer::new("one", "ES256")],
            claims: unchanged(),
            header: unchanged(),
            metadata: unchanged(),
            answer: unchanged(),
            hangs: HashMap::new(),
            instead: HashMap::new(),
            userinfo: Value::Null,
            user: hub::user(),
            emails: hub::emails(),
            flows: Vec::new(),
            calls: Vec::new(),
            now: START,
            origin: String::new(),
            code: CODE.to_owned(),
            access: ACCESS.to_owned(),
            refreshed: 0,
            agent: None,
        };
        let (said, hanging) = (Arc::new(Mutex::new(said)), Arc::new(Hanging::default()));
        let app = Router::new()
            .route("/.well-known/openid-configuration", get(metadata))
            .route("/keys", get(keys))
            .route("/token", any(token))
            .route("/userinfo", get(userinfo))
            .route("/revoke", any(revoke))
            .merge(hub::routes())
            .layer(middleware::from_fn_with_state((said.clone(), hanging.clone()), hang))
            .with_state(Arc::clone(&said));
        let server = Server::serve(app).await;
        let site = Self {
            said,
            clock: Arc::new(ManualClock::at_unix(START)),
            http: Http::new().expect("a client"),
            hanging,
            server,
        };
        site.said().origin = site.origin();
        site
    }

    /// Its issuer.
    pub fn origin(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// What it says and has seen.
    pub fn said(&self) -> MutexGuard<'_, Said> {
        self.said.lock().expect("no panic")
    }

    /// Waits until a call [hangs](Said::hangs).
    pub async fn hangs(&self) {
        self.hanging.begun.notified().await;
    }

    /// Lets a call go on that hangs before its head.
    pub fn go_on(&self) {
        self.hanging.goes_on.notify_one();
    }

    /// Lets time pass, here and there.
    pub fn advance(&self, by: Duration) {
        self.clock.advance(by);
        self.said().now = self.clock.now_ms() / 1000;
    }

    /// The application's side of it, under the name `sso`.
    pub fn oidc(&self) -> Oidc {
        self.named("sso")
    }

    /// The application's side of it, under another name.
    pub fn named(&self, name: &str) -> Oidc {
        Oidc::new(name, &self.origin(), CLIENT)
            .expect("a provider")
            .secret(ClientSecret::new(SECRET))
            .clock(self.clock.clone())
    }

    /// The application's side of GitHub, under the name `github`.
    pub fn github(&self) -> GitHub {
        let github = GitHub::new(CLIENT, ClientSecret::new(SECRET)).expect("a provider");
        // As somebody may write it, with a slash at the end.
        github.base_url(&format!("{}{}/", self.origin(), hub::BASE)).expect("an address")
    }

    /// One whole flow.
    pub async fn sign_in(&self, provider: &dyn Provider) -> Result<Profile, ProviderError> {
        self.sign_in_with(provider, None).await
    }

    /// One whole flow, whose response has this `iss`.
    pub async fn sign_in_with(
        &self,
        provider: &dyn Provider,
        iss: Option<&str>,
    ) -> Result<Profile, ProviderError> {
        let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
        self.said().flows.push(Asked::from(&flow));
        provider.profile(&self.http, Grant { code: CODE, iss }, &flow).await
    }

    /// Why a flow is refused.
    pub async fn fault(&self, provider: &dyn Provider) -> Fault {
        self.sign_in(provider).await.expect_err("refused").fault()
    }
}

async fn hang(
    State((said, hanging)): State<(Shared, Arc<Hanging>)>,
    request: Request,
    next: Next,
) -> Response {
    let hang = said.lock().expect("no panic").hangs.get(request.uri().path()).copied();
    if hang.is_some() {
        hanging.begun.notify_one();
    }
    match hang {
        Some(Hang::BeforeTheHead) => hanging.goes_on.notified().await,
        Some(Hang::InTheBody) => {
            let never = stream::pending::<Result<Bytes, std::io::Error>>();
            return Body::from_stream(never).into_response();
        }
        None => {}
    }
    next.run(request).await
}

fn instead(said: &Said, path: &'static str) -> Option<Response> {
    said.instead.get(path).map(|answer| answer())
}

async fn metadata(State(said): State<Shared>) -> Response {
    let mut said = said.lock().expect("no panic");
    said.calls.push(("/metadata".to_owned(), HashMap::new(), None));
    if let Some(answer) = instead(&said, "/metadata") {
        return answer;
    }
    let origin = &said.origin;
    let mut document = json!({
        "issuer": origin,
        "authorization_endpoint": format!("{origin}/authorize?tenant=1"),
        "token_endpoint": format!("{origin}/token"),
        "jwks_uri": format!("{origin}/keys"),
        "userinfo_endpoint": format!("{origin}/userinfo"),
        "revocation_endpoint": format!("{origin}/revoke"),
    });
    (said.metadata)(&mut document);
    Json(document).into_response()
}

async fn keys(State(said): State<Shared>) -> Response {
    let mut said = said.lock().expect("no panic");
    said.calls.push(("/keys".to_owned(), HashMap::new(), None));
    if let Some(answer) = instead(&said, "/keys") {
        return answer;
    }
    let mut keys: Vec<_> = said.signers.iter().map(Signer::jwk).collect();
    keys.push(json!({ "kty": "oct", "k": "c2VjcmV0", "kid": "hmac" }));
    keys.push(json!("nonsense"));
    Json(json!({ "keys": keys })).into_response()
}

/// Checks all that a provider checks.
async fn token(
    State(said): State<Shared>,
    headers: http::HeaderMap,
    Form(fields): Form<HashMap<String, String>>,
) -> Response {
    let mut said = said.lock().expect("no panic");
    let header = headers.get("authorization").map(|it| it.to_str().expect("ASCII").to_owned());
    said.calls.push(("/token".to_owned(), fields.clone(), header));
    if let Some(answer) = instead(&said, "/token") {
        return answer;
    }
    if fields["grant_type"] == "refresh_token" {
        return refresh(&mut said, &fields["refresh_token"]);
    }
    let flow = exchanged(&said, &fields);
    let signer = &said.signers[0];
    let mut claims = json!({
        "iss": said.origin,
        "sub": "248289761001",
        "aud": CLIENT,
        "exp": said.now + 300,
        "iat": said.now,
        "nonce": flow.nonce,
        "email": "ada@example.com",
        "email_verified": true,
        "name": "Ada Lovelace",
    });
    (said.claims)(&mut claims);
    let mut header = signer.header();
    (said.header)(&mut header);
    let mut answer = json!({
        "access_token": said.access,
        "token_type": "bEaReR",
        "id_token": signer.token(&header, &claims),
    });
    (said.answer)(&mut answer);
    Json(answer).into_response()
}

/// The flow whose code is exchanged, as it was begun.
fn exchanged(said: &Said, fields: &HashMap<String, String>) -> Asked {
    let digest = Base64UrlUnpadded::encode_string(&Sha256::digest(&fields["code_verifier"]));
    let flow = said.flows.iter().find(|flow| flow.challenge == digest).cloned();
    let flow = flow.expect("the verifier is that of a challenge");
    assert_eq!(fields["grant_type"], "authorization_code");
    assert_eq!(fields["code"], said.code);
    assert_eq!(fields["redirect_uri"], flow.redirect_uri);
    flow
}

fn header(request: &Request, name: &str) -> Option<String> {
    request.headers().get(name).map(|it| it.to_str().expect("ASCII").to_owned())
}

/// Takes each refresh token once, and gives the next one: what is behind its number is counted.
fn refresh(said: &mut Said, token: &str) -> Response {
    if token != refresh_token(said.refreshed) {
        let error = Json(json!({ "error": "invalid_grant" }));
        return (StatusCode::BAD_REQUEST, error).into_response();
    }
    said.refreshed += 1;
    Json(json!({
        "access_token": format!("{ACCESS} {}", said.refreshed),
        "token_type": "Bearer",
        "expires_in": 3600,
        "refresh_token": refresh_token(said.refreshed),
    }))
    .into_response()
}

/// The refresh token after so many refreshments.
pub fn refresh_token(refreshed: usize) -> String {
    format!("a refresh token {refreshed}")
}

/// Forgets a token (RFC 7009).
async fn revoke(
    State(said): State<Shared>,
    headers: http::HeaderMap,
    Form(fields): Form<HashMap<String, String>>,
) {
    let header = headers.get("authorization").map(|it| it.to_str().expect("ASCII").to_owned());
    said.lock().expect("no panic").calls.push(("/revoke".to_owned(), fields, header));
}

async fn userinfo(State(said): State<Shared>, request: Request) -> Response {
    let mut said = said.lock().expect("no panic");
    assert_eq!(header(&request, "authorization"), Some(format!("Bearer {}", said.access)));
    said.agent = header(&request, "user-agent");
    said.calls.push(("/userinfo".to_owned(), HashMap::new(), None));
    if let Some(answer) = instead(&said, "/userinfo") {
        return answer;
    }
    Json(said.userinfo.clone()).into_response()
}
