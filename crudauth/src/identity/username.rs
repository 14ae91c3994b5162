//! Usernames.

use std::fmt;

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

use crate::error::{FieldError, Location};

/// The most characters a username has.
const LIMIT: usize = 64;

/// Checks a username that someone wants to have, and returns the form in which it is stored.
///
/// A username is 1 to 64 characters long, has no white space around it and no control or
/// invisible formatting character in it (the joiners that Persian and emoji need are fine), and
/// where `email_can_log_in` it does not look like an e-mail address: it would shadow the address
/// of somebody else at login. Letter case is kept and counts.
///
/// The stored form is Unicode normalisation form C, so that a name finds its owner from every
/// keyboard; the length is counted in it.
///
/// ```
/// use crudauth::identity::canonical_username;
///
/// assert_eq!(canonical_username("Ada Lovelace", true).as_deref(), Ok("Ada Lovelace"));
/// assert!(canonical_username("ada@example.com", true).is_err());
/// assert!(canonical_username("ada@example.com", false).is_ok());
/// ```
///
/// # Errors
///
/// [`UsernameError`] says which rule the name breaks.
pub fn canonical_username(input: &str, email_can_log_in: bool) -> Result<String, UsernameError> {
    let name = lookup_username(input);
    let rule = if name.is_empty() {
        Rule::TooShort
    } else if name.chars().nth(LIMIT).is_some() {
        Rule::TooLong
    } else if name.trim() != name {
        Rule::OuterWhiteSpace
    } else if name.chars().any(is_invisible) {
        Rule::ControlCharacter
    } else if email_can_log_in && looks_like_an_address(&name) {
        Rule::EmailAddress
    } else {
        return Ok(name);
    };
    Err(UsernameError(rule))
}

/// The form in which to look a username up: normalised as stored, and otherwise as typed.
#[must_use]
pub fn lookup_username(input: &str) -> String {
    input.nfc().collect()
}

/// Why a text is not a username.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsernameError(Rule);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rule {
    TooShort,
    TooLong,
    OuterWhiteSpace,
    ControlCharacter,
    EmailAddress,
}

impl UsernameError {
    /// The entry of a 422: `string_too_short`, `string_too_long` or `value_error`.
    pub fn at(self, loc: impl Into<Location>) -> FieldError {
        match self.0 {
            Rule::TooShort => FieldError::too_short(loc, 1),
            Rule::TooLong => FieldError::too_long(loc, LIMIT),
            Rule::OuterWhiteSpace | Rule::ControlCharacter | Rule::EmailAddress => {
                FieldError::value_error(loc, self.to_string())
            }
        }
    }
}

impl fmt::Display for UsernameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Rule::TooShort => f.write_str("Username should have at least 1 character"),
            Rule::TooLong => write!(f, "Username should have at most {LIMIT} characters"),
            Rule::OuterWhiteSpace => {
                f.write_str("Username should not start or end with white space")
            }
            Rule::ControlCharacter => f.write_str("Username should not contain control characters"),
            Rule::EmailAddress => f.write_str("Username should not be an email address"),
        }
    }
}

impl std::error::Error for UsernameError {}

/// Control characters could forge a line of a log, formatting ones make two names look alike.
fn is_invisible(c: char) -> bool {
    const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];
    match c.general_category() {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        GeneralCategory::Format => !JOINERS.contains(&c),
        _ => false,
    }
}

/// Wider than what registers as an address, since a table may hold addresses from before.
fn looks_like_an_address(name: &str) -> bool {
    name.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::canonical_email;

    fn rule(input: &str) -> Rule {
        canonical_username(input, true).unwrap_err().0
    }

    #[test]
    fn ordinary_names_of_any_language_pass() {
        for name in [
            "a",
            "ada_l",
            "Ada Lovelace",
            "@ada",
            "ada@",
            "علی\u{200c}رضا",
            "👩\u{200d}💻",
            "O'Hara",
        ] {
            assert_eq!(canonical_username(name, true).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_name_has_one_to_sixty_four_characters() {
        assert_eq!(rule(""), Rule::TooShort);
        assert!(canonical_username(&"ä".repeat(64), true).is_ok());
        assert_eq!(rule(&"a".repeat(65)), Rule::TooLong);
        assert!(canonical_username(&"a\u{308}".repeat(64), true).is_ok(), "counted composed");
    }

    #[test]
    fn what_nobody_sees_is_refused() {
        for name in [" ada", "ada ", "\u{a0}ada", " ", "ada\n"] {
            assert_eq!(rule(name), Rule::OuterWhiteSpace, "{name:?}");
        }
        for name in [
            "a\0a",
            "a\u{1b}[31m",
            "a\nb",
            "a\u{2028}b",
            "a\u{202e}b",
            "a\u{200b}b",
            "\u{feff}ada",
            "a\u{ad}b",
        ] {
            assert_eq!(rule(name), Rule::ControlCharacter, "{name:?}");
        }
    }

    #[test]
    fn an_address_is_a_name_only_where_addresses_do_not_log_in() {
        for name in ["ada@example.com", "ada@localhost", "a@b@c", "\"a b\"@example.com"] {
            assert_eq!(rule(name), Rule::EmailAddress, "{name:?}");
            assert!(canonical_username(name, false).is_ok());
        }
    }

    #[test]
    fn the_entry_of_a_422_stands_at_the_name_on_the_wire() {
        let entry = |name: &str| {
            let error = canonical_username(name, true).unwrap_err();
            serde_json::to_string(&error.at("nickname")).unwrap()
        };
        assert_eq!(
            entry(&"a".repeat(65)),
            r#"{"type":"string_too_long","loc":["body","nickname"],"msg":"String should have at most 64 characters","ctx":{"max_length":64}}"#
        );
        assert_eq!(
            entry("a@b"),
            r#"{"type":"value_error","loc":["body","nickname"],"msg":"Username should not be an email address"}"#
        );
    }

    #[test]
    fn both_normal_forms_are_one_name() {
        let stored = canonical_username("jose\u{301}", true).unwrap();
        assert_eq!(stored, "jos\u{e9}");
        assert_eq!(lookup_username("jose\u{301}"), stored);
        assert_eq!(lookup_username("jos\u{e9}"), stored);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_name_that_passes_is_an_address(name in "\\PC{0,70}|[a-z@.＠]{1,12}") {
            if let Ok(stored) = canonical_username(&name, true) {
                prop_assert!(canonical_email(&stored).is_err());
                prop_assert_eq!(lookup_username(&name), stored.clone());
                prop_assert_eq!(canonical_username(&stored, true), Ok(stored));
            }
        }
    }
}
