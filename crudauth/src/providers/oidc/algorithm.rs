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
