//! The compact form of a signed token (RFC 7515 §3.1).

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::error::{KeyError, TokenError};
use super::key::{SigningKey, VerifyingKey};

/// A longer text is refused unread.
const MAX_BYTES: usize = 8 * 1024;

/// The header of a token. It has these three members: one that names a key by address or brings
/// its own (`jku`, `x5u`, `jwk`), or that asks for an extension (`crit`), is not ours.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    typ: String,
    kid: String,
}

/// Signs `claims` as a token of the type `typ`.
pub(super) fn sign(
    key: &SigningKey,
    typ: &str,
    claims: &impl Serialize,
) -> Result<Zeroizing<String>, KeyError> {
    let header =
        Header { alg: key.algorithm().to_owned(), typ: typ.to_owned(), kid: key.id().to_owned() };
    let encoded = |part: serde_json::Result<Vec<u8>>| match part {
        Ok(json) => Ok(Base64UrlUnpadded::encode_string(&json)),
        Err(_) => Err(KeyError::new("the claims of a token could not be written")),
    };
    let header = encoded(serde_json::to_vec(&header))?;
    let claims = encoded(serde_json::to_vec(claims))?;
    let mut token = Zeroizing::new(format!("{header}.{claims}"));
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    token.push_str(&Base64UrlUnpadded::encode_string(&signature));
    Ok(token)
}

/// A text in the form of a token, of which nothing is verified yet.
pub(super) struct Unverified<'a> {
    header: Header,
    message: &'a str,
    claims: &'a str,
    signature: &'a str,
}

impl<'a> Unverified<'a> {
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > MAX_BYTES {
            return Err(TokenError::Invalid);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Invalid)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Invalid)?;
        let header = serde_json::from_slice(&decode(header)?).map_err(|_| TokenError::Invalid)?;
        Ok(Self { header, message, claims, signature })
    }

    /// The id of the key that signed it, as the token claims.
    pub(super) fn key_id(&self) -> &str {
        &self.header.kid
    }

    /// The claims, if `key` has signed them as a token of the type `typ`.
    pub(super) fn verify(self, key: &VerifyingKey, typ: &str) -> Result<Vec<u8>, TokenError> {
        let Header { alg, typ: said, kid } = &self.header;
        if alg != key.algorithm() || said != typ || kid != key.id() {
            return Err(TokenError::Invalid);
        }
        if !key.verifies(self.message.as_bytes(), &decode(self.signature)?) {
            return Err(TokenError::Invalid);
        }
        decode(self.claims)
    }
}

/// Only the one encoding of a text is accepted: no padding, no stray bits at its end.
fn decode(part: &str) -> Result<Vec<u8>, TokenError> {
    Base64UrlUnpadded::decode_vec(part).map_err(|_| TokenError::Invalid)
}
