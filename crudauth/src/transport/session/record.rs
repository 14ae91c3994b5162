//! What the store holds of a session.

use std::time::Duration;

use crate::proofs::Proofs;
use crate::stamp::SecurityStamp;

/// One session at rest. Its texts are its own, or are borrowed from the bytes that it was read from,
/// or are [places](Span) in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SessionRecord<T = String> {
    pub(crate) user: T,
    pub(crate) standing: Standing,
    /// Makes another CSRF token of the same session id.
    pub(crate) csrf_salt: Option<T>,
    pub(crate) address: Option<T>,
    pub(crate) agent: Option<T>,
    /// The handle of the session that took its place, where it is [superseded](Standing).
    pub(crate) successor: Option<T>,
    /// The identity at a provider that the session was begun by, as
    /// [`ProviderLogin`](crate::transport::ProviderLogin) writes it.
    pub(crate) login: Option<T>,
    /// What the sign-in has proved, as [`Proofs`] writes it; absent where it is what
    /// [`Proofs::assumed`] says.
    pub(crate) proofs: Option<T>,
}

/// Whose session it is, by the bytes of its record: the primary key, as text.
pub(super) fn user_of(stored: &[u8]) -> Option<String> {
    SessionRecord::locate(stored)?.user.in_bytes(stored).map(str::to_owned)
}

/// Where a text is in the bytes of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    start: usize,
    end: usize,
}

impl Span {
    /// The text; `None` if it is not in UTF-8.
    pub(crate) fn in_bytes(self, bytes: &[u8]) -> Option<&str> {
        str::from_utf8(bytes.get(self.start..self.end)?).ok()
    }
}

/// What every request asks of a session. Times are milliseconds since the Unix epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The stamp of the user's row that the session was issued to.
    pub(crate) stamp: SecurityStamp,
    pub(crate) created: u64,
    pub(crate) seen: u64,
    pub(crate) remember: bool,
    /// Until when the session has the elevated rights of the sudo mode.
    pub(crate) elevated_until: Option<u64>,
    /// Until when it still counts, where the session has another id by now.
    pub(crate) superseded_until: Option<u64>,
}

/// The form of the record in the store: this byte, one of flags, the stamp, the times, then each
/// text with its length before it, as far as the flags have them.
///
/// It is read on every request and kept a million times in memory, so it is neither JSON nor
/// larger than what it says. The last flag means that another byte of flags follows, for what few
/// sessions have. A flag that is not known makes a record unreadable, which ends the session: another
/// member needs another flag and nothing else.
const VERSION: u8 = 2;

const REMEMBER: u8 = 1;
const CSRF_SALT: u8 = 1 << 1;
const ELEVATED: u8 = 1 << 2;
const ADDRESS: u8 = 1 << 3;
const AGENT: u8 = 1 << 4;
const SUPERSEDED: u8 = 1 << 5;
const SUCCESSOR: u8 = 1 << 6;
/// Another byte of flags follows.
const MORE: u8 = 1 << 7;

/// The flags of the second byte are those beyond the first.
const LOGIN: u16 = 1 << 8;
const PROOFS: u16 = 1 << 9;
const KNOWN: u16 = 0xff | LOGIN | PROOFS;

impl Standing {
    /// `None` for bytes that are no record, or one of a later version.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        Self::begin(bytes).map(|(standing, ..)| standing)
    }

    /// Reads what stands before the texts. Beside it the flags, and the texts.
    fn begin(bytes: &[u8]) -> Option<(Self, u16, &[u8])> {
        let mut rest = bytes;
        let [VERSION, first] = take::<2>(&mut rest)? else { return None };
        let [second] = if first & MORE == 0 { [0] } else { take(&mut rest)? };
        let flags = u16::from_le_bytes([first, second]);
        // One session has one form.
        if flags & !KNOWN != 0 || (first & MORE != 0 && second == 0) {
            return None;
        }
        let moment = |rest: &mut &[u8], flag| match first & flag != 0 {
            true => take(rest).map(u64::from_le_bytes).map(Some),
            false => Some(None),
        };
        let standing = Self {
            stamp: SecurityStamp::from_bytes(take(&mut rest)?),
            created: u64::from_le_bytes(take(&mut rest)?),
            seen: u64::from_le_bytes(take(&mut rest)?),
            remember: first & REMEMBER != 0,
            elevated_until: moment(&mut rest, ELEVATED)?,
            superseded_until: moment(&mut rest, SUPERSEDED)?,
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
        let aged = absolute.map_or(idle, |absolute| idle.min(left(self.created, absolute)));
        match self.superseded_until {
            Some(until) => aged.min(Duration::from_millis(until.saturating_sub(now))),
            None => aged,
        }
    }
}

impl SessionRecord<Span> {
    /// `None` for bytes that are no such record, or one of a later version.
    pub(crate) fn locate(bytes: &[u8]) -> Option<Self> {
        let (standing, flags, mut rest) = Standing::begin(bytes)?;
        let mut text = || {
            let length = usize::try_from(u32::from_le_bytes(take(&mut rest)?)).ok()?;
            let start = bytes.len() - rest.len();
            rest = rest.get(length..)?;
            Some(Span { start, end: start + length })
        };
        let user = text()?;
        let mut optional = |flag| match flags & flag != 0 {
            true => text().map(Some),
            false => Some(None),
        };
        let (csrf_salt, address) = (optional(CSRF_SALT.into())?, optional(ADDRESS.into())?);
        let (agent, successor) = (optional(AGENT.into())?, optional(SUCCESSOR.into())?);
        let (login, proofs) = (optional(LOGIN)?, optional(PROOFS)?);
        let record = Self { user, standing, csrf_salt, address, agent, successor, login, proofs };
        rest.is_empty().then_some(record)
    }

    /// The record in the bytes that it was located in.
    pub(crate) fn in_bytes<'a>(&self, bytes: &'a [u8]) -> Option<SessionRecord<&'a str>> {
        let optional = |span: Option<Span>| match span {
            Some(span) => span.in_bytes(bytes).map(Some),
            None => Some(None),
        };
        Some(SessionRecord {
            user: self.user.in_bytes(bytes)?,
            standing: self.standing,
            csrf_salt: optional(self.csrf_salt)?,
            address: optional(self.address)?,
            agent: optional(self.agent)?,
            successor: optional(self.successor)?,
            login: optional(self.login)?,
            proofs: optional(self.proofs)?,
        })
    }
}

impl<'a> SessionRecord<&'a str> {
    /// `None` for bytes that are no such record, or one of a later version.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        SessionRecord::locate(bytes)?.in_bytes(bytes)
    }

    pub(crate) fn into_owned(self) -> SessionRecord {
        let Self { user, standing, csrf_salt, address, agent, successor, login, proofs } = self;
        SessionRecord {
            user: user.to_owned(),
            standing,
            csrf_salt: csrf_salt.map(str::to_owned),
            address: address.map(str::to_owned),
            agent: agent.map(str::to_owned),
            successor: successor.map(str::to_owned),
            login: login.map(str::to_owned),
            proofs: proofs.map(str::to_owned),
        }
    }
}

impl<T: AsRef<str>> SessionRecord<T> {
    /// What the sign-in has proved.
    pub(crate) fn proofs(&self) -> Proofs {
        let noted = self.proofs.as_ref().map(T::as_ref);
        Proofs::in_record(noted, self.login.is_some(), self.standing.created)
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let Standing { stamp, created, seen, remember, elevated_until, superseded_until } =
            self.standing;
        let texts = [
            (Some(self.user.as_ref()), 0),
            (self.csrf_salt.as_ref().map(T::as_ref), CSRF_SALT.into()),
            (self.address.as_ref().map(T::as_ref), ADDRESS.into()),
            (self.agent.as_ref().map(T::as_ref), AGENT.into()),
            (self.successor.as_ref().map(T::as_ref), SUCCESSOR.into()),
            (self.login.as_ref().map(T::as_ref), LOGIN),
            (self.proofs.as_ref().map(T::as_ref), PROOFS),
        ];
        let texts = texts.into_iter().filter_map(|(text, flag)| Some((text?, flag)));
        let length: usize = texts.clone().map(|(text, _)| 4 + text.len()).sum();
        let flag = |set, flag: u8| u16::from(if set { flag } else { 0 });
        let flags = texts.clone().fold(0, |flags, (_, flag)| flags | flag)
            | flag(remember, REMEMBER)
            | flag(elevated_until.is_some(), ELEVATED)
            | flag(superseded_until.is_some(), SUPERSEDED);
        let mut bytes = Vec::with_capacity(50 + length);
        let [first, second] = flags.to_le_bytes();
        match second {
            0 => bytes.extend([VERSION, first]),
            _ => bytes.extend([VERSION, first | MORE, second]),
        }
        bytes.extend(stamp.bytes());
        bytes.extend(created.to_le_bytes());
        bytes.extend(seen.to_le_bytes());
        let moments = [elevated_until, superseded_until];
        bytes.extend(moments.into_iter().flatten().flat_map(u64::to_le_bytes));
        texts.for_each(|(text, _)| push_text(text, &mut bytes));
        bytes
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (taken, left) = rest.split_first_chunk()?;
    *rest = left;
    Some(*taken)
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

    use super::{SecurityStamp, SessionRecord, Standing};

    fn record() -> impl Strategy<Value = SessionRecord> {
        let text = || proptest::option::of("\\PC{0,40}");
        let standing = (
            any::<[u8; SecurityStamp::LENGTH]>(),
            (any::<u64>(), any::<u64>()),
            any::<bool>(),
            (any::<Option<u64>>(), any::<Option<u64>>()),
        );
        let standing = standing.prop_map(|(stamp, (created, seen), remember, until)| Standing {
            stamp: SecurityStamp::from_bytes(stamp),
            created,
            seen,
            remember,
            elevated_until: until.0,
            superseded_until: until.1,
        });
        ("\\PC{0,40}", standing, text(), text(), text(), text(), text(), text()).prop_map(
            |(user, standing, csrf_salt, address, agent, successor, login, proofs)| SessionRecord {
                user,
                standing,
                csrf_salt,
                address,
                agent,
                successor,
                login,
                proofs,
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
        let standing = Standing {
            stamp: SecurityStamp::from_bytes([0; SecurityStamp::LENGTH]),
            created: 1,
            seen: 1,
            remember: false,
            elevated_until: None,
            superseded_until: None,
        };
        let record = SessionRecord {
            user: "7",
            standing,
            csrf_salt: None,
            address: None,
            agent: None,
            successor: None,
            login: Some("google 1"),
            proofs: None,
        };
        let bytes = record.to_bytes();
        for (at, value) in [(0, 3), (2, 1 << 2), (2, 0)] {
            let mut other = bytes.clone();
            other[at] = value;
            assert_eq!((SessionRecord::parse(&other), Standing::read(&other)), (None, None));
        }
    }
}
