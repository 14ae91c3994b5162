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
pub(crate) use self::service::LiveSession;
pub use self::service::{Issued, NewSession, Sessions};

use std::sync::Arc;

use http::request::Parts;

use super::{Authentication, Refusal, Transport, holder};
use crate::error::Rejection;
use crate::event::{Events, SecurityEvent};
use crate::http::TrustedProxies;
use crate::principal::{Principal, Session, TransportName};
use crate::store::{StoreError, UserStore};
use crate::user::AuthUser;

/// Authenticates requests by their session cookie.
#[derive(Debug, Clone)]
pub(crate) struct SessionTransport {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
    pub(crate) events: Events,
    pub(crate) proxies: Arc<TrustedProxies>,
}

impl SessionTransport {
    /// The session that a request presents, if it is alive.
    pub(crate) async fn presented(&self, request: &Parts) -> Result<Option<LiveSession>, Refusal> {
        let id = match self.cookies.presented(&request.headers, &self.sessions) {
            None | Some(Presented::Foreign) => return Ok(None),
            Some(Presented::Forged) => {
                self.emit(request, SecurityEvent::SessionForged);
                let refusal = Refusal::from(Rejection::NotAuthenticated);
                return Err(self.cookies.cleared().into_iter().fold(refusal, Refusal::and_clear));
            }
            Some(Presented::Genuine(id)) => id,
        };
        Ok(self.sessions.find(id).await?)
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
        holder(users, &session.record.user, session.record.epoch).await
    }

    /// The principal of a request by its session alone, whatever else the request carries.
    pub(crate) async fn resolve<U: AuthUser>(
        &self,
        request: &Parts,
        users: &dyn UserStore<U>,
    ) -> Result<Option<Principal<U>>, Refusal> {
        let Some(session) = self.presented(request).await? else { return Ok(None) };
        self.check_csrf(request, &session)?;
        let Some(user) = self.user_of(&session, users).await? else { return Ok(None) };
        self.sessions.touch(&session).await;
        let mut principal = Principal::authenticated::<Session>(user).in_session(session.handle());
        if session.is_elevated() {
            principal = principal.elevated();
        }
        Ok(Some(principal))
    }

    pub(crate) fn emit(&self, request: &Parts, event: SecurityEvent) {
        let client = self.proxies.client(request);
        self.events.emit(Some(&client.bucket()), event);
    }
}

impl<U: AuthUser> Transport<U> for SessionTransport {
    fn name(&self) -> &'static str {
        Session::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(self.resolve(request, users))
    }
}
