//! The signatures of ID tokens, and the keys that they are made with.

use base64ct::{Base64UrlUnpadded, Encoding};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey, VerificationAlgorithm};
use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256, Sha384, Sha512};

/// The most keys of a set that are looked at.
const MAX_KEYS: usize = 64;

/// An algorithm whose signatures are accepted. There is neither `none` nor HMAC: with these a
/// token could be made of what the application, or everybody, knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    Es384,
    EdDsa,
}

impl Algorithm {
    const NAMES: [(&'static str, Self); 7] = [
        ("RS256", Self::Rs256),
        ("RS384", Self::Rs384),
        ("RS512", Self::Rs512),
        ("PS256", Self::Ps256),
        ("ES256", Self::Es256),
        ("ES384", Self::Es384),
        ("EdDSA", Self::EdDsa),
    ];

    pub(super) fn from_name(name: &str) -> Option<Self> {
        Self::NAMES.into_iter().find(|(known, _)| *known == name).map(|(_, it)| it)
    }

    /// The left half of the digest of `text` (OpenID Connect Core §3.1.3.6).
    pub(super) fn half_digest(self, text: &str) -> String {
        let digest = match self {
            Self::Rs256 | Self::Ps256 | Self::Es256 => Sha256::digest(text).to_vec(),
            Self::Rs384 | Self::Es384 => Sha384::digest(text).to_vec(),
            Self::Rs512 | Self::EdDsa => Sha512::digest(text).to_vec(),
        };
        Base64UrlUnpadded::encode_string(&digest[..digest.len() / 2])
    }
}

/// A key of a provider.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) id: Option<String>,
    /// The one algorithm that it is for, if it says so.
    algorithm: Option<Algorithm>,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa {
        n: Vec<u8>,
        e: Vec<u8>,
    },
    /// An uncompressed point.
    P256(Vec<u8>),
    P384(Vec<u8>),
    Ed25519(Vec<u8>),
}

/// A key as JSON has it (RFC 7517). Addresses and certificates in it are not read.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    alg: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

/// The keys of a provider. Kinds that are not known are passed over.
#[derive(Debug, Deserialize)]
#[serde(from = "Set")]
pub(super) struct Keys(pub(super) Vec<Key>);

#[derive(Deserialize)]
struct Set {
    keys: Vec<Value>,
}

impl From<Set> for Keys {
    fn from(set: Set) -> Self {
        let keys = set.keys.into_iter().take(MAX_KEYS);
        Self(keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok()?.into_key()).collect())
    }
}

impl Jwk {
    fn into_key(self) -> Option<Key> {
        if self.usage.as_deref().is_some_and(|usage| usage != "sig") {
            return None;
        }
        let algorithm = match &self.alg {
            Some(name) => Some(Algorithm::from_name(name)?),
            None => None,
        };
        let number = |text: &Option<String>| Base64UrlUnpadded::decode_vec(text.as_deref()?).ok();
        let point = |size: usize| {
            let (x, y) = (number(&self.x)?, number(&self.y)?);
            let fits = x.len() == size && y.len() == size;
            fits.then(|| [&[4], x.as_slice(), &y].concat())
        };
        let material = match (self.kty.as_str(), self.crv.as_deref()) {
            ("RSA", _) => {
                let without_zeros = |number: Vec<u8>| {
                    let zeros = number.iter().take_while(|byte| **byte == 0).count();
                    number[zeros..].to_vec()
                };
                let (n, e) = (number(&self.n)?, number(&self.e)?);
                Material::Rsa { n: without_zeros(n), e: without_zeros(e) }
            }
            ("EC", Some("P-256")) => Material::P256(point(32)?),
            ("EC", Some("P-384")) => Material::P384(point(48)?),
            ("OKP", Some("Ed25519")) => {
                Material::Ed25519(number(&self.x).filter(|x| x.len() == 32)?)
            }
            _ => return None,
        };
        Some(Key { id: self.kid, algorithm, material })
    }
}

impl Key {
    /// Whether the key can be that of a signature by `algorithm`.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        let is_of_kind = match self.material {
            Material::Rsa { .. } => matches!(
                algorithm,
                Algorithm::Rs256 | Algorithm::Rs384 | Algorithm::Rs512 | Algorithm::Ps256
            ),
            Material::P256(_) => algorithm == Algorithm::Es256,
            Material::P384(_) => algorithm == Algorithm::Es384,
            Material::Ed25519(_) => algorithm == Algorithm::EdDsa,
        };
        is_of_kind && self.algorithm.is_none_or(|own| own == algorithm)
    }

    /// Whether `signature` is that of `text` by this key. An RSA key has 2,048 to 8,192 bits.
    pub(super) fn verifies(&self, algorithm: Algorithm, text: &[u8], signature: &[u8]) -> bool {
        let verify = |by: &'static dyn VerificationAlgorithm, key: &[u8]| {
            UnparsedPublicKey::new(by, key).verify(text, signature).is_ok()
        };
        match (&self.material, algorithm) {
            (Material::Rsa { n, e }, algorithm) => {
                let by = match algorithm {
                    Algorithm::Rs256 => &signature::RSA_PKCS1_2048_8192_SHA256,
                    Algorithm::Rs384 => &signature::RSA_PKCS1_2048_8192_SHA384,
                    Algorithm::Rs512 => &signature::RSA_PKCS1_2048_8192_SHA512,
                    Algorithm::Ps256 => &signature::RSA_PSS_2048_8192_SHA256,
                    _ => return false,
                };
                RsaPublicKeyComponents { n, e }.verify(by, text, signature).is_ok()
            }
            (Material::P256(point), Algorithm::Es256) => {
                verify(&signature::ECDSA_P256_SHA256_FIXED, point)
            }
            (Material::P384(point), Algorithm::Es384) => {
                verify(&signature::ECDSA_P384_SHA384_FIXED, point)
            }
            (Material::Ed25519(key), Algorithm::EdDsa) => verify(&signature::ED25519, key),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn keys(keys: &[Value]) -> Vec<Key> {
        serde_json::from_value::<Keys>(json!({ "keys": keys })).expect("a set").0
    }

    fn ed25519(more: &[(&str, &str)]) -> Value {
        let x = Base64UrlUnpadded::encode_string(&[7; 32]);
        let mut key = json!({ "kty": "OKP", "crv": "Ed25519", "x": x });
        for (name, value) in more {
            key[*name] = (*value).into();
        }
        key
    }

    #[test]
    fn at_most_64_keys_of_a_set_are_looked_at() {
        assert_eq!(keys(&vec![ed25519(&[]); 64]).len(), 64);
        assert_eq!(keys(&vec![ed25519(&[]); 65]).len(), 64);
        let mut last = vec![json!({ "kty": "oct", "k": "c2VjcmV0" }); 64];
        last.push(ed25519(&[]));
        assert!(keys(&last).is_empty(), "kinds that are not known count, too");
    }

    #[test]
    fn a_key_verifies_what_it_is_for_and_nothing_else() {
        let n = Base64UrlUnpadded::encode_string(&[0xff; 256]);
        let rsa = |alg: &str| json!({ "kty": "RSA", "n": n, "e": "AQAB", "alg": alg });
        for usage in ["enc", "", "SIG"] {
            assert!(keys(&[ed25519(&[("use", usage)])]).is_empty(), "{usage:?}");
        }
        assert_eq!(keys(&[ed25519(&[("use", "sig")])]).len(), 1);

        let key = &keys(&[rsa("RS256")])[0];
        assert!(key.fits(Algorithm::Rs256));
        for other in [Algorithm::Rs384, Algorithm::Rs512, Algorithm::Ps256, Algorithm::Es256] {
            assert!(!key.fits(other), "{other:?}");
        }
        for of_another_kind in [ed25519(&[("alg", "ES256")]), ed25519(&[("alg", "RS256")])] {
            let key = &keys(&[of_another_kind])[0];
            assert!(!Algorithm::NAMES.iter().any(|(_, algorithm)| key.fits(*algorithm)));
        }
        for unknown in ["HS256", "none", "RSA-OAEP-256", "rs256"] {
            assert!(keys(&[rsa(unknown)]).is_empty(), "{unknown}");
        }
    }

    /// A key of 1,024 bits, and its signature of `text`.
    const SHORT: [&str; 2] = [
        "p2GyM_ZI2io_eRoLMEi_80eNJ2AHJ__3teWo86KPXntnlBNRoqfCG0yfqlxDlN1DBR4hgjAEZRAicqK_UrL3vBpadY4XpWt7EtI7\
         -x_IseKs8QUwEoLP81uMrq1bkhEaQROe02h4xw-S1pzp8tFO9oDURWOzu9TjYkSF5qRsIL8",
        "mhP1319RhT-rsots3bXVSpX9ACjQq321mNnMi-ldG4mLBU_hzBLnTbs-ezPtU_G2Q987B1VVWliRvRokXrJkZyflSeAjNZvL1yUh\
         YXiEsYdfWrYY1AxFDZ4VpF97j7R008Ysb2HxCOsDyhmSiR5Df8JUPQkrb30zgCrySgDE3kE",
    ];

    #[test]
    fn an_rsa_key_of_less_than_2048_bits_verifies_nothing() {
        let [n, signature] = SHORT;
        let key = &keys(&[json!({ "kty": "RSA", "n": n, "e": "AQAB" })])[0];
        let signature = Base64UrlUnpadded::decode_vec(signature).expect("base64");
        let Material::Rsa { n, e } = &key.material else { panic!("{key:?}") };
        let any = &signature::RSA_PKCS1_1024_8192_SHA256_FOR_LEGACY_USE_ONLY;
        let by_any = RsaPublicKeyComponents { n, e }.verify(any, b"text", &signature);
        by_any.expect("it is the signature");
        assert!(!key.verifies(Algorithm::Rs256, b"text", &signature));
    }
}
