//! Servers of PostgreSQL and Redis, started from the programs on the machine, on free ports and
//! with temporary data.
//!
//! A server ends with its handle, and also when the measurement is interrupted or killed: a shell
//! in a group of its own waits for the end of a pipe whose other end is held here.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::Outcome;
use crate::line_up::Contender;
use crate::process::cpu_seconds_of;

/// How a process that is started here learns where PostgreSQL is.
pub const POSTGRES: &str = "BENCH_POSTGRES";
/// As [`POSTGRES`], for Redis.
pub const REDIS: &str = "BENCH_REDIS";

/// How long a server may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Starts the server, tells its id, waits for the end of its input, ends the server by the signal
/// that it takes for "at once", and removes its data.
const WATCH: &str = r#"
folder=$1; signal=$2; shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
server=$!
echo $server
cat >/dev/null
kill -"$signal" $server 2>/dev/null
wait $server 2>/dev/null
rm -rf "$folder"
"#;

/// A server, and where it listens.
pub struct Server {
    watch: Child,
    id: u32,
    pub address: SocketAddr,
}

impl Server {
    fn start(command: &[String], signal: &str, folder: TempDir, port: u16) -> Outcome<Self> {
        // From here on it is the shell's to remove.
        let folder = folder.keep();
        let mut watch = Command::new("sh")
            .args(["-c", WATCH, "watch"])
            .arg(folder)
            .arg(signal)
            .args(command)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .process_group(0)
            .spawn()?;
        let mut line = String::new();
        let told = watch.stdout.take().ok_or("no pipe")?;
        BufReader::new(told).read_line(&mut line)?;
        let id = line.trim().parse()?;
        Ok(Self { watch, id, address: SocketAddr::from(([127, 0, 0, 1], port)) })
    }

    /// PostgreSQL, without what protects data from a crash of the machine and without what works
    /// by itself in the background.
    pub fn postgres(settings: &[&str]) -> Outcome<Self> {
        let programs = programs()?;
        let program = |name: &str| programs.join(name).display().to_string();
        let folder = TempDir::new()?;
        if is_root() {
            run(Command::new("chown").arg("postgres").arg(folder.path()))?;
        }
        let data = folder.path().join("data").display().to_string();
        let initdb = [program("initdb"), "-D".to_owned(), data.clone()];
        let how =
            ["--username=bench", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"];
        let initdb = as_postgres(initdb.into_iter().chain(how.map(str::to_owned)));
        run(Command::new(&initdb[0]).args(&initdb[1..]).current_dir(folder.path()))?;

        let port = free_port()?;
        let always = [
            "listen_addresses=127.0.0.1",
            "unix_socket_directories=",
            "max_connections=300",
            "autovacuum=off",
            "fsync=off",
            "full_page_writes=off",
            "synchronous_commit=off",
            "wal_level=minimal",
            "max_wal_senders=0",
        ];
        let postgres = [program("postgres"), "-D".to_owned(), data];
        let port_text = format!("port={port}");
        let settings = always.iter().chain(settings).copied().chain([port_text.as_str()]);
        let settings = settings.flat_map(|setting| ["-c".to_owned(), setting.to_owned()]);
        let command = as_postgres(postgres.into_iter().chain(settings));
        let server = Self::start(&command, "QUIT", folder, port)?;
        let port = port.to_string();
        server.wait_until(|| {
            let ask = ["-q", "-h", "127.0.0.1", "-p", &port];
            Command::new(program("pg_isready")).args(ask).status().is_ok_and(|it| it.success())
        })
    }

    /// Redis, which keeps everything in memory only.
    pub fn redis() -> Outcome<Self> {
        let folder = TempDir::new()?;
        let port = free_port()?;
        let text = port.to_string();
        let folder_name = folder.path().display().to_string();
        let command = [
            "redis-server",
            "--bind",
            "127.0.0.1",
            "--port",
            &text,
            "--dir",
            &folder_name,
            "--save",
            "",
            "--appendonly",
            "no",
        ];
        let command = command.map(str::to_owned);
        let server = Self::start(&command, "TERM", folder, port)?;
        let address = server.address;
        server.wait_until(|| answers_ping(address).unwrap_or(false))
    }

    fn wait_until(self, is_ready: impl Fn() -> bool) -> Outcome<Self> {
        let start = Instant::now();
        while !is_ready() {
            if start.elapsed() > START {
                return Err("a server does not answer".into());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(self)
    }

    /// The CPU time that it and its processes have used so far, in seconds. Those that have ended
    /// count no more.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        let id = self.id;
        let children = fs::read_to_string(format!("/proc/{id}/task/{id}/children"))?;
        let children = children.split_whitespace().map(|child| {
            // One may end at any time.
            Ok(cpu_seconds_of(child.parse()?).unwrap_or_default())
        });
        let children: Vec<f64> = children.collect::<Outcome<_>>()?;
        Ok(cpu_seconds_of(id)? + children.iter().sum::<f64>())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watch.stdin.take());
        let _ = self.watch.wait();
    }
}

/// The servers that contenders need.
#[derive(Default)]
pub struct Servers {
    pub postgres: Option<Server>,
    pub redis: Option<Server>,
}

impl Servers {
    /// Both.
    pub fn start() -> Outcome<Self> {
        Ok(Self { postgres: Some(Server::postgres(&[])?), redis: Some(Server::redis()?) })
    }

    /// Both, if one of these needs them.
    pub fn for_all(contenders: &[Contender]) -> Outcome<Self> {
        match contenders.iter().any(|contender| contender.needs_servers()) {
            true => Self::start(),
            false => Ok(Self::default()),
        }
    }

    /// The CPU time that they have used so far, in seconds.
    pub fn cpu_seconds(&self) -> Outcome<f64> {
        self.postgres.iter().chain(&self.redis).map(Server::cpu_seconds).sum()
    }

    /// What the processes are told that need them.
    pub fn variables(&self) -> Vec<(&'static str, String)> {
        let postgres = self.postgres.iter().map(|server| (POSTGRES, server.address.to_string()));
        let redis = self.redis.iter().map(|server| (REDIS, server.address.to_string()));
        postgres.chain(redis).collect()
    }
}

/// The folder of the newest PostgreSQL's programs.
fn programs() -> Outcome<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let newest = versions
        .filter_map(|version| {
            let number: u32 = version.file_name().to_str()?.parse().ok()?;
            let folder = version.path().join("bin");
            folder.join("postgres").is_file().then_some((number, folder))
        })
        .max();
    let found = newest.map(|(_, folder)| folder).or_else(|| {
        let path = std::env::var_os("PATH")?;
        std::env::split_paths(&path).find(|folder| folder.join("postgres").is_file())
    });
    Ok(found.ok_or("PostgreSQL is not on this machine")?)
}

/// PostgreSQL refuses to run as root.
fn as_postgres(command: impl Iterator<Item = String>) -> Vec<String> {
    let user: &[&str] = match is_root() {
        true => &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"],
        false => &[],
    };
    user.iter().map(ToString::to_string).chain(command).collect()
}

fn is_root() -> bool {
    fs::metadata(Path::new("/proc/self")).is_ok_and(|process| process.uid() == 0)
}

/// A port on which nobody listens at the moment.
fn free_port() -> Outcome<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

fn answers_ping(address: SocketAddr) -> Outcome<bool> {
    let mut connection = TcpStream::connect(address)?;
    connection.write_all(b"PING\r\n")?;
    let mut answer = [0; 7];
    connection.read_exact(&mut answer)?;
    Ok(&answer == b"+PONG\r\n")
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Outcome {
    let output = command.output()?;
    match output.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&output.stderr).into()),
    }
}
