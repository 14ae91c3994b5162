//! The session transport: a cookie, and a record in the state store.

mod config;
mod cookies;
mod csrf;
mod epoch;
mod id;
mod record;
pub(crate) mod routes;
mod service;

pub use self::config::SessionConfig;
pub(crate) use self::cookies::SessionCookies;
pub(crate) use self::csrf::CsrfGuard;
pub(crate) use self::id::Presented;
pub use self::service::{Issued, NewSession, Sessions};

use std::str::FromStr;
use std::sync::Arc;

use http::request::Parts;

use super::{Authentication, Refusal, Transport};
use crate::error::Rejection;
use crate::principal::Principal;
use crate::store::UserStore;
use crate::user::AuthUser;

/// Authenticates requests by their session cookie.
#[derive(Debug)]
pub(crate) struct SessionTransport {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
}

impl SessionTransport {
    const NAME: &'static str = "session";

    async fn resolve<U: AuthUser>(
        &self,
        request: &Parts,
        users: &dyn UserStore<U>,
    ) -> Result<Option<Principal<U>>, Refusal> {
        let id = match self.cookies.presented(&request.headers, &self.sessions) {
            None | Some(Presented::Foreign) => return Ok(None),
            Some(Presented::Forged) => {
                let refusal = Refusal::from(Rejection::NotAuthenticated);
                return Err(self.cookies.cleared().into_iter().fold(refusal, Refusal::and_clear));
            }
            Some(Presented::Genuine(id)) => id,
        };
        let Some(session) = self.sessions.find(id).await? else { return Ok(None) };
        self.csrf.check(request, &self.sessions, &session.id)?;

        let Ok(id) = U::Id::from_str(&session.record.user) else { return Ok(None) };
        let Some(user) = users.find_by_id(&id).await? else { return Ok(None) };
        let fields = user.logical();
        if !fields.may_sign_in() || fields.epoch() != session.record.epoch {
            return Ok(None);
        }
        self.sessions.touch(&session).await;
        let principal = Principal::authenticated(user, Self::NAME);
        Ok(Some(principal.in_session(session.id.handle())))
    }
}

impl<U: AuthUser> Transport<U> for SessionTransport {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(self.resolve(request, users))
    }
}
