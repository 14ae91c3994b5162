//! The device token: proof that an account has signed in from here before.
//!
//! A device that has it keeps its own budget of attempts, so that a stranger who uses up the
//! account's budget does not lock the owner out. It proves no more than that: it is never a
//! credential. It remembers the stamp of the account's row, so that a change of credentials ends
//! it, and it serves no other row that gets the same id.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use http::HeaderMap;
use subtle::ConstantTimeEq;

use crate::secret::{Digest, Digester, RandomError, hex, random};
use crate::stamp::SecurityStamp;
use crate::transport::session::SessionCookies;

const NONCE: usize = 16;
const STAMP: usize = SecurityStamp::LENGTH;
const SEAL: usize = 16;
const ENCODED: usize = 64;

/// A device token: a random name for the device, sealed for one account.
pub struct DeviceToken {
    nonce: [u8; NONCE],
    stamp: SecurityStamp,
    seal: [u8; SEAL],
}

/// A device that a token is genuine for.
pub(crate) struct KnownDevice {
    /// The name of the device.
    pub(crate) name: String,
    /// The stamp of the account's row when it signed in.
    pub(crate) stamp: SecurityStamp,
}

impl DeviceToken {
    /// A new token for the device that the account with the id `account` signs in from. Its row has `stamp`.
    pub(crate) fn mint(
        digester: &Digester,
        account: &str,
        stamp: SecurityStamp,
    ) -> Result<Self, RandomError> {
        let mut token = Self { nonce: random()?, stamp, seal: [0; SEAL] };
        let digest = digester.digest(&token.sealed(account));
        token.seal.copy_from_slice(&digest.bytes()[..SEAL]);
        Ok(token)
    }

    /// The device tokens in the cookies of a request.
    pub(crate) fn shown(cookies: &SessionCookies, headers: &HeaderMap) -> Vec<Self> {
        cookies.devices(headers).filter_map(Self::read).collect()
    }

    /// Reads the value of a device cookie. Whether it is genuine shows when an account is known.
    #[must_use]
    pub fn read(cookie: &str) -> Option<Self> {
        let mut bytes = [0; NONCE + STAMP + SEAL];
        if cookie.len() != ENCODED {
            return None;
        }
        Base64UrlUnpadded::decode(cookie, &mut bytes).ok()?;
        let (nonce, rest) = bytes.split_first_chunk()?;
        let (stamp, seal) = rest.split_first_chunk()?;
        let stamp = SecurityStamp::from_bytes(*stamp);
        Some(Self { nonce: *nonce, stamp, seal: seal.try_into().ok()? })
    }

    /// What the cookie carries.
    #[must_use]
    pub fn cookie_value(&self) -> String {
        let bytes = [&self.nonce[..], self.stamp.bytes(), &self.seal].concat();
        Base64UrlUnpadded::encode_string(&bytes)
    }

    /// The device, if the token was made for `account`. Whether it still counts is asked of its
    /// stamp.
    pub(crate) fn device_of(&self, digester: &Digester, account: &str) -> Option<KnownDevice> {
        let sealed = self.sealed(account);
        let is_genuine = |expected: &Digest| expected.bytes()[..SEAL].ct_eq(&self.seal).into();
        let genuine = digester.digests(&sealed).find(is_genuine)?;
        Some(KnownDevice { name: hex(&genuine.bytes()[SEAL..]), stamp: self.stamp })
    }

    fn sealed(&self, account: &str) -> Vec<u8> {
        [&self.nonce[..], self.stamp.bytes(), account.as_bytes()].concat()
    }
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
    use crate::stamp::SecurityStamp;

    #[test]
    fn a_token_names_the_device_of_its_own_account_only() {
        let digester = SecretKey::random().expect("random").digester("device");
        let stamp = SecurityStamp::from_bytes([3; SecurityStamp::LENGTH]);
        let cookie = DeviceToken::mint(&digester, "7", stamp).expect("random").cookie_value();
        let token = DeviceToken::read(&cookie).expect("well formed");
        let known = token.device_of(&digester, "7").expect("genuine");
        assert_eq!(known.stamp, stamp);
        assert!(token.device_of(&digester, "8").is_none());
        let other = SecretKey::random().expect("random").digester("device");
        assert!(token.device_of(&other, "7").is_none());
        assert!(DeviceToken::read("").is_none());
        assert!(DeviceToken::read(&"~".repeat(64)).is_none());
    }
}
