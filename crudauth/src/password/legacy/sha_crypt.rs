//! sha-crypt of `crypt(3)`: `$5$` and `$6$`.

use sha_crypt::{PasswordVerifier as _, ShaCrypt};

use crate::password::Password;
use crate::password::cost::MAX_SHA_CRYPT_ROUNDS;

pub(super) fn verify(password: &Password, stored: &str) -> Option<bool> {
    let rounds = stored.get(3..)?.strip_prefix("rounds=");
    if let Some(rounds) = rounds {
        let rounds: u32 = rounds.split_once('$')?.0.parse().ok()?;
        (1000..=MAX_SHA_CRYPT_ROUNDS).contains(&rounds).then_some(())?;
    }
    let digest_len = if stored.starts_with("$5$") { 43 } else { 86 };
    let (_, digest) = stored.rsplit_once('$')?;
    let fields = stored.bytes().filter(|byte| *byte == b'$').count();
    if digest.len() != digest_len || fields != if rounds.is_some() { 4 } else { 3 } {
        return None;
    }
    let is_of = |text: &str| ShaCrypt::SHA512.verify_password(text.as_bytes(), stored).is_ok();
    Some(password.spellings().any(is_of))
}

#[cfg(test)]
mod tests {
    use super::super::tests::{RIGHT, UNICODE, assert_is_of, check};

    // Made with passlib, and with PHP's `crypt`.
    const OF_RIGHT: [&str; 5] = [
        "$5$rounds=1000$soTlVp9AKKwzOImh$FpQIePqzKaAEtywDVc1/cZ3uswRnf9GZ.LjSyGCyG2B",
        "$5$ernGFW2DoFcncMt0$is0yma1J1V.x82I45yMnNcUCai9T86b/Yf81VyRkrwA",
        "$6$rounds=1000$HRqYPETfm7JBMxHr$BL1fCvkHCDu9fpymeSP0s4oyzdpU/Yh1jLGZJv76jret3mf9mY1PvWI7uh9LxmorWq8X/BMWH12gxh3qyteJQ.",
        "$6$IFT8Z1xAgP8lhZ74$Uxn6szem1b8tzyN6j4qt8Ntx4/qFa13UzF2ntDNR1POg33eC1Aw9izuOWSIK0VxGnxSDt1h6cXOKo029vgoIR/",
        "$6$rounds=1000$seasalt8bytes$BoDEmv4UMg7lzQUhZEZNoGZsppz9gSDs7C0pxOI.BoblSVrQPbu0zqDi6bF6zbUe5.oywrMHaHon7gRpUNkQ51",
    ];
    const OF_UNICODE: &str = "$6$rounds=1000$seasalt8bytes$mW7Sir5FotnBd2Uogg52byp71LCfF9hmJcZl.XuNpTNOaZT4rNpEpSFcHpT9CbdiEgUJ0AMeSk0sXBO8P8SMS0";

    #[test]
    fn both_digests_verify() {
        for stored in OF_RIGHT {
            assert_is_of(RIGHT, stored);
        }
        assert_is_of(UNICODE, OF_UNICODE);
    }

    #[test]
    fn malformed_and_costly_texts_are_not_computed() {
        for stored in [
            "$5$".to_owned(),
            "$6$salt".to_owned(),
            "$6$salt$".to_owned(),
            "$6$rounds=1000$salt".to_owned(),
            "$6$\u{e9}$salt$digest".to_owned(),
            OF_RIGHT[0].replace("=1000", "=999"),
            OF_RIGHT[0].replace("=1000", "=1000001"),
            OF_RIGHT[0].replace("=1000", "=99999999999"),
            OF_RIGHT[0].replace("=1000", "=-1"),
            OF_RIGHT[0].replace("$5$", "$6$"),
            format!("{}x", OF_RIGHT[1]),
            OF_RIGHT[1][..OF_RIGHT[1].len() - 1].to_owned(),
        ] {
            assert_eq!(check(RIGHT, &stored), None, "{stored}");
        }
    }
}
