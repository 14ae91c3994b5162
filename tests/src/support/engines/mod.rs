//! The engines under an application: those that the environment names, SQLite alone by default.

mod look;
mod noted;
mod row;
mod sql;
mod state;

pub use self::look::Kept;
pub use self::noted::Noted;
pub use self::sql::{Sql, Tables, UsersEngine};
pub use self::state::{Apart, StateEngine};

use std::sync::Arc;

use crudauth::Sqlite;
use crudauth::clock::Clock;
use crudauth::store::mysql::MysqlUser;
use crudauth::store::postgres::PostgresUser;
use crudauth::store::sqlite::SqliteUser;
use crudauth::store::{Database, OpenState, Opening, OpeningState, Stores};

use self::look::Kind;

/// Where an application under test keeps its users and what expires. A clone is the same place, so
/// that several applications can stand on it.
#[derive(Debug, Clone)]
pub struct TestDatabase {
    /// The users, and what expires if it is nowhere else.
    pub users: Sql,
    /// What expires, if it is elsewhere.
    pub apart: Option<Apart>,
}

impl TestDatabase {
    /// New places with these tables, on the engines that the environment names.
    ///
    /// # Panics
    ///
    /// If an engine does not work, or is not installed.
    pub async fn new(tables: &Tables) -> Self {
        let users = UsersEngine::of_environment().open().await.expect("the engine for users");
        users.create(tables).await;
        let apart = match StateEngine::of_environment() {
            Some(engine) => Some(engine.open().await.expect("the engine for state")),
            None => None,
        };
        Self { users, apart }
    }

    /// Changes the users' database past crudauth. The SQL must suit every engine.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn execute(&self, sql: &str) {
        self.users.execute(sql).await;
    }

    /// The first column of every row that `sql` selects in the users' database, as text and
    /// sorted; NULL is `-`. The SQL must suit every engine.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn select(&self, sql: &str) -> Vec<String> {
        self.users.select(sql).await
    }

    /// The entries that rest where state is, sorted; without the key under which guesses are counted,
    /// which is there from the start.
    pub async fn entries(&self) -> Vec<Kept> {
        let entries = self.look(Kind::Entry).await;
        entries.into_iter().filter(|entry| entry.key != "lockout:key").collect()
    }

    /// The counters that rest where state is, sorted.
    pub async fn counters(&self) -> Vec<Kept> {
        self.look(Kind::Counter).await
    }

    async fn look(&self, kind: Kind) -> Vec<Kept> {
        match &self.apart {
            Some(apart) => apart.look(kind).await,
            None => Apart::Sql(self.users.clone()).look(kind).await,
        }
    }

    /// All that rests, as bytes to search in: of SQLite its files, else every column of every table;
    /// and every key and value of what expires.
    ///
    /// # Panics
    ///
    /// If it cannot be read.
    pub async fn bytes(&self) -> Vec<u8> {
        let mut bytes = match &self.users {
            Sql::Sqlite(_, Some(folder)) => {
                let files = std::fs::read_dir(folder.path()).expect("the folder");
                let read = |file: std::fs::DirEntry| std::fs::read(file.path()).expect("a file");
                files.flat_map(|file| read(file.expect("an entry"))).collect()
            }
            sql => sql.whole_tables().await.join("\n").into_bytes(),
        };
        for Kept { key, value, .. } in self.entries().await.into_iter().chain(self.counters().await)
        {
            bytes.extend_from_slice(key.as_bytes());
            bytes.extend(value);
        }
        bytes
    }
}

impl From<Sqlite> for TestDatabase {
    fn from(sqlite: Sqlite) -> Self {
        Self { users: Sql::Sqlite(sqlite, None), apart: None }
    }
}

impl<U: SqliteUser + PostgresUser + MysqlUser> Database<U> for TestDatabase {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        Box::pin(async move {
            let stores: Stores<U> = match self.users {
                Sql::Sqlite(sqlite, _) => sqlite.open(Arc::clone(&clock)).await?,
                Sql::Postgres(postgres) => postgres.open(Arc::clone(&clock)).await?,
                Sql::Mariadb(mysql) => mysql.open(Arc::clone(&clock)).await?,
            };
            match self.apart {
                Some(apart) => Ok(stores.with_state(apart.open_state(clock).await?)),
                None => Ok(stores),
            }
        })
    }
}

/// The place of state.
impl OpenState for TestDatabase {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        match self.apart {
            Some(apart) => apart.open_state(clock),
            None => self.users.open_state(clock),
        }
    }
}

impl OpenState for Sql {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        match self {
            Self::Sqlite(sqlite, _) => sqlite.open_state(clock),
            Self::Postgres(postgres) => postgres.open_state(clock),
            Self::Mariadb(mysql) => mysql.open_state(clock),
        }
    }
}
