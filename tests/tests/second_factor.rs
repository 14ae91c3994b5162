//! An account with a second factor is not let in by its password alone.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chrono::NaiveDateTime;
use crudauth::Rejection;
use crudauth::event::{LoginFailure, Occurrence, SecurityEvent, SinkFuture};
use crudauth::sudo::{Elevated, Proof};
use crudauth::transport::NotAdmitted;
use crudauth::user::{LoginName, NoTenant};
use crudauth::{
    AuthUser, BearerConfig, CrudAuth, EventSink, Principal, RateLimits, SecretKey, SessionOptions,
    SignInError, TokenOptions,
};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD, Server, TestDatabase};
use serde_json::json;

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            token_version -> Integer,
            totp_secret_encrypted -> Nullable<Text>,
            totp_confirmed_at -> Nullable<Timestamp>,
            totp_last_step -> Nullable<BigInt>,
            mfa_recovery_codes -> Nullable<Text>,
        }
    }
}

macro_rules! members {
    ($($attribute:meta)? => $name:ident) => {
        #[derive(AuthUser, Debug)]
        #[diesel(table_name = schema::members)]
        $(#[$attribute])?
        struct $name {
            id: i32,
            email: String,
            hashed_password: Option<String>,
            is_active: bool,
            token_version: i32,
            totp_secret_encrypted: Option<String>,
            totp_confirmed_at: Option<NaiveDateTime>,
            totp_last_step: Option<i64>,
            mfa_recovery_codes: Option<String>,
        }
    };
}

members!(=> Member);
members!(auth(without(second_factor)) => Trusting);

const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (
        id INTEGER PRIMARY KEY AUTOINCREMENT, email TEXT NOT NULL UNIQUE, hashed_password TEXT,
        is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL, totp_secret_encrypted TEXT,
        totp_confirmed_at TIMESTAMP, totp_last_step BIGINT, mfa_recovery_codes TEXT)",
    postgres: "CREATE TABLE members (
        id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, hashed_password TEXT,
        is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL, totp_secret_encrypted TEXT,
        totp_confirmed_at TIMESTAMP, totp_last_step BIGINT, mfa_recovery_codes TEXT)",
    mysql: "CREATE TABLE members (
        id INTEGER AUTO_INCREMENT PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT, is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL,
        totp_secret_encrypted VARCHAR(255), totp_confirmed_at TIMESTAMP NULL, totp_last_step BIGINT,
        mfa_recovery_codes TEXT) ENGINE = InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
};

const ENROL: &str = "UPDATE members SET totp_secret_encrypted = 'gAAAAABlU', \
                     totp_confirmed_at = '2026-01-02 03:04:05'";

#[derive(Debug, Clone, Default)]
struct Failures(Arc<std::sync::Mutex<Vec<LoginFailure>>>);

impl EventSink for Failures {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        if let SecurityEvent::LoginFailed { reason, .. } = &occurrence.event {
            self.0.lock().expect("no panic").push(*reason);
        }
        Box::pin(std::future::ready(()))
    }
}

struct Site<U: AuthUser> {
    server: Server,
    auth: CrudAuth<U>,
    hasher: CountingHasher,
    failures: Failures,
}

macro_rules! serve {
    ($User:ident, $database:expr) => {{
        let (hasher, failures) = (CountingHasher::default(), Failures::default());
        let built = CrudAuth::<$User>::builder(
            $database.clone(),
            SecretKey::random().expect("random bytes"),
        )
        .password_hasher(hasher.clone())
        .add_event_sink(failures.clone())
        .rate_limits(RateLimits::off())
        .bearer(BearerConfig::default())
        .build()
        .await;
        let auth = built.expect("a configuration that works");
        let routes = Router::new()
            .route("/sudo", post(sudo::<$User>))
            .merge(auth.router())
            .with_state(auth.clone());
        Site { server: Server::serve(routes).await, auth, hasher, failures }
    }};
}

async fn sudo<U: AuthUser>(
    State(auth): State<CrudAuth<U>>,
    me: Principal<U>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn sign_up(client: &mut Client) {
    let body = json!({ "email": "ada@example.com", "password": PASSWORD });
    let answer = client.post_json("/register", &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

async fn sign_in(client: &mut Client, path: &str, password: &str) -> Answer {
    client.post_form(path, &[("username", "ada@example.com"), ("password", password)]).await
}

fn comparable(answer: &Answer) -> (u16, String, Vec<String>) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| format!("{name}: {value:?}")).collect();
    (answer.status.as_u16(), answer.text(), headers)
}

#[tokio::test]
async fn an_account_with_a_second_factor_is_refused_like_a_wrong_password() {
    let logs = Logs::capture();
    let database = TestDatabase::new(&MEMBERS).await;
    let site = serve!(Member, database);
    let mut client = site.server.client();
    sign_up(&mut client).await;
    let mut session = site.server.client();
    assert_eq!(sign_in(&mut session, "/login", PASSWORD).await.status, 200);
    let ada = site.auth.stores().users();
    let ada =
        ada.find_by_login(&LoginName::new("ada@example.com"), &NoTenant).await.expect("a store");
    let (no_request, ()) = axum::http::Request::new(()).into_parts();
    let options = TokenOptions::default();
    assert!(site.auth.sign_in(ada.expect("a row"), &no_request, options).await.is_ok());

    database.execute(ENROL).await;
    for path in ["/login", "/token"] {
        let mut client = site.server.client();
        let before = site.hasher.computed();
        let right = sign_in(&mut client, path, PASSWORD).await;
        let hashes = site.hasher.computed() - before;
        let wrong = sign_in(&mut client, path, "not the password").await;
        assert_eq!(comparable(&right), comparable(&wrong), "{path}");
        assert_eq!((right.status.as_u16(), hashes), (401, 1), "{path}");
        assert_eq!(site.hasher.computed() - before, 2, "{path}");
    }
    site.auth.events().flush().await;
    let told = std::mem::take(&mut *site.failures.0.lock().expect("no panic"));
    assert_eq!(
        told,
        [LoginFailure::SecondFactor, LoginFailure::WrongPassword].repeat(2),
        "the operator is told"
    );
    let text = logs.text();
    let line = text.lines().find(|line| line.contains("a second factor")).expect("a line");
    assert!(line.contains("WARN") && line.contains("user=1"), "{line}");
    assert!(line.contains("`#[auth(without(second_factor))]`"), "{line}");
    assert!(!text.contains(PASSWORD) && !line.contains("ada"), "{line}");

    // Nothing else starts one either, and the password gives no more rights to one from before.
    let ada = site.auth.stores().users();
    let ada =
        ada.find_by_login(&LoginName::new("ada@example.com"), &NoTenant).await.expect("a store");
    let refused =
        site.auth.sign_in(ada.expect("a row"), &no_request, SessionOptions::default()).await;
    let second_factor = SignInError::NotAdmitted(NotAdmitted::SecondFactor);
    assert_eq!(format!("{refused:?}"), format!("Err({second_factor:?})"));
    assert_eq!(session.get("/me").await.status, 200);
    let answer = session.post_json("/sudo", &json!({ "password": PASSWORD })).await;
    assert_eq!(
        (answer.status.as_u16(), answer.detail()),
        (403, json!("A second factor is required."))
    );
}

#[tokio::test]
async fn a_factor_that_is_pending_or_removed_is_none() {
    let database = TestDatabase::new(&MEMBERS).await;
    let site = serve!(Member, database);
    let mut client = site.server.client();
    sign_up(&mut client).await;
    for (secret, confirmed, status) in [
        ("'3:JBSW'", "NULL", 200),
        ("''", "'2026-01-02 03:04:05'", 200),
        ("NULL", "'2026-01-02 03:04:05'", 200),
        ("'gAAAA'", "'2026-01-02 03:04:05'", 401),
        ("NULL", "NULL", 200),
    ] {
        let set = format!("totp_secret_encrypted = {secret}, totp_confirmed_at = {confirmed}");
        database.execute(&format!("UPDATE members SET {set}")).await;
        assert_eq!(sign_in(&mut client, "/login", PASSWORD).await.status, status, "{set}");
    }
}

#[tokio::test]
async fn a_struct_may_say_that_it_does_without() {
    let database = TestDatabase::new(&MEMBERS).await;
    let site = serve!(Trusting, database);
    let mut client = site.server.client();
    sign_up(&mut client).await;
    database.execute(ENROL).await;
    for path in ["/login", "/token"] {
        assert_eq!(sign_in(&mut client, path, PASSWORD).await.status, 200, "{path}");
    }
    let answer = client.post_json("/sudo", &json!({ "password": PASSWORD })).await;
    assert!(answer.text().contains("elevated_until"), "{}", answer.text());
}
