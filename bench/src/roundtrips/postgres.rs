//! What a client says to PostgreSQL, without encryption.

use std::collections::HashMap;

use super::proxy;

#[derive(Default)]
pub struct Reader {
    bytes: Vec<u8>,
    /// The first message has no type.
    has_begun: bool,
    /// The texts of the statements that are prepared.
    prepared: HashMap<Vec<u8>, String>,
}

impl proxy::Reader for Reader {
    fn read(&mut self, bytes: &[u8]) -> Vec<String> {
        self.bytes.extend(bytes);
        let mut statements = Vec::new();
        while let Some((kind, body)) = self.message() {
            let mut texts = body.split(|byte| *byte == 0);
            let mut text = || texts.next().unwrap_or_default();
            match kind {
                b'Q' => statements.push(shown(text())),
                b'P' => {
                    let (name, query) = (text().to_vec(), shown(text()));
                    self.prepared.insert(name, query);
                }
                b'B' => {
                    let (_portal, name) = (text(), text());
                    let query = self.prepared.get(name).cloned();
                    statements.push(query.unwrap_or_else(|| "?".to_owned()));
                }
                _ => {}
            }
        }
        statements
    }
}

impl Reader {
    /// The next message, once it is there as a whole.
    fn message(&mut self) -> Option<(u8, Vec<u8>)> {
        let start = usize::from(self.has_begun);
        let length = self.bytes.get(start..start + 4)?.try_into().ok()?;
        let end = start + u32::from_be_bytes(length) as usize;
        let message: Vec<u8> = self.bytes.get(..end)?.to_vec();
        self.bytes.drain(..end);
        let kind = if self.has_begun { message[0] } else { 0 };
        self.has_begun = true;
        Some((kind, message[start + 4..].to_vec()))
    }
}

/// In one line, and without what would end the cell of a table.
fn shown(query: &[u8]) -> String {
    let text = String::from_utf8_lossy(query);
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|").replace('`', "'")
}
