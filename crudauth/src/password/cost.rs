//! The maximum cost of one verification.
//!
//! A stored hash names its own cost. An attacker who can write a row must not be able to use up the
//! server's memory, or to block a thread for minutes.

const MIB: u64 = 1 << 20;

/// The memory of one hash: 256 MiB. That holds every setting OWASP lists, the 64 MiB of RFC 9106's
/// second choice, and libsodium's `MODERATE`.
pub(super) const MAX_MEMORY_BYTES: u64 = 256 * MIB;

/// Memory times passes: 1 GiB, well over twenty times the default.
pub(super) const MAX_TRAFFIC_BYTES: u64 = 1024 * MIB;

/// The logarithm of bcrypt's rounds: a few seconds.
#[cfg(feature = "legacy-hashes")]
pub(super) const MAX_BCRYPT_COST: u32 = 16;

/// PBKDF2's rounds: several times the advised number for SHA-1, the cheapest of its digests.
#[cfg(feature = "legacy-hashes")]
pub(super) const MAX_PBKDF2_ROUNDS: u32 = 5_000_000;

/// sha-crypt's rounds: about a second. Its default is 5,000.
#[cfg(feature = "legacy-hashes")]
pub(super) const MAX_SHA_CRYPT_ROUNDS: u32 = 1_000_000;

/// The logarithm of phpass's rounds: a fraction of a second. WordPress wrote 13.
#[cfg(feature = "legacy-hashes")]
pub(super) const MAX_PHPASS_COST: usize = 20;

/// Whether a memory-hard hash stays within the caps.
pub(super) fn memory_hard_is_bearable(memory_bytes: u64, passes: u64) -> bool {
    memory_bytes <= MAX_MEMORY_BYTES && memory_bytes.saturating_mul(passes) <= MAX_TRAFFIC_BYTES
}
