//! Who is compared: applications with one route, `GET /me`, which answers the same JSON.

mod bare;
mod by_hand;
mod ours;
mod peer;
mod places;
mod query;

pub use self::ours::{Account, schema};
pub use self::ours::{
    PASSWORD, SECRET, cookie, credentials, in_memory, make_users, on_postgres, on_sqlite, over,
    session, sessions_of, sign_up,
};
pub use self::places::Place;
use self::places::{new_database, redis_url};
pub use self::query::pool_of;

use std::str::FromStr;

use axum::Router;
use crudauth::password::Argon2id;
use serde::Serialize;
use tempfile::TempDir;

use crate::Outcome;

/// One of those who are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Contender {
    /// An axum route that knows nobody.
    Bare,
    /// axum-login over tower-sessions, both in memory.
    PeerMemory,
    /// axum-login over the SQLite store of tower-sessions, and users in the same database.
    PeerSqlite,
    /// crudauth's session over stores in memory.
    SessionMemory,
    /// crudauth's session over SQLite.
    SessionSqlite,
    /// An extractor as one writes it with jsonwebtoken, users in memory.
    ByHand,
    /// crudauth's bearer token, users in memory.
    BearerMemory,
    /// crudauth's bearer token, users on SQLite.
    BearerSqlite,
    /// An axum route that knows nobody, and reads a row of users in PostgreSQL.
    BarePostgres,
    /// axum-login over the PostgreSQL store of tower-sessions, and users in the same database.
    PeerPostgres,
    /// crudauth's session over PostgreSQL.
    SessionPostgres,
    /// crudauth's bearer token, users on PostgreSQL.
    BearerPostgres,
    /// As the bare route over PostgreSQL, after a `GET` in Redis.
    BareRedis,
    /// axum-login over the Redis store of tower-sessions, and users in PostgreSQL.
    PeerRedis,
    /// crudauth's session in Redis, users on PostgreSQL.
    SessionRedis,
}

impl Contender {
    /// In the order of the tables; each group is compared with its first.
    pub const ALL: [Self; 15] = [
        Self::Bare,
        Self::PeerMemory,
        Self::SessionMemory,
        Self::PeerSqlite,
        Self::SessionSqlite,
        Self::ByHand,
        Self::BearerMemory,
        Self::BearerSqlite,
        Self::BarePostgres,
        Self::PeerPostgres,
        Self::SessionPostgres,
        Self::BearerPostgres,
        Self::BareRedis,
        Self::PeerRedis,
        Self::SessionRedis,
    ];

    /// Those that need a server.
    pub const OVER_A_NETWORK: [Self; 7] = [
        Self::BarePostgres,
        Self::PeerPostgres,
        Self::SessionPostgres,
        Self::BearerPostgres,
        Self::BareRedis,
        Self::PeerRedis,
        Self::SessionRedis,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bare => "bare",
            Self::PeerMemory => "peer-memory",
            Self::PeerSqlite => "peer-sqlite",
            Self::SessionMemory => "session-memory",
            Self::SessionSqlite => "session-sqlite",
            Self::ByHand => "by-hand",
            Self::BearerMemory => "bearer-memory",
            Self::BearerSqlite => "bearer-sqlite",
            Self::BarePostgres => "bare-postgres",
            Self::PeerPostgres => "peer-postgres",
            Self::SessionPostgres => "session-postgres",
            Self::BearerPostgres => "bearer-postgres",
            Self::BareRedis => "bare-redis",
            Self::PeerRedis => "peer-redis",
            Self::SessionRedis => "session-redis",
        }
    }

    /// The name in a table.
    pub fn title(self) -> &'static str {
        match self {
            Self::Bare => "bare axum route",
            Self::PeerMemory => "axum-login, memory",
            Self::PeerSqlite => "axum-login, SQLite",
            Self::SessionMemory => "crudauth session, memory",
            Self::SessionSqlite => "crudauth session, SQLite",
            Self::ByHand => "jsonwebtoken by hand, memory",
            Self::BearerMemory => "crudauth bearer, memory",
            Self::BearerSqlite => "crudauth bearer, SQLite",
            Self::BarePostgres => "bare route, a row of PostgreSQL",
            Self::PeerPostgres => "axum-login, PostgreSQL",
            Self::SessionPostgres => "crudauth session, PostgreSQL",
            Self::BearerPostgres => "crudauth bearer, PostgreSQL",
            Self::BareRedis => "bare route, a GET in Redis and a row of PostgreSQL",
            Self::PeerRedis => "axum-login, Redis and PostgreSQL",
            Self::SessionRedis => "crudauth session, Redis and PostgreSQL",
        }
    }

    /// Whom its cost is compared with.
    pub fn rivals(self) -> &'static [Self] {
        match self {
            Self::Bare => &[],
            Self::SessionMemory => &[Self::Bare, Self::PeerMemory],
            Self::SessionSqlite => &[Self::Bare, Self::PeerSqlite],
            Self::BearerMemory => &[Self::Bare, Self::ByHand],
            Self::PeerPostgres | Self::BearerPostgres => &[Self::BarePostgres],
            Self::SessionPostgres => &[Self::BarePostgres, Self::PeerPostgres],
            Self::PeerRedis => &[Self::BareRedis],
            Self::SessionRedis => &[Self::BareRedis, Self::PeerRedis],
            _ => &[Self::Bare],
        }
    }

    pub fn needs_servers(self) -> bool {
        Self::OVER_A_NETWORK.contains(&self)
    }

    /// Those who are named, or all.
    pub fn named(names: &[&str]) -> Outcome<Vec<Self>> {
        match names {
            [] => Ok(Self::ALL.to_vec()),
            names => names.iter().map(|name| Ok(name.parse()?)).collect(),
        }
    }

    /// Makes it ready, with one user who has signed in.
    pub async fn prepare(self) -> Outcome<Prepared> {
        let folder = TempDir::new()?;
        let file = folder.path().join("bench.db");
        let cheap = Argon2id::insecure_and_fast_for_tests;
        let (router, proof) = match self {
            Self::Bare => (bare::router(), None),
            Self::PeerMemory => peer::in_memory().await?,
            Self::PeerSqlite => peer::on_sqlite(&file).await?,
            Self::SessionMemory => ours::session(in_memory(cheap()).await?).await?,
            Self::SessionSqlite => ours::session(on_sqlite(&file, cheap()).await?).await?,
            Self::ByHand => by_hand::router(&ours::access_token(&in_memory(cheap()).await?).await?),
            Self::BearerMemory => ours::bearer(in_memory(cheap()).await?).await?,
            Self::BearerSqlite => ours::bearer(on_sqlite(&file, cheap()).await?).await?,
            Self::BarePostgres => (query::router(&new_database().await?, None).await?, None),
            Self::BareRedis => {
                let redis = redis_url()?;
                (query::router(&new_database().await?, Some(&redis)).await?, None)
            }
            Self::PeerPostgres => peer::on_postgres(&new_database().await?).await?,
            Self::PeerRedis => {
                peer::on_postgres_and_redis(&new_database().await?, &redis_url()?).await?
            }
            Self::SessionPostgres => ours::session(ours::beside_others(None).await?).await?,
            Self::SessionRedis => {
                ours::session(ours::beside_others(Some(&redis_url()?)).await?).await?
            }
            Self::BearerPostgres => ours::bearer(ours::beside_others(None).await?).await?,
        };
        Ok(Prepared { router, proof, folder })
    }
}

impl FromStr for Contender {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|contender| contender.name() == name);
        found.ok_or_else(|| {
            let names = Self::ALL.map(Self::name).join(", ");
            format!("nobody is named `{name}`; there are {names}")
        })
    }
}

/// A contender that is ready for requests.
pub struct Prepared {
    pub router: Router,
    /// The header that proves who makes a request: its name and its value.
    pub proof: Proof,
    /// Where its database is, for as long as this is held.
    pub folder: TempDir,
}

pub type Proof = Option<(&'static str, String)>;

/// What every route answers.
#[derive(Serialize)]
pub struct Me<'a> {
    id: i64,
    username: &'a str,
    email: &'a str,
}
