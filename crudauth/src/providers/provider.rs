//! The port to a provider.

use std::future::Future;
use std::pin::Pin;

use super::{Flow, Grant, Http, Profile, ProviderError, Tokens};
use crate::error::StartupError;

/// A service that authenticates its users for the application: [`Google`](super::Google), [`GitHub`](super::GitHub), any
/// [`Oidc`](super::Oidc) provider, or one of the application's own.
pub trait Provider: Send + Sync + 'static {
    /// Its name in paths, such as `google`: at most 32 of `a` to `z`, `0` to `9`, `_` and `-`.
    fn name(&self) -> &str;

    /// Who it is to the identities that it names: the issuer of an OpenID provider, or a constant URL of
    /// another one. A [`Profile`] of another issuer is refused.
    fn issuer(&self) -> &str;

    /// What is wrong with its settings, for the start of the application. Nothing is called. Default:
    /// nothing is wrong.
    ///
    /// # Errors
    ///
    /// Where it cannot work.
    fn check(&self) -> Result<(), StartupError> {
        Ok(())
    }

    /// Whether it posts what the browser brings back, by `response_mode=form_post`. Default: no.
    fn posts_back(&self) -> bool {
        false
    }

    /// Whether it signs users in anew and proves when it did, for a [`Flow`] that
    /// [asks for it](Flow::asked_anew_at). Default: no.
    fn can_ask_anew(&self) -> bool {
        false
    }

    /// Where the browser is sent. The address has the state and the challenge of the flow.
    fn authorize_url<'a>(&'a self, http: &'a Http, flow: &'a Flow) -> Asking<'a, String>;

    /// Exchanges what the browser has brought back, and says who has signed in. A code is exchanged
    /// once, and never tried again.
    fn profile<'a>(
        &'a self,
        http: &'a Http,
        grant: Grant<'a>,
        flow: &'a Flow,
    ) -> Asking<'a, Profile>;

    /// Tokens anew, by a refresh token that was [kept](crate::oauth::OAuthConfig::keep_tokens_of). Default:
    /// the provider takes none.
    fn refresh<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, Tokens> {
        let _ = (http, token);
        Box::pin(async { Err(ProviderError::takes_none()) })
    }

    /// Has the provider forget a token that was kept, once its link is removed. Default: it is only
    /// forgotten here.
    fn revoke<'a>(&'a self, http: &'a Http, token: &'a str) -> Asking<'a, ()> {
        let _ = (http, token);
        Box::pin(async { Ok(()) })
    }
}

/// What the calls of a [`Provider`] return.
pub type Asking<'a, T> = Pin<Box<dyn Future<Output = Result<T, ProviderError>> + Send + 'a>>;
