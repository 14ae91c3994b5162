use std::process::Command;

use tokio::net::TcpStream;

use super::postgres::as_user;
use super::watched::{Process, log_of};
use super::{PostgresServer, find, free_port, give_to, is_root, missing, until_ready};

/// A PgBouncer of the test's own, in front of a PostgreSQL server.
#[derive(Debug)]
pub struct PgBouncer {
    /// How it runs.
    pub process: Process,
    port: u16,
    password: &'static str,
    keeps_statements: bool,
}

impl PgBouncer {
    /// A new one in front of `server`, with these lines in its configuration; `None`, said loudly,
    /// where PgBouncer is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start(server: &PostgresServer, settings: &[&str]) -> Option<Self> {
        let Some(program) = find("pgbouncer") else {
            missing("pgbouncer", "pgbouncer");
            return None;
        };
        let keeps_statements = version(&program) >= (1, 21);
        let folder = tempfile::tempdir().expect("a temporary folder");
        let (upstream, password) = server.door();
        let (port, path) = (free_port(), folder.path().display().to_string());
        let configuration = format!(
            "[databases]\n* = host=127.0.0.1 port={upstream}\n[pgbouncer]\nlisten_addr = 127.0.0.1\n\
             listen_port = {port}\nunix_socket_dir =\nauth_type = scram-sha-256\n\
             auth_file = {path}/users\n{}\n",
            settings.join("\n")
        );
        std::fs::write(folder.path().join("users"), format!("\"crudauth\" \"{password}\"\n"))
            .expect("a file");
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, configuration).expect("a file");
        if is_root() {
            give_to("postgres", folder.path());
        }
        let command = as_user(&[&program.display().to_string(), &file.display().to_string()]);
        let mut process = Process::new(command, folder);
        process.launch();
        let log = log_of(process.folder());
        until_ready(&log, || TcpStream::connect(("127.0.0.1", port))).await;
        Some(Self { process, port, password, keeps_statements })
    }

    /// Whether it is of a version that can keep prepared statements in transaction mode.
    #[must_use]
    pub fn keeps_statements(&self) -> bool {
        self.keeps_statements
    }

    /// The address of the database of `server_url`, through the pooler.
    ///
    /// # Panics
    ///
    /// If `server_url` has no database.
    #[must_use]
    pub fn url(&self, server_url: &str) -> String {
        let (_, name) = server_url.rsplit_once('/').expect("a database");
        format!("postgres://crudauth:{}@127.0.0.1:{}/{name}", self.password, self.port)
    }
}

fn version(program: &std::path::Path) -> (u32, u32) {
    let said = Command::new(program).arg("--version").output().expect("it says its version");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let number = said.split_whitespace().nth(1).unwrap_or_default();
    let mut parts = number.split('.').map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}
