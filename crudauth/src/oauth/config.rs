//! The settings of sign-in by providers.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use super::Refusal;
use super::column_issuers::ColumnIssuers;
use crate::clock::Clock;
use crate::error::Mistakes;
use crate::http::TrustedOrigin;
use crate::identity::canonical_email;
use crate::onetime::RedirectTargets;
use crate::providers::{EmailClaim, Endpoint, Http, Profile, Provider};
use crate::user::{AuthUser, LoginField};

const MINUTE: Duration = Duration::from_secs(60);

/// Sign-in by providers: which, and where browsers go afterwards.
///
/// ```
/// use crudauth::oauth::{ClientSecret, GitHub, Google, OAuthConfig};
///
/// # fn configure() -> Result<OAuthConfig, crudauth::StartupError> {
/// let config = OAuthConfig::new("https://shop.example.com")
///     .add_provider(Google::new("1234.apps.googleusercontent.com", ClientSecret::from_env("GOOGLE_CLIENT_SECRET")?)?)
///     .add_provider(GitHub::new("Iv1.8a61f9b3a7aba766", ClientSecret::from_env("GITHUB_CLIENT_SECRET")?)?)
///     .default_redirect("/welcome");
/// # Ok(config) }
/// ```
///
/// At the provider, name the redirect URI `{base}/oauth/{provider}/callback`.
#[must_use]
pub struct OAuthConfig {
    base: String,
    default_redirect: Option<String>,
    redirect_origins: Vec<String>,
    app_links: Vec<String>,
    flow_life: Duration,
    json: bool,
    rules: Rules,
    column_issuers: ColumnIssuers,
    keep: BTreeSet<String>,
    providers: Vec<Arc<dyn Provider>>,
}

type Admitting = Pin<Box<dyn Future<Output = bool> + Send>>;

/// Who gets in.
pub(crate) struct Rules {
    link_by_email: bool,
    /// Those to which another rule applies.
    apart: BTreeMap<String, bool>,
    pub(super) sign_up: bool,
    /// Whether the second factor of a provider is taken for one of the account.
    pub(super) trust_mfa: bool,
    admit: Option<Arc<dyn Fn(String, Profile) -> Admitting + Send + Sync>>,
}

impl Rules {
    /// Whether the addresses that the provider vouches for link its identities.
    pub(super) fn links_by_email(&self, provider: &str) -> bool {
        self.apart.get(provider).copied().unwrap_or(self.link_by_email)
    }

    /// Whether the word of the provider proves the address of a new account.
    pub(super) fn proves_addresses(&self, provider: &str) -> bool {
        self.apart.get(provider) != Some(&false)
    }

    /// Asks the application, with the address in the form that counts.
    pub(super) async fn admit(&self, provider: &str, profile: &Profile) -> Result<(), Refusal> {
        let Some(admit) = &self.admit else { return Ok(()) };
        let mut profile = profile.clone();
        if let EmailClaim::Verified(address) | EmailClaim::Unverified(address) = &mut profile.email
            && let Ok(canonical) = canonical_email(address)
        {
            *address = canonical;
        }
        match admit(provider.to_owned(), profile).await {
            true => Ok(()),
            false => Err(Refusal::NotAllowed),
        }
    }
}

/// What else is mounted.
pub(crate) struct Around<'a> {
    /// The path of the callback.
    pub(crate) callback: &'a str,
    pub(crate) has_tokens: bool,
}

/// The settings, checked.
pub(crate) struct Checked {
    pub(super) base: String,
    pub(super) default_redirect: String,
    pub(super) targets: RedirectTargets,
    pub(super) app_links: Vec<String>,
    pub(super) flow_life: Duration,
    pub(super) json: bool,
    pub(super) rules: Rules,
    pub(super) column_issuers: ColumnIssuers,
    pub(super) keep: BTreeSet<String>,
    pub(super) providers: BTreeMap<String, Arc<dyn Provider>>,
    pub(super) http: Http,
}

impl OAuthConfig {
    /// For the application at `base`, the address that browsers know: `https://shop.example.com`. Where its
    /// router is nested, with that path. It is never taken from a request.
    pub fn new(base: impl Into<String>) -> Self {
        Self {
            base: base.into(),
            default_redirect: None,
            redirect_origins: Vec::new(),
            app_links: Vec::new(),
            flow_life: MINUTE * 10,
            json: false,
            rules: Rules {
                link_by_email: true,
                apart: BTreeMap::new(),
                sign_up: true,
                trust_mfa: false,
                admit: None,
            },
            column_issuers: ColumnIssuers::default(),
            keep: BTreeSet::new(),
            providers: Vec::new(),
        }
    }

    /// A provider. Each has another name.
    pub fn add_provider(mut self, provider: impl Provider) -> Self {
        self.providers.push(Arc::new(provider));
        self
    }

    /// Where a browser goes after a sign-in that asked for no other place, and with `?error=` after
    /// one that failed: a path of the application, or a page of a
    /// [listed origin](Self::add_redirect_origin). Default: the address of the application.
    pub fn default_redirect(mut self, target: impl Into<String>) -> Self {
        self.default_redirect = Some(target.into());
        self
    }

    /// An origin whose pages a sign-in may end at, such as `https://app.example.com`. Default: the
    /// application's own paths alone.
    pub fn add_redirect_origin(mut self, origin: impl Into<String>) -> Self {
        self.redirect_origins.push(origin.into());
        self
    }

    /// A link of a native app that a sign-in may end at, such as `com.example.shop:/signed-in` or
    /// `https://app.example.com/signed-in`: just this one, as it is written. The app begins with a
    /// `code_challenge`, gets `?code=` at its link, and exchanges that at `POST /oauth/token` for
    /// tokens; so it needs [`Builder::bearer`](crate::Builder::bearer). Default: none.
    pub fn add_app_link(mut self, link: impl Into<String>) -> Self {
        self.app_links.push(link.into());
        self
    }

    /// How long a browser may be at the provider, from 1 to 30 minutes. Default: 10 minutes.
    pub fn flow_life(mut self, life: Duration) -> Self {
        self.flow_life = life;
        self
    }

    /// Answers by JSON, for a front end that fetches: `/authorize` with `{"url"}`, `/callback` with the
    /// user. Where there are tokens and no [`Route::Login`](crate::http::Route::Login), the answer has the
    /// tokens of `POST /token` in the place of a session. Default: by redirects.
    pub fn json(mut self) -> Self {
        self.json = true;
        self
    }

    /// Whether a provider that says that it has asked for two factors itself is trusted, so that the
    /// account is not asked for its own: by `mfa` in the `amr` of the ID token (RFC 8176). An app that
    /// exchanges a code is asked all the same. Default: no, so that every account with a
    /// [second factor](crate::mfa) is asked for it.
    ///
    /// An account with a second factor is then not linked by its address (`link_required`): a person who reads
    /// the mailbox alone could make an account at the provider, with a factor of their own. Its user links the
    /// identity by `POST /oauth/{provider}/link`.
    pub fn trust_provider_mfa(mut self, trust: bool) -> Self {
        self.rules.trust_mfa = trust;
        self
    }

    /// Whether an identity is linked to the account that has its address, where the provider vouches for
    /// that and the account has proved it, too. Default: yes. Without, the refusal is `link_required`.
    pub fn link_by_email(mut self, link: bool) -> Self {
        self.rules.link_by_email = link;
        self
    }

    /// The same, for the provider `name` alone. Where it is `false`, the word of that provider on addresses
    /// counts less: the address of an account that is made by it is not proved, and who owns the address
    /// takes the account over, by a link that is mailed or by another provider.
    pub fn link_by_email_of(mut self, name: impl Into<String>, link: bool) -> Self {
        self.rules.apart.insert(name.into(), link);
        self
    }

    /// The issuer of the ids that are in the column `google_id` or `github_id`, which links users to the provider
    /// `name`. Two servers give one id to two people, so that a provider with another issuer is refused
    /// at the start. Default: `https://accounts.google.com` for `google`, and `https://github.com` for
    /// `github`.
    ///
    /// ```
    /// use crudauth::oauth::{ClientSecret, GitHub, OAuthConfig};
    ///
    /// # fn configure() -> Result<OAuthConfig, crudauth::StartupError> {
    /// let secret = ClientSecret::from_env("GITHUB_CLIENT_SECRET")?;
    /// let config = OAuthConfig::new("https://shop.example.com")
    ///     .add_provider(GitHub::new("Iv1.8a61f9b3a7aba766", secret)?.base_url("https://github.example.com")?)
    ///     // The ids in `github_id` have always been those of this server.
    ///     .column_issuer("github", "https://github.example.com");
    /// # Ok(config) }
    /// ```
    pub fn column_issuer(mut self, name: impl Into<String>, issuer: impl Into<String>) -> Self {
        self.column_issuers.set(name.into(), issuer.into());
        self
    }

    /// Keeps the tokens of the provider `name`, so that the application can call it in the name of its users:
    /// [`OAuthService::access_token`](super::OAuthService::access_token). They rest encrypted in the link, and go with
    /// it. The provider is asked for tokens that count while the user is away, and so asks its users at
    /// each sign-in. Default: none are kept.
    pub fn keep_tokens_of(mut self, name: impl Into<String>) -> Self {
        self.keep.insert(name.into());
        self
    }

    /// Decides who gets in, by the name of the provider and what it says, before anything is looked up or
    /// written; the refusal is `not_allowed`. An address is in canonical form, in lower case. Default:
    /// everybody.
    ///
    /// ```
    /// # use crudauth::oauth::{EmailClaim, OAuthConfig};
    /// # let config = OAuthConfig::new("https://shop.example.com");
    /// config.admit(|_provider, profile| async move {
    ///     matches!(profile.email, EmailClaim::Verified(address) if address.ends_with("@example.com"))
    /// });
    /// ```
    pub fn admit<F, Fut>(mut self, admit: F) -> Self
    where
        F: Fn(String, Profile) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = bool> + Send + 'static,
    {
        self.rules.admit = Some(Arc::new(move |name, profile| Box::pin(admit(name, profile))));
        self
    }

    /// Whether a sign-in without an account creates one. Default: yes.
    pub fn sign_up(mut self, sign_up: bool) -> Self {
        self.rules.sign_up = sign_up;
        self
    }

    pub(crate) fn has_providers(&self) -> bool {
        !self.providers.is_empty()
    }

    /// Checks the settings; `None` where there is a mistake.
    pub(crate) fn check<U: AuthUser>(
        self,
        clock: &Arc<dyn Clock>,
        around: &Around<'_>,
        mistakes: &mut Mistakes,
    ) -> Option<Checked> {
        let mut is_right = true;
        let mut mistake = |text: String| {
            mistakes.add(text);
            is_right = false;
        };
        let base = self.base.trim_end_matches('/').to_owned();
        if Endpoint::new(&base).is_err() || base.contains('?') {
            mistake(format!(
                "`OAuthConfig::new({:?})` is no address of the application: give the one that browsers know, \
                 such as `https://shop.example.com`, or `http://localhost:3000` on this machine alone",
                self.base
            ));
        }
        let link = self.app_links.iter().find(|link| is_app_link(link));
        if let Some(link) = link.filter(|_| !around.has_tokens) {
            mistake(format!(
                "`OAuthConfig::add_app_link({link:?})` is of an app that gets tokens, and there are none: call \
                 `Builder::bearer`"
            ));
        }
        let mut origins: Vec<TrustedOrigin> = Vec::new();
        for origin in &self.redirect_origins {
            match origin.parse() {
                Ok(origin) => origins.push(origin),
                Err(why) => {
                    mistake(format!("`OAuthConfig::add_redirect_origin({origin:?})`: {why}"));
                }
            }
        }
        for link in self.app_links.iter().filter(|link| !is_app_link(link)) {
            mistake(format!(
                "`OAuthConfig::add_app_link({link:?})` is no link of an app: give a scheme of its own, such as \
                 `com.example.shop:/signed-in`, or an `https` address"
            ));
        }
        let targets = RedirectTargets::new(origins);
        if let Some(target) = self.default_redirect.as_ref().filter(|it| !targets.allow(it)) {
            mistake(format!(
                "`OAuthConfig::default_redirect({target:?})` is neither a path of the application nor a page of \
                 a listed origin: name its origin by `OAuthConfig::add_redirect_origin`"
            ));
        }
        let is_callback = |target: &&String| {
            let target = target.split(['?', '#']).next().unwrap_or_default();
            self.providers.iter().any(|provider| {
                let path = around.callback.replace("{provider}", provider.name());
                target.strip_suffix(&path).is_some_and(|rest| base.ends_with(rest))
            })
        };
        if let Some(target) = self.default_redirect.as_ref().filter(is_callback) {
            mistake(format!(
                "`OAuthConfig::default_redirect({target:?})` is where providers send browsers back to, so that they \
                 would go round: give a page"
            ));
        }
        if !(MINUTE..=MINUTE * 30).contains(&self.flow_life) {
            mistake(format!(
                "`OAuthConfig::flow_life({:?})`: give a browser from 1 to 30 minutes",
                self.flow_life
            ));
        }
        let mut providers: BTreeMap<String, Arc<dyn Provider>> = BTreeMap::new();
        for provider in self.providers {
            let name = provider.name().to_owned();
            if let Err(error) = provider.check() {
                mistake(error.to_string());
            }
            // Else an identity would be of two providers at once.
            let is_same = |other: &&Arc<dyn Provider>| {
                plain_issuer(other.issuer()) == plain_issuer(provider.issuer())
            };
            if let Some(other) = providers.values().find(is_same).filter(|it| it.name() != name) {
                mistake(format!(
                    "the providers `{}` and `{name}` have one issuer, so that nobody could tell whose an \
                     identity is: leave one of them out",
                    other.name()
                ));
            }
            if let Err(error) = crate::providers::check_name(&name) {
                mistake(error.to_string());
            } else if providers.insert(name.clone(), provider).is_some() {
                mistake(format!(
                    "two providers are named `{name}`: leave one of them out, or its variables where the \
                     environment names it; an `Oidc` can have another name, and so can a provider of your own"
                ));
            }
        }
        for name in self.rules.apart.keys().filter(|name| !providers.contains_key(*name)) {
            mistake(format!(
                "`OAuthConfig::link_by_email_of({name:?}, ..)` is of no provider: name one that is added"
            ));
        }
        for text in self.column_issuers.mistakes::<U>(&providers) {
            mistake(text);
        }
        for name in &self.keep {
            if !providers.contains_key(name) {
                mistake(format!(
                    "`OAuthConfig::keep_tokens_of({name:?})` is of no provider: name one that is added"
                ));
            } else if let Some(column) = U::SCHEMA.link_column(name) {
                mistake(format!(
                    "`OAuthConfig::keep_tokens_of({name:?})` has nowhere to keep them: the column `{}` of `{}` \
                     is the link; give the logical field up, so that links are rows of crudauth's own",
                    column.column,
                    U::SCHEMA.user
                ));
            }
        }
        if providers.is_empty() {
            mistake(
                "`OAuthConfig` has no provider: add one by `OAuthConfig::add_provider`".to_owned(),
            );
        }
        let can_be_found =
            U::SCHEMA.recovers_by_email() || U::SCHEMA.login.contains(&LoginField::Email);
        if !can_be_found {
            mistake(format!(
                "nobody of `{}` can be found by an address: let users log in or recover by `email`",
                U::SCHEMA.user
            ));
        }
        let mounted = providers.values().map(|provider| &**provider);
        let http = Http::new().and_then(|http| http.check(mounted).map(|()| http));
        let http = match http {
            Ok(http) => Some(http.with_clock(Arc::clone(clock))),
            Err(error) => {
                mistake(error.to_string());
                None
            }
        };
        is_right.then_some(Checked {
            default_redirect: self.default_redirect.unwrap_or_else(|| format!("{base}/")),
            base,
            targets,
            app_links: self.app_links,
            flow_life: self.flow_life,
            json: self.json,
            rules: self.rules,
            column_issuers: self.column_issuers,
            keep: self.keep,
            providers,
            http: http?,
        })
    }
}

/// Whether the address of an issuer ends with a slash is told differently by different sides.
pub(super) fn plain_issuer(issuer: &str) -> &str {
    issuer.trim_end_matches('/')
}

/// Whether it is an address of the operating system's, and no page or script of a browser's.
fn is_app_link(link: &str) -> bool {
    const OF_BROWSERS: [&str; 8] =
        ["http", "javascript", "data", "vbscript", "file", "about", "blob", "filesystem"];
    let Some((scheme, rest)) = link.split_once(':') else { return false };
    let scheme = scheme.to_ascii_lowercase();
    let is_scheme = scheme.starts_with(|first: char| first.is_ascii_alphabetic())
        && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
    is_scheme
        && !OF_BROWSERS.contains(&scheme.as_str())
        && !rest.is_empty()
        && link.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
}

impl fmt::Debug for OAuthConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let providers: Vec<_> = self.providers.iter().map(|provider| provider.name()).collect();
        f.debug_struct("OAuthConfig")
            .field("base", &self.base)
            .field("providers", &providers)
            .finish_non_exhaustive()
    }
}
