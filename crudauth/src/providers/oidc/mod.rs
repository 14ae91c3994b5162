//! Providers that speak OpenID Connect.

mod algorithm;
mod id_token;
mod metadata;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;

use self::algorithm::Keys;
pub use self::id_token::IdTokenFault;
use self::id_token::{About, Claims, Expected, verify};
use self::metadata::Metadata;
use super::cached::{Cached, Known};
use super::{
    Asking, Client, ClientSecret, EmailClaim, Endpoint, Fault, Flow, Grant, Http, Profile,
    Provider, ProviderError, SecretIn, Tokens,
};
use crate::clock::Clock;
use crate::error::StartupError;

/// The scope of tokens that count while the user is away (OpenID Connect Core §11).
const OFFLINE: &str = "offline_access";

const HOUR: Duration = Duration::from_secs(60 * 60);

/// A provider that speaks OpenID Connect: Keycloak, Entra, Auth0, Okta, Zitadel, or your own.
///
/// Its addresses and keys are fetched when they are needed, by the issuer, and kept for a day and an
/// hour; a process starts while a provider is down. While they cannot be fetched again, the last addresses stay in
/// use, and the last keys until they are a day old. Its ID tokens are verified as OpenID Connect Core
/// §3.1.3.7 says: RS256, RS384, RS512, PS256, ES256, ES384 and EdDSA, never `none` and never HMAC.
///
/// ```
/// use crudauth::oauth::{ClientSecret, Oidc};
///
/// let keycloak = Oidc::new("keycloak", "https://sso.example.com/realms/main", "shop")?
///     .secret(ClientSecret::new("a secret of the provider"));
/// # drop(keycloak);
/// # Ok::<(), crudauth::StartupError>(())
/// ```
pub struct Oidc {
    name: String,
    issuer: Endpoint,
    /// The issuer as it was written.
    issuer_text: String,
    posts_back: bool,
    /// Other spellings of the issuer in ID tokens.
    pub(super) also_issuer: Option<&'static str>,
    client: Client,
    secret_in: Option<SecretIn>,
    scopes: String,
    extra_audiences: Vec<String>,
    pub(super) hosted_domain: Option<String>,
    /// Whether tokens for later are asked for by `access_type` and not by a scope, as Google has it.
    pub(super) has_access_type: bool,
    clock: Option<Arc<dyn Clock>>,
    metadata: Cached<Metadata>,
    keys: Cached<Keys>,
}

impl Oidc {
    /// The provider `issuer`, whose paths have `name`, and which knows the application as the client `id`.
    /// Without a [`secret`](Self::secret) it is a public client, which PKCE alone protects.
    ///
    /// # Errors
    ///
    /// Where the name has other characters than `a` to `z`, `0` to `9`, `_` and `-`, or more than 32; the
    /// issuer is no `https` address without query and fragment (`http` on the loopback interface);
    /// or the id is empty.
    pub fn new(
        name: impl Into<String>,
        issuer: &str,
        id: impl Into<String>,
    ) -> Result<Self, StartupError> {
        let (name, id) = (name.into(), id.into());
        super::check_name(&name)?;
        let refused = |why: &str| {
            StartupError::setting(format!(
                "the issuer of the provider `{name}` {why}: give the address under which it has \
                 `/.well-known/openid-configuration`"
            ))
        };
        let issuer_text = issuer.to_owned();
        let issuer =
            Endpoint::new(issuer).map_err(|_| refused("is no `https` address")).and_then(|it| {
                match it.uri().query() {
                    Some(_) => Err(refused("has a query")),
                    None => Ok(it),
                }
            })?;
        if id.is_empty() {
            return Err(StartupError::setting(format!(
                "the client id of the provider `{name}` is empty"
            )));
        }
        Ok(Self {
            name,
            issuer,
            issuer_text,
            posts_back: false,
            also_issuer: None,
            client: Client::public(id),
            secret_in: None,
            scopes: "openid email profile".to_owned(),
            extra_audiences: Vec::new(),
            hosted_domain: None,
            has_access_type: false,
            clock: None,
            // The keys say who may sign; addresses that are old lead nowhere else, for the certificate there.
            metadata: Cached::new(HOUR * 24, Duration::MAX),
            keys: Cached::new(HOUR, HOUR * 24),
        })
    }

    /// The secret that the provider has given to the application.
    #[must_use]
    pub fn secret(mut self, secret: ClientSecret) -> Self {
        self.client.secret = Some(secret);
        self
    }

    /// Where in the exchange of a code the secret is. Default: where the metadata of the provider says.
    #[must_use]
    pub fn secret_in(mut self, place: SecretIn) -> Self {
        self.secret_in = Some(place);
        self
    }

    /// What the application asks for. `openid` is always there. Default: `openid email profile`.
    #[must_use]
    pub fn scopes<'a>(mut self, scopes: impl IntoIterator<Item = &'a str>) -> Self {
        let mut all = vec!["openid"];
        all.extend(scopes.into_iter().filter(|scope| *scope != "openid"));
        self.scopes = all.join(" ");
        self
    }

    /// Audiences that ID tokens may have beside the client, such as the project of Zitadel. The token
    /// must then name the client as the party that it was issued to (`azp`). Default: none.
    #[must_use]
    pub fn extra_audiences(mut self, audiences: impl IntoIterator<Item = String>) -> Self {
        self.extra_audiences = audiences.into_iter().collect();
        self
    }

    /// Has the provider post what the browser brings back (`response_mode=form_post`). Default: it is in
    /// the query.
    #[must_use]
    pub fn form_post(mut self) -> Self {
        self.posts_back = true;
        self
    }

    /// The source of time. Default: that of the application.
    #[must_use]
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.clock = Some(clock);
        self
    }

    fn time<'a>(&'a self, http: &'a Http) -> &'a dyn Clock {
        self.clock.as_deref().unwrap_or_else(|| http.clock())
    }

    async fn ask(
        &self,
        http: &Http,
        grant: Grant<'_>,
        flow: &Flow,
    ) -> Result<Profile, ProviderError> {
        let (metadata, secret_in) = self.metadata(http).await?;
        let metadata = &metadata.document;
        // Before the code is sent anywhere (RFC 9207 §2.4).
        let is_of_issuer = match grant.iss {
            Some(iss) => iss == metadata.issuer,
            None => !metadata.names_issuer,
        };
        if !is_of_issuer {
            return Err(Fault::Issuer.into());
        }
        let tokens = self.client.exchange(http, &metadata.token, secret_in, grant, flow).await?;
        let claims = self.claims(http, metadata, &tokens, flow).await?;
        if self.hosted_domain.is_some() && self.hosted_domain != claims.hd {
            return Err(Fault::OtherDomain.into());
        }
        let second_factor = claims.has_second_factor();
        let mut about = claims.about;
        if about.email().0.is_none()
            && let Some(at) = &metadata.userinfo
        {
            about = about.or(userinfo(http, at, &tokens.access, &claims.sub).await?);
        }
        let (address, is_verified) = about.email();
        let email = EmailClaim::of(address, is_verified);
        let mut profile = Profile::new(&metadata.issuer, claims.sub, email)?;
        profile.username = about.username();
        profile.given_name = about.given_name();
        profile.name = about.name();
        profile.picture = about.picture();
        Ok(profile.with_second_factor(second_factor).with_tokens(tokens))
    }

    /// The metadata, and where in a request the secret is.
    async fn metadata(
        &self,
        http: &Http,
    ) -> Result<(Arc<Known<Metadata>>, SecretIn), ProviderError> {
        let fetch = || Metadata::fetch(http, &self.issuer);
        let metadata = self.metadata.get(self.time(http), fetch).await?;
        let secret_in = self.secret_in.unwrap_or(metadata.document.secret_in);
        Ok((metadata, secret_in))
    }

    /// The claims of the ID token. Where its key is not known, or its signature is wrong, newer keys are
    /// tried.
    async fn claims(
        &self,
        http: &Http,
        metadata: &Metadata,
        tokens: &Tokens,
        flow: &Flow,
    ) -> Result<Claims, ProviderError> {
        let token = tokens.id.as_deref().ok_or(IdTokenFault::Missing)?;
        let issuers: Vec<_> =
            [metadata.issuer.as_str()].into_iter().chain(self.also_issuer).collect();
        let expected = Expected {
            issuers: &issuers,
            client: &self.client.id,
            extra_audiences: &self.extra_audiences,
            nonce: flow.nonce(),
            access_token: &tokens.access,
            listed: metadata.algorithms.as_deref(),
            now: self.time(http).now_ms() / 1000,
            begun_at: flow.begun_at,
            signed_in_after: flow.asked_anew_at(),
        };
        let fetch = || http.document::<Keys>(&metadata.keys);
        let known = self.keys.get(self.time(http), fetch).await?;
        match verify(token, &known.document, &expected) {
            Err(fault) if fault.may_be_mended_by_newer_keys() => {
                let newer = self.keys.newer_than(&known, self.time(http), fetch).await;
                Ok(verify(token, &newer.ok_or(fault)?.document, &expected)?)
            }
            verified => Ok(verified?),
        }
    }
}

#[derive(Deserialize)]
struct UserInfo {
    sub: String,
    #[serde(flatten)]
    about: About,
}

/// What the userinfo endpoint says (OpenID Connect Core §5.3), if that is about the user of the ID
/// token.
async fn userinfo(
    http: &Http,
    at: &Endpoint,
    token: &str,
    subject: &str,
) -> Result<About, ProviderError> {
    let info: UserInfo = http.get(at, Some(token)).await?;
    match info.sub == subject {
        true => Ok(info.about),
        false => Err(Fault::OtherUser.into()),
    }
}

impl Provider for Oidc {
    fn name(&self) -> &str {
        &self.name
    }

    fn issuer(&self) -> &str {
        &self.issuer_text
    }

    fn check(&self) -> Result<(), StartupError> {
        self.client.check(&self.name)
    }

    fn posts_back(&self) -> bool {
        self.posts_back
    }

    fn can_ask_anew(&self) -> bool {
        true
    }

    fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        Box::pin(async move {
            let (metadata, _) = self.metadata(http).await?;
            let (keeps, anew) = (flow.keeps_tokens(), flow.asked_anew_at().is_some());
            let for_later = keeps && !self.has_access_type;
            let scopes = match for_later && !self.scopes.split(' ').any(|it| it == OFFLINE) {
                true => format!("{} {OFFLINE}", self.scopes),
                false => self.scopes.clone(),
            };
            let mut more = vec![("scope", &*scopes), ("nonce", flow.nonce())];
            if self.posts_back {
                more.push(("response_mode", "form_post"));
            }
            if anew {
                more.extend([("prompt", "login"), ("max_age", "0")]);
            } else if keeps {
                // Else no token for later is given, or only once (OpenID Connect Core §11).
                more.push(("prompt", "consent"));
                more.extend(self.has_access_type.then_some(("access_type", "offline")));
            }
            more.extend(self.hosted_domain.as_deref().map(|domain| ("hd", domain)));
            Ok(self.client.authorize_url(&metadata.document.authorization, flow, &more))
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
        Box::pin(async move {
            let (metadata, secret_in) = self.metadata(http).await?;
            self.client.refresh(http, &metadata.document.token, secret_in, token).await
        })
    }

    fn revoke<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, ()> {
        Box::pin(async move {
            let (metadata, secret_in) = self.metadata(http).await?;
            match &metadata.document.revocation {
                Some(at) => self.client.revoke(http, at, secret_in, token).await,
                None => Ok(()),
            }
        })
    }
}

impl fmt::Debug for Oidc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Oidc")
            .field("name", &self.name)
            .field("issuer", &self.issuer)
            .field("client", &self.client)
            .field("hosted_domain", &self.hosted_domain)
            .finish_non_exhaustive()
    }
}
