//! A pool of r2d2 for PostgreSQL.

use crudauth::Postgres;
use diesel::SqliteConnection;
use diesel::r2d2::{ConnectionManager, Pool};

fn open(pool: Pool<ConnectionManager<SqliteConnection>>) {
    let _ = Postgres::from_pool(pool, "app");
}

fn main() {}
