//! The session id: what the cookie carries, and the key under which the session rests.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::secret::{Digest, Digester, push_hex};
use crate::store::StoreError;

const RANDOM: usize = 24;
const SEAL: usize = 8;
const ENCODED: usize = 43;

/// A session id: 192 random bits, sealed. Only the client holds it; the store holds a digest.
///
/// One keyed digest of the random bits serves twice: in hexadecimal it is the key in the store,
/// and its last 8 bytes are the seal that the cookie carries. So a forged id is told from an
/// expired one, and never reaches the store. That the key shows the seal is no matter: without
/// the random bits there is no cookie to be made of it.
pub(crate) struct SessionId {
    random: Zeroizing<[u8; RANDOM]>,
    digest: Digest,
}

impl SessionId {
    pub(crate) fn mint(digester: &Digester) -> Result<Self, StoreError> {
        let mut random = Zeroizing::new([0; RANDOM]);
        getrandom::fill(&mut *random).map_err(|error| StoreError::new(error.to_string()))?;
        let digest = digester.digest(&*random);
        Ok(Self { random, digest })
    }

    /// Reads the value of a session cookie.
    pub(crate) fn read(cookie: &str, digester: &Digester) -> Presented {
        let mut bytes = Zeroizing::new([0; RANDOM + SEAL]);
        if cookie.len() != ENCODED || Base64UrlUnpadded::decode(cookie, &mut *bytes).is_err() {
            return Presented::Foreign;
        }
        let (random, seal) = bytes.split_at(RANDOM);
        let digest = digester.digest(random);
        if !bool::from(digest.bytes()[RANDOM..].ct_eq(seal)) {
            return Presented::Forged;
        }
        let mut id = Self { random: Zeroizing::new([0; RANDOM]), digest };
        id.random.copy_from_slice(random);
        Presented::Genuine(id)
    }

    /// What the cookie carries.
    pub(crate) fn cookie_value(&self) -> Zeroizing<String> {
        let mut bytes = Zeroizing::new([0; RANDOM + SEAL]);
        bytes[..RANDOM].copy_from_slice(&*self.random);
        bytes[RANDOM..].copy_from_slice(&self.digest.bytes()[RANDOM..]);
        Zeroizing::new(Base64UrlUnpadded::encode_string(&*bytes))
    }

    /// The key in the store, which is also the public handle of the session: 64 characters, as
    /// the wire contract has it.
    pub(crate) fn handle(&self) -> String {
        self.digest.to_hex()
    }

    /// Appends the [`handle`](Self::handle) to `key`.
    pub(crate) fn push_handle(&self, key: &mut String) {
        push_hex(self.digest.bytes(), key);
    }

    /// The CSRF token of this session: a keyed digest of its id, so that it is bound to the
    /// session and stored nowhere. Another `salt` makes another one.
    pub(crate) fn csrf_token(&self, digester: &Digester, salt: Option<&str>) -> Digest {
        let mut salted = Zeroizing::new(self.random.to_vec());
        salted.extend_from_slice(salt.unwrap_or_default().as_bytes());
        digester.digest(&salted)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// What a request shows in its session cookie.
#[derive(Debug)]
pub(crate) enum Presented {
    /// A text that never was an id of ours.
    Foreign,
    /// A text in the form of an id, with a seal that is not ours.
    Forged,
    /// An id that this application issued.
    Genuine(SessionId),
}

#[cfg(test)]
mod tests {
    use super::{Presented, SessionId};
    use crate::secret::SecretKey;

    #[test]
    fn an_id_survives_its_cookie_and_no_bit_of_it_can_be_changed() {
        let digester = SecretKey::random().expect("random").digester("session");
        let id = SessionId::mint(&digester).expect("random");
        let cookie = id.cookie_value();
        let Presented::Genuine(read) = SessionId::read(&cookie, &digester) else {
            panic!("the id that was issued is not recognised");
        };
        assert_eq!(read.handle(), id.handle());

        for at in 0..cookie.len() {
            let mut changed = cookie.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).expect("ASCII");
            assert!(!matches!(SessionId::read(&changed, &digester), Presented::Genuine(_)));
        }
        assert!(matches!(SessionId::read("", &digester), Presented::Foreign));
        let other = SecretKey::random().expect("random").digester("session");
        assert!(matches!(SessionId::read(&cookie, &other), Presented::Forged));
    }
}
