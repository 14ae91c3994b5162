//! What a client says to Redis: arrays of strings, of which the first is the name of a command.

use super::proxy;

#[derive(Default)]
pub struct Reader {
    bytes: Vec<u8>,
}

impl proxy::Reader for Reader {
    fn read(&mut self, bytes: &[u8]) -> Vec<String> {
        self.bytes.extend(bytes);
        let mut commands = Vec::new();
        while let Some((name, length)) = command(&self.bytes) {
            commands.push(name);
            self.bytes.drain(..length);
        }
        commands
    }
}

/// The name of the first command, and the length of all of it.
fn command(bytes: &[u8]) -> Option<(String, usize)> {
    let (count, mut at) = number(bytes, 0, b'*')?;
    let mut name = None;
    for _ in 0..count {
        let (length, start) = number(bytes, at, b'$')?;
        let text = bytes.get(start..start + length)?;
        name = name.or_else(|| Some(String::from_utf8_lossy(text).into_owned()));
        at = start + length + 2;
    }
    (at <= bytes.len()).then_some((name?, at))
}

/// The number after `sign`, and where the next line begins.
fn number(bytes: &[u8], at: usize, sign: u8) -> Option<(usize, usize)> {
    let rest = bytes.get(at..)?.strip_prefix(&[sign])?;
    let length = rest.iter().position(|byte| *byte == b'\r')?;
    let number = str::from_utf8(&rest[..length]).ok()?.parse().ok()?;
    Some((number, at + 1 + length + 2))
}
