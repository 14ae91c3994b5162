use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use http::request::Parts;

use crate::event::{LogSafe, RequestInfo, request_id, user_agent};
use crate::http::ClientAddress;
use crate::http::TenantName;
#[cfg(feature = "oauth")]
use crate::providers::Profile;
use crate::rate_limit::networks;
use crate::user::{AuthUser, StoredUser, TenantId, UnknownTenant};

/// Under which circumstances an event happened. Everything is `None` where a service was called
/// without HTTP.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HookContext {
    /// The client's address.
    pub address: Option<IpAddr>,
    /// The client's `User-Agent`, to 256 characters.
    pub user_agent: Option<String>,
    /// The `X-Request-Id`; see [`RequestInfo::request_id`].
    pub request_id: Option<String>,
    /// The transport: of the credential that was issued, or that the request carried.
    pub transport: Option<&'static str>,
    /// The public handle of the session, where there is one.
    pub session: Option<String>,
    /// The tenant that the request is for, as text, where users are of tenants.
    pub tenant: Option<String>,
}

impl HookContext {
    /// The circumstances of a request.
    #[must_use]
    pub fn from_parts(request: &Parts) -> Self {
        Self {
            address: ClientAddress::of(&request.extensions).ip(),
            user_agent: user_agent(&request.headers).map(str::to_owned),
            request_id: request_id(&request.headers).map(str::to_owned),
            transport: None,
            session: None,
            tenant: TenantName::of(&request.extensions),
        }
    }

    /// The address as security events and rate limits have it: an IPv6 one as its /64.
    pub(crate) fn bucket(&self) -> Option<String> {
        self.address.and_then(|address| ClientAddress::from(address).bucket())
    }

    /// The networks that guesses from there are counted for, the narrowest first.
    pub(crate) fn networks(&self) -> Vec<String> {
        self.bucket().as_deref().map(networks).unwrap_or_default()
    }

    /// With the tenant that is meant: for a service that is called without HTTP.
    #[must_use]
    pub fn within(mut self, tenant: &impl TenantId) -> Self {
        self.tenant = Some(tenant.to_string());
        self
    }

    /// The tenant that is meant.
    ///
    /// # Errors
    ///
    /// Where none is named, or it is none.
    pub(crate) fn tenant<T: TenantId>(&self) -> Result<T, UnknownTenant> {
        let named = || self.tenant.as_deref()?.parse().ok();
        T::only().or_else(named).ok_or(UnknownTenant)
    }

    /// Whether `user` is of the tenant that is meant.
    pub(crate) fn is_for<U: AuthUser>(&self, user: &U) -> bool {
        self.tenant::<U::Tenant>().is_ok_and(|tenant| tenant == *user.tenant())
    }

    /// A name or an address as it is counted: by itself in each tenant.
    pub(crate) fn counted<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match &self.tenant {
            Some(tenant) => format!("{}\0{tenant}\0{name}", tenant.len()).into(),
            None => name.into(),
        }
    }

    /// With the transport that carried or will carry the credential.
    #[must_use]
    pub fn via(mut self, transport: &'static str) -> Self {
        self.transport = Some(transport);
        self
    }

    /// With the public handle of the session.
    #[must_use]
    pub fn in_session(mut self, handle: impl Into<String>) -> Self {
        self.session = Some(handle.into());
        self
    }
}

impl From<&HookContext> for RequestInfo {
    fn from(context: &HookContext) -> Self {
        let mut request = Self::NONE;
        request.address = context.bucket().as_deref().map(LogSafe::new);
        request.user_agent = context.user_agent.as_deref().map(LogSafe::new);
        request.request_id = context.request_id.as_deref().map(LogSafe::new);
        request
    }
}

/// The user that an event is about: it derefs to the application's struct.
///
/// Its `Debug` form shows the id alone, whatever that of the struct shows.
pub struct HookUser<U>(Arc<StoredUser<U>>);

impl<U> HookUser<U> {
    pub(crate) fn new(user: impl Into<Arc<StoredUser<U>>>) -> Self {
        Self(user.into())
    }
}

impl<U> Deref for HookUser<U> {
    type Target = StoredUser<U>;

    fn deref(&self) -> &StoredUser<U> {
        &self.0
    }
}

impl<U> Clone for HookUser<U> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<U: AuthUser> fmt::Debug for HookUser<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HookUser").field("id", &format_args!("{}", self.0.id())).finish()
    }
}

/// A login that was refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct FailedLogin<U: AuthUser> {
    /// The name as the client sent it. It may be a password that was typed into the wrong field:
    /// think before you log it.
    pub name: String,
    /// The user of that name, if there is one.
    pub user: Option<HookUser<U>>,
    /// The reason, which the client does not learn.
    pub reason: LoginFailure,
}

/// Why a login was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum LoginFailure {
    /// There is no such user, or the password is wrong.
    InvalidCredentials,
    /// The password is right, and the account may not sign in.
    Inactive,
    /// The password is right, and the account has a second factor, which the application does not ask
    /// for ([`Builder::mfa`](crate::Builder::mfa)).
    SecondFactor,
}

/// A login that the lockout refused.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct LockedOutLogin {
    /// The name as the client sent it.
    pub name: String,
    /// How long the lock lasts.
    pub retry_after: Duration,
}

/// A sign-in by a provider that has led to an account.
#[cfg(feature = "oauth")]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct OAuthLogin<U: AuthUser> {
    /// The user.
    pub user: HookUser<U>,
    /// The name of the provider.
    pub provider: String,
    /// What the provider says.
    pub profile: Profile,
    /// Whether the account was made just now.
    pub is_new: bool,
    /// Whether the owner of the address took the account over from the person who had made it without
    /// proving the address. The application clears what that person has written into it. The hook runs in a task of its own
    /// afterwards, so the user may already be in by then; the event
    /// [`OAuthAccountClaimed`](crate::SecurityEvent::OAuthAccountClaimed) tells of each claim, too.
    pub claimed: bool,
}

#[cfg(feature = "oauth")]
impl<U: AuthUser> OAuthLogin<U> {
    pub(crate) fn new(
        user: HookUser<U>,
        (provider, profile): (&str, &Profile),
        (is_new, claimed): (bool, bool),
    ) -> Self {
        let (provider, profile) = (provider.to_owned(), profile.clone());
        Self { user, provider, profile, is_new, claimed }
    }
}

/// A before-hook says no. Over HTTP: 403 with the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Veto {
    text: Cow<'static, str>,
}

impl Veto {
    /// A veto with the text that the client is shown.
    #[must_use]
    pub fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self { text: text.into() }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

impl From<Veto> for crate::error::Rejection {
    fn from(veto: Veto) -> Self {
        Self::forbidden(veto.text)
    }
}

impl<U: AuthUser> FailedLogin<U> {
    pub(crate) fn new(name: String, user: Option<HookUser<U>>, reason: LoginFailure) -> Self {
        Self { name, user, reason }
    }
}

impl LockedOutLogin {
    pub(crate) fn new(name: String, retry_after: Duration) -> Self {
        Self { name, retry_after }
    }
}
