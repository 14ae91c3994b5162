//! A place for what expires, apart from the users.

use std::sync::{Arc, OnceLock};

use crudauth::clock::Clock;
use crudauth::store::{OpenState, OpeningState, StateStore};

use super::noted::Noted;
use super::sql::Sql;
use crate::support::servers::shared::{self, RedisPart};

/// An engine for what expires.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StateEngine {
    /// The memory of the process.
    Memory,
    /// A PostgreSQL server that the tests share.
    Postgres,
    /// A MariaDB server that the tests share.
    Mariadb,
    /// A Redis server that the tests share.
    Redis,
}

impl StateEngine {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Memory, Self::Postgres, Self::Mariadb, Self::Redis];

    /// What `CRUDAUTH_TEST_STATE` names: `memory`, `postgres`, `mariadb` or `redis`. Without it,
    /// and for `database`, state is where the users are.
    ///
    /// # Panics
    ///
    /// If it names something else.
    #[must_use]
    pub fn of_environment() -> Option<Self> {
        match std::env::var("CRUDAUTH_TEST_STATE").as_deref() {
            Err(_) | Ok("database") => None,
            Ok("memory") => Some(Self::Memory),
            Ok("postgres") => Some(Self::Postgres),
            Ok("mariadb") => Some(Self::Mariadb),
            Ok("redis") => Some(Self::Redis),
            Ok(other) => panic!("CRUDAUTH_TEST_STATE names no engine: {other}"),
        }
    }

    /// A new, empty place; `None`, said loudly, where the engine is not installed.
    ///
    /// # Panics
    ///
    /// If the engine does not work, or is missing where `CI` is set.
    pub async fn open(self) -> Option<Apart> {
        match self {
            Self::Memory => Some(Apart::Memory(Arc::default())),
            Self::Postgres => Some(Apart::Sql(Sql::Postgres(shared::postgres().await?))),
            Self::Mariadb => Some(Apart::Sql(Sql::Mariadb(shared::mariadb().await?))),
            Self::Redis => shared::redis().await.map(Apart::Redis),
        }
    }
}

/// A place for what expires. A clone is the same place.
#[derive(Debug, Clone)]
pub enum Apart {
    /// In memory, once it was opened.
    Memory(Arc<OnceLock<Arc<Noted>>>),
    /// In a database.
    Sql(Sql),
    /// In a part of Redis.
    Redis(RedisPart),
}

impl OpenState for Apart {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        match self {
            Self::Memory(state) => {
                let noted = state.get_or_init(|| Arc::new(Noted::new(Arc::clone(&clock))));
                let state: Arc<dyn StateStore> = Arc::clone(noted) as _;
                state.open_state(clock)
            }
            Self::Sql(sql) => sql.open_state(clock),
            Self::Redis(part) => part.redis.open_state(clock),
        }
    }
}
