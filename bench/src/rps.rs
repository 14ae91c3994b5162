//! Requests per second over PostgreSQL and Redis, beside a bare route that asks the same.

use std::time::Duration;

use crate::Outcome;
use crate::line_up::Contender;
use crate::load::rate;
use crate::process::Served;
use crate::servers::Servers;

const CONNECTIONS: [usize; 2] = [16, 64];
const ROUNDS: usize = 9;
const ROUND: Duration = Duration::from_millis(1500);

pub fn table(contenders: &[Contender]) -> Outcome {
    let behind = Servers::for_all(contenders)?;
    let servers = contenders.iter().map(|contender| {
        let server = Served::start_beside(&behind, &[], &["serve", contender.name()])?;
        Ok((*contender, server))
    });
    let servers = servers.collect::<Outcome<Vec<_>>>()?;
    println!("| | {} connections | | {} connections | |", CONNECTIONS[0], CONNECTIONS[1]);
    println!("|---|--:|---|--:|---|");
    let columns = CONNECTIONS.map(|connections| rounds(&servers, connections));
    let [first, second] = columns;
    let columns = [first?, second?];
    for (place, (contender, _)) in servers.iter().enumerate() {
        let cells = columns.each_ref().map(|rates| {
            let own = &rates[place];
            let of = |rival: &Contender| {
                let place = servers.iter().position(|(other, _)| other == rival)?;
                // Each round beside the same round of the other, as both had the same machine.
                let ratios = own.iter().zip(&rates[place]).map(|(own, rival)| own / rival);
                Some(format!("{:.0} % of {}", 100.0 * median(ratios.collect()), rival.name()))
            };
            let beside: Vec<_> = contender.rivals().iter().filter_map(of).collect();
            format!("{:.0} | {}", own.iter().copied().fold(0.0, f64::max), beside.join(", "))
        });
        println!("| {} | {} |", contender.title(), cells.join(" | "));
    }
    Ok(())
}

/// The rates of each, a round after the other, in which they take turns. The first warms up.
fn rounds(servers: &[(Contender, Served)], connections: usize) -> Outcome<Vec<Vec<f64>>> {
    let mut rates = vec![Vec::new(); servers.len()];
    for round in 0..=ROUNDS {
        for (rates, (_, server)) in rates.iter_mut().zip(servers) {
            let rate = rate(server.address, &server.proof, connections, ROUND)?;
            if round > 0 {
                rates.push(rate);
            }
        }
    }
    Ok(rates)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}
