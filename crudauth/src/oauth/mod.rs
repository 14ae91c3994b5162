//! Providers that say who somebody is, by OAuth 2.0 (RFC 6749, with PKCE, RFC 7636) and OpenID Connect:
//! [`Google`], [`GitHub`], any [`Oidc`] provider, and those of the application's own, which implement
//! [`Provider`].
//!
//! Mount them by [`Builder::oauth`](crate::Builder::oauth):
//!
//! ```no_run
//! use crudauth::oauth::{ClientSecret, Google, OAuthConfig};
//! use crudauth::user::{HasEmail, HasEmailVerified};
//! use crudauth::{Builder, StartupError};
//!
//! fn configure<U: HasEmail + HasEmailVerified, Db, N>(
//!     builder: Builder<U, Db, N>,
//! ) -> Result<Builder<U, Db, N>, StartupError> {
//!     let secret = ClientSecret::from_env("GOOGLE_CLIENT_SECRET")?;
//!     let google = Google::new("1234.apps.googleusercontent.com", secret)?;
//!     Ok(builder.oauth(OAuthConfig::new("https://shop.example.com").add_provider(google)))
//! }
//! # fn ignore<U: HasEmail + HasEmailVerified, Db, N>() { let _ = configure::<U, Db, N>; }
//! ```
//!
//! `GET /oauth/{provider}/authorize` sends the browser away, and `GET /oauth/{provider}/callback` signs it
//! in: the account that the identity is linked to, else the one that has its address and has
//! proved it, else a new one. An account whose address nobody has proved is taken from whoever made it
//! ([`Outcome::Claimed`]).
//! Without HTTP the same is [`CrudAuth::oauth`](crate::CrudAuth::oauth). Links are not shown to
//! users yet, nor taken away by them.
//!
//! Every call is bounded: see [`Http`]. What a provider says is believed only as far as the standards
//! let it: an ID token is verified by the provider's published keys, for this client, this flow and this
//! moment, and an address counts as verified only where the provider says so by `true`.

mod cached;
mod endpoint;
mod error;
mod exchange;
mod flow;
mod github;
mod google;
mod http;
mod oidc;
mod profile;
mod provider;
mod sign_in;

pub use self::endpoint::Endpoint;
pub use self::error::{Fault, ProviderError};
pub use self::exchange::{ClientSecret, SecretIn};
pub use self::flow::{Flow, Grant};
pub use self::github::GitHub;
pub use self::google::Google;
pub use self::http::Http;
pub use self::oidc::{IdTokenFault, Oidc};
pub use self::profile::{EmailClaim, Profile};
pub use self::provider::{Asking, Provider};
pub use self::sign_in::{
    Begin, Begun, Browser, Callback, Completed, OAuthConfig, OAuthError, OAuthService, Outcome,
    Refusal,
};
pub(crate) use self::sign_in::{Checked, OAuth};

use crate::error::StartupError;

/// The most characters of the name of a provider.
const MAX_NAME: usize = 32;

/// Whether paths can have the name of a provider.
pub(crate) fn check_name(name: &str) -> Result<(), StartupError> {
    let is_plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_-".contains(&byte);
    match (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(is_plain) {
        true => Ok(()),
        false => Err(StartupError::setting(format!(
            "{name:?} is no name of a provider: paths have it, so give it 1 to {MAX_NAME} of `a` to `z`, \
             `0` to `9`, `_` and `-`"
        ))),
    }
}
