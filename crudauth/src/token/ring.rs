//! The keys of an application: one signs, several verify.

use super::jwks::Jwks;
use super::key::{SigningKey, VerifyingKey};
use crate::secret::SecretKey;

/// The keys that tokens are signed and verified with.
///
/// Replace a key in three deployments. First accept the new key in addition to the old one, so that
/// every verifier learns of it. Then sign with the new key and accept the old one. Remove the old
/// key once its last token has expired.
///
/// ```
/// use crudauth::token::{KeyRing, SigningKey};
///
/// let (old, new) = (SigningKey::random()?, SigningKey::random()?);
/// let announced = KeyRing::new(old.clone()).accepting(new.clone());
/// let replaced = KeyRing::new(new).accepting(old);
/// assert_eq!(announced.jwks().ids().count(), replaced.jwks().ids().count());
/// # Ok::<(), crudauth::token::KeyError>(())
/// ```
#[derive(Debug, Clone)]
pub struct KeyRing {
    signing: SigningKey,
    accepted: Vec<VerifyingKey>,
}

impl KeyRing {
    /// A ring of one key, which signs and verifies.
    #[must_use]
    pub fn new(signing: SigningKey) -> Self {
        Self { signing, accepted: Vec::new() }
    }

    /// Also accepts what `key` signed.
    #[must_use]
    pub fn accepting(mut self, key: impl Into<VerifyingKey>) -> Self {
        let key = key.into();
        if self.find(key.id()).is_none() {
            self.accepted.push(key);
        }
        self
    }

    /// The public keys, for other services. Secrets do not appear.
    #[must_use]
    pub fn jwks(&self) -> Jwks {
        Jwks::new(self.verifying())
    }

    /// A ring derived from the secret key, for a surface without keys of its own. It also accepts
    /// tokens signed under older secret keys. Two surfaces with one secret key refuse each other's
    /// tokens.
    pub(crate) fn derived(secret: &SecretKey, surface: &str) -> Self {
        let (signing, older) = SigningKey::derived(secret, surface);
        older.fold(Self::new(signing), Self::accepting)
    }

    pub(super) fn signing(&self) -> &SigningKey {
        &self.signing
    }

    pub(super) fn find(&self, id: &str) -> Option<&VerifyingKey> {
        self.verifying().find(|key| key.id() == id)
    }

    fn verifying(&self) -> impl Iterator<Item = &VerifyingKey> {
        std::iter::once(self.signing.verifying_key()).chain(&self.accepted)
    }
}

impl From<SigningKey> for KeyRing {
    fn from(key: SigningKey) -> Self {
        Self::new(key)
    }
}
