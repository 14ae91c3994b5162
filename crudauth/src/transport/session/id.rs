//! The session id: what the cookie carries, and the key under which the session rests.

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::mask::unmask;
use crate::secret::{Digest, Digester, Hex, RandomError, fill_random};

/// Random bytes, and the characters that write them: three for four.
const RANDOM: usize = 24;
const RANDOM_TEXT: usize = 32;
/// Characters of the seal: 64 bits.
const SEAL: usize = 16;

/// A session id: 192 random bits, sealed. Only the client holds it; the store holds a digest.
///
/// One keyed digest of the random text serves twice: it is the key in the store, and its last 16
/// characters are the seal that the cookie carries. So a forged id is told from an expired one, and
/// never reaches the store. That the key shows the seal is no matter: without the random text there
/// is no cookie to be made of it.
pub(crate) struct SessionId {
    random: Zeroizing<[u8; RANDOM_TEXT]>,
    digest: Hex,
}

impl SessionId {
    pub(crate) fn mint(digester: &Digester) -> Result<Self, RandomError> {
        let mut bytes = Zeroizing::new([0; RANDOM]);
        fill_random(&mut *bytes)?;
        let random = Zeroizing::new(text_of(&bytes));
        let digest = digester.digest(&*random).hex();
        Ok(Self { random, digest })
    }

    /// Reads the value of a session cookie. The text is what is sealed, so that it is not
    /// decoded: each request of a session reads one.
    pub(crate) fn read(cookie: &[u8], digester: &Digester) -> Presented {
        let Some((random, seal)) = cookie.split_first_chunk() else {
            return Presented::Foreign;
        };
        if seal.len() != SEAL {
            return Presented::Foreign;
        }
        let genuine = digester.digests(random).find_map(|digest| {
            let id = Self { random: Zeroizing::new(*random), digest: digest.hex() };
            bool::from(id.seal().as_bytes().ct_eq(seal)).then_some(id)
        });
        match genuine {
            Some(id) => Presented::Genuine(id),
            None if cookie.iter().all(is_of_the_alphabet) => Presented::Forged,
            None => Presented::Foreign,
        }
    }

    /// What the cookie carries.
    pub(crate) fn cookie_value(&self) -> Zeroizing<String> {
        let text = [&self.random[..], self.seal().as_bytes()].concat();
        // It is ASCII.
        Zeroizing::new(String::from_utf8(text).unwrap_or_default())
    }

    fn seal(&self) -> &str {
        let digest = self.handle();
        &digest[digest.len() - SEAL..]
    }

    /// The key in the store, which is also the public handle of the session: 64 characters, as
    /// the wire contract has it.
    pub(crate) fn handle(&self) -> &str {
        self.digest.as_str()
    }

    /// The CSRF token of this session: a keyed digest of its id, so that it is bound to the
    /// session and stored nowhere. Another `salt` makes another one.
    pub(crate) fn csrf_token(&self, digester: &Digester, salt: Option<&str>) -> Digest {
        digester.digest(&self.salted(salt))
    }

    /// Whether `shown` is the CSRF token of this session under the present key or an older one, as
    /// it is or masked.
    pub(crate) fn is_csrf_token(
        &self,
        digester: &Digester,
        salt: Option<&str>,
        shown: &[u8],
    ) -> bool {
        let unmasked = unmask(shown);
        let shown = unmasked.as_ref().map_or(shown, String::as_bytes);
        digester.digests(&self.salted(salt)).any(|digest| digest.matches_hex(shown))
    }

    fn salted(&self, salt: Option<&str>) -> Zeroizing<Vec<u8>> {
        Zeroizing::new([&self.random[..], salt.unwrap_or_default().as_bytes()].concat())
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionId(..)")
    }
}

/// `bytes` as a cookie can carry them, without padding (RFC 4648 §5).
#[expect(clippy::expect_used, reason = "the lengths are the constants above")]
fn text_of(bytes: &[u8; RANDOM]) -> [u8; RANDOM_TEXT] {
    let mut text = [0; RANDOM_TEXT];
    let written = Base64UrlUnpadded::encode(bytes, &mut text).expect("room for the text");
    debug_assert_eq!(written.len(), RANDOM_TEXT);
    text
}

fn is_of_the_alphabet(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-_".contains(byte)
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
        let Presented::Genuine(read) = SessionId::read(cookie.as_bytes(), &digester) else {
            panic!("the id that was issued is not recognised");
        };
        assert_eq!(read.handle(), id.handle());

        for at in 0..cookie.len() {
            let mut changed = cookie.as_bytes().to_vec();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            assert!(!matches!(SessionId::read(&changed, &digester), Presented::Genuine(_)));
        }
        assert!(matches!(SessionId::read(b"", &digester), Presented::Foreign));
        let other = SecretKey::random().expect("random").digester("session");
        assert!(matches!(SessionId::read(cookie.as_bytes(), &other), Presented::Forged));
    }
}
