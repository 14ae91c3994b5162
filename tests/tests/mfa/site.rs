//! An application with second factors, in four columns of its table or in crudauth's own.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::extract::State;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::NaiveDateTime;
use crudauth::clock::{Clock as _, ManualClock};
use crudauth::event::{Occurrence, SecurityEvent, SinkFuture};
use crudauth::mfa::{MfaConfig, Required};
use crudauth::oauth::{Asking, Flow, Grant, Http, OAuthConfig, Profile, Provider};
use crudauth::proofs::Totp;
use crudauth::sudo::{Elevated, Proof as SudoProof};
use crudauth::user::{HasEpoch, HasSecondFactor, StoredUser};
use crudauth::{
    AccessTokenOptions, AuthUser, BearerConfig, Credentials, CrudAuth, EventSink, Gate, Mfa,
    Password, Principal, Proof, RateLimits, Recent, RefreshDelivery, Rejection, SecretKey,
    SessionConfig, SessionOptions, SudoConfig, TokenOptions,
};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD, Server, TestDatabase};
use ring::hmac;
use serde_json::{Value, json};

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            totp_secret_encrypted -> Nullable<Text>,
            totp_confirmed_at -> Nullable<Timestamp>,
            totp_last_step -> Nullable<BigInt>,
            mfa_recovery_codes -> Nullable<Text>,
        }
    }
}

/// Its factors are in the columns.
#[derive(AuthUser, Debug)]
#[diesel(table_name = schema::members)]
pub(crate) struct Member {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    totp_secret_encrypted: Option<String>,
    totp_confirmed_at: Option<NaiveDateTime>,
    totp_last_step: Option<i64>,
    mfa_recovery_codes: Option<String>,
}

/// Its factors are in crudauth's own table.
#[derive(AuthUser, Debug)]
#[diesel(table_name = schema::members)]
#[auth(beside(second_factor))]
#[auth(db_default(totp_secret_encrypted, totp_confirmed_at, totp_last_step, mfa_recovery_codes))]
pub(crate) struct Plain {
    id: i32,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
}

pub(crate) const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (
        id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, hashed_password TEXT,
        is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, totp_secret_encrypted TEXT,
        totp_confirmed_at TIMESTAMP, totp_last_step BIGINT, mfa_recovery_codes TEXT)",
    postgres: "CREATE TABLE members (
        id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, hashed_password TEXT,
        is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, totp_secret_encrypted TEXT,
        totp_confirmed_at TIMESTAMP, totp_last_step BIGINT, mfa_recovery_codes TEXT)",
    mysql: "CREATE TABLE members (
        id INTEGER AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT, is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL,
        totp_secret_encrypted VARCHAR(255), totp_confirmed_at TIMESTAMP NULL, totp_last_step BIGINT,
        mfa_recovery_codes TEXT) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
};

/// The key of the columns.
pub(crate) const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

/// Accounts of these addresses have to have a second factor.
const REQUIRED: &str = "must";

/// Where the factors are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Columns,
    OwnTable,
}

pub(crate) const PLACES: [Place; 2] = [Place::Columns, Place::OwnTable];

/// Keeps what happened.
#[derive(Debug, Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<SecurityEvent>>>);

impl EventSink for Events {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        self.0.lock().expect("no panic").push(occurrence.event.clone());
        Box::pin(std::future::ready(()))
    }
}

pub(crate) struct Site {
    pub(crate) server: Server,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) database: TestDatabase,
    pub(crate) hasher: CountingHasher,
    pub(crate) events: Events,
}

/// A user who has an authenticator app.
pub(crate) struct Enrolled {
    pub(crate) client: Client,
    pub(crate) email: String,
    pub(crate) secret: String,
    pub(crate) recovery_codes: Vec<String>,
}

impl Site {
    pub(crate) async fn open(place: Place) -> Self {
        Self::with(place, RateLimits::off()).await
    }

    pub(crate) async fn with(place: Place, limits: RateLimits) -> Self {
        Self::like(place, limits, |oauth| oauth).await
    }

    /// With the provider `sso`, as `oauth` says.
    pub(crate) async fn like(
        place: Place,
        limits: RateLimits,
        oauth: fn(OAuthConfig) -> OAuthConfig,
    ) -> Self {
        Self::made(place, limits, oauth, false).await
    }

    /// Where another password takes the factor.
    pub(crate) async fn guarded(place: Place) -> Self {
        Self::made(place, RateLimits::off(), |oauth| oauth, true).await
    }

    async fn made(
        place: Place,
        limits: RateLimits,
        oauth: fn(OAuthConfig) -> OAuthConfig,
        guards: bool,
    ) -> Self {
        let config = OAuthConfig::new("https://shop.example.com").add_provider(Sso::new());
        let oauth = oauth(config.default_redirect("/welcome?from=oauth#top"));
        match place {
            Place::Columns => {
                let when = Required::when(|user: &Member| user.email.starts_with(REQUIRED));
                let mfa = MfaConfig::<Member>::new("Example").encryption_key(KEY).required(when);
                Self::serve(mfa.guard_account_changes(guards), limits, oauth).await
            }
            Place::OwnTable => {
                let when = Required::when(|user: &Plain| user.email.starts_with(REQUIRED));
                let mfa = MfaConfig::<Plain>::new("Example").required(when);
                Self::serve(mfa.guard_account_changes(guards), limits, oauth).await
            }
        }
    }

    async fn serve<U: Served>(mfa: MfaConfig<U>, limits: RateLimits, oauth: OAuthConfig) -> Self {
        let database = TestDatabase::new(&MEMBERS).await;
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let (hasher, events) = (CountingHasher::default(), Events::default());
        let auth = U::build(&database, &clock, &hasher, &events, (mfa, limits, oauth)).await;
        let routes = Router::new()
            .route("/sudo", post(sudo::<U>))
            .route("/own", post(own::<U>))
            .route("/own-tokens", post(own_tokens::<U>))
            .route("/own-credentials", post(own_credentials::<U>))
            .route("/job", post(job::<U>))
            .route("/reset", post(reset::<U>))
            .route("/acr", get(acr::<U>))
            .route("/gate/mfa", get(gated::<U, Mfa>))
            .route("/gate/maybe-mfa", get(maybe::<U>))
            .route("/gate/totp", get(gated::<U, Proof<Totp>>))
            .route("/gate/recent-totp", get(gated::<U, Recent<Totp, 5>>))
            .route("/flush", post(flush::<U>))
            .route("/inside", get(|| async { "inside" }).route_layer(auth.require_enrolment()))
            .merge(auth.router())
            .with_state(auth);
        let server = Server::serve(routes).await;
        Self { server, clock, database, hasher, events }
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    pub(crate) fn after(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    /// A client that has signed up and in.
    pub(crate) async fn signed_in(&self, email: &str) -> Client {
        let mut client = self.client();
        self.sign_up(email).await;
        let answer = sign_in(&mut client, "/login", email).await;
        assert_eq!(answer.json()["mfa_required"], Value::Null, "{}", answer.text());
        client
    }

    pub(crate) async fn sign_up(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.client().post_json("/register", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// A user who has set an app up.
    pub(crate) async fn enrolled(&self, email: &str) -> Enrolled {
        let client = self.signed_in(email).await;
        self.enrol(client, email).await
    }

    /// Sets an app up for the user of `client`.
    pub(crate) async fn enrol(&self, mut client: Client, email: &str) -> Enrolled {
        let answer = client.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let secret = answer.json()["secret"].as_str().expect("a secret").to_owned();
        let body = json!({ "code": self.code(&secret) });
        let answer = client.post_json("/mfa/totp/confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        // The next code is not the one that was just used.
        self.after(60);
        let recovery_codes = texts(&answer.json()["recovery_codes"]);
        Enrolled { client, email: email.to_owned(), secret, recovery_codes }
    }

    /// What the app shows now.
    pub(crate) fn code(&self, secret: &str) -> String {
        code_at(secret, self.clock.now_ms() / 1000)
    }

    /// A code that is wrong now.
    pub(crate) fn wrong_code(&self, secret: &str) -> String {
        let now = self.clock.now_ms() / 1000;
        let near = [now - 30, now, now + 30].map(|at| code_at(secret, at));
        let mut all = (0..).map(|number| format!("{number:06}"));
        all.find(|code| !near.contains(code)).expect("there are more than three codes")
    }

    /// The first step of a sign-in: the challenge.
    pub(crate) async fn challenge(&self, client: &mut Client, email: &str) -> String {
        let answer = sign_in(client, "/login", email).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        challenge_of(&answer)
    }

    /// The names of what happened since this was asked last, as far as second factors and sign-ins go.
    pub(crate) async fn told(&self) -> Vec<String> {
        self.client().post("/flush").await;
        let told = std::mem::take(&mut *self.events.0.lock().expect("no panic"));
        told.iter().map(|event| event.name().to_owned()).collect()
    }
}

pub(crate) fn texts(list: &Value) -> Vec<String> {
    let list = list.as_array().expect("a list").iter();
    list.map(|text| text.as_str().expect("a text").to_owned()).collect()
}

pub(crate) async fn sign_in(client: &mut Client, path: &str, email: &str) -> Answer {
    client.post_form(path, &[("username", email), ("password", PASSWORD)]).await
}

pub(crate) fn challenge_of(answer: &Answer) -> String {
    let challenge = answer.json()["challenge"].as_str().map(str::to_owned);
    challenge.unwrap_or_else(|| panic!("a challenge: {}", answer.text()))
}

pub(crate) async fn verify(client: &mut Client, challenge: &str, code: &str) -> Answer {
    let body = json!({ "challenge": challenge, "code": code });
    client.post_json("/mfa/verify", &body).await
}

/// Status and `detail`.
pub(crate) fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.detail().as_str().unwrap_or_default().to_owned())
}

pub(crate) fn refusal(status: u16, detail: &str) -> (u16, String) {
    (status, detail.to_owned())
}

/// RFC 6238 with SHA-1 and six digits, by other code than crudauth's.
pub(crate) fn code_at(secret: &str, unix: u64) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &base32(secret));
    let digest = hmac::sign(&key, &(unix / 30).to_be_bytes());
    let digest = digest.as_ref();
    let offset = usize::from(digest[19] & 0x0f);
    let number = u32::from_be_bytes(digest[offset..offset + 4].try_into().expect("four bytes"));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

fn base32(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let (mut bits, mut count, mut bytes) = (0_u64, 0, Vec::new());
    for letter in text.bytes() {
        let value = ALPHABET.iter().position(|it| *it == letter).expect("base32");
        bits = (bits << 5) | value as u64;
        count += 5;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    bytes
}

/// A struct of the tests.
pub(crate) trait Served: HasEpoch + HasSecondFactor + AuthUser<Id = i32> {
    async fn build(
        database: &TestDatabase,
        clock: &Arc<ManualClock>,
        hasher: &CountingHasher,
        events: &Events,
        settings: (MfaConfig<Self>, RateLimits, OAuthConfig),
    ) -> CrudAuth<Self>;
}

macro_rules! served {
    ($($User:ident)*) => {$(
        impl Served for $User {
            async fn build(
                database: &TestDatabase,
                clock: &Arc<ManualClock>,
                hasher: &CountingHasher,
                events: &Events,
                (mfa, limits, oauth): (MfaConfig<Self>, RateLimits, OAuthConfig),
            ) -> CrudAuth<Self> {
                let key = SecretKey::random().expect("random bytes");
                let builder = CrudAuth::<$User>::builder(database.clone(), key)
                    .clock(clock.clone())
                    .password_hasher(hasher.clone())
                    .add_event_sink(events.clone())
                    .rate_limits(limits)
                    .session(
                        SessionConfig::default()
                            .management_routes()
                            .idle_timeout(Duration::from_secs(30 * 24 * 60 * 60)),
                    )
                    .bearer(BearerConfig::default().refresh_delivery(RefreshDelivery::Body))
                    .oauth(oauth)
                    .sudo(SudoConfig::default().routes())
                    .mfa(mfa);
                builder.build().await.expect("a configuration that works")
            }
        }
    )*};
}

served! { Member Plain }

/// How much the sign-in has proved, and by what.
async fn acr<U: AuthUser>(me: Principal<U>) -> String {
    format!("{} {}", me.proofs().acr(), me.proofs().amr().join(" "))
}

async fn gated<U: AuthUser, G: Gate<U>>(_: Principal<U, G>) -> &'static str {
    "passed"
}

async fn maybe<U: HasSecondFactor>(me: Option<Principal<U, Mfa>>) -> &'static str {
    if me.is_some() { "passed" } else { "nobody" }
}

async fn sudo<U: AuthUser>(
    State(auth): State<CrudAuth<U>>,
    me: Principal<U>,
    proof: SudoProof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn row<U: Served>(auth: &CrudAuth<U>, id: i32) -> StoredUser<U> {
    let found = auth.stores().users().find_by_id(&id).await;
    found.expect("the store works").expect("a user")
}

/// The application has authenticated the user by its own means.
async fn own<U: Served>(
    State(auth): State<CrudAuth<U>>,
    request: Parts,
    Json(id): Json<i32>,
) -> Result<Response, Rejection> {
    let user = row(&auth, id).await;
    Ok(auth.sign_in(user, &request, SessionOptions::default()).await?.into_response())
}

async fn own_tokens<U: Served>(
    State(auth): State<CrudAuth<U>>,
    request: Parts,
    Json(id): Json<i32>,
) -> Response {
    let user = row(&auth, id).await;
    match auth.sign_in(user, &request, TokenOptions::default()).await {
        Ok(tokens) => tokens.into_response(),
        Err(error) => error.into_response(),
    }
}

async fn own_credentials<U: Served>(
    State(auth): State<CrudAuth<U>>,
    request: Parts,
    Json(email): Json<String>,
) -> Result<Response, Rejection> {
    let who = Credentials::new(email, Password::new(PASSWORD));
    Ok(auth.sign_in(who, &request, SessionOptions::default()).await?.into_response())
}

async fn job<U: Served>(
    State(auth): State<CrudAuth<U>>,
    request: Parts,
    Json(id): Json<i32>,
) -> Result<String, Rejection> {
    let user = row(&auth, id).await;
    let options = AccessTokenOptions::lasting(Duration::from_secs(60));
    Ok(auth.sign_in(user, &request, options).await?.as_str().to_owned())
}

async fn reset<U: Served>(
    State(auth): State<CrudAuth<U>>,
    Json(id): Json<i32>,
) -> Result<Json<bool>, Rejection> {
    let mfa = auth.mfa().expect("second factors");
    Ok(Json(mfa.reset(&id, "root").await?))
}

async fn flush<U: Served>(State(auth): State<CrudAuth<U>>) {
    auth.events().flush().await;
}

/// A provider that has asked those for two factors whose code begins with `mfa-`.
struct Sso(Desk);

impl Sso {
    fn new() -> Self {
        Self(Desk::new("sso"))
    }
}

impl Provider for Sso {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn issuer(&self) -> &str {
        self.0.issuer()
    }

    fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        self.0.authorize_url(http, flow)
    }

    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile> {
        Box::pin(async move {
            let has_two = grant.code.starts_with("mfa-");
            let profile = self.0.profile(http, grant, flow).await?;
            Ok(profile.with_second_factor(has_two))
        })
    }
}
