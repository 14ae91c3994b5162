use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// Whose purposes they are. Each has a root of its own, so that no name of the one is a name of the
/// other, and no other program derives the same from the same secret.
#[derive(Debug, Clone, Copy)]
pub(super) enum Space {
    /// crudauth's own.
    Own,
    /// The application's.
    Application,
}

impl Space {
    fn context(self) -> &'static str {
        match self {
            Self::Own => "crudauth 2026 keyed digests",
            Self::Application => "crudauth 2026 keyed digests of the application",
        }
    }
}

type Key = Zeroizing<[u8; blake3::KEY_LEN]>;

/// Keyed digests (BLAKE3 in its keyed mode) for one purpose.
///
/// What a client presents is stored only as such a digest: whoever reads the store can neither
/// present it nor test a guess without the key.
#[derive(Clone)]
pub struct Digester {
    key: Key,
    /// Those of earlier keys, the latest first. Usually empty.
    older: Arc<[Key]>,
}

impl Digester {
    pub(super) fn derive<'a>(
        space: Space,
        key: &[u8],
        older: impl Iterator<Item = &'a [u8]>,
        purpose: &str,
    ) -> Self {
        let derived = |key: &[u8]| {
            let root = Zeroizing::new(blake3::derive_key(space.context(), key));
            Zeroizing::new(blake3::keyed_hash(&root, purpose.as_bytes()).into())
        };
        Self { key: derived(key), older: older.map(derived).collect() }
    }

    /// Digests under a key that is no secret key of an application.
    pub(crate) fn of_key(key: &[u8], purpose: &str) -> Self {
        Self::derive(Space::Own, key, std::iter::empty(), purpose)
    }

    /// The digest of `value`, under the present secret key.
    #[must_use]
    pub fn digest(&self, value: &[u8]) -> Digest {
        Digest(blake3::keyed_hash(&self.key, value).into())
    }

    /// The digests of `value` under the present key and then under each
    /// [older](super::SecretKey::with_fallbacks) one: what a stored digest may be.
    pub fn digests<'a>(&'a self, value: &'a [u8]) -> impl Iterator<Item = Digest> + 'a {
        let older = self.older.iter().map(|key| Digest(blake3::keyed_hash(key, value).into()));
        std::iter::once_with(|| self.digest(value)).chain(older)
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
        const_hex::encode(self.0)
    }

    /// As [`to_hex`](Self::to_hex), in place.
    pub(crate) fn hex(&self) -> Hex {
        let mut buffer = const_hex::Buffer::new();
        buffer.format(&self.0);
        Hex(buffer)
    }

    /// Whether `shown` is this digest in hexadecimal, in a time that does not depend on where
    /// they differ.
    #[must_use]
    pub fn matches_hex(&self, shown: &[u8]) -> bool {
        self.hex().as_str().as_bytes().ct_eq(shown).into()
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digest(..)")
    }
}

/// A digest in lower-case hexadecimal.
pub(crate) struct Hex(const_hex::Buffer<32>);

impl Hex {
    pub(crate) fn as_str(&self) -> &str {
        self.0.as_str()
    }
}
