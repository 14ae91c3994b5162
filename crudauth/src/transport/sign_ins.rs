//! All of a user's sign-ins, whatever carries their proof, without HTTP.

use std::sync::Arc;

use super::bearer::TokenFamilies;
use super::session::{SessionInfo, Sessions};
use crate::event::{Events, LogSafe, RequestInfo, SecurityEvent};
use crate::store::StoreError;
use crate::user::UserId;

/// The sign-ins of users: by sessions, and by tokens.
///
/// A sign-in by tokens is a family of refresh tokens, one after another; it ends with all of them
/// and with its access tokens.
#[derive(Debug)]
pub struct SignIns {
    sessions: Arc<Sessions>,
    families: Arc<TokenFamilies>,
    events: Events,
}

/// How a sign-in that was ended had carried its proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revoked {
    Session,
    Tokens,
}

impl Revoked {
    /// What the security events say of it.
    pub(crate) fn event(self, user: &impl UserId, handle: &str) -> SecurityEvent {
        let user = LogSafe::from_display(user);
        match self {
            Self::Session => SecurityEvent::SessionRevoked { user, session: LogSafe::new(handle) },
            Self::Tokens => {
                SecurityEvent::TokensRevoked { user, family: TokenFamilies::name_of_handle(handle) }
            }
        }
    }
}

impl SignIns {
    pub(crate) fn new(
        sessions: Arc<Sessions>,
        families: Arc<TokenFamilies>,
        events: Events,
    ) -> Self {
        Self { sessions, families, events }
    }

    /// The sign-ins of a user that are alive, the last active one first.
    ///
    /// # Errors
    ///
    /// Where the store fails.
    pub async fn list(&self, user: &impl UserId) -> Result<Vec<SessionInfo>, StoreError> {
        let mut all = self.sessions.list(user).await?;
        all.extend(self.families.list(&user.to_string()).await?);
        all.sort_unstable_by(|left, right| {
            right.last_activity.cmp(&left.last_activity).then(left.handle.cmp(&right.handle))
        });
        Ok(all)
    }

    /// Ends the sign-in `handle` of `user`, and tells the security events; `false` if there is none, also if it is another user's.
    ///
    /// # Errors
    ///
    /// Where the store fails; the sign-in may still be alive.
    pub async fn revoke(&self, user: &impl UserId, handle: &str) -> Result<bool, StoreError> {
        let revoked = self.revoke_one(user, handle).await?;
        if let Some(revoked) = revoked {
            self.events.emit(RequestInfo::NONE, revoked.event(user, handle));
        }
        Ok(revoked.is_some())
    }

    /// As [`revoke`](Self::revoke), for a caller that tells of it itself.
    pub(crate) async fn revoke_one(
        &self,
        user: &impl UserId,
        handle: &str,
    ) -> Result<Option<Revoked>, StoreError> {
        if self.sessions.revoke(user, handle).await? {
            return Ok(Some(Revoked::Session));
        }
        let ended = self.families.revoke(&user.to_string(), handle).await?;
        Ok(ended.then_some(Revoked::Tokens))
    }

    /// Ends all sign-ins of `user` but the one with the handle `except`, tells the security events,
    /// and says how many of them were alive. One that begins meanwhile may stay.
    ///
    /// # Errors
    ///
    /// Where the store fails; some may still be alive.
    pub async fn revoke_all(
        &self,
        user: &impl UserId,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        let revoked = self.end_all(user, except).await?;
        self.events.emit(
            RequestInfo::NONE,
            SecurityEvent::SessionsRevoked { user: LogSafe::from_display(user), revoked },
        );
        Ok(revoked)
    }

    /// As [`revoke_all`](Self::revoke_all), where the sign-ins by tokens stay.
    ///
    /// # Errors
    ///
    /// As [`revoke_all`](Self::revoke_all).
    pub async fn revoke_sessions(
        &self,
        user: &impl UserId,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        let revoked = self.end_sessions(user, except).await?;
        self.events.emit(
            RequestInfo::NONE,
            SecurityEvent::SessionsRevoked { user: LogSafe::from_display(user), revoked },
        );
        Ok(revoked)
    }

    /// As [`revoke_all`](Self::revoke_all), for a caller that tells of it itself.
    pub(crate) async fn end_all(
        &self,
        user: &impl UserId,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        let sessions = self.sessions.revoke_all(user, except).await?;
        let families = self.families.end_all(&user.to_string(), except).await?;
        Ok(sessions.saturating_add(families))
    }

    /// As [`revoke_sessions`](Self::revoke_sessions), for a caller that tells of it itself.
    pub(crate) async fn end_sessions(
        &self,
        user: &impl UserId,
        except: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.sessions.revoke_all(user, except).await
    }
}
