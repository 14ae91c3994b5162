use std::fmt;

use crate::secret::Digest;

/// A text that is safe in a line of a log: control characters, and those that change the direction or
/// the end of a line, are escaped as in Rust (`\n`, `\u{1b}`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct LogSafe(String);

impl LogSafe {
    /// `text`, with its unsafe characters escaped.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            if is_log_unsafe(character) {
                plain.extend(character.escape_default());
            } else {
                plain.push(character);
            }
        }
        Self(plain)
    }

    /// The text of `value`, such as a user's id, with its unsafe characters escaped.
    #[must_use]
    pub fn from_display(value: &impl fmt::Display) -> Self {
        Self::new(&value.to_string())
    }

    /// The beginning of a keyed digest: enough to tell two apart in a log.
    pub(crate) fn digest(digest: &Digest) -> Self {
        Self(crate::secret::hex(&digest.bytes()[..8]))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whether a character is a control, a line or paragraph separator, bidirectional formatting, or
/// invisible.
fn is_log_unsafe(character: char) -> bool {
    character.is_control()
        || matches!(
            character,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
        )
}

impl fmt::Display for LogSafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for LogSafe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::LogSafe;

    #[test]
    fn unsafe_characters_are_escaped_and_the_rest_stays() {
        for (text, plain) in [
            ("ada", "ada"),
            ("Ünal 李", "Ünal 李"),
            ("a\r\nb", "a\\r\\nb"),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}nimda", "\\u{202e}nimda"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(LogSafe::new(text).as_str(), plain);
        }
    }
}
