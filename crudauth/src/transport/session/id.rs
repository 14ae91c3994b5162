//! The session id: what the cookie carries, and the key under which the session rests.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::secret::{Digest, Digester};
use crate::store::StoreError;

/// Random bytes, and the characters that write them: three for four.
const RANDOM: usize = 24;
const RANDOM_TEXT: usize = 32;
const SEAL: usize = 8;
const SEAL_TEXT: usize = 11;

/// A session id: 192 random bits, sealed. Only the client holds it; the store holds a digest.
///
/// One keyed digest of the random text serves twice: in hexadecimal it is the key in the store,
/// and its last 8 bytes are the seal that the cookie carries. So a forged id is told from an
/// expired one, and never reaches the store. That the key shows the seal is no matter: without
/// the random text there is no cookie to be made of it.
pub(crate) struct SessionId {
    random: Zeroizing<[u8; RANDOM_TEXT]>,
    digest: Digest,
}

impl SessionId {
    pub(crate) fn mint(digester: &Digester) -> Result<Self, StoreError> {
        let mut bytes = Zeroizing::new([0; RANDOM]);
        getrandom::fill(&mut *bytes).map_err(|error| StoreError::new(error.to_string()))?;
        let random = Zeroizing::new(text_of(&*bytes));
        let digest = digester.digest(&*random);
        Ok(Self { random, digest })
    }

    /// Reads the value of a session cookie. The text is what is sealed, so that it need not be
    /// decoded: each request of a session comes by here.
    pub(crate) fn read(cookie: &str, digester: &Digester) -> Presented {
        let Some((random, seal)) = cookie.as_bytes().split_first_chunk() else {
            return Presented::Foreign;
        };
        if seal.len() != SEAL_TEXT {
            return Presented::Foreign;
        }
        let id = Self { random: Zeroizing::new(*random), digest: digester.digest(random) };
        match bool::from(id.seal()[..].ct_eq(seal)) {
            true => Presented::Genuine(id),
            false if cookie.bytes().all(is_of_the_alphabet) => Presented::Forged,
            false => Presented::Foreign,
        }
    }

    /// What the cookie carries.
    pub(crate) fn cookie_value(&self) -> Zeroizing<String> {
        let text = [&self.random[..], &self.seal()].concat();
        // It is ASCII.
        Zeroizing::new(String::from_utf8(text).unwrap_or_default())
    }

    fn seal(&self) -> [u8; SEAL_TEXT] {
        text_of(&self.digest.bytes()[32 - SEAL..])
    }

    /// The key in the store, which is also the public handle of the session: 64 characters, as
    /// the wire contract has it.
    pub(crate) fn handle(&self) -> String {
        self.digest.to_hex()
    }

    /// Appends the [`handle`](Self::handle) to `key`.
    pub(crate) fn push_handle(&self, key: &mut String) {
        self.digest.push_hex(key);
    }

    /// The CSRF token of this session: a keyed digest of its id, so that it is bound to the
    /// session and stored nowhere. Another `salt` makes another one.
    pub(crate) fn csrf_token(&self, digester: &Digester, salt: Option<&str>) -> Digest {
        let salted = [&self.random[..], salt.unwrap_or_default().as_bytes()].concat();
        let salted = Zeroizing::new(salted);
        digester.digest(&salted)
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// `bytes` as a cookie can carry them, without padding (RFC 4648 §5).
#[expect(clippy::expect_used, reason = "the lengths are the constants above")]
fn text_of<const TEXT: usize>(bytes: &[u8]) -> [u8; TEXT] {
    let mut text = [0; TEXT];
    let written = Base64UrlUnpadded::encode(bytes, &mut text).expect("room for the text");
    debug_assert_eq!(written.len(), TEXT);
    text
}

fn is_of_the_alphabet(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_'
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
