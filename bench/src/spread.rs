/// A key in the form of a session's, as far from the next as digests are.
pub fn spread(number: u64) -> String {
    let mut word = number;
    let words = [(); 4].map(|()| {
        word = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed ^ (mixed >> 27)
    });
    format!("session:{:016x}{:016x}{:016x}{:016x}", words[0], words[1], words[2], words[3])
}
