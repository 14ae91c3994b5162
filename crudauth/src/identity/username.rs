//! Usernames.

use unicode_normalization::UnicodeNormalization;
use unicode_properties::{GeneralCategory, GeneralCategoryGroup, UnicodeGeneralCategory};
use unicode_security::confusable_detection::skeleton;
use unicode_security::mixed_script::AugmentedScriptSet;

/// The most characters a username has.
const LIMIT: usize = 64;
/// The most marks on one letter (UTS 39, section 5.4).
const MARKS: usize = 4;

/// Checks a username that someone wants to have, and returns the form in which it is stored.
///
/// A username is 1 to 64 characters long, with single blanks inside and no white space around it.
/// Two that look alike would let one person pass for another, so that, after RFC 8265 and UTS 39,
/// it has in it
/// - no control character, and nothing that is invisible, unassigned or for private use; the
///   joiners are fine where Persian, Indian scripts and emoji need them;
/// - no compatibility form of another character, such as a full-width letter;
/// - letters of one script in a word, where those that are written together, as Latin and Japanese,
///   count as one;
/// - no mark without a letter, and no more than four on one.
///
/// Where `email_can_log_in` it does not look like an e-mail address: it would shadow the address
/// of somebody else at login. Letter case is kept.
///
/// A name that an earlier system let in is not held against these rules: its owner signs in.
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
        UsernameError::TooShort
    } else if name.chars().nth(LIMIT).is_some() {
        UsernameError::TooLong
    } else if name.trim() != name {
        UsernameError::OuterWhiteSpace
    } else if name.chars().any(is_control) {
        UsernameError::ControlCharacter
    } else if has_invisible(&name) {
        UsernameError::Invisible
    } else if name.nfkc().ne(name.chars()) {
        UsernameError::Compatibility
    } else if name.contains("  ") || has_loose_marks(&name) {
        UsernameError::Loose
    } else if !name.split(' ').all(is_of_one_script) {
        UsernameError::MixedScripts
    } else if email_can_log_in && looks_like_an_address(&name) {
        UsernameError::EmailAddress
    } else {
        return Ok(name);
    };
    Err(rule)
}

/// The form in which to look a username up: normalised as stored, and otherwise as typed.
#[must_use]
pub fn lookup_username(input: &str) -> String {
    input.nfc().collect()
}

/// The form in which a username is stored and looked up where case does not count: normalised, and
/// in lower case.
#[must_use]
pub fn folded_username(input: &str) -> String {
    input.nfc().collect::<String>().to_lowercase().nfc().collect()
}

/// Why a text is not a username.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UsernameError {
    /// It has no character.
    #[error("Username should have at least 1 character")]
    TooShort,
    /// It has more than [`MAX_LENGTH`](Self::MAX_LENGTH) characters.
    #[error("Username should have at most {LIMIT} characters")]
    TooLong,
    /// There is white space around it.
    #[error("Username should not start or end with white space")]
    OuterWhiteSpace,
    /// It has a control character, or one that changes the direction of a line.
    #[error("Username should not contain control characters")]
    ControlCharacter,
    /// It has an invisible character, or a code point that is not assigned.
    #[error("Username should not contain invisible or unassigned characters")]
    Invisible,
    /// It has a compatibility form of another character.
    #[error("Username should not contain variants of letters, such as full-width ones")]
    Compatibility,
    /// It has a mark without a letter, too many on one, or two spaces in a row.
    #[error("Username should not contain loose marks or two spaces in a row")]
    Loose,
    /// It has letters of several scripts in a word.
    #[error("Username should not mix letters of several scripts in a word")]
    MixedScripts,
    /// It looks like an e-mail address, by which users sign in too.
    #[error("Username should not be an email address")]
    EmailAddress,
}

impl UsernameError {
    /// The most characters a username has.
    pub const MAX_LENGTH: usize = LIMIT;
}

const JOINERS: [char; 2] = ['\u{200c}', '\u{200d}'];

/// Control characters could forge a line of a log, formatting ones turn its direction.
fn is_control(c: char) -> bool {
    match c.general_category() {
        GeneralCategory::Control
        | GeneralCategory::LineSeparator
        | GeneralCategory::ParagraphSeparator => true,
        GeneralCategory::Format => !JOINERS.contains(&c),
        _ => false,
    }
}

/// Whether something is in the name that nobody sees, or that is not the same on every machine.
fn has_invisible(name: &str) -> bool {
    let is_nothing = |c: char| match c.general_category() {
        GeneralCategory::Unassigned | GeneralCategory::PrivateUse | GeneralCategory::Surrogate => {
            true
        }
        GeneralCategory::SpaceSeparator => c != ' ',
        // The skeleton of UTS 39 is without default ignorable code points. An empty pattern of
        // Braille looks like a blank.
        _ => c == '\u{2800}' || skeleton(c.encode_utf8(&mut [0; 4])).next().is_none(),
    };
    let chars: Vec<char> = name.chars().collect();
    let joins = |at: usize| {
        let neighbour = |at: Option<usize>| at.and_then(|at| chars.get(at)).copied();
        let symbols = [GeneralCategory::OtherSymbol, GeneralCategory::ModifierSymbol];
        let is_symbol =
            |c: Option<char>| c.is_some_and(|c| symbols.contains(&c.general_category()));
        is_symbol(neighbour(at.checked_sub(1))) && is_symbol(neighbour(Some(at + 1)))
    };
    chars.iter().enumerate().any(|(at, c)| match c {
        '\u{200d}' if joins(at) => false,
        c if JOINERS.contains(c) => !may_join(name),
        c => is_nothing(*c),
    })
}

/// Whether the joiners in the name stand where RFC 5892 (appendix A) has a use for them. UTS 46
/// checks that for domain names.
fn may_join(name: &str) -> bool {
    let is_fine = |word: &str| idna::domain_to_unicode(&word.to_lowercase()).1.is_ok();
    name.split(' ').all(|word| !word.contains(JOINERS) || is_fine(word))
}

/// Whether a mark stands on nothing, or more of them than any language needs on one letter.
fn has_loose_marks(name: &str) -> bool {
    let is_mark = |c: char| c.general_category_group() == GeneralCategoryGroup::Mark;
    let mut marks = MARKS;
    // What comes first has nothing to stand on, as after a blank.
    let mut bare = true;
    name.chars().any(|c| {
        let loose = is_mark(c) && (bare || marks == 0);
        marks = if is_mark(c) { marks.saturating_sub(1) } else { MARKS };
        bare = c == ' ';
        loose
    })
}

/// Whether the letters of a word are of one script, or of several that are written together (UTS
/// 39, level "highly restrictive"). Digits and symbols belong to each.
fn is_of_one_script(word: &str) -> bool {
    if !AugmentedScriptSet::for_str(word).is_empty() {
        return true;
    }
    let beside_latin: String = word.chars().filter(|c| !c.is_ascii_alphabetic()).collect();
    let scripts = AugmentedScriptSet::for_str(&beside_latin);
    scripts.hanb || scripts.jpan || scripts.kore
}

/// Wider than what registers as an address, since a table may hold addresses from before.
pub(crate) fn looks_like_an_address(name: &str) -> bool {
    name.rsplit_once('@').is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::identity::canonical_email;

    fn rule(input: &str) -> UsernameError {
        canonical_username(input, true).unwrap_err()
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
            "👩🏽\u{200d}💻 ada",
            "O'Hara",
            "O’Hara",
            "Łukasz_99",
            "Анна Ada",
            "Сара",
            "Ελένη",
            "東京タワー",
            "Tokyo東京",
            "ada김",
            "ศรีสุดา",
            "क्\u{200d}ष",
            "Nguyễn",
            "x́̂",
        ] {
            assert_eq!(canonical_username(name, true).as_deref(), Ok(name));
        }
    }

    #[test]
    fn a_name_has_one_to_sixty_four_characters() {
        assert_eq!(rule(""), UsernameError::TooShort);
        assert!(canonical_username(&"ä".repeat(64), true).is_ok());
        assert_eq!(rule(&"a".repeat(65)), UsernameError::TooLong);
        assert!(canonical_username(&"a\u{308}".repeat(64), true).is_ok(), "counted composed");
    }

    #[test]
    fn what_nobody_sees_is_refused() {
        for name in [" ada", "ada ", "\u{a0}ada", " ", "ada\n"] {
            assert_eq!(rule(name), UsernameError::OuterWhiteSpace, "{name:?}");
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
            assert_eq!(rule(name), UsernameError::ControlCharacter, "{name:?}");
        }
    }

    #[test]
    fn what_makes_two_names_look_alike_is_refused() {
        for name in [
            "ada\u{fe0f}",
            "ad\u{34f}a",
            "ada\u{115f}",
            "ada\u{1160}",
            "ada\u{3164}",
            "ada\u{ffa0}",
            "ada\u{2800}",
            "ada\u{e000}",
            "ada\u{10fffd}",
            "ada\u{378}",
            "ada\u{e01ef}",
            "ada\u{17b5}",
            "ad\u{180b}a",
            "ad\u{200d}a",
            "ad\u{200c}a",
            "\u{200c}ada",
            "ada\u{1680}lovelace",
            "ada\u{2003}lovelace",
            "\u{200d}👩",
        ] {
            assert_eq!(rule(name), UsernameError::Invisible, "{name:?}");
        }
        for name in ["ａｄａ", "\u{1d44e}da", "ﬁona", "ada²", "ﾀﾞ"] {
            assert_eq!(rule(name), UsernameError::Compatibility, "{name:?}");
        }
        let stacked = format!("a{}", "\u{35c}".repeat(5));
        for name in ["ada  lovelace", "\u{301}ada", "ada \u{301}l", &*stacked] {
            assert_eq!(rule(name), UsernameError::Loose, "{name:?}");
        }
        for name in ["аda", "adа", "Ada Lоvelace", "αda", "a-дa", "ada_аdmin"] {
            assert_eq!(rule(name), UsernameError::MixedScripts, "{name:?}");
        }
    }

    #[test]
    fn an_address_is_a_name_only_where_addresses_do_not_log_in() {
        for name in ["ada@example.com", "ada@localhost", "a@b@c", "\"a b\"@example.com"] {
            assert_eq!(rule(name), UsernameError::EmailAddress, "{name:?}");
            assert!(canonical_username(name, false).is_ok());
        }
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
