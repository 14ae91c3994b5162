//! The hashes of other systems: verified, never made.
//!
//! | System | Stored text |
//! |---|---|
//! | bcrypt: Devise, Laravel, Phoenix, Auth0, Supabase | `$2a$`, `$2b$`, `$2y$` |
//! | Django | `argon2$argon2id$`, `pbkdf2_sha256$`, `pbkdf2_sha1$`, `bcrypt_sha256$`, `bcrypt$`, `scrypt$` |
//! | Werkzeug (Flask) | `scrypt:32768:8:1$salt$hex`, `pbkdf2:sha256:` |
//! | passlib | `$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`, `$scrypt$ln=`, `$bcrypt-sha256$v=2`, `$5$`, `$6$`, `$P$` |
//! | crudauth for Python | bcrypt of `base64(sha256(password))` |
//! | Spring Security | `{bcrypt}`, `{argon2}`, `{scrypt}`, `{pbkdf2}`, each also with `@SpringSecurity_v5_8` |
//! | ASP.NET Identity | Base64 of version 2 and of version 3 |
//! | WordPress, phpBB | `$wp$2y$`, `$P$`, `$H$` |
//! | better-auth | `salt:hash` in hexadecimal |
//! | Firebase | `$fbscrypt$v=1,n=14,r=8,p=1,ss=<separator>,sk=<signer key>$salt$hash`, as Supabase imports it |
//! | Keycloak | written at the import as `$pbkdf2-sha256$<iterations>$<salt>$<value>`, both in Base64 |
//! | `crypt(3)` | `$5$`, `$6$` |
//! | MD5, SHA-1, SHA-2 | never as they are: [`FastDigest`] wraps them in argon2id at the import |
//!
//! PBKDF2 may have an output of 16 to 128 bytes, and Base64 may be padded or not.
//!
//! A row says itself what its verification costs, so what is beyond these limits is refused without
//! being computed: bcrypt of cost 16; scrypt of 256 MiB, or 1 GiB times `p`; 5,000,000 rounds of
//! PBKDF2, times the blocks of its output; 1,000,000 rounds of sha-crypt; 2²⁰ of phpass.
//!
//! Most systems hashed a password without normalising it, so both its NFC and the typed text are
//! tried. A match is hashed anew, with the hasher of the application.

mod bcrypt;
mod fast_digest;
mod firebase;
mod pbkdf2;
mod phpass;
mod scrypt;
mod sha_crypt;

use std::fmt;

use base64ct::{Base64Unpadded, Encoding as _};
use zeroize::Zeroizing;

pub(super) use self::fast_digest::Wrapped;
pub use self::fast_digest::{FastDigest, MalformedDigest};
use super::{Password, PasswordHash, Scheme};

/// Verifies the hashes of other systems. [`Argon2id`](super::Argon2id) has one, and it is for a
/// [`PasswordHasher`](super::PasswordHasher) of your own.
///
/// ```
/// use crudauth::password::legacy::LegacyHashes;
/// use crudauth::password::{Argon2id, Password, PasswordHash, PasswordHasher, Verdict};
///
/// // What Devise stored with `config.pepper = "pep"`.
/// let stored = "$2a$05$xMZ0uxZSimBjX59xRDLSNe7XNAmzPDXfcrwl.4.vT3VD6p8YaZlP2";
/// let stored = PasswordHash::from_stored(stored.to_owned());
/// let password = Password::new("correct horse battery staple");
///
/// let hasher = Argon2id::default().legacy_hashes(LegacyHashes::default().devise_pepper("pep"));
/// assert_eq!(hasher.verify(&password, &stored), Verdict::MatchOutdated);
/// ```
#[derive(Clone, Default)]
pub struct LegacyHashes {
    devise_pepper: Option<Zeroizing<String>>,
}

impl LegacyHashes {
    /// The `config.pepper` of Devise, which it appended to each password. A plain bcrypt hash is
    /// tried with it and without it. Default: none.
    #[must_use]
    pub fn devise_pepper(mut self, pepper: impl Into<String>) -> Self {
        self.devise_pepper = Some(Zeroizing::new(pepper.into()));
        self
    }

    /// Whether `password` is the one that `stored` was made from; `None` if `stored` is of none of
    /// the forms of this module, malformed or too costly.
    ///
    /// A password with a NUL in it never matches. bcrypt repeats its key with a NUL between the
    /// repetitions, and HMAC fills its key with them, so that `a` and `a\0` have the same hash.
    ///
    /// argon2 in any form, and a [`FastDigest`] that is wrapped in it, are verified by
    /// [`Argon2id`](super::Argon2id) alone.
    #[must_use]
    pub fn verify(&self, password: &Password, stored: &PasswordHash) -> Option<bool> {
        let text = stored.as_stored();
        let pepper = self.devise_pepper.as_ref().map(|pepper| pepper.as_str());
        let right = match stored.scheme() {
            Scheme::Bcrypt => bcrypt::verify(password, text, pepper),
            Scheme::Scrypt if text.starts_with("$fbscrypt$") => firebase::verify(password, text),
            Scheme::Scrypt => scrypt::verify(password, text),
            Scheme::Pbkdf2 => pbkdf2::verify(password, text),
            Scheme::ShaCrypt => sha_crypt::verify(password, text),
            Scheme::Phpass => phpass::verify(password, text),
            Scheme::Argon2 | Scheme::FastDigest | Scheme::Unusable | Scheme::Unknown => None,
        };
        right.map(|right| right && !password.expose().contains('\0'))
    }
}

impl fmt::Debug for LegacyHashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has_pepper = self.devise_pepper.is_some();
        f.debug_struct("LegacyHashes").field("has_devise_pepper", &has_pepper).finish()
    }
}

/// The fields of `text` between `separator`, if there are exactly `N`.
fn fields<const N: usize>(text: &str, separator: char) -> Option<[&str; N]> {
    let mut fields = text.split(separator);
    let found = std::array::from_fn(|_| fields.next());
    if fields.next().is_some() || found.contains(&None) {
        return None;
    }
    Some(found.map(Option::unwrap_or_default))
}

/// The value of `name=value`.
fn value<'a>(pair: &'a str, name: &str) -> Option<&'a str> {
    pair.strip_prefix(name)?.strip_prefix('=')
}

/// Lower or upper case.
fn decode_hex(text: &str) -> Option<Vec<u8>> {
    (!text.starts_with("0x")).then(|| const_hex::decode(text).ok()).flatten()
}

/// Padded or not; passlib writes `.` for `+`.
fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text = text.strip_suffix("==").or_else(|| text.strip_suffix('=')).unwrap_or(text);
    Base64Unpadded::decode_vec(&text.replace('.', "+")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) const RIGHT: &str = "correct horse battery staple";
    /// Neither NFC nor free of compatibility characters.
    pub(super) const UNICODE: &str = "pa\u{308}ssword \u{fb01}sh";
    pub(super) const UNICODE_NFC: &str = "p\u{e4}ssword \u{fb01}sh";
    pub(super) const UNICODE_NFKC: &str = "p\u{e4}ssword fish";

    pub(super) fn check(text: &str, stored: &str) -> Option<bool> {
        let stored = PasswordHash::from_stored(stored.to_owned());
        LegacyHashes::default().verify(&Password::new(text), &stored)
    }

    /// `stored` is of `text` and of nothing near it.
    pub(super) fn assert_is_of(text: &str, stored: &str) {
        assert_eq!(check(text, stored), Some(true), "{stored}");
        for wrong in [
            String::new(),
            format!("{text} "),
            format!("{text}\0"),
            text.to_uppercase(),
            stored.to_owned(),
        ] {
            assert_eq!(check(&wrong, stored), Some(false), "{wrong:?} for {stored}");
        }
    }

    #[test]
    fn hex_is_decoded_strictly() {
        assert_eq!(decode_hex("00fFa0"), Some(vec![0, 255, 160]));
        for bad in ["0", "0g", "é0", "0x10", "+1", " 00"] {
            assert_eq!(decode_hex(bad), None, "{bad}");
        }
    }

    #[test]
    fn fields_are_counted() {
        assert_eq!(fields::<2>("a$b", '$'), Some(["a", "b"]));
        assert_eq!(fields::<2>("$", '$'), Some(["", ""]));
        assert_eq!(fields::<2>("a", '$'), None);
        assert_eq!(fields::<2>("a$b$c", '$'), None);
    }
}
