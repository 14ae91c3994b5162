//! Providers that say who somebody is: the port [`Provider`] and its adapters, without routes and
//! without accounts. Applications know them as `crudauth::oauth`.

mod cached;
mod client;
mod endpoint;
mod error;
mod flow;
mod github;
mod google;
mod http;
mod oidc;
mod profile;
mod provider;

pub use self::client::{Client, ClientSecret, SecretIn, Tokens};
pub use self::endpoint::Endpoint;
pub use self::error::{Fault, ProviderError};
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

/// The issuer whose ids are in the column `{name}_id`, unless the application says another.
pub(crate) fn public_issuer(name: &str) -> Option<&'static str> {
    match name {
        "google" => Some(google::ISSUER),
        "github" => Some(github::BASE),
        _ => None,
    }
}

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
