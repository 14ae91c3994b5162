use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// A connection that is kept, on a thread that does nothing else: little of what it measures is
/// its own.
pub(super) struct Wire {
    socket: TcpStream,
    buffer: Vec<u8>,
}

impl Wire {
    pub(super) fn to(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).expect("the server listens");
        socket.set_nodelay(true).expect("a socket");
        socket.set_read_timeout(Some(Duration::from_secs(20))).expect("a time-out");
        Self { socket, buffer: vec![0; 16 * 1024] }
    }

    /// From the first byte of `request` to the last of the answer, which must have this `status`.
    pub(super) fn time(&mut self, request: &[u8], status: &str) -> Duration {
        let start = Instant::now();
        self.socket.write_all(request).expect("the server reads");
        let mut read = 0;
        while !is_whole(&self.buffer[..read]) {
            let more = self.socket.read(&mut self.buffer[read..]).expect("the server answers");
            assert!(more > 0, "the server hung up");
            read += more;
        }
        let duration = start.elapsed();
        let answer = String::from_utf8_lossy(&self.buffer[..read]);
        assert_eq!(answer.get(9..12), Some(status), "{answer}");
        duration
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let Some(head) = answer.windows(4).position(|window| window == b"\r\n\r\n") else {
        return false;
    };
    let text = String::from_utf8_lossy(&answer[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: "));
    let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
    answer.len() >= head + 4 + length
}
