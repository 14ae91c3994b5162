//! Who is compared: applications with one route, `GET /me`, which answers the same JSON.

mod bare;
mod by_hand;
mod ours;
mod peer;

pub use self::ours::{
    PASSWORD, credentials, in_memory, on_sqlite, over, session, sessions_of, sign_up,
};

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
}

impl Contender {
    /// In the order of the tables; each group is compared with its first.
    pub const ALL: [Self; 8] = [
        Self::Bare,
        Self::PeerMemory,
        Self::SessionMemory,
        Self::PeerSqlite,
        Self::SessionSqlite,
        Self::ByHand,
        Self::BearerMemory,
        Self::BearerSqlite,
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
        }
    }

    /// Whom its cost is compared with.
    pub fn rivals(self) -> &'static [Self] {
        match self {
            Self::Bare => &[],
            Self::SessionMemory => &[Self::Bare, Self::PeerMemory],
            Self::SessionSqlite => &[Self::Bare, Self::PeerSqlite],
            Self::BearerMemory => &[Self::Bare, Self::ByHand],
            _ => &[Self::Bare],
        }
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
