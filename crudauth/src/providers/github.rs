//! GitHub, which speaks OAuth 2 without OpenID Connect.

use std::fmt;
use std::num::NonZeroU64;

use serde::Deserialize;

use super::{
    Asking, Client, ClientSecret, EmailClaim, Endpoint, Fault, Flow, Grant, Http, Profile,
    Provider, ProviderError, SecretIn, Tokens,
};
use crate::error::StartupError;

pub(super) const BASE: &str = "https://github.com";
/// What crudauth has to know of a user.
const SCOPES: &str = "read:user user:email";
const API: &str = "https://api.github.com";

/// Sign-in with GitHub, as the provider `github`.
///
/// The address of a user is the primary one that GitHub has verified, or else another verified one; not
/// the one that the user shows to the public.
///
/// ```
/// use crudauth::oauth::{ClientSecret, GitHub};
///
/// let github = GitHub::new("Iv1.8a61f9b3a7aba766", ClientSecret::new("a secret"))?;
/// # drop(github);
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct GitHub {
    issuer: String,
    authorization: Endpoint,
    token: Endpoint,
    user: Endpoint,
    emails: Endpoint,
    client: Client,
    scopes: String,
}

/// A user, as `GET /user` has it. Its address is a text of the user's choice.
#[derive(Deserialize)]
struct User {
    /// A server that fills what it does not know with a zero would make one user of all.
    id: NonZeroU64,
    login: Option<String>,
    name: Option<String>,
    avatar_url: Option<String>,
}

#[derive(Deserialize)]
struct Address {
    email: String,
    #[serde(default)]
    primary: bool,
    #[serde(default)]
    verified: bool,
}

impl GitHub {
    /// The application `id` of GitHub's settings, with its secret.
    ///
    /// # Errors
    ///
    /// Where the id is empty.
    pub fn new(id: impl Into<String>, secret: ClientSecret) -> Result<Self, StartupError> {
        let id = id.into();
        if id.is_empty() {
            return Err(StartupError::setting("the client id of the provider `github` is empty"));
        }
        Self::at(BASE, API, Client::new(id, secret))
    }

    /// GitHub Enterprise at this address, such as `https://github.example.com`. Default:
    /// `https://github.com`.
    ///
    /// # Errors
    ///
    /// Where it is no `https` address (`http` on the loopback interface).
    pub fn base_url(self, base: &str) -> Result<Self, StartupError> {
        let base = base.trim_end_matches('/');
        let at = match base {
            BASE => Self::at(BASE, API, self.client)?,
            _ => Self::at(base, &format!("{base}/api/v3"), self.client)?,
        };
        Ok(Self { scopes: self.scopes, ..at })
    }

    /// What the application asks for beside `read:user user:email`, such as `repo`. Default: nothing.
    #[must_use]
    pub fn scopes<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = vec![SCOPES];
        all.extend(scopes);
        self.scopes = all.join(" ");
        self
    }

    fn at(base: &str, api: &str, client: Client) -> Result<Self, StartupError> {
        let endpoint = |text: String| {
            Endpoint::new(&text).map_err(|_| {
                StartupError::setting(format!(
                    "`GitHub::base_url({base:?})` is no `https` address: give that of the server, such \
                     as `https://github.example.com`"
                ))
            })
        };
        Ok(Self {
            issuer: base.to_owned(),
            authorization: endpoint(format!("{base}/login/oauth/authorize"))?,
            token: endpoint(format!("{base}/login/oauth/access_token"))?,
            user: endpoint(format!("{api}/user"))?,
            emails: endpoint(format!("{api}/user/emails?per_page=100"))?,
            client,
            scopes: SCOPES.to_owned(),
        })
    }

    async fn ask(
        &self,
        http: &Http,
        grant: Grant<'_>,
        flow: &Flow,
    ) -> Result<Profile, ProviderError> {
        let tokens = self.client.exchange(http, &self.token, SecretIn::Form, grant, flow).await?;
        let user: User = http.get(&self.user, Some(&tokens.access)).await?;
        let addresses = http.get::<Vec<Address>>(&self.emails, Some(&tokens.access)).await;
        let addresses = match addresses {
            Ok(addresses) => addresses,
            // The user has not let the application see them.
            Err(error) if error.fault() == Fault::Withheld => Vec::new(),
            Err(error) => return Err(error),
        };
        let mut profile = Profile::new(&self.issuer, user.id.to_string(), best(addresses))?;
        (profile.username, profile.name, profile.picture) =
            (user.login, user.name, user.avatar_url);
        Ok(profile.with_tokens(tokens))
    }
}

/// The primary and verified one, any verified one, the primary one, any; none that GitHub has made, which no
/// mail reaches.
fn best(addresses: Vec<Address>) -> EmailClaim {
    let addresses = addresses.into_iter().filter(|it| !it.email.contains("@users.noreply."));
    let best = addresses.rev().max_by_key(|it| (it.verified, it.primary));
    let is_verified = best.as_ref().is_some_and(|best| best.verified);
    EmailClaim::of(best.map(|best| best.email), is_verified)
}

impl Provider for GitHub {
    fn name(&self) -> &str {
        "github"
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn check(&self) -> Result<(), StartupError> {
        self.client.check(self.name())
    }

    fn authorize_url<'a>(&'a self, _: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        Box::pin(async move {
            let scope = [("scope", &*self.scopes)];
            Ok(self.client.authorize_url(&self.authorization, flow, &scope))
        })
    }

    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile> {
        Box::pin(self.ask(http, grant, flow))
    }

    fn refresh<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, Tokens> {
        Box::pin(self.client.refresh(http, &self.token, SecretIn::Form, token))
    }
}

impl fmt::Debug for GitHub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GitHub")
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
