//! Whether a text can be a secret key.

use zeroize::Zeroizing;

use super::SecretKey;
use super::error::Reason;
use super::{guess, published};

/// Fewer than these could be guessed. A random key of 32 hexadecimal digits has 128.
const LEAST_BITS: f64 = 80.0;

/// What ends a key in a settings file that was never meant to be one. They stand alone, or a
/// random key would now and then have one.
const PLACEHOLDERS: [&str; 8] =
    ["django-insecure", "change", "changeme", "replace", "placeholder", "insecure", "your", "todo"];

/// How a shell or a template marks what is to be replaced: how it begins and ends.
const UNEXPANDED: [(&str, &str); 4] = [("$(", ")"), ("${", "}"), ("{{", "}}"), ("<%", "%>")];

/// How it is marked around the whole text.
const UNEXPANDED_WHOLE: [(&str, &str); 2] = [("`", "`"), ("<", ">")];

pub(super) fn accept(key: &[u8]) -> Result<(), Reason> {
    if let Ok(text) = str::from_utf8(key) {
        wrapped(text)?;
        if let Some(syntax) = unexpanded_in(text) {
            return Err(Reason::Unexpanded(syntax));
        }
    }
    if key.len() < SecretKey::MIN_BYTES {
        return Err(Reason::TooShort(key.len()));
    }
    if published::is_published(key) {
        return Err(Reason::Published);
    }
    if let Some(word) = placeholder_in(key) {
        return Err(Reason::Placeholder(word));
    }
    if guess::bits(key) < LEAST_BITS {
        return Err(Reason::Guessable);
    }
    Ok(())
}

/// What stands around a key is a part of it for one reader and not for the next, which then has
/// another key.
fn wrapped(text: &str) -> Result<(), Reason> {
    if text.starts_with('\u{feff}') {
        return Err(Reason::ByteOrderMark);
    }
    if text.trim() != text {
        return Err(Reason::Blanks);
    }
    let is_quote =
        |c: char| matches!(c, '"' | '\'' | '\u{2018}'..='\u{201f}' | '\u{ab}' | '\u{bb}');
    if text.starts_with(is_quote) && text.ends_with(is_quote) {
        return Err(Reason::Quotes);
    }
    Ok(())
}

fn unexpanded_in(text: &str) -> Option<&'static str> {
    let is_name = |inside: &str| {
        let is_written = |c: char| c.is_ascii_alphanumeric() || " _-.:|/=%'\"[]".contains(c);
        inside.len() >= 3 && inside.chars().all(is_written)
    };
    let somewhere = |(opening, closing): &&(&str, &str)| {
        let inside = text.split_once(opening).and_then(|(_, rest)| rest.split_once(closing));
        inside.is_some_and(|(inside, _)| is_name(inside))
    };
    let around = |(opening, closing): &&(&str, &str)| {
        text.len() > 1 && text.starts_with(opening) && text.ends_with(closing)
    };
    let found = UNEXPANDED.iter().find(somewhere);
    found.or_else(|| UNEXPANDED_WHOLE.iter().find(around)).map(|(opening, _)| *opening)
}

fn placeholder_in(key: &[u8]) -> Option<&'static str> {
    let text = Zeroizing::new(String::from_utf8_lossy(key).to_ascii_lowercase());
    let stands_alone = |word: &str| {
        text.match_indices(word).any(|(at, _)| {
            let is_edge = |c: Option<char>| !c.is_some_and(|c| c.is_ascii_alphanumeric());
            is_edge(text[..at].chars().next_back())
                && is_edge(text[at + word.len()..].chars().next())
        })
    };
    PLACEHOLDERS.into_iter().find(|word| stands_alone(word))
}
