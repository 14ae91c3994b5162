//! The flows, without HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use super::account::Accounts;
use super::config::Checked;
use super::pending::{PendingFlows, Taken};
use super::{Browser, FormFields, OAuthError, Refusal};
use crate::core::{Core, NewAccounts};
use crate::error::RejectionKind;
use crate::hooks::HookContext;
use crate::onetime::RedirectTargets;
use crate::providers::{Fault, Flow, Grant, Http, Profile, Provider};
use crate::user::{AuthUser, StoredUser};

/// How long all calls of one callback may take.
const CALLS: Duration = Duration::from_secs(10);
/// How many callbacks may be at one provider.
const AT_ONCE: usize = 32;

/// Signs users in by providers, without HTTP.
pub struct OAuthService<U: AuthUser> {
    providers: BTreeMap<String, Entry>,
    http: Http,
    base: String,
    path: String,
    targets: RedirectTargets,
    pending: PendingFlows,
    accounts: Accounts<U>,
}

struct Entry {
    provider: Arc<dyn Provider>,
    places: Semaphore,
}

/// What a flow begins with.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Begin {
    /// Where the client asks to be sent afterwards. What is not allowed is dropped.
    pub redirect_to: Option<String>,
    /// The browser, if it has shown itself before.
    pub browser: Option<Browser>,
}

/// A flow that has begun.
#[derive(Debug)]
#[non_exhaustive]
pub struct Begun {
    /// Where the browser is to go.
    pub url: String,
    /// What the browser is to bring back.
    pub browser: Browser,
}

/// What a browser has brought back from a provider.
#[derive(Clone, Copy, Default)]
pub struct Callback<'a> {
    /// The state.
    pub state: Option<&'a str>,
    /// The code.
    pub code: Option<&'a str>,
    /// The issuer (RFC 9207).
    pub iss: Option<&'a str>,
    /// The error in the place of a code.
    pub error: Option<&'a str>,
}

impl fmt::Debug for Callback<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Callback(..)")
    }
}

/// A flow that has come to its end. It is no session yet:
/// [`CrudAuth::sign_in`](crate::CrudAuth::sign_in) begins one.
#[derive(Debug)]
#[non_exhaustive]
pub struct Completed<U: AuthUser> {
    /// Whose identity it is.
    pub user: Arc<StoredUser<U>>,
    /// What became of the identity.
    pub outcome: Outcome,
    /// Where the client asked to be sent.
    pub redirect_to: Option<String>,
    /// Who it is to the provider.
    pub profile: Profile,
}

/// What a flow did with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The identity was that of the user already.
    SignedIn,
    /// The user is new.
    Created,
    /// The identity was linked to the account that has its address.
    Linked,
    /// The account with the address had never proved it: it was taken from whoever made it.
    Claimed,
}

impl<U: AuthUser> OAuthService<U> {
    pub(crate) fn new(
        core: &Arc<Core<U>>,
        (config, form): (Checked, FormFields<U>),
        path: &str,
        new_accounts: Arc<dyn NewAccounts<U>>,
    ) -> Self {
        let Checked { base, targets, link_by_email, sign_up, providers, http, .. } = config;
        let providers = providers
            .into_iter()
            .map(|(name, provider)| (name, Entry { provider, places: Semaphore::new(AT_ONCE) }));
        Self {
            providers: providers.collect(),
            http,
            base,
            path: path.to_owned(),
            targets,
            pending: PendingFlows::new(&core.stores.state, &core.key),
            accounts: Accounts {
                core: Arc::clone(core),
                new_accounts,
                link_by_email,
                sign_up,
                form,
            },
        }
    }

    /// Begins a flow at the provider `name`.
    ///
    /// # Errors
    ///
    /// Where there is no such provider, or it does not say where browsers are to be sent.
    pub async fn begin(&self, name: &str, options: Begin) -> Result<Begun, OAuthError> {
        let Entry { provider, .. } = self.entry(name)?;
        let browser = match options.browser {
            Some(browser) => browser,
            None => Browser::new()?,
        };
        let flow = Flow::new(self.redirect_uri(name))?;
        let url = provider.authorize_url(&self.http, &flow).await?;
        let target = options.redirect_to.filter(|target| self.targets.allow(target));
        self.pending.keep(name, &flow, &browser, target).await?;
        Ok(Begun { url, browser })
    }

    /// Ends a flow at the provider `name`, that of `browser`.
    ///
    /// # Errors
    ///
    /// Where it is no sign-in, by one of the [refusals](Refusal).
    pub async fn complete(
        &self,
        name: &str,
        callback: Callback<'_>,
        browser: Option<&Browser>,
        context: &HookContext,
    ) -> Result<Completed<U>, OAuthError> {
        let Entry { provider, places } = self.entry(name)?;
        let state = callback.state.ok_or(Refusal::Failed)?;
        let taken = self.pending.take(name, state, browser, self.redirect_uri(name)).await?;
        let Taken { flow, target } = taken.ok_or(Refusal::InvalidState)?;
        let code = callback.code.filter(|_| callback.error.is_none()).ok_or(Refusal::Failed)?;
        let profile = {
            let busy = || RejectionKind::Unavailable { retry_after: CALLS };
            let place = places.try_acquire().map_err(|_| OAuthError::Failed(busy().into()))?;
            let grant = Grant { code, iss: callback.iss };
            let asked = timeout(CALLS, provider.profile(&self.http, grant, &flow)).await;
            drop(place);
            asked
                .map_err(|_| Fault::Unreachable)
                .map_err(crate::providers::ProviderError::from)??
        };
        let (user, outcome) = self.accounts.resolve(name, &profile, context).await?;
        let redirect_to = target.filter(|target| self.targets.allow(target));
        Ok(Completed { user, outcome, redirect_to, profile })
    }

    /// The names of the providers.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    fn entry(&self, name: &str) -> Result<&Entry, OAuthError> {
        self.providers.get(name).ok_or(OAuthError::UnknownProvider)
    }

    fn redirect_uri(&self, name: &str) -> String {
        format!("{}{}", self.base, self.path.replace("{provider}", name))
    }
}

impl<U: AuthUser> fmt::Debug for OAuthService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthService").field("base", &self.base).finish_non_exhaustive()
    }
}
