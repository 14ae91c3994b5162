use std::env;
use std::error::Error;
use std::fmt;

use zeroize::Zeroizing;

use super::{Digester, Sealer};

/// The key from which every keyed digest of an application is derived.
///
/// At least 32 bytes: no shorter than the keys that are derived from it. Short keys and
/// placeholders are refused. Never printed and never serialised; wiped from memory when dropped.
///
/// ```
/// use crudauth::SecretKey;
///
/// assert!(SecretKey::new("secret").is_err());
/// assert!(SecretKey::new("change-me-change-me-change-me-change-me").is_err());
/// assert!(SecretKey::new("qN2v8Jx0Tq1mYw7rB4kZ9sLdUe6hGfAc3iPoXyRt").is_ok());
/// ```
pub struct SecretKey {
    bytes: Zeroizing<Vec<u8>>,
}

impl SecretKey {
    /// The shortest key that is accepted, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// A key of the bytes of `key`, as they are.
    ///
    /// # Errors
    ///
    /// Where the key is shorter than 32 bytes, repeats itself, or reads like a placeholder: has a
    /// word such as `change`, or such as `secret` and no digit.
    pub fn new(key: impl Into<Vec<u8>>) -> Result<Self, SecretKeyError> {
        let bytes = Zeroizing::new(key.into());
        if bytes.len() < Self::MIN_BYTES {
            return Err(SecretKeyError::because(Reason::TooShort(bytes.len())));
        }
        if is_monotonous(&bytes) {
            return Err(SecretKeyError::because(Reason::Monotonous));
        }
        if let Some(word) = placeholder_in(&bytes) {
            return Err(SecretKeyError::because(Reason::Placeholder(word)));
        }
        Ok(Self { bytes })
    }

    /// The key in the environment variable `name`, white space around it removed.
    ///
    /// # Errors
    ///
    /// Where the variable is missing or its value is refused by [`SecretKey::new`]; the error
    /// names the variable.
    pub fn from_env(name: &str) -> Result<Self, SecretKeyError> {
        let refused = |reason| SecretKeyError { variable: Some(name.to_owned()), reason };
        let value = Zeroizing::new(env::var(name).map_err(|_| refused(Reason::Missing))?);
        Self::new(value.trim()).map_err(|error| refused(error.reason))
    }

    /// A fresh random key. What was issued under it ends when the process does, so it serves
    /// tests and first steps.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random bytes.
    pub fn random() -> Result<Self, SecretKeyError> {
        let mut bytes = Zeroizing::new(vec![0; Self::MIN_BYTES]);
        getrandom::fill(&mut bytes).map_err(|_| SecretKeyError::because(Reason::NoRandomness))?;
        Ok(Self { bytes })
    }

    /// A digester for one purpose. Digests of different purposes are unrelated.
    #[must_use]
    pub fn digester(&self, purpose: &str) -> Digester {
        Digester::derive(&self.bytes, purpose)
    }

    /// Encryption for one purpose. What one purpose seals, another cannot open.
    pub(crate) fn sealer(&self, purpose: &str) -> Sealer {
        let subkey = self.digester("seal").digest(purpose.as_bytes());
        Sealer::new(subkey.bytes())
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}

fn is_monotonous(bytes: &[u8]) -> bool {
    let mut seen = [false; 256];
    for byte in bytes {
        seen[usize::from(*byte)] = true;
    }
    seen.iter().filter(|seen| **seen).count() < 10
}

/// A word that asks to be replaced, or one that names a key where nothing random stands beside it.
fn placeholder_in(bytes: &[u8]) -> Option<&'static str> {
    const ASKS: [&str; 6] = ["change", "replace", "placeholder", "insecure", "your-", "your_"];
    const NAMES: [&str; 3] = ["secret", "example", "default"];
    let text = Zeroizing::new(String::from_utf8_lossy(bytes).to_ascii_lowercase());
    let names = if text.contains(|c: char| c.is_ascii_digit()) { &[][..] } else { &NAMES };
    ASKS.iter().chain(names).copied().find(|word| text.contains(word))
}

/// A secret key was refused.
pub struct SecretKeyError {
    variable: Option<String>,
    reason: Reason,
}

enum Reason {
    Missing,
    TooShort(usize),
    Monotonous,
    Placeholder(&'static str),
    NoRandomness,
}

impl SecretKeyError {
    fn because(reason: Reason) -> Self {
        Self { variable: None, reason }
    }
}

impl fmt::Display for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.variable {
            Some(name) => write!(f, "the secret key in the environment variable `{name}` ")?,
            None => f.write_str("the secret key ")?,
        }
        match self.reason {
            Reason::Missing => f.write_str("is missing")?,
            Reason::TooShort(bytes) => {
                write!(f, "has {bytes} bytes, and needs at least {}", SecretKey::MIN_BYTES)?;
            }
            Reason::Monotonous => f.write_str("repeats the same few characters")?,
            Reason::Placeholder(word) => write!(f, "reads like a placeholder (`{word}`)")?,
            Reason::NoRandomness => {
                return f.write_str("could not be made: the system gave no random bytes");
            }
        }
        f.write_str("; make one with `openssl rand -base64 48`")
    }
}

/// As `Display`, so that a `main` that returns it prints a sentence.
impl fmt::Debug for SecretKeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Error for SecretKeyError {}

#[cfg(test)]
mod tests {
    use super::SecretKey;

    #[test]
    fn a_refusal_says_what_to_do_and_not_what_the_key_was() {
        let error = SecretKey::new("hunter2").expect_err("too short").to_string();
        assert_eq!(
            error,
            "the secret key has 7 bytes, and needs at least 32; make one with `openssl rand -base64 48`"
        );
        let error = SecretKey::new(vec![b'a'; 64]).expect_err("monotonous").to_string();
        assert!(error.contains("repeats the same few characters"), "{error}");
        let error = SecretKey::from_env("CRUDAUTH_NO_SUCH_VARIABLE").expect_err("missing");
        assert!(error.to_string().contains("`CRUDAUTH_NO_SUCH_VARIABLE` is missing"), "{error}");
        assert_eq!(format!("{error:?}"), error.to_string(), "what `main` prints");
    }

    #[test]
    fn a_placeholder_is_refused_and_a_key_that_is_named_is_not() {
        for placeholder in [
            "please-change-this-to-a-long-random-text-1",
            "my-application-s-very-long-secret-key",
            "CHANGE_ME_SUPER_SECRET_AND_LONG_ENOUGH",
        ] {
            let error = SecretKey::new(placeholder).expect_err(placeholder).to_string();
            assert!(error.contains("reads like a placeholder"), "{error}");
        }
        SecretKey::new("notes-secret-8f0d3c5b7a9e1f2d4c6b8a0e").expect("random enough");
    }

    #[test]
    fn the_key_is_not_printed() {
        let key = SecretKey::new("qN2v8Jx0Tq1mYw7rB4kZ9sLdUe6hGfAc3iPoXyRt").expect("good");
        assert_eq!(format!("{key:?}"), "SecretKey(..)");
    }
}
