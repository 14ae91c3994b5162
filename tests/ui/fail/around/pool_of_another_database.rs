//! A pool of another database.

use crudauth::store::postgres::Postgres;
use diesel_async::AsyncMysqlConnection;
use diesel_async::pooled_connection::deadpool::Pool;

fn open(pool: Pool<AsyncMysqlConnection>) {
    let _ = Postgres::from_pool(pool, "app");
}

fn main() {}
