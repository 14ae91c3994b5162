//! What the store holds of a session.

use std::time::Duration;

/// One session at rest. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRecord {
    pub(crate) user: String,
    pub(crate) epoch: i64,
    pub(crate) created: u64,
    pub(crate) seen: u64,
    pub(crate) remember: bool,
    /// Makes another CSRF token of the same session id.
    pub(crate) csrf_salt: Option<String>,
    /// Until when the session has the elevated rights of the sudo mode.
    pub(crate) elevated_until: Option<u64>,
    pub(crate) address: Option<String>,
    pub(crate) agent: Option<String>,
}

/// The form of the record in the store: this byte, one of flags, the epoch and the two times, then
/// each text with its length before it and the optional time, as far as the flags have them.
///
/// It is read on every request and kept a million times in memory, so it is neither JSON nor
/// larger than what it says. A flag that is not known makes a record unreadable, which ends the
/// session: another member needs another flag and nothing else.
const VERSION: u8 = 1;

const REMEMBER: u8 = 1;
const CSRF_SALT: u8 = 1 << 1;
const ELEVATED: u8 = 1 << 2;
const ADDRESS: u8 = 1 << 3;
const AGENT: u8 = 1 << 4;
const KNOWN: u8 = REMEMBER | CSRF_SALT | ELEVATED | ADDRESS | AGENT;

impl SessionRecord {
    /// `None` for bytes that are no such record, or one of a later version.
    pub(crate) fn parse(bytes: &[u8]) -> Option<Self> {
        let (record, flags, mut rest) = Self::read(bytes)?;
        let mut text = |flag| match flags & flag != 0 {
            true => take_text(&mut rest).map(Some),
            false => Some(None),
        };
        let (address, agent) = (text(ADDRESS)?, text(AGENT)?);
        rest.is_empty().then_some(Self { address, agent, ..record })
    }

    /// What a request asks of a session: all but where it was begun, which is left out. Not to be
    /// written back.
    pub(crate) fn standing(bytes: &[u8]) -> Option<Self> {
        Self::read(bytes).map(|(record, ..)| record)
    }

    /// The record without its last two texts, the flags, and what is yet to be read.
    fn read(bytes: &[u8]) -> Option<(Self, u8, &[u8])> {
        let mut rest = bytes;
        let [VERSION, flags] = take::<2>(&mut rest)? else { return None };
        if flags & !KNOWN != 0 {
            return None;
        }
        let has = |flag| flags & flag != 0;
        let record = Self {
            epoch: i64::from_le_bytes(take(&mut rest)?),
            created: u64::from_le_bytes(take(&mut rest)?),
            seen: u64::from_le_bytes(take(&mut rest)?),
            user: take_text(&mut rest)?,
            remember: has(REMEMBER),
            csrf_salt: if has(CSRF_SALT) { Some(take_text(&mut rest)?) } else { None },
            elevated_until: match has(ELEVATED) {
                true => Some(u64::from_le_bytes(take(&mut rest)?)),
                false => None,
            },
            address: None,
            agent: None,
        };
        Some((record, flags, rest))
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Self { user, epoch, created, seen, remember, .. } = self;
        let texts =
            [Some(user), self.csrf_salt.as_ref(), self.address.as_ref(), self.agent.as_ref()];
        let length: usize = texts.iter().flatten().map(|text| 4 + text.len()).sum();
        let flags = [
            (*remember, REMEMBER),
            (self.csrf_salt.is_some(), CSRF_SALT),
            (self.elevated_until.is_some(), ELEVATED),
            (self.address.is_some(), ADDRESS),
            (self.agent.is_some(), AGENT),
        ];
        let flags = flags.into_iter().filter(|(set, _)| *set).fold(0, |all, (_, flag)| all | flag);
        let mut bytes = Vec::with_capacity(34 + length);
        bytes.extend([VERSION, flags]);
        bytes.extend(epoch.to_le_bytes());
        bytes.extend(created.to_le_bytes());
        bytes.extend(seen.to_le_bytes());
        push_text(user, &mut bytes);
        if let Some(salt) = &self.csrf_salt {
            push_text(salt, &mut bytes);
        }
        if let Some(until) = self.elevated_until {
            bytes.extend(until.to_le_bytes());
        }
        for text in [&self.address, &self.agent].into_iter().flatten() {
            push_text(text, &mut bytes);
        }
        bytes
    }

    /// Whether the session has elevated rights at `now`.
    pub(crate) fn is_elevated(&self, now: u64) -> bool {
        self.elevated_until.is_some_and(|until| now < until)
    }

    /// How long the session still lives at `now`; zero if it has ended.
    pub(crate) fn remaining(
        &self,
        now: u64,
        window: Duration,
        absolute: Option<Duration>,
    ) -> Duration {
        let left = |from: u64, span: Duration| {
            span.saturating_sub(Duration::from_millis(now.saturating_sub(from)))
        };
        let idle = left(self.seen, window);
        absolute.map_or(idle, |absolute| idle.min(left(self.created, absolute)))
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn take_text(rest: &mut &[u8]) -> Option<String> {
    let length = usize::try_from(u32::from_le_bytes(take(rest)?)).ok()?;
    let (text, left) = rest.split_at_checked(length)?;
    *rest = left;
    str::from_utf8(text).ok().map(str::to_owned)
}

/// A text whose length does not fit is cut to nothing: no key, address or agent is 4 GiB long.
fn push_text(text: &str, bytes: &mut Vec<u8>) {
    let (length, text) = u32::try_from(text.len()).map_or((0, ""), |length| (length, text));
    bytes.extend(length.to_le_bytes());
    bytes.extend(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::SessionRecord;

    fn record() -> impl Strategy<Value = SessionRecord> {
        let text = || proptest::option::of("\\PC{0,40}");
        let numbers = (any::<i64>(), any::<u64>(), any::<u64>(), any::<Option<u64>>());
        ("\\PC{0,40}", numbers, any::<bool>(), text(), text(), text()).prop_map(
            |(
                user,
                (epoch, created, seen, elevated_until),
                remember,
                csrf_salt,
                address,
                agent,
            )| {
                SessionRecord {
                    user,
                    epoch,
                    created,
                    seen,
                    remember,
                    csrf_salt,
                    elevated_until,
                    address,
                    agent,
                }
            },
        )
    }

    proptest! {
        #[test]
        fn a_record_survives_the_store(record in record()) {
            let bytes = record.to_bytes();
            let standing = SessionRecord { address: None, agent: None, ..record.clone() };
            prop_assert_eq!(SessionRecord::standing(&bytes), Some(standing));
            prop_assert_eq!(SessionRecord::parse(&bytes), Some(record));
        }

        #[test]
        fn what_is_cut_or_continued_is_no_record(record in record(), cut in any::<proptest::sample::Index>()) {
            let mut bytes = record.to_bytes();
            prop_assert_eq!(SessionRecord::parse(&bytes[..cut.index(bytes.len())]), None);
            bytes.push(0);
            prop_assert_eq!(SessionRecord::parse(&bytes), None);
        }

        #[test]
        fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = SessionRecord::parse(&bytes);
        }
    }

    #[test]
    fn a_later_version_and_an_unknown_flag_are_not_guessed_at() {
        let record = SessionRecord {
            user: "7".to_owned(),
            epoch: 0,
            created: 1,
            seen: 1,
            remember: false,
            csrf_salt: None,
            elevated_until: None,
            address: None,
            agent: None,
        };
        let bytes = record.to_bytes();
        for (at, value) in [(0, 2), (1, 1 << 5)] {
            let mut other = bytes.clone();
            other[at] = value;
            assert_eq!(SessionRecord::parse(&other), None);
        }
    }
}
