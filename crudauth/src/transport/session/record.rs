//! What the store holds of a session.

use std::time::Duration;

/// One session at rest. Its texts lie in the bytes that it was read from, or are its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRecord<T = String> {
    pub(crate) user: T,
    pub(crate) standing: Standing,
    /// Makes another CSRF token of the same session id.
    pub(crate) csrf_salt: Option<T>,
    pub(crate) address: Option<T>,
    pub(crate) agent: Option<T>,
}

/// What every request asks of a session. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    pub(crate) epoch: i64,
    pub(crate) created: u64,
    pub(crate) seen: u64,
    pub(crate) remember: bool,
    /// Until when the session has the elevated rights of the sudo mode.
    pub(crate) elevated_until: Option<u64>,
}

/// The form of the record in the store: this byte, one of flags, the epoch, the times, then each
/// text with its length before it, as far as the flags have them.
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

impl Standing {
    /// `None` for bytes that are no record, or one of a later version.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        Self::begin(bytes).map(|(standing, ..)| standing)
    }

    /// Reads what stands before the texts. Beside it the flags, and the texts.
    fn begin(bytes: &[u8]) -> Option<(Self, u8, &[u8])> {
        let mut rest = bytes;
        let [VERSION, flags] = take::<2>(&mut rest)? else { return None };
        if flags & !KNOWN != 0 {
            return None;
        }
        let standing = Self {
            epoch: i64::from_le_bytes(take(&mut rest)?),
            created: u64::from_le_bytes(take(&mut rest)?),
            seen: u64::from_le_bytes(take(&mut rest)?),
            remember: flags & REMEMBER != 0,
            elevated_until: match flags & ELEVATED != 0 {
                true => Some(u64::from_le_bytes(take(&mut rest)?)),
                false => None,
            },
        };
        Some((standing, flags, rest))
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

impl<'a> SessionRecord<&'a str> {
    /// `None` for bytes that are no such record, or one of a later version.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let (standing, flags, mut rest) = Standing::begin(bytes)?;
        let user = take_text(&mut rest)?;
        let mut text = |flag| match flags & flag != 0 {
            true => take_text(&mut rest).map(Some),
            false => Some(None),
        };
        let (csrf_salt, address, agent) = (text(CSRF_SALT)?, text(ADDRESS)?, text(AGENT)?);
        rest.is_empty().then_some(Self { user, standing, csrf_salt, address, agent })
    }

    pub(crate) fn into_owned(self) -> SessionRecord {
        let Self { user, standing, csrf_salt, address, agent } = self;
        SessionRecord {
            user: user.to_owned(),
            standing,
            csrf_salt: csrf_salt.map(str::to_owned),
            address: address.map(str::to_owned),
            agent: agent.map(str::to_owned),
        }
    }
}

impl<T: AsRef<str>> SessionRecord<T> {
    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Standing { epoch, created, seen, remember, elevated_until } = self.standing;
        let texts = [
            (Some(self.user.as_ref()), 0),
            (self.csrf_salt.as_ref().map(T::as_ref), CSRF_SALT),
            (self.address.as_ref().map(T::as_ref), ADDRESS),
            (self.agent.as_ref().map(T::as_ref), AGENT),
        ];
        let texts = texts.into_iter().filter_map(|(text, flag)| Some((text?, flag)));
        let length: usize = texts.clone().map(|(text, _)| 4 + text.len()).sum();
        let flag = |set, flag| if set { flag } else { 0 };
        let flags = texts.clone().fold(0, |flags, (_, flag)| flags | flag)
            | flag(remember, REMEMBER)
            | flag(elevated_until.is_some(), ELEVATED);
        let mut bytes = Vec::with_capacity(34 + length);
        bytes.extend([VERSION, flags]);
        bytes.extend(epoch.to_le_bytes());
        bytes.extend(created.to_le_bytes());
        bytes.extend(seen.to_le_bytes());
        bytes.extend(elevated_until.into_iter().flat_map(u64::to_le_bytes));
        texts.for_each(|(text, _)| push_text(text, &mut bytes));
        bytes
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
}

fn take_text<'a>(rest: &mut &'a [u8]) -> Option<&'a str> {
    let length = usize::try_from(u32::from_le_bytes(take(rest)?)).ok()?;
    let (text, left) = rest.split_at_checked(length)?;
    *rest = left;
    str::from_utf8(text).ok()
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

    use super::{SessionRecord, Standing};

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
                let standing = Standing { epoch, created, seen, remember, elevated_until };
                SessionRecord { user, standing, csrf_salt, address, agent }
            },
        )
    }

    proptest! {
        #[test]
        fn a_record_survives_the_store(record in record()) {
            let bytes = record.to_bytes();
            prop_assert_eq!(Standing::read(&bytes), Some(record.standing));
            prop_assert_eq!(SessionRecord::parse(&bytes).map(SessionRecord::into_owned), Some(record));
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
        let standing =
            Standing { epoch: 0, created: 1, seen: 1, remember: false, elevated_until: None };
        let record =
            SessionRecord { user: "7", standing, csrf_salt: None, address: None, agent: None };
        let bytes = record.to_bytes();
        for (at, value) in [(0, 2), (1, 1 << 5)] {
            let mut other = bytes.clone();
            other[at] = value;
            assert_eq!((SessionRecord::parse(&other), Standing::read(&other)), (None, None));
        }
    }
}
