//! Where the servers are that the measurement has started.

use std::env;
use std::process;

use crudauth::store::postgres::Postgres;
use diesel_async::SimpleAsyncConnection;

use crate::Outcome;
use crate::servers::{POSTGRES, REDIS};

/// The addresses of both, with their ports.
pub struct Place {
    pub postgres: String,
    pub redis: String,
}

impl Place {
    /// As this process was told.
    pub fn told() -> Outcome<Self> {
        let told = |name| env::var(name).map_err(|_| format!("{name} is not set"));
        Ok(Self { postgres: told(POSTGRES)?, redis: told(REDIS)? })
    }

    pub fn redis_url(&self) -> String {
        format!("redis://{}/0", self.redis)
    }

    pub fn postgres_url(&self, database: &str) -> String {
        format!("postgres://bench@{}/{database}?sslmode=disable", self.postgres)
    }

    /// Makes a database.
    pub async fn create(&self, database: &str) -> Outcome {
        let postgres = Postgres::connect(&self.postgres_url("postgres")).await?;
        let create = format!("CREATE DATABASE {database} TEMPLATE template0");
        Ok(postgres.get().await?.batch_execute(&create).await?)
    }
}

/// A new database of this process: its address.
pub async fn new_database() -> Outcome<String> {
    let (place, name) = (Place::told()?, format!("bench_{}", process::id()));
    place.create(&name).await?;
    Ok(place.postgres_url(&name))
}

/// The address of the Redis server.
pub fn redis_url() -> Outcome<String> {
    Ok(Place::told()?.redis_url())
}
