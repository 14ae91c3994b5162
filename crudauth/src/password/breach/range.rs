//! The request to a range service, and its answer.

use std::fmt;

use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::password::Password;

const PREFIX: usize = 5;
const DIGEST: usize = 40;

/// The first five hexadecimal digits, in capitals, of the SHA-1 digest of a password: what the
/// service is told. About 2,000 leaked passwords share each.
#[derive(Clone, PartialEq, Eq)]
pub struct HashPrefix(String);

impl HashPrefix {
    /// The five digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for HashPrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HashPrefix(..)")
    }
}

/// The digest of a password in two parts: the prefix, which is sent, and the suffix, which is not.
pub(super) struct Digested {
    pub(super) prefix: HashPrefix,
    pub(super) suffix: Zeroizing<String>,
}

impl Digested {
    /// Lists of leaked passwords use SHA-1. It protects nothing here.
    pub(super) fn new(password: &Password) -> Self {
        let digest = Sha1::digest(password.expose().as_bytes());
        let mut text = Zeroizing::new(String::with_capacity(DIGEST));
        for byte in digest {
            for digit in [byte >> 4, byte & 0xf] {
                text.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
            }
        }
        let suffix = Zeroizing::new(text.split_off(PREFIX));
        Self { prefix: HashPrefix(text.to_string()), suffix }
    }
}

/// The leaked digests that begin with one [`HashPrefix`], without the prefix. The default is
/// none.
#[derive(Clone, Default)]
pub struct BreachRange {
    suffixes: Vec<String>,
}

impl BreachRange {
    /// Reads the answer of a range service: one `SUFFIX:COUNT` a line, 35 hexadecimal digits and
    /// a number. A count of zero is padding, which hides how long the answer is, and is left out.
    ///
    /// # Errors
    ///
    /// [`InvalidRange`] for any other text, also an empty one: an invalid answer must not look like
    /// a list without the password.
    pub fn parse(text: &str) -> Result<Self, InvalidRange> {
        let mut suffixes = Vec::new();
        let mut lines = 0;
        for line in text.lines().map(str::trim_end).filter(|line| !line.is_empty()) {
            lines += 1;
            let (suffix, count) = line.split_once(':').ok_or(InvalidRange)?;
            let is_suffix = suffix.len() == DIGEST - PREFIX
                && suffix.bytes().all(|digit| digit.is_ascii_hexdigit());
            let count: u64 = count.parse().map_err(|_| InvalidRange)?;
            if !is_suffix {
                return Err(InvalidRange);
            }
            if count > 0 {
                suffixes.push(suffix.to_ascii_uppercase());
            }
        }
        if lines == 0 { Err(InvalidRange) } else { Ok(Self { suffixes }) }
    }

    pub(super) fn contains(&self, suffix: &str) -> bool {
        self.suffixes.iter().any(|leaked| leaked == suffix)
    }
}

impl fmt::Debug for BreachRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BreachRange").field("len", &self.suffixes.len()).finish()
    }
}

/// A text that is no answer of a range service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the answer is no list of `SUFFIX:COUNT` lines")]
pub struct InvalidRange;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_digest_is_that_of_the_whole_password_and_is_cut_after_five_digits() {
        let digested = Digested::new(&Password::new("correct horse battery staple"));
        assert_eq!(digested.prefix.as_str(), "ABF7A");
        assert_eq!(*digested.suffix, "AD6438836DBE526AA231ABDE2D0EEF74D42");
        assert_eq!(format!("{:?}", digested.prefix), "HashPrefix(..)");
    }

    #[test]
    fn a_range_is_read_without_its_padding() {
        let (leaked, padding) = ("0".repeat(35), "f".repeat(35));
        let range = BreachRange::parse(&format!("{leaked}:7\r\n{padding}:0\r\n")).unwrap();
        assert!(range.contains(&leaked));
        assert!(!range.contains(&padding.to_uppercase()));
        let lower = BreachRange::parse(&format!("{padding}:1")).unwrap();
        assert!(lower.contains(&padding.to_uppercase()), "letters are compared as capitals");
    }

    #[test]
    fn an_invalid_answer_is_not_read_as_an_empty_range() {
        let suffix = "0".repeat(35);
        for text in [
            String::new(),
            "\r\n\r\n".to_owned(),
            "<html>sign in to the network</html>".to_owned(),
            suffix.clone(),
            format!("{suffix}:"),
            format!("{suffix}:-1"),
            format!("{suffix}0:1"),
            format!("{}g:1", "0".repeat(34)),
            format!("{suffix}:1\nand more"),
        ] {
            assert!(BreachRange::parse(&text).is_err(), "{text:?}");
        }
    }
}
