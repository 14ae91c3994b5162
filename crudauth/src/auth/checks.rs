//! What cannot work, or is unsafe, is found before anything is opened.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::settings::{CoreSettings, Settings};
use crate::delivery::Compiled;
use crate::error::{Mistakes, StartupError};
#[cfg(feature = "oauth")]
use crate::http::Route;
use crate::http::{InvalidCookie, OriginPolicy, TrustedOrigin};
use crate::principal::{Bearer, Session, TransportName};
use crate::secret::SecretKey;
use crate::transport::bearer::RefreshCookie;
use crate::transport::session::SessionCookies;
use crate::user::{AuthUser, FactorPlace};

/// The settings after the checks, in the form that the services take.
pub(super) struct Checked {
    pub(super) origins: OriginPolicy,
    pub(super) cookies: SessionCookies,
    /// `None` without bearer tokens.
    pub(super) refresh_cookie: Option<RefreshCookie>,
    #[cfg(feature = "oauth")]
    pub(super) oauth: Option<crate::oauth::Checked>,
    /// `None` where no messages are sent.
    pub(super) delivery: Option<Compiled>,
}

impl<U: AuthUser> Settings<U> {
    /// # Errors
    ///
    /// [`StartupError`] with every mistake.
    pub(super) fn check(&mut self, key: &SecretKey) -> Result<Checked, StartupError> {
        let mut mistakes = Mistakes::default();
        self.sudo.check(&mut mistakes);
        self.check_transports(&mut mistakes);
        match &mut self.core.mfa {
            Some(mfa) => mfa.check(key, &mut mistakes),
            None => check_second_factors::<U>(&mut mistakes),
        }
        self.routes.check(&mut mistakes);
        self.connections.check(&mut mistakes);
        let core = &mut self.core;
        core.check(&mut mistakes);
        let origins = core.origins(&mut mistakes);
        let clock = || Arc::clone(&core.clock);
        let cookies =
            SessionCookies::new(core.cookies.clone(), &core.session, clock(), &mut mistakes);
        let refresh_cookie = self.bearer.as_ref().map(|bearer| {
            bearer.check(&mut mistakes);
            RefreshCookie::new(core.cookies.clone(), bearer, &cookies, clock(), &mut mistakes)
        });
        if let Some(mistake) = self.claims.as_ref().and_then(|claims| claims.mistake.as_ref()) {
            mistakes.add(format!(
                "the type of `Builder::claims` {mistake}: give another name, or another type"
            ));
        }
        #[cfg(feature = "oauth")]
        if let Some(mistake) = self.oauth_mistake.take() {
            mistakes.add(mistake);
        }
        #[cfg(feature = "oauth")]
        let oauth = self.oauth.take().and_then(|config| {
            let around = crate::oauth::Around {
                callback: self
                    .routes
                    .path(Route::OAuthCallback)
                    .unwrap_or(Route::OAuthCallback.path()),
                has_tokens: self.bearer.is_some(),
            };
            config.check::<U>(&core.clock, &around, &mut mistakes)
        });
        let has_mail = core.delivery.is_some();
        if let Some(links) = &self.magic_links {
            links.check(has_mail, &mut mistakes);
        }
        if let Some(codes) = &self.email_codes {
            codes.check::<U>(has_mail, &mut mistakes);
        }
        let delivery = core.delivery.take().zip(U::SCHEMA.recovery);
        let delivery = delivery.and_then(|(config, factor)| config.compile(factor, &mut mistakes));
        mistakes.finish()?;
        Ok(Checked {
            origins,
            cookies,
            refresh_cookie,
            #[cfg(feature = "oauth")]
            oauth,
            delivery,
        })
    }

    /// A gate asks for a transport by its name, so that two of one name could not be told apart.
    fn check_transports(&self, mistakes: &mut Mistakes) {
        let mut names = BTreeSet::from([Session::NAME]);
        names.extend(self.bearer.as_ref().map(|_| Bearer::NAME));
        for name in self.transports.iter().map(|transport| transport.name()) {
            if !names.insert(name) {
                mistakes.add(format!(
                    "two transports are named `{name}`: let `Transport::name` of the one that is \
                     given to `Builder::add_transport` return another name"
                ));
            }
        }
    }
}

/// Accounts with a second factor in a table that nothing asks would be let in by their password alone.
fn check_second_factors<U: AuthUser>(mistakes: &mut Mistakes) {
    if U::SECOND_FACTORS == Some(FactorPlace::OwnTable) {
        mistakes.add(format!(
            "`{}` keeps second factors in crudauth's table, and nothing asks for them: call \
             `Builder::mfa`, or remove `second_factor` from `#[auth(beside(..))]`",
            U::SCHEMA.user
        ));
    }
}

impl<U: AuthUser> CoreSettings<U> {
    fn check(&self, mistakes: &mut Mistakes) {
        self.session.check(mistakes);
        self.limits.check(mistakes);
        for mistake in self.policy.mistakes() {
            mistakes.add(mistake.to_string());
        }
        for mistake in self.lockout.mistakes() {
            mistakes.add(mistake.to_string());
        }
        if let Some(tenant) = U::SCHEMA.tenant().filter(|_| self.tenant.is_none()) {
            mistakes.add(format!(
                "`{}` is of a tenant by `{}`, and nothing says which tenant a request is for: give \
                 `Builder::tenant` a function that does, as in `.tenant(|request| ..)`",
                U::SCHEMA.user,
                tenant.field,
            ));
        }
        if self.body_limit < 1024 {
            mistakes.add(
                "a sign-up does not fit into the body limit: raise `Builder::body_limit` to at \
                 least 1,024 bytes",
            );
        }
        if let Err(error) = self.cookies.check_path() {
            mistakes.add(format!("`CookieConfig::path`: {error}"));
        }
        match self.cookies.check_reach() {
            Err(error @ InvalidCookie::Domain) => {
                mistakes.add(format!("`CookieConfig::domain`: {error}"));
            }
            Err(error) => mistakes.add(format!("`CookieConfig::same_site`: {error}")),
            Ok(()) => {}
        }
        if self.cookies.is_lent_to_other_sites() && self.trusted_origins.is_empty() {
            mistakes.add(
                "`CookieConfig::same_site`: `SameSite::None` is for pages of another site, and none \
                 is trusted: name it by `Builder::add_trusted_origin`, or leave the default",
            );
        }
        if self.cookies.is_lent_to_other_sites() && !self.session.csrf {
            mistakes.add(
                "`CookieConfig::same_site`: with `SameSite::None` browsers guard nothing by \
                 themselves: keep the CSRF tokens, and leave out `SessionConfig::without_csrf_token`",
            );
        }
    }

    /// Whose pages may use the cookies. A page that came without TLS can be written by anybody on
    /// its way, and cookies that are kept from such pages are not to be lent to one.
    fn origins(&self, mistakes: &mut Mistakes) -> OriginPolicy {
        let mut trusted = Vec::new();
        for text in &self.trusted_origins {
            let parsed = text.parse().map_err(|error| format!("{error}"));
            let parsed = parsed.and_then(|origin: TrustedOrigin| {
                match self.cookies.is_secure() && !origin.is_trustworthy() {
                    false => Ok(origin),
                    true => Err("anybody on the network can write the pages of an origin without \
                                 TLS: begin it with `https://`"
                        .to_owned()),
                }
            });
            match parsed {
                Ok(origin) => trusted.push(origin),
                Err(why) => {
                    mistakes.add(format!("`Builder::add_trusted_origin({text:?})`: {why}"));
                }
            }
        }
        let origins = OriginPolicy::new(trusted);
        if self.cookies.is_secure() { origins.over_tls() } else { origins }
    }
}
