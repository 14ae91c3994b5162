//! axum-login over tower-sessions, set up as its examples are.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::http::header::SET_COOKIE;
use axum::http::{Request, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{PgPool, SqlitePool};
use tower::ServiceExt;
use tower_sessions::{MemoryStore, SessionManagerLayer, SessionStore};
use tower_sessions_redis_store::RedisStore;
use tower_sessions_redis_store::fred::prelude::{ClientLike, Config, Pool};
use tower_sessions_sqlx_store::{PostgresStore, SqliteStore};

use super::{Me, Proof};
use crate::Outcome;

/// As many as the example of the store has.
const REDIS_CONNECTIONS: usize = 6;

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
    INSERT INTO users VALUES
        (1, 'ada@example.com', 'ada', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA', true, false, 0)
";

#[derive(Debug, Clone, sqlx::FromRow)]
#[expect(dead_code, reason = "a row has more than an answer says")]
struct User {
    id: i64,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    is_superuser: bool,
    token_version: i32,
}

impl AuthUser for User {
    type Id = i64;

    fn id(&self) -> i64 {
        self.id
    }

    fn session_auth_hash(&self) -> &[u8] {
        self.hashed_password.as_bytes()
    }
}

/// Where users are looked up.
#[derive(Clone)]
enum Users {
    Memory(Arc<Mutex<HashMap<i64, User>>>),
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl AuthnBackend for Users {
    type User = User;
    type Credentials = i64;
    type Error = sqlx::Error;

    /// Who says who it is, is. The sign-in is not what is measured.
    async fn authenticate(&self, id: i64) -> Result<Option<User>, sqlx::Error> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<User>, sqlx::Error> {
        match self {
            Self::Memory(users) => Ok(users.lock().ok().and_then(|users| users.get(id).cloned())),
            Self::Sqlite(pool) => {
                let query = sqlx::query_as("SELECT * FROM users WHERE id = ?");
                query.bind(id).fetch_optional(pool).await
            }
            Self::Postgres(pool) => {
                let query = sqlx::query_as("SELECT * FROM users WHERE id = $1");
                query.bind(id).fetch_optional(pool).await
            }
        }
    }
}

pub async fn in_memory() -> Outcome<(Router, Proof)> {
    let ada = User {
        id: 1,
        email: "ada@example.com".into(),
        username: "ada".into(),
        hashed_password: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA".into(),
        is_active: true,
        is_superuser: false,
        token_version: 0,
    };
    let users = Users::Memory(Arc::new(Mutex::new(HashMap::from([(1, ada)]))));
    signed_in(users, MemoryStore::default()).await
}

pub async fn on_sqlite(file: &Path) -> Outcome<(Router, Proof)> {
    let options = SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full);
    let pool = SqlitePool::connect_with(options).await?;
    sqlx::raw_sql(TABLE).execute(&pool).await?;
    let store = SqliteStore::new(pool.clone());
    store.migrate().await?;
    signed_in(Users::Sqlite(pool), store).await
}

pub async fn on_postgres(url: &str) -> Outcome<(Router, Proof)> {
    let pool = users_on_postgres(url).await?;
    let store = PostgresStore::new(pool.clone());
    store.migrate().await?;
    signed_in(Users::Postgres(pool), store).await
}

pub async fn on_postgres_and_redis(url: &str, redis: &str) -> Outcome<(Router, Proof)> {
    let pool = users_on_postgres(url).await?;
    let redis = Pool::new(Config::from_url(redis)?, None, None, None, REDIS_CONNECTIONS)?;
    redis.connect();
    redis.wait_for_connect().await?;
    signed_in(Users::Postgres(pool), RedisStore::new(redis)).await
}

async fn users_on_postgres(url: &str) -> Outcome<PgPool> {
    let pool = PgPool::connect(url).await?;
    // What SQLite calls an integer.
    let table = TABLE.replace("id INTEGER", "id BIGINT");
    sqlx::raw_sql(&table).execute(&pool).await?;
    Ok(pool)
}

/// The application, and the cookie of a user who has signed in.
async fn signed_in<S: SessionStore + Clone>(users: Users, store: S) -> Outcome<(Router, Proof)> {
    let sessions = SessionManagerLayer::new(store).with_secure(false);
    let auth = AuthManagerLayerBuilder::new(users, sessions).build();
    let router = Router::new().route("/me", get(me)).route("/login", post(login)).layer(auth);

    let answer = router.clone().oneshot(Request::post("/login").body(Body::empty())?).await?;
    let cookie = answer.headers().get(SET_COOKIE).ok_or("no session")?.to_str()?;
    let pair = cookie.split(';').next().unwrap_or_default().to_owned();
    Ok((router, Some(("cookie", pair))))
}

async fn login(mut auth: AuthSession<Users>) -> StatusCode {
    let Ok(Some(user)) = auth.authenticate(1).await else { return StatusCode::UNAUTHORIZED };
    match auth.login(&user).await {
        Ok(()) => StatusCode::OK,
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

async fn me(auth: AuthSession<Users>) -> Response {
    match auth.user {
        Some(User { id, username, email, .. }) => {
            Json(Me { id, username: &username, email: &email }).into_response()
        }
        None => StatusCode::UNAUTHORIZED.into_response(),
    }
}
