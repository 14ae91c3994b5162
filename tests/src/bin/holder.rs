//! The process that `engines` kills while it has a server: prints the server's address, and waits.

use std::io::{Write, stdout};

use crudauth_tests::support::servers::RedisServer;

#[tokio::main]
async fn main() -> std::io::Result<()> {
    let server = RedisServer::start().await;
    writeln!(stdout(), "{}", server.as_ref().map_or_else(String::new, RedisServer::url))?;
    stdout().flush()?;
    // Bounded, should nobody kill it.
    tokio::time::sleep(std::time::Duration::from_secs(120)).await;
    Ok(())
}
