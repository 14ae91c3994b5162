//! Measures what crudauth costs, beside what an application would use instead. Each command prints
//! one table in Markdown; `README.md` keeps the last of each.

mod callbacks;
mod client;
mod connections;
mod cpu;
mod instructions;
mod line_up;
mod load;
mod logins;
mod lookups;
mod process;
mod roundtrips;
mod rps;
mod scale;
mod servers;
mod sessions;
mod spread;
mod writes;

use std::env;
use std::error::Error;

use self::line_up::Contender;

/// Whatever goes wrong ends the measurement.
type Outcome<T = ()> = Result<T, Box<dyn Error + Send + Sync>>;

const USAGE: &str = "\
usage: crudauth-bench COMMAND

  instructions [NAME..]   instructions per request, by callgrind
  cpu [NAME..]            CPU time of the server per request, over loopback
  rps [NAME..]            requests per second over PostgreSQL and Redis
  roundtrips [NAME..]     how often a request goes to PostgreSQL and Redis, and what for
  callbacks               as roundtrips, for a sign-in by a provider
  logins                  logins per second beside the raw argon2 loop, and /me meanwhile
  sessions                memory and cost of up to 1,000,000 sessions in memory
  scale [MOST]            cost of up to 10,000,000 sessions and users in PostgreSQL and Redis
  lookups                 a lookup in SQLite: where it is asked for, and elsewhere
  writes                  counts in SQLite, with a commit each and as crudauth makes them
  connections             a lookup in PostgreSQL: out of a pool, and on shared connections

NAME is that of one contender; without one, all take part.";

fn main() -> Outcome {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match *arguments.as_slice() {
        ["instructions", ref names @ ..] => instructions::table(&Contender::named(names)?),
        ["cpu", ref names @ ..] => cpu::table(&Contender::named(names)?),
        ["rps"] => rps::table(&Contender::OVER_A_NETWORK),
        ["rps", ref names @ ..] => rps::table(&Contender::named(names)?),
        ["roundtrips"] => roundtrips::table(&Contender::OVER_A_NETWORK),
        ["roundtrips", ref names @ ..] => roundtrips::table(&Contender::named(names)?),
        ["callbacks"] => roundtrips::callbacks(),
        ["logins"] => logins::table(),
        ["sessions"] => sessions::table(),
        ["scale"] => scale::table(u64::MAX),
        ["scale", most] => scale::table(most.parse()?),
        ["connections"] => connections::table(),
        ["lookups"] => lookups::table(),
        ["writes"] => writes::table(),
        // What the commands above start as processes of their own.
        ["drive", name, requests] => process::drive(name.parse()?, requests.parse()?),
        ["serve", name] => process::serve(name.parse()?),
        ["serve-callbacks", state] => callbacks::serve(state),
        ["serve-logins", state] => logins::serve(state),
        ["serve-scale", state] => scale::serve(state),
        ["hold", count] => sessions::hold(count.parse()?),
        _ => Err(USAGE.into()),
    }
}
