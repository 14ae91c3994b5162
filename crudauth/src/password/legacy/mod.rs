//! The hashes of other systems: verified, never made.
//!
//! | Scheme | Forms | Refused above |
//! |---|---|---|
//! | bcrypt | `$2a$`, `$2b$`, `$2y$`, of the password or of `base64(sha256(NFKC(password)))` | cost 16 |
//! | scrypt | `$scrypt$ln=16,r=8,p=1$salt$hash`; Werkzeug's `scrypt:32768:8:1$salt$hex` | 256 MiB, 1 GiB times `p` |
//! | PBKDF2 | `$pbkdf2$`, `$pbkdf2-sha256$`, `$pbkdf2-sha512$`; Django's `pbkdf2_sha256$`; Werkzeug's `pbkdf2:sha256:` | 5,000,000 rounds |
//!
//! A cost above those limits is refused without being computed, so that a hostile row takes neither
//! the memory nor the time of the server.
//!
//! Most systems hashed a password as it came, so both its NFC and what was typed are tried.

mod bcrypt;
mod pbkdf2;
mod scrypt;

use super::{Password, PasswordHash, Scheme};

/// Whether `password` is the one that `stored` was made from; `None` if `stored` is of none of the
/// forms of this module, malformed or too costly.
///
/// It is for a [`PasswordHasher`](super::PasswordHasher) of your own; [`Argon2id`](super::Argon2id)
/// calls it by itself. A match is to be hashed anew.
///
/// A password with a NUL in it never matches. bcrypt repeats its key with a NUL between the
/// repetitions, and HMAC fills its key with them, so that `a` and `a\0` have the same hash.
#[must_use]
pub fn verify(password: &Password, stored: &PasswordHash) -> Option<bool> {
    let text = stored.as_stored();
    let right = match stored.scheme() {
        Scheme::Bcrypt => bcrypt::verify(password, text),
        Scheme::Scrypt => scrypt::verify(password, text),
        Scheme::Pbkdf2 => pbkdf2::verify(password, text),
        Scheme::Argon2 | Scheme::Unusable | Scheme::Unknown => None,
    };
    right.map(|right| right && !password.expose().contains('\0'))
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

fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u32>> = text.chars().map(|digit| digit.to_digit(16)).collect();
    let digits = digits.filter(|digits| digits.len() % 2 == 0)?;
    digits.chunks_exact(2).map(|pair| u8::try_from(pair[0] << 4 | pair[1]).ok()).collect()
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
        verify(&Password::new(text), &PasswordHash::from_stored(stored.to_owned()))
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
