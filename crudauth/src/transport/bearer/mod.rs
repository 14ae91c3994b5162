//! The bearer transport: signed access tokens, renewed by rotating refresh tokens (RFC 6750,
//! RFC 9700 §4.14).

mod config;
mod cookie;
mod error;
mod family;
mod listing;
mod rejection;
mod service;

pub use self::config::{BearerConfig, RefreshDelivery};
pub(crate) use self::cookie::RefreshCookie;
pub use self::error::BearerError;
pub(crate) use self::family::TokenFamilies;
pub use self::service::{BearerTokens, IssuedTokens};
pub(crate) use self::service::{Renewed, Scopes};

use std::collections::BTreeSet;
use std::sync::Arc;

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{HeaderMap, HeaderValue};

use super::{Authentication, Transport};
use crate::error::{Rejection, RejectionKind};
use crate::event::{Events, SecurityEvent};
use crate::http::Clients;
use crate::principal::{Bearer, Principal, TransportName};
use crate::scope::ScopeToken;
use crate::store::UserStore;
use crate::token::{AccessClaims, TokenError};
use crate::user::AuthUser;

const SCHEME: &str = "bearer";

/// Authenticates requests by their `Authorization: Bearer`.
#[derive(Debug)]
pub(crate) struct BearerTransport<U: AuthUser> {
    pub(crate) tokens: Arc<BearerTokens<U>>,
    /// All that a token can have.
    pub(crate) grantable: BTreeSet<ScopeToken>,
    pub(crate) events: Events,
    pub(crate) clients: Arc<Clients>,
}

impl<U: AuthUser> BearerTransport<U> {
    async fn resolve(&self, request: &Parts) -> Result<Option<Principal<U>>, Rejection> {
        let Some(token) = presented(&request.headers)? else { return Ok(None) };
        let claims = match self.tokens.codec().read::<AccessClaims>(token) {
            Ok(claims) => claims,
            Err(TokenError::Expired) => return Ok(None),
            Err(TokenError::Invalid) => {
                let client = self.clients.info(request);
                self.events.emit(client, SecurityEvent::AccessTokenForged);
                return Err(RejectionKind::InvalidToken.into());
            }
        };
        let Some((user, proofs)) = self.tokens.user_of(&claims).await? else { return Ok(None) };
        let has = |scope: &ScopeToken| claims.scopes.iter().any(|own| own == scope.as_str());
        let has_all = self.grantable.iter().all(has);
        let principal = Principal::authenticated::<Bearer>(user)
            .with_scopes(claims.scopes)
            .proved_by(proofs, self.tokens.now());
        let principal = principal.with_claims(claims.own);
        Ok(Some(if has_all { principal.unrestricted() } else { principal }))
    }
}

impl<U: AuthUser> Transport<U> for BearerTransport<U> {
    fn name(&self) -> &'static str {
        Bearer::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        _: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(self.resolve(request))
    }

    fn challenge(&self) -> Option<HeaderValue> {
        Some(HeaderValue::from_static("Bearer"))
    }
}

/// The bearer token of a request. `None` for another scheme, and for a token that is empty.
///
/// Several headers are refused: what stands before this application may have looked at another
/// one of them.
pub(crate) fn presented(headers: &HeaderMap) -> Result<Option<&str>, Rejection> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let Some(value) = values.next() else { return Ok(None) };
    if values.next().is_some() {
        return Err(RejectionKind::InvalidToken.into());
    }
    let value = value.as_bytes().trim_ascii();
    let (scheme, token) = match value.iter().position(|byte| *byte == b' ') {
        Some(space) => value.split_at(space),
        None => (value, &[][..]),
    };
    if !scheme.eq_ignore_ascii_case(SCHEME.as_bytes()) {
        return Ok(None);
    }
    let token = std::str::from_utf8(token.trim_ascii()).map_err(|_| RejectionKind::InvalidToken)?;
    Ok(Some(token).filter(|token| !token.is_empty()))
}

#[cfg(test)]
mod tests {
    use http::header::AUTHORIZATION;
    use http::{HeaderMap, HeaderValue};

    use super::presented;

    fn headers(values: &[&[u8]]) -> HeaderMap {
        let values = values.iter().map(|value| HeaderValue::from_bytes(value).expect("a header"));
        values.map(|value| (AUTHORIZATION, value)).collect()
    }

    #[test]
    fn the_token_is_what_stands_behind_the_scheme() {
        for value in ["Bearer a.b.c", "bearer a.b.c", "BEARER   a.b.c ", " bEaReR a.b.c"] {
            let headers = headers(&[value.as_bytes()]);
            assert_eq!(presented(&headers), Ok(Some("a.b.c")), "{value:?}");
        }
        for value in ["", "Bearer", "Bearer   ", "Basic a.b.c", "Bearera.b.c", "a.b.c"] {
            assert_eq!(presented(&headers(&[value.as_bytes()])), Ok(None), "{value:?}");
        }
        assert_eq!(presented(&HeaderMap::new()), Ok(None));
    }

    #[test]
    fn what_cannot_be_one_token_is_refused() {
        assert!(presented(&headers(&[b"Bearer a", b"Bearer a"])).is_err());
        assert!(presented(&headers(&[b"Basic a", b"Bearer a"])).is_err());
        assert!(presented(&headers(&[b"Bearer \xff\xfe"])).is_err());
    }
}
