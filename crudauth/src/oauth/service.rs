//! The flows, without HTTP.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use http::HeaderMap;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::account::Accounts;
use super::begin::{What, Who};
use super::codes::AppCodes;
use super::config::{Checked, plain_issuer};
use super::cookie::BrowserCookie;
use super::kept_tokens::KeptTokens;
use super::pending::{Holder, PendingFlows, Purpose, Record};
use super::{Begin, Begun, Browser, FormFields, OAuthError, Refusal, ResponseFault, StateFault};
use crate::core::{Core, NewAccounts};
use crate::error::RejectionKind;
use crate::hooks::HookContext;
use crate::onetime::RedirectTargets;
use crate::providers::{Fault, Flow, Grant, Http, Profile, Provider, ProviderError};
use crate::secret::Digester;
use crate::transport::ProviderLogin;
use crate::user::{AuthUser, StoredUser};

/// How long all calls of one callback may take.
pub(super) const CALLS: Duration = Duration::from_secs(10);
/// How many callbacks may be at one provider.
const AT_ONCE: usize = 32;

/// Signs users in by providers, without HTTP.
///
/// A handler of the application's own begins a flow, and answers by [`Begun`], which sends the browser to the provider
/// with a cookie. The flow ends at the route `/callback` of the provider; or in a handler that takes its place, with what
/// comes back. A session is a further call:
///
/// ```
/// use axum::http::request::Parts;
/// use crudauth::login::NewSession;
/// use crudauth::oauth::Callback;
/// use crudauth::{AuthUser, CrudAuth, Rejection, SessionOptions};
///
/// async fn back<U: AuthUser>(
///     auth: &CrudAuth<U>,
///     request: &Parts,
///     (code, state, iss): (&str, &str, Option<&str>),
/// ) -> Result<Option<NewSession<U>>, Rejection> {
///     let Some(oauth) = auth.oauth() else { return Ok(None) };
///     let callback = Callback { code: Some(code), state: Some(state), iss, error: None };
///     let (browser, context) = (oauth.browser(&request.headers), auth.context(request));
///     let completed = oauth.complete("google", callback, browser.as_ref(), &context).await?;
///     Ok(Some(auth.sign_in(completed.user, request, SessionOptions::default()).await?))
/// }
/// # fn ignore<U: AuthUser>() { let _ = back::<U>; }
/// ```
pub struct OAuthService<U: AuthUser> {
    pub(super) core: Arc<Core<U>>,
    providers: BTreeMap<String, Entry>,
    pub(super) http: Http,
    base: String,
    path: String,
    targets: RedirectTargets,
    app_links: Vec<String>,
    pending: PendingFlows,
    cookie: BrowserCookie,
    pub(super) codes: AppCodes,
    pub(super) accounts: Accounts<U>,
    identities: Digester,
    pub(super) kept: Arc<KeptTokens<U>>,
}

struct Entry {
    provider: Arc<dyn Provider>,
    places: Arc<Semaphore>,
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
    /// What sessions remember of it.
    pub(super) login: ProviderLogin,
    /// Whether the provider has asked for two factors, and is trusted in that.
    pub(super) second_factor: bool,
}

impl<U: AuthUser> Completed<U> {
    /// Whether the account was made just now.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.outcome == Outcome::Created
    }
}

/// Without the user, whose row has a hash.
impl<U: AuthUser> fmt::Debug for Completed<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Completed")
            .field("outcome", &self.outcome)
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

/// What a flow did with an identity.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// The identity was that of the user already.
    SignedIn,
    /// The user is new.
    Created,
    /// The identity was linked to the account: that of the user who has begun the flow, or that which has
    /// its address.
    Linked,
    /// The account with the address had never proved it, and its maker has lost it to the owner.
    Claimed,
    /// The user who has begun the flow is there.
    Reauthenticated,
}

/// A flow whose browser is back. Nobody else gets it.
pub(super) struct Returned {
    pub(super) provider: String,
    flow: Flow,
    record: Record,
    /// Its place at the provider.
    _place: Option<OwnedSemaphorePermit>,
}

/// What a browser has brought back.
pub(super) enum Taken {
    /// A code, for a flow.
    WithCode(Returned),
    /// An error, for a flow if its state is that of one.
    WithError(Option<Returned>, ResponseFault),
}

impl Returned {
    pub(super) fn purpose(&self) -> &Purpose {
        &self.record.purpose
    }

    /// Where an app is that waits for the end of the flow.
    pub(super) fn app(&self) -> Option<(&str, &str)> {
        match (&self.record.purpose, &self.record.target) {
            (Purpose::App { challenge }, Some(target)) => Some((challenge, target)),
            _ => None,
        }
    }

    /// The link of that app.
    pub(super) fn link(&self) -> Option<&str> {
        self.app().map(|(_, link)| link)
    }
}

impl<U: AuthUser> OAuthService<U> {
    pub(crate) fn new(
        core: &Arc<Core<U>>,
        (config, form): (Checked, FormFields<U>),
        path: &str,
        new_accounts: Arc<dyn NewAccounts<U>>,
    ) -> Self {
        let Checked { base, targets, app_links, flow_life, .. } = config;
        let Checked { rules, column_issuers, keep, providers, http, .. } = config;
        let issuer = |provider: &dyn Provider| plain_issuer(provider.issuer()).to_owned();
        let issuers = providers.iter().map(|(name, it)| (name.clone(), issuer(&**it)));
        let issuers = issuers.collect();
        let providers = providers.into_iter().map(|(name, provider)| {
            (name, Entry { provider, places: Arc::new(Semaphore::new(AT_ONCE)) })
        });
        Self {
            core: Arc::clone(core),
            providers: providers.collect(),
            kept: Arc::new(KeptTokens::new(core, &http, keep)),
            http,
            base,
            path: path.to_owned(),
            targets,
            app_links,
            pending: PendingFlows::new(&core.stores.state, &core.key, flow_life),
            cookie: BrowserCookie::new(core.cookies.attributes(), (config.json, flow_life)),
            codes: AppCodes::new(&core.stores.state, &core.key),
            accounts: Accounts {
                core: Arc::clone(core),
                new_accounts,
                rules,
                form,
                issuers,
                column_issuers,
            },
            identities: core.key.own_digester("oauth identity"),
        }
    }

    /// The browser that a request is from, if it has shown itself by the cookie that [`Begun`] sets.
    #[must_use]
    pub fn browser(&self, headers: &HeaderMap) -> Option<Browser> {
        self.cookie.find(headers)
    }

    /// Begins a flow at the provider `name`.
    ///
    /// # Errors
    ///
    /// Where there is no such provider, or it does not say where browsers are to be sent. A
    /// [link](Begin::link) needs a session with elevated rights and a proved address, a
    /// [proof](Begin::reauthenticate) a session, and a provider that can have its users sign in anew.
    pub async fn begin(&self, name: &str, begin: Begin<U>) -> Result<Begun, OAuthError> {
        let Entry { provider, .. } = self.entry(name)?;
        let app = self.app_of(&begin).map(str::to_owned);
        let Begin { what, redirect_to, browser, tenant } = begin;
        let now = self.core.clock.now_ms() / 1000;
        let mut flow = Flow::new(self.redirect_uri(name))?.begun_at(now);
        let mut target = redirect_to.filter(|target| self.targets.allow(target));
        let purpose = match what {
            What::SignIn => Purpose::SignIn,
            What::App { challenge } => {
                // A code goes where the app waits for it, and nowhere else.
                target = Some(app.ok_or(ResponseFault::Malformed)?);
                Purpose::App { challenge }
            }
            What::Link(who) => {
                let holder = self.holder(&who)?;
                if !who.is_elevated {
                    return Err(OAuthError::Failed(RejectionKind::SudoRequired.into()));
                }
                // Else a squatter plants an identity of theirs in the account of somebody else's address.
                if who.user.logical().email_verified != Some(true) {
                    return Err(OAuthError::Failed(RejectionKind::NotVerified.into()));
                }
                Purpose::Link(holder)
            }
            What::Reauthenticate(who) => {
                let holder = self.holder(&who)?;
                if !provider.can_ask_anew() {
                    return Err(OAuthError::CannotAskAnew);
                }
                flow = flow.asking_anew(now);
                Purpose::Reauthenticate(holder)
            }
        };
        if self.kept.are_of(name) && flow.asked_anew_at().is_none() {
            flow = flow.keeping_tokens();
        }
        let browser = match browser {
            Some(browser) => browser,
            None => Browser::new()?,
        };
        let url = timeout(CALLS, provider.authorize_url(&self.http, &flow)).await;
        let url = url.map_err(|_| ProviderError::from(Fault::Unreachable))??;
        let record = Record::new((name, provider.issuer()), &flow, purpose, target, tenant);
        self.pending.keep(flow.state(), &browser, &record).await?;
        let cookies = self.cookie.set(&browser);
        Ok(Begun { url, browser, cookies })
    }

    /// A link of an app that is listed as it is. A page of the application is not an app link: an
    /// attacker could begin a flow in a victim's browser, and the page would show the code.
    fn is_app_target(&self, target: &str) -> bool {
        self.app_links.iter().any(|link| link == target)
    }

    /// Where the app is that has asked for a flow.
    pub(super) fn app_of<'a>(&self, begin: &'a Begin<U>) -> Option<&'a str> {
        let target = begin.redirect_to.as_deref().filter(|target| self.is_app_target(target));
        target.filter(|_| matches!(begin.what, What::App { .. }))
    }

    fn holder(&self, who: &Who<U>) -> Result<Holder, OAuthError> {
        let missing = || OAuthError::Failed(RejectionKind::SudoNeedsSession.into());
        Ok(Holder {
            user: who.user.id().to_string(),
            session: who.session.clone().ok_or_else(missing)?,
            stamp: self.core.stamps.of(&who.user),
        })
    }

    /// Ends a flow at the provider `name`, that of `browser`. A flow that a user has begun who was signed
    /// in ends in the session of the `context` ([`HookContext::in_session`]).
    ///
    /// # Errors
    ///
    /// Where the flow is refused; [`OAuthError::refusal`] says what a client is told.
    pub async fn complete(
        &self,
        name: &str,
        callback: Callback<'_>,
        browser: Option<&Browser>,
        context: &HookContext,
    ) -> Result<Completed<U>, OAuthError> {
        let returned = match self.take(name, callback, browser).await? {
            Taken::WithCode(returned) => returned,
            Taken::WithError(_, fault) => return Err(fault.into()),
        };
        self.finish(&returned, callback, context.session.as_deref(), context).await
    }

    /// Takes the flow that a browser comes back from. Where the provider said an error, the flow is used up,
    /// too, and comes beside the fault.
    pub(super) async fn take(
        &self,
        name: &str,
        callback: Callback<'_>,
        browser: Option<&Browser>,
    ) -> Result<Taken, OAuthError> {
        let entry = self.entry(name)?;
        let state = callback.state.ok_or(ResponseFault::Malformed)?;
        if let Some(error) = callback.error {
            let fault = match error {
                "access_denied" => ResponseFault::Denied,
                _ => ResponseFault::Error,
            };
            let returned = match self.returned(entry, name, (state, browser), None).await {
                Ok(returned) => Some(returned),
                Err(OAuthError::State(_)) => None,
                Err(error) => return Err(error),
            };
            return Ok(Taken::WithError(returned, fault));
        }
        callback.code.ok_or(ResponseFault::Malformed)?;
        // Before the flow is used up: a browser may ask again.
        let busy = || RejectionKind::Unavailable { retry_after: CALLS };
        let place = Arc::clone(&entry.places).try_acquire_owned();
        let place = place.map_err(|_| OAuthError::Failed(busy().into()))?;
        Ok(Taken::WithCode(self.returned(entry, name, (state, browser), Some(place)).await?))
    }

    async fn returned(
        &self,
        entry: &Entry,
        name: &str,
        (state, browser): (&str, Option<&Browser>),
        place: Option<OwnedSemaphorePermit>,
    ) -> Result<Returned, OAuthError> {
        let mut record = self.pending.take(state, browser).await?;
        if record.provider != name || record.issuer != entry.provider.issuer() {
            return Err(StateFault::Elsewhere.into());
        }
        let flow = record.flow(state, self.redirect_uri(name));
        // What is allowed may have changed.
        let may_end_at = |target: &String| match record.purpose {
            Purpose::App { .. } => self.is_app_target(target),
            _ => self.targets.allow(target),
        };
        record.target = record.target.take().filter(may_end_at);
        // A code that no app waits for is not made.
        if matches!(record.purpose, Purpose::App { .. }) && record.target.is_none() {
            return Err(StateFault::Elsewhere.into());
        }
        Ok(Returned { provider: name.to_owned(), flow, record, _place: place })
    }

    /// Exchanges the code of a flow that was taken, and does what the flow was begun for. `session` is the
    /// handle of the session that the browser shows.
    pub(super) async fn finish(
        &self,
        returned: &Returned,
        callback: Callback<'_>,
        session: Option<&str>,
        context: &HookContext,
    ) -> Result<Completed<U>, OAuthError> {
        let Returned { provider: name, record, .. } = returned;
        if context.tenant.is_some() && context.tenant != record.tenant {
            return Err(StateFault::Elsewhere.into());
        }
        let context = &HookContext { tenant: record.tenant.clone(), ..context.clone() };
        let holder = record.purpose.holder();
        if let Some(holder) = holder {
            self.still(holder, session).await?;
        }
        let (profile, tokens) = self.ask(returned, callback).await?.apart();
        let (user, outcome) = match holder {
            Some(holder) => {
                self.accounts.rules.admit(name, &profile).await?;
                // The provider has taken its time.
                let user = self.still(holder, session).await?;
                match &record.purpose {
                    Purpose::Link(_) => {
                        (self.link(name, &profile, user, context).await?, Outcome::Linked)
                    }
                    _ => {
                        self.is_identity_of(&profile, &user).await?;
                        (Arc::new(user), Outcome::Reauthenticated)
                    }
                }
            }
            None => self.accounts.resolve(name, &profile, context).await?,
        };
        if outcome != Outcome::Reauthenticated {
            self.keep_tokens(name, &profile, &user, tokens).await?;
        }
        let redirect_to = record.target.clone();
        let identity = self.identity(profile.issuer(), profile.subject());
        let login = ProviderLogin { provider: name.clone(), identity };
        let second_factor = self.accounts.rules.trust_mfa && profile.has_second_factor();
        Ok(Completed { user, outcome, redirect_to, profile, login, second_factor })
    }

    /// The user of a flow, as long as the session and the credentials are those that have begun it.
    async fn still(
        &self,
        holder: &Holder,
        session: Option<&str>,
    ) -> Result<StoredUser<U>, OAuthError> {
        let other = || OAuthError::from(StateFault::OtherSession);
        if session != Some(&*holder.session) {
            return Err(other());
        }
        let alive = self.core.sessions.amend(&holder.session, |_| false).await?;
        alive.filter(|record| record.user == holder.user).ok_or_else(other)?;
        let id = U::Id::from_str(&holder.user).map_err(|_| other())?;
        let user = self.core.stores.users.find_by_id(&id).await?.ok_or_else(other)?;
        if !self.core.stamps.count(&user, &holder.stamp).await? {
            return Err(other());
        }
        match user.logical().may_sign_in(|| self.core.clock.now()) {
            true => Ok(user),
            false => Err(Refusal::AccountInactive.into()),
        }
    }

    /// Who it is to the provider.
    async fn ask(
        &self,
        Returned { provider: name, flow, .. }: &Returned,
        callback: Callback<'_>,
    ) -> Result<Profile, OAuthError> {
        let Entry { provider, .. } = self.entry(name)?;
        let code = callback.code.ok_or(ResponseFault::Malformed)?;
        let grant = Grant { code, iss: callback.iss };
        let asked = timeout(CALLS, provider.profile(&self.http, grant, flow)).await;
        let profile = asked.map_err(|_| ProviderError::from(Fault::Unreachable))??;
        self.check_issuer(&**provider, &profile)?;
        Ok(profile)
    }

    /// A provider speaks for its own users alone.
    fn check_issuer(&self, provider: &dyn Provider, profile: &Profile) -> Result<(), OAuthError> {
        match plain_issuer(provider.issuer()) == plain_issuer(profile.issuer()) {
            true => Ok(()),
            false => Err(ProviderError::from(Fault::Issuer).into()),
        }
    }

    /// Whose account `profile` is, which the application has from the provider `name` by a callback of its
    /// own; it is made where there is none, as at a sign-in.
    ///
    /// # Errors
    ///
    /// Where it is a refusal, the profile is of another issuer than the provider, or the store fails.
    pub async fn resolve(
        &self,
        name: &str,
        profile: &Profile,
        context: &HookContext,
    ) -> Result<(Arc<StoredUser<U>>, Outcome), OAuthError> {
        self.check_issuer(&**self.provider(name)?, profile)?;
        let (profile, tokens) = profile.clone().apart();
        let (user, outcome) = self.accounts.resolve(name, &profile, context).await?;
        self.keep_tokens(name, &profile, &user, tokens).await?;
        Ok((user, outcome))
    }

    /// The names of the providers.
    pub fn providers(&self) -> impl Iterator<Item = &str> {
        self.providers.keys().map(String::as_str)
    }

    /// Whether there is a provider `name`.
    pub(super) fn has(&self, name: &str) -> bool {
        self.providers.contains_key(name)
    }

    /// Whether the provider `name` posts what the browser brings back.
    pub(super) fn posts_back(&self, name: &str) -> bool {
        self.entry(name).is_ok_and(|entry| entry.provider.posts_back())
    }

    /// The id of an identity, for clients and sessions.
    pub(super) fn identity(&self, issuer: &str, subject: &str) -> String {
        self.identities.digest(&identity(issuer, subject)).to_hex()
    }

    /// Whether `id` is that of the identity, under any key.
    pub(super) fn is_identity(&self, id: &str, issuer: &str, subject: &str) -> bool {
        let identity = identity(issuer, subject);
        self.identities.digests(&identity).any(|digest| digest.matches_hex(id.as_bytes()))
    }

    pub(super) fn provider(&self, name: &str) -> Result<&Arc<dyn Provider>, OAuthError> {
        Ok(&self.entry(name)?.provider)
    }

    fn entry(&self, name: &str) -> Result<&Entry, OAuthError> {
        self.providers.get(name).ok_or(OAuthError::UnknownProvider)
    }

    /// Where a provider sends its browsers back to: by the settings, and never by a request.
    pub(super) fn redirect_uri(&self, name: &str) -> String {
        format!("{}{}", self.base, self.path.replace("{provider}", name))
    }
}

/// No issuer has a NUL.
fn identity(issuer: &str, subject: &str) -> Vec<u8> {
    [plain_issuer(issuer).as_bytes(), b"\0", subject.as_bytes()].concat()
}

impl<U: AuthUser> fmt::Debug for OAuthService<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuthService").field("base", &self.base).finish_non_exhaustive()
    }
}
