//! A code as the user types it.

use std::fmt;

use zeroize::Zeroizing;

use super::totp::DIGITS;

/// The longest recovery code that is looked at, in bytes without separators. Ours have 16.
const LONGEST: usize = 64;

/// A code of a second factor as the user has typed it: six digits are a code of an authenticator app, everything
/// else is tried as a recovery code. Every text is one, and most of them are wrong.
#[derive(Clone)]
pub(crate) struct Code(Typed);

/// The kind of a code.
#[derive(Clone)]
pub(crate) enum Typed {
    /// Of an authenticator app.
    Totp(Zeroizing<[u8; DIGITS]>),
    /// A recovery code in lower case, without separators.
    Recovery(Zeroizing<String>),
    /// It has the form of neither kind, so it is wrong.
    Nothing,
}

impl Code {
    /// Reads what was typed. Blanks do not count.
    pub(crate) fn new(text: &str) -> Self {
        let mut plain = Zeroizing::new(String::with_capacity(LONGEST));
        for character in text.chars().filter(|character| *character != ' ') {
            if plain.len() + character.len_utf8() > 2 * LONGEST {
                return Self(Typed::Nothing);
            }
            plain.push(character);
        }
        if let Ok(digits) = <[u8; DIGITS]>::try_from(plain.as_bytes())
            && digits.iter().all(u8::is_ascii_digit)
        {
            return Self(Typed::Totp(Zeroizing::new(digits)));
        }
        plain.retain(|character| character != '-');
        plain.make_ascii_lowercase();
        let may_be_one = (1..=LONGEST).contains(&plain.len())
            && plain.bytes().all(|b| b.is_ascii_alphanumeric());
        Self(if may_be_one { Typed::Recovery(plain) } else { Typed::Nothing })
    }

    /// What it is.
    pub(crate) fn typed(&self) -> &Typed {
        &self.0
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Code, Typed};

    fn read(text: &str) -> String {
        match Code::new(text).typed() {
            Typed::Totp(digits) => format!("totp {}", String::from_utf8_lossy(&**digits)),
            Typed::Recovery(code) => format!("recovery {}", **code),
            Typed::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn six_digits_are_of_an_app_and_the_rest_is_a_recovery_code() {
        assert_eq!(read("123456"), "totp 123456");
        assert_eq!(read(" 123 456 "), "totp 123456");
        assert_eq!(read("12345"), "recovery 12345");
        assert_eq!(read("123-456"), "recovery 123456");
        assert_eq!(read("ABCD-efgh-2345 6789"), "recovery abcdefgh23456789");
        assert_eq!(read(&"a".repeat(64)), format!("recovery {}", "a".repeat(64)));
        let long = "a".repeat(65);
        let endless = "7".repeat(1_000_000);
        for nothing in
            ["", " ", "-", "\0", "12345\0", "１２３４５６", "١٢٣٤٥٦", "12345\n", &long, &endless]
        {
            assert_eq!(read(nothing), "nothing", "{nothing:?}");
        }
        assert_eq!(format!("{:?}", Code::new("123456")), "Code(..)");
    }

    proptest! {
        #[test]
        fn no_text_panics(text in any::<String>()) {
            let _ = Code::new(&text);
        }
    }
}
