//! Passwords in plain text.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Unexpected, Visitor};
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use zeroize::Zeroizing;

/// A password as a person typed it.
///
/// It is normalised to Unicode NFC when it is made (NIST SP 800-63B-4 §3.1.1.2, RFC 8265), so that
/// an `é` typed on one keyboard is the `é` typed on another. Nothing else is changed: not the case,
/// not the white space, not the length.
///
/// The text is wiped from memory on drop, `Debug` hides it, and there is neither `Display` nor
/// `Serialize`. A clone is a second copy, wiped on its own.
///
/// ```
/// use crudauth::password::Password;
///
/// let password = Password::new("cafe\u{301} au lait");
/// assert_eq!(password.expose(), "caf\u{e9} au lait");
/// assert_eq!(format!("{password:?}"), "Password(***)");
/// ```
#[derive(Clone)]
pub struct Password {
    nfc: Zeroizing<String>,
    /// The text as it was typed, if that is not NFC: other systems hashed it unchanged.
    typed: Option<Zeroizing<String>>,
}

impl Password {
    /// A password from the typed text.
    pub fn new(typed: impl Into<String>) -> Self {
        let typed = Zeroizing::new(typed.into());
        if is_nfc(&typed) {
            return Self { nfc: typed, typed: None };
        }
        Self { nfc: collect_once(typed.nfc()), typed: Some(typed) }
    }

    /// The text, in NFC. The name makes each use of the secret easy to find.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.nfc
    }

    /// The text in NFKC, from which the pre-hashed bcrypt form is made. NFC and the typed text have
    /// the same NFKC.
    #[cfg(feature = "legacy-hashes")]
    pub(super) fn nfkc(&self) -> Zeroizing<String> {
        collect_once(self.nfc.nfkc())
    }

    /// Each form that a stored hash may be made of: NFC, and the typed text if it differs.
    pub(super) fn spellings(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.nfc).chain(&self.typed).map(|text| text.as_str())
    }
}

/// Collects without growing, which would leave copies of the secret in freed memory.
fn collect_once(chars: impl Iterator<Item = char> + Clone) -> Zeroizing<String> {
    let len = chars.clone().map(char::len_utf8).sum();
    let mut text = Zeroizing::new(String::with_capacity(len));
    text.extend(chars);
    text
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(***)")
    }
}

impl<'de> Deserialize<'de> for Password {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `deserialize_string`: with that hint, serde_json makes its error, which quotes the
        // value, without asking the visitor.
        deserializer.deserialize_any(PasswordVisitor)
    }
}

struct PasswordVisitor;

impl Visitor<'_> for PasswordVisitor {
    type Value = Password;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_str<E: Error>(self, typed: &str) -> Result<Password, E> {
        Ok(Password::new(typed))
    }

    fn visit_string<E: Error>(self, typed: String) -> Result<Password, E> {
        Ok(Password::new(typed))
    }

    // The errors that serde makes by itself quote the value: a password of digits, sent as a
    // number, must not come back in an answer or a log.

    fn visit_bool<E: Error>(self, _: bool) -> Result<Password, E> {
        Err(E::invalid_type(Unexpected::Other("a boolean"), &self))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Password, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Password, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Password, E> {
        Err(E::invalid_type(Unexpected::Other("a number"), &self))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spellings(password: &Password) -> Vec<&str> {
        password.spellings().collect()
    }

    #[test]
    fn text_in_nfc_is_kept_as_it_is() {
        let password = Password::new(" Caf\u{e9}  ");
        assert_eq!(password.expose(), " Caf\u{e9}  ");
        assert_eq!(spellings(&password), [" Caf\u{e9}  "]);
    }

    #[test]
    fn text_in_nfd_becomes_nfc_and_keeps_what_was_typed() {
        let password = Password::new("cafe\u{301}");
        assert_eq!(password.expose(), "caf\u{e9}");
        assert_eq!(spellings(&password), ["caf\u{e9}", "cafe\u{301}"]);
    }

    #[test]
    fn nfc_keeps_a_ligature_that_nfkc_dissolves() {
        let password = Password::new("\u{fb01}sh");
        assert_eq!(password.expose(), "\u{fb01}sh");
        assert_eq!(*password.nfkc(), "fish");
    }

    #[test]
    fn a_string_deserializes() {
        for json in [r#""plain""#, r#""pl\u0061in""#] {
            let password: Password = serde_json::from_str(json).unwrap();
            assert_eq!(password.expose(), "plain");
        }
        let password: Password = serde_json::from_value("owned".into()).unwrap();
        assert_eq!(password.expose(), "owned");
    }

    #[test]
    fn an_error_never_quotes_the_value() {
        for json in ["31337", "-31337", "31337.5"] {
            let error = serde_json::from_str::<Password>(json).unwrap_err().to_string();
            assert!(error.starts_with("invalid type: a number, expected a string"), "{error}");
        }
        let error = serde_json::from_str::<Password>("true").unwrap_err().to_string();
        assert!(error.starts_with("invalid type: a boolean, expected a string"), "{error}");
        assert!(serde_json::from_str::<Password>("null").is_err());
        assert!(serde_json::from_str::<Password>(r#"["x"]"#).is_err());
    }
}
