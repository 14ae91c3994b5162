use std::fmt;

use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{KeyInit, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;
use zeroize::Zeroizing;

use super::{Digest, RandomError, random};

const NONCE: usize = 24;

/// Authenticated encryption (XChaCha20-Poly1305) for one purpose, for what must rest in a store
/// and be read again.
///
/// The nonce is random, and 24 bytes are enough that none ever comes twice.
#[derive(Clone)]
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
    /// Those of the keys before, which only open.
    older: Vec<XChaCha20Poly1305>,
}

impl Sealer {
    /// Seals under `key`, and opens what was sealed under it or one of the `older` ones.
    pub(super) fn new(key: &Digest, older: impl Iterator<Item = Digest>) -> Self {
        let cipher = |key: &Digest| XChaCha20Poly1305::new(key.bytes().into());
        Self { cipher: cipher(key), older: older.map(|key| cipher(&key)).collect() }
    }

    /// `plain` encrypted, and bound to `context`: it opens in the same context only.
    pub(crate) fn seal(&self, plain: &[u8], context: &[u8]) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE] = random()?;
        let payload = Payload { msg: plain, aad: context };
        let sealed =
            self.cipher.encrypt(&XNonce::from(nonce), payload).map_err(|_| SealError::TooLong)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// As [`seal`](Self::seal), for `value` as JSON.
    pub(crate) fn seal_json(
        &self,
        value: &impl Serialize,
        context: &[u8],
    ) -> Result<Vec<u8>, SealError> {
        // Records of texts and numbers always serialize. An empty text would open as no record.
        let plain = Zeroizing::new(serde_json::to_vec(value).unwrap_or_default());
        self.seal(&plain, context)
    }

    /// The value that [`seal_json`](Self::seal_json) has sealed in `context`; `None` for anything else.
    pub(crate) fn open_json<T: DeserializeOwned>(
        &self,
        sealed: &[u8],
        context: &[u8],
    ) -> Option<T> {
        serde_json::from_slice(&self.open(sealed, context)?).ok()
    }

    /// What was sealed in `context`; `None` if it is anything else.
    pub(crate) fn open(&self, sealed: &[u8], context: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        self.open_by_any(sealed, context).map(|(opened, _)| opened)
    }

    /// The same, and whether the present key has sealed it. What an earlier one has is to be sealed anew,
    /// since that key goes one day.
    pub(crate) fn open_by_any(
        &self,
        sealed: &[u8],
        context: &[u8],
    ) -> Option<(Zeroizing<Vec<u8>>, bool)> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let open = |cipher: &XChaCha20Poly1305| {
            let payload = Payload { msg: sealed, aad: context };
            cipher.decrypt(&XNonce::from(*nonce), payload).ok()
        };
        match open(&self.cipher) {
            Some(opened) => Some((Zeroizing::new(opened), true)),
            None => Some((Zeroizing::new(self.older.iter().find_map(open)?), false)),
        }
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer(..)")
    }
}

/// Something could not be encrypted.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    #[error(transparent)]
    Random(#[from] RandomError),
    /// Longer than the cipher takes: 256 GiB.
    #[error("the text is too long to be encrypted")]
    TooLong,
}

#[cfg(test)]
mod tests {
    use crate::secret::SecretKey;

    #[test]
    fn what_was_sealed_opens_under_its_key_purpose_and_context_only() {
        let key = SecretKey::random().expect("random");
        let sealer = key.sealer("mail");
        let sealed = sealer.seal(b"a link", b"first").expect("sealed");
        assert_eq!(sealer.open(&sealed, b"first").expect("opens").as_slice(), b"a link");

        assert!(sealer.open(&sealed, b"second").is_none());
        assert!(key.sealer("other").open(&sealed, b"first").is_none());
        let stranger = SecretKey::random().expect("random").sealer("mail");
        assert!(stranger.open(&sealed, b"first").is_none());
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(sealer.open(&changed, b"first").is_none(), "bit {bit}");
        }
        for length in 0..sealed.len() {
            assert!(sealer.open(&sealed[..length], b"first").is_none(), "{length} bytes");
        }
    }

    #[test]
    fn a_value_is_sealed_as_a_text_is() {
        let sealer = SecretKey::random().expect("random").sealer("mail");
        let sealed = sealer.seal_json(&("a link", 7), b"first").expect("sealed");
        assert_eq!(sealer.open_json(&sealed, b"first"), Some(("a link".to_owned(), 7)));
        assert_eq!(sealer.open_json::<(String, u8)>(&sealed, b"second"), None);
        assert_eq!(sealer.open_json::<u8>(&sealed, b"first"), None);
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let sealer = SecretKey::random().expect("random").sealer("mail");
        let seal = || sealer.seal(b"a link", b"").expect("sealed");
        assert_ne!(seal(), seal());
    }
}
