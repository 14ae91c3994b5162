//! ID tokens (OpenID Connect Core §2 and §3.1.3.7): the signature is verified by `ring`, the claims are
//! compared here, by the application's clock.
//!
//! A claim of another type than the standard says is a refusal, and not an absent claim.

use base64ct::{Base64UrlUnpadded, Encoding};
use serde::Deserialize;
use serde_json::Value;
use subtle::ConstantTimeEq;

use super::algorithm::{Algorithm, Keys};

/// By how much clocks may differ, in seconds.
const SKEW: f64 = 60.0;

/// How long before now a token may have been issued, in seconds, where nobody knows when the flow was begun.
const OLDEST: f64 = 600.0;

/// What is wrong with an ID token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdTokenFault {
    /// There is none.
    #[error("there is none")]
    Missing,
    /// It is no signed token with the claims that the standard requires, in their types.
    #[error("it is no signed token with the required claims")]
    Form,
    /// It is signed by an algorithm that is not accepted, such as `none` or HMAC.
    #[error("its algorithm is not accepted")]
    Algorithm,
    /// It names a key that the provider does not have.
    #[error("its key is not known")]
    Key,
    /// The signature is not that of the key.
    #[error("its signature is wrong")]
    Signature,
    /// `iss` is another issuer.
    #[error("it is of another issuer")]
    Issuer,
    /// `aud` or `azp` is another client, or there are further audiences.
    #[error("it is for another client")]
    Audience,
    /// It has expired, is not valid yet, or was issued before the flow began or in the future.
    #[error("it is not valid now")]
    Time,
    /// `auth_time` is missing, or the user has signed in at the provider before that was asked for.
    #[error("the user has not signed in anew")]
    SignedInBefore,
    /// `nonce` is missing, or that of another flow.
    #[error("it is of another flow")]
    Nonce,
    /// `at_hash` is that of another access token.
    #[error("it belongs to another access token")]
    AccessToken,
}

impl IdTokenFault {
    /// Whether newer keys may mend it.
    pub(super) fn may_be_mended_by_newer_keys(self) -> bool {
        matches!(self, Self::Key | Self::Signature)
    }
}

/// What a token is held against.
pub(super) struct Expected<'a> {
    /// The issuer, and other spellings of it.
    pub(super) issuers: &'a [&'a str],
    pub(super) client: &'a str,
    /// Audiences that may stand beside the client.
    pub(super) extra_audiences: &'a [String],
    pub(super) nonce: &'a str,
    pub(super) access_token: &'a str,
    /// The algorithms that the provider says it uses; all that are accepted, where it says none.
    pub(super) listed: Option<&'a [String]>,
    /// In seconds.
    pub(super) now: u64,
    /// When the flow was begun, in seconds, if that is known.
    pub(super) begun_at: Option<u64>,
    /// When the user was asked to sign in anew, in seconds.
    pub(super) signed_in_after: Option<u64>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    typ: Option<String>,
    crit: Option<Value>,
}

/// The claims that are compared, and those that say who it is.
#[derive(Deserialize)]
pub(super) struct Claims {
    iss: String,
    pub(super) sub: String,
    aud: Audience,
    azp: Option<String>,
    exp: f64,
    iat: f64,
    nbf: Option<f64>,
    auth_time: Option<f64>,
    nonce: Option<String>,
    at_hash: Option<String>,
    pub(super) hd: Option<String>,
    /// The methods (RFC 8176). A value that is not a list counts as absent.
    amr: Option<Value>,
    #[serde(flatten)]
    pub(super) about: About,
}

impl Claims {
    /// Whether the provider has asked for two factors (RFC 8176).
    pub(super) fn has_second_factor(&self) -> bool {
        let methods = self.amr.as_ref().and_then(Value::as_array);
        methods.is_some_and(|methods| methods.iter().any(|method| method == "mfa"))
    }
}

/// What a provider says about its user. What is of another type counts as not said.
#[derive(Deserialize)]
pub(super) struct About {
    email: Option<Value>,
    email_verified: Option<Value>,
    preferred_username: Option<Value>,
    given_name: Option<Value>,
    name: Option<Value>,
    picture: Option<Value>,
}

impl About {
    /// The address, and whether the provider says that it is verified: by the JSON value `true`, and by
    /// no text.
    pub(super) fn email(&self) -> (Option<String>, bool) {
        (text(self.email.as_ref()), self.email_verified == Some(Value::Bool(true)))
    }

    /// With the address that `more` has, and what else is said there alone.
    pub(super) fn or(self, more: Self) -> Self {
        Self {
            email: more.email,
            email_verified: more.email_verified,
            preferred_username: self.preferred_username.or(more.preferred_username),
            given_name: self.given_name.or(more.given_name),
            name: self.name.or(more.name),
            picture: self.picture.or(more.picture),
        }
    }

    pub(super) fn username(&self) -> Option<String> {
        text(self.preferred_username.as_ref())
    }

    pub(super) fn given_name(&self) -> Option<String> {
        text(self.given_name.as_ref())
    }

    pub(super) fn name(&self) -> Option<String> {
        text(self.name.as_ref())
    }

    pub(super) fn picture(&self) -> Option<String> {
        text(self.picture.as_ref())
    }
}

fn text(value: Option<&Value>) -> Option<String> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty()).map(str::to_owned)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Several(Vec<String>),
}

impl Audience {
    fn all(&self) -> &[String] {
        match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        }
    }
}

/// The claims of `token`, if it is for us, now, and of this flow.
pub(super) fn verify(
    token: &str,
    keys: &Keys,
    expected: &Expected<'_>,
) -> Result<Claims, IdTokenFault> {
    let (signed, signature) = token.rsplit_once('.').ok_or(IdTokenFault::Form)?;
    let (header, claims) = signed.split_once('.').ok_or(IdTokenFault::Form)?;
    let decode = |part: &str| Base64UrlUnpadded::decode_vec(part).map_err(|_| IdTokenFault::Form);
    let header: Header =
        serde_json::from_slice(&decode(header)?).map_err(|_| IdTokenFault::Form)?;
    let is_jwt =
        |typ: &str| typ.eq_ignore_ascii_case("jwt") || typ.eq_ignore_ascii_case("application/jwt");
    if header.crit.is_some() || !header.typ.as_deref().is_none_or(is_jwt) {
        return Err(IdTokenFault::Form);
    }
    let is_listed =
        |name: &String| expected.listed.is_none_or(|listed| listed.iter().any(|it| it == name));
    let algorithm = Some(&header.alg).filter(|name| is_listed(name));
    let algorithm = algorithm.and_then(|name| Algorithm::from_name(name));
    let algorithm = algorithm.ok_or(IdTokenFault::Algorithm)?;

    let mut fitting = keys.0.iter().filter(|key| key.fits(algorithm));
    let key = match &header.kid {
        Some(id) => fitting.find(|key| key.id.as_ref() == Some(id)),
        // Without a name only one key can be meant.
        None => fitting.next().filter(|_| fitting.next().is_none()),
    };
    let key = key.ok_or(IdTokenFault::Key)?;
    if !key.verifies(algorithm, signed.as_bytes(), &decode(signature)?) {
        return Err(IdTokenFault::Signature);
    }
    let claims: Claims =
        serde_json::from_slice(&decode(claims)?).map_err(|_| IdTokenFault::Form)?;
    check(&claims, algorithm, expected)?;
    Ok(claims)
}

fn check(
    claims: &Claims,
    algorithm: Algorithm,
    expected: &Expected<'_>,
) -> Result<(), IdTokenFault> {
    if !expected.issuers.contains(&claims.iss.as_str()) {
        return Err(IdTokenFault::Issuer);
    }
    let is_us = |name: &str| name == expected.client;
    let audiences = claims.aud.all();
    let others: Vec<_> = audiences.iter().filter(|audience| !is_us(audience)).collect();
    let may_stand = |other: &&String| expected.extra_audiences.contains(*other);
    let names_us = others.len() < audiences.len();
    let is_party = match claims.azp.as_deref() {
        Some(party) => is_us(party),
        None => others.is_empty(),
    };
    if !names_us || !is_party || !others.iter().all(may_stand) {
        return Err(IdTokenFault::Audience);
    }
    #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact")]
    let (now, begun_at) = (expected.now as f64, expected.begun_at.map(|at| at as f64));
    let is_valid = claims.exp + SKEW > now
        && claims.iat + SKEW >= begun_at.unwrap_or(now - OLDEST)
        && claims.iat <= now + SKEW
        && claims.nbf.is_none_or(|nbf| nbf <= now + SKEW);
    if !is_valid {
        return Err(IdTokenFault::Time);
    }
    if let Some(asked) = expected.signed_in_after {
        #[expect(clippy::cast_precision_loss, reason = "seconds of this age are exact")]
        let asked = asked as f64;
        let is_fresh = |at: f64| at + SKEW >= asked && at <= now + SKEW;
        if !claims.auth_time.is_some_and(is_fresh) {
            return Err(IdTokenFault::SignedInBefore);
        }
    }
    let nonce = claims.nonce.as_deref().ok_or(IdTokenFault::Nonce)?;
    if !bool::from(nonce.as_bytes().ct_eq(expected.nonce.as_bytes())) {
        return Err(IdTokenFault::Nonce);
    }
    let of_token = |hash: &String| *hash == algorithm.half_digest(expected.access_token);
    if !claims.at_hash.as_ref().is_none_or(of_token) {
        return Err(IdTokenFault::AccessToken);
    }
    Ok(())
}
