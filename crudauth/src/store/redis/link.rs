//! The connection to a server or to a cluster.

use std::time::Duration;

use redis::aio::{ConnectionLike, ConnectionManager, ConnectionManagerConfig};
use redis::cluster::ClusterClientBuilder;
use redis::cluster_async::ClusterConnection;
use redis::io::tcp::TcpSettings;
use redis::{
    Client, Cmd, ConnectionAddr, ConnectionInfo, FromRedisValue, IntoConnectionInfo, Pipeline,
    RedisFuture, RedisResult, TlsCertificates, Value,
};

use super::handle::{LIMIT, OPERATION};
use crate::store::remote::{Query, name_provider};

/// What is wrong with an address, and the way out.
pub(super) type Refusal = (String, &'static str);

/// One connection that commands share.
#[derive(Clone)]
pub(super) enum Link {
    Server(ConnectionManager),
    Cluster(ClusterConnection),
}

/// Where to connect, and whom to trust.
pub(super) struct Address {
    info: ConnectionInfo,
    authorities: Option<Vec<u8>>,
}

impl Address {
    pub(super) fn of(url: &str) -> Result<Self, Refusal> {
        let fix = "give an address as in `redis://:password@host:6379/0`, or `rediss://` for TLS";
        let mut query = Query::new(url);
        let file = query.take("ssl_ca_certs");
        // The driver's own text may quote the address.
        let info = query.into_url().into_connection_info();
        let info = info.map_err(|_| ("this is no address".to_owned(), fix))?;
        let is_tls = matches!(info.addr(), ConnectionAddr::TcpTls { .. });
        let authorities = match file {
            Some(_) if !is_tls => {
                let cause = "`ssl_ca_certs` is for `rediss://` alone";
                return Err((cause.to_owned(), "use `rediss://`, or leave it out"));
            }
            Some(file) => Some(std::fs::read(&file).map_err(|cause| {
                let fix = "let `ssl_ca_certs` name a PEM file with the authority's certificate";
                (format!("`{file}`: {cause}"), fix)
            })?),
            None => None,
        };
        if is_tls {
            name_provider();
        }
        let is_tcp = is_tls || matches!(info.addr(), ConnectionAddr::Tcp(..));
        let info = if is_tcp { info.set_tcp_settings(tcp_settings()) } else { info };
        Ok(Self { info, authorities })
    }

    fn certificates(&self) -> Option<TlsCertificates> {
        let root_cert = Some(self.authorities.clone()?);
        Some(TlsCertificates { client_tls: None, root_cert })
    }

    /// Connects, to the whole cluster if the server is part of one.
    pub(super) async fn connect(self) -> RedisResult<Link> {
        let client = match self.certificates() {
            Some(certificates) => Client::build_with_tls(self.info.clone(), certificates)?,
            None => Client::open(self.info.clone())?,
        };
        let config = ConnectionManagerConfig::new()
            .set_connection_timeout(Some(LIMIT))
            .set_response_timeout(Some(LIMIT))
            .set_number_of_retries(1)
            .set_max_delay(Duration::from_millis(500));
        let mut server = ConnectionManager::new_with_config(client, config).await?;
        // Who may not ask is told of a cluster by the first command.
        let said: RedisResult<String> =
            redis::cmd("INFO").arg("cluster").query_async(&mut server).await;
        if !said.is_ok_and(|said| said.contains("cluster_enabled:1")) {
            return Ok(Link::Server(server));
        }
        let mut builder = ClusterClientBuilder::new([self.info.clone()])
            .connection_timeout(LIMIT)
            .response_timeout(LIMIT)
            .retries(3)
            .tcp_settings(tcp_settings());
        if let Some(certificates) = self.certificates() {
            builder = builder.certs(certificates);
        }
        Ok(Link::Cluster(builder.build()?.get_async_connection().await?))
    }
}

impl Link {
    /// What `INFO section` says, of each node.
    pub(super) async fn info(mut self, section: &str) -> RedisResult<Vec<String>> {
        let said: Value = redis::cmd("INFO").arg(section).query_async(&mut self).await?;
        match said {
            Value::Map(nodes) => {
                let said = nodes.into_iter().map(|(_, said)| String::from_redis_value(said));
                Ok(said.collect::<Result<_, _>>()?)
            }
            said => Ok(vec![String::from_redis_value(said)?]),
        }
    }
}

impl ConnectionLike for Link {
    fn req_packed_command<'a>(&'a mut self, cmd: &'a Cmd) -> RedisFuture<'a, Value> {
        match self {
            Self::Server(server) => server.req_packed_command(cmd),
            Self::Cluster(cluster) => cluster.req_packed_command(cmd),
        }
    }

    fn req_packed_commands<'a>(
        &'a mut self,
        pipeline: &'a Pipeline,
        offset: usize,
        count: usize,
    ) -> RedisFuture<'a, Vec<Value>> {
        match self {
            Self::Server(server) => server.req_packed_commands(pipeline, offset, count),
            Self::Cluster(cluster) => cluster.req_packed_commands(pipeline, offset, count),
        }
    }

    fn get_db(&self) -> i64 {
        match self {
            Self::Server(server) => server.get_db(),
            Self::Cluster(cluster) => cluster.get_db(),
        }
    }
}

/// A server that is gone without a word is noticed within seconds, not after the system's quarter
/// of an hour.
fn tcp_settings() -> TcpSettings {
    let settings = TcpSettings::default().set_nodelay(true);
    #[cfg(any(target_os = "android", target_os = "linux"))]
    let settings = settings.set_user_timeout(OPERATION);
    settings
}
