//! Where accounts and state are kept.

use std::error::Error;
use std::sync::Arc;

use crudauth::Sqlite;
use crudauth::clock::{Clock, SystemClock};
use crudauth::event::EventLog;
use crudauth::store::memory::Memory;
use crudauth::store::mysql::{Mysql, MysqlEvents};
use crudauth::store::postgres::{Postgres, PostgresEvents};
use crudauth::store::redis::Redis;
use crudauth::store::sqlite::SqliteEvents;
use crudauth::store::{Database as _, OpenState as _, StateStore, Stores};
use diesel_async::SimpleAsyncConnection as _;

use crate::model::Account;
use crate::settings::Settings;

/// A database that is ready: it has the table of accounts, and crudauth's own.
pub(crate) struct Database {
    pub(crate) stores: Stores<Account>,
    /// What expires, where that is not kept in the same database.
    pub(crate) state: Option<Arc<dyn StateStore>>,
    /// What happens, in the database of the accounts.
    pub(crate) events: EventLog,
    /// What to call the place of the accounts in the terminal: without a password.
    pub(crate) accounts: String,
    /// The same of what expires.
    pub(crate) expiring: String,
}

const DATABASES: &str = "give `sqlite:full.db`, `postgres://user:password@host/full` or \
                         `mysql://user:password@host/full`";

const STATES: &str = "give `database:`, `memory:` or `redis://:password@host/0`";

/// Opens what `DATABASE_URL` and `STATE_URL` name, and makes the table where it is missing.
pub(crate) async fn open(settings: &Settings) -> Result<Database, Box<dyn Error>> {
    let opened = open_accounts(&settings.database_url).await;
    let (stores, events, accounts) = opened.map_err(|cause| format!("DATABASE_URL: {cause}"))?;
    let opened = open_state(&settings.state_url).await;
    let (state, expiring) = opened.map_err(|cause| format!("STATE_URL: {cause}"))?;
    Ok(Database { stores, state, events, accounts, expiring })
}

async fn open_accounts(url: &str) -> Result<(Stores<Account>, EventLog, String), Box<dyn Error>> {
    match url.split_once(':') {
        Some(("sqlite", path)) => {
            let sqlite = Sqlite::open(path.strip_prefix("//").unwrap_or(path))?;
            sqlite.execute_batch(include_str!("../migrations/sqlite.sql")).await?;
            let events = EventLog::new(SqliteEvents::new(sqlite.clone()));
            Ok((sqlite.open(clock()).await?, events, url.to_owned()))
        }
        Some(("postgres" | "postgresql", _)) => {
            let (postgres, table) =
                (Postgres::connect(url).await?, include_str!("../migrations/postgres.sql"));
            postgres.get().await?.batch_execute(table).await?;
            let name = postgres.to_string();
            let events = EventLog::new(PostgresEvents::new(postgres.clone()));
            Ok((postgres.open(clock()).await?, events, name))
        }
        Some(("mysql", _)) => {
            let (mysql, table) =
                (Mysql::connect(url).await?, include_str!("../migrations/mysql.sql"));
            mysql.get().await?.batch_execute(table).await?;
            let name = mysql.to_string();
            let events = EventLog::new(MysqlEvents::new(mysql.clone()));
            Ok((mysql.open(clock()).await?, events, name))
        }
        _ => Err(unknown(url, DATABASES).into()),
    }
}

/// No store where state is kept in the database of the accounts.
async fn open_state(url: &str) -> Result<(Option<Arc<dyn StateStore>>, String), Box<dyn Error>> {
    match url.split_once(':') {
        Some(("database", "" | "//")) => Ok((None, "the same database".to_owned())),
        Some(("memory", "" | "//")) => {
            let state = Memory.open_state(clock()).await?;
            Ok((Some(state), "the memory of this process".to_owned()))
        }
        Some(("redis" | "rediss" | "redis+unix", _)) => {
            let redis = Redis::connect(url).await?;
            let name = redis.to_string();
            Ok((Some(redis.open_state(clock()).await?), name))
        }
        _ => Err(unknown(url, STATES).into()),
    }
}

/// Names the scheme, and not the whole address, which may have a password in it.
fn unknown(url: &str, help: &str) -> String {
    match url.split_once(':') {
        Some((scheme, _)) => format!("`{scheme}:` is not supported here; {help}"),
        None => format!("there is no scheme; {help}"),
    }
}

fn clock() -> Arc<dyn Clock> {
    Arc::new(SystemClock)
}
