//! Where a lookup in SQLite may run, and what the whole of it costs: the query, and the way there
//! and back.

use std::fs;
use std::sync::{Arc, Mutex};

use crudauth::Sqlite;
use diesel::prelude::*;
use tempfile::TempDir;
use tokio::task::spawn_blocking;

use crate::Outcome;

const LOOKUPS: u32 = 30_000;

/// The least of these counts: whatever else the machine does only adds.
const ROUNDS: usize = 5;

mod schema {
    diesel::table! {
        rows (id) {
            id -> Integer,
            body -> Text,
        }
    }
}

use self::schema::rows;

pub fn table() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    // The queries come from a thread of the runtime, as those of a request do.
    runtime.block_on(async { tokio::spawn(measure()).await? })
}

async fn measure() -> Outcome {
    let folder = TempDir::new()?;
    let file = folder.path().join("bench.db");
    let threads = Sqlite::open(&file)?;
    let sql = "CREATE TABLE rows (id INTEGER PRIMARY KEY, body TEXT NOT NULL);
               INSERT INTO rows VALUES (1, 'a row of a table')";
    threads.execute_batch(sql).await?;
    let path = file.to_str().ok_or("a path that is no text")?;
    let shared = Arc::new(Mutex::new(SqliteConnection::establish(path)?));

    let [mut here, mut beside, mut pool] = [f64::MAX; 3];
    for _ in 0..ROUNDS {
        let start = cpu_nanoseconds()?;
        for _ in 0..LOOKUPS {
            lookup(&mut *shared.try_lock().map_err(|_| "taken")?)?;
            tokio::task::consume_budget().await;
        }
        here = here.min(since(start)?);

        let start = cpu_nanoseconds()?;
        for _ in 0..LOOKUPS {
            threads.read(lookup).await?;
        }
        beside = beside.min(since(start)?);

        let start = cpu_nanoseconds()?;
        for _ in 0..LOOKUPS {
            let shared = Arc::clone(&shared);
            spawn_blocking(move || match shared.lock() {
                Ok(mut connection) => lookup(&mut connection),
                Err(_) => Err(diesel::NotFound),
            })
            .await??;
        }
        pool = pool.min(since(start)?);
    }
    println!("| a lookup of one row | CPU µs |");
    println!("|---|--:|");
    println!("| where it is asked for | {here:.1} |");
    println!("| on a thread with a connection of its own | {beside:.1} |");
    println!("| in the pool of blocking threads | {pool:.1} |");
    Ok(())
}

fn lookup(connection: &mut SqliteConnection) -> QueryResult<String> {
    rows::table.filter(rows::id.eq(1)).select(rows::body).get_result(connection)
}

/// Microseconds a lookup.
fn since(start: f64) -> Outcome<f64> {
    Ok((cpu_nanoseconds()? - start) / 1e3 / f64::from(LOOKUPS))
}

/// Of all threads together.
fn cpu_nanoseconds() -> Outcome<f64> {
    let mut nanoseconds = 0.0;
    for thread in fs::read_dir("/proc/self/task")? {
        let times = fs::read_to_string(thread?.path().join("schedstat"))?;
        nanoseconds += times.split(' ').next().ok_or("no times")?.parse::<f64>()?;
    }
    Ok(nanoseconds)
}
