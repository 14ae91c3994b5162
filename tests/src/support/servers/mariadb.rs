use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crudauth::store::PoolOptions;
use crudauth::store::mysql::Mysql;
use diesel_async::SimpleAsyncConnection;

use super::certificate::{authority, make_certificate};
use super::watched::{Process, log_of};
use super::{find, free_port, give_to, is_root, missing, run, until_ready};

/// The password of the user `crudauth` on every server of the tests.
const PASSWORD: &str = "my-s3cret";

/// A MariaDB server of the test's own.
#[derive(Debug)]
pub struct MariadbServer {
    /// How it runs.
    pub process: Process,
    port: u16,
    databases: AtomicUsize,
}

impl MariadbServer {
    /// A new server; `None`, said loudly, where MariaDB is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start() -> Option<Self> {
        let (Some(install), Some(server)) = (find("mariadb-install-db"), find("mariadbd")) else {
            missing("mariadbd", "mariadb-server");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().display().to_string();
        let user = format!(
            "CREATE USER IF NOT EXISTS crudauth@'127.0.0.1' IDENTIFIED BY '{PASSWORD}';\n\
             GRANT ALL ON *.* TO crudauth@'127.0.0.1';\n"
        );
        std::fs::write(folder.path().join("users.sql"), user).expect("a file");
        make_certificate(folder.path());
        let mut owner = Vec::new();
        if is_root() {
            give_to("mysql", folder.path());
            owner.push("--user=mysql".to_owned());
        }
        run(Command::new(install)
            .arg("--no-defaults")
            .arg(format!("--datadir={path}/data"))
            .arg(format!("--tmpdir={path}"))
            .args(["--auth-root-authentication-method=normal", "--skip-test-db"])
            .args(&owner));
        let port = free_port();
        let mut command = vec![
            server.display().to_string(),
            "--no-defaults".to_owned(),
            format!("--datadir={path}/data"),
            format!("--tmpdir={path}"),
            format!("--socket={path}/socket"),
            format!("--pid-file={path}/pid"),
            format!("--init-file={path}/users.sql"),
            format!("--port={port}"),
        ];
        let settings = [
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            "--max-connections=400",
            "--innodb-flush-log-at-trx-commit=2",
            "--innodb-buffer-pool-size=64M",
        ];
        command.extend(settings.map(str::to_owned));
        if authority(folder.path()).is_some() {
            command.push(format!("--ssl-key={path}/server.key"));
            command.push(format!("--ssl-cert={path}/server.crt"));
        }
        command.extend(owner);
        let process = Process::new(command, folder);
        let mut server = Self { process, port, databases: AtomicUsize::new(0) };
        server.start_again().await;
        Some(server)
    }

    /// The address of the database `name`, with the password.
    #[must_use]
    pub fn url(&self, name: &str) -> String {
        format!("mysql://crudauth:{PASSWORD}@127.0.0.1:{}/{name}", self.port)
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
        self.administer(&format!("CREATE DATABASE {name}")).await;
        self.url(&name)
    }

    /// Runs a statement as the administrator.
    ///
    /// # Panics
    ///
    /// If it fails.
    pub async fn administer(&self, sql: &str) {
        let one = PoolOptions::default().connections(1).statement(super::START);
        let admin = Mysql::connect_with(&self.url("mysql"), one).await.expect("a connection");
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
        let url = self.url("mysql");
        let one = PoolOptions::default().connections(1);
        until_ready(&log_of(self.process.folder()), || Mysql::connect_with(&url, one)).await;
    }
}
