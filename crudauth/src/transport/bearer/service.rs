//! The life of tokens, without HTTP.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::config::BearerConfig;
use super::error::BearerError;
use super::family::{self, ActiveToken, Rotation, TokenFamilies};
use crate::clock::Clock;
use crate::event::{Events, LogSafe, RefreshFailure, RequestInfo, SecurityEvent};
use crate::hooks::HookContext;
use crate::proofs::{Factor, Proofs};
use crate::scope::ScopeToken;
use crate::secret::{SecretKey, hex, random};
use crate::store::{Step, StoreError};
use crate::token::{
    AccessClaims, AccessToken, KeyRing, MakeClaims, RefreshClaims, RefreshToken, TokenCodec,
    TokenError,
};
use crate::transport::{Owners, SignedIn};
use crate::user::{AuthUser, StoredUser};

/// Issues, renews and ends the tokens of an application.
///
/// [`CrudAuth::tokens`](crate::CrudAuth::tokens) hands it out, so that only an
/// application with the bearer transport has one.
pub struct BearerTokens<U: AuthUser> {
    owners: Arc<Owners<U>>,
    families: Arc<TokenFamilies>,
    codec: Arc<TokenCodec>,
    clock: Arc<dyn Clock>,
    events: Events,
    config: BearerConfig,
    claims: Option<MakeClaims<U>>,
}

/// What a client receives.
#[derive(Debug)]
#[non_exhaustive]
pub struct IssuedTokens {
    /// Proves who makes a request.
    pub access: AccessToken,
    /// Renews the access token, and itself.
    pub refresh: RefreshToken,
    /// What the access token may be used for.
    pub scopes: Vec<String>,
    /// How long the access token lives.
    pub access_ttl: Duration,
    /// How long the refresh token lives.
    pub refresh_ttl: Duration,
}

/// Tokens that were renewed, and whose they are.
pub(crate) struct Renewed<U> {
    pub(crate) user: StoredUser<U>,
    pub(crate) tokens: IssuedTokens,
}

/// The scopes that tokens are asked to have.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scopes<'a> {
    /// Those of the configuration.
    Default,
    /// Those that the application names.
    Named(&'a [ScopeToken]),
    /// Those that a client wrote, separated by spaces.
    Written(&'a str),
}

impl<U: AuthUser> BearerTokens<U> {
    pub(crate) fn new(
        owners: Arc<Owners<U>>,
        families: Arc<TokenFamilies>,
        clock: Arc<dyn Clock>,
        (key, surface): (&SecretKey, &str),
        events: Events,
        (config, claims): (BearerConfig, Option<MakeClaims<U>>),
    ) -> Self {
        let keys = config.keys.clone().unwrap_or_else(|| KeyRing::derived(key, surface));
        let codec = TokenCodec::new(keys, config.issuer_audience.clone(), Arc::clone(&clock));
        Self { owners, families, codec: Arc::new(codec), clock, events, config, claims }
    }

    pub(crate) fn codec(&self) -> &Arc<TokenCodec> {
        &self.codec
    }

    pub(crate) fn now(&self) -> SystemTime {
        self.clock.now()
    }

    pub(crate) fn config(&self) -> &BearerConfig {
        &self.config
    }

    /// Issues an access token alone, for `lifetime` in whole seconds, at least one and at most what
    /// [`BearerConfig::refresh_ttl`] is. Nothing renews it.
    pub(crate) async fn issue_access_token(
        &self,
        signed_in: &SignedIn<U>,
        scopes: Scopes<'_>,
        lifetime: Duration,
        context: &HookContext,
    ) -> Result<AccessToken, BearerError> {
        let scopes = self.clamped(scopes);
        let lifetime = lifetime.max(Duration::from_secs(1)).min(self.config.refresh);
        let begun = self.families.begin_unrenewed(signed_in.pass(), scopes, lifetime).await?;
        let user = signed_in.user();
        let (id, family) =
            (LogSafe::from_display(user.id()), self.families.name_of(&begun.session));
        let access = self.access(&begun, user, begun.expires_at)?;
        self.events.emit(context, SecurityEvent::TokensIssued { user: id, family });
        Ok(access)
    }

    /// Issues tokens for a sign-in and begins a refresh family. They count for the row that the
    /// sign-in has read, as it was then. What the sign-in writes `beside` the family is written
    /// with it.
    pub(crate) async fn issue(
        &self,
        signed_in: &SignedIn<U>,
        scopes: Scopes<'_>,
        context: &HookContext,
        beside: Vec<Step<'_>>,
    ) -> Result<IssuedTokens, BearerError> {
        let scopes = self.clamped(scopes);
        let begun = self.families.begin(signed_in.pass(), scopes, context, beside).await?;
        let user = signed_in.user();
        let (id, family) =
            (LogSafe::from_display(user.id()), self.families.name_of(&begun.session));
        let issued = self.tokens(begun, user)?;
        let event = SecurityEvent::TokensIssued { user: id, family };
        self.events.emit(context, event);
        Ok(issued)
    }

    /// Those scopes that are grantable.
    fn clamped(&self, scopes: Scopes<'_>) -> Vec<String> {
        let named = |scopes: &[ScopeToken]| self.config.clamp(scopes.iter().map(|it| it.as_str()));
        match scopes {
            Scopes::Default => named(&self.config.default_scopes),
            Scopes::Named(scopes) => named(scopes),
            Scopes::Written(scopes) => self.config.clamp(scopes.split_ascii_whitespace()),
        }
    }

    /// Renews a refresh token: puts its successor in its place, and issues an access token with
    /// the scopes of the sign-in that are still grantable.
    ///
    /// A token that was used before gets the same successor within the grace; after it, the
    /// family ends. So it does where the account is disabled, gone, or has changed credentials.
    ///
    /// # Errors
    ///
    /// [`BearerError::Refused`] where the token is not valid any more, and where the store fails
    /// or the key cannot sign.
    pub async fn refresh(&self, token: &str) -> Result<IssuedTokens, BearerError> {
        let renewed = self.renew(token, &HookContext::default(), |_| true, None).await;
        renewed.map(|renewed| renewed.tokens)
    }

    /// As [`refresh`](Self::refresh), under the circumstances of a request.
    pub(crate) async fn refresh_from(
        &self,
        token: &str,
        context: &HookContext,
    ) -> Result<Renewed<U>, BearerError> {
        self.renew(token, context, |user| context.is_for(user), None).await
    }

    /// As [`refresh_from`](Self::refresh_from), for a user who has proved `factor` meanwhile.
    pub(crate) async fn refresh_proved(
        &self,
        token: &str,
        factor: Factor,
        context: &HookContext,
    ) -> Result<Renewed<U>, BearerError> {
        self.renew(token, context, |user| context.is_for(user), Some(factor)).await
    }

    /// The user of a refresh token that counts, and how events call its sign-in. Nothing is changed by
    /// asking.
    pub(crate) async fn holder(
        &self,
        token: &str,
        context: &HookContext,
    ) -> Result<Option<(StoredUser<U>, String)>, StoreError> {
        let Ok(claims) = self.codec.read::<RefreshClaims>(token) else { return Ok(None) };
        let Found::Counts(user, _) = self.find(&claims.session, &claims.subject).await? else {
            return Ok(None);
        };
        let is_taken = self.families.behind(&claims.session, &claims.token_id).await?.is_some();
        let family = self.families.name_of(&claims.session).to_string();
        Ok((is_taken && context.is_for(&*user)).then_some((user, family)))
    }

    async fn renew(
        &self,
        token: &str,
        context: &HookContext,
        may_be_for: impl Fn(&U) -> bool,
        proved: Option<Factor>,
    ) -> Result<Renewed<U>, BearerError> {
        let claims: RefreshClaims = match self.codec.read(token) {
            Ok(claims) => claims,
            Err(error) => {
                let reason = match error {
                    TokenError::Expired => RefreshFailure::Expired,
                    TokenError::Invalid => RefreshFailure::Invalid,
                };
                self.refused(context, None, reason);
                return Err(BearerError::Refused);
            }
        };
        let user = match self.find(&claims.session, &claims.subject).await? {
            Found::Counts(user, _) if !may_be_for(&user) => {
                // It counts where its tenant is, so that it does not end here.
                self.refused(context, Some(&claims), RefreshFailure::Invalid);
                return Err(BearerError::Refused);
            }
            Found::Counts(user, _) => user,
            Found::CountsNoMore | Found::Gone => {
                let reason = match self.families.end(&claims.session).await? {
                    true => RefreshFailure::CredentialsEnded,
                    false => RefreshFailure::Ended,
                };
                self.refused(context, Some(&claims), reason);
                return Err(BearerError::Refused);
            }
        };
        let (families, stamp) = (&self.families, self.owners.stamps().of(&user));
        let clamp = |scopes: &[String]| self.config.clamp(scopes.iter().map(String::as_str));
        let (active, replayed) =
            match families.rotate(&claims.session, &claims.token_id, stamp, clamp, proved).await? {
                Rotation::Succeeded(active) => (active, false),
                Rotation::Replayed(active) => (active, true),
                Rotation::Ended => {
                    self.refused(context, Some(&claims), RefreshFailure::Ended);
                    return Err(BearerError::Refused);
                }
                Rotation::Reused => {
                    let (user, family) = self.names(&claims.subject, &claims.session);
                    self.events.emit(context, SecurityEvent::RefreshReused { user, family });
                    return Err(BearerError::Refused);
                }
            };
        let tokens = self.tokens(active, &user)?;
        let (name, family) = self.names(&claims.subject, &claims.session);
        let event = SecurityEvent::TokensRefreshed { user: name, family, replayed };
        self.events.emit(context, event);
        Ok(Renewed { user, tokens })
    }

    /// As [`refresh`](Self::refresh), under the circumstances of a request that shows several tokens: that of
    /// the one sign-in that counts is renewed.
    pub(crate) async fn refresh_one_of(
        &self,
        tokens: &[&str],
        context: &HookContext,
    ) -> Result<Renewed<U>, BearerError> {
        if let [token] = tokens {
            return self.refresh_from(token, context).await;
        }
        // Of each family the newest token that it would take.
        let mut alive: Vec<(RefreshClaims, u64, &str)> = Vec::new();
        for token in tokens {
            let Ok(claims) = self.codec.read::<RefreshClaims>(token) else { continue };
            let Found::Counts(..) = self.find(&claims.session, &claims.subject).await? else {
                continue;
            };
            let behind = self.families.behind(&claims.session, &claims.token_id).await?;
            let Some(behind) = behind else { continue };
            match alive.iter_mut().find(|(other, ..)| other.session == claims.session) {
                Some(other) if other.1 <= behind => {}
                Some(other) => *other = (claims, behind, token),
                None => alive.push((claims, behind, token)),
            }
        }
        match &*alive {
            [(.., token)] => self.refresh_from(token, context).await,
            [] => {
                // Each is refused by itself, so that the reuse of one ends its family.
                for token in tokens {
                    match self.refresh_from(token, context).await {
                        Err(BearerError::Refused) => {}
                        other => return other,
                    }
                }
                Err(BearerError::Refused)
            }
            several => {
                for (claims, ..) in several {
                    self.refused(context, Some(claims), RefreshFailure::Ambiguous);
                }
                Err(BearerError::Ambiguous)
            }
        }
    }

    /// Whose access token this is and what it says, for code of the application's own: a job, a
    /// connection of another protocol. `None` for whatever is no access token that counts here: one
    /// that is forged, expired or of another surface, one whose sign-in has ended or whose user
    /// may not sign in, a refresh token, the token of a link.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn verify(
        &self,
        token: &str,
    ) -> Result<Option<(StoredUser<U>, AccessClaims)>, StoreError> {
        let Ok(claims) = self.codec.read::<AccessClaims>(token) else { return Ok(None) };
        Ok(self.user_of(&claims).await?.map(|(user, _)| (user, claims)))
    }

    /// The user of an access token, while the token counts: its sign-in has not ended, and the
    /// user's credentials have not changed since. Beside it what was proved: a token says no more than it
    /// did when it was issued, and a step-up by one factor makes no other one recent.
    pub(crate) async fn user_of(
        &self,
        claims: &AccessClaims,
    ) -> Result<Option<(StoredUser<U>, Proofs)>, StoreError> {
        Ok(match self.find(&claims.session, &claims.subject).await? {
            Found::Counts(user, proofs) if user.logical().epoch() == claims.epoch => {
                Some((user, proofs.within(&said_by(claims))))
            }
            Found::Counts(..) | Found::CountsNoMore | Found::Gone => None,
        })
    }

    /// The user of the family `session`, whom its tokens call `subject`.
    async fn find(&self, session: &str, subject: &str) -> Result<Found<U>, StoreError> {
        let read = |stored: Vec<u8>| family::read(&stored).filter(|family| family.user == subject);
        for key in self.families.keys(session) {
            let found =
                self.owners.stores().find_with_user(&key, read, |family| &family.user).await?;
            let Some((family, user)) = found else {
                let user_of = |stored: &[u8]| family::read(stored).map(|family| family.user);
                Box::pin(self.owners.met_nobody(&key, user_of)).await?;
                continue;
            };
            return Ok(match self.owners.admit(&user, &family.stamp).await? {
                true => Found::Counts(user, family.proofs()),
                false => Found::CountsNoMore,
            });
        }
        Ok(Found::Gone)
    }

    pub(crate) fn refused(
        &self,
        context: &HookContext,
        claims: Option<&RefreshClaims>,
        reason: RefreshFailure,
    ) {
        let (user, family) =
            claims.map(|claims| self.names(&claims.subject, &claims.session)).unzip();
        self.events.emit(context, SecurityEvent::RefreshRefused { user, family, reason });
    }

    /// The user and the family, for events.
    fn names(&self, user: &str, session: &str) -> (LogSafe, LogSafe) {
        (LogSafe::new(user), self.families.name_of(session))
    }

    /// Ends the sign-in that `token` belongs to: none of its tokens works here again. An access
    /// token lives out its time at other services, which verify it by its signature alone. Takes an access or a refresh token, alive or expired; `false`
    /// if there was nothing to end.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn end(&self, token: &str) -> Result<bool, StoreError> {
        self.end_from(token, &HookContext::default()).await
    }

    /// As [`end`](Self::end), under the circumstances of a request.
    pub(crate) async fn end_from(
        &self,
        token: &str,
        context: &HookContext,
    ) -> Result<bool, StoreError> {
        let refresh = self.codec.read_to_end::<RefreshClaims>(token);
        let named = refresh.map(|it| (it.subject, it.session)).or_else(|_| {
            let access = self.codec.read_to_end::<AccessClaims>(token);
            access.map(|it| (it.subject, it.session))
        });
        let Ok((user, session)) = named else { return Ok(false) };
        let ended = self.families.end(&session).await?;
        if ended {
            let (user, family) = self.names(&user, &session);
            self.events.emit(context, SecurityEvent::TokensRevoked { user, family });
        }
        Ok(ended)
    }

    /// Ends every sign-in by tokens of a user, and says how many there were.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn end_all(&self, user: &U::Id) -> Result<usize, StoreError> {
        let revoked = self.families.end_all(&user.to_string(), None).await?;
        let user = LogSafe::from_display(user);
        self.events.emit(RequestInfo::NONE, SecurityEvent::AllTokensRevoked { user, revoked });
        Ok(usize::try_from(revoked).unwrap_or(usize::MAX))
    }

    fn tokens(
        &self,
        active: ActiveToken,
        user: &StoredUser<U>,
    ) -> Result<IssuedTokens, BearerError> {
        let now = self.clock.now_ms() / 1000;
        let ends = now.saturating_add(self.config.access.as_secs());
        let access = self.access(&active, user, ends)?;
        let refresh = self.codec.refresh(RefreshClaims {
            subject: active.user,
            epoch: user.logical().epoch(),
            session: active.session,
            token_id: active.token_id,
            issued_at: active.issued_at,
            expires_at: active.expires_at,
        })?;
        Ok(IssuedTokens {
            access,
            refresh,
            scopes: active.scopes,
            access_ttl: self.config.access,
            refresh_ttl: Duration::from_secs(active.expires_at.saturating_sub(now)),
        })
    }

    /// An access token of the family of `active`, for `user`, whose row is read anew for each.
    fn access(
        &self,
        active: &ActiveToken,
        user: &StoredUser<U>,
        expires_at: u64,
    ) -> Result<AccessToken, BearerError> {
        let own = self.claims.as_ref().map(|claims| claims.of(user)).transpose()?;
        Ok(self.codec.access(AccessClaims {
            subject: active.user.clone(),
            epoch: user.logical().epoch(),
            scopes: active.scopes.clone(),
            session: active.session.clone(),
            token_id: hex(random::<16>()?),
            issued_at: self.clock.now_ms() / 1000,
            expires_at,
            authenticated_at: active.proved_at,
            methods: active.proofs.amr().into_iter().map(str::to_owned).collect(),
            level: Some(active.proofs.acr().to_owned()),
            own: own.unwrap_or_default(),
        })?)
    }
}

/// What a token says was proved. The record of its sign-in says when each of it was.
fn said_by(claims: &AccessClaims) -> Proofs {
    let at = claims.authenticated_at.unwrap_or(0);
    Proofs::from_claims(&claims.methods, claims.level.as_deref(), at)
}

/// What a token leads to.
enum Found<U> {
    /// A family that counts: its user, and what its sign-in has proved.
    Counts(StoredUser<U>, Proofs),
    /// A family of another row, or from before a change of credentials.
    CountsNoMore,
    /// No family, or none with a user.
    Gone,
}

impl<U: AuthUser> fmt::Debug for BearerTokens<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerTokens").field("config", &self.config).finish_non_exhaustive()
    }
}
