//! How hard a text is to guess, for keys that people have typed.
//!
//! An estimate from below: what somebody who tries words, dates, sequences and repetitions would
//! need. Each character that belongs to none of these counts with the bits that a character of the
//! text can have. So a random key is worth about what it is worth, in whatever alphabet it is
//! written, and a sentence is worth next to nothing, however long it is.

use std::collections::BTreeSet;

/// What a guess about a whole piece of the text costs, in bits.
const WORD: f64 = 2.0;
const YEAR: f64 = 4.0;
const SEQUENCE: f64 = 6.0;
const REPETITION: f64 = 6.0;
const SEPARATOR_AGAIN: f64 = 1.0;

/// Shorter ones come about by chance.
const MIN_SEQUENCE: usize = 4;

/// What follows can only make the text harder to guess, and is not looked at.
const MAX_LEN: usize = 1024;

/// Along these, and against them, people let their fingers run.
const TRACKS: [&[u8]; 9] = [
    b"abcdefghijklmnopqrstuvwxyz",
    b"01234567890",
    b"0123456789abcdef",
    b"qwertyuiopasdfghjklzxcvbnm",
    b"qwertzuiopasdfghjklyxcvbnm",
    b"azertyuiopqsdfghjklmwxcvbn",
    b"1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
    b"1q2w3e4r5t6y7u8i9o0p",
    b"!@#$%^&*()_+",
];

/// What such keys are made of, from tutorials, samples and settings files.
const WORDS: &str = include_str!("key-words.txt");

/// The bits of `text`, at most.
pub(super) fn bits(text: &[u8]) -> f64 {
    let text = &text[..text.len().min(MAX_LEN)];
    let by_itself = bits_of_a_character(text);
    let lower = text.to_ascii_lowercase();
    let words: BTreeSet<&[u8]> = WORDS.split_whitespace().map(str::as_bytes).collect();
    let longest_word = words.iter().map(|word| word.len()).max().unwrap_or(0);
    let tracks: Vec<Vec<u8>> = TRACKS
        .iter()
        .flat_map(|track| [track.to_vec(), track.iter().rev().copied().collect()])
        .collect();

    // The least bits of the first characters, for each number of them.
    let mut least = vec![f64::INFINITY; lower.len() + 1];
    least[0] = 0.0;
    let mut repeated = vec![0; lower.len() + 1];
    for at in 0..lower.len() {
        let (before, rest) = lower.split_at(at);
        let so_far = least[at];
        let mut reach = |length: usize, cost: f64| {
            let end = &mut least[at + length];
            *end = end.min(so_far + cost);
        };
        let is_separator = rest[0].is_ascii_punctuation() || rest[0] == b' ';
        let is_separator_again = is_separator && before.contains(&rest[0]);
        reach(1, if is_separator_again { SEPARATOR_AGAIN.min(by_itself) } else { by_itself });
        for length in 3..=longest_word.min(rest.len()) {
            if words.contains(&rest[..length]) {
                reach(length, WORD);
            }
        }
        if is_year(before, rest) {
            reach(4, YEAR);
        }
        let along = tracks.iter().map(|track| longest_common(rest, track)).max().unwrap_or(0);
        for length in MIN_SEQUENCE..=along {
            reach(length, SEQUENCE);
        }
        let again = longest_repetition(&lower, at, &mut repeated);
        for length in MIN_SEQUENCE..=again {
            reach(length, REPETITION);
        }
    }
    least[lower.len()]
}

/// By the kinds of characters that occur, and by how many different ones do.
fn bits_of_a_character(text: &[u8]) -> f64 {
    let mut seen = [false; 256];
    for byte in text {
        seen[usize::from(*byte)] = true;
    }
    let count = |of: &dyn Fn(u8) -> bool| {
        (0..=u8::MAX).filter(|byte| of(*byte) && seen[usize::from(*byte)]).count()
    };
    let different = count(&|_| true);
    let is_hex = different == count(&|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        || different == count(&|byte| byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte));
    let kinds: [(&dyn Fn(u8) -> bool, f64); 5] = [
        (&|byte| byte.is_ascii_digit(), 10.0),
        (&|byte| byte.is_ascii_lowercase(), 26.0),
        (&|byte| byte.is_ascii_uppercase(), 26.0),
        (&|byte| byte.is_ascii() && !byte.is_ascii_alphanumeric(), 33.0),
        (&|byte| !byte.is_ascii(), 128.0),
    ];
    let alphabet: f64 = match is_hex {
        true => 16.0,
        false => kinds.iter().filter(|(of, _)| count(of) > 0).map(|(_, size)| size).sum(),
    };
    let different = f64::from(u16::try_from(different).unwrap_or(u16::MAX));
    alphabet.min(different).max(1.0).log2()
}

/// A year that stands alone at the end of something: four such digits come about by chance, too.
fn is_year(before: &[u8], rest: &[u8]) -> bool {
    let Some((year, behind)) = rest.split_first_chunk::<4>() else { return false };
    let is_in_our_time = year.starts_with(b"19") || year.starts_with(b"20");
    is_in_our_time
        && year.iter().all(u8::is_ascii_digit)
        && !before.last().is_some_and(u8::is_ascii_digit)
        && !behind.first().is_some_and(u8::is_ascii_alphanumeric)
}

/// How much of `text` runs along `track`, from wherever it begins there.
fn longest_common(text: &[u8], track: &[u8]) -> usize {
    let starts = track.iter().enumerate().filter(|(_, byte)| **byte == text[0]);
    let run = |(start, _)| {
        let pairs = text.iter().zip(&track[start..]);
        pairs.take_while(|(left, right)| left == right).count()
    };
    starts.map(run).max().unwrap_or(0)
}

/// How much of the text from `at` on is there before already. The repetition may overlap what it
/// repeats, as in `abababab`. `lengths` holds, for each place before, how far the text from there
/// ran along with that from the place before `at`.
fn longest_repetition(text: &[u8], at: usize, lengths: &mut [usize]) -> usize {
    let mut longest = 0;
    for earlier in 0..at {
        let pairs = text[earlier..].iter().zip(&text[at..]);
        let length = match lengths[at - earlier] {
            // It goes on as it went on one place before.
            known if known > 0 => known - 1,
            _ => pairs.take_while(|(left, right)| left == right).count(),
        };
        lengths[at - earlier] = length;
        longest = longest.max(length);
    }
    longest
}
