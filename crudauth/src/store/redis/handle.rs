//! The handle on a server.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use redis::io::tcp::TcpSettings;
use redis::{Client, Cmd, ConnectionAddr, FromRedisValue, IntoConnectionInfo, RedisResult};
use tokio::time::timeout;

use super::RedisState;
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::remote::{check, place};
use crate::store::{ConnectError, OpenState, OpeningState, StateStore, StoreError};

/// How long one command may take, and how long a new connection.
const LIMIT: Duration = Duration::from_secs(2);

/// How long an operation may take in all: a connection that has to be made anew, and a command.
const OPERATION: Duration = Duration::from_secs(5);

/// A handle on one Redis server (6.2 or later) or on what speaks its protocol. Clones are cheap
/// and share one connection, on which commands do not wait for each other.
///
/// A command may take 2 seconds, an operation 5 with all its waits; a connection that is lost is
/// made anew by itself. The address is `redis://user:password@host:6379/0`, or
/// `redis+unix:///path/to/socket`. TLS (`rediss`) is not supported: let Redis listen on a private
/// network, or behind a tunnel.
///
/// What crudauth keeps must not be evicted: a counter of failed logins that vanishes is a lock
/// that is lifted. A server with a memory limit needs `maxmemory-policy noeviction`, without which
/// it is refused. What survives a restart is for Redis's own settings to say; `appendonly yes`
/// with `appendfsync always` keeps what was acknowledged.
///
/// ```no_run
/// use crudauth::store::redis::Redis;
///
/// # async fn open() -> Result<(), crudauth::store::ConnectError> {
/// let redis = Redis::connect("redis://:secret@cache.internal/0").await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Redis {
    connection: ConnectionManager,
    place: Arc<str>,
    prefix: Arc<str>,
}

impl Redis {
    /// Connects to the server at `url`.
    ///
    /// # Errors
    ///
    /// [`ConnectError`], which names the place and what to do.
    pub async fn connect(url: &str) -> Result<Self, ConnectError> {
        let place = place(url);
        let fix = "give an address as in `redis://:password@host:6379/0`";
        if url.starts_with("rediss:") {
            let fix = "use `redis://` over a private network or a tunnel";
            return Err(ConnectError::new(&place, "TLS to Redis is not supported", fix));
        }
        check(url)?;
        let info = url.into_connection_info();
        // The driver's own text may quote the address.
        let info = info.map_err(|_| ConnectError::new(&place, "this is no address", fix))?;
        let is_tcp = matches!(info.addr(), ConnectionAddr::Tcp(..));
        let info = if is_tcp { info.set_tcp_settings(tcp_settings()) } else { info };
        let fix = "start Redis, or correct the address";
        let failed = |cause| ConnectError::new(&place, cause, fix);
        let client = Client::open(info).map_err(|cause| failed(cause.to_string()))?;
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(LIMIT))
            .set_response_timeout(Some(LIMIT))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(500));
        let connecting = ConnectionManager::new_with_config(client, config);
        let connection = timeout(OPERATION, connecting)
            .await
            .map_err(|_| failed("no connection in time".to_owned()))?
            .map_err(|cause| failed(cause.to_string()))?;
        Ok(Self { connection, place: place.into(), prefix: "crudauth:".into() })
    }

    /// What all keys begin with, so that several applications can share a server. Default:
    /// `crudauth:`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The name on the server of what crudauth calls `key`, among things of one `kind`.
    pub(super) fn name(&self, kind: char, key: &str) -> String {
        format!("{}{kind}:{key}", self.prefix)
    }

    /// Runs `operation` on the shared connection, within a bounded time.
    pub(super) async fn run<T, F, Fut>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(ConnectionManager) -> Fut,
        Fut: Future<Output = RedisResult<T>>,
    {
        match timeout(OPERATION, operation(self.connection.clone())).await {
            Ok(answer) => answer.map_err(StoreError::new),
            Err(_) => Err(StoreError::new("Redis gave no answer in time")),
        }
    }

    /// Asks for something, and asks once more if the connection turns out to be lost: a question
    /// does no harm twice.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, StoreError> {
        let ask = async |mut connection: ConnectionManager| match question
            .query_async(&mut connection)
            .await
        {
            Err(error) if error.is_unrecoverable_error() => {
                question.query_async(&mut connection).await
            }
            answer => answer,
        };
        self.run(ask).await
    }

    /// Refuses a server that throws away what it still needs when its memory is full.
    async fn check_eviction(&self) -> Result<(), StartupError> {
        let memory = match self.ask::<String>(redis::cmd("INFO").arg("memory")).await {
            Ok(memory) => memory,
            Err(cause) => {
                tracing::warn!(%cause, "Redis does not say whether it evicts: make sure that it does not");
                return Ok(());
            }
        };
        match evicts(&memory) {
            None => Ok(()),
            Some(policy) => Err(StartupError::setting(format!(
                "Redis at {} has a memory limit and the policy `{policy}`, so that it could throw \
                 away sessions and counts of failed logins: run `CONFIG SET maxmemory-policy \
                 noeviction`, and put it into its configuration",
                self.place
            ))),
        }
    }
}

/// The policy by which the server evicts, if its memory is limited.
fn evicts(memory: &str) -> Option<&str> {
    let value = |name: &str| {
        memory.lines().find_map(|line| line.trim().strip_prefix(name)?.strip_prefix(':'))
    };
    let is_limited = value("maxmemory").is_some_and(|limit| limit != "0");
    value("maxmemory_policy").filter(|policy| is_limited && *policy != "noeviction")
}

/// A server that is gone without a word is noticed within seconds, not after the system's quarter
/// of an hour.
fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let settings = settings.set_user_timeout(OPERATION);
    settings
}

/// Where it is: the address without user, password and settings.
impl fmt::Display for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.place)
    }
}

impl fmt::Debug for Redis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Redis").field(&self.place).finish()
    }
}

impl OpenState for Redis {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            self.check_eviction().await?;
            let state: Arc<dyn StateStore> = Arc::new(RedisState::new(self, clock));
            Ok(state)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::evicts;

    #[test]
    fn a_limit_with_another_policy_than_noeviction_evicts() {
        let info = |limit, policy| {
            format!("# Memory\r\nmaxmemory:{limit}\r\nmaxmemory_policy:{policy}\r\n")
        };
        assert_eq!(evicts(&info(0, "allkeys-lru")), None);
        assert_eq!(evicts(&info(1 << 30, "noeviction")), None);
        assert_eq!(evicts(&info(1 << 30, "volatile-lru")), Some("volatile-lru"));
        assert_eq!(evicts(""), None);
    }
}
