//! phpass of WordPress before 6.8, phpBB and Drupal 6: MD5, many times over.

use base64ct::{Base64ShaCrypt, Encoding as _};
use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use crate::password::Password;
use crate::password::cost::MAX_PHPASS_COST;

/// The digits of phpass, whose places are the logarithms of the rounds.
const DIGITS: &[u8] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    // `$P$`, one digit of cost, eight characters of salt, 22 of the digest.
    let ("$P$" | "$H$", rest) = stored.split_at_checked(3)? else { return None };
    let (cost, rest) = rest.split_at_checked(1)?;
    let (salt, digest) = rest.split_at_checked(8)?;
    let cost = DIGITS.iter().position(|digit| cost.as_bytes() == [*digit])?;
    let mut expected = [0; 16];
    if !(7..=MAX_PHPASS_COST).contains(&cost)
        || Base64ShaCrypt::decode(digest, &mut expected).ok()?.len() != expected.len()
    {
        return None;
    }
    Some(password.spellings().any(|text| digest_of(text, salt, 1 << cost).ct_eq(&expected).into()))
}

fn digest_of(text: &str, salt: &str, rounds: u32) -> Zeroizing<[u8; 16]> {
    let next = |before: &[u8]| -> [u8; 16] {
        Md5::new().chain_update(before).chain_update(text.as_bytes()).finalize().into()
    };
    let mut digest = Zeroizing::new(next(salt.as_bytes()));
    for _ in 0..rounds {
        *digest = next(digest.as_slice());
    }
    digest
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RIGHT, UNICODE, assert_is_of, check};

    // Made with passlib.
    const WORDPRESS: &str = "$P$5Duga8qpSYOoj5kDjzIKa5PGcQnk/p1";
    const PHPBB: &str = "$H$5sR0ngjQIRsl4FEyTf4bVbGKSSTzBk.";
    const OF_UNICODE: &str = "$P$5eGuHWY6Ha5OYomgHYKVKTodTteu45/";

    #[test]
    fn both_marks_verify() {
        assert_is_of(RIGHT, WORDPRESS);
        assert_is_of(RIGHT, PHPBB);
        assert_is_of(UNICODE, OF_UNICODE);
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        for stored in [
            "$P$".to_owned(),
            "$P$5".to_owned(),
            "$P$5Duga8qp".to_owned(),
            "$P$5Dug\u{e9}8qpSYOoj5kDjzIKa5PGcQnk/p1".to_owned(),
            WORDPRESS.replace("$P$5", "$P$4"),
            WORDPRESS.replace("$P$5", "$P$K"),
            WORDPRESS.replace("$P$5", "$P$z"),
            WORDPRESS.replace("$P$5", "$P$!"),
            format!("{WORDPRESS}/"),
            WORDPRESS[..33].to_owned(),
        ] {
            assert_eq!(check(RIGHT, &stored), None, "{stored}");
        }
    }
}
