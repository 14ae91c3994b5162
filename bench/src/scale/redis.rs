//! Many sessions in Redis, written as crudauth's script writes them.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, BufWriter, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::ops::RangeInclusive;
use std::time::{SystemTime, UNIX_EPOCH};

use crate::Outcome;
use crate::spread::{hex, spread};

/// How long Redis keeps what nobody reads.
const KEPT_MS: u64 = 48 * 60 * 60 * 1000;

/// Where the id of the user stands in the value of a session, after its length of four bytes.
const USER: usize = 30;

/// Adds a session of each of these users but of `real`, who have one already.
pub fn add_sessions(server: SocketAddr, users: RangeInclusive<u64>, real: &[u64]) -> Outcome {
    let mut redis = Redis::connect(server)?;
    let pattern = redis.a_session_of(real[0])?;
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_millis() as u64;
    let real: HashSet<u64> = real.iter().copied().collect();
    let kept = KEPT_MS.to_string();

    redis.send(&[b"CLIENT", b"REPLY", b"OFF"])?;
    for user in users.filter(|user| !real.contains(user)) {
        let (id, digest) = (user.to_string(), spread(user));
        let (owner, ends) = (format!("session:{id}"), now + KEPT_MS / 2 + user);
        let mut entry = format!("{ends:016}{:016}{owner}", owner.len()).into_bytes();
        entry.extend(&pattern.before);
        entry.extend(u32::try_from(id.len())?.to_le_bytes());
        entry.extend(id.as_bytes());
        entry.extend(&pattern.after);
        let name = format!("crudauth:e:session:{}", hex(&digest));
        let list = format!("crudauth:o:{owner}");
        let note = [b"d", &digest[..], b"session:"].concat();
        redis.send(&[b"SET", name.as_bytes(), &entry, b"PX", kept.as_bytes()])?;
        redis.send(&[b"ZADD", list.as_bytes(), ends.to_string().as_bytes(), &note])?;
        redis.send(&[b"PEXPIRE", list.as_bytes(), kept.as_bytes()])?;
    }
    // The answer comes when all is done.
    redis.send(&[b"CLIENT", b"REPLY", b"ON"])?;
    redis.line().map(|_| ())
}

/// The memory that Redis uses.
pub fn bytes_of_all(server: SocketAddr) -> Outcome<u64> {
    let mut redis = Redis::connect(server)?;
    let memory = redis.ask(&[b"INFO", b"memory"])?;
    let memory = String::from_utf8(memory)?;
    let used = memory.lines().find_map(|line| line.strip_prefix("used_memory:"));
    Ok(used.ok_or("no size")?.trim().parse()?)
}

/// The value of a session, but for its user.
struct Pattern {
    before: Vec<u8>,
    after: Vec<u8>,
}

struct Redis {
    commands: BufWriter<TcpStream>,
    answers: BufReader<TcpStream>,
}

impl Redis {
    fn connect(server: SocketAddr) -> Outcome<Self> {
        let connection = TcpStream::connect(server)?;
        let commands = BufWriter::with_capacity(1 << 20, connection.try_clone()?);
        Ok(Self { commands, answers: BufReader::new(connection) })
    }

    fn a_session_of(&mut self, user: u64) -> Outcome<Pattern> {
        let list = format!("crudauth:o:session:{user}");
        // An array of one: the rest of the answer is that one.
        self.send(&[b"ZRANGE", list.as_bytes(), b"0", b"0"])?;
        self.line()?;
        let note = self.bulk()?;
        let digest = note.get(1..33).ok_or("no session")?;
        let name = format!("crudauth:e:session:{}", hex(digest));
        let entry = self.ask(&[b"GET", name.as_bytes()])?;
        let owner = format!("session:{user}").len();
        let value = entry.get(32 + owner..).ok_or("no session")?;
        let after = USER + user.to_string().len();
        let (before, after) = (value.get(..USER - 4), value.get(after..));
        let (before, after) = (before.ok_or("no session")?, after.ok_or("no session")?);
        Ok(Pattern { before: before.to_vec(), after: after.to_vec() })
    }

    fn send(&mut self, command: &[&[u8]]) -> Outcome {
        write!(self.commands, "*{}\r\n", command.len())?;
        for part in command {
            write!(self.commands, "${}\r\n", part.len())?;
            self.commands.write_all(part)?;
            self.commands.write_all(b"\r\n")?;
        }
        Ok(())
    }

    fn ask(&mut self, command: &[&[u8]]) -> Outcome<Vec<u8>> {
        self.send(command)?;
        self.bulk()
    }

    fn bulk(&mut self) -> Outcome<Vec<u8>> {
        let length = self.line()?.strip_prefix('$').ok_or("another answer")?.parse::<usize>()?;
        let mut text = vec![0; length + 2];
        self.answers.read_exact(&mut text)?;
        text.truncate(length);
        Ok(text)
    }

    fn line(&mut self) -> Outcome<String> {
        self.commands.flush()?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        Ok(line.trim_end().to_owned())
    }
}
