//! The session transport: a cookie, and a record in the state store.

mod amend;
mod config;
mod cookies;
mod counting;
mod csrf;
mod csrf_field;
mod device;
mod devices;
mod error;
mod id;
mod issued;
mod live;
mod mask;
mod record;
mod rejection;
mod renewed_session;
mod rotation;
mod service;
mod shown;
#[cfg(feature = "user-agent")]
mod user_agent;
mod vouching;

pub use self::config::SessionConfig;
pub(crate) use self::cookies::{DEVICE_LIFE, SessionCookies};
pub(crate) use self::counting::Counts;
pub(crate) use self::csrf::{CSRF_HEADER, CsrfGuard};
pub use self::csrf_field::CsrfField;
pub(crate) use self::csrf_field::{CSRF_FIELD, FormRead};
pub use self::device::Device;
pub use self::devices::SessionInfo;
pub(crate) use self::devices::{as_rfc3339, is_handle};
pub(crate) use self::error::SessionError;
pub(crate) use self::id::SessionId;
pub(crate) use self::issued::Issued;
pub(crate) use self::live::LiveSession;
pub use self::renewed_session::RenewedSession;
pub(crate) use self::rotation::Succession;
pub use self::service::Sessions;
use self::shown::Ids;

use std::sync::Arc;

use http::request::Parts;

use super::{Authentication, Owners, Transport};
use crate::error::{Rejection, RejectionKind};
use crate::event::{CsrfFailure, Events, SecurityEvent};
use crate::http::Clients;
use crate::principal::{Principal, Session, TransportName};
use crate::store::{StoreError, UserStore};
use crate::user::{AuthUser, StoredUser};

/// Authenticates requests by their session cookie.
pub(crate) struct SessionTransport<U: AuthUser> {
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) cookies: Arc<SessionCookies>,
    pub(crate) csrf: Arc<CsrfGuard>,
    pub(crate) events: Events,
    pub(crate) clients: Arc<Clients>,
    pub(crate) owners: Arc<Owners<U>>,
}

impl<U: AuthUser> SessionTransport<U> {
    /// The sessions of a request that count. A forged one is told, and is no more than none.
    pub(crate) async fn find(&self, request: &Parts) -> Result<Found<U>, StoreError> {
        let shown = self.sessions.shown(self.cookies.sessions(&request.headers));
        if shown.has_forged {
            self.emit(request, SecurityEvent::SessionForged);
        }
        let ids = match shown.ids {
            Ids::Nothing => return Ok(Found::Nothing),
            Ids::Foreign => return Ok(Found::Dead),
            Ids::TooMany => return Ok(Found::TooMany),
            Ids::One(id) => {
                return Ok(self.alive(id).await?.map_or(Found::Dead, Found::One));
            }
            Ids::Several(ids) => ids,
        };
        let (shown, mut alive) = (ids.len(), Vec::new());
        for id in ids {
            alive.extend(self.alive(id).await?);
        }
        tracing::debug!(shown, alive = alive.len(), "a request shows several sessions");
        Ok(match alive.pop() {
            None => Found::Dead,
            Some(held) if alive.is_empty() => Found::One(held),
            Some(last) => {
                alive.push(last);
                Found::Several(alive)
            }
        })
    }

    /// The session of an id and its user, while it counts for that user.
    async fn alive(&self, id: SessionId) -> Result<Option<HeldSession<U>>, StoreError> {
        let key = self.sessions.key(id.handle());
        let read = |stored| self.sessions.alive(id, stored);
        let found = self.owners.stores().find_with_user(&key, read, |it| it.user()).await?;
        let Some((session, user)) = found else {
            Box::pin(self.owners.met_nobody(&key, record::user_of)).await?;
            return Ok(None);
        };
        let user = Arc::new(user);
        let Some(counts) = self.sessions.counts_for(&session, &*user).await? else {
            return Ok(None);
        };
        Ok(self.owners.may_use(&user).await.then_some(HeldSession { session, user, counts }))
    }

    /// The one session that a request shows and that counts; `None` where it shows none.
    ///
    /// # Errors
    ///
    /// Refusals that are [`or_anonymous`](Rejection::or_anonymous), but for a store that fails.
    pub(crate) async fn the_one(
        &self,
        request: &Parts,
    ) -> Result<Option<HeldSession<U>>, Rejection> {
        match self.find(request).await? {
            Found::Nothing => Ok(None),
            Found::One(held) => Ok(Some(held)),
            Found::Dead => {
                let refusal = Rejection::from(RejectionKind::NotAuthenticated);
                let cleared =
                    self.cookies.cleared().into_iter().fold(refusal, Rejection::and_clear);
                Err(cleared.or_anonymous())
            }
            // Taking the application's own cookie away would leave the other one, which may be
            // that of whoever planted it, as the one that counts.
            Found::Several(sessions) => {
                for HeldSession { session, .. } in &sessions {
                    let (user, session) = session.names();
                    self.emit(request, SecurityEvent::SessionAmbiguous { user, session });
                }
                Err(Rejection::from(RejectionKind::SeveralSignIns).or_anonymous())
            }
            Found::TooMany => Err(Rejection::from(RejectionKind::TooManySignIns).or_anonymous()),
        }
    }

    /// Checks that a request with a live session comes from the application's own pages.
    pub(crate) fn check_csrf(
        &self,
        request: &Parts,
        session: &LiveSession,
    ) -> Result<(), Rejection> {
        self.own_page(request, session).map_err(|reason| {
            let (user, session) = session.names();
            self.emit(request, SecurityEvent::CsrfRefused { user, session, reason });
            reason.into()
        })
    }

    fn own_page(&self, request: &Parts, session: &LiveSession) -> Result<(), CsrfFailure> {
        match self.csrf.token_to_check(request)? {
            Some(token) if !self.sessions.csrf_matches(session, token) => {
                Err(CsrfFailure::WrongToken)
            }
            _ => Ok(()),
        }
    }

    /// As [`check_csrf`](Self::check_csrf), where several sessions are live and all of them are to
    /// end: the token of any of them shows that the page is the application's own.
    pub(crate) fn check_csrf_of_any(
        &self,
        request: &Parts,
        sessions: &[HeldSession<U>],
    ) -> Result<(), Rejection> {
        let passes = |held: &&HeldSession<U>| self.own_page(request, &held.session).is_ok();
        match sessions.iter().find(passes).or(sessions.first()) {
            Some(held) => self.check_csrf(request, &held.session),
            None => Ok(()),
        }
    }

    /// The principal of a request by its session alone, whatever else the request carries.
    pub(crate) async fn resolve(&self, request: &Parts) -> Result<Option<Principal<U>>, Rejection> {
        let held = self.the_one(request).await?;
        let Some(HeldSession { session, user, counts }) = held else { return Ok(None) };
        self.check_csrf(request, &session)?;
        let principal = Principal::authenticated::<Session>(user)
            .proved_by(session.proofs(), session.found_at());
        Ok(Some(match counts {
            Counts::AsItself(now) => {
                self.sessions.touch(&session, now).await;
                let is_elevated = session.is_elevated();
                let principal = principal.in_session(session.handle());
                if is_elevated { principal.elevated() } else { principal }
            }
            Counts::AsSuccessor(handle) => principal.in_session(handle),
        }))
    }

    pub(crate) fn emit(&self, request: &Parts, event: SecurityEvent) {
        self.events.emit(self.clients.info(request), event);
    }
}

/// The sessions of a request.
pub(crate) enum Found<U> {
    /// It shows none.
    Nothing,
    /// What it shows has ended, or was never issued here.
    Dead,
    /// The one that counts.
    One(HeldSession<U>),
    /// More than one counts, and nothing tells which is meant.
    Several(Vec<HeldSession<U>>),
    /// More than are looked up.
    TooMany,
}

/// A session that counts, and whose it is.
pub(crate) struct HeldSession<U> {
    pub(crate) session: Box<LiveSession>,
    pub(crate) user: Arc<StoredUser<U>>,
    pub(crate) counts: Counts,
}

impl<U: AuthUser> Transport<U> for SessionTransport<U> {
    fn name(&self) -> &'static str {
        Session::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a Parts,
        _: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(self.resolve(request))
    }
}
