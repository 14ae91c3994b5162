//! Whether a request becomes dearer with the number of sessions and users, where both are kept by
//! servers.
//!
//! Of each number 1,000 sessions were begun by crudauth, whose users are spread over all that were
//! added; the others have the same form and are nobody's. Each number takes turns with 1,000 in
//! servers of their own, so that what else the machine does meanwhile hits both.

mod postgres;
mod redis;

use std::net::SocketAddr;
use std::thread;

use axum::Router;

use self::postgres::Tables;
use crate::Outcome;
use crate::client::Client;
use crate::line_up::{Place, cookie, on_postgres};
use crate::process::{Served, serve_router};
use crate::servers::{Server, Servers};

const COUNTS: [u64; 5] = [1_000, 10_000, 100_000, 1_000_000, 10_000_000];

/// How many sessions of each number are real.
const REAL: u64 = 1_000;

/// The least of these counts: whatever else the machine does only adds.
const ROUNDS: usize = 15;
const CONNECTIONS: usize = 4;
const REQUESTS: usize = 1_000;

const DATABASE: &str = "scale";

/// What PostgreSQL needs to hold the largest number.
const SETTINGS: [&str; 4] =
    ["shared_buffers=2GB", "maintenance_work_mem=1GB", "work_mem=256MB", "max_wal_size=4GB"];

pub fn table(most: u64) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    println!(
        "| sessions and users | PostgreSQL, CPU µs | of the server behind it | both | bytes each \
         | Redis, CPU µs | of the servers behind it | both | bytes each |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let (mut least, mut world) = (World::start(&[])?, World::start(&SETTINGS)?);
    runtime.block_on(least.grow(COUNTS[0]))?;
    for count in COUNTS.into_iter().filter(|count| *count <= most) {
        runtime.block_on(world.grow(count))?;
        let bytes = runtime.block_on(world.bytes())?;
        print!("| {count} |");
        for (state, bytes) in ["postgres", "redis"].into_iter().zip(bytes) {
            let [base, now] = measure([&least, &world], state)?;
            let beside = |now: f64, base: f64| format!("{now:.1} ({:.0} %)", 100.0 * now / base);
            let (own, of_servers) = (beside(now.0, base.0), beside(now.1, base.1));
            let both = 100.0 * (now.0 + now.1) / (base.0 + base.1);
            print!(" {own} | {of_servers} | {both:.0} % | {} |", bytes / count);
        }
        println!();
    }
    Ok(())
}

/// Servers of their own, and what they hold.
struct World {
    behind: Servers,
    place: Place,
    redis: SocketAddr,
    tables: Option<Tables>,
    count: u64,
    /// The cookies of the real ones that were added last.
    in_postgres: Vec<String>,
    in_redis: Vec<String>,
}

impl World {
    fn start(settings: &[&str]) -> Outcome<Self> {
        let (postgres, redis) = (Server::postgres(settings)?, Server::redis()?);
        let address = redis.address;
        let place = Place { postgres: postgres.address.to_string(), redis: address.to_string() };
        let behind = Servers { postgres: Some(postgres), redis: Some(redis) };
        let (in_postgres, in_redis) = (Vec::new(), Vec::new());
        Ok(Self { behind, place, redis: address, tables: None, count: 0, in_postgres, in_redis })
    }

    /// Adds sessions and users until there are `count`.
    async fn grow(&mut self, count: u64) -> Outcome {
        if self.tables.is_none() {
            self.tables = Some(Tables::make(&self.place, DATABASE).await?);
        }
        let tables = self.tables.as_ref().ok_or("no tables")?;
        let url = self.place.postgres_url(DATABASE);
        let over_postgres = on_postgres(&url, None).await?;
        let over_redis = on_postgres(&url, Some(&self.place.redis_url())).await?;
        let users = self.count + 1..=count;
        tables.add_users(&over_postgres, users.clone()).await?;
        let step = usize::try_from((count - self.count) / REAL)?;
        let real: Vec<u64> = users.clone().step_by(step).collect();
        self.in_postgres = sessions(&over_postgres, &real).await?;
        self.in_redis = sessions(&over_redis, &real).await?;
        tables.add_sessions(users.clone(), &real).await?;
        redis::add_sessions(self.redis, users, &real)?;
        self.count = count;
        tables.settle().await
    }

    /// What the sessions take in PostgreSQL, and all in Redis.
    async fn bytes(&self) -> Outcome<[u64; 2]> {
        let tables = self.tables.as_ref().ok_or("no tables")?;
        Ok([tables.bytes_of_sessions().await?, redis::bytes_of_all(self.redis)?])
    }
}

/// A session of each of these users.
async fn sessions(router: &Router, users: &[u64]) -> Outcome<Vec<String>> {
    let mut cookies = Vec::new();
    for user in users {
        cookies.push(cookie(router, &postgres::name_of(*user)).await?);
    }
    Ok(cookies)
}

/// The server of [`table`].
pub fn serve(state: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let place = Place::told()?;
        let redis = place.redis_url();
        let redis = (state == "redis").then_some(redis.as_str());
        let router = on_postgres(&place.postgres_url(DATABASE), redis).await?;
        serve_router(router, &None).await
    })
}

/// The CPU time of a request in each of two, which take turns, in microseconds: of the
/// application, and of the servers behind it.
fn measure(worlds: [&World; 2], state: &str) -> Outcome<[(f64, f64); 2]> {
    let served =
        worlds.map(|world| Served::start_beside(&world.behind, &[], &["serve-scale", state]));
    let [first, second] = served;
    let served = [first?, second?];
    let each = |seconds: f64| seconds * 1e6 / (CONNECTIONS * REQUESTS) as f64;
    let mut least = [(f64::MAX, f64::MAX); 2];
    for round in 0..=ROUNDS {
        for ((least, server), world) in least.iter_mut().zip(&served).zip(worlds) {
            let cookies = if state == "redis" { &world.in_redis } else { &world.in_postgres };
            let before = (server.cpu_seconds()?, world.behind.cpu_seconds()?);
            flood(server, cookies)?;
            // The first warms up.
            if round > 0 {
                least.0 = least.0.min(each(server.cpu_seconds()? - before.0));
                least.1 = least.1.min(each(world.behind.cpu_seconds()? - before.1));
            }
        }
    }
    Ok(least)
}

fn flood(server: &Served, cookies: &[String]) -> Outcome {
    thread::scope(|scope| {
        let clients = cookies.chunks(cookies.len().div_ceil(CONNECTIONS)).map(|cookies| {
            scope.spawn(|| Client::of_sessions(server.address, cookies)?.send_all(REQUESTS))
        });
        let clients: Vec<_> = clients.collect();
        clients.into_iter().try_for_each(|it| it.join().map_err(|_| "a client panicked")?)
    })
}
