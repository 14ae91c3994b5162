//! Keys that sign, and keys that verify.

#[cfg(feature = "eddsa")]
mod ed25519;
mod hmac;
#[cfg(feature = "es256")]
mod p256;
#[cfg(feature = "rs256")]
mod rsa;

use std::fmt;

use base64ct::{Base64UrlUnpadded, Encoding};

use super::error::KeyError;
use super::jwks::PublicKey;
use crate::secret::{Digest, SecretKey};

#[cfg(feature = "eddsa")]
const MAKE_EDDSA: &str = "make one with `openssl genpkey -algorithm ed25519`";
#[cfg(feature = "es256")]
const MAKE_ES256: &str =
    "make one with `openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256`";
#[cfg(feature = "rs256")]
const MAKE_RS256: &str =
    "make one with `openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:3072`";

/// The private half of a key.
#[derive(Clone)]
enum Private {
    Hs256(hmac::Secret),
    #[cfg(feature = "eddsa")]
    EdDsa(ed25519::Private),
    #[cfg(feature = "es256")]
    Es256(p256::Private),
    #[cfg(feature = "rs256")]
    Rs256(rsa::Private),
}

/// The public half of a key.
#[derive(Clone)]
enum Public {
    Hs256(hmac::Secret),
    #[cfg(feature = "eddsa")]
    EdDsa(ed25519::Public),
    #[cfg(feature = "es256")]
    Es256(p256::Public),
    #[cfg(feature = "rs256")]
    Rs256(rsa::Public),
}

/// A key that signs tokens. It has one algorithm.
///
/// For a single service HS256 is enough, and the default. Where other services verify, choose
/// EdDSA: it is fast, its signatures are short, and a [`TokenVerifier`](super::TokenVerifier)
/// needs only the public half. ES256 and RS256 are for verifiers that know nothing else. Each of the
/// three comes with the feature of its name.
///
/// `Debug` shows the algorithm and the id, never the key.
///
/// ```
/// use crudauth::token::SigningKey;
///
/// let key = SigningKey::hs256("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i")?;
/// assert_eq!(key.algorithm(), "HS256");
/// assert_eq!(key.id().len(), 43);
/// assert!(SigningKey::hs256("too short").is_err());
/// # Ok::<(), crudauth::token::KeyError>(())
/// ```
#[derive(Clone)]
pub struct SigningKey {
    private: Private,
    verifying: VerifyingKey,
}

impl SigningKey {
    /// HMAC with SHA-256 (RFC 7518 §3.2) under `secret`.
    ///
    /// # Errors
    ///
    /// Where [`SecretKey::new`] would refuse the secret: it is shorter than 32 bytes, or known, or
    /// easy to guess.
    pub fn hs256(secret: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let secret = secret.as_ref();
        let checked = SecretKey::new(secret).map_err(|error| KeyError::new(error.to_string()))?;
        Ok(Self::hmac(secret, &checked.own_digester("token key id").digest(b"hs256")))
    }

    /// HS256 keys for `surface`, derived from `secret` and from each of its older secret keys.
    pub(crate) fn derived(secret: &SecretKey, surface: &str) -> (Self, impl Iterator<Item = Self>) {
        let (keys, ids) =
            (secret.own_digester("token signature"), secret.own_digester("token key id"));
        let purpose = format!("hs256 {surface}");
        let purpose = purpose.as_bytes();
        let pairs: Vec<_> = keys.digests(purpose).zip(ids.digests(purpose)).collect();
        let mut all = pairs.into_iter().map(|(key, id)| Self::hmac(key.bytes(), &id));
        let first = Self::hmac(keys.digest(purpose).bytes(), &ids.digest(purpose));
        all.next();
        (first, all)
    }

    /// EdDSA with Ed25519 (RFC 8037) under a private key in PEM (PKCS#8).
    ///
    /// # Errors
    ///
    /// Where the text is no such key.
    #[cfg(feature = "eddsa")]
    pub fn eddsa(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = text(&pem).and_then(ed25519::Private::from_pem);
        Self::ed25519(key.ok_or_else(|| not_a("an Ed25519", MAKE_EDDSA))?)
    }

    /// ECDSA with P-256 and SHA-256 (RFC 7518 §3.4) under a private key in PEM (PKCS#8).
    ///
    /// # Errors
    ///
    /// Where the text is no such key; `BEGIN EC PRIVATE KEY` is another format.
    #[cfg(feature = "es256")]
    pub fn es256(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let refused = || not_a("a P-256", MAKE_ES256);
        let key = text(&pem).and_then(p256::Private::from_pem).ok_or_else(refused)?;
        let verifying = VerifyingKey::public(key.public().ok_or_else(refused)?)?;
        Ok(Self { private: Private::Es256(key), verifying })
    }

    /// RSA PKCS#1 v1.5 with SHA-256 (RFC 7518 §3.3) under a private key in PEM (PKCS#8 or
    /// PKCS#1) of 2,048 to 4,096 bits. Signing takes milliseconds, where EdDSA takes microseconds.
    ///
    /// # Errors
    ///
    /// Where the text is no such key.
    #[cfg(feature = "rs256")]
    pub fn rs256(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = text(&pem).and_then(rsa::Private::from_pem);
        let key = key.ok_or_else(|| not_a("an RSA", MAKE_RS256))?;
        let verifying = VerifyingKey::public(key.public())?;
        Ok(Self { private: Private::Rs256(key), verifying })
    }

    /// A fresh EdDSA key. What it signed cannot be verified after the process ends, so it serves
    /// tests and first steps.
    ///
    /// # Errors
    ///
    /// Where the operating system gives no random bytes.
    #[cfg(feature = "eddsa")]
    pub fn random() -> Result<Self, KeyError> {
        Self::ed25519(ed25519::Private::random()?)
    }

    #[cfg(feature = "eddsa")]
    fn ed25519(key: ed25519::Private) -> Result<Self, KeyError> {
        let verifying = VerifyingKey::public(key.public())?;
        Ok(Self { private: Private::EdDsa(key), verifying })
    }

    fn hmac(secret: &[u8], id: &Digest) -> Self {
        let secret = hmac::Secret::new(secret);
        let verifying = VerifyingKey {
            id: Base64UrlUnpadded::encode_string(id.bytes()),
            key: Public::Hs256(secret.clone()),
            public: None,
        };
        Self { private: Private::Hs256(secret), verifying }
    }

    /// The id of the key, the `kid` of what it signs: the thumbprint of the public key (RFC 7638),
    /// for HS256 a keyed digest. It follows from the key, so that every process names it alike.
    #[must_use]
    pub fn id(&self) -> &str {
        self.verifying.id()
    }

    /// The name of the algorithm (RFC 7518): `HS256`, `EdDSA`, `ES256` or `RS256`.
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        self.verifying.algorithm()
    }

    /// The half that verifies.
    #[must_use]
    pub fn verifying_key(&self) -> &VerifyingKey {
        &self.verifying
    }

    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, KeyError> {
        let signed = match &self.private {
            Private::Hs256(key) => Some(key.sign(message)),
            #[cfg(feature = "eddsa")]
            Private::EdDsa(key) => key.sign(message),
            #[cfg(feature = "es256")]
            Private::Es256(key) => key.sign(message),
            #[cfg(feature = "rs256")]
            Private::Rs256(key) => key.sign(message),
        };
        signed.ok_or_else(|| KeyError::new("the key could not sign"))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKey")
            .field("algorithm", &self.algorithm())
            .field("id", &self.id())
            .finish_non_exhaustive()
    }
}

/// A key that verifies tokens. It has one algorithm, and refuses every other one.
///
/// It is the half of a [`SigningKey`], or made of a public key alone, for one whose private half
/// is elsewhere. `Debug` shows the algorithm and the id.
#[derive(Clone)]
pub struct VerifyingKey {
    id: String,
    key: Public,
    public: Option<PublicKey>,
}

impl VerifyingKey {
    /// EdDSA under an Ed25519 public key in PEM.
    ///
    /// # Errors
    ///
    /// Where the text is no such key.
    #[cfg(feature = "eddsa")]
    pub fn eddsa(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = text(&pem).and_then(ed25519::Public::from_pem);
        Self::public(key.ok_or_else(|| not_public("an Ed25519"))?.numbers())
    }

    /// ES256 under a P-256 public key in PEM.
    ///
    /// # Errors
    ///
    /// Where the text is no such key.
    #[cfg(feature = "es256")]
    pub fn es256(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = text(&pem).and_then(p256::Public::from_pem);
        let numbers = key.and_then(|key| key.numbers());
        Self::public(numbers.ok_or_else(|| not_public("a P-256"))?)
    }

    /// RS256 under an RSA public key in PEM of 2,048 to 4,096 bits.
    ///
    /// # Errors
    ///
    /// Where the text is no such key.
    #[cfg(feature = "rs256")]
    pub fn rs256(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let key = text(&pem).and_then(rsa::Public::from_pem);
        Self::public(key.ok_or_else(|| not_public("an RSA"))?.numbers())
    }

    /// The only constructor of public keys. It refuses the forms that a signature scheme cannot
    /// handle.
    pub(super) fn public(numbers: PublicKey) -> Result<Self, KeyError> {
        numbers.check()?;
        let key = match &numbers {
            #[cfg(feature = "eddsa")]
            PublicKey::Ed25519 { x } => ed25519::Public::from_numbers(x).map(Public::EdDsa),
            #[cfg(feature = "es256")]
            PublicKey::P256 { x, y } => p256::Public::from_numbers(x, y).map(Public::Es256),
            #[cfg(feature = "rs256")]
            PublicKey::Rsa { n, e } => rsa::Public::from_numbers(n, e).map(Public::Rs256),
            #[cfg(not(all(feature = "eddsa", feature = "es256", feature = "rs256")))]
            _ => None::<Public>,
        };
        let key = key.ok_or_else(|| {
            KeyError::new(
                "this is no public key, or one of a kind that needs the feature `eddsa`, `es256` or \
                 `rs256`",
            )
        })?;
        Ok(Self { id: numbers.thumbprint(), key, public: Some(numbers) })
    }

    /// The id of the key. See [`SigningKey::id`].
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The name of the algorithm. See [`SigningKey::algorithm`].
    #[must_use]
    pub fn algorithm(&self) -> &'static str {
        match self.key {
            Public::Hs256(_) => "HS256",
            #[cfg(feature = "eddsa")]
            Public::EdDsa(_) => "EdDSA",
            #[cfg(feature = "es256")]
            Public::Es256(_) => "ES256",
            #[cfg(feature = "rs256")]
            Public::Rs256(_) => "RS256",
        }
    }

    /// The key in a JWKS; `None` for a secret.
    pub(super) fn public_half(&self) -> Option<&PublicKey> {
        self.public.as_ref()
    }

    pub(super) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.key {
            Public::Hs256(key) => key.verifies(message, signature),
            #[cfg(feature = "eddsa")]
            Public::EdDsa(key) => key.verifies(message, signature),
            #[cfg(feature = "es256")]
            Public::Es256(key) => key.verifies(message, signature),
            #[cfg(feature = "rs256")]
            Public::Rs256(key) => key.verifies(message, signature),
        }
    }
}

impl From<SigningKey> for VerifyingKey {
    fn from(key: SigningKey) -> Self {
        key.verifying
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyingKey")
            .field("algorithm", &self.algorithm())
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// PEM is text.
#[cfg(any(feature = "eddsa", feature = "es256", feature = "rs256"))]
fn text(pem: &impl AsRef<[u8]>) -> Option<&str> {
    std::str::from_utf8(pem.as_ref()).ok()
}

#[cfg(any(feature = "eddsa", feature = "es256", feature = "rs256"))]
fn not_a(kind: &str, make: &str) -> KeyError {
    KeyError::new(format!("this is not {kind} private key in PEM (PKCS#8); {make}"))
}

#[cfg(any(feature = "eddsa", feature = "es256", feature = "rs256"))]
fn not_public(kind: &str) -> KeyError {
    KeyError::new(format!(
        "this is not {kind} public key in PEM; take it from the private key with `openssl pkey \
         -pubout`"
    ))
}

#[cfg(test)]
mod tests {
    use super::{SigningKey, VerifyingKey};

    const EDDSA: &str = include_str!("../fixtures/eddsa.pem");
    const ES256: &str = include_str!("../fixtures/es256.pem");
    const RS256: &str = include_str!("../fixtures/rs256.pem");
    const SECRET: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

    #[test]
    fn each_key_signs_with_its_algorithm_and_verifies_nothing_else() {
        let keys = [
            SigningKey::hs256(SECRET).expect("a secret"),
            SigningKey::eddsa(EDDSA).expect("Ed25519"),
            SigningKey::es256(ES256).expect("P-256"),
            SigningKey::rs256(RS256).expect("RSA"),
        ];
        let names = keys.each_ref().map(SigningKey::algorithm);
        assert_eq!(names, ["HS256", "EdDSA", "ES256", "RS256"]);
        for (at, key) in keys.iter().enumerate() {
            let signature = key.sign(b"message").expect("signs");
            assert_eq!(signature, key.sign(b"message").expect("signs"), "not deterministic");
            assert!(!key.verifying_key().verifies(b"messagf", &signature));
            for (other, verifying) in keys.iter().enumerate() {
                let verifies = verifying.verifying_key().verifies(b"message", &signature);
                assert_eq!(verifies, at == other, "{key:?} {verifying:?}");
            }
            assert!(!key.verifying_key().verifies(b"message", &[]));
        }
    }

    #[test]
    fn the_public_half_of_a_key_has_its_id() {
        let pairs = [
            (
                SigningKey::eddsa(EDDSA),
                VerifyingKey::eddsa(include_str!("../fixtures/eddsa.pub.pem")),
            ),
            (
                SigningKey::es256(ES256),
                VerifyingKey::es256(include_str!("../fixtures/es256.pub.pem")),
            ),
            (
                SigningKey::rs256(RS256),
                VerifyingKey::rs256(include_str!("../fixtures/rs256.pub.pem")),
            ),
        ];
        for (signing, verifying) in pairs {
            let (signing, verifying) = (signing.expect("private"), verifying.expect("public"));
            assert_eq!(signing.id(), verifying.id());
            let signature = signing.sign(b"message").expect("signs");
            assert!(verifying.verifies(b"message", &signature));
        }
    }

    #[test]
    fn a_wrong_key_is_refused_with_the_way_out() {
        let refusals = [
            SigningKey::hs256("short"),
            SigningKey::hs256("change-me-change-me-change-me-change-me"),
            SigningKey::eddsa(ES256),
            SigningKey::eddsa(RS256),
            SigningKey::es256(EDDSA),
            SigningKey::es256(include_str!("../fixtures/p384.pem")),
            SigningKey::rs256(include_str!("../fixtures/rsa_too_small.pem")),
            SigningKey::rs256(include_str!("../fixtures/rs256.pub.pem")),
            SigningKey::rs256("garbage"),
        ];
        for refusal in refusals {
            let text = refusal.expect_err("not a key for this").to_string();
            assert!(text.contains("make one with"), "{text}");
        }
        assert!(VerifyingKey::es256(include_str!("../fixtures/eddsa.pub.pem")).is_err());
        assert!(VerifyingKey::rs256(RS256).is_err());
        assert!(VerifyingKey::eddsa(EDDSA).is_err());
    }

    #[test]
    fn no_key_is_printed() {
        let key = SigningKey::hs256(SECRET).expect("a secret");
        for shown in [format!("{key:?}"), format!("{:?}", key.verifying_key())] {
            assert!(shown.contains("HS256") && !shown.contains(SECRET), "{shown}");
        }
        let another = SigningKey::hs256("b4WmXr2nTq8sKd6vGz1yHc9pLf5jEa3u").expect("a secret");
        assert_ne!(key.id(), another.id());
    }
}
