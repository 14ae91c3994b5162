//! Digests that are too fast to be kept: MD5, SHA-1 and SHA-2 of a password, wrapped in argon2id.

use base64ct::{Base64UrlUnpadded, Encoding as _};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::password::{Argon2id, HashError, Password, PasswordHash, PasswordHasher as _};

/// A digest that another system stored: MD5, SHA-1, SHA-256 or SHA-512 of a password, with a salt
/// before or after it, or without one.
///
/// Such digests are fast to guess: a stolen table of them gives its passwords away in hours. crudauth
/// therefore never verifies a bare one. An import wraps each in argon2id, which protects the table at
/// once, and users sign in with their old passwords. The first sign-in replaces the wrapped hash by
/// argon2id of the password itself.
///
/// ```
/// use crudauth::password::legacy::FastDigest;
/// use crudauth::password::{Argon2id, Password, PasswordHasher, Verdict};
///
/// let hasher = Argon2id::default();
/// let stored = FastDigest::md5("9aa4b8addefd43dbf9340b7540e4e49a")?
///     .salt_before("seasalt")
///     .wrap(&hasher)?;
///
/// let verdict = hasher.verify(&Password::new("correct horse battery staple"), &stored);
/// assert_eq!(verdict, Verdict::MatchOutdated);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct FastDigest {
    recipe: Recipe,
    hex: Zeroizing<String>,
}

/// How a digest is made of a password.
#[derive(Clone)]
struct Recipe {
    algorithm: Algorithm,
    before: String,
    after: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Algorithm {
    Md5,
    Sha1,
    Sha256,
    Sha512,
}

const ALGORITHMS: [(Algorithm, &str, usize); 4] = [
    (Algorithm::Md5, "md5", 32),
    (Algorithm::Sha1, "sha1", 40),
    (Algorithm::Sha256, "sha256", 64),
    (Algorithm::Sha512, "sha512", 128),
];

/// A text is not the digest that it is said to be: it has another length, or other characters than
/// hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a digest of this algorithm has {digits} hexadecimal digits")]
pub struct MalformedDigest {
    digits: usize,
}

impl FastDigest {
    /// MD5, as 32 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`MalformedDigest`] if `hex` is anything else.
    pub fn md5(hex: &str) -> Result<Self, MalformedDigest> {
        Self::new(Algorithm::Md5, hex)
    }

    /// SHA-1, as 40 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`MalformedDigest`] if `hex` is anything else.
    pub fn sha1(hex: &str) -> Result<Self, MalformedDigest> {
        Self::new(Algorithm::Sha1, hex)
    }

    /// SHA-256, as 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`MalformedDigest`] if `hex` is anything else.
    pub fn sha256(hex: &str) -> Result<Self, MalformedDigest> {
        Self::new(Algorithm::Sha256, hex)
    }

    /// SHA-512, as 128 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// [`MalformedDigest`] if `hex` is anything else.
    pub fn sha512(hex: &str) -> Result<Self, MalformedDigest> {
        Self::new(Algorithm::Sha512, hex)
    }

    fn new(algorithm: Algorithm, hex: &str) -> Result<Self, MalformedDigest> {
        let digits = algorithm.row().2;
        if hex.len() != digits || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(MalformedDigest { digits });
        }
        let recipe = Recipe { algorithm, before: String::new(), after: String::new() };
        Ok(Self { recipe, hex: Zeroizing::new(hex.to_ascii_lowercase()) })
    }

    /// The text that stood before the password: `md5(salt + password)`. Django's `md5$salt$hash`
    /// and `sha1$salt$hash` are of this form. Default: none.
    #[must_use]
    pub fn salt_before(mut self, salt: impl Into<String>) -> Self {
        self.recipe.before = salt.into();
        self
    }

    /// The text that stood after the password: `md5(password + salt)`. Default: none.
    #[must_use]
    pub fn salt_after(mut self, salt: impl Into<String>) -> Self {
        self.recipe.after = salt.into();
        self
    }

    /// The text for the database: argon2id of the digest, and how the digest is made.
    ///
    /// It takes as long as a hash does, so an import calls it from a blocking thread.
    ///
    /// # Errors
    ///
    /// [`HashError::Failed`] if random bytes or memory cannot be had.
    pub fn wrap(&self, hasher: &Argon2id) -> Result<PasswordHash, HashError> {
        let Recipe { algorithm, before, after } = &self.recipe;
        let hash = hasher.hash(&Password::new(self.hex.as_str()))?;
        let salt = |text: &str| Base64UrlUnpadded::encode_string(text.as_bytes());
        let (name, before, after) = (algorithm.row().1, salt(before), salt(after));
        Ok(PasswordHash::from_stored(format!("{name}:{before}:{after}:{}", hash.as_stored())))
    }
}

impl std::fmt::Debug for FastDigest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("FastDigest").field(&self.recipe.algorithm.row().1).finish()
    }
}

/// A stored text that [`FastDigest::wrap`] has made.
pub(in crate::password) struct Wrapped<'a> {
    recipe: Recipe,
    /// The PHC string of the digest's argon2id.
    pub(in crate::password) argon2: &'a str,
}

impl<'a> Wrapped<'a> {
    pub(in crate::password) fn parse(stored: &'a str) -> Option<Self> {
        let [name, before, after, argon2] = super::fields(stored, ':')?;
        let (algorithm, ..) = *ALGORITHMS.iter().find(|(_, known, _)| *known == name)?;
        let salt = |text| String::from_utf8(Base64UrlUnpadded::decode_vec(text).ok()?).ok();
        let recipe = Recipe { algorithm, before: salt(before)?, after: salt(after)? };
        Some(Self { recipe, argon2 })
    }

    /// The digest of `text`, which the argon2id is of.
    pub(in crate::password) fn digest_of(&self, text: &str) -> Zeroizing<String> {
        let Recipe { algorithm, before, after } = &self.recipe;
        let parts = [before, text, after];
        match algorithm {
            Algorithm::Md5 => hex_of::<Md5>(parts),
            Algorithm::Sha1 => hex_of::<Sha1>(parts),
            Algorithm::Sha256 => hex_of::<Sha256>(parts),
            Algorithm::Sha512 => hex_of::<Sha512>(parts),
        }
    }
}

impl Algorithm {
    fn row(self) -> (Self, &'static str, usize) {
        ALGORITHMS.into_iter().find(|(algorithm, ..)| *algorithm == self).unwrap_or(ALGORITHMS[0])
    }
}

fn hex_of<D: Digest>(parts: [&str; 3]) -> Zeroizing<String> {
    let digest = parts.into_iter().fold(D::new(), Digest::chain_update).finalize();
    Zeroizing::new(const_hex::encode(&digest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::password::Verdict;

    const RIGHT: &str = "correct horse battery staple";

    fn verdict(digest: &FastDigest, text: &str) -> Verdict {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        hasher.verify(&Password::new(text), &digest.wrap(&hasher).unwrap())
    }

    #[test]
    fn each_algorithm_verifies_with_and_without_salts() {
        for (algorithm, ..) in ALGORITHMS {
            for (before, after) in [("", ""), ("sea:salt", ""), ("", "$\u{e9}"), ("a", "b")] {
                let recipe = Recipe { algorithm, before: before.into(), after: after.into() };
                let hex = Wrapped { recipe, argon2: "" }.digest_of(RIGHT);
                let digest = FastDigest::new(algorithm, &hex.to_uppercase()).unwrap();
                let digest = digest.salt_before(before).salt_after(after);
                assert_eq!(verdict(&digest, RIGHT), Verdict::MatchOutdated);
                for wrong in ["", "wrong", &hex] {
                    assert_eq!(verdict(&digest, wrong), Verdict::Mismatch, "{wrong}");
                }
            }
        }
    }

    // `echo -n .. | md5sum`, and Django's `md5$seasalt$`.
    #[test]
    fn the_digests_are_those_of_other_programs() {
        let plain = FastDigest::md5("9cc2ae8a1ba7a93da39b46fc1019c481").unwrap();
        let django = FastDigest::md5("9aa4b8addefd43dbf9340b7540e4e49a").unwrap();
        assert_eq!(verdict(&plain, RIGHT), Verdict::MatchOutdated);
        assert_eq!(verdict(&django.salt_before("seasalt"), RIGHT), Verdict::MatchOutdated);
    }

    #[test]
    fn what_is_not_such_a_digest_is_refused() {
        for hex in
            ["", "9cc2", "zcc2ae8a1ba7a93da39b46fc1019c481", "\u{e9}cc2ae8a1ba7a93da39b46fc1019c48"]
        {
            assert_eq!(FastDigest::md5(hex).unwrap_err(), MalformedDigest { digits: 32 });
        }
        let text = FastDigest::sha1("9cc2").unwrap_err().to_string();
        assert_eq!(text, "a digest of this algorithm has 40 hexadecimal digits");
    }

    #[test]
    fn a_bare_digest_and_a_malformed_wrapping_match_nothing() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        for stored in [
            "9cc2ae8a1ba7a93da39b46fc1019c481",
            "md5:",
            "md5:::",
            "md5:::9cc2ae8a1ba7a93da39b46fc1019c481",
            "md4:::$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA",
            "md5:*::$argon2id$v=19$m=8,t=1,p=1$c2FsdHNhbHQ$AAAA",
        ] {
            let stored = PasswordHash::from_stored(stored.to_owned());
            assert_eq!(hasher.verify(&Password::new(RIGHT), &stored), Verdict::Mismatch);
        }
    }
}
