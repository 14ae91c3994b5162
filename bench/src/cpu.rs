//! CPU time of the server per request, over loopback, as the kernel accounts it.

use std::thread;

use crate::Outcome;
use crate::client::Client;
use crate::line_up::Contender;
use crate::process::Served;
use crate::servers::Servers;

/// The least of these counts: whatever else the machine does only adds.
const ROUNDS: usize = 20;
const CONNECTIONS: usize = 4;
const REQUESTS: usize = 2_500;

pub fn table(contenders: &[Contender]) -> Outcome {
    let behind = Servers::for_all(contenders)?;
    let servers = contenders.iter().map(|contender| {
        let server = Served::start_beside(&behind, &[], &["serve", contender.name()])?;
        Ok((*contender, server))
    });
    let servers = servers.collect::<Outcome<Vec<_>>>()?;
    let mut least = vec![(f64::MAX, f64::MAX); servers.len()];
    // In turns, so that a bad moment does not hit one of them alone. The first round warms up.
    for round in 0..=ROUNDS {
        for (least, (_, server)) in least.iter_mut().zip(&servers) {
            let before = (server.cpu_seconds()?, behind.cpu_seconds()?);
            flood(server)?;
            let each = |seconds: f64| seconds * 1e6 / (CONNECTIONS * REQUESTS) as f64;
            if round > 0 {
                least.0 = least.0.min(each(server.cpu_seconds()? - before.0));
                least.1 = least.1.min(each(behind.cpu_seconds()? - before.1));
            }
        }
    }

    println!("| | CPU µs a request | | of the servers behind it |");
    println!("|---|--:|---|--:|");
    let of = |rival: &Contender| servers.iter().position(|(other, _)| other == rival);
    for ((contender, _), (own, of_others)) in servers.iter().zip(&least) {
        let beside = contender.rivals().iter().filter_map(|rival| {
            of(rival).map(|place| format!("{:.2} × {}", own / least[place].0, rival.name()))
        });
        let beside = beside.collect::<Vec<_>>().join(", ");
        let of_others = match contender.needs_servers() {
            true => format!("{of_others:.1}"),
            false => String::new(),
        };
        println!("| {} | {own:.1} | {beside} | {of_others} |", contender.title());
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
