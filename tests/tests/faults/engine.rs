//! Databases with users, and what can be done to them.

use std::time::Duration;

use crudauth::store::PoolOptions;
use crudauth::store::mysql::{Mysql, MysqlConnection};
use crudauth::store::postgres::{Postgres, PostgresConnection};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer, Process};
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

/// A server, and the address of the one database in it.
pub(crate) enum Engine {
    Postgres(PostgresServer, String),
    Mariadb(MariadbServer, String),
}

/// Whom a lock keeps waiting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Against {
    Writers,
    Everybody,
}

/// A connection beside those of the application, with the tables that it has locked.
pub(crate) enum Beside {
    Postgres(Box<PostgresConnection>),
    Mariadb(Box<MysqlConnection>),
}

/// The tables of users, and of what expires.
pub(crate) const USERS: &[&str] = &["accounts"];
pub(crate) const STATE: &[&str] = &["crudauth_state", "crudauth_counters"];

/// The connections of the application, and not those of the test: these have a name.
const ON_POSTGRES: &str = "FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend'
    AND application_name <> 'the test'";

/// As on PostgreSQL; the test is in another database.
const ON_MARIADB: &str = "FROM information_schema.processlist WHERE db = 'test_0'";

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

impl Engine {
    /// `None` where it is not installed, which is said loudly.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = PostgresServer::start().await?;
        let url = server.database().await;
        Some(Self::Postgres(server, url))
    }

    /// As [`postgres`](Self::postgres).
    pub(crate) async fn mariadb() -> Option<Self> {
        let server = MariadbServer::start().await?;
        let url = server.database().await;
        Some(Self::Mariadb(server, url))
    }

    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Postgres(_, url) | Self::Mariadb(_, url) => url,
        }
    }

    pub(crate) fn process(&mut self) -> &mut Process {
        match self {
            Self::Postgres(server, _) => &mut server.process,
            Self::Mariadb(server, _) => &mut server.process,
        }
    }

    pub(crate) async fn start_again(&mut self) {
        match self {
            Self::Postgres(server, _) => server.start_again().await,
            Self::Mariadb(server, _) => server.start_again().await,
        }
    }

    /// A connection of the test's own.
    pub(crate) async fn beside(&self) -> Beside {
        let minute = Duration::from_secs(60);
        let one = PoolOptions::default().connections(1).connect(minute).statement(minute);
        match self {
            Self::Postgres(_, url) => {
                let postgres = Postgres::connect_with(url, one).await.expect("connect");
                let mut connection = postgres.get().await.expect("a connection");
                let name = "SET application_name = 'the test'";
                connection.batch_execute(name).await.expect("a name");
                Beside::Postgres(Box::new(connection))
            }
            Self::Mariadb(server, _) => {
                let mysql = Mysql::connect_with(&server.url("mysql"), one).await.expect("connect");
                Beside::Mariadb(Box::new(mysql.get().await.expect("a connection")))
            }
        }
    }
}

impl Beside {
    /// Makes whoever comes wait, until [`unlock`](Self::unlock).
    pub(crate) async fn lock(&mut self, tables: &[&str], against: Against) {
        let statement = match (&self, against) {
            (Self::Postgres(_), Against::Writers) => {
                format!("BEGIN; LOCK TABLE {} IN SHARE MODE", tables.join(", "))
            }
            (Self::Postgres(_), Against::Everybody) => {
                format!("BEGIN; LOCK TABLE {} IN ACCESS EXCLUSIVE MODE", tables.join(", "))
            }
            (Self::Mariadb(_), against) => {
                let mode = if against == Against::Writers { "READ" } else { "WRITE" };
                let tables: Vec<_> =
                    tables.iter().map(|table| format!("test_0.{table} {mode}")).collect();
                format!("LOCK TABLES {}", tables.join(", "))
            }
        };
        self.run(&statement).await;
    }

    pub(crate) async fn unlock(&mut self) {
        let statement = match self {
            Self::Postgres(_) => "ROLLBACK",
            Self::Mariadb(_) => "UNLOCK TABLES",
        };
        self.run(statement).await;
    }

    /// How many connections the application has.
    pub(crate) async fn connections(&mut self) -> usize {
        let (of_postgres, of_mariadb) = (
            format!("SELECT count(*) AS n {ON_POSTGRES}"),
            format!("SELECT count(*) AS n {ON_MARIADB}"),
        );
        self.number(&of_postgres, &of_mariadb).await
    }

    /// How many statements of the application wait for a lock.
    pub(crate) async fn waiting(&mut self) -> usize {
        let (of_postgres, of_mariadb) = (
            format!("SELECT count(*) AS n {ON_POSTGRES} AND wait_event_type = 'Lock'"),
            format!("SELECT count(*) AS n {ON_MARIADB} AND state LIKE 'Waiting for%lock%'"),
        );
        self.number(&of_postgres, &of_mariadb).await
    }

    /// How many transactions of the application are open with nothing under way in them.
    pub(crate) async fn forgotten(&mut self) -> usize {
        let of_postgres = format!(
            "SELECT count(*) AS n {ON_POSTGRES} AND state IN ('idle in transaction',
            'idle in transaction (aborted)')"
        );
        let of_mariadb = "SELECT count(*) AS n FROM information_schema.innodb_trx
            JOIN information_schema.processlist ON id = trx_mysql_thread_id
            WHERE db = 'test_0' AND command = 'Sleep'";
        self.number(&of_postgres, of_mariadb).await
    }

    /// Cuts the connections whose statements wait for a lock.
    pub(crate) async fn cut_who_waits(&mut self) {
        let of_postgres = format!(
            "SELECT count(pg_terminate_backend(pid)) AS n {ON_POSTGRES} AND wait_event_type = 'Lock'"
        );
        let of_mariadb = format!("SELECT id AS n {ON_MARIADB} AND state LIKE 'Waiting for%lock%'");
        self.cut(&of_postgres, &of_mariadb).await;
    }

    /// Cuts every connection of the application.
    pub(crate) async fn cut_all(&mut self) {
        let of_postgres = format!("SELECT count(pg_terminate_backend(pid)) AS n {ON_POSTGRES}");
        let of_mariadb = format!("SELECT id AS n {ON_MARIADB}");
        self.cut(&of_postgres, &of_mariadb).await;
    }

    async fn cut(&mut self, of_postgres: &str, of_mariadb: &str) {
        let numbers = self.numbers(of_postgres, of_mariadb).await;
        if let Self::Mariadb(connection) = self {
            for number in numbers {
                // One may have gone by itself.
                let _ = connection.batch_execute(&format!("KILL {number}")).await;
            }
        }
    }

    async fn number(&mut self, of_postgres: &str, of_mariadb: &str) -> usize {
        let numbers = self.numbers(of_postgres, of_mariadb).await;
        usize::try_from(numbers[0]).expect("a count")
    }

    async fn numbers(&mut self, of_postgres: &str, of_mariadb: &str) -> Vec<i64> {
        let rows: Vec<Number> = match self {
            Self::Postgres(connection) => {
                diesel::sql_query(of_postgres).load(&mut ***connection).await.expect("a number")
            }
            Self::Mariadb(connection) => {
                diesel::sql_query(of_mariadb).load(&mut ***connection).await.expect("a number")
            }
        };
        rows.into_iter().map(|row| row.n).collect()
    }

    async fn run(&mut self, statement: &str) {
        let done = match self {
            Self::Postgres(connection) => connection.batch_execute(statement).await,
            Self::Mariadb(connection) => connection.batch_execute(statement).await,
        };
        done.expect("a statement that works");
    }
}
