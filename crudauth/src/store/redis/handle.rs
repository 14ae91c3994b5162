//! The handle on a server.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use redis::{Cmd, ErrorKind, FromRedisValue, RedisError, RedisResult};
use tokio::time::timeout;

use super::RedisState;
use super::link::{Address, Link};
use crate::chain::chain;
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::remote::{check, place};
use crate::store::{
    ConnectError, OpenState, OpeningState, Place, StateStore, StoreError, StoreErrorKind,
};

/// How long one command may take, and how long a new connection.
pub(super) const LIMIT: Duration = Duration::from_secs(2);

/// How long an operation may take in all: a connection that has to be made anew, and a command.
pub(super) const OPERATION: Duration = Duration::from_secs(5);

/// A handle on one Redis server (6.2 or later) or on what speaks its protocol. Clones are cheap
/// and share one connection, on which commands do not wait for each other.
///
/// A command may take 2 seconds, an operation 5 with all its waits; a connection that is lost is
/// made anew by itself. The address is `redis://user:password@host:6379/0`, or
/// `redis+unix:///path/to/socket`.
///
/// With `rediss://` the connection is encrypted by TLS, and the certificate must be valid and for that
/// host. The authorities are those of the system, or those of the PEM file that
/// `?ssl_ca_certs=/path` names.
///
/// A server that is part of a Redis Cluster leads to the whole cluster. All keys then have one hash
/// tag, `{crudauth:}`, since several of them change at once: they are kept by one of its primaries,
/// which others replace when it fails.
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
    connection: Link,
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
        let failed = |cause, fix| ConnectError::new(&place, cause, fix);
        if url.ends_with("#insecure") {
            let fix = "leave it out, and name the authority by `ssl_ca_certs`";
            let cause = "`#insecure` would trust whoever is in the middle".to_owned();
            return Err(failed(cause, fix));
        }
        check(url)?;
        let address = Address::of(url).map_err(|(cause, fix)| failed(cause, fix))?;
        let fix = "start Redis, or correct the address";
        let connection = timeout(OPERATION, address.connect())
            .await
            .map_err(|_| failed("no connection in time".to_owned(), fix))?
            .map_err(|cause| failed(cause.to_string(), fix))?;
        Ok(Self { connection, place: place.into(), prefix: "crudauth:".into() })
    }

    /// What all keys begin with (on a cluster in braces, as their hash tag), so that several applications can share a server. Default:
    /// `crudauth:`.
    #[must_use]
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// The name on the server of what crudauth calls `key`, among things of one `kind`.
    pub(super) fn name(&self, kind: char, key: &str) -> String {
        match self.connection {
            Link::Server(_) => format!("{}{kind}:{key}", self.prefix),
            // One hash tag for all, since scripts and batches have several keys.
            Link::Cluster(_) => format!("{{{}}}{kind}:{key}", self.prefix),
        }
    }

    /// Runs `operation` on the shared connection, within a bounded time.
    pub(super) async fn run<T, F, Fut>(&self, operation: F) -> Result<T, StoreError>
    where
        F: FnOnce(Link) -> Fut,
        Fut: Future<Output = RedisResult<T>>,
    {
        match timeout(OPERATION, operation(self.connection.clone())).await {
            Ok(answer) => answer.map_err(|error| StoreError::of_kind(kind(&error), error)),
            Err(_) => Err(StoreError::new("Redis gave no answer in time")),
        }
    }

    /// Asks for something, and asks once more if the connection turns out to be lost: a question
    /// does no harm twice.
    pub(super) async fn ask<T: FromRedisValue>(&self, question: &Cmd) -> Result<T, StoreError> {
        let ask = async |mut connection: Link| match question.query_async(&mut connection).await {
            Err(error) if error.is_unrecoverable_error() => {
                question.query_async(&mut connection).await
            }
            answer => answer,
        };
        self.run(ask).await
    }

    /// Refuses a server that throws away what it still needs when its memory is full.
    async fn check_eviction(&self) -> Result<(), StartupError> {
        let memory = match self.run(|link| link.info("memory")).await {
            Ok(memory) => memory,
            Err(cause) => {
                tracing::warn!(
                    cause = chain(&cause),
                    "Redis does not say whether it evicts: make sure that it does not"
                );
                return Ok(());
            }
        };
        match memory.iter().find_map(|memory| evicts(memory)) {
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

/// What an error of Redis means.
fn kind(error: &RedisError) -> StoreErrorKind {
    // Rights that are missing, keys that something else has written, a command that is not there.
    let broken = ["CROSSSLOT", "ERR", "NOAUTH", "NOPERM", "WRONGPASS", "WRONGTYPE"];
    let is_ours = matches!(error.kind(), ErrorKind::UnexpectedReturnType);
    match is_ours || error.code().is_some_and(|code| broken.contains(&code)) {
        true => StoreErrorKind::Broken,
        false => StoreErrorKind::Unavailable,
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

/// Its connection closes with the last handle.
impl Place for Redis {}

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
