//! bcrypt, of the password itself or of its SHA-256.

use base64ct::{Base64, Encoding as _};
use bcrypt::HashParts;
use sha2::{Digest as _, Sha256};
use zeroize::{Zeroize as _, Zeroizing};

use crate::password::Password;
use crate::password::cost::MAX_BCRYPT_COST;

/// A stored text does not tell which of the two forms it is of, so both are tried.
pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let parts: HashParts = stored.parse().ok()?;
    if parts.get_cost() > MAX_BCRYPT_COST {
        return None;
    }
    let is_of = |input: &str| bcrypt::verify(input, stored).unwrap_or(false);
    let is_of_plain = |text: &str| is_of(text) && !has_shape_of_prehash(text);
    Some(is_of(&prehash(password)) || password.spellings().any(is_of_plain))
}

/// `base64(sha256(NFKC(password)))`: 44 characters, whatever the length of the password.
fn prehash(password: &Password) -> Zeroizing<String> {
    let mut digest = Sha256::digest(password.nfkc().as_bytes());
    let encoded = Zeroizing::new(Base64::encode_string(&digest));
    digest.as_mut_slice().zeroize();
    encoded
}

/// A leaked SHA-256 of a password, typed as one, must not log its owner in.
fn has_shape_of_prehash(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    text.len() == 44 && text.strip_suffix('=').is_some_and(|digits| digits.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RIGHT, UNICODE, UNICODE_NFC, UNICODE_NFKC, assert_is_of, check};

    // Made with pyca/bcrypt.
    const PLAIN_2B: &str = "$2b$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi";
    const PLAIN_2A: &str = "$2a$05$UgZZ1Co4WqBQ1XerZnkguer09gMljGxCfckdPZ8aOx6/Vkbu0IdSW";
    const PLAIN_2Y: &str = "$2y$05$cgcNVaLH1S.GUmz/S7Ysg.gtHtf2DEB7oZNX2I0d2qCJ0qGCnEJCK";
    const PLAIN_EMPTY: &str = "$2b$05$DKNSioqv8ZlqpZr8r4X36.B4mLbRyZJsbLoPtevwNiZ08VURGueYO";
    const PLAIN_UNICODE_TYPED: &str =
        "$2b$05$IIQ63J3Q5H9KLU5cr/5Do.rbuOQkiJLkHPlWiHIE4n1O6/Lbcud4.";
    const PLAIN_UNICODE_NFC: &str = "$2b$05$k./DblXtjAI8NQwUsk1DmufXpHHF3gqQhsMZJMcvezTT.AUewx9HO";
    const PLAIN_72_BYTES: &str = "$2b$05$nFmwNV7vfCZ2Nu2/v5ugHubWQLVr9QnOYBFl/l8IH6Sc7flyDSYki";
    const PREHASHED: &str = "$2b$05$VtvmqSHWhLgwWq9lYrqIw.cY1cypG.VqC0MGgqVfxQGI3wQWWhutu";
    const PREHASHED_UNICODE: &str = "$2b$05$l0GzXbT1PGlw2E6M7vWPMu21W320JhL73N2b2XaZvI7exd.19Z2Du";
    const PREHASHED_80_BYTES: &str = "$2b$05$dkZF4pZocN42olgAH2418eUitXKWB916QaA29qzGzqgZVTEGdaKKC";
    const PREHASH_OF_RIGHT: &str = "xLvLH77JnWW/WdhcjLYu4tuWPw/hBvSD2a+nO9Tjmoo=";

    #[test]
    fn every_prefix_verifies() {
        for stored in [PLAIN_2A, PLAIN_2B, PLAIN_2Y, PREHASHED] {
            assert_is_of(RIGHT, stored);
        }
        assert_eq!(check("", PLAIN_EMPTY), Some(true));
        assert_eq!(check("x", PLAIN_EMPTY), Some(false));
    }

    #[test]
    fn text_matches_in_the_form_that_was_hashed() {
        assert_is_of(UNICODE, PLAIN_UNICODE_TYPED);
        assert_eq!(check(UNICODE_NFC, PLAIN_UNICODE_TYPED), Some(false));
        for text in [UNICODE, UNICODE_NFC] {
            assert_eq!(check(text, PLAIN_UNICODE_NFC), Some(true));
        }
        for text in [UNICODE, UNICODE_NFC, UNICODE_NFKC] {
            assert_eq!(check(text, PREHASHED_UNICODE), Some(true));
        }
    }

    #[test]
    fn the_plain_form_is_cut_at_72_bytes_and_the_prehashed_is_not() {
        let digits = "0123456789".repeat(8);
        assert_eq!(check(&digits, PLAIN_72_BYTES), Some(true));
        assert_eq!(check(&digits[..72], PLAIN_72_BYTES), Some(true));
        assert_eq!(check(&digits[..71], PLAIN_72_BYTES), Some(false));
        assert_eq!(check(&digits, PREHASHED_80_BYTES), Some(true));
        assert_eq!(check(&digits[..79], PREHASHED_80_BYTES), Some(false));
    }

    #[test]
    fn a_stolen_prehash_is_not_a_password() {
        assert_eq!(bcrypt::verify(PREHASH_OF_RIGHT, PREHASHED).ok(), Some(true));
        assert_eq!(check(PREHASH_OF_RIGHT, PREHASHED), Some(false));
        // bcrypt repeats its key, with a NUL between the repetitions.
        let repeated = format!("{PREHASH_OF_RIGHT}\0{}", &PREHASH_OF_RIGHT[..27]);
        assert_eq!(bcrypt::verify(&repeated, PREHASHED).ok(), Some(true));
        assert_eq!(check(&repeated, PREHASHED), Some(false));
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        for stored in [
            "$2b$",
            "$2b$05$short",
            "$2b$xx$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$2b$05$\u{e9}dyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$2b$17$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$2b$31$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$2b$99$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$2x$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
        ] {
            assert_eq!(check(RIGHT, stored), None, "{stored}");
        }
    }
}
