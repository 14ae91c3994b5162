//! The state of the application under test on an engine that the environment names.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::clock::Clock;
use crudauth::store::memory::Memory;
use crudauth::store::mysql::Mysql;
use crudauth::store::postgres::Postgres;
use crudauth::store::redis::Redis;
use crudauth::store::{OpenState, StateStore};
use tokio::sync::OnceCell;

use super::{MariadbServer, PostgresServer, RedisServer};

/// An engine for what expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateEngine {
    /// The memory of the process.
    Memory,
    /// A PostgreSQL server of this test binary.
    Postgres,
    /// A MariaDB server of this test binary.
    Mariadb,
    /// A Redis server of this test binary.
    Redis,
}

impl StateEngine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Postgres, Self::Mariadb, Self::Redis];

    /// What `CRUDAUTH_TEST_STATE` names: `memory`, `postgres`, `mariadb` or `redis`. Without it
    /// state is where the users are.
    ///
    /// # Panics
    ///
    /// If it names something else.
    #[must_use]
    pub fn of_environment() -> Option<Self> {
        let name = std::env::var("CRUDAUTH_TEST_STATE").ok()?;
        match name.as_str() {
            "memory" => Some(Self::Memory),
            "postgres" => Some(Self::Postgres),
            "mariadb" => Some(Self::Mariadb),
            "redis" => Some(Self::Redis),
            other => panic!("CRUDAUTH_TEST_STATE names no engine: {other}"),
        }
    }

    /// A new, empty store; `None`, said loudly, where the engine is not installed.
    ///
    /// # Panics
    ///
    /// If the engine does not work, or is missing where `CI` is set.
    pub async fn open(self, clock: Arc<dyn Clock>) -> Option<Arc<dyn StateStore>> {
        static POSTGRES: OnceCell<Option<PostgresServer>> = OnceCell::const_new();
        static MARIADB: OnceCell<Option<MariadbServer>> = OnceCell::const_new();
        static REDIS: OnceCell<Option<RedisServer>> = OnceCell::const_new();
        static PREFIXES: AtomicUsize = AtomicUsize::new(0);
        let state = match self {
            Self::Memory => Memory.open_state(clock).await,
            Self::Postgres => {
                let server = POSTGRES.get_or_init(PostgresServer::start).await.as_ref()?;
                let url = server.database().await;
                Postgres::connect(&url).await.expect("connect").open_state(clock).await
            }
            Self::Mariadb => {
                let server = MARIADB.get_or_init(MariadbServer::start).await.as_ref()?;
                let url = server.database().await;
                Mysql::connect(&url).await.expect("connect").open_state(clock).await
            }
            Self::Redis => {
                let server = REDIS.get_or_init(RedisServer::start).await.as_ref()?;
                let prefix = format!("test-{}:", PREFIXES.fetch_add(1, Ordering::Relaxed));
                let redis = Redis::connect(&server.url()).await.expect("connect");
                redis.prefix(&prefix).open_state(clock).await
            }
        };
        Some(state.expect("a store"))
    }
}
