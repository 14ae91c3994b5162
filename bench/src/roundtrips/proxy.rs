//! Passes bytes on, both ways, and counts what passes.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use crate::Outcome;

/// Reads what a client sends.
pub trait Reader: Send + 'static {
    /// The statements that these bytes ask to be run, whatever came before them.
    fn read(&mut self, bytes: &[u8]) -> Vec<String>;
}

/// What has passed.
#[derive(Default)]
pub struct Counts {
    /// How often the client sent something after it had an answer, or for the first time: what
    /// it sends at once, and need not wait for, is one turn.
    pub turns: usize,
    /// The statements, and how often each was asked.
    pub asked: BTreeMap<String, usize>,
}

impl Counts {
    pub fn add(&mut self, other: Self) {
        self.turns += other.turns;
        for (statement, times) in other.asked {
            *self.asked.entry(statement).or_default() += times;
        }
    }
}

/// Stands before a server.
pub struct Proxy {
    pub address: SocketAddr,
    counts: Arc<Mutex<Counts>>,
}

impl Proxy {
    pub fn before<R: Reader>(
        server: SocketAddr,
        reader: impl Fn() -> R + Send + 'static,
    ) -> Outcome<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let counts = Arc::new(Mutex::new(Counts::default()));
        let proxy = Self { address, counts: Arc::clone(&counts) };
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = TcpStream::connect(server) else { continue };
                let _ = stand_between(client, server, reader(), Arc::clone(&counts));
            }
        });
        Ok(proxy)
    }

    /// What has passed since this was last asked.
    pub fn take(&self) -> Counts {
        std::mem::take(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn stand_between<R: Reader>(
    client: TcpStream,
    server: TcpStream,
    mut reader: R,
    counts: Arc<Mutex<Counts>>,
) -> Outcome {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let (to_client, to_server) = (client.try_clone()?, server.try_clone()?);
    let is_answered = Arc::new(AtomicBool::new(true));
    let answered = Arc::clone(&is_answered);
    thread::spawn(move || {
        pass(client, to_server, |bytes| {
            let statements = reader.read(bytes);
            let mut counts = counts.lock().unwrap_or_else(PoisonError::into_inner);
            counts.turns += usize::from(is_answered.swap(false, Ordering::Relaxed));
            for statement in statements {
                *counts.asked.entry(statement).or_default() += 1;
            }
        });
    });
    thread::spawn(move || pass(server, to_client, |_| answered.store(true, Ordering::Relaxed)));
    Ok(())
}

/// Passes on what comes, after it was looked at.
fn pass(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut bytes = [0; 64 * 1024];
    loop {
        match from.read(&mut bytes) {
            Ok(0) | Err(_) => break,
            Ok(length) => {
                look(&bytes[..length]);
                if to.write_all(&bytes[..length]).is_err() {
                    break;
                }
            }
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
