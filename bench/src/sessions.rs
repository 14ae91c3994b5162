//! What sessions cost that are kept in memory: bytes each, and whether a request becomes dearer
//! with their number.

use std::env;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use crudauth::clock::SystemClock;
use crudauth::store::memory::MemoryState;
use crudauth::store::{Entry, StateStore};
use tower::ServiceExt;

use crate::Outcome;
use crate::line_up::{over, sessions_of};
use crate::spread::{hex, spread};

const COUNTS: [usize; 4] = [1_000, 10_000, 100_000, 1_000_000];

/// Those that requests come from, so that more than one place of the store is read.
const USERS: usize = 200;
const SESSIONS_PER_USER: usize = 5;

const ROUNDS: usize = 5;

/// The kernel counts a thread's time now and then: a round is far longer than that.
const PASSES: usize = 40;

pub fn table() -> Outcome {
    println!("| sessions | bytes each | CPU µs a request |");
    println!("|--:|--:|--:|");
    for count in COUNTS {
        let held = Command::new(env::current_exe()?).args(["hold", &count.to_string()]).output()?;
        if !held.status.success() {
            return Err(String::from_utf8_lossy(&held.stderr).into());
        }
        print!("{}", String::from_utf8_lossy(&held.stdout));
    }
    Ok(())
}

/// Prints the row of `count` sessions, in a process that has nothing else in memory.
pub fn hold(count: usize) -> Outcome {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let state = Arc::new(MemoryState::new(Arc::new(SystemClock)));
        let router = over(Arc::clone(&state)).await?;
        let cookies = sessions_of(&router, USERS, SESSIONS_PER_USER).await?;
        let template = state.list("session:1").await?.pop().ok_or("no session")?;
        let real = cookies.len();
        let before = resident_bytes()?;
        for number in real..count {
            let (key, owner) =
                (format!("session:{}", hex(&spread(number as u64))), format!("session:{number}"));
            let ttl = Duration::from_secs(30 * 60);
            let entry = Entry { value: &template.value, ttl, owner: Some(&owner) };
            state.put(&key, entry).await?;
        }
        let grown = resident_bytes()?.saturating_sub(before);
        let each = match count > real {
            true => format!("{}", grown / (count - real)),
            false => "-".to_owned(),
        };

        let mut least = f64::MAX;
        for _ in 0..ROUNDS {
            let start = cpu_nanoseconds()?;
            for cookie in cookies.iter().cycle().take(PASSES * cookies.len()) {
                me(&router, cookie).await?;
            }
            let used = cpu_nanoseconds()? - start;
            least = least.min(used / 1e3 / (PASSES * cookies.len()) as f64);
        }
        println!("| {count} | {each} | {least:.2} |");
        Ok(())
    })
}

async fn me(router: &Router, cookie: &str) -> Outcome {
    let request = Request::get("/me").header("cookie", cookie).body(Body::empty())?;
    match router.clone().oneshot(request).await?.status().is_success() {
        true => Ok(()),
        false => Err("a session was not known".into()),
    }
}

fn resident_bytes() -> Outcome<usize> {
    const PAGE: usize = 4096;
    let pages = fs::read_to_string("/proc/self/statm")?;
    let resident: usize = pages.split(' ').nth(1).ok_or("no size")?.parse()?;
    Ok(resident * PAGE)
}

fn cpu_nanoseconds() -> Outcome<f64> {
    let times = fs::read_to_string("/proc/thread-self/schedstat")?;
    Ok(times.split(' ').next().ok_or("no times")?.parse()?)
}
