//! How lookups reach PostgreSQL best: each on a connection of its own out of a pool, or all on one
//! or two that they share, where they are sent without a wait for the answers before them.

use std::process;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crudauth::store::UserStore;
use crudauth::store::postgres::{Postgres, PostgresUsers};
use diesel::prelude::*;
use diesel_async::pooled_connection::deadpool::Pool;
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl, SimpleAsyncConnection};
use tokio::task::JoinSet;

use crate::Outcome;
use crate::line_up::schema::users;
use crate::line_up::{Account, Place, make_users, pool_of};
use crate::process::cpu_seconds_of;
use crate::servers::Server;

const AT_ONCE: [usize; 3] = [1, 16, 64];
const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(700);
const USERS: i64 = 1_000;

pub fn table() -> Outcome {
    let server = Server::postgres(&[])?;
    let place = Place { postgres: server.address.to_string(), redis: String::new() };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    println!("| | at once | a second | CPU µs | of PostgreSQL |");
    println!("|---|--:|--:|--:|--:|");
    runtime.block_on(async {
        place.create("lookups").await?;
        let ways = Ways::over(&place.postgres_url("lookups")).await?;
        for at_once in AT_ONCE {
            let mut best = [(0.0_f64, f64::MAX, f64::MAX); Way::ALL.len()];
            for round in 0..=ROUNDS {
                for (best, way) in best.iter_mut().zip(Way::ALL) {
                    let before = (cpu_seconds_of(process::id())?, server.cpu_seconds()?);
                    let (done, seconds) = ask(&ways, way, at_once).await?;
                    let each = |seconds: f64| seconds * 1e6 / done;
                    // The first makes the connections.
                    if round > 0 {
                        best.0 = best.0.max(done / seconds);
                        best.1 = best.1.min(each(cpu_seconds_of(process::id())? - before.0));
                        best.2 = best.2.min(each(server.cpu_seconds()? - before.1));
                    }
                }
            }
            for (best, way) in best.iter().zip(Way::ALL) {
                let (rate, own, of_server) = best;
                println!("| {} | {at_once} | {rate:.0} | {own:.1} | {of_server:.1} |", way.title());
            }
        }
        Ok(())
    })
}

#[derive(Debug, Clone, Copy)]
enum Way {
    Pool,
    Ours,
    OneShared,
    TwoShared,
}

impl Way {
    const ALL: [Self; 4] = [Self::Pool, Self::Ours, Self::OneShared, Self::TwoShared];

    fn title(self) -> &'static str {
        match self {
            Self::Pool => "a pool of 10",
            Self::Ours => "crudauth's store",
            Self::OneShared => "one connection, shared",
            Self::TwoShared => "two connections, shared",
        }
    }
}

#[derive(Clone)]
struct Ways {
    pool: Pool<AsyncPgConnection>,
    ours: Arc<PostgresUsers<Account>>,
    shared: Arc<[AsyncPgConnection; 2]>,
}

impl Ways {
    async fn over(url: &str) -> Outcome<Self> {
        make_users(url).await?;
        let postgres = Postgres::connect(url).await?;
        let fill = format!(
            "INSERT INTO users SELECT n, 'user' || n || '@example.com', 'user' || n,
                 '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaA', true, false, 0
             FROM generate_series(1, {USERS}) n; ANALYZE users"
        );
        postgres.get().await?.batch_execute(&fill).await?;
        let shared =
            [AsyncPgConnection::establish(url).await?, AsyncPgConnection::establish(url).await?];
        let ours = Arc::new(PostgresUsers::new(postgres));
        Ok(Self { pool: pool_of(url)?, ours, shared: Arc::new(shared) })
    }

    async fn lookup(&self, way: Way, turn: usize) -> Outcome<Account> {
        let id = 1 + turn as i64 % USERS;
        let user = users::table.filter(users::id.eq(id)).select(Account::as_select());
        match way {
            Way::Pool => Ok(user.get_result(&mut *self.pool.get().await?).await?),
            Way::Ours => Ok(self.ours.find_by_id(&id).await?.ok_or("no user")?.into_row()),
            Way::OneShared => Ok(user.get_result(&mut &self.shared[0]).await?),
            Way::TwoShared => Ok(user.get_result(&mut &self.shared[turn % 2]).await?),
        }
    }
}

/// Looks up one user after the other, in so many tasks. Returns how many, and the time.
async fn ask(ways: &Ways, way: Way, at_once: usize) -> Outcome<(f64, f64)> {
    let (start, mut tasks) = (Instant::now(), JoinSet::new());
    for task in 0..at_once {
        let ways = ways.clone();
        tasks.spawn(async move {
            let mut turn = task * 7919;
            while start.elapsed() < ROUND {
                ways.lookup(way, turn).await?;
                turn += 1;
            }
            Outcome::Ok(turn - task * 7919)
        });
    }
    let mut done = 0;
    while let Some(count) = tasks.join_next().await {
        done += count??;
    }
    Ok((done as f64, start.elapsed().as_secs_f64()))
}
