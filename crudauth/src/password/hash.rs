//! Stored password hashes.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding as _};

use super::hasher::HashError;
use crate::secret::random;

/// A stored password hash: scheme, cost, salt and digest in one line of text.
///
/// Any text can be held, also one that no hasher understands: such a hash simply never matches.
/// `Debug` shows the [`Scheme`] alone, and there is neither `Display` nor `Serialize`.
///
/// ```
/// use crudauth::password::{PasswordHash, Scheme};
///
/// let hash = PasswordHash::from_stored(
///     "$2b$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi".to_owned(),
/// );
/// assert_eq!(hash.scheme(), Scheme::Bcrypt);
/// assert_eq!(format!("{hash:?}"), "PasswordHash(Bcrypt)");
/// ```
#[derive(Clone)]
pub struct PasswordHash(String);

impl PasswordHash {
    /// Takes the text of the database column.
    #[must_use]
    pub fn from_stored(stored: String) -> Self {
        Self(stored)
    }

    /// A hash that no password matches, for an account that has none yet: `!` and 128 random bits,
    /// so that values derived from the hashes of two accounts differ.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] if the operating system gives no random bytes.
    pub fn unusable() -> Result<Self, HashError> {
        let bytes: [u8; 16] = random().map_err(HashError::failed)?;
        Ok(Self(format!("!{}", Base64UrlUnpadded::encode_string(&bytes))))
    }

    /// The text for the database column.
    #[must_use]
    pub fn as_stored(&self) -> &str {
        &self.0
    }

    /// Which scheme the text announces. It may still be malformed.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        Scheme::detect(&self.0)
    }

    /// Whether the account has a password at all: the text is not empty and has no leading `!`.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.scheme() != Scheme::Unusable
    }
}

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PasswordHash").field(&self.scheme()).finish()
    }
}

/// The families of stored hashes that crudauth tells apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Scheme {
    /// argon2id, argon2i or argon2d as a PHC string, also behind the mark of Django or Spring.
    Argon2,
    /// `$2a$`, `$2b$` or `$2y$`, also behind a mark, and of a digest of the password.
    Bcrypt,
    /// The PHC form, or that of Django, Werkzeug, Spring, better-auth or Firebase.
    Scrypt,
    /// The forms of passlib, Django, Werkzeug, Spring or ASP.NET.
    Pbkdf2,
    /// `$5$` and `$6$` of `crypt(3)`.
    ShaCrypt,
    /// `$P$` and `$H$` of WordPress and phpBB.
    Phpass,
    /// MD5, SHA-1 or SHA-2, wrapped in argon2id.
    FastDigest,
    /// Empty, or marked with a leading `!`: the account has no password.
    Unusable,
    /// Anything else.
    Unknown,
}

impl Scheme {
    pub(crate) fn detect(stored: &str) -> Self {
        const PREFIXES: [(&str, Scheme); 31] = [
            ("!", Scheme::Unusable),
            ("$argon2id$", Scheme::Argon2),
            ("$argon2i$", Scheme::Argon2),
            ("$argon2d$", Scheme::Argon2),
            ("argon2$", Scheme::Argon2),
            ("{argon2}", Scheme::Argon2),
            ("{argon2@", Scheme::Argon2),
            ("$2a$", Scheme::Bcrypt),
            ("$2b$", Scheme::Bcrypt),
            ("$2y$", Scheme::Bcrypt),
            ("bcrypt$", Scheme::Bcrypt),
            ("bcrypt_sha256$", Scheme::Bcrypt),
            ("{bcrypt}", Scheme::Bcrypt),
            ("$bcrypt-sha256$", Scheme::Bcrypt),
            ("$wp$2", Scheme::Bcrypt),
            ("$scrypt$", Scheme::Scrypt),
            ("scrypt:", Scheme::Scrypt),
            ("scrypt$", Scheme::Scrypt),
            ("{scrypt", Scheme::Scrypt),
            ("$fbscrypt$", Scheme::Scrypt),
            ("$pbkdf2", Scheme::Pbkdf2),
            ("pbkdf2", Scheme::Pbkdf2),
            ("{pbkdf2", Scheme::Pbkdf2),
            ("$5$", Scheme::ShaCrypt),
            ("$6$", Scheme::ShaCrypt),
            ("$P$", Scheme::Phpass),
            ("$H$", Scheme::Phpass),
            ("md5:", Scheme::FastDigest),
            ("sha1:", Scheme::FastDigest),
            ("sha256:", Scheme::FastDigest),
            ("sha512:", Scheme::FastDigest),
        ];
        if stored.is_empty() {
            return Self::Unusable;
        }
        let known = PREFIXES.iter().find(|(prefix, _)| stored.starts_with(prefix));
        known.map_or_else(|| Self::of_shape(stored), |&(_, scheme)| scheme)
    }

    /// Two systems put no mark before their hashes.
    fn of_shape(stored: &str) -> Self {
        let is_hex = |text: &str| text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_base64 = |byte: u8| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte);
        match stored.split_once(':') {
            Some((salt, hash)) if salt.len() == 32 && hash.len() == 128 => {
                if is_hex(salt) && is_hex(hash) { Self::Scrypt } else { Self::Unknown }
            }
            // ASP.NET Identity: the first byte is a version, 0 or 1.
            None if stored.len() >= 64 && stored.starts_with('A') => {
                if stored.bytes().all(is_base64) { Self::Pbkdf2 } else { Self::Unknown }
            }
            _ => Self::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unusable_hashes_differ_and_say_so() {
        let (one, two) = (PasswordHash::unusable().unwrap(), PasswordHash::unusable().unwrap());
        assert!(!one.is_usable());
        assert_ne!(one.as_stored(), two.as_stored());
        assert!(!PasswordHash::from_stored(String::new()).is_usable());
        assert!(PasswordHash::from_stored("plain".to_owned()).is_usable());
    }

    #[test]
    fn debug_shows_the_scheme_alone() {
        let stored = "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$secret";
        let shown = format!("{:?}", PasswordHash::from_stored(stored.to_owned()));
        assert_eq!(shown, "PasswordHash(Argon2)");
        let shown = format!("{:?}", PasswordHash::from_stored("hunter2".to_owned()));
        assert_eq!(shown, "PasswordHash(Unknown)");
    }
}
