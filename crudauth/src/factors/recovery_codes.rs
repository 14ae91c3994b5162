//! Recovery codes, and the list of their digests that rests in a column.

use std::fmt;

use serde::{Serialize, Serializer};
use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use crate::secret::{RandomError, hex, random};

/// Letters and digits that are easy to tell apart.
const ALPHABET: &[u8; 31] = b"abcdefghjkmnpqrstuvwxyz23456789";
const GROUPS: usize = 4;
const LETTERS: usize = 4;

/// Recovery codes, for a user who has lost the authenticator app. Each works once. They are shown when
/// they are made and never again: only their digests are kept. As JSON a list of texts
/// such as `abcd-efgh-2345-6789`; each has 79 random bits.
#[derive(Clone)]
pub struct RecoveryCodes(Vec<Zeroizing<String>>);

impl RecoveryCodes {
    /// Makes `count` new codes.
    pub(crate) fn random(count: usize) -> Result<Self, RandomError> {
        (0..count).map(|_| one()).collect::<Result<_, _>>().map(Self)
    }

    /// The codes, as they are shown.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(|code| code.as_str())
    }

    /// The list of the digests that `digest` makes of the codes, without their hyphens.
    pub(crate) fn digests(&self, digest: impl Fn(&str) -> String) -> Digests {
        Digests(self.iter().map(|code| digest(&Zeroizing::new(code.replace('-', "")))).collect())
    }
}

fn one() -> Result<Zeroizing<String>, RandomError> {
    let mut code = Zeroizing::new(String::with_capacity(GROUPS * (LETTERS + 1)));
    for at in 0..GROUPS * LETTERS {
        if at > 0 && at % LETTERS == 0 {
            code.push('-');
        }
        code.push(letter()?);
    }
    Ok(code)
}

/// A letter, each as likely as the others: what is left over at the end of a byte is thrown again.
fn letter() -> Result<char, RandomError> {
    const FAIR: usize = 256 / ALPHABET.len() * ALPHABET.len();
    loop {
        let [byte] = random()?;
        if usize::from(byte) < FAIR {
            return Ok(char::from(ALPHABET[usize::from(byte) % ALPHABET.len()]));
        }
    }
}

impl Serialize for RecoveryCodes {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.iter())
    }
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RecoveryCodes({} codes)", self.0.len())
    }
}

/// The digest of a recovery code in the columns of a users table: SHA-256, in hexadecimal.
pub(crate) fn digest(code: &str) -> String {
    hex(Sha256::digest(code))
}

/// The digests of the codes that are left.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Digests(Vec<String>);

impl Digests {
    /// Reads the list in a column. A value that is not a JSON list gives no digests, and elements that are
    /// not texts are skipped.
    pub(crate) fn read(column: Option<&str>) -> Self {
        let list: Option<Vec<serde_json::Value>> =
            column.and_then(|column| serde_json::from_str(column).ok());
        let texts = list.into_iter().flatten().filter_map(|digest| match digest {
            serde_json::Value::String(digest) => Some(digest),
            _ => None,
        });
        Self(texts.collect())
    }

    /// The list as JSON, with a blank behind each comma, as the Python library writes it.
    pub(crate) fn write(&self) -> String {
        let texts: Vec<String> = self
            .0
            .iter()
            .map(|digest| serde_json::Value::from(digest.as_str()).to_string())
            .collect();
        format!("[{}]", texts.join(", "))
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// The digests that are left after the code with this digest is used. `None` if no code has it. All
    /// digests are compared, each in constant time.
    pub(crate) fn without(&self, used: &str) -> Option<Self> {
        let (mut found, mut place) = (Choice::from(0), 0_u64);
        for (at, digest) in (0_u64..).zip(&self.0) {
            let is_it = digest.as_bytes().ct_eq(used.as_bytes());
            place.conditional_assign(&at, is_it);
            found |= is_it;
        }
        if !bool::from(found) {
            return None;
        }
        let mut left = self.0.clone();
        left.remove(usize::try_from(place).ok()?);
        Some(Self(left))
    }
}

impl fmt::Debug for Digests {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digests({} codes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{ALPHABET, Digests, RecoveryCodes, digest};

    #[test]
    fn codes_have_four_groups_of_four_and_differ() {
        let codes = RecoveryCodes::random(200).expect("random");
        let mut letters = BTreeSet::new();
        for code in codes.iter() {
            let groups: Vec<&str> = code.split('-').collect();
            assert!(groups.len() == 4 && groups.iter().all(|group| group.len() == 4), "{code}");
            letters.extend(code.bytes().filter(|byte| *byte != b'-'));
        }
        assert_eq!(codes.iter().collect::<BTreeSet<_>>().len(), 200);
        assert_eq!(letters, ALPHABET.iter().copied().collect());
        assert_eq!(format!("{codes:?}"), "RecoveryCodes(200 codes)");
        let json = serde_json::to_value(&codes).expect("json");
        assert_eq!(json[7].as_str(), codes.iter().nth(7));
    }

    #[test]
    fn the_list_is_that_of_the_python_library() {
        // sha256 of `abcd2345` and `efgh6789`.
        let column = concat!(
            "[\"6a0aad7e3bb6c7b3b4b6ec1cb4b6ec35f2f1a1b6d6c9e3a5f5d3f9f4a1b2c3d4\", ",
            "\"0000000000000000000000000000000000000000000000000000000000000000\"]",
        );
        assert_eq!(Digests::read(Some(column)).write(), column);
        for none in
            [None, Some(""), Some("{}"), Some("null"), Some("7"), Some("[\"a\""), Some("\"a\"")]
        {
            assert_eq!(Digests::read(none).write(), "[]", "{none:?}");
        }
        assert_eq!(Digests::read(Some("[1,\"a\",null,[\"b\"],\"c\"]")).write(), "[\"a\", \"c\"]");
        assert_eq!(
            digest("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn a_code_is_used_once() {
        let codes = RecoveryCodes::random(3).expect("random");
        let all = codes.digests(digest);
        assert_eq!(all.len(), 3);
        let second = digest(&codes.iter().nth(1).expect("a code").replace('-', ""));
        let left = all.without(&second).expect("it is one");
        assert_eq!(left.len(), 2);
        assert!(left.without(&second).is_none());
        assert!(all.without("").is_none());
        assert!(all.without(&digest("other")).is_none());
    }

    proptest! {
        #[test]
        fn no_column_panics(text in any::<String>()) {
            let read = Digests::read(Some(&text));
            prop_assert_eq!(Digests::read(Some(&read.write())), read);
        }
    }
}
