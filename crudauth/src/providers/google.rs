//! Google.

use std::fmt;
use std::sync::Arc;

use super::{
    Asking, ClientSecret, EmailClaim, Flow, Grant, Http, Oidc, Profile, Provider, ProviderError,
    Tokens,
};
use crate::clock::Clock;
use crate::error::StartupError;

pub(super) const ISSUER: &str = "https://accounts.google.com";

/// Sign-in with Google, as the provider `google`.
///
/// Google vouches for addresses of `gmail.com`, and with [`hosted_domain`](Self::hosted_domain) for those
/// of the organisation. Of any other address it has once sent a mail there, and the address may have
/// another owner now; it counts as not verified, unless [`any_verified_address`](Self::any_verified_address)
/// is said.
///
/// Google does not have users sign in anew who are signed in there, so that it gives no proof of being there
/// ([`Provider::can_ask_anew`]).
///
/// ```
/// use crudauth::oauth::{ClientSecret, Google};
///
/// let google = Google::new("1234.apps.googleusercontent.com", ClientSecret::new("GOCSPX-.."))?;
/// # drop(google);
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct Google {
    oidc: Oidc,
    any_address: bool,
}

impl Google {
    /// The client `id` of the Google Cloud console, with its secret.
    ///
    /// # Errors
    ///
    /// Where the id is empty.
    pub fn new(id: impl Into<String>, secret: ClientSecret) -> Result<Self, StartupError> {
        Self::at(ISSUER, id, secret)
    }

    fn at(issuer: &str, id: impl Into<String>, secret: ClientSecret) -> Result<Self, StartupError> {
        let mut oidc = Oidc::new("google", issuer, id)?.secret(secret);
        oidc.also_issuer = Some("accounts.google.com");
        oidc.has_access_type = true;
        Ok(Self { oidc, any_address: false })
    }

    /// Lets in only the accounts of one organisation: Google is asked for it by `hd`, and the claim is
    /// checked. Default: all accounts.
    #[must_use]
    pub fn hosted_domain(mut self, domain: impl Into<String>) -> Self {
        self.oidc.hosted_domain = Some(domain.into());
        self
    }

    /// What the application asks for, such as `https://www.googleapis.com/auth/calendar.readonly` beside
    /// `email` and `profile`. `openid` is always there. Default: `openid email profile`.
    #[must_use]
    pub fn scopes<'a>(self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        Self { oidc: self.oidc.scopes(scopes), ..self }
    }

    /// Takes Google's word for every address that it calls verified.
    #[must_use]
    pub fn any_verified_address(self) -> Self {
        Self { any_address: true, ..self }
    }

    /// The source of time. Default: that of the application.
    #[must_use]
    pub fn clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { oidc: self.oidc.clock(clock), ..self }
    }

    fn vouches_for(&self, address: &str) -> bool {
        let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
        self.any_address
            || self.oidc.hosted_domain.is_some()
            || domain.eq_ignore_ascii_case("gmail.com")
    }
}

impl Provider for Google {
    fn name(&self) -> &str {
        self.oidc.name()
    }

    fn issuer(&self) -> &str {
        self.oidc.issuer()
    }

    fn check(&self) -> Result<(), StartupError> {
        self.oidc.check()
    }

    fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        self.oidc.authorize_url(http, flow)
    }

    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile> {
        Box::pin(async move {
            let mut profile = self.oidc.profile(http, grant, flow).await?;
            if let EmailClaim::Verified(address) = &profile.email
                && !self.vouches_for(address)
            {
                profile.email = EmailClaim::Unverified(address.clone());
            }
            Ok::<_, ProviderError>(profile)
        })
    }

    fn refresh<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, Tokens> {
        self.oidc.refresh(http, token)
    }

    fn revoke<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, ()> {
        self.oidc.revoke(http, token)
    }
}

impl fmt::Debug for Google {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Google").field(&self.oidc).finish()
    }
}

#[cfg(test)]
mod tests;
