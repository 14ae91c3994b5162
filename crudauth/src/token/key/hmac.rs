//! HS256: HMAC with SHA-256 (RFC 7518 §3.2).

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// A secret that signs and verifies. It is wiped when it is dropped.
#[derive(Clone)]
pub(super) struct Secret(Hmac<Sha256>);

impl Secret {
    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    pub(super) fn new(secret: &[u8]) -> Self {
        Self(Hmac::new_from_slice(secret).expect("HMAC takes keys of every length"))
    }

    pub(super) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.0.clone().chain_update(message).finalize().into_bytes().to_vec()
    }

    /// Compares in constant time.
    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.0.clone().chain_update(message).verify_slice(signature).is_ok()
    }
}
