//! How the list of an owner notes the key of an entry.
//!
//! Redis keeps a short list in one piece of memory as long as no member is longer than 64 bytes;
//! else even a list of one takes a kilobyte. The key of a session is a prefix and 64 digits of a
//! digest, too long by that prefix: the digits are noted as the bytes that they stand for.

/// What a note begins with: whether the rest is the key, or one that ends with a digest.
const PLAIN: u8 = b'p';
const WITH_DIGEST: u8 = b'd';

/// The length of a digest in bytes; it has twice as many digits.
const DIGEST: usize = 32;

/// The member that stands for `key`.
pub(super) fn note(key: &str) -> Vec<u8> {
    match split(key) {
        Some((prefix, digest)) => [&[WITH_DIGEST][..], &digest, prefix.as_bytes()].concat(),
        None => [&[PLAIN][..], key.as_bytes()].concat(),
    }
}

/// The key that is noted; `None` for what crudauth has not written.
pub(super) fn key_of(note: &[u8]) -> Option<String> {
    let (kind, rest) = note.split_first()?;
    let text = |bytes: &[u8]| str::from_utf8(bytes).ok().map(str::to_owned);
    match *kind {
        PLAIN => text(rest),
        WITH_DIGEST => {
            let (digest, prefix) = rest.split_first_chunk::<DIGEST>()?;
            Some(text(prefix)? + &const_hex::encode(digest))
        }
        _ => None,
    }
}

/// What comes before the digest at the end of `key`, and that digest. Only digits in lower case are
/// one, so that the key comes back as it was.
fn split(key: &str) -> Option<(&str, [u8; DIGEST])> {
    let (prefix, digits) = key.split_at_checked(key.len().checked_sub(2 * DIGEST)?)?;
    let is_lower = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    let digest = is_lower.then(|| const_hex::decode_to_array(digits).ok())??;
    Some((prefix, digest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_as_it_was() {
        let digits = "0123456789abcdef".repeat(4);
        for key in [
            String::new(),
            "d".to_owned(),
            format!("session:{digits}"),
            digits.clone(),
            digits.to_uppercase(),
            format!("session:{}", &digits[1..]),
            format!("ä{}", &digits[1..]),
            format!("session:{digits}{digits}"),
            "\0".repeat(100),
        ] {
            assert_eq!(key_of(&note(&key)).as_deref(), Some(&*key));
        }
    }

    #[test]
    fn a_session_is_noted_in_few_bytes() {
        assert!(note(&format!("session:{}", "0f".repeat(32))).len() <= 64);
    }

    #[test]
    fn what_is_no_note_is_refused() {
        for bytes in [&b""[..], b"session:1", b"dshort", b"p\xff"] {
            assert_eq!(key_of(bytes), None, "{bytes:?}");
        }
    }
}
