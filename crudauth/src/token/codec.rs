//! Claims to tokens, and back.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::claims::{AccessClaims, Audience, Claims, RefreshClaims, Wire};
use super::error::{KeyError, TokenError};
use super::jws::{self, Unverified};
use super::key::VerifyingKey;
use super::ring::KeyRing;
use crate::clock::Clock;

/// An access token. `Debug` does not show it, and it does not serialize by itself.
pub struct AccessToken(Zeroizing<String>);

/// A refresh token. `Debug` does not show it, and it does not serialize by itself.
pub struct RefreshToken(Zeroizing<String>);

macro_rules! tokens {
    ($($Token:ident)*) => {$(
        impl $Token {
            /// The text that the client receives.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $Token {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($Token), "(..)"))
            }
        }
    )*};
}

tokens!(AccessToken RefreshToken);

/// Who issues tokens, and for whom.
#[derive(Debug, Clone, Default)]
pub(crate) struct Realm {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
}

impl Realm {
    /// An audience that nobody asked for is refused as well: the token is meant for others
    /// (RFC 7519 §4.1.3).
    fn admits(&self, wire: &Wire) -> bool {
        let issuer = self.issuer.is_none() || self.issuer == wire.iss;
        let audience = match (&self.audience, &wire.aud) {
            (None, None) => true,
            (Some(own), Some(said)) => said.contains(own),
            _ => false,
        };
        issuer && audience
    }
}

/// Writes and reads the tokens of an application.
#[derive(Debug)]
pub(crate) struct TokenCodec {
    keys: KeyRing,
    realm: Realm,
    clock: Arc<dyn Clock>,
}

impl TokenCodec {
    pub(crate) fn new(keys: KeyRing, realm: Realm, clock: Arc<dyn Clock>) -> Self {
        Self { keys, realm, clock }
    }

    pub(crate) fn keys(&self) -> &KeyRing {
        &self.keys
    }

    pub(crate) fn access(&self, claims: AccessClaims) -> Result<AccessToken, KeyError> {
        self.sign(claims).map(AccessToken)
    }

    pub(crate) fn refresh(&self, claims: RefreshClaims) -> Result<RefreshToken, KeyError> {
        self.sign(claims).map(RefreshToken)
    }

    fn sign<C: Claims>(&self, claims: C) -> Result<Zeroizing<String>, KeyError> {
        let mut wire = claims.into_wire();
        wire.iss.clone_from(&self.realm.issuer);
        wire.aud = self.realm.audience.clone().map(Audience::One);
        jws::sign(self.keys.signing(), C::TYP, &wire)
    }

    /// The claims of a token that is genuine, of this kind, and alive.
    pub(crate) fn read<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        let now = self.clock.now_ms() / 1000;
        genuine::<C>(self.unverified(token)?, &self.realm)?.alive(now)
    }

    /// The claims of a token that is genuine and of this kind, alive or not: to end what it
    /// belongs to, never to let anybody in.
    pub(crate) fn read_to_end<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        C::from_wire(genuine::<C>(self.unverified(token)?, &self.realm)?.0)
            .ok_or(TokenError::Invalid)
    }

    fn unverified<'a>(
        &'a self,
        token: &'a str,
    ) -> Result<(Unverified<'a>, &'a VerifyingKey), TokenError> {
        let token = Unverified::parse(token)?;
        let key = self.keys.find(token.key_id()).ok_or(TokenError::Invalid)?;
        Ok((token, key))
    }
}

/// The claims of a token whose signature, kind and realm are right.
pub(super) struct Genuine(Wire);

/// Verifies everything but the time.
pub(super) fn genuine<C: Claims>(
    (token, key): (Unverified<'_>, &VerifyingKey),
    realm: &Realm,
) -> Result<Genuine, TokenError> {
    let claims = token.verify(key, C::TYP)?;
    let wire: Wire = serde_json::from_slice(&claims).map_err(|_| TokenError::Invalid)?;
    if wire.token_type == C::TOKEN_TYPE && realm.admits(&wire) {
        Ok(Genuine(wire))
    } else {
        Err(TokenError::Invalid)
    }
}

impl Genuine {
    /// `now` is in seconds. There is no leeway.
    pub(super) fn alive<C: Claims>(self, now: u64) -> Result<C, TokenError> {
        if self.0.exp <= now {
            return Err(TokenError::Expired);
        }
        if self.0.nbf.is_some_and(|nbf| nbf > now) {
            return Err(TokenError::Invalid);
        }
        C::from_wire(self.0).ok_or(TokenError::Invalid)
    }
}
