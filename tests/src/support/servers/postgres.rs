use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::store::PoolOptions;
use crudauth::store::postgres::Postgres;
use diesel_async::SimpleAsyncConnection;

use super::certificate::{authority, make_certificate};
use super::watched::{Process, log_of};
use super::{find, free_port, give_to, is_root, missing, run, until_ready};

/// The password of the user `crudauth` on every server of the tests.
const PASSWORD: &str = "pg-s3cret";

/// A PostgreSQL server of the test's own.
#[derive(Debug)]
pub struct PostgresServer {
    /// How it runs.
    pub process: Process,
    port: u16,
    databases: AtomicUsize,
}

impl PostgresServer {
    /// A new server; `None`, said loudly, where PostgreSQL is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            missing("postgres", "postgresql");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        std::fs::write(folder.path().join("password"), PASSWORD).expect("a file");
        make_certificate(folder.path());
        if is_root() {
            give_to("postgres", folder.path());
        }
        let data = folder.path().join("data").display().to_string();
        let init = as_user(&[
            &programs.join("initdb").display().to_string(),
            "--username=crudauth",
            "--auth=scram-sha-256",
            &format!("--pwfile={}", folder.path().join("password").display()),
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "-D",
            &data,
        ]);
        run(Command::new(&init[0]).args(&init[1..]).current_dir(folder.path()));
        let port = free_port();
        let mut settings = vec![
            "listen_addresses=127.0.0.1".to_owned(),
            format!("port={port}"),
            format!("unix_socket_directories={}", folder.path().display()),
            "fsync=off".to_owned(),
            "max_connections=300".to_owned(),
        ];
        if folder.path().join("server.key").is_file() {
            settings.push("ssl=on".to_owned());
            settings.push(format!("ssl_key_file={}", folder.path().join("server.key").display()));
            settings.push(format!("ssl_cert_file={}", folder.path().join("server.crt").display()));
        }
        let mut command = vec![programs.join("postgres").display().to_string(), "-D".into(), data];
        command.extend(settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]));
        let command = as_user(&command.iter().map(String::as_str).collect::<Vec<_>>());
        let process = Process::new(command, folder);
        let mut server = Self { process, port, databases: AtomicUsize::new(0) };
        server.start_again().await;
        Some(server)
    }

    /// The address of the database `name`, with the password.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("postgres://crudauth:{PASSWORD}@127.0.0.1:{}/{name}", self.port)
    }

    /// The port, and the password of the user `crudauth`.
    pub(super) fn door(&self) -> (u16, &'static str) {
        (self.port, PASSWORD)
    }

    /// The authority's certificate, where the machine could make one.
    #[must_use]
    pub fn certificate(&self) -> Option<PathBuf> {
        authority(self.process.folder())
    }

    /// A new, empty database: its address.
    ///
    /// # Panics
    ///
    /// If the server does not make one.
    pub async fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        self.administer(&format!("CREATE DATABASE {name} TEMPLATE template0")).await;
        self.url(&name)
    }

    /// Runs statements as the administrator.
    ///
    /// # Panics
    ///
    /// If one fails.
    pub async fn administer(&self, sql: &str) {
        let one = PoolOptions::default().connections(1).statement(super::START);
        let admin = Postgres::connect_with(&self.url("postgres"), one).await.expect("a connection");
        let mut connection = admin.get().await.expect("a connection");
        connection.batch_execute(sql).await.expect("a statement that works");
    }

    /// Starts it, again, with the same data.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start_again(&mut self) {
        self.process.launch();
        let url = self.url("postgres");
        let one = PoolOptions::default().connections(1);
        let log = log_of(self.process.folder());
        until_ready(&log, || Postgres::connect_with(&url, one)).await;
    }
}

/// The folder of the newest PostgreSQL's programs.
fn programs() -> Option<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|version| {
            let version = version.ok()?;
            let number = version.file_name().to_str()?.parse().ok()?;
            let folder = version.path().join("bin");
            folder.join("postgres").is_file().then_some((number, folder))
        })
        .collect();
    found.sort();
    let newest = found.pop().map(|(_, folder)| folder);
    newest.or_else(|| find("postgres").and_then(|file| file.parent().map(PathBuf::from)))
}

/// PostgreSQL refuses to run as root.
pub(super) fn as_user(command: &[&str]) -> Vec<String> {
    let user: &[&str] = match is_root() {
        true => &["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"],
        false => &[],
    };
    user.iter().chain(command).map(ToString::to_string).collect()
}
