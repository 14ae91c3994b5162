//! The built-in hasher.

use std::hint::black_box;

use argon2::password_hash::phc::{self, Output, Salt};
use argon2::{Algorithm, Argon2, Params, Version};
use base64ct::{Base64Unpadded, Encoding as _};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::cost::{self, MAX_MEMORY_BYTES, MAX_TRAFFIC_BYTES};
use super::hasher::{HashError, PasswordHasher, Verdict};
#[cfg(feature = "legacy-hashes")]
use super::legacy::{LegacyHashes, Wrapped};
use super::memory_pool::MemoryPool;
use super::{Password, PasswordHash, Scheme};
use crate::secret::fill_random;

const SALT_LEN: usize = 16;
const OUTPUT_LEN: usize = 32;

/// Memory in KiB and passes, each pair as strong as the next: the OWASP Password Storage Cheat
/// Sheet's settings for argon2id.
const OWASP_MINIMUMS: [(u32, u32); 5] = [(47104, 1), (19456, 2), (12288, 3), (9216, 4), (7168, 5)];

/// Argon2id (RFC 9106), written as PHC strings with a 16-byte salt and a 32-byte digest.
///
/// The default is 19456 KiB of memory, 2 passes and 1 lane, the second of OWASP's settings: about
/// 16 ms of one core for each hash.
///
/// It verifies argon2id, argon2i and argon2d of any parameters up to 256 MiB of memory and 1 GiB of
/// memory times passes, and with the feature `legacy-hashes` the hashes of other systems
/// (`password::legacy`). A right password whose hash has another scheme or other parameters is a
/// [`MatchOutdated`](Verdict::MatchOutdated). A stored text beyond the caps never matches, and
/// a warning is logged.
///
/// The memory of a hash is wiped and reused for the next one. One buffer is kept for each hash that
/// has run at once, 19 MiB each by default. Clones share the buffers.
///
/// ```
/// use crudauth::password::{Argon2id, Password, PasswordHasher, Verdict};
///
/// let hasher = Argon2id::default();
/// let stored = hasher.hash(&Password::new("correct horse battery staple"))?;
/// assert!(stored.as_stored().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
///
/// let verdict = hasher.verify(&Password::new("correct horse battery staple"), &stored);
/// assert_eq!(verdict, Verdict::Match);
/// # Ok::<(), crudauth::password::HashError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Argon2id {
    params: Params,
    decoy: PasswordHash,
    memory_pool: MemoryPool,
    #[cfg(feature = "legacy-hashes")]
    legacy: LegacyHashes,
}

impl Argon2id {
    /// Other parameters than the default: memory in KiB for each hash, passes over it, and lanes
    /// (which are computed one after the other, so that more of them do not use more cores).
    ///
    /// # Errors
    ///
    /// - [`TooWeak`](Argon2idError::TooWeak) below every one of OWASP's settings
    ///   (47104 KiB with 1 pass, 19456 with 2, 12288 with 3, 9216 with 4, 7168 with 5);
    /// - [`TooCostly`](Argon2idError::TooCostly) above 256 MiB, or above 1 GiB of memory times
    ///   passes;
    /// - [`Lanes`](Argon2idError::Lanes) for no lane, or more than one for each 8 KiB.
    ///
    /// ```
    /// use crudauth::password::Argon2id;
    ///
    /// assert!(Argon2id::new(47104, 1, 1).is_ok());
    /// assert_eq!(
    ///     Argon2id::new(4096, 3, 1).unwrap_err().to_string(),
    ///     "argon2id with 4096 KiB of memory and 3 passes is too weak: \
    ///      with 3 passes, give it at least 12288 KiB",
    /// );
    /// ```
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Result<Self, Argon2idError> {
        let strong_enough = OWASP_MINIMUMS.iter().any(|&(m, t)| memory_kib >= m && passes >= t);
        if !strong_enough {
            return Err(Argon2idError::TooWeak { memory_kib, passes });
        }
        if !cost::memory_hard_is_bearable(u64::from(memory_kib) * 1024, passes.into()) {
            return Err(Argon2idError::TooCostly { memory_kib, passes });
        }
        Params::new(memory_kib, passes, lanes, None)
            .map(Self::from_params)
            .map_err(|_| Argon2idError::Lanes { lanes })
    }

    /// The weakest argon2id: 8 KiB and 1 pass. It makes tests that log in many times fast, and it
    /// makes a stolen database easy to crack. **Never use it in production.**
    #[must_use]
    pub fn insecure_and_fast_for_tests() -> Self {
        let least = Params::new(Params::MIN_M_COST, Params::MIN_T_COST, Params::MIN_P_COST, None);
        Self::from_params(least.unwrap_or(Params::DEFAULT))
    }

    /// How the hashes of other systems are verified, where it takes a setting: the pepper of Devise.
    #[cfg(feature = "legacy-hashes")]
    #[must_use]
    pub fn legacy_hashes(mut self, legacy: LegacyHashes) -> Self {
        self.legacy = legacy;
        self
    }

    fn from_params(params: Params) -> Self {
        // A digest of zeros, for which no password is known.
        let decoy = phc_string(&params, &[0; SALT_LEN], &[0; OUTPUT_LEN]);
        let memory_pool = MemoryPool::new(params.block_count());
        Self {
            params,
            decoy,
            memory_pool,
            #[cfg(feature = "legacy-hashes")]
            legacy: LegacyHashes::default(),
        }
    }

    fn verify_argon2(
        &self,
        password: &Password,
        stored: &StoredArgon2,
        is_marked: bool,
    ) -> Verdict {
        // A hash with our parameters was made by us, from NFC, so one hash is enough.
        let is_current = !is_marked && stored.is_current(&self.params);
        let right = if is_current {
            stored.matches(password.expose(), &self.memory_pool)
        } else {
            password.spellings().any(|text| stored.matches(text, &self.memory_pool))
        };
        match (right, is_current) {
            (true, true) => Verdict::Match,
            (true, false) => Verdict::MatchOutdated,
            (false, _) => Verdict::Mismatch,
        }
    }

    #[cfg(feature = "legacy-hashes")]
    fn verify_legacy(&self, password: &Password, stored: &PasswordHash) -> Option<Verdict> {
        let is_right = if stored.scheme() == Scheme::FastDigest {
            let wrapped = Wrapped::parse(stored.as_stored())?;
            let argon2 = StoredArgon2::parse(wrapped.argon2)?;
            let is_of = |text| argon2.matches(&wrapped.digest_of(text), &self.memory_pool);
            password.spellings().any(is_of)
        } else {
            self.legacy.verify(password, stored)?
        };
        Some(if is_right { Verdict::MatchOutdated } else { Verdict::Mismatch })
    }

    #[cfg(not(feature = "legacy-hashes"))]
    fn verify_legacy(&self, _: &Password, _: &PasswordHash) -> Option<Verdict> {
        None
    }

    /// The work of a verification that fails, without its result.
    fn burn_time(&self, password: &Password) {
        let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let mut output = Zeroizing::new([0; OUTPUT_LEN]);
        let text = password.expose();
        let result =
            compute(&context, text, &[0; SALT_LEN], output.as_mut_slice(), &self.memory_pool);
        black_box((&output, result.is_ok()));
    }
}

impl Default for Argon2id {
    fn default() -> Self {
        Self::from_params(Params::DEFAULT)
    }
}

impl PasswordHasher for Argon2id {
    fn hash(&self, password: &Password) -> Result<PasswordHash, HashError> {
        let mut salt = [0; SALT_LEN];
        fill_random(&mut salt).map_err(HashError::failed)?;
        let context = Argon2::new(Algorithm::Argon2id, Version::V0x13, self.params.clone());
        let mut output = Zeroizing::new([0; OUTPUT_LEN]);
        compute(&context, password.expose(), &salt, output.as_mut_slice(), &self.memory_pool)
            .map_err(HashError::failed)?;
        Ok(phc_string(&self.params, &salt, output.as_slice()))
    }

    fn verify(&self, password: &Password, stored: &PasswordHash) -> Verdict {
        let verdict = match stored.scheme() {
            Scheme::Argon2 => {
                let (phc, is_marked) = without_mark(stored.as_stored());
                let argon2 = StoredArgon2::parse(phc);
                argon2.map(|stored| self.verify_argon2(password, &stored, is_marked))
            }
            _ => self.verify_legacy(password, stored),
        };
        verdict.unwrap_or_else(|| {
            let is_known =
                !matches!(stored.scheme(), Scheme::Argon2 | Scheme::Unusable | Scheme::Unknown);
            if is_known && !cfg!(feature = "legacy-hashes") {
                tracing::warn!(
                    scheme = ?stored.scheme(),
                    "a stored password hash of an earlier system is not verified: enable the \
                     feature `legacy-hashes` of crudauth",
                );
            } else if stored.is_usable() {
                tracing::warn!(
                    scheme = ?stored.scheme(),
                    "a stored password hash is malformed, of unknown form or too costly to verify",
                );
            }
            self.burn_time(password);
            Verdict::Mismatch
        })
    }

    fn decoy(&self) -> &PasswordHash {
        &self.decoy
    }

    fn memory(&self) -> u64 {
        u64::from(self.params.m_cost()) * 1024
    }
}

/// The PHC string behind the mark of Django (`argon2$argon2id$..`) or of Spring (`{argon2}$argon2id$..`,
/// `{argon2@SpringSecurity_v5_8}$argon2id$..`), and whether there was one.
fn without_mark(stored: &str) -> (&str, bool) {
    let django = stored.strip_prefix("argon2").filter(|rest| rest.starts_with('$'));
    let spring = || stored.strip_prefix('{')?.split_once('}').map(|(_mark, rest)| rest);
    django.or_else(spring).map_or((stored, false), |rest| (rest, true))
}

/// An argon2 hash as it was stored, within the caps.
struct StoredArgon2 {
    context: Argon2<'static>,
    is_current_kind: bool,
    salt: Salt,
    output: Output,
}

impl StoredArgon2 {
    fn parse(stored: &str) -> Option<Self> {
        let phc = phc::PasswordHash::new(stored).ok()?;
        let algorithm = Algorithm::try_from(phc.algorithm.as_str()).ok()?;
        // Strings name the version since 0x13; one without a version is older.
        let version = phc.version.map_or(Ok(Version::V0x10), Version::try_from).ok()?;
        let params = Params::try_from(&phc).ok()?;
        let memory_bytes = u64::from(params.m_cost()) * 1024;
        if !cost::memory_hard_is_bearable(memory_bytes, params.t_cost().into()) {
            return None;
        }
        let is_current_kind = algorithm == Algorithm::Argon2id && version == Version::V0x13;
        let context = Argon2::new(algorithm, version, params);
        Some(Self { context, is_current_kind, salt: phc.salt?, output: phc.hash? })
    }

    fn is_current(&self, current: &Params) -> bool {
        let stored = self.context.params();
        let costs = |params: &Params| (params.m_cost(), params.t_cost(), params.p_cost());
        self.is_current_kind
            && costs(stored) == costs(current)
            && stored.keyid().is_empty()
            && stored.data().is_empty()
            && self.salt.len() >= SALT_LEN
            && self.output.len() == OUTPUT_LEN
    }

    fn matches(&self, text: &str, memory_pool: &MemoryPool) -> bool {
        let mut output = Zeroizing::new(vec![0; self.output.len()]);
        match compute(&self.context, text, &self.salt, &mut output, memory_pool) {
            Ok(()) => output.ct_eq(self.output.as_bytes()).into(),
            Err(error) => {
                tracing::error!(%error, "a password hash could not be computed");
                false
            }
        }
    }
}

/// One hash.
fn compute(
    context: &Argon2<'_>,
    text: &str,
    salt: &[u8],
    output: &mut [u8],
    memory_pool: &MemoryPool,
) -> Result<(), argon2::Error> {
    #[cfg(test)]
    tests::count_hash();
    let mut memory = memory_pool.acquire(context.params().block_count())?;
    context.hash_password_into_with_memory(text.as_bytes(), salt, output, &mut memory[..])
}

fn phc_string(params: &Params, salt: &[u8], output: &[u8]) -> PasswordHash {
    let (m, t, p) = (params.m_cost(), params.t_cost(), params.p_cost());
    let salt = Base64Unpadded::encode_string(salt);
    let output = Base64Unpadded::encode_string(output);
    PasswordHash::from_stored(format!("$argon2id$v=19$m={m},t={t},p={p}${salt}${output}"))
}

/// Parameters that [`Argon2id`] does not accept. Its text names the way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Argon2idError {
    /// Weaker than every one of OWASP's settings.
    #[error(
        "argon2id with {memory_kib} KiB of memory and {passes} passes is too weak: with \
         {} passes, give it at least {} KiB",
        (*passes).max(1),
        least_memory(*passes)
    )]
    TooWeak {
        /// The memory that was asked for, in KiB.
        memory_kib: u32,
        /// The passes that were asked for.
        passes: u32,
    },
    /// More costly than one login may be.
    #[error(
        "argon2id with {memory_kib} KiB of memory and {passes} passes is too costly: stay within \
         {} KiB, and {} KiB of memory times passes",
        MAX_MEMORY_BYTES / 1024,
        MAX_TRAFFIC_BYTES / 1024
    )]
    TooCostly {
        /// The memory that was asked for, in KiB.
        memory_kib: u32,
        /// The passes that were asked for.
        passes: u32,
    },
    /// No lane, or too many for the memory.
    #[error(
        "argon2id cannot have {lanes} lanes: give it 1, or at most one for each 8 KiB of memory"
    )]
    Lanes {
        /// The lanes that were asked for.
        lanes: u32,
    },
}

/// The least memory that OWASP's settings require for `passes`.
fn least_memory(passes: u32) -> u32 {
    // The rows are sorted by passes: the last one that these passes reach requires the least
    // memory.
    let row = OWASP_MINIMUMS.into_iter().rfind(|&(_, least)| least <= passes);
    row.unwrap_or(OWASP_MINIMUMS[0]).0
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    const RIGHT: &str = "correct horse battery staple";

    thread_local! {
        static HASHES: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn count_hash() {
        HASHES.set(HASHES.get() + 1);
    }

    fn verify(hasher: &Argon2id, text: &str, stored: &str) -> Verdict {
        hasher.verify(&Password::new(text), &PasswordHash::from_stored(stored.to_owned()))
    }

    // Made with Django.
    const DJANGO: &str = "argon2$argon2id$v=19$m=256,t=1,p=1$c2Vhc2FsdDhieXRlcw$70E9BbgGIwRHFBfybjk0rVN9cAiU4MmJVZTyg2gPMbU";

    #[test]
    fn argon2_behind_the_mark_of_another_system_is_renewed() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let own = hasher.hash(&Password::new(RIGHT)).unwrap();
        let own = own.as_stored();
        for stored in [
            DJANGO.to_owned(),
            DJANGO.replace("argon2$", "{argon2}$"),
            format!("{{argon2@SpringSecurity_v5_8}}{own}"),
            format!("argon2{own}"),
        ] {
            assert_eq!(verify(&hasher, RIGHT, &stored), Verdict::MatchOutdated, "{stored}");
            assert_eq!(verify(&hasher, "wrong", &stored), Verdict::Mismatch, "{stored}");
        }
        for stored in ["argon2$", "{argon2}", "{argon2@", "{argon2@}$argon2id$"] {
            assert_eq!(verify(&hasher, RIGHT, stored), Verdict::Mismatch, "{stored}");
        }
    }

    #[test]
    fn the_default_is_the_documented_one() {
        let hasher = Argon2id::default();
        let stored = hasher.hash(&Password::new(RIGHT)).unwrap();
        let stored = stored.as_stored();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        let mut fields = stored.split('$').skip(4).map(Base64Unpadded::decode_vec);
        assert_eq!(fields.next().unwrap().unwrap().len(), 16);
        assert_eq!(fields.next().unwrap().unwrap().len(), 32);
        assert_eq!(verify(&hasher, RIGHT, stored), Verdict::Match);
        assert_eq!(verify(&hasher, "wrong", stored), Verdict::Mismatch);
    }

    #[test]
    fn each_hash_has_its_own_salt() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let hash = || hasher.hash(&Password::new(RIGHT)).unwrap();
        assert_ne!(hash().as_stored(), hash().as_stored());
    }

    #[test]
    fn the_same_password_typed_in_nfd_matches() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let stored = hasher.hash(&Password::new("cafe\u{301}")).unwrap();
        assert_eq!(verify(&hasher, "caf\u{e9}", stored.as_stored()), Verdict::Match);
        assert_eq!(verify(&hasher, "cafe\u{301}", stored.as_stored()), Verdict::Match);
        assert_eq!(verify(&hasher, "cafe", stored.as_stored()), Verdict::Mismatch);
    }

    /// Made with the reference implementation in C.
    const REFERENCE: [(&str, Verdict); 7] = [
        (
            "$argon2id$v=19$m=8,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$XdTJKPvVpEdCNu922dgwQXj+XfOITS04PpG3cDMn5sE",
            Verdict::Match,
        ),
        (
            "$argon2id$v=19$m=19456,t=2,p=1$MDEyMzQ1Njc4OWFiY2RlZg$gy5SuVm5Z7Vw7keB9se9p87QGcomaseB/S2U1OhTsM0",
            Verdict::MatchOutdated,
        ),
        (
            "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$aq42HBL+IPAitHspChw/8mx5JRX2jFDkTmlsBskwH/0",
            Verdict::MatchOutdated,
        ),
        (
            "$argon2i$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$x/KCw2N8MhKp6JDp8+8iRpi/uyVO6cFG20eaviphv5M",
            Verdict::MatchOutdated,
        ),
        (
            "$argon2d$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$D6117XcYyLUPF7YD7UYQ1hqZ6WWj0hdq+bZZA2lT8QU",
            Verdict::MatchOutdated,
        ),
        (
            "$argon2i$v=16$m=64,t=2,p=2$MDEyMzQ1Njc4OWFiY2RlZg$lPACpPkPiMykMxd/TMu+i3AF5D6hKYapSm4DwI+dNG0",
            Verdict::MatchOutdated,
        ),
        // A short salt and a short digest.
        ("$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc$8QepwqN4K62qAycf6fWyOA", Verdict::MatchOutdated),
    ];

    #[test]
    fn hashes_of_the_reference_implementation_verify() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        for (stored, verdict) in REFERENCE {
            assert_eq!(verify(&hasher, RIGHT, stored), verdict, "{stored}");
            assert_eq!(verify(&hasher, "wrong", stored), Verdict::Mismatch, "{stored}");
        }
        let without_version = REFERENCE[5].0.replace("$v=16", "");
        assert_eq!(verify(&hasher, RIGHT, &without_version), Verdict::MatchOutdated);
    }

    #[test]
    fn a_foreign_hash_of_text_that_was_not_normalised_verifies() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let typed = "pa\u{308}ssword \u{fb01}sh";
        let stored = "$argon2id$v=19$m=64,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$/RpeDR53V3pC2GGSnp4XYDm+wQVDC2KmfRkGFByptz4";
        assert_eq!(verify(&hasher, typed, stored), Verdict::MatchOutdated);
    }

    #[test]
    fn nothing_matches_the_decoy_or_an_invalid_hash() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let decoy = hasher.decoy().as_stored();
        assert!(StoredArgon2::parse(decoy).is_some_and(|s| s.is_current(&hasher.params)));
        for stored in
            [decoy, "", "!", "!abc", RIGHT, "$1$salt$hash", "$argon2id$", "$argon2id$v=19$m=64"]
        {
            for text in [RIGHT, "", "!", stored] {
                assert_eq!(verify(&hasher, text, stored), Verdict::Mismatch, "{stored}");
            }
        }
    }

    #[test]
    fn every_way_to_fail_costs_the_same_hashes() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        let right = hasher.hash(&Password::new(RIGHT)).unwrap();
        for (text, hashes) in [("wrong", 1), ("", 1), ("cafe\u{301}", 1)] {
            for stored in [
                right.as_stored(),
                hasher.decoy().as_stored(),
                "",
                "!",
                "!abc",
                "unknown",
                "$argon2id$",
                "$argon2id$v=19$m=4294967295,t=1,p=1$MDEyMzQ1Njc4OWFiY2RlZg$XdTJKPvVpEdCNu922dgwQXj+XfOITS04PpG3cDMn5sE",
                "$2b$31$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
                "$scrypt$ln=63,r=8,p=1$XetdK+Wc894b47x3bi3F+A$PSYqj2CiVe3zfOGvhiVIHgQ8BlSTR6x1RV3NhL5ksSY",
                "pbkdf2:md5:1$salt$00",
            ] {
                HASHES.set(0);
                assert_eq!(verify(&hasher, text, stored), Verdict::Mismatch, "{stored}");
                assert_eq!(HASHES.get(), hashes, "{text:?} for {stored}");
            }
        }
    }

    #[cfg(feature = "legacy-hashes")]
    #[test]
    fn a_match_in_a_foreign_scheme_is_outdated_and_a_mismatch_is_final() {
        let hasher = Argon2id::insecure_and_fast_for_tests();
        HASHES.set(0);
        for stored in [
            "$2b$05$jgdyVaGwa6dsxkWIk0xWQO.EpHhcwu/qfJK2g1jtIsJEvihDdy2Zi",
            "$scrypt$ln=8,r=8,p=1$XetdK+Wc894b47x3bi3F+A$PSYqj2CiVe3zfOGvhiVIHgQ8BlSTR6x1RV3NhL5ksSY",
            "pbkdf2_sha1$1000$seasalt8bytes$6+SAHJU51S8ILfKl2xsBgi/rmBs=",
        ] {
            assert_eq!(verify(&hasher, RIGHT, stored), Verdict::MatchOutdated, "{stored}");
            assert_eq!(verify(&hasher, "wrong", stored), Verdict::Mismatch, "{stored}");
        }
        assert_eq!(HASHES.get(), 0, "the scheme of the row was work enough");
    }

    #[test]
    fn a_row_above_the_caps_is_not_computed() {
        for costs in
            ["m=262145,t=1,p=1", "m=4294967295,t=1,p=1", "m=262144,t=5,p=1", "m=8,t=4294967295,p=1"]
        {
            let stored = REFERENCE[0].0.replace("m=8,t=1,p=1", costs);
            assert!(StoredArgon2::parse(&stored).is_none(), "{stored}");
        }
        let bearable = REFERENCE[0].0.replace("m=8,t=1,p=1", "m=262144,t=4,p=8");
        assert!(StoredArgon2::parse(&bearable).is_some());
    }

    #[test]
    fn parameters_are_held_between_the_weakest_setting_and_the_caps() {
        for (m, t) in OWASP_MINIMUMS {
            assert!(Argon2id::new(m, t, 1).is_ok());
            let weak = Err(Argon2idError::TooWeak { memory_kib: m - 1, passes: t });
            assert_eq!(Argon2id::new(m - 1, t, 1).map(|_| ()), weak);
        }
        let refused = |m, t, p| Argon2id::new(m, t, p).unwrap_err().to_string();
        assert!(refused(65536, 0, 1).ends_with("with 1 passes, give it at least 47104 KiB"));
        assert!(refused(19455, 2, 1).ends_with("with 2 passes, give it at least 19456 KiB"));
        assert!(refused(7167, 9, 1).ends_with("with 9 passes, give it at least 7168 KiB"));
        assert!(refused(262_145, 1, 1).contains("stay within 262144 KiB"));
        assert!(refused(262_144, 5, 1).contains("too costly"));
        assert!(refused(19456, 2, 0).contains("cannot have 0 lanes"));
        assert!(refused(19456, 2, 2433).contains("cannot have 2433 lanes"));
    }
}
