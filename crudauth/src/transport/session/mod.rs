//! The session transport: a cookie, and a record in the state store.

mod amend;
mod config;
mod cookies;
mod csrf;
mod device;
mod devices;
mod epoch;
mod id;
pub(crate) mod management;
mod record;
pub(crate) mod routes;
mod service;

pub use self::config::SessionConfig;
pub(crate) use self::cookies::SessionCookies;
pub(crate) use self::csrf::CsrfGuard;
pub use self::device::Device;
pub use self::devices::SessionInfo;
pub(crate) use self::devices::as_rfc3339;
pub(crate) use self::id::Presented;
use self::id::SessionId;
pub(crate) use self::service::LiveSession;
pub use self::service::{Issued, NewSession, Sessions};

use std::sync::Arc;

use http::request::Parts;

use super::{Authentication, Refusal, Transport, counts_for, holder};
use crate::error::Rejection;
use crate::event::{Events, SecurityEvent};
use crate::http::Clients;
use crate::principal::{Principal, Session, TransportName};
use crate::store::{Holders, StoreError, UserStore};
use crate::user::AuthUser;

/// Authenticates requests by their session cookie.
#[derive(Debug, Clone)]
pub(crate) struct SessionTransport {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
    pub(crate) events: Events,
    pub(crate) clients: Arc<Clients>,
}

impl SessionTransport {
    /// The session id that a request presents.
    fn id_of(&self, request: &Parts) -> Result<Option<SessionId>, Refusal> {
        match self.cookies.presented(&request.headers, &self.sessions) {
            None | Some(Presented::Foreign) => Ok(None),
            Some(Presented::Genuine(id)) => Ok(Some(id)),
            Some(Presented::Forged) => {
                self.emit(request, SecurityEvent::SessionForged);
                let refusal = Refusal::from(Rejection::NotAuthenticated);
                Err(self.cookies.cleared().into_iter().fold(refusal, Refusal::and_clear))
            }
        }
    }

    /// The session that a request presents, if it is alive.
    pub(crate) async fn presented(&self, request: &Parts) -> Result<Option<LiveSession>, Refusal> {
        match self.id_of(request)? {
            Some(id) => Ok(self.sessions.find(id).await?),
            None => Ok(None),
        }
    }

    /// Checks that a request with a live session comes from the application's own pages.
    pub(crate) fn check_csrf(
        &self,
        request: &Parts,
        session: &LiveSession,
    ) -> Result<(), Rejection> {
        self.csrf.check(request, &self.sessions, session).map_err(|reason| {
            let (user, session) = session.names();
            self.emit(request, SecurityEvent::CsrfRefused { user, session, reason });
            reason.into()
        })
    }

    /// The user of a session, while the session counts for that user.
    async fn user_of<U: AuthUser>(
        &self,
        session: &LiveSession,
        users: &dyn UserStore<U>,
    ) -> Result<Option<U>, StoreError> {
        holder(users, session.user(), session.standing.epoch).await
    }

    /// The principal of a request by its session alone, whatever else the request carries. With
    /// `holders` in one round trip.
    pub(crate) async fn resolve<U: AuthUser>(
        &self,
        request: &Parts,
        users: &dyn UserStore<U>,
        holders: Option<&dyn Holders<U>>,
    ) -> Result<Option<Principal<U>>, Refusal> {
        let Some(id) = self.id_of(request)? else { return Ok(None) };
        let (session, user) = match holders {
            Some(holders) => {
                let found = self.sessions.find_held(id, holders).await?;
                let Some((session, user)) = found else { return Ok(None) };
                self.check_csrf(request, &session)?;
                let user = Some(user).filter(|user| counts_for(user, session.standing.epoch));
                (session, user)
            }
            None => {
                let Some(session) = self.sessions.find(id).await? else { return Ok(None) };
                self.check_csrf(request, &session)?;
                let user = self.user_of(&session, users).await?;
                (session, user)
            }
        };
        let Some(user) = user else { return Ok(None) };
        self.sessions.touch(&session).await;
        let is_elevated = session.is_elevated();
        let principal = Principal::authenticated::<Session>(user).in_session(session.handle());
        Ok(Some(if is_elevated { principal.elevated() } else { principal }))
    }

    pub(crate) fn emit(&self, request: &Parts, event: SecurityEvent) {
        let client = self.clients.of(request);
        self.events.emit(client.bucket().as_deref(), event);
    }
}

/// The session transport over the users of an application.
pub(crate) struct SessionHolders<U: AuthUser> {
    pub(crate) transport: SessionTransport,
    /// Where a session and its user are found at once, if they are in one place.
    pub(crate) holders: Option<Arc<dyn Holders<U>>>,
}

impl<U: AuthUser> Transport<U> for SessionHolders<U> {
    fn name(&self) -> &'static str {
        Session::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(self.transport.resolve(request, users, self.holders.as_deref()))
    }
}
