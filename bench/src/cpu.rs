//! CPU time of the server per request, over loopback, as the kernel accounts it.

use std::thread;

use crate::Outcome;
use crate::client::Client;
use crate::line_up::Contender;
use crate::process::Served;

/// The least of these counts: whatever else the machine does only adds.
const ROUNDS: usize = 20;
const CONNECTIONS: usize = 4;
const REQUESTS: usize = 2_500;

pub fn table(contenders: &[Contender]) -> Outcome {
    let servers = contenders.iter().map(|contender| {
        Served::start(&[], &["serve", contender.name()]).map(|server| (*contender, server))
    });
    let servers = servers.collect::<Outcome<Vec<_>>>()?;
    let mut least = vec![f64::MAX; servers.len()];
    // In turns, so that a bad moment does not hit one of them alone. The first round warms up.
    for round in 0..=ROUNDS {
        for (least, (_, server)) in least.iter_mut().zip(&servers) {
            let before = server.cpu_seconds()?;
            flood(server)?;
            let used = server.cpu_seconds()? - before;
            if round > 0 {
                *least = least.min(used * 1e6 / (CONNECTIONS * REQUESTS) as f64);
            }
        }
    }

    println!("| | CPU µs a request | |");
    println!("|---|--:|---|");
    let of = |rival: &Contender| servers.iter().position(|(other, _)| other == rival);
    for ((contender, _), own) in servers.iter().zip(&least) {
        let beside = contender.rivals().iter().filter_map(|rival| {
            of(rival).map(|place| format!("{:.2} × {}", own / least[place], rival.name()))
        });
        let beside = beside.collect::<Vec<_>>().join(", ");
        println!("| {} | {own:.1} | {beside} |", contender.title());
    }
    Ok(())
}

fn flood(server: &Served) -> Outcome {
    let connections = (0..CONNECTIONS).map(|_| {
        let mut client = Client::of_me(server.address, &server.proof)?;
        Ok(thread::spawn(move || client.send_all(REQUESTS)))
    });
    for connection in connections.collect::<Outcome<Vec<_>>>()? {
        connection.join().map_err(|_| "a client panicked")??;
    }
    Ok(())
}
