//! Sign-ins per second beside the raw argon2 loop of the same parameters, and what `/me` and the
//! memory do during a flood of them.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use argon2::{Algorithm, Argon2, Params, Version};
use tempfile::TempDir;

use crate::Outcome;
use crate::client::Client;
use crate::line_up::{PASSWORD, in_memory, on_sqlite, session, sign_up};
use crate::process::{Served, serve_router};

/// The best of these counts: whatever else the machine does only slows down.
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(4);

/// Sign-ins that wait for each one that runs, where the rate is measured.
const CLIENTS_PER_CORE: usize = 4;

pub fn table() -> Outcome {
    let cores = thread::available_parallelism()?.get();
    let clients = cores * CLIENTS_PER_CORE;
    let servers = ["memory", "sqlite"].map(|state| Served::start(&["serve-logins", state]));
    let [memory, sqlite] = servers;
    let (memory, sqlite) = (memory?, sqlite?);
    let (mut raw, mut over_memory, mut over_sqlite) = (0.0_f64, 0.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        raw = raw.max(raw_rate(cores)?);
        over_memory = over_memory.max(flood(memory.address, clients, ROUND)?.rate());
        over_sqlite = over_sqlite.max(flood(sqlite.address, clients, ROUND)?.rate());
    }
    println!("| {cores} cores | a second | of the raw loop |");
    println!("|---|--:|--:|");
    println!("| raw argon2 loop | {raw:.1} | 100 % |");
    println!("| sign-ins, memory | {over_memory:.1} | {:.0} % |", over_memory / raw * 100.0);
    println!("| sign-ins, SQLite | {over_sqlite:.1} | {:.0} % |", over_sqlite / raw * 100.0);

    let idle = me_during(&memory, || thread::sleep(ROUND))?;
    let (kept, _) = memory.memory_kib()?;
    let twice = clients_of_a_flood(cores);
    let mut flooded = Flooded::default();
    let busy = me_during(&memory, || {
        flooded = flood(memory.address, twice, ROUND).unwrap_or_default();
    })?;
    let (_, most) = memory.memory_kib()?;
    println!();
    println!("| `/me` | p50 µs | p99 µs | resident MiB |");
    println!("|---|--:|--:|--:|");
    println!("| idle | {:.0} | {:.0} | {} |", idle.0, idle.1, kept / 1024);
    println!("| flood of {twice} clients | {:.0} | {:.0} | {} |", busy.0, busy.1, most / 1024);
    println!();
    println!("In the flood {} were answered with 200, {} with 503.", flooded.done, flooded.busy);
    Ok(())
}

/// Twice as many as run and wait at most, by the default limits.
fn clients_of_a_flood(cores: usize) -> usize {
    2 * (cores + (64 * cores).max(128))
}

/// The server of [`table`].
pub fn serve(state: &str) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let folder = TempDir::new()?;
        let router = match state {
            "sqlite" => on_sqlite(&folder.path().join("bench.db"), Default::default()).await?,
            _ => in_memory(Default::default()).await?,
        };
        for number in 0..clients_of_a_flood(thread::available_parallelism()?.get()) {
            sign_up(&router, &format!("user{number}")).await?;
        }
        let (router, proof) = session(router).await?;
        serve_router(router, &proof).await
    })
}

fn raw_rate(cores: usize) -> Outcome<f64> {
    let done = AtomicUsize::new(0);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..cores {
            scope.spawn(|| {
                let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::DEFAULT);
                let mut output = [0; 32];
                while start.elapsed() < ROUND {
                    let password = PASSWORD.as_bytes();
                    if argon2.hash_password_into(password, &[7; 16], &mut output).is_ok() {
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    Ok(done.into_inner() as f64 / start.elapsed().as_secs_f64())
}

#[derive(Default)]
struct Flooded {
    done: usize,
    busy: usize,
    seconds: f64,
}

impl Flooded {
    fn rate(&self) -> f64 {
        self.done as f64 / self.seconds
    }
}

/// Signs in from `clients` addresses, each as a user of its own, without a pause. Who is turned
/// away comes back when it is told to.
fn flood(address: SocketAddr, clients: usize, time: Duration) -> Outcome<Flooded> {
    let (done, busy) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let start = Instant::now();
    let ended: Vec<Outcome> = thread::scope(|scope| {
        let (done, busy) = (&done, &busy);
        let clients: Vec<_> = (0..clients)
            .map(|number| {
                scope.spawn(move || -> Outcome {
                    let mut client = Client::of_login(address, number)?;
                    while start.elapsed() < time {
                        match client.send()? {
                            200 => done.fetch_add(1, Ordering::Relaxed),
                            503 => {
                                thread::sleep(Duration::from_secs(1));
                                busy.fetch_add(1, Ordering::Relaxed)
                            }
                            status => return Err(format!("answered with {status}").into()),
                        };
                    }
                    Ok(())
                })
            })
            .collect();
        clients.into_iter().map(|it| it.join().unwrap_or(Err("a client panicked".into()))).collect()
    });
    ended.into_iter().collect::<Outcome<Vec<()>>>()?;
    let seconds = start.elapsed().as_secs_f64();
    Ok(Flooded { done: done.into_inner(), busy: busy.into_inner(), seconds })
}

/// The median and the 99th percentile of `GET /me` while `other` goes on, in microseconds.
fn me_during(server: &Served, other: impl FnOnce()) -> Outcome<(f64, f64)> {
    let ended = Arc::new(AtomicBool::new(false));
    let mut client = Client::of_me(server.address, &server.proof)?;
    let asking = thread::spawn({
        let ended = Arc::clone(&ended);
        move || -> Outcome<Vec<f64>> {
            let mut times = Vec::new();
            while !ended.load(Ordering::Relaxed) {
                let start = Instant::now();
                client.send_all(1)?;
                times.push(start.elapsed().as_secs_f64() * 1e6);
                thread::sleep(Duration::from_millis(1));
            }
            Ok(times)
        }
    });
    other();
    ended.store(true, Ordering::Relaxed);
    let mut times = asking.join().map_err(|_| "the client panicked")??;
    times.sort_unstable_by(f64::total_cmp);
    let at = |part: f64| times.get((times.len() as f64 * part) as usize).copied();
    Ok((at(0.5).ok_or("no answer")?, at(0.99).ok_or("no answer")?))
}
