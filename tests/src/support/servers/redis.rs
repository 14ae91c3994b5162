use std::path::{Path, PathBuf};

use crudauth::store::redis::Redis;

use super::certificate::{authority, make_certificate};
use super::watched::{Process, log_of};
use super::{find, free_port, missing, until_ready};

/// The password of every Redis of the tests.
pub(super) const PASSWORD: &str = "re-s3cret";

/// A Redis server of the test's own, which keeps what was acknowledged in a file.
#[derive(Debug)]
pub struct RedisServer {
    /// How it runs.
    pub process: Process,
    port: u16,
    scheme: &'static str,
    host: &'static str,
}

impl RedisServer {
    /// A new server; `None`, said loudly, where Redis is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start() -> Option<Self> {
        Self::start_at(|port, _| vec!["--port".to_owned(), port.to_string()], "redis", "127.0.0.1")
            .await
    }

    /// As [`start`](Self::start), of a server that takes encrypted connections alone; its certificate
    /// is for `localhost`.
    ///
    /// # Panics
    ///
    /// As [`start`](Self::start).
    pub async fn start_encrypted() -> Option<Self> {
        let settings = |port: u16, folder: &Path| {
            make_certificate(folder);
            let file = |name: &str| folder.join(name).display().to_string();
            let settings = [
                ("--port", "0".to_owned()),
                ("--tls-port", port.to_string()),
                ("--tls-cert-file", file("server.crt")),
                ("--tls-key-file", file("server.key")),
                ("--tls-ca-cert-file", file("authority.crt")),
                ("--tls-auth-clients", "no".to_owned()),
            ];
            settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]).collect()
        };
        Self::start_at(settings, "rediss", "localhost").await
    }

    async fn start_at(
        settings: impl FnOnce(u16, &Path) -> Vec<String>,
        scheme: &'static str,
        host: &'static str,
    ) -> Option<Self> {
        let Some(server) = find("redis-server") else {
            missing("redis-server", "redis-server");
            return None;
        };
        let folder = tempfile::tempdir().expect("a temporary folder");
        let port = free_port();
        let mut command = vec![server.display().to_string()];
        command.extend(settings(port, folder.path()));
        command.extend(common(folder.path()));
        let mut server = Self { process: Process::new(command, folder), port, scheme, host };
        server.start_again().await;
        Some(server)
    }

    /// Its address, with the password. Of one that is encrypted, with its authority.
    #[must_use]
    pub fn url(&self) -> String {
        let Self { scheme, host, port, .. } = self;
        let query = match self.certificate() {
            Some(file) => format!("?ssl_ca_certs={}", file.display()),
            None => String::new(),
        };
        format!("{scheme}://:{PASSWORD}@{host}:{port}/0{query}")
    }

    /// The authority's certificate, of a server that is encrypted.
    #[must_use]
    pub fn certificate(&self) -> Option<PathBuf> {
        authority(self.process.folder())
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

/// The settings of every server.
pub(super) fn common(folder: &Path) -> Vec<String> {
    let folder = folder.display().to_string();
    let settings = [
        ("--bind", "127.0.0.1"),
        ("--requirepass", PASSWORD),
        ("--masterauth", PASSWORD),
        ("--dir", &folder),
        ("--save", ""),
        ("--appendonly", "yes"),
        ("--appendfsync", "no"),
    ];
    settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value.to_owned()]).collect()
}
