//! A client that costs little: one connection, one request at a time.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};

use crate::Outcome;
use crate::line_up::{Proof, credentials};

/// A connection that is kept alive, and the request that is sent over it.
pub struct Client {
    connection: BufReader<TcpStream>,
    request: Vec<u8>,
    line: String,
    body: Vec<u8>,
}

impl Client {
    /// Sends `GET /me` with `proof`.
    pub fn of_me(address: SocketAddr, proof: &Proof) -> Outcome<Self> {
        let proof = proof.as_ref().map(|(name, value)| format!("{name}: {value}\r\n"));
        let head = format!("GET /me HTTP/1.1\r\nhost: bench\r\n{}", proof.unwrap_or_default());
        Self::new(address, &head, "")
    }

    /// Signs in as the user of this number, from an address of its own.
    pub fn of_login(address: SocketAddr, number: usize) -> Outcome<Self> {
        let body = credentials(&format!("user{number}"));
        let head = format!(
            "POST /auth/login HTTP/1.1\r\nhost: bench\r\nx-forwarded-for: 10.0.{}.{}\r\n\
             content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n",
            number / 256,
            number % 256,
            body.len()
        );
        Self::new(address, &head, &body)
    }

    fn new(address: SocketAddr, head: &str, body: &str) -> Outcome<Self> {
        let connection = TcpStream::connect(address)?;
        connection.set_nodelay(true)?;
        let request = format!("{head}\r\n{body}").into_bytes();
        let connection = BufReader::new(connection);
        Ok(Self { connection, request, line: String::new(), body: Vec::new() })
    }

    /// Sends the request, and reads the whole answer. Returns its status.
    pub fn send(&mut self) -> Outcome<u16> {
        self.connection.get_mut().write_all(&self.request)?;
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
        }
        self.body.resize(length, 0);
        self.connection.read_exact(&mut self.body)?;
        Ok(status)
    }

    /// Sends the request `times`; whatever is not answered with 200 is an error.
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
