//! ES256: ECDSA with P-256 and SHA-256 (RFC 7518 §3.4).

use p256::ecdsa::signature::{Signer as _, Verifier as _};
use p256::ecdsa::{Signature, SigningKey, VerifyingKey};
use p256::pkcs8::{DecodePrivateKey, DecodePublicKey};

use crate::token::jwks::PublicKey;

#[derive(Clone)]
pub(super) struct Private(SigningKey);

#[derive(Clone)]
pub(super) struct Public(VerifyingKey);

/// What an uncompressed point begins with (SEC 1 §2.3.3); its two numbers follow.
const UNCOMPRESSED: u8 = 4;

impl Private {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(pem).ok().map(Self)
    }

    pub(super) fn public(&self) -> Option<PublicKey> {
        Public(*self.0.verifying_key()).numbers()
    }

    /// The nonce follows from the key and the message (RFC 6979), so that no generator can spoil it.
    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        let signature: Option<Signature> = self.0.try_sign(message).ok();
        signature.map(|signature| signature.to_bytes().to_vec())
    }
}

impl Public {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(pem).ok().map(Self)
    }

    /// `None` where the numbers are no point of the curve.
    pub(super) fn from_numbers(x: &[u8], y: &[u8]) -> Option<Self> {
        let point = [&[UNCOMPRESSED][..], x, y].concat();
        VerifyingKey::from_sec1_bytes(&point).ok().map(Self)
    }

    pub(super) fn numbers(&self) -> Option<PublicKey> {
        let point = self.0.to_sec1_point(false);
        let (x, y) = point.as_bytes().strip_prefix(&[UNCOMPRESSED])?.split_at_checked(32)?;
        Some(PublicKey::P256 { x: x.to_vec(), y: y.to_vec() })
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}
