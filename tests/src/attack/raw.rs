use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::thread;
use std::time::Duration;

use serde_json::Value;

/// Far longer than any answer takes; a server that is silent for so long hangs.
const PATIENCE: Duration = Duration::from_secs(20);

/// What came back over a socket.
#[derive(Debug, Clone)]
pub struct Reply {
    /// The status.
    pub status: u16,
    /// The status line and the headers.
    pub head: String,
    /// What came after them.
    pub body: Vec<u8>,
}

impl Reply {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let status = head.split(' ').nth(1)?.parse().ok()?;
        Some(Self { status, head, body: bytes[end + 4..].to_vec() })
    }

    /// The body as JSON; null if it is none.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header, by its name in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().skip(1).find_map(|line| {
            let (found, value) = line.split_once(':')?;
            found.eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }
}

/// Sends `request` as it is, and reads until the server closes the connection. `None` if it
/// closed without an answer.
///
/// # Panics
///
/// If the server neither answers nor closes.
#[must_use]
pub fn exchange(address: SocketAddr, request: &[u8]) -> Option<Reply> {
    talk(address, request, false)
}

/// As [`exchange`], but ends its own half of the connection after the last byte.
#[must_use]
pub fn hang_up(address: SocketAddr, request: &[u8]) -> Option<Reply> {
    talk(address, request, true)
}

fn talk(address: SocketAddr, request: &[u8], hang_up: bool) -> Option<Reply> {
    let mut socket = TcpStream::connect(address).expect("the server listens");
    socket.set_read_timeout(Some(PATIENCE)).expect("a timeout");
    socket.set_write_timeout(Some(PATIENCE)).expect("a timeout");
    let mut received = Vec::new();
    thread::scope(|scope| {
        let mut writer = socket.try_clone().expect("a second handle");
        // The server may answer and close before it has read everything.
        scope.spawn(move || {
            if writer.write_all(request).is_ok() && hang_up {
                let _ = writer.shutdown(Shutdown::Write);
            }
        });
        let mut chunk = [0; 16 * 1024];
        loop {
            match socket.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => received.extend_from_slice(&chunk[..length]),
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {
                    let shown = String::from_utf8_lossy(&request[..request.len().min(300)]);
                    panic!("the server neither answered nor closed: {shown}");
                }
                // Reset, because it closed with bytes unread.
                Err(_) => break,
            }
        }
        let _ = socket.shutdown(Shutdown::Both);
    });
    Reply::parse(&received)
}

/// A request with a body, whole and well framed; `headers` are lines that end in CRLF.
#[must_use]
pub fn post(path: &str, headers: &[u8], body: &[u8]) -> Vec<u8> {
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    [head.as_bytes(), headers, b"\r\n", body].concat()
}
