use std::time::Instant;

use super::redis::{PASSWORD, common};
use super::watched::{Process, log_of};
use super::{START, find, free_port, missing, until_ready};

/// How many hash slots a cluster has.
const SLOTS: u32 = 16_384;

/// A Redis Cluster of three primaries.
#[derive(Debug)]
pub struct RedisCluster {
    nodes: Vec<(Process, u16)>,
}

impl RedisCluster {
    /// A new cluster; `None`, said loudly, where Redis is not installed.
    ///
    /// # Panics
    ///
    /// If it does not start, or is missing where `CI` is set.
    pub async fn start() -> Option<Self> {
        let Some(server) = find("redis-server") else {
            missing("redis-server", "redis-server");
            return None;
        };
        let mut nodes = Vec::new();
        let mut meet: Option<[String; 2]> = None;
        for number in 0..3 {
            let folder = tempfile::tempdir().expect("a temporary folder");
            let (port, bus) = (free_port(), free_port());
            let mut command = vec![server.display().to_string()];
            let settings = [
                ("--port", port.to_string()),
                ("--cluster-enabled", "yes".to_owned()),
                ("--cluster-port", bus.to_string()),
                ("--cluster-config-file", "nodes.conf".to_owned()),
            ];
            command.extend(settings.into_iter().flat_map(|(name, value)| [name.to_owned(), value]));
            command.extend(common(folder.path()));
            let mut process = Process::new(command, folder);
            process.launch();
            let mut admin = admin(&process, port).await;
            let mut run = async |words: &[&str]| {
                let command = redis::cmd("CLUSTER").arg(words).to_owned();
                command.exec_async(&mut admin).await.expect("a command of the cluster");
            };
            let (first, last) = (SLOTS * number / 3, SLOTS * (number + 1) / 3 - 1);
            run(&["ADDSLOTSRANGE", &first.to_string(), &last.to_string()]).await;
            match &meet {
                None => meet = Some([port, bus].map(|number| number.to_string())),
                Some([port, bus]) => run(&["MEET", "127.0.0.1", port, bus]).await,
            }
            nodes.push((process, port));
        }
        let cluster = Self { nodes };
        cluster.agree().await;
        Some(cluster)
    }

    /// The address of one node, with the password.
    #[must_use]
    pub fn url(&self, node: usize) -> String {
        url(self.nodes[node % self.nodes.len()].1)
    }

    /// Waits until every node knows of all.
    async fn agree(&self) {
        let start = Instant::now();
        for (process, port) in &self.nodes {
            let mut admin = admin(process, *port).await;
            loop {
                let said: String =
                    redis::cmd("CLUSTER").arg("INFO").query_async(&mut admin).await.expect("INFO");
                if said.contains("cluster_state:ok") && said.contains("cluster_known_nodes:3") {
                    break;
                }
                assert!(start.elapsed() < START, "the nodes do not agree: {said}");
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
            }
        }
    }
}

fn url(port: u16) -> String {
    format!("redis://:{PASSWORD}@127.0.0.1:{port}/0")
}

async fn admin(process: &Process, port: u16) -> redis::aio::MultiplexedConnection {
    let client = redis::Client::open(url(port)).expect("an address");
    until_ready(&log_of(process.folder()), || client.get_multiplexed_async_connection()).await
}
