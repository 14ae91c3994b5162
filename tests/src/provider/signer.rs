//! Keys of a provider, and the tokens that it signs.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair,
    EcdsaSigningAlgorithm, Ed25519KeyPair, KeyPair, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

enum Secret {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// A key, with the name that it has in the set and the algorithm that it signs by.
pub struct Signer {
    /// Its name in the set.
    pub id: &'static str,
    /// What it signs by.
    pub algorithm: &'static str,
    secret: Secret,
}

/// All that are accepted.
pub const ALGORITHMS: [&str; 7] = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA"];

impl Signer {
    /// A new key, but for RSA, of which there is one.
    pub fn new(id: &'static str, algorithm: &'static str) -> Self {
        let random = SystemRandom::new();
        let ecdsa = |kind: &'static EcdsaSigningAlgorithm| {
            let pkcs8 = EcdsaKeyPair::generate_pkcs8(kind, &random).expect("a key");
            Secret::Ecdsa(EcdsaKeyPair::from_pkcs8(kind, pkcs8.as_ref(), &random).expect("a key"))
        };
        let secret = match algorithm {
            "ES256" => ecdsa(&ECDSA_P256_SHA256_FIXED_SIGNING),
            "ES384" => ecdsa(&ECDSA_P384_SHA384_FIXED_SIGNING),
            "EdDSA" => {
                let pkcs8 = Ed25519KeyPair::generate_pkcs8(&random).expect("a key");
                Secret::Ed25519(Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).expect("a key"))
            }
            _ => {
                let pem = include_str!("../../../crudauth/src/token/fixtures/rs256.pem");
                let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
                let der = Base64::decode_vec(&body).expect("base64");
                Secret::Rsa(Box::new(RsaKeyPair::from_pkcs8(&der).expect("a key")))
            }
        };
        Self { id, algorithm, secret }
    }

    /// The public half, as the set has it.
    pub fn jwk(&self) -> Value {
        let number = |bytes: &[u8]| Base64UrlUnpadded::encode_string(bytes);
        let mut jwk = match &self.secret {
            Secret::Ecdsa(key) => {
                let point = &key.public_key().as_ref()[1..];
                let (x, y) = point.split_at(point.len() / 2);
                let curve = if self.algorithm == "ES256" { "P-256" } else { "P-384" };
                json!({ "kty": "EC", "crv": curve, "x": number(x), "y": number(y) })
            }
            Secret::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "x": number(key.public_key().as_ref()) })
            }
            Secret::Rsa(key) => {
                let public = ring::rsa::PublicKeyComponents::<Vec<u8>>::from(key.public());
                // As some providers write it, with a zero in front.
                let n = [&[0], public.n.as_slice()].concat();
                json!({ "kty": "RSA", "n": number(&n), "e": number(&public.e) })
            }
        };
        jwk["kid"] = self.id.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A token of these parts.
    pub fn token(&self, header: &Value, claims: &Value) -> String {
        let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
        let signed = format!("{}.{}", encode(header), encode(claims));
        let signature = Base64UrlUnpadded::encode_string(&self.sign(signed.as_bytes()));
        format!("{signed}.{signature}")
    }

    /// The header of its tokens.
    pub fn header(&self) -> Value {
        json!({ "alg": self.algorithm, "kid": self.id, "typ": "JWT" })
    }

    fn sign(&self, text: &[u8]) -> Vec<u8> {
        let random = SystemRandom::new();
        match &self.secret {
            Secret::Ecdsa(key) => key.sign(&random, text).expect("signed").as_ref().to_vec(),
            Secret::Ed25519(key) => key.sign(text).as_ref().to_vec(),
            Secret::Rsa(key) => {
                let padding: &'static dyn ring::signature::RsaEncoding = match self.algorithm {
                    "RS384" => &RSA_PKCS1_SHA384,
                    "RS512" => &RSA_PKCS1_SHA512,
                    "PS256" => &RSA_PSS_SHA256,
                    _ => &RSA_PKCS1_SHA256,
                };
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(padding, &random, text, &mut signature).expect("signed");
                signature
            }
        }
    }
}
