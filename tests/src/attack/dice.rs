use std::env;
use std::hash::{BuildHasher, RandomState};

/// Random numbers that come again: `ATTACK_SEED=..` repeats a run.
#[derive(Debug, Clone)]
pub struct Dice(u64);

impl Dice {
    /// Dice whose seed is printed, with what it is for.
    #[must_use]
    #[expect(clippy::print_stderr, reason = "the seed is for whoever has to repeat the run")]
    pub fn rolled_for(what: &str) -> Self {
        let given = env::var("ATTACK_SEED").ok().and_then(|seed| seed.parse().ok());
        let seed = given.unwrap_or_else(|| RandomState::new().hash_one(what));
        eprintln!("{what}: ATTACK_SEED={seed}");
        Self(seed)
    }

    /// 64 bits (SplitMix64).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        let end = u64::try_from(end.max(1)).unwrap_or(u64::MAX);
        usize::try_from(self.bits() % end).unwrap_or(0)
    }

    /// 32 bytes, for a generator of another crate.
    pub fn bytes(&mut self) -> [u8; 32] {
        let mut bytes = [0; 32];
        for chunk in bytes.chunks_mut(8) {
            chunk.copy_from_slice(&self.bits().to_le_bytes());
        }
        bytes
    }
}
