//! An entry as it rests in Redis.

/// How many digits the end has, so that text can be cut at a known place.
const DIGITS: usize = 16;

/// The latest end: the last integer of which Lua, which counts in doubles, misses none before it.
pub(super) const LATEST: i64 = (1 << 53) - 1;

/// An entry: its end, the length of its owner's name, that name, the value. The first two are 16
/// decimal digits each; an entry without an owner has `-` in the place of the second.
pub(super) struct Stored<'a> {
    pub(super) expires_at: i64,
    pub(super) owner: Option<&'a [u8]>,
    pub(super) value: &'a [u8],
}

impl<'a> Stored<'a> {
    pub(super) fn encode(&self) -> Vec<u8> {
        let owner = self.owner.unwrap_or_default();
        let mut bytes = Vec::with_capacity(2 * DIGITS + owner.len() + self.value.len());
        bytes.extend(format!("{:016}", self.expires_at).into_bytes());
        match self.owner {
            Some(owner) => bytes.extend(format!("{:016}", owner.len()).into_bytes()),
            None => bytes.extend([b'-'; DIGITS]),
        }
        bytes.extend(owner);
        bytes.extend(self.value);
        bytes
    }

    /// `None` for what crudauth has not written.
    pub(super) fn decode(bytes: &'a [u8]) -> Option<Self> {
        let (expires_at, rest) = bytes.split_at_checked(DIGITS)?;
        let (length, rest) = rest.split_at_checked(DIGITS)?;
        let expires_at = std::str::from_utf8(expires_at).ok()?.parse().ok()?;
        if length == [b'-'; DIGITS] {
            return Some(Self { expires_at, owner: None, value: rest });
        }
        let length = std::str::from_utf8(length).ok()?.parse().ok()?;
        let (owner, value) = rest.split_at_checked(length)?;
        Some(Self { expires_at, owner: Some(owner), value })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        for owner in [None, Some(&b""[..]), Some(b"me"), Some(b"-")] {
            for value in [&b""[..], b"0000", b"\0\xff"] {
                let bytes = Stored { expires_at: LATEST, owner, value }.encode();
                let read = Stored::decode(&bytes).expect("an entry");
                assert_eq!((read.expires_at, read.owner, read.value), (LATEST, owner, value));
            }
        }
    }

    #[test]
    fn what_is_no_entry_is_refused() {
        let long = [b"0".repeat(16), b"9".repeat(16), b"short".to_vec()].concat();
        let odd = b"x".repeat(40);
        for bytes in [&b""[..], b"0000", &long, &odd] {
            assert!(Stored::decode(bytes).is_none(), "{bytes:?}");
        }
    }
}
