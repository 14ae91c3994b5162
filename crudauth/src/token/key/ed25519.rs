//! EdDSA with Ed25519 (RFC 8037).

use ed25519_dalek::pkcs8::{DecodePrivateKey, DecodePublicKey};
use ed25519_dalek::{Signature, Signer as _, SigningKey, VerifyingKey};
use zeroize::Zeroizing;

use crate::secret::fill_random;
use crate::token::KeyError;
use crate::token::jwks::PublicKey;

#[derive(Clone)]
pub(super) struct Private(SigningKey);

#[derive(Clone)]
pub(super) struct Public(VerifyingKey);

impl Private {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        SigningKey::from_pkcs8_pem(pem).ok().map(Self)
    }

    pub(super) fn random() -> Result<Self, KeyError> {
        let mut seed = Zeroizing::new([0; 32]);
        fill_random(&mut *seed).map_err(|_| {
            KeyError::new("no key could be made: the system gave no random bytes; try again")
        })?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }

    pub(super) fn public(&self) -> PublicKey {
        Public(self.0.verifying_key()).numbers()
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.0.try_sign(message).ok().map(|signature| signature.to_bytes().to_vec())
    }
}

impl Public {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        VerifyingKey::from_public_key_pem(pem).ok().map(Self)
    }

    /// `None` where the bytes are no point of the curve, or one of a small order, for which anybody
    /// could sign.
    pub(super) fn from_numbers(x: &[u8]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(x.try_into().ok()?).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    pub(super) fn numbers(&self) -> PublicKey {
        PublicKey::Ed25519 { x: self.0.to_bytes().to_vec() }
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::from_slice(signature);
        signature.is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}
