//! What stands for the digest of a session that is nobody's.

/// As far from that of the next number as digests are.
pub fn spread(number: u64) -> [u8; 32] {
    let mut word = number;
    let mut digest = [0; 32];
    for bytes in digest.chunks_exact_mut(8) {
        word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bytes.copy_from_slice(&(mixed ^ (mixed >> 27)).to_be_bytes());
    }
    digest
}

/// Lower-case hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
