//! A client that costs little: one connection, one request at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::Outcome;
use crate::line_up::{Proof, credentials};

/// A connection that is kept alive, and the requests that are sent over it in turn.
pub struct Client {
    connection: BufReader<TcpStream>,
    requests: Vec<Vec<u8>>,
    sent: usize,
    line: String,
    body: Vec<u8>,
}

impl Client {
    /// Sends `GET /me` with `proof`.
    pub fn of_me(address: SocketAddr, proof: &Proof) -> Outcome<Self> {
        Self::new(address, vec![me(proof)])
    }

    /// Sends `GET /me` with each of these cookies in turn.
    pub fn of_sessions(address: SocketAddr, cookies: &[String]) -> Outcome<Self> {
        let with = |cookie: &String| me(&Some(("cookie", cookie.clone())));
        Self::new(address, cookies.iter().map(with).collect())
    }

    /// Signs in as the user of this number, from an address of its own.
    pub fn of_login(address: SocketAddr, number: usize) -> Outcome<Self> {
        let body = credentials(&format!("user{number}"));
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: 10.0.{}.{}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n",
            number / 256,
            number % 256,
            body.len()
        );
        Self::new(address, vec![format!("{head}{body}").into_bytes()])
    }

    /// Sends what [`exchange`](Self::exchange) is given.
    pub fn idle(address: SocketAddr) -> Outcome<Self> {
        Self::new(address, Vec::new())
    }

    fn new(address: SocketAddr, requests: Vec<Vec<u8>>) -> Outcome<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        let connection = BufReader::new(connection);
        Ok(Self { connection, requests, sent: 0, line: String::new(), body: Vec::new() })
    }

    /// Sends the next request, and reads the whole answer. Returns its status.
    pub fn send(&mut self) -> Outcome<u16> {
        let next = self.sent % self.requests.len();
        self.sent += 1;
        self.connection.get_mut().write_all(&self.requests[next])?;
        self.read(|_| {})
    }

    /// Sends `request`, and reads the whole answer. Returns its status and the lines of its headers.
    pub fn exchange(&mut self, request: &[u8]) -> Outcome<(u16, Vec<String>)> {
        self.connection.get_mut().write_all(request)?;
        let mut headers = Vec::new();
        let status = self.read(|line| headers.push(line.to_owned()))?;
        Ok((status, headers))
    }

    fn read(&mut self, mut header: impl FnMut(&str)) -> Outcome<u16> {
        let status = self.line()?.split(' ').nth(1).ok_or("no status")?.parse()?;
        let mut length = 0;
        loop {
            let line = self.line()?;
            if line.is_empty() {
                break;
            }
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.parse()?;
            }
            header(line);
        }
        self.body.resize(length, 0);
        self.connection.read_exact(&mut self.body)?;
        Ok(status)
    }

    /// Sends `times` requests; whatever is not answered with 200 is an error.
    pub fn send_all(&mut self, times: usize) -> Outcome {
        for _ in 0..times {
            match self.send()? {
                200 => {}
                status => return Err(format!("answered with {status}").into()),
            }
        }
        Ok(())
    }

    fn line(&mut self) -> Outcome<&str> {
        self.line.clear();
        self.connection.read_line(&mut self.line)?;
        Ok(self.line.trim_end())
    }
}

/// The request `GET /me` with `proof`.
pub fn me(proof: &Proof) -> Vec<u8> {
    let proof = proof.as_ref().map(|(name, value)| format!("{name}: {value}\r\n"));
    format!("GET /me HTTP/1.1\r\nhost: bench\r\n{}\r\n", proof.unwrap_or_default()).into_bytes()
}
