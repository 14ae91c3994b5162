//! E-mail addresses.

use std::borrow::Cow;

use email_address::EmailAddress;
use idna::AsciiDenyList;
use idna::uts46::{DnsLength, Hyphens, Uts46};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// The most characters that are looked at: display name, white space and all.
const INPUT_LIMIT: usize = 2048;
/// RFC 5321, section 4.5.3.1.1.
const LOCAL_PART_LIMIT: usize = 64;
/// RFC 1035, section 2.3.4, without the root label.
const DOMAIN_LIMIT: usize = 253;
/// RFC 1035, section 2.3.1.
const LABEL_LIMIT: usize = 63;
/// RFC 5321, section 4.5.3.1.3, in bytes and without the angle brackets.
const ADDRESS_LIMIT: usize = 254;

/// RFC 3696, section 3, in bytes: the longest that any system may have stored.
const READ_LIMIT: usize = LOCAL_PART_LIMIT + 1 + 255;

/// Top-level domains that reach nobody on the internet, from IANA's registry of special-use names.
const SPECIAL_USE: [&str; 6] = ["arpa", "invalid", "local", "localhost", "onion", "test"];

/// The form in which an address is stored: trimmed, without a display name, in lower case and
/// Unicode normalisation form C, with the domain in Unicode instead of Punycode.
///
/// Two spellings of one address have one form, and the form of a form is itself.
///
/// ```
/// use crudauth::identity::canonical_email;
///
/// assert_eq!(canonical_email(" Ada <Ada@Example.COM> ")?, "ada@example.com");
/// assert_eq!(canonical_email("ada@xn--bcher-kva.example.com")?, "ada@bücher.example.com");
/// assert!(canonical_email("ada@localhost").is_err());
/// # Ok::<(), crudauth::identity::EmailError>(())
/// ```
///
/// Accepted is what can be mailed to across the internet: a dot-atom local part (RFC 5322, with
/// RFC 6531 beyond ASCII) of at most 64 characters, at a domain name (IDNA) with a period that
/// ends in a letter. No DNS is asked. Quoted local parts, addresses in brackets and special-use
/// domains such as `.test` and `.local` are refused; `example.com` is not.
///
/// # Errors
///
/// [`EmailError`] says which rule the address breaks.
pub fn canonical_email(input: &str) -> Result<String, EmailError> {
    if input.chars().nth(INPUT_LIMIT).is_some() {
        return Err(EmailError(format!("Length must not exceed {INPUT_LIMIT} characters").into()));
    }
    if input.contains(['\r', '\n']) {
        return Err(EmailError::of("Carriage return and line feed characters are not allowed"));
    }
    let address = without_display_name(input.trim());
    let (local, domain) = split(address)?;
    check_local_part(local)?;
    let domain = Domain::parse(domain)?;

    let local = nfc(local);
    check_local_part(&local)?;
    let canonical = nfc(&format!("{local}@{}", domain.unicode).to_lowercase());
    for (form, when) in [
        (address, ""),
        (canonical.as_str(), "after normalization "),
        (
            format!("{local}@{}", domain.ascii).as_str(),
            "when the part after the @-sign is converted to IDNA ASCII ",
        ),
    ] {
        if let Some(excess) = excess(form.len(), ADDRESS_LIMIT, "byte") {
            return Err(EmailError(
                format!("The email address is too long {when}{excess}.").into(),
            ));
        }
    }
    Ok(canonical)
}

/// The form in which to look `input` up, whether or not it is an address.
///
/// For every address that [`canonical_email`] accepts it is the canonical form. Anything else is
/// trimmed, lower-cased and brought into Unicode normalisation form C, so that what an earlier
/// system let in can still be found. What is stored is compared in this form too.
///
/// ```
/// use crudauth::identity::lookup_email;
///
/// assert_eq!(lookup_email("ADA@xn--bcher-kva.example.com"), "ada@bücher.example.com");
/// assert_eq!(lookup_email(" Ada@localhost"), "ada@localhost");
/// ```
#[must_use]
pub fn lookup_email(input: &str) -> String {
    canonical_email(input).unwrap_or_else(|_| {
        let plain = nfc(&input.trim().to_lowercase());
        canonical_email(&plain).unwrap_or(plain)
    })
}

/// Reads an address that somebody says is theirs: as [`lookup_email`], with the least that tells an
/// address from something else. An account may have been created under other rules than those of
/// [`canonical_email`], and its owner must be able to recover it.
///
/// ```
/// use crudauth::identity::readable_email;
///
/// assert_eq!(readable_email(" Ada@Corp.local")?, "ada@corp.local");
/// assert!(readable_email("ada").is_err());
/// # Ok::<(), crudauth::identity::EmailError>(())
/// ```
///
/// # Errors
///
/// Where there is nothing before the last `@` or after it, a control character, or more than 320
/// bytes: [`EmailError`] says which rule of [`canonical_email`] the text breaks.
pub fn readable_email(input: &str) -> Result<String, EmailError> {
    let refused = match canonical_email(input) {
        Ok(canonical) => return Ok(canonical),
        Err(refused) => refused,
    };
    if input.chars().nth(INPUT_LIMIT).is_some() {
        return Err(refused);
    }
    let address = lookup_email(input);
    let parts = address.rsplit_once('@');
    let is_one = parts.is_some_and(|(local, domain)| !local.is_empty() && !domain.is_empty());
    if is_one && address.len() <= READ_LIMIT && !address.contains(char::is_control) {
        Ok(address)
    } else {
        Err(refused)
    }
}

/// Why a text is not an e-mail address.
///
/// The reason names the rule and never quotes the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("value is not a valid email address: {0}")]
pub struct EmailError(Cow<'static, str>);

impl EmailError {
    fn of(reason: &'static str) -> Self {
        Self(Cow::Borrowed(reason))
    }

    /// The rule that is broken, as a sentence.
    #[must_use]
    pub fn reason(&self) -> &str {
        &self.0
    }
}

/// The address in `Name <address>`, `"Name, N." <address>` or `<address>`; else the whole text,
/// in which the brackets are then invalid characters.
fn without_display_name(text: &str) -> &str {
    let Some((name, address)) = text.strip_suffix('>').and_then(|text| text.rsplit_once('<'))
    else {
        return text;
    };
    let name = name.trim();
    let quoted = name.len() > 2 && name.starts_with('"') && name.ends_with('"');
    let plain = |c: char| c.is_alphanumeric() || c.is_whitespace() || c == '.' || is_atext(c);
    if quoted || name.chars().all(plain) { address.trim() } else { text }
}

fn split(address: &str) -> Result<(&str, &str), EmailError> {
    address.split_once('@').ok_or_else(|| {
        EmailError::of(if address.contains('＠') {
            "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign."
        } else if address.contains('﹫') {
            "The email address has the \"small commercial at\" character instead of a regular at-sign."
        } else {
            "An email address must have an @-sign."
        })
    })
}

fn check_local_part(local: &str) -> Result<(), EmailError> {
    if local.is_empty() {
        return Err(EmailError::of("There must be something before the @-sign."));
    }
    if local.starts_with('"') {
        return Err(EmailError::of("Quoting the part before the @-sign is not allowed here."));
    }
    if let Some(excess) = excess(local.chars().count(), LOCAL_PART_LIMIT, "character") {
        return Err(EmailError(
            format!("The email address is too long before the @-sign {excess}.").into(),
        ));
    }
    // RFC 6531 makes an atom character of everything beyond ASCII. The syntax is therefore that
    // of a skeleton which has a letter in each of those places.
    let skeleton: String = local.chars().map(|c| if c.is_ascii() { c } else { 'x' }).collect();
    if !EmailAddress::is_valid_local_part(&skeleton) {
        return Err(EmailError::of(if !skeleton.chars().all(|c| c == '.' || is_atext(c)) {
            "The email address contains invalid characters before the @-sign."
        } else if local.starts_with('.') {
            "An email address cannot start with a period."
        } else if local.ends_with('.') {
            "An email address cannot have a period immediately before the @-sign."
        } else {
            "An email address cannot have two periods in a row."
        }));
    }
    check_safe(local)
}

fn is_atext(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~".contains(c)
}

/// Refuses what is invisible, breaks a line, turns the direction of reading, or would combine
/// with the character before the text: addresses stand in mails and logs.
fn check_safe(text: &str) -> Result<(), EmailError> {
    let safe = text.chars().enumerate().all(|(index, c)| match c.general_category_group() {
        GeneralCategoryGroup::Separator | GeneralCategoryGroup::Other => false,
        GeneralCategoryGroup::Mark => index > 0,
        _ => true,
    });
    if safe { Ok(()) } else { Err(EmailError::of("The email address contains unsafe characters.")) }
}

/// A domain name in its two forms.
struct Domain {
    unicode: String,
    ascii: String,
}

impl Domain {
    fn parse(text: &str) -> Result<Self, EmailError> {
        const INVALID: &str = "The part after the @-sign contains invalid characters.";

        if text.is_empty() {
            return Err(EmailError::of("There must be something after the @-sign."));
        }
        if text.starts_with('[') && text.ends_with(']') {
            return Err(EmailError::of(
                "A bracketed IP address after the @-sign is not allowed here.",
            ));
        }
        // Before IDNA, whose work on an overlong label is not linear.
        check_domain_length(text.chars().count())?;
        if !text.chars().all(|c| !c.is_ascii() || is_hostname(c)) {
            return Err(EmailError::of(INVALID));
        }
        check_safe(text)?;

        let uts46 = Uts46::new();
        let (mapped, valid) =
            uts46.to_unicode(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow);
        if valid.is_err() {
            return Err(EmailError::of(if text.to_ascii_lowercase().contains("xn--") {
                "The part after the @-sign is not valid IDNA."
            } else {
                INVALID
            }));
        }
        check_labels(&mapped)?;
        if !mapped.split('.').all(is_idna_2008) {
            return Err(EmailError::of("The part after the @-sign is invalid."));
        }
        let ascii = uts46
            .to_ascii(text.as_bytes(), AsciiDenyList::STD3, Hyphens::Allow, DnsLength::Ignore)
            .map_err(|_| EmailError::of(INVALID))?;
        check_reachable(&ascii)?;
        Ok(Self { unicode: nfc(&mapped), ascii: ascii.into_owned() })
    }
}

fn is_hostname(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '-' || c == '.'
}

fn check_domain_length(length: usize) -> Result<(), EmailError> {
    match excess(length, DOMAIN_LIMIT, "character") {
        None => Ok(()),
        Some(excess) => Err(EmailError(
            format!("The email address is too long after the @-sign {excess}.").into(),
        )),
    }
}

/// Where periods and hyphens may stand in a domain name (RFC 952, RFC 1123, RFC 5890).
fn check_labels(domain: &str) -> Result<(), EmailError> {
    let reserved = |label: &str| {
        let mut chars = label.chars().skip(2);
        let dashes = (chars.next(), chars.next()) == (Some('-'), Some('-'));
        dashes && !label.starts_with("xn")
    };
    let reason = if domain.ends_with('.') {
        "An email address cannot end with a period."
    } else if domain.starts_with('.') {
        "An email address cannot have a period immediately after the @-sign."
    } else if domain.contains("..") {
        "An email address cannot have two periods in a row."
    } else if domain.ends_with('-') {
        "An email address cannot end with a hyphen."
    } else if domain.starts_with('-') {
        "An email address cannot have a hyphen immediately after the @-sign."
    } else if domain.contains(".-") || domain.contains("-.") {
        "An email address cannot have a period and a hyphen next to each other."
    } else if domain.split('.').any(reserved) {
        "An email address cannot have two letters followed by two dashes immediately after the \
         @-sign or after a period, except Punycode."
    } else {
        return Ok(());
    };
    Err(EmailError::of(reason))
}

/// UTS 46 lets symbols and emoji through, which IDNA 2008 (RFC 5892) has no names for.
fn is_idna_2008(label: &str) -> bool {
    // What RFC 5892 admits beside letters, marks and digits. UTS 46 has checked where the two
    // joiners stand; the others mislead nobody outside of the script they belong to.
    const EXCEPTIONS: &str = "-\u{375}\u{5f3}\u{5f4}\u{6fd}\u{6fe}\u{f0b}\u{200c}\u{200d}";
    // Two dots that are letters: of Catalan between two others, and of Japanese among its own.
    const MIDDLE_DOT: char = '\u{b7}';
    const KATAKANA_DOT: char = '\u{30fb}';
    let is_japanese = |c| {
        matches!(c, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}')
            || matches!(c, '\u{3400}'..='\u{9fff}')
    };
    let label = label.replace("l\u{b7}l", "ll");
    let japanese = label.contains(is_japanese);
    label.chars().all(|c| match c {
        MIDDLE_DOT => false,
        KATAKANA_DOT => japanese,
        c => c.is_alphanumeric() || is_combining_mark(c) || EXCEPTIONS.contains(c),
    })
}

/// Whether mail from anywhere could arrive at this name.
fn check_reachable(ascii: &str) -> Result<(), EmailError> {
    check_domain_length(ascii.len())?;
    if let Some(excess) =
        ascii.split('.').find_map(|label| excess(label.len(), LABEL_LIMIT, "character"))
    {
        return Err(EmailError(
            format!(
                "After the @-sign, periods cannot be separated by so many characters {excess}."
            )
            .into(),
        ));
    }
    let Some((_, top)) = ascii.rsplit_once('.') else {
        return Err(EmailError::of(
            "The part after the @-sign is not valid. It should have a period.",
        ));
    };
    if !top.ends_with(|c: char| c.is_ascii_alphabetic()) {
        return Err(EmailError::of(
            "The part after the @-sign is not valid. It is not within a valid top-level domain.",
        ));
    }
    if SPECIAL_USE.contains(&top) {
        return Err(EmailError::of(
            "The part after the @-sign is a special-use or reserved name that cannot be used with \
             email.",
        ));
    }
    Ok(())
}

fn excess(length: usize, limit: usize, unit: &str) -> Option<String> {
    let excess = length.checked_sub(limit).filter(|excess| *excess > 0)?;
    Some(format!("({excess} {unit}{} too many)", if excess == 1 { "" } else { "s" }))
}

fn nfc(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn reason(input: &str) -> String {
        match canonical_email(input) {
            Ok(canonical) => panic!("{input:?} was accepted as {canonical:?}"),
            Err(error) => error.reason().to_owned(),
        }
    }

    #[test]
    fn an_accepted_address_takes_its_canonical_form() {
        for (input, canonical) in [
            ("Alice@Example.COM", "alice@example.com"),
            (" alice@example.com ", "alice@example.com"),
            ("Alice Smith <alice@example.com>", "alice@example.com"),
            ("\"Smith, A\" <alice@example.com>", "alice@example.com"),
            ("<alice@example.com>", "alice@example.com"),
            ("a@bücher.example.com", "a@bücher.example.com"),
            ("a@xn--bcher-kva.example.com", "a@bücher.example.com"),
            ("a@BÜCHER.de", "a@bücher.de"),
            ("u\u{308}@example.com", "ü@example.com"),
            ("संपर्क@डाटामेल.भारत", "संपर्क@डाटामेल.भारत"),
            ("💩@example.com", "💩@example.com"),
            ("a@ex。com", "a@ex.com"),
            ("a@ex．ample.com", "a@ex.ample.com"),
            ("a@faß.de", "a@faß.de"),
            ("İ@example.com", "i\u{307}@example.com"),
            ("ΑΣ@example.com", "ας@example.com"),
            ("O'Hara+x@example.com", "o'hara+x@example.com"),
            ("a@1.com", "a@1.com"),
            ("a@x.xn--p1ai", "a@x.рф"),
            ("a@l·l.cat", "a@l·l.cat"),
            ("a@ア・ア.example.com", "a@ア・ア.example.com"),
            ("a@mail.example.com", "a@mail.example.com"),
        ] {
            assert_eq!(canonical_email(input).as_deref(), Ok(canonical), "{input:?}");
        }
    }

    #[test]
    fn a_refused_address_names_the_rule() {
        const SPECIAL: &str = "The part after the @-sign is a special-use or reserved name that cannot be used with email.";
        const LOCAL: &str = "The email address contains invalid characters before the @-sign.";
        const DOMAIN: &str = "The part after the @-sign contains invalid characters.";
        const UNSAFE: &str = "The email address contains unsafe characters.";
        const NO_AT: &str = "An email address must have an @-sign.";
        for (input, expected) in [
            ("", NO_AT),
            ("   ", NO_AT),
            ("alice", NO_AT),
            ("@example.com", "There must be something before the @-sign."),
            ("alice@", "There must be something after the @-sign."),
            ("a@b", "The part after the @-sign is not valid. It should have a period."),
            ("a b@example.com", LOCAL),
            ("a @example.com", LOCAL),
            ("a,b@example.com", LOCAL),
            ("mailto:a@example.com", LOCAL),
            ("a\0b@example.com", LOCAL),
            ("a\tb@example.com", LOCAL),
            ("a..b@example.com", "An email address cannot have two periods in a row."),
            (".a@example.com", "An email address cannot start with a period."),
            (
                "a.@example.com",
                "An email address cannot have a period immediately before the @-sign.",
            ),
            (
                "a@.example.com",
                "An email address cannot have a period immediately after the @-sign.",
            ),
            ("a@example.com.", "An email address cannot end with a period."),
            ("a@example..com", "An email address cannot have two periods in a row."),
            (
                "a@-example.com",
                "An email address cannot have a hyphen immediately after the @-sign.",
            ),
            (
                "a@example-.com",
                "An email address cannot have a period and a hyphen next to each other.",
            ),
            ("a@example.com-", "An email address cannot end with a hyphen."),
            (
                "a@ab--cd.com",
                "An email address cannot have two letters followed by two dashes immediately after the @-sign or after a period, except Punycode.",
            ),
            ("a@exa_mple.com", DOMAIN),
            ("a@b@c.com", DOMAIN),
            ("a@ example.com", DOMAIN),
            ("a@example.com ,", DOMAIN),
            ("Al@ice <alice@example.com>", DOMAIN),
            ("a@⒈com", DOMAIN),
            ("＜a@b.com＞", DOMAIN),
            ("\"a b\"@example.com", "Quoting the part before the @-sign is not allowed here."),
            ("\"ab\"@example.com", "Quoting the part before the @-sign is not allowed here."),
            ("a@[127.0.0.1]", "A bracketed IP address after the @-sign is not allowed here."),
            ("a@[IPv6:::1]", "A bracketed IP address after the @-sign is not allowed here."),
            (
                "a@127.0.0.1",
                "The part after the @-sign is not valid. It is not within a valid top-level domain.",
            ),
            (
                "a@example.c0",
                "The part after the @-sign is not valid. It is not within a valid top-level domain.",
            ),
            ("a@localhost", "The part after the @-sign is not valid. It should have a period."),
            ("a@x.localhost", SPECIAL),
            ("a@foo.test", SPECIAL),
            ("a@foo.LOCAL", SPECIAL),
            ("a@foo.invalid", SPECIAL),
            ("a@foo.onion", SPECIAL),
            ("a@1.0.0.127.in-addr.arpa", SPECIAL),
            (
                "a＠example.com",
                "The email address has the \"full-width\" at-sign (@) character instead of a regular at-sign.",
            ),
            (
                "a﹫example.com",
                "The email address has the \"small commercial at\" character instead of a regular at-sign.",
            ),
            ("a@💩.com", "The part after the @-sign is invalid."),
            ("a@·.com", "The part after the @-sign is invalid."),
            ("a@a・b.com", "The part after the @-sign is invalid."),
            ("a@xn--zzzzzz.com", "The part after the @-sign is not valid IDNA."),
            ("a\u{202e}b@example.com", UNSAFE),
            ("a\u{200b}b@example.com", UNSAFE),
            ("a\u{a0}b@example.com", UNSAFE),
            ("a\u{e000}b@example.com", UNSAFE),
            ("a@exa\u{ad}mple.com", UNSAFE),
            ("\u{301}a@example.com", UNSAFE),
            ("a@\u{301}example.com", UNSAFE),
            ("a\nb@example.com", "Carriage return and line feed characters are not allowed"),
            ("a@example.com\r\n", "Carriage return and line feed characters are not allowed"),
        ] {
            assert_eq!(reason(input), expected, "{input:?}");
        }
    }

    #[test]
    fn every_length_has_its_limit() {
        let a = |count| "a".repeat(count);
        assert!(canonical_email(&format!("{}@example.com", a(64))).is_ok());
        assert_eq!(
            reason(&format!("{}@example.com", a(65))),
            "The email address is too long before the @-sign (1 character too many)."
        );
        assert!(canonical_email(&format!("a@{}.com", a(63))).is_ok());
        assert_eq!(
            reason(&format!("a@{}.com", a(65))),
            "After the @-sign, periods cannot be separated by so many characters (2 characters too many)."
        );
        assert_eq!(
            reason(&format!("a@{}com", "b.".repeat(130))),
            "The email address is too long after the @-sign (10 characters too many)."
        );
        let labels = format!("{}.{}.{}.com", a(60), a(60), a(60));
        assert!(canonical_email(&format!("{}@{labels}", a(64))).is_ok());
        let labels = format!("{}.{}.{}.{}.com", a(60), a(60), a(60), a(4));
        assert_eq!(reason(&format!("{}@{labels}", a(64))), {
            let excess = 64 + 1 + labels.len() - 254;
            assert_eq!(excess, 2);
            "The email address is too long (2 bytes too many)."
        });
        assert_eq!(reason(&a(2049)), "Length must not exceed 2048 characters");
    }

    #[test]
    fn spellings_of_one_address_meet() {
        let stored = canonical_email("Ü@bücher.example.com").unwrap();
        for spelling in [
            "ü@BÜCHER.example.com",
            "u\u{308}@xn--bcher-kva.example.com",
            " U\u{308}@XN--BCHER-KVA.EXAMPLE.COM",
            "ü@bücher。example.com",
            "Name <ü@bücher.example.com>",
        ] {
            assert_eq!(lookup_email(spelling), stored, "{spelling:?}");
        }
        assert_eq!(lookup_email(" Bob@LOCALHOST "), "bob@localhost");
    }

    #[test]
    fn what_sign_up_would_not_take_can_still_be_read() {
        for (typed, read) in [
            ("Ada@Corp.local", "ada@corp.local"),
            (" \"q q\"@x ", "\"q q\"@x"),
            ("U\u{308}@LOCALHOST", "ü@localhost"),
            ("a@[127.0.0.1]", "a@[127.0.0.1]"),
            ("Ada@Example.com", "ada@example.com"),
        ] {
            assert_eq!(readable_email(typed).as_deref(), Ok(read), "{typed:?}");
            assert_eq!(lookup_email(typed), read, "{typed:?}");
        }
        let long = format!("{}@localhost", "a".repeat(400));
        for none in ["", "ada", "@localhost", "ada@", "a\0b@localhost", "a\nb@localhost", &*long] {
            assert_eq!(readable_email(none), canonical_email(none), "{none:?}");
        }
        assert!(readable_email(&"a@".repeat(1_000_000)).is_err());
    }

    /// Texts that come near an address, from every corner of Unicode.
    fn nearly_an_address() -> impl Strategy<Value = String> {
        let local = "[a-zA-Z0-9.+ÀÉßİΣſǅ\u{308}\u{345}а-я\u{ac00}\u{1f9}-\u{220}]{1,12}|\\PC{1,8}";
        let domain =
            "[a-zA-Z0-9ÀßΣ\u{308}а-я\u{13a0}-\u{13b0}.-]{1,12}|xn--[a-z0-9-]{1,8}|\\PC{1,8}";
        (local, domain, "\\.(com|COM|де|xn--p1ai)")
            .prop_map(|(local, domain, top)| format!("{local}@{domain}{top}"))
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_text_makes_the_parser_panic(text in "\\PC*|(?s).*") {
            let found = lookup_email(&text);
            prop_assert_eq!(lookup_email(&found), found, "the form of a form is itself");
        }

        #[test]
        fn the_canonical_form_is_its_own(address in nearly_an_address()) {
            if let Ok(canonical) = canonical_email(&address) {
                prop_assert_eq!(canonical_email(&canonical), Ok(canonical.clone()));
                prop_assert_eq!(lookup_email(&address), canonical.clone());
                prop_assert!(canonical.len() <= 254);
            }
        }
    }
}
