use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::id::SessionId;
use super::record::{SessionRecord, Span, Standing};
use crate::event::LogSafe;
use crate::proofs::Proofs;

/// A session that is alive: its id, and its record, which was read once.
#[derive(Debug)]
pub(crate) struct LiveSession {
    pub(super) id: SessionId,
    pub(super) record: SessionRecord<Span>,
    /// The bytes of the record.
    pub(super) stored: Vec<u8>,
    /// When it was found to be alive. One request has one present moment.
    pub(super) at: u64,
}

impl LiveSession {
    pub(crate) fn standing(&self) -> &Standing {
        &self.record.standing
    }

    /// The primary key of its user, as text. Empty, which is nobody's, for a broken record.
    pub(crate) fn user(&self) -> &str {
        self.record.user.in_bytes(&self.stored).unwrap_or_default()
    }

    /// The public handle.
    pub(crate) fn handle(&self) -> &str {
        self.id.handle()
    }

    /// Whose it is and how it is called, for events.
    pub(crate) fn names(&self) -> (LogSafe, LogSafe) {
        (LogSafe::new(self.user()), LogSafe::new(self.handle()))
    }

    /// Whether it had the elevated rights of the sudo mode when it was found.
    pub(crate) fn is_elevated(&self) -> bool {
        self.standing().is_elevated(self.at)
    }

    /// What its sign-in has proved.
    pub(super) fn proofs(&self) -> Proofs {
        let record = &self.record;
        // A text that is not in UTF-8 proves nothing, as an empty one does.
        let noted = record.proofs.map(|span| span.in_bytes(&self.stored).unwrap_or_default());
        Proofs::in_record(noted, record.login.is_some(), record.standing.created)
    }

    /// When it was found to be alive.
    pub(super) fn found_at(&self) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(self.at)
    }

    /// Its whole record; `None` if a text of it is not in UTF-8.
    pub(super) fn record(&self) -> Option<SessionRecord<&str>> {
        self.record.in_bytes(&self.stored)
    }
}
