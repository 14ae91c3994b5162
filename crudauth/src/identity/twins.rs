//! User names that look like another one.
//!
//! A users table has an index over its names as they are, and perhaps over `lower(name)`. It can be
//! asked for a name, and not for whatever looks like it. So a sign-up asks for the spellings in
//! which a twin is likely to be there: other cases, and the letters of another script that have the
//! same shape. Whether what is found does look alike is decided by the skeletons of UTS 39.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;
use unicode_security::confusable_detection::skeleton;

use super::folded_username;

/// The scripts that have letters of the shape of Latin ones: Greek, Cyrillic, Armenian.
const SCRIPTS: [std::ops::RangeInclusive<char>; 3] =
    ['\u{370}'..='\u{3ff}', '\u{400}'..='\u{52f}', '\u{531}'..='\u{587}'];

/// Of each script, the letters by the Latin ones that have their shape.
static SHAPES: LazyLock<[BTreeMap<char, char>; 3]> = LazyLock::new(|| {
    SCRIPTS.map(|script| {
        let mut by_shape = BTreeMap::new();
        for letter in script.filter(|letter| letter.is_alphabetic()) {
            if let Some(shape) = latin(letter) {
                // The first ones are the usual ones.
                by_shape.entry(shape).or_insert(letter);
            }
        }
        by_shape
    })
});

/// The Latin letter of this shape, if there is one.
fn latin(letter: char) -> Option<char> {
    let text = letter.to_string();
    let mut shape = skeleton(&text);
    let (first, rest) = (shape.next()?, shape.next());
    // The skeleton does not tell a large i from a small l.
    let first = if first == 'l' && letter.is_uppercase() { 'I' } else { first };
    (rest.is_none() && first.is_ascii_alphabetic()).then_some(first)
}

/// The spellings of `name` by which to ask a table for it and for what looks like it: the name
/// itself first, and no more than twenty.
pub(crate) fn spellings(name: &str) -> Vec<String> {
    let mut shapes = vec![name.to_owned()];
    shapes.extend(in_letters(name, |c| if c.is_ascii() { Some(c) } else { latin(c) }));
    for script in &*SHAPES {
        shapes.extend(in_letters(name, |c| script.get(&c).copied()));
    }
    let mut spellings = Vec::new();
    for shape in shapes {
        let lower = folded_username(&shape);
        for spelling in [capitalised(&lower), shape.to_uppercase(), lower, shape] {
            if !spellings.contains(&spelling) {
                spellings.push(spelling);
            }
        }
    }
    spellings.retain(|spelling| spelling != name);
    spellings.insert(0, name.to_owned());
    spellings
}

/// `name` with each letter replaced; `None` where one has no counterpart.
fn in_letters(name: &str, counterpart: impl Fn(char) -> Option<char>) -> Option<String> {
    name.chars().map(|c| if c.is_alphabetic() { counterpart(c) } else { Some(c) }).collect()
}

fn capitalised(name: &str) -> String {
    let mut begins = true;
    let letters = name.chars().flat_map(|c| {
        let upper = std::mem::replace(&mut begins, c == ' ') && c.is_alphabetic();
        let (upper, same) = if upper { (Some(c.to_uppercase()), None) } else { (None, Some(c)) };
        upper.into_iter().flatten().chain(same)
    });
    letters.collect()
}

/// Whether two names look alike: their shapes, or the shapes of their lower cases, are one.
pub(crate) fn look_alike(one: &str, other: &str) -> bool {
    let other = shapes(other);
    shapes(one).iter().any(|shape| other.contains(shape))
}

/// One text for all names that look alike in lower case.
pub(crate) fn shape(name: &str) -> String {
    let compatible: String = name.nfkc().collect();
    skeleton(&folded_username(&compatible)).collect()
}

fn shapes(name: &str) -> [String; 3] {
    let compatible: String = name.nfkc().collect();
    let as_written: String = skeleton(&compatible).collect();
    [shape(name), as_written.to_lowercase(), as_written]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twins_are_asked_for_and_told_apart_from_others() {
        for (name, twin) in [
            ("admin", "Admin"),
            ("Admin", "admin"),
            ("admin", "ADMIN"),
            ("coco", "сосо"),
            ("сосо", "coco"),
            ("Вера", "Bepa"),
            ("Bepa", "Вера"),
            ("oo", "οο"),
            ("ada lovelace", "Ada Lovelace"),
            ("ÉMILE", "émile"),
        ] {
            assert!(spellings(name).iter().any(|it| it == twin), "{name}: {:?}", spellings(name));
            assert!(look_alike(name, twin), "{name} {twin}");
            assert_eq!(spellings(name)[0], name);
        }
        for (name, twin) in
            [("ａｄａ", "ada"), ("ad\u{34f}a", "ada"), ("аda", "ada"), ("aDmIn", "AdMiN")]
        {
            assert!(look_alike(name, twin), "{name} {twin}");
        }
        for (name, other) in [("ada", "adá"), ("ada", "adam"), ("Вера", "Vera"), ("ada", "ada ")]
        {
            assert!(!look_alike(name, other), "{name} {other}");
        }
    }

    #[test]
    fn there_are_few_spellings() {
        for name in ["a", "ada lovelace", "Сосо", "東京", "", "o'hara_99"] {
            assert!(spellings(name).len() <= 20, "{name}");
        }
    }
}
