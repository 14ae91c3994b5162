//! Instructions per request, as callgrind counts them: those of the process, all threads together,
//! without the kernel's. The difference between a run and one of twice as many requests, so that
//! the start cancels out.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use crate::Outcome;
use crate::client::Client;
use crate::line_up::Contender;
use crate::process::Served;
use crate::servers::Servers;

const REQUESTS: usize = 1000;

pub fn table(contenders: &[Contender]) -> Outcome {
    let servers = &Servers::for_all(contenders)?;
    println!("| | router alone | | over loopback | |");
    println!("|---|--:|---|--:|---|");
    let mut counted: Vec<(Contender, f64, f64)> = Vec::new();
    for &contender in contenders {
        let (alone, served) = (alone(servers, contender)?, served(servers, contender)?);
        counted.push((contender, alone, served));
        let beside = |pick: fn(&(Contender, f64, f64)) -> f64, own: f64| {
            let of = |rival: &Contender| {
                let found = counted.iter().find(|(other, ..)| other == rival)?;
                Some(format!("{:.2} × {}", own / pick(found), rival.name()))
            };
            contender.rivals().iter().filter_map(of).collect::<Vec<_>>().join(", ")
        };
        println!(
            "| {} | {alone:.0} | {} | {served:.0} | {} |",
            contender.title(),
            beside(|row| row.1, alone),
            beside(|row| row.2, served),
        );
    }
    Ok(())
}

fn alone(servers: &Servers, contender: Contender) -> Outcome<f64> {
    let run = |requests: usize| {
        counted(|wrapper| {
            let status = Command::new(wrapper[0])
                .args(&wrapper[1..])
                .arg(env::current_exe()?)
                .args(["drive", contender.name(), &requests.to_string()])
                .envs(servers.variables())
                .stderr(Stdio::null())
                .status()?;
            if status.success() { Ok(()) } else { Err("the run failed".into()) }
        })
    };
    Ok(per_request(run(REQUESTS)?, run(2 * REQUESTS)?))
}

fn served(servers: &Servers, contender: Contender) -> Outcome<f64> {
    let run = |requests: usize| {
        counted(|wrapper| {
            let server = Served::start_beside(servers, wrapper, &["serve", contender.name()])?;
            Client::of_me(server.address, &server.proof)?.send_all(requests)?;
            server.stop()
        })
    };
    Ok(per_request(run(REQUESTS)?, run(2 * REQUESTS)?))
}

fn per_request(once: u64, twice: u64) -> f64 {
    twice.saturating_sub(once) as f64 / REQUESTS as f64
}

/// The instructions of what `run` starts below the wrapper.
fn counted(run: impl FnOnce(&[&str]) -> Outcome) -> Outcome<u64> {
    let folder = TempDir::new()?;
    let file = folder.path().join("callgrind.out");
    let out = format!("--callgrind-out-file={}", file.display());
    run(&["valgrind", "--tool=callgrind", &out])?;
    let profile = fs::read_to_string(file)?;
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    Ok(total.ok_or("callgrind counted nothing")?.trim().parse()?)
}
