//! Which tenant a request is for, by the application's word.

use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use crate::http::TenantName;
use crate::user::{AuthUser, TenantId};

/// What [`Builder::tenant`](crate::Builder::tenant) was given.
pub(crate) type TenantOf<T> = Arc<dyn Fn(&Parts) -> Option<T> + Send + Sync>;

/// Says which tenant a request is for. Without the application's word that is none, but where users
/// are of no tenants.
pub(crate) struct Tenants<U: AuthUser> {
    of: Option<TenantOf<U::Tenant>>,
}

impl<U: AuthUser> Tenants<U> {
    pub(crate) fn new(of: Option<TenantOf<U::Tenant>>) -> Self {
        Self { of }
    }

    /// The tenant; `None` where the request names none that there is.
    pub(crate) fn of(&self, request: &Parts) -> Option<U::Tenant> {
        U::Tenant::only().or_else(|| self.of.as_ref()?(request))
    }

    /// The tenant as the circumstances of a request have it: `None` also where there are no tenants.
    pub(crate) fn named(&self, request: &Parts) -> Option<String> {
        Some(self.of.as_ref()?(request)?.to_string())
    }

    /// Notes the tenant for all that the routes do; nothing where there are no tenants.
    pub(crate) fn note(&self, request: &mut Parts) {
        if self.of.is_some() {
            let named = TenantName(self.named(request));
            request.extensions.insert(named);
        }
    }

    /// Whether the request is for the tenant of `user`.
    pub(crate) fn are_of(&self, request: &Parts, user: &U) -> bool {
        U::Tenant::only().is_some() || self.of(request).is_some_and(|it| it == *user.tenant())
    }
}

impl<U: AuthUser> Clone for Tenants<U> {
    fn clone(&self) -> Self {
        Self { of: self.of.clone() }
    }
}

impl<U: AuthUser> fmt::Debug for Tenants<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants").field("are_told", &self.of.is_some()).finish()
    }
}
