//! Codes of an authenticator app: RFC 6238 over RFC 4226.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::base32;
use crate::secret::{Digester, RandomError, fill_random};

/// How long a code is shown, in seconds.
pub(super) const STEP: u64 = 30;

/// How many digits it has.
pub(super) const DIGITS: usize = 6;

/// As RFC 4226 recommends: as long as a digest.
const SECRET: usize = 20;

/// The lengths of secrets of other software that are accepted.
const SHORTEST: usize = 10;
const LONGEST: usize = 128;

/// The secret that crudauth shares with an authenticator app. It is wiped when it is dropped.
#[derive(Clone)]
pub(crate) struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    /// A new one, of 160 random bits.
    pub(crate) fn random() -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new(vec![0; SECRET]);
        fill_random(&mut bytes)?;
        Ok(Self(bytes))
    }

    /// Reads a secret in base32. `None` if `text` is not one.
    pub(crate) fn from_base32(text: &str) -> Option<Self> {
        let bytes = base32::decode(text)?;
        (SHORTEST..=LONGEST).contains(&bytes.len()).then_some(Self(bytes))
    }

    /// The secret in base32, without padding.
    pub(crate) fn to_base32(&self) -> Zeroizing<String> {
        base32::encode(&self.0)
    }

    /// A digester that is keyed with the secret.
    pub(crate) fn digester(&self, purpose: &str) -> Digester {
        Digester::of_key(&self.0, purpose)
    }

    /// The step of time at which `code` is shown, where it is that of `now`, the one before or the
    /// one after; the latest, if it is shown at more than one of them. The work is the same whether
    /// a code is right or wrong.
    pub(crate) fn step_of(&self, code: &[u8; DIGITS], now: SystemTime) -> Option<i64> {
        let (mut found, mut step_found) = (Choice::from(0), 0);
        let now = step(now);
        for step in now.saturating_sub(1)..=now.saturating_add(1) {
            let is_it = self.code(step).ct_eq(code);
            step_found.conditional_assign(&step, is_it);
            found |= is_it;
        }
        bool::from(found).then_some(step_found)
    }

    /// The code that is shown at a moment.
    #[cfg(test)]
    pub(crate) fn code_at(&self, at: SystemTime) -> [u8; DIGITS] {
        self.code(step(at))
    }

    /// The code of a step.
    fn code(&self, step: i64) -> [u8; DIGITS] {
        let digest = self.digest(step);
        let last = digest[digest.len() - 1];
        let offset = usize::from(last & 0x0f);
        let mut number = [0; 4];
        number.copy_from_slice(&digest[offset..offset + 4]);
        let mut number = u32::from_be_bytes(number) & 0x7fff_ffff;
        let mut code = [0; DIGITS];
        for digit in code.iter_mut().rev() {
            *digit = b'0' + u8::try_from(number % 10).unwrap_or(0);
            number /= 10;
        }
        code
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    fn digest(&self, step: i64) -> [u8; 20] {
        let hmac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes keys of every length");
        hmac.chain_update(step.to_be_bytes()).finalize().into_bytes().into()
    }
}

/// The step of time that `at` is in.
fn step(at: SystemTime) -> i64 {
    let seconds = at.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    i64::try_from(seconds / STEP).unwrap_or(i64::MAX)
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(..)")
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::TotpSecret;

    /// The secret of RFC 6238, Appendix B: `12345678901234567890`.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    #[test]
    fn codes_are_those_of_the_rfc() {
        let secret = TotpSecret::from_base32(RFC).expect("base32");
        let vectors: [(u64, &[u8; 6]); 6] = [
            (59, b"287082"),
            (1_111_111_109, b"081804"),
            (1_111_111_111, b"050471"),
            (1_234_567_890, b"005924"),
            (2_000_000_000, b"279037"),
            (20_000_000_000, b"353130"),
        ];
        for (at, code) in vectors {
            let step = i64::try_from(at / 30).expect("small");
            let at = UNIX_EPOCH + Duration::from_secs(at);
            assert_eq!(secret.step_of(code, at), Some(step));
            for (shift, is_shown) in [(30, true), (60, false)] {
                let shift = Duration::from_secs(shift);
                assert_eq!(secret.step_of(code, at + shift).is_some(), is_shown);
                let before = at.checked_sub(shift).filter(|at| *at > UNIX_EPOCH);
                assert!(before.is_none_or(|at| secret.step_of(code, at).is_some() == is_shown));
            }
            let mut other = *code;
            other[5] = if other[5] == b'9' { b'0' } else { other[5] + 1 };
            assert_eq!(secret.step_of(&other, at), None);
        }
    }

    #[test]
    fn a_random_secret_has_160_bits_and_shows_none() {
        let secret = TotpSecret::random().expect("random");
        assert_eq!(secret.to_base32().len(), 32);
        assert_eq!(format!("{secret:?}"), "TotpSecret(..)");
        let again = TotpSecret::from_base32(&secret.to_base32()).expect("base32");
        assert_eq!(again.to_base32(), secret.to_base32());
        assert_ne!(TotpSecret::random().expect("random").to_base32(), secret.to_base32());
        assert!(TotpSecret::from_base32("GEZDGNBV").is_none(), "too short");
    }
}
