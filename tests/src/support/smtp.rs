//! A small mail server (RFC 5321) that can be slow, refuse, hang, and go away.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio::task::{JoinHandle, JoinSet};
use tokio_rustls::TlsAcceptor;

/// A mail server on a loopback port. It goes away, with all its connections, when it is dropped.
#[derive(Debug)]
pub struct SmtpServer {
    /// Where it listens.
    pub address: SocketAddr,
    shared: Arc<Shared>,
    task: JoinHandle<()>,
}

#[derive(Debug)]
struct Shared {
    manner: Mutex<Manner>,
    mails: Mutex<Vec<Mail>>,
    connections: Mutex<usize>,
    arrived: Notify,
}

/// How the server treats its clients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// It takes every mail.
    Accepting,
    /// It takes every mail, and this long for every answer.
    Slow(Duration),
    /// It answers this to the command that begins with these letters; `""` is the greeting.
    Refusing(&'static str, &'static str),
    /// It takes connections and says nothing.
    Hanging,
}

/// How the server encrypts.
#[derive(Clone)]
pub enum Encryption {
    /// Not at all.
    None,
    /// From the first byte.
    Implicit(TlsAcceptor),
    /// After STARTTLS, without which it takes no mail.
    StartTls(TlsAcceptor),
}

/// A mail that was taken.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The sender of the envelope.
    pub from: String,
    /// The recipients of the envelope.
    pub to: Vec<String>,
    /// The head and the body, as they were sent.
    pub data: String,
}

impl SmtpServer {
    /// Starts on a free port.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn start() -> Self {
        Self::start_on(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// Starts on a free port, and encrypts.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub async fn start_with(encryption: Encryption) -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0)), encryption).await
    }

    /// Starts on a given port, such as that of a server which went away.
    ///
    /// # Panics
    ///
    /// If the port is taken.
    pub async fn start_on(address: SocketAddr) -> Self {
        Self::start_at(address, Encryption::None).await
    }

    async fn start_at(address: SocketAddr, encryption: Encryption) -> Self {
        let listener = TcpListener::bind(address).await.expect("a free port");
        Self::start_from(listener, encryption)
    }

    /// Starts with a port of the caller's, which was kept from others while nobody listened.
    ///
    /// # Panics
    ///
    /// If it is none.
    pub fn start_from(listener: TcpListener, encryption: Encryption) -> Self {
        let address = listener.local_addr().expect("an address");
        let shared = Arc::new(Shared {
            manner: Mutex::new(Manner::Accepting),
            mails: Mutex::default(),
            connections: Mutex::default(),
            arrived: Notify::new(),
        });
        let task = tokio::spawn(listen(listener, encryption, Arc::clone(&shared)));
        Self { address, shared, task }
    }

    /// Treats clients like this from the next command on.
    ///
    /// # Panics
    ///
    /// If a connection has panicked.
    pub fn behave(&self, manner: Manner) {
        *self.shared.manner.lock().expect("no panic") = manner;
    }

    /// The mails so far.
    ///
    /// # Panics
    ///
    /// If a connection has panicked.
    #[must_use]
    pub fn mails(&self) -> Vec<Mail> {
        self.shared.mails.lock().expect("no panic").clone()
    }

    /// How many connections there have been.
    ///
    /// # Panics
    ///
    /// If a connection has panicked.
    #[must_use]
    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().expect("no panic")
    }

    /// Waits until there are `count` mails.
    ///
    /// # Panics
    ///
    /// If there are fewer after ten seconds.
    pub async fn wait_for(&self, count: usize) -> Vec<Mail> {
        let arrived = async {
            loop {
                let next = self.shared.arrived.notified();
                let mails = self.mails();
                if mails.len() >= count {
                    return mails;
                }
                next.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), arrived).await.expect("the mails arrive")
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn listen(listener: TcpListener, encryption: Encryption, shared: Arc<Shared>) {
    // The connections end with this task.
    let mut connections = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        *shared.connections.lock().expect("no panic") += 1;
        connections.spawn(converse(stream, encryption.clone(), Arc::clone(&shared)));
    }
}

async fn converse(
    stream: TcpStream,
    encryption: Encryption,
    shared: Arc<Shared>,
) -> io::Result<()> {
    match encryption {
        Encryption::None => serve(&mut BufReader::new(stream), true, &shared).await,
        Encryption::Implicit(tls) => {
            let stream = tls.accept(stream).await?;
            serve(&mut BufReader::new(stream), true, &shared).await
        }
        Encryption::StartTls(tls) => {
            let mut client = BufReader::new(stream);
            shared.answer(&mut client, "", "220 test").await?;
            loop {
                let mut line = String::new();
                if client.read_line(&mut line).await? == 0 {
                    return Ok(());
                }
                let reply = match line.trim_end() {
                    "STARTTLS" => break,
                    ehlo if ehlo.starts_with("EHLO") => "250-test\r\n250 STARTTLS",
                    _ => "530 5.7.0 STARTTLS first",
                };
                client.write_all(format!("{reply}\r\n").as_bytes()).await?;
            }
            client.write_all(b"220 go ahead\r\n").await?;
            let stream = tls.accept(client.into_inner()).await?;
            serve(&mut BufReader::new(stream), false, &shared).await
        }
    }
}

/// A conversation, in plain text or within TLS, which may have been greeted already.
async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    client: &mut BufReader<S>,
    greets: bool,
    shared: &Shared,
) -> io::Result<()> {
    if greets && !shared.answer(client, "", "220 test").await? {
        return Ok(());
    }
    let mut mail = Mail { from: String::new(), to: Vec::new(), data: String::new() };
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let line = line.trim_end();
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let usual = match verb.as_str() {
            "EHLO" => "250-test\r\n250-8BITMIME\r\n250-AUTH PLAIN\r\n250 SMTPUTF8",
            "AUTH" => "235 welcome",
            "DATA" => "354 go ahead",
            "QUIT" => "221 bye",
            "MAIL" | "RCPT" | "RSET" | "NOOP" => "250 ok",
            _ => "502 what?",
        };
        if !shared.answer(client, &verb, usual).await? {
            continue;
        }
        match verb.as_str() {
            "MAIL" => mail.from = bracketed(line),
            "RCPT" => mail.to.push(bracketed(line)),
            "DATA" => {
                mail.data = read_data(client).await?;
                if shared.answer(client, ".", "250 taken").await? {
                    shared.mails.lock().expect("no panic").push(mail.clone());
                    shared.arrived.notify_waiters();
                }
                mail.to.clear();
            }
            "QUIT" => return Ok(()),
            _ => {}
        }
    }
}

impl Shared {
    /// Answers as the manner is; whether it was the usual answer.
    async fn answer<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        client: &mut BufReader<S>,
        to: &str,
        usual: &str,
    ) -> io::Result<bool> {
        let manner = *self.manner.lock().expect("no panic");
        let reply = match manner {
            Manner::Refusing(verb, reply) if verb == to => reply,
            Manner::Hanging => std::future::pending().await,
            Manner::Slow(pause) => {
                tokio::time::sleep(pause).await;
                usual
            }
            _ => usual,
        };
        client.write_all(format!("{reply}\r\n").as_bytes()).await?;
        Ok(reply == usual)
    }
}

async fn read_data<S: AsyncRead + Unpin>(client: &mut BufReader<S>) -> io::Result<String> {
    let mut data = String::new();
    loop {
        let mut line = String::new();
        if client.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        if line == ".\r\n" {
            return Ok(data);
        }
        data.push_str(line.strip_prefix('.').unwrap_or(&line));
    }
}

fn bracketed(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
    inside.map_or_else(String::new, |(address, _)| address.to_owned())
}
