//! The public keys, as other services read them (RFC 7517).

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::error::KeyError;
use super::key::VerifyingKey;

/// More keys than any rotation has. A verifier ignores the rest.
const MAX_KEYS: usize = 64;

/// A set of public keys (RFC 7517 §5), as `GET /.well-known/jwks.json` answers it.
///
/// It never contains secrets. When it is read, keys of other kinds than those of tokens are
/// ignored, and so are symmetric keys: a public text must not become a secret.
#[derive(Clone, Default, Serialize, Deserialize)]
pub struct Jwks {
    #[serde(serialize_with = "write", deserialize_with = "read")]
    keys: Vec<VerifyingKey>,
}

impl Jwks {
    /// The public ones of `keys`.
    pub(super) fn new<'a>(keys: impl IntoIterator<Item = &'a VerifyingKey>) -> Self {
        let keys = keys.into_iter().filter(|key| key.public_half().is_some());
        Self { keys: keys.cloned().collect() }
    }

    /// The ids of the keys.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.keys.iter().map(VerifyingKey::id)
    }

    pub(super) fn find(&self, id: &str) -> Option<&VerifyingKey> {
        self.keys.iter().find(|key| key.id() == id)
    }
}

impl fmt::Debug for Jwks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Jwks").field(&self.keys).finish()
    }
}

/// A public key by its numbers, big-endian.
#[derive(Clone)]
pub(super) enum PublicKey {
    Ed25519 { x: Vec<u8> },
    P256 { x: Vec<u8>, y: Vec<u8> },
    Rsa { n: Vec<u8>, e: Vec<u8> },
}

impl PublicKey {
    pub(super) fn check(&self) -> Result<(), KeyError> {
        let fits = match self {
            Self::Ed25519 { x } => x.len() == 32,
            Self::P256 { x, y } => x.len() == 32 && y.len() == 32,
            Self::Rsa { n, e } => {
                let bits = n.len() * 8 - n.first().map_or(0, |top| top.leading_zeros() as usize);
                if !(2048..=4096).contains(&bits) {
                    return Err(KeyError::new(format!(
                        "an RSA key of {bits} bits is not used: it needs 2,048 to 4,096; make one \
                         with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`"
                    )));
                }
                (1..=4).contains(&e.len())
            }
        };
        if fits { Ok(()) } else { Err(KeyError::new("the public key has a wrong length")) }
    }

    /// RFC 7638: the digest of the required members, in the order of the alphabet.
    pub(super) fn thumbprint(&self) -> String {
        let canonical = match self {
            Self::Ed25519 { x } => {
                format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{}"}}"#, encode(x))
            }
            Self::P256 { x, y } => {
                let (x, y) = (encode(x), encode(y));
                format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#)
            }
            Self::Rsa { n, e } => {
                format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, encode(e), encode(n))
            }
        };
        encode(&Sha256::digest(canonical))
    }
}

/// One key as JSON has it.
#[derive(Serialize, Deserialize)]
struct Jwk {
    kty: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    crv: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    x: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    y: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    n: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    e: Option<String>,
    kid: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    alg: Option<String>,
    #[serde(rename = "use", default, skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
}

impl Jwk {
    fn from_key(key: &VerifyingKey) -> Option<Self> {
        let mut jwk = Self {
            kty: String::new(),
            crv: None,
            x: None,
            y: None,
            n: None,
            e: None,
            kid: key.id().to_owned(),
            alg: Some(key.algorithm().to_owned()),
            usage: Some("sig".to_owned()),
        };
        match key.public_half()? {
            PublicKey::Ed25519 { x } => {
                "OKP".clone_into(&mut jwk.kty);
                jwk.crv = Some("Ed25519".to_owned());
                jwk.x = Some(encode(x));
            }
            PublicKey::P256 { x, y } => {
                "EC".clone_into(&mut jwk.kty);
                jwk.crv = Some("P-256".to_owned());
                jwk.x = Some(encode(x));
                jwk.y = Some(encode(y));
            }
            PublicKey::Rsa { n, e } => {
                "RSA".clone_into(&mut jwk.kty);
                jwk.n = Some(encode(n));
                jwk.e = Some(encode(e));
            }
        }
        Some(jwk)
    }

    /// `None` for a key of another kind or use, and for one whose id is not its thumbprint: the id
    /// identifies the key, so it must follow from it.
    fn into_key(self) -> Option<VerifyingKey> {
        let number = |text: &Option<String>| {
            text.as_deref().and_then(|text| Base64UrlUnpadded::decode_vec(text).ok())
        };
        let public = match (self.kty.as_str(), self.crv.as_deref()) {
            ("OKP", Some("Ed25519")) => PublicKey::Ed25519 { x: number(&self.x)? },
            ("EC", Some("P-256")) => PublicKey::P256 { x: number(&self.x)?, y: number(&self.y)? },
            ("RSA", None) => PublicKey::Rsa { n: number(&self.n)?, e: number(&self.e)? },
            _ => return None,
        };
        let key = VerifyingKey::public(public).ok()?;
        let for_this = self.usage.as_deref().is_none_or(|usage| usage == "sig")
            && self.alg.as_deref().is_none_or(|alg| alg == key.algorithm())
            && self.kid == key.id();
        for_this.then_some(key)
    }
}

fn write<S: serde::Serializer>(keys: &[VerifyingKey], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(keys.iter().filter_map(Jwk::from_key))
}

fn read<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<VerifyingKey>, D::Error> {
    let keys = Vec::<Value>::deserialize(deserializer)?;
    let keys = keys.into_iter().take(MAX_KEYS);
    Ok(keys.filter_map(|key| serde_json::from_value::<Jwk>(key).ok()?.into_key()).collect())
}

fn encode(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

#[cfg(test)]
mod tests {
    use super::{Jwks, PublicKey};
    use crate::token::{KeyRing, SigningKey};

    #[test]
    fn a_thumbprint_is_that_of_the_standard() {
        // RFC 8037 appendix A.3.
        let x = super::Base64UrlUnpadded::decode_vec("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
        use base64ct::Encoding;
        let key = PublicKey::Ed25519 { x: x.expect("base64") };
        assert_eq!(key.thumbprint(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
    }

    #[test]
    fn a_set_shows_public_keys_and_no_secret_and_survives_its_text() {
        let ring = KeyRing::new(
            SigningKey::hs256("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i").expect("a secret"),
        )
        .accepting(SigningKey::eddsa(include_str!("fixtures/eddsa.pem")).expect("Ed25519"))
        .accepting(SigningKey::es256(include_str!("fixtures/es256.pem")).expect("P-256"))
        .accepting(SigningKey::rs256(include_str!("fixtures/rs256.pem")).expect("RSA"));
        let text = serde_json::to_string(&ring.jwks()).expect("JSON");
        assert!(!text.contains("oct") && !text.contains("\"d\"") && !text.contains("HS256"));
        assert_eq!(text.matches("\"kid\"").count(), 3, "{text}");
        let read: Jwks = serde_json::from_str(&text).expect("a set");
        assert!(read.ids().eq(ring.jwks().ids()));
        assert_eq!(serde_json::to_string(&read).expect("JSON"), text);
    }

    #[test]
    fn keys_that_are_not_for_tokens_are_ignored() {
        let good = serde_json::to_value(KeyRing::new(SigningKey::random().expect("random")).jwks());
        let good = good.expect("JSON")["keys"][0].clone();
        let changed = |name: &str, value: &str| {
            let mut key = good.clone();
            key[name] = value.into();
            key
        };
        let set = serde_json::json!({ "keys": [
            { "kty": "oct", "k": "c2VjcmV0", "kid": "a", "alg": "HS256" },
            changed("use", "enc"), changed("alg", "HS256"), changed("kid", "../../etc/passwd"),
            changed("x", "AAAA"), changed("x", "!"), changed("kty", "EC"), changed("crv", "Ed448"),
            7, null, "key", { "kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "b" },
            good,
        ]});
        let read: Jwks = serde_json::from_value(set).expect("a set");
        assert_eq!(read.ids().collect::<Vec<_>>(), [good["kid"].as_str().expect("an id")]);
    }
}
