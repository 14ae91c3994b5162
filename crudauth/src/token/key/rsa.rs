//! RS256: RSA PKCS#1 v1.5 with SHA-256 (RFC 7518 §3.3).

use rsa::pkcs1::DecodeRsaPrivateKey;
use rsa::pkcs1v15::{Signature, SigningKey, VerifyingKey};
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey};
use rsa::signature::{SignatureEncoding as _, Signer as _, Verifier as _};
use rsa::traits::PublicKeyParts;
use rsa::{BoxedUint, PrivateKey, PublicKey as Numbers};
use sha2::Sha256;

use crate::token::jwks::PublicKey;

#[derive(Clone)]
pub(super) struct Private(SigningKey<Sha256>);

#[derive(Clone)]
pub(super) struct Public(VerifyingKey<Sha256>);

impl Private {
    /// PKCS#8 or PKCS#1.
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let key = PrivateKey::from_pkcs8_pem(pem).ok();
        let key = key.or_else(|| PrivateKey::from_pkcs1_pem(pem).ok())?;
        Some(Self(SigningKey::new(key)))
    }

    pub(super) fn public(&self) -> PublicKey {
        let key: &PrivateKey = self.0.as_ref();
        numbers(key)
    }

    pub(super) fn sign(&self, message: &[u8]) -> Option<Vec<u8>> {
        self.0.try_sign(message).ok().map(|signature| signature.to_vec())
    }
}

impl Public {
    pub(super) fn from_pem(pem: &str) -> Option<Self> {
        let key = Numbers::from_public_key_pem(pem).ok()?;
        Some(Self(VerifyingKey::new(key)))
    }

    pub(super) fn from_numbers(n: &[u8], e: &[u8]) -> Option<Self> {
        let number = BoxedUint::from_be_slice_vartime;
        Some(Self(VerifyingKey::new(Numbers::new(number(n), number(e)).ok()?)))
    }

    pub(super) fn numbers(&self) -> PublicKey {
        numbers(self.0.as_ref())
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = Signature::try_from(signature);
        signature.is_ok_and(|signature| self.0.verify(message, &signature).is_ok())
    }
}

fn numbers(key: &impl PublicKeyParts) -> PublicKey {
    PublicKey::Rsa { n: key.n_bytes().into(), e: key.e_bytes().into() }
}
