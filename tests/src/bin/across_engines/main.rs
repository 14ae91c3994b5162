//! The HTTP tests on every engine: users on SQLite, PostgreSQL and MariaDB, each with state in
//! memory, in the same database and in Redis.
//!
//! `cargo test --workspace --bin across_engines`. After `--` come the names of tests, as in
//! `sudo devices`, and combinations, as in `postgres+redis`, if not all are wanted.

mod binaries;
mod combination;

use std::error::Error;
use std::io::{Write as _, stdout};
use std::process::ExitCode;
use std::time::Instant;

use crudauth_tests::support::servers::shared::{MARIADB, POSTGRES, REDIS};
use crudauth_tests::support::servers::{MariadbServer, PostgresServer, RedisServer};

use self::combination::Outcome;

type Failed = Box<dyn Error>;

/// One server of each kind, and the variables by which tests find them. `None` is missing, which
/// was said and is an error in CI.
struct Servers {
    postgres: Option<PostgresServer>,
    mariadb: Option<MariadbServer>,
    redis: Option<RedisServer>,
}

impl Servers {
    async fn start() -> Self {
        Self {
            postgres: PostgresServer::start().await,
            mariadb: MariadbServer::start().await,
            redis: RedisServer::start().await,
        }
    }

    fn variables(&self) -> Vec<(&'static str, String)> {
        let postgres = self.postgres.as_ref().map(|it| (POSTGRES, it.url("postgres")));
        let mariadb = self.mariadb.as_ref().map(|it| (MARIADB, it.url("mysql")));
        let redis = self.redis.as_ref().map(|it| (REDIS, it.url()));
        [postgres, mariadb, redis].into_iter().flatten().collect()
    }

    fn has(&self, engine: &str) -> bool {
        match engine {
            "postgres" => self.postgres.is_some(),
            "mariadb" => self.mariadb.is_some(),
            "redis" => self.redis.is_some(),
            _ => true,
        }
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failed> {
    let (combinations, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.contains('+'));
    let combinations = combination::chosen(&combinations)?;
    let binaries = binaries::built(&names)?;

    let start = Instant::now();
    let servers = Servers::start().await;
    let variables = servers.variables();
    let mut all = Outcome::default();
    for combination in &combinations {
        if !combination.engines().into_iter().all(|engine| servers.has(engine)) {
            writeln!(stdout(), "{combination:<20} NOT TESTED: an engine is missing")?;
            continue;
        }
        let since = Instant::now();
        let outcome = combination.run(&binaries, &variables);
        writeln!(stdout(), "{combination:<20} {outcome}, {} s", since.elapsed().as_secs())?;
        all.add(outcome);
    }
    writeln!(stdout(), "{:<20} {all}, {} s", "together", start.elapsed().as_secs())?;
    Ok(if all.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
