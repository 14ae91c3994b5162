use std::fmt;
use std::sync::Arc;

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
}

impl<U: AuthUser> Authenticator<U> {
    /// An authenticator that asks `transports` in their order.
    #[must_use]
    pub fn new(transports: Vec<Box<dyn Transport<U>>>, users: Arc<dyn UserStore<U>>) -> Self {
        Self { transports, users }
    }

    /// The principal of a request; `None` if it is anonymous.
    ///
    /// # Errors
    ///
    /// Where a credential was tampered with, a session changes something without its CSRF token,
    /// or the store fails.
    pub async fn authenticate(&self, request: &Parts) -> Result<Option<Principal<U>>, Refusal> {
        if let Some(known) = request.extensions.get::<Principal<U>>() {
            return Ok(Some(known.clone()));
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
}

impl<U: AuthUser> fmt::Debug for Authenticator<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.transports.iter().map(|transport| transport.name()).collect();
        f.debug_struct("Authenticator").field("transports", &names).finish_non_exhaustive()
    }
}
