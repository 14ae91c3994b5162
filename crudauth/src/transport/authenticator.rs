use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::HeaderValue;
use http::request::Parts;

use super::dead_cookies::DeadCookies;
use super::{Tenants, Transport};
use crate::error::{Rejection, RejectionKind};
use crate::event::{Events, LogSafe, SecurityEvent};
use crate::hooks::HookContext;
use crate::http::AnswerNotes;
use crate::principal::{Gate, ManageAccount, Principal};
use crate::store::UserStore;
use crate::user::AuthUser;

/// Resolves a request to its principal, over all mounted transports.
pub struct Authenticator<U: AuthUser> {
    transports: Vec<Box<dyn Transport<U>>>,
    users: Arc<dyn UserStore<U>>,
    tenants: Tenants<U>,
    number: u64,
}

/// The principal of a request, as one authenticator has already found it.
struct Known<U: AuthUser> {
    by: u64,
    principal: Principal<U>,
}

impl<U: AuthUser> Clone for Known<U> {
    fn clone(&self) -> Self {
        Self { by: self.by, principal: self.principal.clone() }
    }
}

impl<U: AuthUser> Authenticator<U> {
    /// An authenticator that asks `transports` in their order. Where users are of tenants, it finds
    /// nobody: [`CrudAuth::authenticator`](crate::CrudAuth::authenticator) knows which a request is for.
    #[must_use]
    pub fn new(transports: Vec<Box<dyn Transport<U>>>, users: Arc<dyn UserStore<U>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let tenants = Tenants::new(None);
        Self { transports, users, tenants, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The same, which is told which tenant a request is for.
    pub(crate) fn of_tenants(self, tenants: Tenants<U>) -> Self {
        Self { tenants, ..self }
    }

    /// The principal of a request; `None` if it is anonymous. So is one whose session has ended or
    /// was never issued here.
    ///
    /// Where the request came through [`CrudAuth::wrap`](crate::CrudAuth::wrap) or another layer
    /// of crudauth's, the answer to a request of somebody is kept from caches.
    ///
    /// # Errors
    ///
    /// Where a token was tampered with, a session changes something without its CSRF token, or the
    /// store fails.
    pub async fn authenticate(&self, request: &Parts) -> Result<Option<Principal<U>>, Rejection> {
        self.authenticate_via(request, |_| true).await
    }

    /// As [`authenticate`](Self::authenticate), by those transports alone whose name `asks`
    /// accepts: what the others would say counts neither for the request nor against it.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate).
    pub async fn authenticate_via(
        &self,
        request: &Parts,
        asks: impl Fn(&str) -> bool + Send,
    ) -> Result<Option<Principal<U>>, Rejection> {
        self.ask(request, asks).await.map(Result::ok)
    }

    /// As [`authenticate`](Self::authenticate), and never by what was found before: whether a
    /// connection that stays open, a WebSocket or an event stream, is still that of somebody.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate).
    pub async fn authenticate_again(
        &self,
        request: &Parts,
    ) -> Result<Option<Principal<U>>, Rejection> {
        self.look(request, |_| true).await.map(Result::ok)
    }

    /// The principal of a request, or why it has none.
    async fn ask(
        &self,
        request: &Parts,
        asks: impl Fn(&str) -> bool + Send,
    ) -> Result<Result<Principal<U>, Rejection>, Rejection> {
        if let Some(known) = request.extensions.get::<Known<U>>()
            && known.by == self.number
            && asks(known.principal.via())
        {
            return Ok(Ok(known.principal.clone()));
        }
        let found = self.look(request, asks).await?;
        if found.is_ok()
            && let Some(notes) = AnswerNotes::of(&request.extensions)
        {
            notes.keep_private();
        }
        Ok(found)
    }

    async fn look(
        &self,
        request: &Parts,
        asks: impl Fn(&str) -> bool + Send,
    ) -> Result<Result<Principal<U>, Rejection>, Rejection> {
        let mut dead = None;
        for transport in self.transports.iter().filter(|transport| asks(transport.name())) {
            match transport.authenticate(request, &*self.users).await {
                Ok(Some(principal)) if self.tenants.are_of(request, &principal.user) => {
                    return Ok(Ok(principal));
                }
                // Whose it is has nothing to do with this tenant.
                Ok(Some(_)) => {}
                Ok(None) => {}
                Err(refusal) if refusal.allows_anonymous() => {
                    DeadCookies::note(request, refusal.cookies());
                    dead.get_or_insert(refusal);
                }
                Err(refusal) => return Err(self.challenging(refusal)),
            }
        }
        let refusal = dead.unwrap_or_else(|| RejectionKind::NotAuthenticated.into());
        Ok(Err(self.challenging(refusal)))
    }

    /// The principal of a request that may not be anonymous.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), and 401 for an anonymous request; where its session
    /// has ended, that takes the cookies away.
    pub async fn require(&self, request: &Parts) -> Result<Principal<U>, Rejection> {
        self.require_via(request, |_| true).await
    }

    /// As [`require`](Self::require), by those transports alone whose name `asks` accepts.
    ///
    /// # Errors
    ///
    /// As [`require`](Self::require).
    pub async fn require_via(
        &self,
        request: &Parts,
        asks: impl Fn(&str) -> bool + Send,
    ) -> Result<Principal<U>, Rejection> {
        self.ask(request, asks).await?
    }

    /// As [`require`](Self::require), for a route of crudauth's that changes the account itself:
    /// what may not is refused with 403, and told to `events`.
    pub(crate) async fn require_manager(
        &self,
        request: &Parts,
        events: &Events,
    ) -> Result<Principal<U>, Rejection> {
        let principal = self.require(request).await?;
        if let Err(denied) = ManageAccount::check(&principal).await {
            let gate = std::any::type_name::<ManageAccount>();
            let (user, via) = (LogSafe::from_display(principal.id()), principal.via());
            events.emit(
                &HookContext::from_parts(request),
                SecurityEvent::GateDenied { user, via, gate },
            );
            return Err(denied);
        }
        Ok(principal)
    }

    /// The values of `WWW-Authenticate` for a 401.
    pub(crate) fn challenges(&self) -> Vec<HeaderValue> {
        self.transports.iter().filter_map(|transport| transport.challenge()).collect()
    }

    /// Forgets who was found for a request, so that it is asked anew.
    pub(crate) fn forget(&self, request: &mut Parts) {
        request.extensions.remove::<Known<U>>();
    }

    fn challenging(&self, refusal: Rejection) -> Rejection {
        self.challenges().into_iter().fold(refusal, Rejection::and_challenge)
    }

    /// Remembers the principal of a request, so that it is found once. Another authenticator, of
    /// another surface of the application, does not take this one's word for it.
    pub(crate) fn remember(&self, request: &mut Parts, principal: Principal<U>) {
        request.extensions.insert(Known { by: self.number, principal });
    }
}

impl<U: AuthUser> fmt::Debug for Authenticator<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.transports.iter().map(|transport| transport.name()).collect();
        f.debug_struct("Authenticator").field("transports", &names).finish_non_exhaustive()
    }
}
