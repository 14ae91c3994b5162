use std::env;
use std::fmt;

#[cfg(feature = "app")]
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

#[cfg(feature = "app")]
use super::Sealer;
use super::digest::{Digester, Space};
use super::error::{Reason, SecretKeyError};
use super::{fill_random, inspect};

/// The key from which every keyed digest of an application is derived.
///
/// At least 32 bytes: no shorter than the keys that are derived from it. Keys that are short,
/// published or easy to guess are refused, and so is what a shell or a template has left as it was.
/// Never printed and never serialised; wiped from memory when dropped.
///
/// ```
/// use crudauth::SecretKey;
///
/// assert!(SecretKey::new("secret").is_err());
/// assert!(SecretKey::new("change-me-change-me-change-me-change-me").is_err());
/// assert!(SecretKey::new("$(openssl rand -base64 48)").is_err());
/// ```
///
/// # Another key
///
/// A key is replaced without signing anybody out:
///
/// 1. Where several processes run, give each the new key [as a fallback](Self::with_fallbacks) first,
///    so that it takes what the others will issue.
/// 2. Start with the new key, and the old one as a fallback. What was issued under the old key goes
///    on working; what is issued from now on is issued under the new one.
/// 3. When what was issued under the old key has ended, start without it: after
///    [`absolute_timeout`](crate::SessionConfig::absolute_timeout) and the life of a refresh token,
///    30 days by default. A device that has not been signed in on since is an unknown one then.
///
/// Where the old key is known to somebody else, leave it out at once: all that was issued under it
/// ends.
///
/// With any new key, also where the old one is a fallback, counts of calls begin anew, user names that
/// a sign-up with a taken address has held back are free again, and security events give other
/// digests to the same names. Counts of failed sign-ins go on: their key is another one, which rests
/// in the state store.
///
/// In the environment, the fallbacks of `SECRET_KEY` are in `SECRET_KEY_FALLBACKS`, separated by
/// commas.
pub struct SecretKey {
    bytes: Zeroizing<Vec<u8>>,
    older: Vec<Zeroizing<Vec<u8>>>,
    is_random: bool,
}

impl SecretKey {
    /// The shortest key that is accepted, in bytes.
    pub const MIN_BYTES: usize = 32;

    /// A key of the bytes of `key`, as they are.
    ///
    /// # Errors
    ///
    /// Where the key is shorter than 32 bytes, is published, is a placeholder or a command that
    /// nothing has replaced, has quotes, blanks or a byte order mark around it, or is made of
    /// words, sequences or repetitions and could be guessed. A random key of any alphabet passes.
    pub fn new(key: impl Into<Vec<u8>>) -> Result<Self, SecretKeyError> {
        let bytes = Zeroizing::new(key.into());
        inspect::accept(&bytes).map_err(SecretKeyError::because)?;
        Ok(Self { bytes, older: Vec::new(), is_random: false })
    }

    /// The key in the environment variable `name`, with those in `{name}_FALLBACKS` as
    /// [older](Self::with_fallbacks) ones, separated by commas.
    ///
    /// # Errors
    ///
    /// Where the variable is missing or a key is refused by [`SecretKey::new`]; the error names
    /// the variable.
    pub fn from_env(name: &str) -> Result<Self, SecretKeyError> {
        let value = env::var(name).map_err(|_| SecretKeyError::at(name, Reason::Missing))?;
        let key = Self::named(name, &Zeroizing::new(value))?;
        let fallbacks = format!("{name}_FALLBACKS");
        match env::var(&fallbacks) {
            Ok(older) => key.with_fallbacks_in(&fallbacks, &Zeroizing::new(older)),
            Err(env::VarError::NotPresent) => Ok(key),
            Err(env::VarError::NotUnicode(_)) => {
                Err(SecretKeyError::at(&fallbacks, Reason::NotText))
            }
        }
    }

    /// Takes what was issued under the keys of `older`, too. They issue nothing.
    ///
    /// Where several processes run, give each the new key as a fallback first, and then make it the
    /// first one in each: a process that does not know the new key refuses what the others issue
    /// under it, and takes its cookies away. See [another key](SecretKey#another-key).
    ///
    /// ```
    /// use crudauth::SecretKey;
    ///
    /// # fn keys() -> Result<SecretKey, crudauth::SecretKeyError> {
    /// let key = SecretKey::from_env("NEW_KEY")?.with_fallbacks([SecretKey::from_env("OLD_KEY")?]);
    /// # Ok(key)
    /// # }
    /// ```
    #[must_use]
    pub fn with_fallbacks(mut self, older: impl IntoIterator<Item = SecretKey>) -> Self {
        for key in older {
            self.older.push(key.bytes);
            self.older.extend(key.older);
        }
        self
    }

    /// As [`with_fallbacks`](Self::with_fallbacks), with the keys in `list`, which came from `variable`.
    pub(crate) fn with_fallbacks_in(
        self,
        variable: &str,
        list: &str,
    ) -> Result<Self, SecretKeyError> {
        let keys = list.split(',').map(str::trim).filter(|key| !key.is_empty());
        let older: Result<Vec<_>, _> = keys.map(|key| Self::named(variable, key)).collect();
        Ok(self.with_fallbacks(older?))
    }

    fn named(variable: &str, text: &str) -> Result<Self, SecretKeyError> {
        Self::new(text).map_err(|error| SecretKeyError::at(variable, error.reason))
    }

    /// A fresh random key. What was issued under it ends when the process does, so it serves
    /// tests and first steps.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random bytes.
    pub fn random() -> Result<Self, SecretKeyError> {
        let mut bytes = Zeroizing::new(vec![0; Self::MIN_BYTES]);
        fill_random(&mut bytes).map_err(|_| SecretKeyError::because(Reason::NoRandomness))?;
        Ok(Self { bytes, older: Vec::new(), is_random: true })
    }

    /// Whether it was made by [`random`](Self::random), and so ends with this process.
    #[cfg(feature = "app")]
    pub(crate) fn is_random(&self) -> bool {
        self.is_random
    }

    /// Whether `text` is this key, or one of the fallbacks.
    #[cfg(feature = "app")]
    pub(crate) fn is(&self, text: &[u8]) -> bool {
        let mut keys = std::iter::once(&self.bytes).chain(&self.older);
        keys.any(|key| key.as_slice().ct_eq(text).into())
    }

    /// A digester for one purpose of the application's. Digests of different purposes are
    /// unrelated, and none is one of crudauth's own, whatever the purpose is called.
    #[must_use]
    pub fn digester(&self, purpose: &str) -> Digester {
        self.derive(Space::Application, purpose)
    }

    /// A digester for one purpose of crudauth's.
    pub(crate) fn own_digester(&self, purpose: &str) -> Digester {
        self.derive(Space::Own, purpose)
    }

    /// Encryption for one purpose. What one purpose seals, another cannot open.
    #[cfg(feature = "app")]
    pub(crate) fn sealer(&self, purpose: &str) -> Sealer {
        let subkeys = self.own_digester("seal");
        let older = subkeys.digests(purpose.as_bytes()).skip(1);
        Sealer::new(&subkeys.digest(purpose.as_bytes()), older)
    }

    fn derive(&self, space: Space, purpose: &str) -> Digester {
        Digester::derive(space, &self.bytes, self.older.iter().map(|key| key.as_slice()), purpose)
    }
}

impl fmt::Debug for SecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretKey(..)")
    }
}
