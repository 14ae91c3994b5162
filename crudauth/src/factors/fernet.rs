//! Fernet tokens, in which the Python library keeps the secret of an authenticator app: a version, the
//! moment, an initialisation vector, AES-128-CBC with PKCS #7, and HMAC-SHA-256 over all before it.

use std::fmt;
use std::time::{SystemTime, UNIX_EPOCH};

use aes::Aes128;
use base64ct::{Base64Url, Base64UrlUnpadded, Encoding as _};
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt as _, BlockModeEncrypt as _, KeyIvInit as _};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::secret::{RandomError, random};

const VERSION: u8 = 0x80;
const MOMENT: usize = 8;
const IV: usize = 16;
const TAG: usize = 32;
const BLOCK: usize = 16;

/// A key has 32 bytes, which are 44 characters with the padding.
const KEY: usize = 32;
const KEY_TEXT: usize = 44;

/// The keys under which secrets rest in the columns of a users table, as the Python library has them.
/// The first one encrypts, and each decrypts, so that a key is replaced by putting another one before
/// it. They are wiped when they are dropped.
///
/// A key is 32 random bytes in url-safe base64 with its padding, 44 characters: make one with
/// `openssl rand -base64 32`.
#[derive(Clone)]
pub(crate) struct FernetKeys(Vec<FernetKey>);

#[derive(Clone)]
struct FernetKey {
    text: Zeroizing<String>,
    signing: Zeroizing<[u8; 16]>,
    encryption: Zeroizing<[u8; 16]>,
}

/// A key of the columns was refused. The text does not have the key in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum FernetKeyError {
    /// No key was given.
    #[error("there is no key: make one with `openssl rand -base64 32`")]
    Missing,
    /// A key is not 32 bytes in base64.
    #[error(
        "key {0} of the list is not 32 bytes in base64, which are 44 characters: make one with \
         `openssl rand -base64 32`"
    )]
    Malformed(usize),
}

impl FernetKeys {
    /// These keys, the one that encrypts first. White space around a key does not count, and either
    /// alphabet of base64 is read.
    ///
    /// # Errors
    ///
    /// Where there is no key, or one is not 32 bytes in base64 of 44 characters.
    pub(crate) fn new<K: AsRef<str>>(
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Self, FernetKeyError> {
        let mut read = Vec::new();
        for (at, key) in (1..).zip(keys) {
            read.push(FernetKey::new(key.as_ref()).ok_or(FernetKeyError::Malformed(at))?);
        }
        if read.is_empty() {
            return Err(FernetKeyError::Missing);
        }
        Ok(Self(read))
    }

    /// Whether one of them is this text.
    pub(crate) fn any_is(&self, is_it: impl Fn(&[u8]) -> bool) -> bool {
        self.0.iter().any(|key| is_it(key.text.as_bytes()))
    }

    /// `plain`, encrypted under the first key at the moment `now`.
    pub(crate) fn encrypt(&self, plain: &[u8], now: SystemTime) -> Result<String, RandomError> {
        let iv = random()?;
        let seconds = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        // There is a first key: `new` refuses an empty list.
        Ok(self.0.first().map(|key| key.encrypt(plain, seconds, &iv)).unwrap_or_default())
    }

    /// What was encrypted under one of the keys, whenever that was; `None` for everything else.
    pub(crate) fn decrypt(&self, token: &str) -> Option<Zeroizing<Vec<u8>>> {
        let token = Base64Url::decode_vec(token).ok()?;
        self.0.iter().find_map(|key| key.decrypt(&token))
    }
}

impl FernetKey {
    fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.len() != KEY_TEXT || !text.ends_with('=') {
            return None;
        }
        let plain: Zeroizing<String> = Zeroizing::new(
            text.trim_end_matches('=')
                .chars()
                .map(|character| match character {
                    '+' => '-',
                    '/' => '_',
                    other => other,
                })
                .collect(),
        );
        let mut key = Zeroizing::new([0; KEY]);
        let decoded = Base64UrlUnpadded::decode(plain.as_str(), &mut *key).ok()?;
        let (signing, encryption) = decoded.split_first_chunk::<16>()?;
        Some(Self {
            text: Zeroizing::new(text.to_owned()),
            signing: Zeroizing::new(*signing),
            encryption: Zeroizing::new(encryption.try_into().ok()?),
        })
    }

    fn encrypt(&self, plain: &[u8], seconds: u64, iv: &[u8; IV]) -> String {
        let cipher = cbc::Encryptor::<Aes128>::new((&*self.encryption).into(), iv.into());
        let room = (plain.len() / BLOCK + 1) * BLOCK;
        let mut text = Zeroizing::new(vec![0; room]);
        text[..plain.len()].copy_from_slice(plain);
        // The room is what the padding takes.
        let encrypted = cipher.encrypt_padded::<Pkcs7>(&mut text, plain.len()).unwrap_or_default();
        let mut token = vec![VERSION];
        token.extend_from_slice(&seconds.to_be_bytes());
        token.extend_from_slice(iv);
        token.extend_from_slice(encrypted);
        let tag = self.hmac().chain_update(&token).finalize().into_bytes();
        token.extend_from_slice(&tag);
        Base64Url::encode_string(&token)
    }

    fn decrypt(&self, token: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let (signed, tag) = token.split_last_chunk::<TAG>()?;
        self.hmac().chain_update(signed).verify_slice(tag).ok()?;
        let (version, rest) = signed.split_first()?;
        let (_moment, rest) = rest.split_first_chunk::<MOMENT>()?;
        let (iv, encrypted) = rest.split_first_chunk::<IV>()?;
        if *version != VERSION || encrypted.is_empty() || encrypted.len() % BLOCK != 0 {
            return None;
        }
        let cipher = cbc::Decryptor::<Aes128>::new((&*self.encryption).into(), iv.into());
        let mut text = Zeroizing::new(encrypted.to_vec());
        let length = cipher.decrypt_padded::<Pkcs7>(&mut text).ok()?.len();
        text.truncate(length);
        Some(text)
    }

    #[expect(clippy::expect_used, reason = "HMAC takes keys of every length")]
    fn hmac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&*self.signing).expect("HMAC takes keys of every length")
    }
}

impl fmt::Debug for FernetKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FernetKeys({} keys)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use proptest::prelude::*;

    use super::{FernetKeyError, FernetKeys};

    const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    const OTHER: &str = "__________________________________________8=";
    const TEXT: &[u8] = b"JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
    const TOKEN: &str = "gAAAAABlU_EAAAAAAAAAAAAAAAAAAAAAALxksp77SWefPC1Rek6aJG-FK9tY9E8jKVWcrVWEXFjP\
                         xNTpJjAjWNf2aJgjha7fTHRT1ynXG2-vDRnjwE6_UQBH0V2brtedxTSwJ3tSmJYs";

    #[test]
    fn a_token_of_the_python_library_is_read_and_written() {
        let keys = FernetKeys::new([KEY]).expect("a key");
        assert_eq!(*keys.decrypt(TOKEN).expect("decrypts"), TEXT);
        assert_eq!(keys.0[0].encrypt(TEXT, 1_700_000_000, &[0; 16]), TOKEN);
        let now = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let fresh = keys.encrypt(TEXT, now).expect("random");
        assert_eq!(fresh.len(), 140);
        assert_ne!(fresh, keys.encrypt(TEXT, now).expect("random"));
        assert_eq!(*keys.decrypt(&fresh).expect("decrypts"), TEXT);
        let later = keys.0[0].encrypt(TEXT, u64::MAX, &[1; 16]);
        assert_eq!(*keys.decrypt(&later).expect("a stamp of a fast clock is no matter"), TEXT);
    }

    #[test]
    fn the_first_key_encrypts_and_any_decrypts() {
        let rotated = FernetKeys::new([OTHER, KEY]).expect("keys");
        assert_eq!(*rotated.decrypt(TOKEN).expect("decrypts"), TEXT);
        let fresh = rotated.encrypt(TEXT, UNIX_EPOCH).expect("random");
        assert!(FernetKeys::new([KEY]).expect("a key").decrypt(&fresh).is_none());
        assert!(FernetKeys::new([OTHER]).expect("a key").decrypt(&fresh).is_some());
    }

    #[test]
    fn every_bit_of_a_token_counts() {
        let keys = FernetKeys::new([KEY]).expect("a key");
        let text = |bytes: &[u8]| {
            use base64ct::Encoding as _;
            base64ct::Base64Url::encode_string(bytes)
        };
        let bytes = {
            use base64ct::Encoding as _;
            base64ct::Base64Url::decode_vec(TOKEN).expect("base64")
        };
        for bit in 0..bytes.len() * 8 {
            let mut changed = bytes.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(keys.decrypt(&text(&changed)).is_none(), "bit {bit}");
        }
        for length in 0..bytes.len() {
            assert!(keys.decrypt(&text(&bytes[..length])).is_none(), "{length} bytes");
        }
        assert!(keys.decrypt(&TOKEN[..TOKEN.len() - 4]).is_none());
    }

    #[test]
    fn a_key_has_44_characters_of_either_alphabet() {
        let keys = FernetKeys::new([format!(" {KEY}\n")]).expect("white space around it");
        assert!(keys.decrypt(TOKEN).is_some());
        assert_eq!(format!("{keys:?}"), "FernetKeys(1 keys)");
        let standard = OTHER.replace('_', "/");
        let sealed = FernetKeys::new([OTHER]).expect("a key").encrypt(TEXT, UNIX_EPOCH);
        let keys = FernetKeys::new([standard]).expect("the other alphabet");
        assert!(keys.decrypt(&sealed.expect("random")).is_some());
        let (short, padded) = (&KEY[..43], format!("{KEY}="));
        for wrong in ["", "key", short, &padded, &KEY[1..], &"é".repeat(22)] {
            let error = FernetKeys::new([KEY, wrong]).expect_err("refused");
            assert_eq!(error, FernetKeyError::Malformed(2), "{wrong:?}");
        }
        let none: [&str; 0] = [];
        assert_eq!(FernetKeys::new(none).expect_err("refused"), FernetKeyError::Missing);
    }

    proptest! {
        #[test]
        fn no_token_panics(token in any::<String>(), bytes in any::<Vec<u8>>()) {
            use base64ct::Encoding as _;
            let keys = FernetKeys::new([KEY]).expect("a key");
            prop_assert!(keys.decrypt(&token).is_none());
            prop_assert!(keys.decrypt(&base64ct::Base64Url::encode_string(&bytes)).is_none());
            let _ = FernetKeys::new([&token]);
        }

        #[test]
        fn every_text_comes_back(text in any::<Vec<u8>>()) {
            let keys = FernetKeys::new([KEY]).expect("a key");
            let token = keys.encrypt(&text, UNIX_EPOCH).expect("random");
            prop_assert_eq!(&**keys.decrypt(&token).expect("decrypts"), &text);
        }
    }
}
