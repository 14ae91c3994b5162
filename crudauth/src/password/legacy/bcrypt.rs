//! bcrypt, of the password itself or of a digest of it.

use base64ct::{Base64, Encoding as _};
use bcrypt::HashParts;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest as _, Sha256, Sha384};
use zeroize::{Zeroize as _, Zeroizing};

use super::{fields, value};
use crate::password::Password;
use crate::password::cost::MAX_BCRYPT_COST;

/// Verifies each form of bcrypt in the table of the [module](super).
pub(super) fn verify(password: &Password, stored: &str, pepper: Option<&str>) -> Option<bool> {
    if let Some(rest) = stored.strip_prefix("bcrypt_sha256$") {
        return Some(Stored::parse(rest)?.is_of_any(password.spellings(), hex_of_sha256));
    }
    if let Some(rest) = stored.strip_prefix("$bcrypt-sha256$") {
        let (stored, salt) = passlib(rest)?;
        let stored = Stored::parse(&stored)?;
        return Some(stored.is_of_any(password.spellings(), |text| keyed(salt, text)));
    }
    if let Some(rest) = stored.strip_prefix("$wp") {
        return Some(Stored::parse(rest)?.is_of_any(password.spellings(), wordpress));
    }
    let tagged = ["bcrypt$", "{bcrypt}"].iter().find_map(|tag| stored.strip_prefix(tag));
    let bcrypt = Stored::parse(tagged.unwrap_or(stored))?;
    // A bare text does not tell of which form it is, so each is tried.
    Some(
        (tagged.is_none() && bcrypt.is_of_prehash(password))
            || password.spellings().any(|text| bcrypt.is_of_plain(text, pepper)),
    )
}

/// A bcrypt hash that is well-formed and within the cost.
struct Stored<'a>(&'a str);

impl<'a> Stored<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let parts: HashParts = text.parse().ok()?;
        (parts.get_cost() <= MAX_BCRYPT_COST).then_some(Self(text))
    }

    fn is_of(&self, input: &str) -> bool {
        bcrypt::verify(input, self.0).unwrap_or(false)
    }

    fn is_of_any<'t>(
        &self,
        mut texts: impl Iterator<Item = &'t str>,
        input: impl Fn(&str) -> Zeroizing<String>,
    ) -> bool {
        texts.any(|text| self.is_of(&input(text)))
    }

    /// The Python library hashes the NFKC, and hashed what was typed before its 0.7.
    fn is_of_prehash(&self, password: &Password) -> bool {
        let nfkc = password.nfkc();
        let others = password.spellings().filter(|text| *text != nfkc.as_str());
        std::iter::once(nfkc.as_str()).chain(others).any(|text| self.is_of(&base64_of_sha256(text)))
    }

    fn is_of_plain(&self, text: &str, pepper: Option<&str>) -> bool {
        if has_shape_of_prehash(text) {
            return false;
        }
        let is_peppered = |pepper: &str| self.is_of(&Zeroizing::new(format!("{text}{pepper}")));
        pepper.is_some_and(is_peppered) || self.is_of(text)
    }
}

/// 44 characters, whatever the length of the text.
fn base64_of_sha256(text: &str) -> Zeroizing<String> {
    let mut digest = Sha256::digest(text.as_bytes());
    let encoded = Zeroizing::new(Base64::encode_string(&digest));
    digest.as_mut_slice().zeroize();
    encoded
}

/// The input of Django's `bcrypt_sha256$`.
fn hex_of_sha256(text: &str) -> Zeroizing<String> {
    let mut digest = Sha256::digest(text.as_bytes());
    let encoded = Zeroizing::new(const_hex::encode(digest));
    digest.as_mut_slice().zeroize();
    encoded
}

/// `v=2,t=2b,r=12$salt$digest` of passlib: the bcrypt text that it stands for, and the salt, which
/// keys the input too.
fn passlib(rest: &str) -> Option<(String, &str)> {
    let [costs, salt, digest] = fields(rest, '$')?;
    let ["v=2", kind, rounds] = fields(costs, ',')? else { return None };
    let (kind, rounds) = (value(kind, "t")?, value(rounds, "r")?.parse::<u8>().ok()?);
    Some((format!("${kind}${rounds:02}${salt}{digest}"), salt))
}

fn keyed(salt: &str, text: &str) -> Zeroizing<String> {
    base64_of_hmac::<Hmac<Sha256>>(salt, text)
}

/// The input of `$wp$2y$`, WordPress 6.8 and later.
fn wordpress(text: &str) -> Zeroizing<String> {
    let trimmed = text.trim_matches([' ', '\t', '\n', '\r', '\0', '\x0b']);
    base64_of_hmac::<Hmac<Sha384>>("wp-sha384", trimmed)
}

fn base64_of_hmac<M: KeyInit + Mac>(key: &str, text: &str) -> Zeroizing<String> {
    let Ok(mut mac) = <M as KeyInit>::new_from_slice(key.as_bytes()) else {
        return Zeroizing::default();
    };
    mac.update(text.as_bytes());
    let mut tag = mac.finalize().into_bytes();
    let encoded = Zeroizing::new(Base64::encode_string(&tag));
    tag.as_mut_slice().zeroize();
    encoded
}

/// A leaked SHA-256 of a password, typed as one, must not log its owner in.
fn has_shape_of_prehash(text: &str) -> bool {
    let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    text.len() == 44 && text.strip_suffix('=').is_some_and(|digits| digits.bytes().all(is_digit))
}

#[cfg(test)]
mod tests {
    use super::super::LegacyHashes;
    use super::super::tests::{RIGHT, UNICODE, UNICODE_NFC, UNICODE_NFKC, assert_is_of, check};
    use crate::password::{Password, PasswordHash};

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

    // Made with Django, PHP, passlib and pyca/bcrypt.
    const DJANGO: [&str; 2] = [
        "bcrypt$$2b$05$neOSFlqOfCbr2H9UsySOMuhuTqz4yDoVG21YmnOl4SO6A7cwxDcjG",
        "bcrypt_sha256$$2b$05$KrHIMoCZ30HhGB95CcynSuHgV8a5KtC1Dx0YXbnS2abpRw2Cy6oyO",
    ];
    const DJANGO_UNICODE: [&str; 2] = [
        "bcrypt$$2b$05$wJVPGS3cy2/ktCIqkSzN7O2ioKBg8Qrr42lxJl1JWbQmjs4uNuqJq",
        "bcrypt_sha256$$2b$05$kvCebMyWgFH3PO2WG5N7ZefPBnAUr18KWGX9H8AEMDAZ6WvihydAe",
    ];
    const WORDPRESS: &str = "$wp$2y$05$NvYeAi1E2etT5SeeJjJS2uNeX7l1nmJ2WmgQbI6.JNVQgkiI97lD6";
    const WORDPRESS_UNICODE: &str =
        "$wp$2y$05$sL1d6wzolifz6Ygo7CGxLuFm3ut2GVSCL3cxvYMpxh9NZgf5ja6Y.";
    const PASSLIB: &str =
        "$bcrypt-sha256$v=2,t=2b,r=5$13kyx8rrci9c5r0WBGtBze$4Jq6RAWW2l0F56S.cRE5CkIH7jpEJOS";
    const PASSLIB_UNICODE: &str =
        "$bcrypt-sha256$v=2,t=2b,r=5$mUzIzBJL47tP.sUH7zS2We$MuALC6th.fo/OoQ667D3zv28eueX0Mi";
    const PREHASH_OF_TYPED: &str = "$2b$06$qN2v8Jx0Tq1mYw7rB4kZ9uZcoVVfTooDFh5orfTR7ApM1fDTm9uzS";
    const DEVISE: &str = "$2a$05$xMZ0uxZSimBjX59xRDLSNe7XNAmzPDXfcrwl.4.vT3VD6p8YaZlP2";

    #[test]
    fn the_forms_of_other_systems_verify() {
        for stored in
            DJANGO.iter().chain([&PASSLIB, &PLAIN_2A.replace("$2a", "{bcrypt}$2a").as_str()])
        {
            assert_is_of(RIGHT, stored);
        }
        for stored in DJANGO_UNICODE.iter().chain([&PASSLIB_UNICODE]) {
            assert_is_of(UNICODE, stored);
        }
        // WordPress trims, so a space more is no other password.
        for text in [RIGHT, &format!(" {RIGHT}\n")] {
            assert_eq!(check(text, WORDPRESS), Some(true));
        }
        assert_eq!(check(UNICODE, WORDPRESS_UNICODE), Some(true));
        assert_eq!(check("wrong", WORDPRESS), Some(false));
        assert_eq!(check(UNICODE, PREHASH_OF_TYPED), Some(true));
    }

    #[test]
    fn a_pepper_is_appended_where_there_is_one() {
        let peppered = |text: &str, stored: &str| {
            let legacy = LegacyHashes::default().devise_pepper("pep");
            legacy.verify(&Password::new(text), &PasswordHash::from_stored(stored.to_owned()))
        };
        assert_eq!(peppered(RIGHT, DEVISE), Some(true));
        assert_eq!(peppered("wrong", DEVISE), Some(false));
        assert_eq!(peppered(RIGHT, PLAIN_2A), Some(true), "from before the pepper");
        assert_eq!(check(RIGHT, DEVISE), Some(false));
        let shown = format!("{:?}", LegacyHashes::default().devise_pepper("pep"));
        assert_eq!(shown, "LegacyHashes { has_devise_pepper: true }");
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
            "bcrypt$",
            "bcrypt_sha256$$2b$17$KrHIMoCZ30HhGB95CcynSuHgV8a5KtC1Dx0YXbnS2abpRw2Cy6oyO",
            "{bcrypt}correct horse battery staple",
            "$wp$2y$17$NvYeAi1E2etT5SeeJjJS2uNeX7l1nmJ2WmgQbI6.JNVQgkiI97lD6",
            "$bcrypt-sha256$v=1,t=2b,r=5$13kyx8rrci9c5r0WBGtBze$4Jq6RAWW2l0F56S.cRE5CkIH7jpEJOS",
            "$bcrypt-sha256$v=2,t=2b,r=17$13kyx8rrci9c5r0WBGtBze$4Jq6RAWW2l0F56S.cRE5CkIH7jpEJOS",
            "$bcrypt-sha256$v=2,t=2b,r=5$13kyx8rrci9c5r0WBGtBze",
        ] {
            assert_eq!(check(RIGHT, stored), None, "{stored}");
        }
    }
}
