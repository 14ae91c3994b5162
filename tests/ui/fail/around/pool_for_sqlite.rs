//! A pool of PostgreSQL for SQLite.

use crudauth::Sqlite;
use diesel_async::AsyncPgConnection;
use diesel_async::pooled_connection::deadpool::Pool;

fn open(pool: Pool<AsyncPgConnection>) {
    let _ = Sqlite::from_pool(pool, "app");
}

fn main() {}
