use std::collections::BTreeSet;
use std::time::Duration;

use super::family::Life;
use crate::error::Mistakes;
use crate::scope::ScopeToken;
use crate::token::{IssuerAudience, KeyRing};

/// How long tokens live, what they may be used for, and how the refresh token travels.
///
/// ```
/// use std::time::Duration;
/// use crudauth::{BearerConfig, RefreshDelivery, ScopeName};
///
/// crudauth::scopes! {
///     pub NotesRead = "notes:read";
///     pub ReportsRead = "reports:read";
/// }
///
/// let bearer = BearerConfig::default()
///     .refresh_delivery(RefreshDelivery::Body)
///     .grantable_scopes([NotesRead::NAME, ReportsRead::NAME])
///     .default_scopes([NotesRead::NAME])
///     .access_ttl(Duration::from_secs(5 * 60));
/// # let _ = bearer;
/// ```
#[derive(Debug, Clone)]
pub struct BearerConfig {
    pub(super) access: Duration,
    pub(super) refresh: Duration,
    pub(super) grace: Duration,
    pub(super) per_user: usize,
    pub(super) default_scopes: Vec<ScopeToken>,
    pub(crate) grantable_scopes: BTreeSet<ScopeToken>,
    pub(crate) delivery: RefreshDelivery,
    pub(super) cookie_name: Option<String>,
    pub(super) cookie_path: Option<String>,
    pub(crate) issuer_audience: IssuerAudience,
    pub(crate) keys: Option<KeyRing>,
    pub(crate) first: bool,
    pub(crate) detailed: bool,
}

/// How a client receives its refresh token, and shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RefreshDelivery {
    /// In an `HttpOnly` cookie, out of reach of scripts: for pages in a browser.
    #[default]
    Cookie,
    /// As `refresh_token` in the JSON of answers and requests: for other clients.
    Body,
}

impl Default for BearerConfig {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            access: Duration::from_secs(15 * 60),
            refresh: Duration::from_secs(30 * DAY),
            grace: Duration::from_secs(20),
            per_user: 32,
            default_scopes: Vec::new(),
            grantable_scopes: BTreeSet::new(),
            delivery: RefreshDelivery::default(),
            cookie_name: None,
            cookie_path: None,
            issuer_audience: IssuerAudience::default(),
            keys: None,
            first: false,
            detailed: false,
        }
    }
}

impl BearerConfig {
    /// How long an access token lives, in whole seconds. A logout and a change of credentials end
    /// it sooner here; another service, which verifies it by its signature alone, takes it until
    /// then. Default: 15 minutes.
    #[must_use]
    pub fn access_ttl(mut self, ttl: Duration) -> Self {
        self.access = ttl;
        self
    }

    /// How long after sign-in access tokens can be renewed, in whole seconds; renewing does not
    /// prolong it. Default: 30 days.
    #[must_use]
    pub fn refresh_ttl(mut self, ttl: Duration) -> Self {
        self.refresh = ttl;
        self
    }

    /// How long after its use a refresh token may be shown once more, by a request in parallel
    /// or one whose answer was lost; it then gets the same successor. After that, a use is taken
    /// for that of a thief and ends the sign-in. At most five minutes. Default: 20 seconds.
    #[must_use]
    pub fn refresh_grace(mut self, grace: Duration) -> Self {
        self.grace = grace;
        self
    }

    /// A sign-in by tokens beyond this number ends the user's one that was renewed the longest ago:
    /// its refresh token does not work any more. Default: 32.
    #[must_use]
    pub fn sign_ins_per_user(mut self, most: usize) -> Self {
        self.per_user = most;
        self
    }

    /// The scopes of a token for which none were asked. Each must be grantable. Default: none.
    #[must_use]
    pub fn default_scopes(mut self, scopes: impl IntoIterator<Item = ScopeToken>) -> Self {
        self.default_scopes = scopes.into_iter().collect();
        self
    }

    /// The scopes that a client may ask for; others are left out without a word. Default: none.
    ///
    /// A token that was issued with fewer than these may not change the password or the address of
    /// the account, unless [`AccountScope`](crate::AccountScope) is one of its scopes: make that
    /// grantable, and a default, for a client that does.
    #[must_use]
    pub fn grantable_scopes(mut self, scopes: impl IntoIterator<Item = ScopeToken>) -> Self {
        self.grantable_scopes = scopes.into_iter().collect();
        self
    }

    /// How the refresh token travels. Default: [`RefreshDelivery::Cookie`].
    #[must_use]
    pub fn refresh_delivery(mut self, delivery: RefreshDelivery) -> Self {
        self.delivery = delivery;
        self
    }

    /// Another name for the refresh cookie, used as it is. Default: `__Host-refresh_token`, or
    /// `refresh_token` where the cookie cannot have the prefix.
    #[must_use]
    pub fn refresh_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Below which path the browser sends the refresh cookie; `/refresh` and `/logout` must be
    /// below it. Default: that of the other cookies.
    #[must_use]
    pub fn refresh_cookie_path(mut self, path: impl Into<String>) -> Self {
        self.cookie_path = Some(path.into());
        self
    }

    /// The `iss` of all tokens, required of those that come back. Default: none.
    #[must_use]
    pub fn issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer_audience.issuer = Some(issuer.into());
        self
    }

    /// The `aud` of all tokens, required of those that come back. Needed where several
    /// applications trust one key. Default: none.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.issuer_audience.audience = Some(audience.into());
        self
    }

    /// The keys that sign and verify. Default: HS256 under a key derived from the secret key.
    #[must_use]
    pub fn keys(mut self, keys: impl Into<KeyRing>) -> Self {
        self.keys = Some(keys.into());
        self
    }

    /// Asks for a bearer token before a session, so that it decides where a request has both.
    /// Default: the session decides.
    #[must_use]
    pub fn before_sessions(mut self) -> Self {
        self.first = true;
        self
    }

    /// Lets the answers of `POST /token` and `POST /refresh` have `expires_in`, in seconds, `scope`,
    /// separated by spaces (RFC 6749 §5.1), and `user_id` beside the tokens. Default: they have the
    /// tokens and `token_type` alone.
    #[must_use]
    pub fn detailed_answers(mut self) -> Self {
        self.detailed = true;
        self
    }

    pub(crate) fn life(&self) -> Life {
        Life { ttl: self.refresh, grace: self.grace, per_user: self.per_user }
    }

    /// Those of `scopes` that are grantable, each once.
    pub(super) fn clamp<'a>(&self, scopes: impl IntoIterator<Item = &'a str>) -> Vec<String> {
        let mut clamped: Vec<String> = Vec::new();
        for scope in scopes {
            if self.grantable_scopes.contains(scope) && clamped.iter().all(|one| one != scope) {
                clamped.push(scope.to_owned());
            }
        }
        clamped
    }

    /// Notes what is wrong, and the way out.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let second = Duration::from_secs(1);
        if self.access < second {
            mistakes.add(
                "an access token needs to live for at least one second: raise \
                 `BearerConfig::access_ttl`",
            );
        }
        if self.refresh < self.access {
            mistakes.add(
                "a refresh token would end before the access token that it renews: raise \
                 `BearerConfig::refresh_ttl` or lower `BearerConfig::access_ttl`",
            );
        }
        if self.grace > Duration::from_secs(5 * 60) {
            mistakes.add(
                "a stolen refresh token would go unnoticed for too long: lower \
                 `BearerConfig::refresh_grace` to at most five minutes",
            );
        }
        if self.per_user == 0 {
            mistakes.add("no user could sign in: raise `BearerConfig::sign_ins_per_user`");
        }
        for (name, setting) in
            [(&self.issuer_audience.issuer, "issuer"), (&self.issuer_audience.audience, "audience")]
        {
            if name.as_deref().is_some_and(str::is_empty) {
                mistakes.add(format!(
                    "`BearerConfig::{setting}` is empty, which tells nobody apart: give a name, or \
                     leave it out"
                ));
            }
        }
        let path = self.cookie_path.as_deref().unwrap_or_default().trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        if ["token", "refresh", "logout"].contains(&last) {
            mistakes.add(format!(
                "a refresh cookie with the path `{path}` would not reach both `/refresh` and \
                 `/logout`: give `BearerConfig::refresh_cookie_path` the path that the routes are \
                 nested under"
            ));
        }
        for scope in &self.default_scopes {
            if !self.grantable_scopes.contains(scope) {
                mistakes.add(format!(
                    "the default scope `{scope}` could never be granted: add it to \
                     `BearerConfig::grantable_scopes`, or take it out of \
                     `BearerConfig::default_scopes`"
                ));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::BearerConfig;
    use crate::error::{Mistakes, StartupError};
    use crate::scope::ScopeName;

    crate::scopes! {
        A = "a";
        B = "b";
    }

    fn mistakes(config: &BearerConfig) -> Result<(), StartupError> {
        Mistakes::none_of(|mistakes| config.check(mistakes))
    }

    #[test]
    fn what_cannot_work_is_refused_with_the_way_out() {
        let default = BearerConfig::default;
        for (config, setting) in [
            (default().access_ttl(Duration::ZERO), "`BearerConfig::access_ttl`"),
            (default().refresh_ttl(Duration::from_secs(60)), "`BearerConfig::refresh_ttl`"),
            (default().refresh_grace(Duration::from_secs(301)), "`BearerConfig::refresh_grace`"),
            (default().sign_ins_per_user(0), "`BearerConfig::sign_ins_per_user`"),
            (default().issuer(""), "`BearerConfig::issuer`"),
            (default().audience(""), "`BearerConfig::audience`"),
            (default().refresh_cookie_path("/a/refresh"), "`BearerConfig::refresh_cookie_path`"),
            (default().refresh_cookie_path("/logout/"), "`BearerConfig::refresh_cookie_path`"),
            (default().default_scopes([A::NAME]), "`BearerConfig::grantable_scopes`"),
        ] {
            let text = mistakes(&config).expect_err(setting).to_string();
            assert!(text.contains(setting), "{text}");
        }
        let works = default().grantable_scopes([A::NAME, B::NAME]).default_scopes([A::NAME]);
        assert!(mistakes(&works).is_ok());
    }

    #[test]
    fn scopes_are_clamped_to_what_is_grantable() {
        let config = BearerConfig::default().grantable_scopes([A::NAME, B::NAME]);
        assert_eq!(config.clamp(["b", "x", "b", "a", ""]), ["b", "a"]);
    }
}
