//! A database of users on one of the engines.

use std::sync::Arc;

use crudauth::Sqlite;
use crudauth::store::mysql::{Mysql, MysqlRecords};
use crudauth::store::postgres::{Postgres, PostgresRecords};
use crudauth::store::records::RecordStore;
use crudauth::store::sqlite::SqliteRecords;
use diesel::QueryableByName;
use diesel::sql_types::Text;
use diesel_async::{RunQueryDsl as _, SimpleAsyncConnection as _};
use tempfile::TempDir;

use crate::support::servers::shared;

/// An engine for users.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsersEngine {
    /// A SQLite file.
    Sqlite,
    /// A PostgreSQL server that the tests share.
    Postgres,
    /// A MariaDB server that the tests share.
    Mariadb,
}

impl UsersEngine {
    /// What `CRUDAUTH_TEST_USERS` names: `sqlite`, `postgres` or `mariadb`. Without it SQLite.
    ///
    /// # Panics
    ///
    /// If it names something else.
    #[must_use]
    pub fn of_environment() -> Self {
        match std::env::var("CRUDAUTH_TEST_USERS").as_deref() {
            Err(_) | Ok("sqlite") => Self::Sqlite,
            Ok("postgres") => Self::Postgres,
            Ok("mariadb") => Self::Mariadb,
            Ok(other) => panic!("CRUDAUTH_TEST_USERS names no engine: {other}"),
        }
    }

    /// A new, empty database; `None`, said loudly, where the engine is not installed.
    ///
    /// # Panics
    ///
    /// If the engine does not work, or is missing where `CI` is set.
    pub async fn open(self) -> Option<Sql> {
        match self {
            Self::Sqlite => {
                let folder = tempfile::tempdir().expect("a temporary folder");
                let sqlite = Sqlite::open(folder.path().join("test.db")).expect("a new database");
                Some(Sql::Sqlite(sqlite, Some(Arc::new(folder))))
            }
            Self::Postgres => shared::postgres().await.map(Sql::Postgres),
            Self::Mariadb => shared::mariadb().await.map(Sql::Mariadb),
        }
    }
}

/// The SQL that makes the tables of an application on each engine.
#[derive(Debug, Clone, Copy)]
pub struct Tables {
    /// For SQLite.
    pub sqlite: &'static str,
    /// For PostgreSQL.
    pub postgres: &'static str,
    /// For MySQL and MariaDB.
    pub mysql: &'static str,
}

/// A database.
#[derive(Debug, Clone)]
pub enum Sql {
    /// A SQLite database, and the folder of its files if they have one of their own.
    Sqlite(Sqlite, Option<Arc<TempDir>>),
    /// A place in PostgreSQL.
    Postgres(Postgres),
    /// A database of MariaDB.
    Mariadb(Mysql),
}

/// A row of any engine.
pub(super) trait AnyRow:
    QueryableByName<diesel::sqlite::Sqlite>
    + QueryableByName<diesel::pg::Pg>
    + QueryableByName<diesel::mysql::Mysql>
    + Send
    + 'static
{
}

impl<T> AnyRow for T where
    T: QueryableByName<diesel::sqlite::Sqlite>
        + QueryableByName<diesel::pg::Pg>
        + QueryableByName<diesel::mysql::Mysql>
        + Send
        + 'static
{
}

impl Sql {
    /// The place of crudauth's own rows.
    #[must_use]
    pub fn records(&self) -> Arc<dyn RecordStore> {
        match self {
            Self::Sqlite(sqlite, _) => Arc::new(SqliteRecords::new(sqlite.clone())),
            Self::Postgres(postgres) => Arc::new(PostgresRecords::new(postgres.clone())),
            Self::Mariadb(mysql) => Arc::new(MysqlRecords::new(mysql.clone())),
        }
    }

    /// Creates these tables.
    pub async fn create(&self, tables: &Tables) {
        self.execute(match self {
            Self::Sqlite(..) => tables.sqlite,
            Self::Postgres(_) => tables.postgres,
            Self::Mariadb(_) => tables.mysql,
        })
        .await;
    }

    /// Has the type `citext` in PostgreSQL, where each test finds it.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn add_citext(&self) {
        let with_lock = "BEGIN; SELECT pg_advisory_xact_lock(1); \
            CREATE EXTENSION IF NOT EXISTS citext SCHEMA pg_catalog; COMMIT";
        self.execute(with_lock).await;
    }

    /// Runs statements past crudauth.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn execute(&self, sql: &str) {
        let done = match self {
            Self::Sqlite(sqlite, _) => return sqlite.execute_batch(sql).await.expect(sql),
            Self::Postgres(it) => it.get().await.expect("a connection").batch_execute(sql).await,
            Self::Mariadb(it) => it.get().await.expect("a connection").batch_execute(sql).await,
        };
        done.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    /// The rows that `sql` selects.
    pub(super) async fn load<T: AnyRow>(&self, sql: String) -> Vec<T> {
        let query = diesel::sql_query(sql.clone());
        let rows = match self {
            Self::Sqlite(sqlite, _) => {
                let rows = sqlite.read(|connection| diesel::RunQueryDsl::load(query, connection));
                return rows.await.expect(&sql);
            }
            Self::Postgres(it) => query.load(&mut *it.get().await.expect("a connection")).await,
            Self::Mariadb(it) => query.load(&mut *it.get().await.expect("a connection")).await,
        };
        rows.unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// The first column of every row that `sql` selects, as text and sorted; NULL is `-`.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub async fn select(&self, sql: &str) -> Vec<String> {
        #[derive(QueryableByName)]
        struct Row {
            #[diesel(sql_type = Text)]
            value: String,
        }
        let text = match self {
            Self::Sqlite(..) | Self::Postgres(_) => "TEXT",
            Self::Mariadb(_) => "CHAR",
        };
        let sql = format!(
            "WITH selected(value) AS ({sql}) \
             SELECT coalesce(CAST(value AS {text}), '-') AS value FROM selected"
        );
        let rows: Vec<Row> = self.load(sql).await;
        // Whatever order is asked for, MariaDB takes none from what stands in brackets.
        let mut values: Vec<_> = rows.into_iter().map(|row| row.value).collect();
        values.sort_unstable();
        values
    }

    /// Every row of every table, with all its columns, as text; bytes are in hexadecimal.
    ///
    /// # Panics
    ///
    /// If the database refuses.
    pub(super) async fn whole_tables(&self) -> Vec<String> {
        let schema = match self {
            Self::Sqlite(..) => panic!("a database without a folder: {self:?}"),
            Self::Postgres(_) => "current_schema()",
            Self::Mariadb(_) => "DATABASE()",
        };
        let tables = format!(
            "SELECT table_name FROM information_schema.tables WHERE table_schema = {schema}"
        );
        let mut rows = Vec::new();
        for table in self.select(&tables).await {
            let columns = match self {
                Self::Sqlite(..) | Self::Postgres(_) => table.clone(),
                Self::Mariadb(_) => self.columns_as_text(&table).await,
            };
            rows.extend(self.select(&format!("SELECT {columns} FROM {table}")).await);
        }
        rows
    }

    /// All columns of a table of MariaDB, as one text.
    async fn columns_as_text(&self, table: &str) -> String {
        // What is bytes can be a text, too.
        let columns = format!(
            "SELECT CASE WHEN data_type LIKE '%blob' OR data_type LIKE '%binary' \
             THEN concat('LOWER(HEX(`', column_name, '`)), \
             CONVERT(`', column_name, '` USING utf8mb4)') \
             ELSE concat('`', column_name, '`') END FROM information_schema.columns \
             WHERE table_schema = DATABASE() AND table_name = '{table}'"
        );
        format!("concat_ws(' ', {})", self.select(&columns).await.join(", "))
    }
}
