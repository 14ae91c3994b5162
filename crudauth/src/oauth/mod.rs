//! Providers that say who somebody is, by OAuth 2.0 (RFC 6749, with PKCE, RFC 7636) and OpenID Connect:
//! [`Google`], [`GitHub`], any [`Oidc`] provider, and those of the application's own, which implement
//! [`Provider`].
//!
//! Mount them by [`Builder::oauth`](crate::Builder::oauth):
//!
//! ```no_run
//! use crudauth::oauth::{ClientSecret, Google, OAuthConfig};
//! use crudauth::user::{NothingFromForm, SignsInByProviders};
//! use crudauth::{Builder, StartupError};
//!
//! fn configure<U: SignsInByProviders + NothingFromForm, Db, N>(
//!     builder: Builder<U, Db, N>,
//! ) -> Result<Builder<U, Db, N>, StartupError> {
//!     let secret = ClientSecret::from_env("GOOGLE_CLIENT_SECRET")?;
//!     let google = Google::new("1234.apps.googleusercontent.com", secret)?;
//!     Ok(builder.oauth(OAuthConfig::new("https://shop.example.com").add_provider(google)))
//! }
//! # fn ignore<U: SignsInByProviders + NothingFromForm, Db, N>() { let _ = configure::<U, Db, N>; }
//! ```
//!
//! `GET /oauth/{provider}/authorize` sends the browser away, and `GET /oauth/{provider}/callback` signs it
//! in: the account that the identity is linked to, else the one that has its address and has
//! proved it, else a new one. The owner of an address takes over an account that has not proved it
//! ([`Outcome::Claimed`]).
//! Signed-in users link identities, list and unlink them, and prove to be there by `/oauth/{provider}/link`,
//! `/oauth/accounts` and `/oauth/{provider}/reauthenticate`; apps exchange codes at `/oauth/token`. Without HTTP
//! the same is [`CrudAuth::oauth`](crate::CrudAuth::oauth). The [guide](crate::guide::providers) has it all.
//! Where users are of tenants, an identity is that of a user of one of them; a sign-in by it for another tenant is
//! refused by `not_allowed`.
//!
//! Every call is bounded: see [`Http`]. What a provider says is believed only as far as the standards
//! let it: an ID token is verified by the provider's published keys, for this client, this flow and this
//! moment, and an address counts as verified only where the provider says so by `true`.

mod account;
mod accounts;
mod answers;
mod app_tokens;
mod begin;
mod browser;
mod codes;
mod column_issuers;
mod config;
mod cookie;
mod error;
mod form;
mod kept_tokens;
mod known;
mod linked;
mod links;
mod pending;
mod query;
mod refusal;
mod rejection;
mod routes;
mod service;
mod target;
mod username;

pub use self::begin::{Begin, Begun};
pub use self::browser::Browser;
pub use self::config::OAuthConfig;
pub(crate) use self::config::{Around, Checked};
pub use self::error::{OAuthError, ResponseFault, StateFault};
pub(crate) use self::form::FormFields;
pub use self::kept_tokens::ProviderToken;
pub use self::linked::LinkedAccount;
pub use self::refusal::Refusal;
pub(crate) use self::routes::{Neighbours, OAuth};
pub use self::service::{Callback, Completed, OAuthService, Outcome};
pub use crate::providers::{
    Asking, Client, ClientSecret, EmailClaim, Endpoint, Fault, Flow, GitHub, Google, Grant, Http,
    IdTokenFault, Oidc, Profile, Provider, ProviderError, SecretIn, Tokens,
};
