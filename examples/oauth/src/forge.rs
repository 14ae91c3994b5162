//! A provider that crudauth does not know. It has OAuth 2 without OpenID Connect, as many providers do.

use crudauth::oauth::{
    Asking, Client, ClientSecret, EmailClaim, Endpoint, Flow, Grant, Http, Profile, Provider,
    ProviderError, SecretIn,
};
use serde::Deserialize;

/// The application as a client of the forge.
pub(crate) struct Forge {
    issuer: String,
    authorization: Endpoint,
    token: Endpoint,
    me: Endpoint,
    client: Client,
}

/// What the forge says of its user.
#[derive(Deserialize)]
struct Me {
    id: String,
    mail: Option<String>,
    #[serde(default)]
    mail_confirmed: bool,
}

impl Forge {
    pub(crate) fn new(base: &str, id: &str, secret: &str) -> Result<Self, ProviderError> {
        Ok(Self {
            issuer: base.to_owned(),
            authorization: Endpoint::new(&format!("{base}/authorize"))?,
            token: Endpoint::new(&format!("{base}/token"))?,
            me: Endpoint::new(&format!("{base}/me"))?,
            client: Client::new(id, ClientSecret::new(secret)),
        })
    }

    async fn ask(
        &self,
        http: &Http,
        grant: Grant<'_>,
        flow: &Flow,
    ) -> Result<Profile, ProviderError> {
        let tokens = self.client.exchange(http, &self.token, SecretIn::Header, grant, flow).await?;
        let me: Me = http.get(&self.me, Some(tokens.access())).await?;
        // The address leads to an account, so only a confirmed one counts.
        let email = match me.mail {
            Some(mail) if me.mail_confirmed => EmailClaim::Verified(mail),
            Some(mail) => EmailClaim::Unverified(mail),
            None => EmailClaim::None,
        };
        Profile::new(&self.issuer, me.id, email)
    }
}

impl Provider for Forge {
    fn name(&self) -> &str {
        "forge"
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    fn authorize_url<'a>(&'a self, _: &'a Http, flow: &'a Flow) -> Asking<'a, String> {
        let url = self.client.authorize_url(&self.authorization, flow, &[("scope", "user")]);
        Box::pin(async { Ok(url) })
    }

    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile> {
        Box::pin(self.ask(http, grant, flow))
    }
}
