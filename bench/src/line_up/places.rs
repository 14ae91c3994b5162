//! Where the servers are that the measurement has started.

use std::env;
use std::process;

use crudauth::store::postgres::Postgres;
use diesel_async::SimpleAsyncConnection;

use crate::Outcome;
use crate::servers::{POSTGRES, REDIS};

/// The address of a database on the PostgreSQL server.
pub fn postgres_url(database: &str) -> Outcome<String> {
    let server = env::var(POSTGRES).map_err(|_| "no PostgreSQL was started")?;
    Ok(format!("postgres://bench@{server}/{database}?sslmode=disable"))
}

/// A new database of this process: its address.
pub async fn new_database() -> Outcome<String> {
    let name = format!("bench_{}", process::id());
    let postgres = Postgres::connect(&postgres_url("postgres")?).await?;
    let create = format!("CREATE DATABASE {name} TEMPLATE template0");
    postgres.get().await?.batch_execute(&create).await?;
    postgres_url(&name)
}

/// The address of the Redis server.
pub fn redis_url() -> Outcome<String> {
    let server = env::var(REDIS).map_err(|_| "no Redis was started")?;
    Ok(format!("redis://{server}/0"))
}
