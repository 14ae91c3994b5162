//! Signed tokens: keys and their rotation, the two kinds of token, and the verifier for other
//! services.
//!
//! A token is a JWT (RFC 7519) in the compact form, with the advice of RFC 8725 taken: each key
//! has one algorithm, the `typ` of the header names the kind of token (RFC 9068 has `at+jwt` for
//! access tokens), nothing in a header is followed, and no time has a leeway.
//!
//! The signatures are those of `hmac`, `ed25519-dalek`, `p256` and `rsa`, in pure Rust: what other
//! crates of the build select or install changes nothing here.

mod claims;
mod codec;
mod error;
mod jwks;
mod jws;
mod key;
mod own;
mod ring;
mod verifier;

pub use self::claims::{AccessClaims, RefreshClaims};
pub use self::codec::{AccessToken, RefreshToken};
pub(crate) use self::codec::{IssuerAudience, TokenCodec};
pub use self::error::{ClaimsError, KeyError, TokenError};
pub use self::jwks::Jwks;
pub use self::key::{SigningKey, VerifyingKey};
pub(crate) use self::own::{MakeClaims, OwnClaims};
pub use self::ring::KeyRing;
#[cfg(feature = "jwks-reqwest")]
pub use self::verifier::HttpJwks;
pub use self::verifier::{JwksError, JwksFuture, JwksSource, TokenVerifier, VerifyError};
