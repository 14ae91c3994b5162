use std::fmt;

use crate::secret::Digest;

/// A text that can be written anywhere a line is: control characters, and those that change the
/// direction or the end of a line, are escaped as in Rust (`\n`, `\u{1b}`).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Plain(String);

impl Plain {
    /// `text`, made plain.
    #[must_use]
    pub fn new(text: &str) -> Self {
        let mut plain = String::with_capacity(text.len());
        for character in text.chars() {
            if disturbs_a_line(character) {
                plain.extend(character.escape_default());
            } else {
                plain.push(character);
            }
        }
        Self(plain)
    }

    /// What `value` displays as, made plain: a user's id, mostly.
    #[must_use]
    pub fn of(value: &impl fmt::Display) -> Self {
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

/// Besides controls: line and paragraph separators, bidirectional formatting, and what shows as
/// nothing at all.
fn disturbs_a_line(character: char) -> bool {
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

impl fmt::Display for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Plain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::Plain;

    #[test]
    fn what_disturbs_a_line_is_escaped_and_the_rest_stays() {
        for (text, plain) in [
            ("ada", "ada"),
            ("Ünal 李", "Ünal 李"),
            ("a\r\nb", "a\\r\\nb"),
            ("\u{1b}[31m", "\\u{1b}[31m"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("\u{202e}nimda", "\\u{202e}nimda"),
            ("a\u{2028}b", "a\\u{2028}b"),
        ] {
            assert_eq!(Plain::new(text).as_str(), plain);
        }
    }
}
