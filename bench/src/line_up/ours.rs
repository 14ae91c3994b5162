use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Request;
use axum::http::header::{CONTENT_TYPE, SET_COOKIE, USER_AGENT};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router};
use crudauth::clock::SystemClock;
use crudauth::password::Argon2id;
use crudauth::store::Database;
use crudauth::store::memory::{self, MemoryState, MemoryUsers};
use crudauth::token::SigningKey;
use crudauth::user::NewUser;
use crudauth::{
    AuthUser, BearerConfig, CookieConfig, CrudAuth, Principal, RateLimit, SecretKey, Sqlite,
    TrustedProxies,
};
use http_body_util::BodyExt;
use serde::Deserialize;
use tower::ServiceExt;

use super::{Me, Proof};
use crate::Outcome;

pub const PASSWORD: &str = "correct horse battery staple";
/// What a session remembers of its browser.
const BROWSER: &str = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like \
                       Gecko) Chrome/126.0.0.0 Safari/537.36";
pub const TOKEN_SECRET: &str = "4c6qHTtwyUj2bJmZkq0vXo7nRsEaGp1d";

mod schema {
    diesel::table! {
        users (id) {
            id -> BigInt,
            email -> Text,
            username -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            is_superuser -> Bool,
            token_version -> Integer,
        }
    }
}

const TABLE: &str = "
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        email TEXT NOT NULL UNIQUE,
        username TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL,
        is_active BOOLEAN NOT NULL,
        is_superuser BOOLEAN NOT NULL,
        token_version INTEGER NOT NULL
    );
";

/// A user of the applications that use crudauth.
#[derive(AuthUser, Clone)]
#[diesel(table_name = schema::users)]
pub struct Account {
    pub id: i64,
    pub email: String,
    pub username: String,
    pub hashed_password: String,
    pub is_active: bool,
    pub is_superuser: bool,
    pub token_version: i32,
}

/// Users and state in the memory of the process.
pub async fn in_memory(hasher: Argon2id) -> Outcome<Router> {
    let users = Arc::new(MemoryUsers::new(row));
    let state = Arc::new(MemoryState::new(Arc::new(SystemClock)));
    app(memory::stores(users, state), hasher).await
}

/// As [`in_memory`], with this state.
pub async fn over(state: Arc<MemoryState>) -> Outcome<Router> {
    let users = Arc::new(MemoryUsers::new(row));
    app(memory::stores(users, state), Argon2id::insecure_and_fast_for_tests()).await
}

/// Users and state in one SQLite file.
pub async fn on_sqlite(file: &Path, hasher: Argon2id) -> Outcome<Router> {
    let sqlite = Sqlite::open(file)?;
    sqlite.execute_batch(TABLE).await?;
    app(sqlite, hasher).await
}

/// The application: the route that is measured, and crudauth's own below `/auth`.
async fn app(database: impl Database<Account>, hasher: Argon2id) -> Outcome<Router> {
    let auth = CrudAuth::<Account>::builder()
        .database(database)
        .secret_key(SecretKey::random()?)
        .bearer(BearerConfig::default().keys(SigningKey::hs256(TOKEN_SECRET)?))
        .password_hasher(hasher)
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .register_limit(RateLimit::off())
        .trusted_proxies(TrustedProxies::hops(1))
        .build()
        .await?;
    let router = Router::new().route("/me", get(me)).nest("/auth", auth.router());
    Ok(router.with_state(auth))
}

async fn me(principal: Principal<Account>) -> Response {
    let Account { id, username, email, .. } = &*principal.user;
    Json(Me { id: *id, username, email }).into_response()
}

fn row(new: NewUser<Account>, id: i64) -> Account {
    let NewUser { register, password, .. } = new;
    Account {
        id,
        email: register.email,
        username: register.username,
        hashed_password: password.map(|hash| hash.as_stored().to_owned()).unwrap_or_default(),
        is_active: true,
        is_superuser: false,
        token_version: 0,
    }
}

/// `router`, and the cookie of a user who has signed in.
pub async fn session(router: Router) -> Outcome<(Router, Proof)> {
    sign_up(&router, "ada").await?;
    let cookie = cookie(&router, "ada").await?;
    Ok((router, Some(("cookie", cookie))))
}

/// The cookies of `each` sessions of as many new `users`.
pub async fn sessions_of(router: &Router, users: usize, each: usize) -> Outcome<Vec<String>> {
    let mut cookies = Vec::new();
    for number in 0..users {
        let name = format!("user{number}");
        sign_up(router, &name).await?;
        for _ in 0..each {
            cookies.push(cookie(router, &name).await?);
        }
    }
    Ok(cookies)
}

/// The cookie of a new session of `name`.
async fn cookie(router: &Router, name: &str) -> Outcome<String> {
    let signed_in = send(router, form("/auth/login", name)?).await?;
    let cookies = signed_in.headers().get_all(SET_COOKIE).iter();
    let mut pairs = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    Ok(pairs.find(|pair| pair.starts_with("session_id=")).ok_or("no session")?.to_owned())
}

/// `router`, and the access token of a user who has signed in.
pub async fn bearer(router: Router) -> Outcome<(Router, Proof)> {
    let token = access_token(&router).await?;
    Ok((router, Some(("authorization", format!("Bearer {token}")))))
}

/// An access token of a new user of `router`.
pub async fn access_token(router: &Router) -> Outcome<String> {
    #[derive(Deserialize)]
    struct Tokens {
        access_token: String,
    }

    sign_up(router, "ada").await?;
    let answer = send(router, form("/auth/token", "ada")?).await?;
    let body = answer.into_body().collect().await?.to_bytes();
    let tokens: Tokens = serde_json::from_slice(&body)?;
    Ok(tokens.access_token)
}

/// Signs `name` up.
pub async fn sign_up(router: &Router, name: &str) -> Outcome {
    let body = format!(
        r#"{{"email": "{name}@example.com", "username": "{name}", "password": "{PASSWORD}"}}"#
    );
    let request = Request::post("/auth/register").header(CONTENT_TYPE, "application/json");
    send(router, request.body(body.into())?).await.map(|_| ())
}

/// The form with which `name` signs in.
pub fn credentials(name: &str) -> String {
    format!("username={name}&password={}", PASSWORD.replace(' ', "+"))
}

fn form(path: &str, name: &str) -> Outcome<Request<Body>> {
    let request = Request::post(path)
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(USER_AGENT, BROWSER);
    Ok(request.body(credentials(name).into())?)
}

async fn send(router: &Router, request: Request<Body>) -> Outcome<Response> {
    let answer = router.clone().oneshot(request).await?;
    match answer.status().is_success() {
        true => Ok(answer),
        false => Err(format!("a preparation was answered with {}", answer.status()).into()),
    }
}
