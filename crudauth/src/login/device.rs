//! The device token: proof that an account has signed in from here before.
//!
//! A device that has it keeps its own budget of attempts, so that a stranger who uses up the
//! account's budget does not lock the owner out. It proves no more than that: it is never a
//! credential.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;

use crate::secret::{Digest, Digester, hex};
use crate::store::StoreError;

const NONCE: usize = 16;
const SEAL: usize = 16;
const ENCODED: usize = 43;

/// A device token: a random name for the device, sealed for one account.
pub struct DeviceToken {
    nonce: [u8; NONCE],
    seal: [u8; SEAL],
}

impl DeviceToken {
    /// A new token for the device that `account` signs in from.
    pub(crate) fn mint(digester: &Digester, account: &str) -> Result<Self, StoreError> {
        let mut nonce = [0; NONCE];
        getrandom::fill(&mut nonce).map_err(|error| StoreError::new(error.to_string()))?;
        let digest = seal(digester, account, &nonce);
        let mut token = Self { nonce, seal: [0; SEAL] };
        token.seal.copy_from_slice(&digest.bytes()[..SEAL]);
        Ok(token)
    }

    /// Reads the value of a device cookie. Whether it is genuine shows when an account is known.
    #[must_use]
    pub fn read(cookie: &str) -> Option<Self> {
        let mut bytes = [0; NONCE + SEAL];
        if cookie.len() != ENCODED {
            return None;
        }
        Base64UrlUnpadded::decode(cookie, &mut bytes).ok()?;
        let mut token = Self { nonce: [0; NONCE], seal: [0; SEAL] };
        token.nonce.copy_from_slice(&bytes[..NONCE]);
        token.seal.copy_from_slice(&bytes[NONCE..]);
        Some(token)
    }

    /// What the cookie carries.
    #[must_use]
    pub fn cookie_value(&self) -> String {
        let mut bytes = [0; NONCE + SEAL];
        bytes[..NONCE].copy_from_slice(&self.nonce);
        bytes[NONCE..].copy_from_slice(&self.seal);
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The name of the device, if the token was made for `account`.
    pub(crate) fn device_of(&self, digester: &Digester, account: &str) -> Option<String> {
        let expected = seal(digester, account, &self.nonce);
        let genuine: bool = expected.bytes()[..SEAL].ct_eq(&self.seal).into();
        genuine.then(|| hex(&expected.bytes()[SEAL..]))
    }
}

fn seal(digester: &Digester, account: &str, nonce: &[u8; NONCE]) -> Digest {
    let mut sealed = Vec::with_capacity(NONCE + account.len());
    sealed.extend_from_slice(nonce);
    sealed.extend_from_slice(account.as_bytes());
    digester.digest(&sealed)
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::DeviceToken;
    use crate::secret::SecretKey;

    #[test]
    fn a_token_names_the_device_of_its_own_account_only() {
        let digester = SecretKey::random().expect("random").digester("device");
        let cookie = DeviceToken::mint(&digester, "7").expect("random").cookie_value();
        let token = DeviceToken::read(&cookie).expect("well formed");
        assert!(token.device_of(&digester, "7").is_some());
        assert!(token.device_of(&digester, "8").is_none());
        let other = SecretKey::random().expect("random").digester("device");
        assert!(token.device_of(&other, "7").is_none());
        assert!(DeviceToken::read("").is_none());
        assert!(DeviceToken::read(&"~".repeat(43)).is_none());
    }
}
