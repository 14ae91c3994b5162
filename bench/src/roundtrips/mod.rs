//! How often a request goes to the servers and back, and for what: counted by proxies between.

mod postgres;
mod proxy;
mod redis;

use self::proxy::{Counts, Proxy};
use crate::Outcome;
use crate::client::Client;
use crate::line_up::Contender;
use crate::process::Served;
use crate::servers::{POSTGRES, REDIS, Servers};

/// Until every connection that takes part has its statements prepared.
const WARM_UP: usize = 100;
const REQUESTS: usize = 200;

pub fn table(contenders: &[Contender]) -> Outcome {
    let behind = Servers::start()?;
    println!("| a request | turns with PostgreSQL | with Redis | what for |");
    println!("|---|--:|--:|---|");
    for contender in contenders {
        let Servers { postgres: Some(postgres), redis: Some(redis) } = &behind else { continue };
        let postgres = Proxy::before(postgres.address, postgres::Reader::default)?;
        let redis = Proxy::before(redis.address, redis::Reader::default)?;
        let places = [(POSTGRES, postgres.address.to_string()), (REDIS, redis.address.to_string())];
        let server = Served::start_told(&places, &[], &["serve", contender.name()])?;
        let mut client = Client::of_me(server.address, &server.proof)?;
        client.send_all(WARM_UP)?;
        let before = (postgres.take(), redis.take());
        drop(before);
        client.send_all(REQUESTS)?;
        let (of_postgres, of_redis) = (postgres.take(), redis.take());
        println!(
            "| {} | {} | {} | {} |",
            contender.title(),
            each(of_postgres.turns),
            each(of_redis.turns),
            shown(&of_redis).chain(shown(&of_postgres)).collect::<Vec<_>>().join("<br>"),
        );
    }
    Ok(())
}

/// A number of each request.
fn each(of_all: usize) -> String {
    let each = of_all as f64 / REQUESTS as f64;
    // A tick of a background task is not a request's.
    let text = format!("{each:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The statements, each with how often it was asked in one request.
fn shown(counts: &Counts) -> impl Iterator<Item = String> {
    let rare = |(_, times): &(&String, &usize)| **times * 10 >= REQUESTS;
    let asked = counts.asked.iter().filter(rare);
    asked.map(|(text, times)| format!("{} × `{text}`", each(*times)))
}
