//! What a provider says about itself (OpenID Connect Discovery §3).

use std::time::Duration;

use serde::Deserialize;

use crate::providers::{Endpoint, Fault, Http, ProviderError, SecretIn};

/// The metadata of a provider, checked.
#[derive(Debug)]
pub(super) struct Metadata {
    pub(super) issuer: String,
    pub(super) authorization: Endpoint,
    pub(super) token: Endpoint,
    pub(super) keys: Endpoint,
    pub(super) userinfo: Option<Endpoint>,
    /// Where tokens are revoked (RFC 8414 §2).
    pub(super) revocation: Option<Endpoint>,
    pub(super) secret_in: SecretIn,
    pub(super) algorithms: Option<Vec<String>>,
    /// Whether every response names its issuer (RFC 9207 §3).
    pub(super) names_issuer: bool,
}

#[derive(Deserialize)]
struct Document {
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    jwks_uri: String,
    userinfo_endpoint: Option<String>,
    revocation_endpoint: Option<String>,
    token_endpoint_auth_methods_supported: Option<Vec<String>>,
    id_token_signing_alg_values_supported: Option<Vec<String>>,
    #[serde(default)]
    authorization_response_iss_parameter_supported: bool,
}

impl Metadata {
    /// The metadata of `issuer`, by its well-known address.
    pub(super) async fn fetch(
        http: &Http,
        issuer: &Endpoint,
    ) -> Result<(Self, Option<Duration>), ProviderError> {
        let base = issuer.to_string();
        let base = base.trim_end_matches('/');
        let at = issuer.named(&format!("{base}/.well-known/openid-configuration"))?;
        let (document, life) = http.document::<Document>(&at).await?;
        Ok((Self::check(document, issuer)?, life))
    }

    fn check(document: Document, issuer: &Endpoint) -> Result<Self, ProviderError> {
        // Whether the address of an issuer ends with a slash is told differently by its documentation
        // and by itself.
        let same =
            |one: &str, other: &str| one.trim_end_matches('/') == other.trim_end_matches('/');
        if !same(&document.issuer, &issuer.to_string()) {
            return Err(Fault::Metadata.into());
        }
        let methods = document.token_endpoint_auth_methods_supported.as_deref();
        let is_listed = |name: &str| methods.is_none_or(|them| them.iter().any(|it| it == name));
        let secret_in = match is_listed("client_secret_basic") {
            true => SecretIn::Header,
            false => SecretIn::Form,
        };
        Ok(Self {
            authorization: issuer.named(&document.authorization_endpoint)?,
            token: issuer.named(&document.token_endpoint)?,
            keys: issuer.named(&document.jwks_uri)?,
            userinfo: document.userinfo_endpoint.map(|it| issuer.named(&it)).transpose()?,
            revocation: document.revocation_endpoint.map(|it| issuer.named(&it)).transpose()?,
            secret_in,
            algorithms: document.id_token_signing_alg_values_supported,
            names_issuer: document.authorization_response_iss_parameter_supported,
            issuer: document.issuer,
        })
    }
}
