//! The part of the environment that is about sign-in by providers.

use std::ffi::OsString;

use super::names::{
    GITHUB_BASE_URL, GITHUB_CLIENT_ID, GITHUB_CLIENT_SECRET, GOOGLE_CLIENT_ID,
    GOOGLE_CLIENT_SECRET, GOOGLE_HOSTED_DOMAIN, OAUTH_BASE_URL, OAUTH_REDIRECT_URL, OIDC_CLIENT_ID,
    OIDC_CLIENT_SECRET, OIDC_ISSUER, Variable,
};
use super::vars::Vars;
use super::{Builder, EnvError};
use crate::error::StartupError;
use crate::oauth::{ClientSecret, FormFields, GitHub, Google, OAuthConfig, Oidc};
use crate::user::{AuthUser, NothingFromForm, SignsInByProviders};

impl OAuthConfig {
    /// The providers that the environment of the process names, by the variables that
    /// [`CrudAuth::from_env`](crate::CrudAuth::from_env) lists: Google, GitHub, and an OpenID provider under the name
    /// `oidc`. `None` where it names none. [`Builder::oauth_from_env`] mounts them after
    /// [`CrudAuth::from_env`](crate::CrudAuth::from_env).
    ///
    /// # Errors
    ///
    /// [`EnvError`] has every mistake, each with the name of its variable. It never quotes a secret.
    pub fn from_env() -> Result<Option<Self>, EnvError> {
        Self::from_vars(std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), with these variables in the place of the environment.
    ///
    /// ```
    /// use crudauth::oauth::OAuthConfig;
    ///
    /// let vars = [("GOOGLE_CLIENT_ID", "1234.apps.googleusercontent.com")];
    /// let error = OAuthConfig::from_vars(vars).unwrap_err().to_string();
    /// assert_eq!(
    ///     error,
    ///     "the environment has 2 mistakes\n\
    ///      - `GOOGLE_CLIENT_SECRET` is missing: set it, or `OAUTH_GOOGLE_CLIENT_SECRET`\n\
    ///      - `OAUTH_BASE_URL` is missing: set it, as in `https://shop.example.com`",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars<K: Into<OsString>, V: Into<OsString>>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Option<Self>, EnvError> {
        let FromEnv { names_some, config } = read(&mut Vars::of(vars));
        match names_some {
            true => config.map(Some),
            false => Ok(None),
        }
    }
}

impl<U: AuthUser, Db, N> Builder<U, Db, N> {
    /// Mounts the providers that the environment names: after [`CrudAuth::from_env`](crate::CrudAuth::from_env), by
    /// the variables that it lists. `change` adds what the environment does not say, such as a provider of the
    /// application's own, which needs `OAUTH_BASE_URL` alone. Where neither names a provider, nothing is mounted.
    /// Mistakes of those variables come with all others of [`build`](Builder::build).
    ///
    /// A struct whose sign-up needs more than a provider says does not compile here. It has
    /// [`oauth_with`](Builder::oauth_with), whose `config` is the one in [`OAuthConfig::from_env`]:
    ///
    /// ```no_run
    /// # use crudauth::{AuthUser, CrudAuth, Sqlite, StartupError, oauth::OAuthConfig};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, email_verified -> Bool, token_version -> Integer, country -> Text } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool,
    /// #     email_verified: bool, token_version: i32, #[auth(register)] country: String,
    /// # }
    /// # async fn start() -> Result<(), StartupError> {
    /// let mut builder = CrudAuth::<Account>::from_env::<Sqlite>()?;
    /// if let Some(config) = OAuthConfig::from_env()? {
    ///     builder = builder.oauth_with(config, |_profile| async move {
    ///         Ok(Some(AccountOAuthFields { country: "CH".to_owned() }))
    ///     });
    /// }
    /// let auth = builder.build().await?;
    /// # let _ = auth;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Others add what they need in the closure:
    ///
    /// ```no_run
    /// # use crudauth::{AuthUser, CrudAuth, Sqlite, StartupError};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, email_verified -> Bool, token_version -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool,
    /// #     email_verified: bool, token_version: i32,
    /// # }
    /// # async fn start() -> Result<(), StartupError> {
    /// let auth = CrudAuth::<Account>::from_env::<Sqlite>()?
    ///     .oauth_from_env(|config| config.add_app_link("com.example.shop:/signed-in"))
    ///     .build()
    ///     .await?;
    /// # let _ = auth;
    /// # Ok(())
    /// # }
    /// ```
    pub fn oauth_from_env(mut self, change: impl FnOnce(OAuthConfig) -> OAuthConfig) -> Self
    where
        U: SignsInByProviders + NothingFromForm,
    {
        let Some(FromEnv { names_some, config }) = self.settings.oauth_from_env.take() else {
            self.settings.oauth_mistake = Some(NOT_FROM_ENV.to_owned());
            return self;
        };
        match config {
            Ok(config) => {
                let config = change(config);
                if config.has_providers() {
                    self.settings.oauth = Some(config);
                    self.settings.oauth_form = Some(FormFields::none());
                }
            }
            // Without providers nobody needs the variables, which may be those of another program.
            Err(error) => {
                if names_some || change(OAuthConfig::new("")).has_providers() {
                    self.settings.oauth_mistake = Some(error.to_string());
                }
            }
        }
        self
    }
}

const NOT_FROM_ENV: &str = "`Builder::oauth_from_env` has no environment: call it once, after \
                            `CrudAuth::from_env`, or give `Builder::oauth` a configuration";

/// What the environment says of providers.
pub(in super::super) struct FromEnv {
    /// Whether it names one.
    pub(super) names_some: bool,
    /// With those that it names; or what is wrong with the variables.
    pub(super) config: Result<OAuthConfig, EnvError>,
}

/// Reads what the environment says of providers. Its mistakes are not those of `vars`.
pub(super) fn read(vars: &mut Vars) -> FromEnv {
    let before = vars.mistakes();
    let names_some = NAMES.iter().any(|variable| vars.is_set(variable));
    let config = config(vars);
    let mistakes = vars.take_mistakes(before);
    let config = match config {
        Some(config) if mistakes.is_empty() => Ok(config),
        _ => Err(EnvError { mistakes }),
    };
    FromEnv { names_some, config }
}

/// A provider is named where one of these is set.
const NAMES: [&Variable; 9] = [
    &GOOGLE_CLIENT_ID,
    &GOOGLE_CLIENT_SECRET,
    &GOOGLE_HOSTED_DOMAIN,
    &GITHUB_CLIENT_ID,
    &GITHUB_CLIENT_SECRET,
    &GITHUB_BASE_URL,
    &OIDC_ISSUER,
    &OIDC_CLIENT_ID,
    &OIDC_CLIENT_SECRET,
];

/// `None` after a mistake.
fn config(vars: &mut Vars) -> Option<OAuthConfig> {
    // All are read before the first mistake counts.
    let (google, github, oidc) = (google(vars), github(vars), oidc(vars));
    let (base, target) = (vars.required(&OAUTH_BASE_URL), vars.optional(&OAUTH_REDIRECT_URL));
    let mut config = OAuthConfig::new(base?);
    if let Some(google) = google? {
        config = config.add_provider(google);
    }
    if let Some(github) = github? {
        config = config.add_provider(github);
    }
    if let Some(oidc) = oidc? {
        config = config.add_provider(oidc);
    }
    match target? {
        // A page elsewhere makes its origin one where flows may end.
        Some(target) => match origin(&target) {
            Some(origin) => Some(config.add_redirect_origin(origin).default_redirect(target)),
            None => Some(config.default_redirect(target)),
        },
        None => Some(config),
    }
}

fn origin(target: &str) -> Option<&str> {
    let host = target.find("://")? + 3;
    let end = target[host..].find(['/', '?', '#']).map_or(target.len(), |at| host + at);
    Some(&target[..end])
}

/// `None` after a mistake, `Some(None)` where it is not named.
#[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
fn google(vars: &mut Vars) -> Option<Option<Google>> {
    let names = [&GOOGLE_CLIENT_ID, &GOOGLE_CLIENT_SECRET, &GOOGLE_HOSTED_DOMAIN];
    if !names.into_iter().any(|variable| vars.is_set(variable)) {
        return Some(None);
    }
    let (id, secret) = client(vars, (&GOOGLE_CLIENT_ID, &GOOGLE_CLIENT_SECRET));
    let domain = vars.optional(&GOOGLE_HOSTED_DOMAIN);
    let google = accept(vars, &GOOGLE_CLIENT_ID, Google::new(id?, secret?))?;
    Some(Some(match domain? {
        Some(domain) => google.hosted_domain(domain),
        None => google,
    }))
}

#[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
fn github(vars: &mut Vars) -> Option<Option<GitHub>> {
    let names = [&GITHUB_CLIENT_ID, &GITHUB_CLIENT_SECRET, &GITHUB_BASE_URL];
    if !names.into_iter().any(|variable| vars.is_set(variable)) {
        return Some(None);
    }
    let (id, secret) = client(vars, (&GITHUB_CLIENT_ID, &GITHUB_CLIENT_SECRET));
    let base = vars.optional(&GITHUB_BASE_URL);
    let github = accept(vars, &GITHUB_CLIENT_ID, GitHub::new(id?, secret?))?;
    match base? {
        Some(base) => accept(vars, &GITHUB_BASE_URL, github.base_url(&base)).map(Some),
        None => Some(Some(github)),
    }
}

#[expect(clippy::option_option, reason = "a mistake and an absence are two things")]
fn oidc(vars: &mut Vars) -> Option<Option<Oidc>> {
    let names = [&OIDC_ISSUER, &OIDC_CLIENT_ID, &OIDC_CLIENT_SECRET];
    if !names.into_iter().any(|variable| vars.is_set(variable)) {
        return Some(None);
    }
    let (issuer, id) = (vars.required(&OIDC_ISSUER), vars.required(&OIDC_CLIENT_ID));
    let secret = vars.secret(&OIDC_CLIENT_SECRET);
    let oidc = accept(vars, &OIDC_ISSUER, Oidc::new("oidc", &issuer?, id?))?;
    Some(Some(match secret? {
        Some(secret) => oidc.secret(ClientSecret::new(secret.as_str())),
        None => oidc,
    }))
}

fn client(
    vars: &mut Vars,
    (id, secret): (&Variable, &Variable),
) -> (Option<String>, Option<ClientSecret>) {
    let (id, secret) = (vars.required(id), vars.required_secret(secret));
    (id, secret.map(|secret| ClientSecret::new(secret.as_str())))
}

fn accept<T>(vars: &mut Vars, variable: &Variable, made: Result<T, StartupError>) -> Option<T> {
    made.map_err(|error| vars.mistake(variable, format!(": {error}"))).ok()
}

#[cfg(test)]
mod tests {
    use super::{Vars, google};

    /// Google itself would have to be asked for what it is sent.
    #[test]
    fn the_organisation_of_the_environment_is_that_of_google() {
        let client = [("GOOGLE_CLIENT_ID", "1234"), ("GOOGLE_CLIENT_SECRET", "s")];
        let shown = |more: &[(&'static str, &'static str)]| {
            format!("{:?}", google(&mut Vars::of([&client[..], more].concat())))
        };
        let organisation = shown(&[("GOOGLE_HOSTED_DOMAIN", "example.com")]);
        assert!(organisation.contains("hosted_domain: Some(\"example.com\")"), "{organisation}");
        assert!(shown(&[]).contains("hosted_domain: None"));
    }
}
