//! Counts in SQLite, by so many callers at once: with a commit each, and as crudauth makes them, where
//! those that wait share one.

use std::sync::Arc;
use std::time::{Duration, Instant};

use crudauth::Sqlite;
use crudauth::clock::SystemClock;
use crudauth::store::StateStore;
use crudauth::store::sqlite::SqliteState;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::Text;
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::Outcome;

const AT_ONCE: [usize; 4] = [1, 4, 16, 64];

/// The best of these counts: whatever else the machine does only slows down.
const ROUNDS: usize = 3;
const ROUND: Duration = Duration::from_secs(2);

/// What the store says for a counter that is alive.
const COUNT: &str = "INSERT INTO crudauth_counters (key, count, expires_at) VALUES (?, 1, 1 << 60)
    ON CONFLICT (key) DO UPDATE SET count = count + 1";

pub fn table() -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = TempDir::new()?;
        let database = Sqlite::open(folder.path().join("bench.db"))?;
        database.migrate().await?;
        let store = Arc::new(SqliteState::new(database.clone(), Arc::new(SystemClock)));
        println!("| at once | with a commit each, a second | as crudauth makes them | |");
        println!("|--:|--:|--:|--:|");
        for at_once in AT_ONCE {
            let (mut alone, mut shared) = (0.0_f64, 0.0_f64);
            for _ in 0..ROUNDS {
                let one = |key: String| {
                    let database = database.clone();
                    async move {
                        let count = move |connection: &mut SqliteConnection| {
                            sql_query(COUNT).bind::<Text, _>(key).execute(connection)
                        };
                        database.write(count).await.map(drop)
                    }
                };
                alone = alone.max(rate(at_once, one).await?);
                let one = |key: String| {
                    let store = Arc::clone(&store);
                    let ttl = Duration::from_secs(3600);
                    async move { store.increment(&key, 1, ttl).await.map(drop) }
                };
                shared = shared.max(rate(at_once, one).await?);
            }
            println!("| {at_once} | {alone:.0} | {shared:.0} | {:.1} × |", shared / alone);
        }
        Ok(())
    })
}

/// How many a second are made, each caller with a counter of its own.
async fn rate<F, E>(at_once: usize, one: impl Fn(String) -> F) -> Outcome<f64>
where
    F: Future<Output = Result<(), E>> + Send + 'static,
    E: Into<Box<dyn std::error::Error + Send + Sync>> + Send + 'static,
{
    let start = Instant::now();
    let mut done = 0;
    let mut running: JoinSet<(usize, Result<(), E>)> = JoinSet::new();
    let begin = |running: &mut JoinSet<_>, caller: usize| {
        let operation = one(format!("counter {caller}"));
        running.spawn(async move { (caller, operation.await) });
    };
    (0..at_once).for_each(|caller| begin(&mut running, caller));
    while let Some(ended) = running.join_next().await {
        let (caller, made) = ended?;
        made.map_err(Into::into)?;
        done += 1;
        if start.elapsed() < ROUND {
            begin(&mut running, caller);
        }
    }
    Ok(f64::from(done) / start.elapsed().as_secs_f64())
}
