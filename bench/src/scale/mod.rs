//! Whether a request becomes dearer with the number of sessions and users, where both are kept by
//! servers.
//!
//! Of each number 1,000 sessions were begun by crudauth, whose users are spread over all that were
//! added; the others have the same form and are nobody's.

mod postgres;
mod redis;

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
    let (postgres, redis) = (Server::postgres(&SETTINGS)?, Server::redis()?);
    let place = Place { postgres: postgres.address.to_string(), redis: redis.address.to_string() };
    let redis_address = redis.address;
    let behind = Servers { postgres: Some(postgres), redis: Some(redis) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;

    println!(
        "| sessions and users | PostgreSQL, CPU µs | of the server behind it | both | bytes each \
         | Redis, CPU µs | of the servers behind it | both | bytes each |"
    );
    println!("|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    let tables = runtime.block_on(Tables::make(&place, DATABASE))?;
    let url = place.postgres_url(DATABASE);
    let mut before = 0;
    let mut first = None;
    for count in COUNTS.into_iter().filter(|count| *count <= most) {
        let (in_postgres, in_redis) = runtime.block_on(async {
            let over_postgres = on_postgres(&url, None).await?;
            let over_redis = on_postgres(&url, Some(&place.redis_url())).await?;
            let users = before + 1..=count;
            tables.add_users(&over_postgres, users.clone()).await?;
            let real = users.clone().step_by(((count - before) / REAL) as usize).collect();
            let in_postgres = sessions(&over_postgres, &real).await?;
            let in_redis = sessions(&over_redis, &real).await?;
            tables.add_sessions(users.clone(), &real).await?;
            redis::add_sessions(redis_address, users, &real)?;
            tables.settle().await?;
            Outcome::Ok((in_postgres, in_redis))
        })?;
        let cost = |state, cookies| measure(&behind, state, cookies);
        let now = [cost("postgres", &in_postgres)?, cost("redis", &in_redis)?];
        let base = *first.get_or_insert(now);
        let bytes =
            [runtime.block_on(tables.bytes_of_sessions())?, redis::bytes_of_all(redis_address)?];
        print!("| {count} |");
        for ((now, base), bytes) in now.into_iter().zip(base).zip(bytes) {
            let of_first = 100.0 * (now.0 + now.1) / (base.0 + base.1);
            let each = bytes / count;
            print!(" {:.1} | {:.1} | {of_first:.0} % | {each} |", now.0, now.1);
        }
        println!();
        before = count;
    }
    Ok(())
}

/// A session of each of these users.
async fn sessions(router: &Router, users: &Vec<u64>) -> Outcome<Vec<String>> {
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

/// The CPU time of a request in microseconds: of the application, and of the servers behind it.
fn measure(behind: &Servers, state: &str, cookies: &[String]) -> Outcome<(f64, f64)> {
    let server = Served::start_beside(behind, &[], &["serve-scale", state])?;
    let each = |seconds: f64| seconds * 1e6 / (CONNECTIONS * REQUESTS) as f64;
    let mut least = (f64::MAX, f64::MAX);
    for round in 0..=ROUNDS {
        let before = (server.cpu_seconds()?, behind.cpu_seconds()?);
        thread::scope(|scope| {
            let clients = cookies.chunks(cookies.len().div_ceil(CONNECTIONS)).map(|cookies| {
                scope.spawn(|| Client::of_sessions(server.address, cookies)?.send_all(REQUESTS))
            });
            let clients: Vec<_> = clients.collect();
            clients.into_iter().try_for_each(|it| it.join().map_err(|_| "a client panicked")?)
        })?;
        // The first warms up.
        if round > 0 {
            least.0 = least.0.min(each(server.cpu_seconds()? - before.0));
            least.1 = least.1.min(each(behind.cpu_seconds()? - before.1));
        }
    }
    Ok(least)
}
