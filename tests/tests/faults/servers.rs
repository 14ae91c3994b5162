//! The servers of one application, one of which goes wrong.

use crudauth_tests::support::servers::{Process, RedisServer};

use crate::cast::Told;
use crate::engine::Engine;

/// One of the servers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Which {
    /// That of the users, and of all the rest where there is no other.
    Database,
    /// That of what expires.
    Redis,
}

pub(crate) struct Servers {
    pub(crate) engine: Engine,
    redis: Option<RedisServer>,
}

impl Servers {
    /// One that has everything.
    pub(crate) fn of(engine: Engine) -> Self {
        Self { engine, redis: None }
    }

    /// PostgreSQL and Redis; `None` where one is not installed, which is said loudly.
    pub(crate) async fn with_redis() -> Option<Self> {
        let engine = Engine::postgres().await?;
        Some(Self { engine, redis: Some(RedisServer::start().await?) })
    }

    pub(crate) fn redis_url(&self) -> Option<String> {
        self.redis.as_ref().map(RedisServer::url)
    }

    pub(crate) fn all(&self) -> Vec<Which> {
        match self.redis {
            Some(_) => vec![Which::Database, Which::Redis],
            None => vec![Which::Database],
        }
    }

    pub(crate) fn process(&mut self, which: Which) -> &mut Process {
        match which {
            Which::Database => self.engine.process(),
            Which::Redis => &mut self.redis().process,
        }
    }

    pub(crate) async fn start_again(&mut self, which: Which) {
        match which {
            Which::Database => self.engine.start_again().await,
            Which::Redis => self.redis().start_again().await,
        }
    }

    /// Cuts every connection of the application to it.
    pub(crate) async fn cut_all(&mut self, which: Which) {
        match which {
            Which::Database => self.engine.beside().await.cut_all().await,
            Which::Redis => {
                let client = redis::Client::open(self.redis().url()).expect("an address");
                let mut admin = client.get_multiplexed_async_connection().await.expect("connect");
                let mut kill = redis::cmd("CLIENT");
                kill.arg(&["KILL", "TYPE", "normal", "SKIPME", "yes"]);
                kill.exec_async(&mut admin).await.expect("kill");
            }
        }
    }

    /// What everybody was told while a server was away.
    pub(crate) fn holds(&self, which: Which, told: &[Told]) {
        let goes_on: &[&str] = match which {
            // These ask for nothing of the users.
            Which::Database if self.redis.is_some() => &["a logout", "a session that has ended"],
            Which::Database => &[],
            // These ask for nothing else; that a reset ends the sessions is in the user's row.
            Which::Redis => &["an access token", "a reset"],
        };
        for told in told {
            if goes_on.contains(&told.what) {
                told.is_honest();
            } else {
                told.is_unavailable();
            }
        }
    }

    fn redis(&mut self) -> &mut RedisServer {
        self.redis.as_mut().expect("there is one")
    }
}
