//! The application as a provider knows it.

use std::fmt;

use base64ct::{Base64, Encoding};
use serde::Deserialize;
use serde_json::Value;
use zeroize::Zeroizing;

use super::http::read;
use super::{Endpoint, Fault, Flow, Grant, Http, ProviderError};
use crate::error::StartupError;

/// The secret that a provider has given to the application. It is never printed.
#[derive(Clone)]
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// The secret `text`.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The secret in the environment variable `name`.
    ///
    /// # Errors
    ///
    /// Where the variable is not set, or is blank.
    pub fn from_env(name: &str) -> Result<Self, StartupError> {
        match std::env::var(name) {
            Ok(text) if !text.trim().is_empty() => Ok(Self::new(text)),
            _ => Err(StartupError::setting(format!(
                "the variable `{name}` is not set: it has the \
                 secret that the provider has given to the application"
            ))),
        }
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ClientSecret(..)")
    }
}

/// The application as a provider knows it: by an id, and mostly by a secret.
///
/// A [`Provider`](super::Provider) of the application's own sends browsers away and exchanges codes by it,
/// with the state and the proof of the flow (PKCE, RFC 7636).
#[derive(Debug, Clone)]
pub struct Client {
    pub(super) id: String,
    /// `None` for a client that can keep no secret.
    pub(super) secret: Option<ClientSecret>,
}

/// Where in a request the secret is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretIn {
    /// In the header, `client_secret_basic`: what a provider takes that does not say otherwise.
    Header,
    /// In the form, `client_secret_post`.
    Form,
}

/// What a code was exchanged for. Nothing of it is kept, unless
/// [`OAuthConfig::keep_tokens_of`](crate::oauth::OAuthConfig::keep_tokens_of) says so.
#[derive(Clone, PartialEq, Eq)]
pub struct Tokens {
    pub(super) access: Zeroizing<String>,
    pub(super) id: Option<Zeroizing<String>>,
    pub(super) refresh: Option<Zeroizing<String>>,
    /// For how many seconds the access token counts.
    pub(super) life: Option<u64>,
}

impl Tokens {
    /// The access token, for [`Http::get`].
    #[must_use]
    pub fn access(&self) -> &str {
        &self.access
    }

    /// The token for [`Client::refresh`], where there is one.
    pub(crate) fn refresh(&self) -> Option<&str> {
        self.refresh.as_ref().map(|token| token.as_str())
    }

    /// For how many seconds the access token counts, where that is said.
    pub(crate) fn life(&self) -> Option<u64> {
        self.life
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens(..)")
    }
}

/// The answer, as strictly as the standard has it; `error` makes it a failure with any status.
#[derive(Deserialize)]
struct Answer {
    access_token: Option<String>,
    token_type: Option<String>,
    id_token: Option<String>,
    refresh_token: Option<String>,
    /// Some providers say it as a text.
    expires_in: Option<Value>,
    error: Option<Value>,
}

impl Answer {
    fn tokens(self) -> Result<Tokens, ProviderError> {
        if let Some(error) = self.error.as_ref() {
            return Err(ProviderError::from(Fault::Refused).with_error(error));
        }
        let is_bearer = self.token_type.is_some_and(|it| it.eq_ignore_ascii_case("bearer"));
        let access = self.access_token.filter(|token| is_bearer && !token.is_empty());
        let life = match self.expires_in {
            Some(Value::String(text)) => text.parse().ok(),
            said => said.and_then(|it| it.as_u64()),
        };
        Ok(Tokens {
            access: access.ok_or(Fault::Malformed)?.into(),
            id: self.id_token.map(Zeroizing::new),
            refresh: self.refresh_token.filter(|token| !token.is_empty()).map(Zeroizing::new),
            life,
        })
    }
}

impl Client {
    /// The application `id`, with its secret.
    #[must_use]
    pub fn new(id: impl Into<String>, secret: ClientSecret) -> Self {
        Self { id: id.into(), secret: Some(secret) }
    }

    /// The application `id`, which has no secret: PKCE alone protects its codes.
    #[must_use]
    pub fn public(id: impl Into<String>) -> Self {
        Self { id: id.into(), secret: None }
    }

    /// Whether the provider `name` can know the application by this.
    ///
    /// # Errors
    ///
    /// Where the id or the secret is empty.
    pub(super) fn check(&self, name: &str) -> Result<(), StartupError> {
        let what = match &self.secret {
            _ if self.id.trim().is_empty() => "id",
            Some(ClientSecret(secret)) if secret.trim().is_empty() => "secret",
            _ => return Ok(()),
        };
        Err(StartupError::setting(format!("the client {what} of the provider `{name}` is empty")))
    }

    /// The address at `authorization` that begins `flow` (RFC 6749 §4.1.1), with parameters of the
    /// provider's such as its `scope`.
    #[must_use]
    pub fn authorize_url(
        &self,
        authorization: &Endpoint,
        flow: &Flow,
        more: &[(&str, &str)],
    ) -> String {
        let challenge = flow.challenge();
        let mut query = vec![
            ("response_type", "code"),
            ("client_id", &*self.id),
            ("redirect_uri", flow.redirect_uri()),
            ("state", flow.state()),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        query.extend(more);
        authorization.with_query(&query)
    }

    /// Exchanges the code of a flow at the token endpoint `at` (RFC 6749 §4.1.3). It is never tried
    /// again, since a code serves once.
    ///
    /// # Errors
    ///
    /// Where the provider does not answer, or not with an access token of the type `Bearer`.
    pub async fn exchange(
        &self,
        http: &Http,
        at: &Endpoint,
        secret_in: SecretIn,
        grant: Grant<'_>,
        flow: &Flow,
    ) -> Result<Tokens, ProviderError> {
        let fields = vec![
            ("grant_type", "authorization_code"),
            ("code", grant.code),
            ("redirect_uri", flow.redirect_uri()),
            ("code_verifier", flow.verifier()),
        ];
        let answer = self.submit(http, at, secret_in, fields).await?;
        read::<Answer>(&answer)?.tokens()
    }

    /// Tokens anew, by a refresh token (RFC 6749 §6). Where the answer has no other one, it counts on.
    ///
    /// # Errors
    ///
    /// As [`exchange`](Self::exchange).
    pub async fn refresh(
        &self,
        http: &Http,
        at: &Endpoint,
        secret_in: SecretIn,
        token: &str,
    ) -> Result<Tokens, ProviderError> {
        let fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        let answer = self.submit(http, at, secret_in, fields).await?;
        read::<Answer>(&answer)?.tokens()
    }

    /// Has the provider forget a token, at its endpoint for that (RFC 7009 §2.1).
    ///
    /// # Errors
    ///
    /// Where the provider does not answer with 200.
    pub async fn revoke(
        &self,
        http: &Http,
        at: &Endpoint,
        secret_in: SecretIn,
        token: &str,
    ) -> Result<(), ProviderError> {
        self.submit(http, at, secret_in, vec![("token", token)]).await.map(drop)
    }

    /// Posts a form as the application.
    async fn submit<'a>(
        &'a self,
        http: &Http,
        at: &Endpoint,
        secret_in: SecretIn,
        mut fields: Vec<(&'a str, &'a str)>,
    ) -> Result<Zeroizing<Vec<u8>>, ProviderError> {
        let header = match (&self.secret, secret_in) {
            (Some(secret), SecretIn::Header) => Some(self.basic(secret)),
            (Some(ClientSecret(secret)), SecretIn::Form) => {
                fields.extend([("client_id", &*self.id), ("client_secret", secret)]);
                None
            }
            (None, _) => {
                fields.push(("client_id", &self.id));
                None
            }
        };
        http.submit(at, header.as_ref().map(|header| header.as_str()), &fields).await
    }

    /// Id and secret are encoded as in a form before they are joined (RFC 6749 §2.3.1).
    fn basic(&self, ClientSecret(secret): &ClientSecret) -> Zeroizing<String> {
        let encode = |text: &str| {
            let encoded: String = form_urlencoded::byte_serialize(text.as_bytes()).collect();
            Zeroizing::new(encoded)
        };
        let pair = Zeroizing::new(format!("{}:{}", &*encode(&self.id), &*encode(secret)));
        Zeroizing::new(format!("Basic {}", Base64::encode_string(pair.as_bytes())))
    }
}
