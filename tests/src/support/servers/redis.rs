use crudauth::store::redis::Redis;

use super::watched::{Process, log_of};
use super::{find, free_port, missing, until_ready};

/// The password of every Redis of the tests.
const PASSWORD: &str = "re-s3cret";

/// A Redis server of the test's own, which keeps what was acknowledged in a file.
#[derive(Debug)]
pub struct RedisServer {
    /// How it runs.
    pub process: Process,
    port: u16,
}

impl RedisServer {
    /// A new server; `None`, said loudly, where Redis is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start() -> Option<Self> {
        let Some(server) = find("redis-server") else {
            missing("redis-server", "redis-server");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let folder_name = folder.path().display().to_string();
        let settings = [
            "--bind",
            "127.0.0.1",
            "--port",
            &port.to_string(),
            "--requirepass",
            PASSWORD,
            "--dir",
            &folder_name,
            "--save",
            "",
            "--appendonly",
            "yes",
            "--appendfsync",
            "no",
        ];
        let mut command = vec![server.display().to_string()];
        command.extend(settings.map(str::to_owned));
        let mut server = Self { process: Process::new(command, folder), port };
        server.start_again().await;
        Some(server)
    }

    /// Its address, with the password.
    #[must_use]
    pub fn url(&self) -> String {
        format!("redis://:{PASSWORD}@127.0.0.1:{}/0", self.port)
    }

    /// Starts it, again, with the same data.
    ///
    /// # Panics
    ///
    /// If it does not start.
    pub async fn start_again(&mut self) {
        self.process.launch();
        let url = self.url();
        until_ready(&log_of(self.process.folder()), || Redis::connect(&url)).await;
    }
}
