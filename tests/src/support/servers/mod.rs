//! Servers of databases that a test starts from the programs on the machine, on free ports and
//! with temporary data.
//!
//! A server ends with its handle, and also when the test panics or is killed: a watching shell
//! waits for the end of a pipe whose other end the test holds.

mod certificate;
mod cluster;
mod mariadb;
mod pgbouncer;
mod postgres;
mod redis;
pub mod shared;
mod watched;

pub use self::cluster::RedisCluster;
pub use self::mariadb::MariadbServer;
pub use self::pgbouncer::PgBouncer;
pub use self::postgres::PostgresServer;
pub use self::redis::RedisServer;
pub use self::watched::Process;

use std::fmt::Display;
use std::future::Future;
use std::net::TcpListener;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(90);

/// Says that a test could not be run for want of a program.
///
/// # Panics
///
/// Where `CI` is set: there everything must be installed.
#[allow(clippy::print_stderr)]
fn missing(program: &str, package: &str) {
    let text = format!("`{program}` is not on this machine: install the package `{package}`");
    assert!(std::env::var_os("CI").is_none(), "{text}");
    eprintln!("\n!!! NOT TESTED: {text}\n");
}

/// Where a program is, in the `PATH` or where servers are usually kept.
fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let usual = ["/usr/sbin", "/usr/local/sbin", "/usr/bin"].map(PathBuf::from);
    let mut folders = std::env::split_paths(&path).chain(usual);
    folders.find_map(|folder| Some(folder.join(program)).filter(|file| file.is_file()))
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// A port on which nobody listens at the moment.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("an address").port()
}

/// Runs a program to its end.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{command:?}: {text}{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

/// Gives a folder to the user as whom a server has to run.
fn give_to(user: &str, folder: &Path) {
    run(Command::new("chown").arg("-R").arg(user).arg(folder));
}

/// Tries until it works.
async fn until_ready<T, E: Display, F>(log: &Path, attempt: impl Fn() -> F) -> T
where
    F: Future<Output = Result<T, E>>,
{
    let start = Instant::now();
    loop {
        match attempt().await {
            Ok(ready) => return ready,
            Err(error) if start.elapsed() > START => {
                let log = std::fs::read_to_string(log).unwrap_or_default();
                panic!("the server does not answer: {error}\n{log}");
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}
