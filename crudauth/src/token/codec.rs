//! Signs claims as tokens, and verifies tokens.

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

/// The issuer and the audience of tokens.
#[derive(Debug, Clone, Default)]
pub(crate) struct IssuerAudience {
    pub(crate) issuer: Option<String>,
    pub(crate) audience: Option<String>,
}

impl IssuerAudience {
    /// Whether the claims have this issuer and audience. If none is expected, a token with an
    /// audience is refused: it is meant for others (RFC 7519 §4.1.3).
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
    issuer_audience: IssuerAudience,
    clock: Arc<dyn Clock>,
}

impl TokenCodec {
    pub(crate) fn new(
        keys: KeyRing,
        issuer_audience: IssuerAudience,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self { keys, issuer_audience, clock }
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
        wire.iss.clone_from(&self.issuer_audience.issuer);
        wire.aud = self.issuer_audience.audience.clone().map(Audience::One);
        jws::sign(self.keys.signing(), C::TYP, &wire)
    }

    /// The claims of a token that is genuine, of this kind, and not expired.
    pub(crate) fn read<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        let now = self.clock.now_ms() / 1000;
        genuine::<C>(self.unverified(token)?, &self.issuer_audience)?.alive(now)
    }

    /// The claims of a token that is genuine and of this kind, expired or not. Use them only to end
    /// the sign-in of the token, never to authenticate.
    pub(crate) fn read_to_end<C: Claims>(&self, token: &str) -> Result<C, TokenError> {
        C::from_wire(genuine::<C>(self.unverified(token)?, &self.issuer_audience)?.0)
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

/// The claims of a token whose signature, kind, issuer and audience are right.
pub(super) struct Genuine(Wire);

/// Verifies everything except the expiry.
pub(super) fn genuine<C: Claims>(
    (token, key): (Unverified<'_>, &VerifyingKey),
    expected: &IssuerAudience,
) -> Result<Genuine, TokenError> {
    let claims = token.verify(key, C::TYP)?;
    let wire: Wire = serde_json::from_slice(&claims).map_err(|_| TokenError::Invalid)?;
    if wire.token_type == C::TOKEN_TYPE && expected.admits(&wire) {
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::{IssuerAudience, TokenCodec};
    use crate::clock::ManualClock;
    use crate::token::{AccessClaims, KeyRing, OwnClaims, RefreshClaims, SigningKey, TokenError};

    const NOW: u64 = 1_700_000_000;

    fn keys() -> [SigningKey; 4] {
        [
            SigningKey::hs256("Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i").expect("a secret"),
            SigningKey::eddsa(include_str!("fixtures/eddsa.pem")).expect("Ed25519"),
            SigningKey::es256(include_str!("fixtures/es256.pem")).expect("P-256"),
            SigningKey::rs256(include_str!("fixtures/rs256.pem")).expect("RSA"),
        ]
    }

    fn codec(
        keys: impl Into<KeyRing>,
        issuer_audience: IssuerAudience,
    ) -> (TokenCodec, Arc<ManualClock>) {
        let clock = Arc::new(ManualClock::at_unix(NOW));
        (TokenCodec::new(keys.into(), issuer_audience, clock.clone()), clock)
    }

    fn named(issuer: &str, audience: &str) -> IssuerAudience {
        let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        IssuerAudience { issuer: text(issuer), audience: text(audience) }
    }

    fn access() -> AccessClaims {
        AccessClaims {
            subject: "7".to_owned(),
            epoch: 3,
            scopes: vec!["a".to_owned()],
            session: "s".to_owned(),
            token_id: "j".to_owned(),
            issued_at: NOW,
            expires_at: NOW + 60,
            authenticated_at: Some(NOW - 5),
            methods: vec!["pwd".to_owned()],
            level: Some("1".to_owned()),
            own: OwnClaims::default(),
        }
    }

    #[test]
    fn claims_survive_their_token_until_they_expire() {
        for key in keys() {
            let (codec, clock) = codec(key, IssuerAudience::default());
            let token = codec.access(access()).expect("signs");
            assert_eq!(codec.read::<AccessClaims>(token.as_str()), Ok(access()));
            clock.advance(Duration::from_millis(59_999));
            assert!(codec.read::<AccessClaims>(token.as_str()).is_ok());
            clock.advance(Duration::from_millis(1));
            let expired = codec.read::<AccessClaims>(token.as_str());
            assert_eq!(expired, Err(TokenError::Expired));
            assert_eq!(codec.read_to_end::<AccessClaims>(token.as_str()), Ok(access()));
            // Only a genuine token is reported as expired.
            let tampered = format!("{}A", token.as_str());
            assert_eq!(codec.read::<AccessClaims>(&tampered), Err(TokenError::Invalid));
            assert_eq!(codec.read_to_end::<AccessClaims>(&tampered), Err(TokenError::Invalid));
        }
    }

    #[test]
    fn a_kind_is_never_read_as_the_other() {
        let (codec, _) = codec(SigningKey::random().expect("random"), IssuerAudience::default());
        let token = codec.access(access()).expect("signs");
        assert_eq!(codec.read::<RefreshClaims>(token.as_str()), Err(TokenError::Invalid));
        assert_eq!(codec.read_to_end::<RefreshClaims>(token.as_str()), Err(TokenError::Invalid));
        let claims = RefreshClaims {
            subject: "7".to_owned(),
            epoch: 3,
            session: "s".to_owned(),
            token_id: "j".to_owned(),
            issued_at: NOW,
            expires_at: NOW + 60,
        };
        let token = codec.refresh(claims.clone()).expect("signs");
        assert_eq!(codec.read::<AccessClaims>(token.as_str()), Err(TokenError::Invalid));
        assert_eq!(codec.read::<RefreshClaims>(token.as_str()), Ok(claims));
    }

    #[test]
    fn a_token_counts_only_for_its_issuer_and_audience() {
        let key = SigningKey::random().expect("random");
        for (written, read, admitted) in [
            (named("", ""), named("", ""), true),
            (named("i", "a"), named("i", "a"), true),
            (named("i", "a"), named("", "a"), true),
            (named("i", "a"), named("i", ""), false),
            (named("i", ""), named("i", "a"), false),
            (named("", "a"), named("i", "a"), false),
            (named("j", "a"), named("i", "a"), false),
            (named("i", "b"), named("i", "a"), false),
        ] {
            let what = format!("{written:?} {read:?}");
            let token = codec(key.clone(), written).0.access(access()).expect("signs");
            let read = codec(key.clone(), read).0.read::<AccessClaims>(token.as_str());
            assert_eq!(read.is_ok(), admitted, "{what}");
        }
    }

    #[test]
    fn no_bit_of_a_token_can_be_flipped() {
        for key in keys() {
            let algorithm = key.algorithm();
            let (codec, _) = codec(key, IssuerAudience::default());
            let token = codec.access(access()).expect("signs");
            for at in 0..token.as_str().len() {
                for bit in 0..8 {
                    let mut flipped = token.as_str().as_bytes().to_vec();
                    flipped[at] ^= 1 << bit;
                    let Ok(flipped) = String::from_utf8(flipped) else { continue };
                    let read = codec.read::<AccessClaims>(&flipped);
                    assert_eq!(read, Err(TokenError::Invalid), "{algorithm}: {bit} of {at}");
                }
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_is_a_token(text in r"[A-Za-z0-9_.\-=]{0,200}|\PC{0,80}") {
            let (codec, _) = codec(keys()[0].clone(), IssuerAudience::default());
            prop_assert_eq!(codec.read::<AccessClaims>(&text), Err(TokenError::Invalid));
            prop_assert!(codec.read_to_end::<RefreshClaims>(&text).is_err());
        }
    }
}
