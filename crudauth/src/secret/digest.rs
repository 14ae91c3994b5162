use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Says whose keys they are, so that no other program derives the same from the same secret.
const CONTEXT: &str = "crudauth 2026 keyed digests";

/// Keyed digests (BLAKE3 in its keyed mode) for one purpose.
///
/// What a client presents is stored only as such a digest: whoever reads the store can neither
/// present it nor test a guess without the key.
#[derive(Clone)]
pub struct Digester {
    key: Zeroizing<[u8; blake3::KEY_LEN]>,
}

impl Digester {
    pub(super) fn derive(key: &[u8], purpose: &str) -> Self {
        let root = Zeroizing::new(blake3::derive_key(CONTEXT, key));
        Self { key: Zeroizing::new(blake3::keyed_hash(&root, purpose.as_bytes()).into()) }
    }

    /// The digest of `value`.
    #[must_use]
    pub fn digest(&self, value: &[u8]) -> Digest {
        Digest(blake3::keyed_hash(&self.key, value).into())
    }
}

impl fmt::Debug for Digester {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digester(..)")
    }
}

/// A keyed digest: 32 bytes. Compared in constant time; printed in hexadecimal on request only.
#[derive(Clone, Copy)]
pub struct Digest([u8; 32]);

impl Digest {
    /// The bytes.
    #[must_use]
    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The digest in lower-case hexadecimal, 64 characters.
    #[must_use]
    pub fn to_hex(&self) -> String {
        hex(&self.0)
    }

    /// Whether `shown` is this digest in hexadecimal, in a time that does not depend on where
    /// they differ.
    #[must_use]
    pub fn matches_hex(&self, shown: &[u8]) -> bool {
        hex(&self.0).as_bytes().ct_eq(shown).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// Appends `bytes` to `text` in lower-case hexadecimal. In pieces that are checked once: each
/// request of a session comes by here.
pub(crate) fn push_hex(bytes: &[u8], text: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for piece in bytes.chunks(32) {
        let mut digits = [0; 64];
        for (pair, byte) in digits.chunks_exact_mut(2).zip(piece) {
            pair[0] = DIGITS[usize::from(byte >> 4)];
            pair[1] = DIGITS[usize::from(byte & 15)];
        }
        // They are ASCII.
        text.push_str(str::from_utf8(&digits[..piece.len() * 2]).unwrap_or_default());
    }
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    push_hex(bytes, &mut text);
    text
}
