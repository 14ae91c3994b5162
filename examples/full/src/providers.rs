//! The providers that users sign in by: an OpenID provider and one like GitHub, each where the environment
//! names it.

use std::env;
use std::error::Error;

use crudauth::oauth::{ClientSecret, GitHub, OAuthConfig, Oidc};
use crudauth::{Builder, StartupError};

use crate::model::Account;
use crate::settings::text;

/// Where a sign-in ends that asks for no other page: `/` sends the browser there, `/tuned` says it in JSON.
const SIGNED_IN: &str = "https://app.example.com/signed-in?from=oauth";
/// No page of another origin is a target.
const ORIGIN: &str = "https://app.example.com";

/// What the environment says.
#[derive(Default)]
pub(crate) struct Providers {
    /// `OAUTH_BASE_URL`: the address under which browsers know this server, to which providers send them
    /// back. Default: `http://` and `LISTEN`.
    base: String,
    /// `OIDC_ISSUER`, `OIDC_CLIENT_ID`, `OIDC_CLIENT_SECRET`: an OpenID provider. Default: none.
    oidc: Option<Client>,
    /// `GITHUB_CLIENT_ID`, `GITHUB_CLIENT_SECRET`, and `GITHUB_BASE_URL` for another server than
    /// `https://github.com`. Default: none.
    github: Option<Client>,
}

/// This application as a provider knows it.
struct Client {
    /// The address of the provider.
    at: String,
    id: String,
    secret: ClientSecret,
}

impl Providers {
    pub(crate) fn from_env(listen: &str) -> Result<Self, Box<dyn Error>> {
        let named = |id: &str, secret: &str, at: &str, default: Option<&str>| {
            if env::var_os(id).is_none() {
                return Ok(None);
            }
            let at = match default {
                Some(default) => text(at, default)?,
                None => env::var(at).map_err(|error| format!("{at}: {error}"))?,
            };
            let secret = ClientSecret::from_env(secret)?;
            Ok::<_, Box<dyn Error>>(Some(Client { at, id: text(id, "")?, secret }))
        };
        let oidc = named("OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_ISSUER", None)?;
        let github = Some("https://github.com");
        let github = named("GITHUB_CLIENT_ID", "GITHUB_CLIENT_SECRET", "GITHUB_BASE_URL", github)?;
        Ok(Self { base: text("OAUTH_BASE_URL", &format!("http://{listen}"))?, oidc, github })
    }

    /// Mounts them on the surface whose routes begin with `prefix`. Without any, there are no such routes.
    pub(crate) fn mount<Db, N>(
        &self,
        prefix: &str,
        builder: Builder<Account, Db, N>,
        config: impl FnOnce(OAuthConfig) -> OAuthConfig,
    ) -> Result<Builder<Account, Db, N>, StartupError> {
        if self.oidc.is_none() && self.github.is_none() {
            return Ok(builder);
        }
        let mut providers = OAuthConfig::new(format!("{}{prefix}", self.base))
            .default_redirect(SIGNED_IN)
            .add_redirect_origin(ORIGIN);
        if let Some(Client { at, id, secret }) = &self.oidc {
            providers = providers.add_provider(Oidc::new("oidc", at, id)?.secret(secret.clone()));
        }
        if let Some(Client { at, id, secret }) = &self.github {
            providers = providers.add_provider(GitHub::new(id, secret.clone())?.base_url(at)?);
        }
        Ok(builder.oauth(config(providers)))
    }
}
