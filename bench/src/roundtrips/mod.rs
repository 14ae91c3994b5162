//! How often a request goes to the servers and back, and for what: counted by proxies between.

mod postgres;
mod proxy;
mod redis;

use self::proxy::{Counts, Proxy};
use crate::Outcome;
use crate::callbacks::Browsers;
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
        let between = Between::the(&behind)?;
        let server = between.start(&["serve", contender.name()])?;
        let mut client = Client::of_me(server.address, &server.proof)?;
        client.send_all(WARM_UP)?;
        between.take();
        client.send_all(REQUESTS)?;
        row(contender.title(), &between.take());
    }
    Ok(())
}

/// As [`table`], for the callback of a sign-in by a provider whose identity is linked already. The
/// calls of the provider are not among them.
pub fn callbacks() -> Outcome {
    let behind = Servers::start()?;
    println!("| a callback | turns with PostgreSQL | with Redis | what for |");
    println!("|---|--:|--:|---|");
    for (state, title) in [("postgres", "all in PostgreSQL"), ("redis", "state in Redis")] {
        let between = Between::the(&behind)?;
        let server = between.start(&["serve-callbacks", state])?;
        let mut browsers = Browsers::new(Client::idle(server.address)?);
        let mut counted = [Counts::default(), Counts::default()];
        for number in 0..WARM_UP + REQUESTS {
            let back = browsers.send_away()?;
            between.take();
            browsers.come_back(&back)?;
            let passed = between.take();
            if number >= WARM_UP {
                counted.iter_mut().zip(passed).for_each(|(all, one)| all.add(one));
            }
        }
        row(title, &counted);
    }
    Ok(())
}

/// Proxies before both servers.
struct Between {
    postgres: Proxy,
    redis: Proxy,
}

impl Between {
    fn the(servers: &Servers) -> Outcome<Self> {
        let Servers { postgres: Some(postgres), redis: Some(redis) } = servers else {
            return Err("both servers are needed".into());
        };
        Ok(Self {
            postgres: Proxy::before(postgres.address, postgres::Reader::default)?,
            redis: Proxy::before(redis.address, redis::Reader::default)?,
        })
    }

    /// Starts this program with `arguments`, told that the servers are where the proxies are.
    fn start(&self, arguments: &[&str]) -> Outcome<Served> {
        let Self { postgres, redis } = self;
        let places = [(POSTGRES, postgres.address.to_string()), (REDIS, redis.address.to_string())];
        Served::start_told(&places, &[], arguments)
    }

    /// What has passed since this was last asked: to PostgreSQL and to Redis.
    fn take(&self) -> [Counts; 2] {
        [self.postgres.take(), self.redis.take()]
    }
}

fn row(title: &str, [of_postgres, of_redis]: &[Counts; 2]) {
    println!(
        "| {title} | {} | {} | {} |",
        each(of_postgres.turns),
        each(of_redis.turns),
        shown(of_redis).chain(shown(of_postgres)).collect::<Vec<_>>().join("<br>"),
    );
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
