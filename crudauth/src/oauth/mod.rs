//! Providers that say who somebody is, by OAuth 2.0 (RFC 6749, with PKCE, RFC 7636) and OpenID Connect:
//! [`Google`], [`GitHub`], any [`Oidc`] provider, and those of the application's own, which implement
//! [`Provider`].
//!
//! A provider sends the browser away with a [`Flow`], and makes of what the browser brings back a
//! [`Profile`]. crudauth mounts no routes for this yet: the application keeps the flow while the browser
//! is away, decides whose account a profile is, and signs the user in by
//! [`CrudAuth::sign_in`](crate::CrudAuth::sign_in), through the same door as everybody.
//!
//! ```no_run
//! use crudauth::oauth::{ClientSecret, Flow, Grant, Http, Oidc, Provider};
//!
//! # async fn flow(code: &str, iss: Option<&str>) -> Result<(), Box<dyn std::error::Error>> {
//! let provider = Oidc::new("sso", "https://sso.example.com", "shop")?
//!     .secret(ClientSecret::from_env("SSO_CLIENT_SECRET")?);
//! let http = Http::new()?;
//!
//! // Keep the flow under its state, for ten minutes, for this browser alone; send it to `url`.
//! let flow = Flow::new("https://shop.example.com/sso/callback")?;
//! let url = provider.authorize_url(&http, &flow).await?;
//!
//! // Take the flow of the state that comes back, once, and ask who it is.
//! let profile = provider.profile(&http, Grant { code, iss }, &flow).await?;
//! let identity = (profile.issuer(), profile.subject());
//! # drop((url, identity)); Ok(())
//! # }
//! ```
//!
//! What the application has to see to itself:
//!
//! - A state serves once, for ten minutes, and for the browser that it was made for: keep the digest of a
//!   secret cookie with the flow (`HttpOnly`, `SameSite=Lax`), and compare it before the flow is taken.
//! - Each provider has a redirect URI of its own, so that no provider gets the code of another one.
//! - An identity is the issuer and the subject, together with the users table that it belongs to. Never
//!   find a user by an address that the provider does not call verified, nor link an account whose own
//!   address nobody has proved: whoever signed up with that address first would keep the password.
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

use crate::error::StartupError;

/// The most characters of the name of a provider.
const MAX_NAME: usize = 32;

/// Whether paths can have the name of a provider.
fn check_name(name: &str) -> Result<(), StartupError> {
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
