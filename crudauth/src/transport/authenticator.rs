use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use http::request::Parts;

use super::{Refusal, Transport};
use crate::error::Rejection;
use crate::principal::Principal;
use crate::store::UserStore;
use crate::user::AuthUser;

/// Resolves a request to its principal, over all mounted transports.
pub struct Authenticator<U: AuthUser> {
    transports: Vec<Box<dyn Transport<U>>>,
    users: Arc<dyn UserStore<U>>,
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
    /// An authenticator that asks `transports` in their order.
    #[must_use]
    pub fn new(transports: Vec<Box<dyn Transport<U>>>, users: Arc<dyn UserStore<U>>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { transports, users, number: NEXT.fetch_add(1, Ordering::Relaxed) }
    }

    /// The principal of a request; `None` if it is anonymous.
    ///
    /// # Errors
    ///
    /// Where a credential was tampered with, a session changes something without its CSRF token,
    /// or the store fails.
    pub async fn authenticate(&self, request: &Parts) -> Result<Option<Principal<U>>, Refusal> {
        if let Some(known) = request.extensions.get::<Known<U>>()
            && known.by == self.number
        {
            return Ok(Some(known.principal.clone()));
        }
        for transport in &self.transports {
            if let Some(principal) = transport.authenticate(request, &*self.users).await? {
                return Ok(Some(principal));
            }
        }
        Ok(None)
    }

    /// The principal of a request that may not be anonymous.
    ///
    /// # Errors
    ///
    /// As [`authenticate`](Self::authenticate), and 401 for an anonymous request.
    pub async fn require(&self, request: &Parts) -> Result<Principal<U>, Refusal> {
        let principal = self.authenticate(request).await?;
        principal.ok_or_else(|| Rejection::NotAuthenticated.into())
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
