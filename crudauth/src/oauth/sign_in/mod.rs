//! Signing users in by a provider.

mod account;
mod browser;
mod config;
mod error;
mod pending;
mod refusal;
mod routes;
mod service;
mod username;

pub use self::browser::Browser;
pub(crate) use self::config::Checked;
pub use self::config::OAuthConfig;
pub use self::error::OAuthError;
pub use self::refusal::Refusal;
pub(crate) use self::routes::OAuth;
pub use self::service::{Begin, Begun, Callback, Completed, OAuthService, Outcome};
