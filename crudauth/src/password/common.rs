//! The passwords that everyone tries first.

use std::cmp::Ordering;

/// Lower-case ASCII, sorted by byte, one a line, each of 8 characters or more.
const LIST: &str = include_str!("common-passwords.txt");

/// Whether the whole of `password` is on the list, in any case of its ASCII letters (OWASP ASVS
/// 6.2.4). A listed word within a longer password is no reason to refuse it.
pub(super) fn is_common(password: &str) -> bool {
    // A binary search over the bytes of the text: it needs no table of lines.
    let mut rest = LIST;
    while !rest.is_empty() {
        let line_start = start_of_line(rest, rest.len() / 2);
        let line = rest[line_start..].lines().next().unwrap_or_default();
        let lowered = password.bytes().map(|byte| byte.to_ascii_lowercase());
        match lowered.cmp(line.bytes()) {
            Ordering::Equal => return true,
            Ordering::Less => rest = &rest[..line_start],
            Ordering::Greater => rest = rest.get(line_start + line.len() + 1..).unwrap_or_default(),
        }
    }
    false
}

fn start_of_line(text: &str, position: usize) -> usize {
    text.as_bytes()[..position].iter().rposition(|&byte| byte == b'\n').map_or(0, |found| found + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_long_sorted_and_in_its_form() {
        let lines: Vec<&str> = LIST.lines().collect();
        assert!(lines.len() >= 8000, "{}", lines.len());
        assert!(lines.is_sorted_by(|one, next| one < next));
        for line in lines {
            assert!(line.len() >= 8, "{line}");
            assert!(line.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{line}");
            assert_eq!(line, line.to_ascii_lowercase());
        }
    }

    #[test]
    fn every_line_is_found_and_nothing_around_it() {
        let lines: std::collections::HashSet<&str> = LIST.lines().collect();
        for line in &lines {
            assert!(is_common(line), "{line}");
            assert!(is_common(&line.to_ascii_uppercase()), "{line}");
            for near in [format!("{line}~"), format!(" {line}"), line[1..].to_owned()] {
                assert_eq!(is_common(&near), lines.contains(near.as_str()), "{near}");
            }
        }
    }

    #[test]
    fn the_well_known_are_found_and_the_good_are_not() {
        for common in ["password", "Password1", "12345678", "QWERTYUIOP", "iloveyou", "1q2w3e4r"] {
            assert!(is_common(common), "{common}");
        }
        for good in ["", "\n", "password\n", "passwor", "correct horse battery staple", "pässword"]
        {
            assert!(!is_common(good), "{good:?}");
        }
    }
}
