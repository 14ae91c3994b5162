//! How the application's own code signs a user in.

use std::time::Duration;

use crate::password::Password;
use crate::scope::ScopeToken;
use crate::user::LoginName;

/// A name and a password, which are checked as those of `POST /login` are: with the lockout, by
/// the address and the device of the request.
#[derive(Debug)]
pub struct Credentials {
    pub(crate) name: LoginName,
    pub(crate) password: Password,
}

impl Credentials {
    /// What somebody has typed.
    #[must_use]
    pub fn new(name: impl Into<String>, password: Password) -> Self {
        Self { name: LoginName::new(name), password }
    }
}

/// Signs in by a session, whose cookies go to the browser. Default: one that ends with the browser.
#[derive(Debug, Clone, Copy, Default)]
pub struct SessionOptions {
    pub(crate) remember: bool,
}

impl SessionOptions {
    /// Whether the session outlives the browser, as `remember_me` of `POST /login` does. Default: it
    /// does not.
    #[must_use]
    pub fn remember_me(self, remember: bool) -> Self {
        Self { remember }
    }
}

/// Signs in by an access token and a refresh token, as `POST /token` does. Default: with
/// [`BearerConfig::default_scopes`](crate::BearerConfig::default_scopes).
#[derive(Debug, Clone, Default)]
pub struct TokenOptions {
    pub(crate) scopes: Option<Vec<ScopeToken>>,
}

impl TokenOptions {
    /// The scopes of the tokens. Those that are not
    /// [grantable](crate::BearerConfig::grantable_scopes) are left out.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = ScopeToken>) -> Self {
        Self { scopes: Some(scopes.into_iter().collect()) }
    }
}

/// Signs in by an access token alone, for a job: nothing renews it.
///
/// All that ends the tokens of a sign-in ends it too:
/// [`BearerTokens::end`](crate::BearerTokens::end) with the token,
/// [`BearerTokens::end_all`](crate::BearerTokens::end_all), a change of credentials, and a user's
/// own look at `GET /sessions`, where it is listed. It does not count against
/// [`BearerConfig::sign_ins_per_user`](crate::BearerConfig::sign_ins_per_user).
#[derive(Debug, Clone)]
pub struct AccessTokenOptions {
    pub(crate) lifetime: Duration,
    pub(crate) scopes: Vec<ScopeToken>,
}

impl AccessTokenOptions {
    /// A token for `lifetime`, in whole seconds: at least one, and at most what
    /// [`BearerConfig::refresh_ttl`](crate::BearerConfig::refresh_ttl) is. Default: without scopes.
    #[must_use]
    pub fn lasting(lifetime: Duration) -> Self {
        Self { lifetime, scopes: Vec::new() }
    }

    /// The scopes of the token. Those that are not
    /// [grantable](crate::BearerConfig::grantable_scopes) are left out.
    #[must_use]
    pub fn scopes(self, scopes: impl IntoIterator<Item = ScopeToken>) -> Self {
        Self { scopes: scopes.into_iter().collect(), ..self }
    }
}
