//! Load that costs little: many connections on one thread, each with one request at a time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Outcome;
use crate::client::me;
use crate::line_up::Proof;

/// How many requests are answered a second over so many connections.
pub fn rate(
    address: SocketAddr,
    proof: &Proof,
    connections: usize,
    time: Duration,
) -> Outcome<f64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().build()?;
    let request: &'static [u8] = me(proof).leak();
    runtime.block_on(async {
        let (start, mut clients) = (Instant::now(), JoinSet::new());
        for _ in 0..connections {
            clients.spawn(ask(address, request, start + time));
        }
        let mut done = 0;
        while let Some(count) = clients.join_next().await {
            done += count??;
        }
        Ok(done as f64 / start.elapsed().as_secs_f64())
    })
}

/// Sends the request until the time is over. Returns how often.
async fn ask(address: SocketAddr, request: &[u8], end: Instant) -> Outcome<usize> {
    let mut connection = TcpStream::connect(address).await?;
    connection.set_nodelay(true)?;
    let mut answer = [0; 2048];
    let mut done = 0;
    // All answers are as long as the first.
    let mut length = None;
    while Instant::now() < end {
        connection.write_all(request).await?;
        let mut filled = 0;
        while length.is_none_or(|length| filled < length) {
            match connection.read(&mut answer[filled..]).await? {
                0 => return Err("a connection was closed".into()),
                more => filled += more,
            }
            length = length.or_else(|| length_of(&answer[..filled]));
        }
        if !answer.starts_with(b"HTTP/1.1 200 ") || Some(filled) != length {
            return Err(format!("answered {}", String::from_utf8_lossy(&answer[..filled])).into());
        }
        done += 1;
    }
    Ok(done)
}

/// The length of an answer, once its head is there.
fn length_of(answer: &[u8]) -> Option<usize> {
    let text = str::from_utf8(answer).ok()?;
    let (head, _) = text.split_once("\r\n\r\n")?;
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "))?;
    Some(head.len() + 4 + length.parse::<usize>().ok()?)
}
