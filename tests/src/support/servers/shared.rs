//! Servers that many tests share: those whose addresses the environment has, as `across_engines`
//! sets them, else one of each kind for the process.

use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::store::PoolOptions;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::redis::Redis;
use diesel_async::SimpleAsyncConnection;
use tokio::sync::OnceCell;

use super::{MariadbServer, PostgresServer, RedisServer};

/// The variables that have the addresses of running servers.
pub const POSTGRES: &str = "CRUDAUTH_TEST_POSTGRES_URL";
/// As [`POSTGRES`].
pub const MARIADB: &str = "CRUDAUTH_TEST_MARIADB_URL";
/// As [`POSTGRES`].
pub const REDIS: &str = "CRUDAUTH_TEST_REDIS_URL";

/// A server's address, and the server if it is one of this process.
#[derive(Debug)]
struct Shared<S> {
    url: String,
    _server: Option<S>,
}

impl<S> Shared<S> {
    async fn find(
        variable: &str,
        start: impl AsyncFnOnce() -> Option<S>,
        url: impl FnOnce(&S) -> String,
    ) -> Option<Self> {
        if let Ok(url) = std::env::var(variable) {
            return Some(Self { url, _server: None });
        }
        let server = start().await?;
        Some(Self { url: url(&server), _server: Some(server) })
    }
}

/// A name that no other test has, in this process or in another.
fn fresh_name() -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A handle on an empty place in PostgreSQL. It is a schema, which is made in a twentieth of the
/// time of a database. `None`, said loudly, where PostgreSQL is not installed.
///
/// # Panics
///
/// If the server does not work, or is missing where `CI` is set.
pub async fn postgres() -> Option<Postgres> {
    static SERVER: OnceCell<Option<Shared<PostgresServer>>> = OnceCell::const_new();
    let find = || Shared::find(POSTGRES, PostgresServer::start, |it| it.url("postgres"));
    let server = SERVER.get_or_init(find).await.as_ref()?;
    let name = fresh_name();
    let url = format!("{}?options=-csearch_path%3D{name}", server.url);
    let postgres = Postgres::connect(&url).await.expect("a connection");
    let mut connection = postgres.get().await.expect("a connection");
    connection.batch_execute(&format!("CREATE SCHEMA {name}")).await.expect("a schema");
    drop(connection);
    Some(postgres)
}

/// A handle on an empty database of MariaDB; `None`, said loudly, where it is not installed.
///
/// # Panics
///
/// If the server does not work, or is missing where `CI` is set.
pub async fn mariadb() -> Option<Mysql> {
    static SERVER: OnceCell<Option<Shared<MariadbServer>>> = OnceCell::const_new();
    let find = || Shared::find(MARIADB, MariadbServer::start, |it| it.url("mysql"));
    let server = SERVER.get_or_init(find).await.as_ref()?;
    let (name, one) = (fresh_name(), PoolOptions::default().connections(1));
    let admin = Mysql::connect_with(&server.url, one).await.expect("a connection");
    let mut connection = admin.get().await.expect("a connection");
    connection.batch_execute(&format!("CREATE DATABASE {name}")).await.expect("a database");
    let (base, _) = server.url.rsplit_once('/').expect("the name of a database");
    Some(Mysql::connect(&format!("{base}/{name}")).await.expect("a connection"))
}

/// A part of a Redis server: all keys that begin with a prefix.
#[derive(Debug, Clone)]
pub struct RedisPart {
    /// The handle, with the prefix.
    pub redis: Redis,
    /// The address of the server.
    pub url: String,
    /// What all keys begin with.
    pub prefix: String,
}

/// An empty part of Redis; `None`, said loudly, where it is not installed.
///
/// # Panics
///
/// If the server does not work, or is missing where `CI` is set.
pub async fn redis() -> Option<RedisPart> {
    static SERVER: OnceCell<Option<Shared<RedisServer>>> = OnceCell::const_new();
    let find = || Shared::find(REDIS, RedisServer::start, RedisServer::url);
    let server = SERVER.get_or_init(find).await.as_ref()?;
    let (url, prefix) = (server.url.clone(), format!("{}:", fresh_name()));
    let redis = Redis::connect(&url).await.expect("a connection").prefix(&prefix);
    Some(RedisPart { redis, url, prefix })
}
