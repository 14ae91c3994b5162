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

/// The servers of one combination: fresh ones, since the tests leave what they made.
#[derive(Default)]
struct Servers {
    postgres: Option<PostgresServer>,
    mariadb: Option<MariadbServer>,
    redis: Option<RedisServer>,
}

impl Servers {
    /// `None` where one is missing, which was said and is an error in CI.
    async fn start(engines: [&str; 2]) -> Option<Self> {
        let mut servers = Self::default();
        for engine in engines {
            match engine {
                "postgres" => servers.postgres = Some(PostgresServer::start().await?),
                "mariadb" => servers.mariadb = Some(MariadbServer::start().await?),
                "redis" => servers.redis = Some(RedisServer::start().await?),
                _ => {}
            }
        }
        Some(servers)
    }

    /// By what tests find them.
    fn variables(&self) -> Vec<(&'static str, String)> {
        let postgres = self.postgres.as_ref().map(|it| (POSTGRES, it.url("postgres")));
        let mariadb = self.mariadb.as_ref().map(|it| (MARIADB, it.url("mysql")));
        let redis = self.redis.as_ref().map(|it| (REDIS, it.url()));
        [postgres, mariadb, redis].into_iter().flatten().collect()
    }
}

#[tokio::main]
async fn main() -> Result<ExitCode, Failed> {
    let (combinations, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|argument| argument.contains('+'));
    let combinations = combination::chosen(&combinations)?;
    let binaries = binaries::built(&names)?;

    let start = Instant::now();
    let mut all = Outcome::default();
    for combination in &combinations {
        let since = Instant::now();
        let Some(servers) = Servers::start(combination.engines()).await else {
            writeln!(stdout(), "{combination:<20} NOT TESTED: an engine is missing")?;
            continue;
        };
        let outcome = combination.run(&binaries, &servers.variables());
        writeln!(stdout(), "{combination:<20} {outcome}, {} s", since.elapsed().as_secs())?;
        all.add(outcome);
    }
    writeln!(stdout(), "{:<20} {all}, {} s", "together", start.elapsed().as_secs())?;
    Ok(if all.is_good() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
