use std::time::Duration;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::OutboxError;
use crate::message::{Message, MessageKind};
use crate::secret::Sealer;
use crate::store::StoreError;

const VERSION: u8 = 1;
const HEADER_LEN: usize = 13;

/// The part of an entry that is in the clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct QueueState {
    /// When the next attempt is due, in milliseconds since the Unix epoch. During an attempt this
    /// is the end of its lease, after which another process may try.
    pub(super) due: u64,
    /// The attempts that count. Two states of an entry are never alike, since each is sealed anew.
    pub(super) attempts: u32,
}

impl QueueState {
    /// Reads the state of an entry; `None` if the entry has another form.
    pub(super) fn read(entry: &[u8]) -> Option<Self> {
        let (header, _) = entry.split_first_chunk::<HEADER_LEN>()?;
        let (version, rest) = header.split_first()?;
        let (due, attempts) = rest.split_first_chunk::<8>()?;
        let attempts = attempts.try_into().ok()?;
        (*version == VERSION)
            .then(|| Self { due: u64::from_be_bytes(*due), attempts: u32::from_be_bytes(attempts) })
    }

    fn header(self) -> [u8; HEADER_LEN] {
        let mut header = [VERSION; HEADER_LEN];
        header[1..9].copy_from_slice(&self.due.to_be_bytes());
        header[9..].copy_from_slice(&self.attempts.to_be_bytes());
        header
    }
}

/// The part of an entry that is encrypted: a message, and where it still has to go.
#[derive(Debug)]
pub(super) struct QueuedMessage {
    message: Message,
    /// When its link expires, in milliseconds since the Unix epoch.
    expires_at: Option<u64>,
    /// The names of the channels that have not delivered it.
    pub(super) channels: Vec<String>,
    /// Whether it is a decoy: it is queued and removed, and never delivered.
    pub(super) is_decoy: bool,
}

#[derive(Serialize, Deserialize)]
struct StoredMessage<'a> {
    kind: &'a str,
    recipient: String,
    link: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    code: Option<String>,
    #[serde(default)]
    claims: bool,
    expires_at: Option<u64>,
    channels: Vec<String>,
    is_decoy: bool,
}

impl QueuedMessage {
    pub(super) fn new(message: &Message, channels: Vec<String>, is_decoy: bool, now: u64) -> Self {
        let life = message.expires_in().map(|life| u64::try_from(life.as_millis()));
        let expires_at = life.map(|life| now.saturating_add(life.unwrap_or(u64::MAX)));
        Self { message: message.clone(), expires_at, channels, is_decoy }
    }

    pub(super) fn kind(&self) -> MessageKind {
        self.message.kind()
    }

    pub(super) fn recipient(&self) -> &str {
        self.message.recipient()
    }

    /// The message with the time that its link has left at `now`; `None` if the link has expired.
    pub(super) fn message_at(&self, now: u64) -> Option<Message> {
        match self.expires_at {
            Some(end) if end <= now => None,
            Some(end) => {
                let left = Duration::from_millis(end.saturating_sub(now));
                Some(self.message.clone().with_expires_in(left))
            }
            None => Some(self.message.clone()),
        }
    }

    /// The entry for `key`: the state in plain text, and the rest encrypted and bound to key and
    /// state.
    pub(super) fn seal(
        &self,
        sealer: &Sealer,
        key: &str,
        state: QueueState,
    ) -> Result<Vec<u8>, OutboxError> {
        let stored = StoredMessage {
            kind: self.kind().as_str(),
            recipient: self.message.recipient().to_owned(),
            link: self.message.link().map(str::to_owned),
            code: self.message.code().map(str::to_owned),
            claims: self.message.claims(),
            expires_at: self.expires_at,
            channels: self.channels.clone(),
            is_decoy: self.is_decoy,
        };
        let plain = Zeroizing::new(serde_json::to_vec(&stored).map_err(StoreError::new)?);
        let header = state.header();
        let sealed = sealer.seal(&plain, &context(key, &header))?;
        Ok([header.as_slice(), &sealed].concat())
    }

    /// Opens the entry of `key`; `None` if it was sealed for another key of the store, or under
    /// another secret key.
    pub(super) fn open(sealer: &Sealer, key: &str, entry: &[u8]) -> Option<Self> {
        let (header, sealed) = entry.split_first_chunk::<HEADER_LEN>()?;
        let plain = sealer.open(sealed, &context(key, header))?;
        let stored: StoredMessage<'_> = serde_json::from_slice(&plain).ok()?;
        let mut message = Message::new(MessageKind::named(stored.kind)?, stored.recipient);
        if let Some(link) = stored.link {
            message = message.with_link(link);
        }
        if let Some(code) = stored.code {
            message = message.with_code(code);
        }
        message = message.with_claim(stored.claims);
        let StoredMessage { expires_at, channels, is_decoy, .. } = stored;
        Some(Self { message, expires_at, channels, is_decoy })
    }
}

fn context(key: &str, header: &[u8; HEADER_LEN]) -> Vec<u8> {
    [header.as_slice(), key.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::SecretKey;

    const NOW: u64 = 1_700_000_000_000;

    fn queued() -> QueuedMessage {
        let message = Message::new(MessageKind::ResetPassword, "ada@example.com")
            .with_link("https://app.example.com/?token=\"\\\u{1f980}")
            .with_code("012345")
            .with_claim(true)
            .with_expires_in(Duration::from_secs(60));
        QueuedMessage::new(&message, vec!["email".to_owned()], false, NOW)
    }

    #[test]
    fn an_entry_opens_only_under_its_key_and_state() {
        let sealer = SecretKey::random().expect("random").sealer("outbox");
        let state = QueueState { due: NOW, attempts: 7 };
        let entry = queued().seal(&sealer, "one", state).expect("sealed");
        assert_eq!(QueueState::read(&entry), Some(state));
        let opened = QueuedMessage::open(&sealer, "one", &entry).expect("opens");
        assert_eq!(opened.channels, ["email"]);
        assert_eq!(opened.message_at(NOW), queued().message_at(NOW));

        assert!(QueuedMessage::open(&sealer, "two", &entry).is_none());
        for byte in 0..entry.len() {
            let mut changed = entry.clone();
            changed[byte] ^= 1;
            assert!(QueuedMessage::open(&sealer, "one", &changed).is_none(), "byte {byte}");
        }
        for length in 0..entry.len() {
            assert!(
                QueuedMessage::open(&sealer, "one", &entry[..length]).is_none(),
                "{length} bytes"
            );
        }
        assert_eq!(QueueState::read(b"\x02 another version"), None);
        assert_eq!(QueueState::read(b""), None);
    }

    #[test]
    fn the_remaining_time_shrinks_to_zero() {
        let left = |now| queued().message_at(now).and_then(|message| message.expires_in());
        assert_eq!(left(NOW), Some(Duration::from_secs(60)));
        assert_eq!(left(NOW + 59_999), Some(Duration::from_millis(1)));
        assert_eq!(left(NOW + 60_000), None);
        let notice = Message::new(MessageKind::EmailChanged, "ada@example.com");
        let notice = QueuedMessage::new(&notice, Vec::new(), false, NOW);
        assert!(notice.message_at(u64::MAX).is_some());
    }
}
