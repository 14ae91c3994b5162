//! Configuration by environment.

mod error;
mod links;
mod mail;
mod names;
#[cfg(feature = "oauth")]
mod providers;
mod site;
mod vars;

pub use self::error::{EnvError, EnvMistake};
#[cfg(feature = "oauth")]
pub(super) use self::providers::FromEnv;

use std::ffi::OsString;
use std::time::Duration;

use self::names::{
    ACCESS_TOKEN_EXPIRE_MINUTES, DATABASE_URL, JWT_ALGORITHM, JWT_SECRET_KEY,
    JWT_SECRET_KEY_FALLBACKS, REFRESH_TOKEN_EXPIRE_DAYS,
};
use self::vars::Vars;
use super::{Builder, CrudAuth};
use crate::secret::SecretKey;
use crate::store::FromUrl;
use crate::transport::bearer::BearerConfig;
use crate::user::{AuthUser, HasEpoch};

impl<U: AuthUser> CrudAuth<U> {
    /// Begins a configuration with what the environment of the process says. The code goes on
    /// where that ends, and what it sets comes later, so it decides:
    ///
    /// ```no_run
    /// # use crudauth::{AuthUser, CrudAuth, ScopeName, SessionConfig, Sqlite, StartupError};
    /// # crudauth::scopes! { NotesRead = "notes:read"; }
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
    ///     .map_bearer(|bearer| bearer.grantable_scopes([NotesRead::NAME]))
    ///     .session(SessionConfig::default().management_routes())
    ///     .build()
    ///     .await?;
    /// # let _ = auth;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Variables
    ///
    /// | Name | Meaning | Form | Default | Example |
    /// |---|---|---|---|---|
    /// | `JWT_SECRET_KEY` | the [secret key](crate::SecretKey) of everything, tokens among it | at least 32 bytes; make one with `openssl rand -base64 48` | required | |
    /// | `SECRET_KEY` | another name for `JWT_SECRET_KEY` | | | |
    /// | `JWT_SECRET_KEY_FILE` | a file that has it, as orchestrators mount secrets | path | | `/run/secrets/key` |
    /// | `JWT_SECRET_KEY_FALLBACKS` | the [keys before](crate::SecretKey#another-key): what was issued under them counts, and nothing is issued under them | keys, separated by commas | none | |
    /// | `SECRET_KEY_FALLBACKS` | another name for `JWT_SECRET_KEY_FALLBACKS` | | | |
    /// | `JWT_SECRET_KEY_FALLBACKS_FILE` | a file that has them | path | | `/run/secrets/old-keys` |
    /// | `JWT_ALGORITHM` | how tokens are signed | `HS256`; others have key pairs, which code gives by [`BearerConfig::keys`](crate::BearerConfig::keys) | `HS256` | `HS256` |
    /// | `ACCESS_TOKEN_EXPIRE_MINUTES` | how long an access token lives | minutes, 1 to 1440 | `15` | `30` |
    /// | `REFRESH_TOKEN_EXPIRE_DAYS` | how long after sign-in it can be renewed | days, 1 to 365 | `30` | `7` |
    /// | `REFRESH_TOKEN_EXPIRY_DAYS` | another name for `REFRESH_TOKEN_EXPIRE_DAYS` | | | |
    /// | `DATABASE_URL` | where users are kept | URL; for SQLite also a plain path | required | `sqlite:///./app.db` |
    /// | `DATABASE_URL_FILE` | a file that has it | path | | `/run/secrets/database` |
    /// | `EMAIL_PROVIDER` | who sends mail | `console` (to standard error, for development), `smtp` or `webhook` (features of these names) | no mail | `smtp` |
    /// | `EMAIL_BACKEND` | another name for `EMAIL_PROVIDER` | | | |
    /// | `FRONTEND_URL` | what links in mails begin with | `https` URL, or on this machine | required for mail | `https://app.example.com` |
    /// | `REQUIRE_EMAIL_VERIFICATION` | who has not proved the address cannot sign in: 401, as for a wrong password | `true` or `false` | `true` where mail is sent | `true` |
    /// | `SMTP_HOST` | the mail server | host name | required for `smtp` | `smtp.example.com` |
    /// | `SMTP_PORT` | its port: 465 is TLS from the first byte, others STARTTLS; on `127.0.0.1` and `localhost` plain | port | `587` | `465` |
    /// | `SMTP_USER` | the user name there, with `SMTP_PASS` | text | none | `acme` |
    /// | `SMTP_PASS` | the password there | text | none | |
    /// | `SMTP_PASS_FILE` | a file that has it | path | | `/run/secrets/smtp` |
    /// | `SMTP_FROM` | the sender of mails | address | required for `smtp` | `Acme <no-reply@example.com>` |
    /// | `EMAIL_WEBHOOK_URL` | what mails are posted to | `https` URL, or on this machine | required for `webhook` | `https://hooks.example.com/mail` |
    /// | `TRUSTED_ORIGINS` | whose [pages](crate::Builder::add_trusted_origin) may make requests with the cookies, and read the answers where there is `CrudAuth::cors` | origins, separated by commas | that of the server alone | `https://app.example.com` |
    /// | `COOKIE_DOMAIN` | the host whose [subdomains](crate::CookieConfig::domain) get the cookies too | host name | the host of the server alone | `example.com` |
    /// | `COOKIE_SAMESITE` | whether other sites' requests [carry the cookies](crate::http::SameSite) | `lax`, `strict` or `none` | `lax` | `strict` |
    /// | `DISABLED_ROUTES` | which of crudauth's [routes](crate::http::Route) are left out | their paths, separated by commas | none | `/register` |
    /// | `OAUTH_BASE_URL` | the address of the application that browsers know, for sign-in by providers: [`Builder::oauth_from_env`](crate::Builder::oauth_from_env), with the feature `oauth` | `https` URL, or on this machine | required for providers | `https://shop.example.com` |
    /// | `BASE_URL` | another name for `OAUTH_BASE_URL` | | | |
    /// | `OAUTH_REDIRECT_URL` | where a browser goes after a sign-in by a provider; a page elsewhere makes its origin one where flows may end | path or `https` URL | the application | `/welcome` |
    /// | `GOOGLE_CLIENT_ID` | the client of the Google Cloud console; its redirect URI is `{OAUTH_BASE_URL}/oauth/google/callback` | text | no Google | `1234.apps.googleusercontent.com` |
    /// | `OAUTH_GOOGLE_CLIENT_ID` | another name for `GOOGLE_CLIENT_ID` | | | |
    /// | `GOOGLE_CLIENT_SECRET` | its secret | text | required for Google | |
    /// | `OAUTH_GOOGLE_CLIENT_SECRET` | another name for `GOOGLE_CLIENT_SECRET` | | | |
    /// | `GOOGLE_CLIENT_SECRET_FILE` | a file that has it | path | | `/run/secrets/google` |
    /// | `GOOGLE_HOSTED_DOMAIN` | the one organisation whose accounts get in: [`Google::hosted_domain`](crate::oauth::Google::hosted_domain) | domain | all accounts, of which addresses of `gmail.com` count as verified | `example.com` |
    /// | `GITHUB_CLIENT_ID` | the application of GitHub's settings; its callback is `{OAUTH_BASE_URL}/oauth/github/callback` | text | no GitHub | `Iv1.8a61f9b3a7aba766` |
    /// | `OAUTH_GITHUB_CLIENT_ID` | another name for `GITHUB_CLIENT_ID` | | | |
    /// | `GITHUB_CLIENT_SECRET` | its secret | text | required for GitHub | |
    /// | `OAUTH_GITHUB_CLIENT_SECRET` | another name for `GITHUB_CLIENT_SECRET` | | | |
    /// | `GITHUB_CLIENT_SECRET_FILE` | a file that has it | path | | `/run/secrets/github` |
    /// | `GITHUB_BASE_URL` | GitHub Enterprise; a struct with `github_id` says by `OAuthConfig::column_issuer` whose ids those are | `https` URL, or on this machine | `https://github.com` | `https://github.example.com` |
    /// | `OIDC_ISSUER` | an OpenID provider, under the name `oidc`; its redirect URI is `{OAUTH_BASE_URL}/oauth/oidc/callback` | `https` URL, or on this machine | no such provider | `https://sso.example.com/realms/main` |
    /// | `OIDC_CLIENT_ID` | the client there | text | required for `OIDC_ISSUER` | `shop` |
    /// | `OIDC_CLIENT_SECRET` | its secret | text | none: a public client, which PKCE protects | |
    /// | `OIDC_CLIENT_SECRET_FILE` | a file that has it | path | | `/run/secrets/oidc` |
    /// | `JWT_PRIVATE_KEY` | refused: give key pairs in code, by [`BearerConfig::keys`](crate::BearerConfig::keys) | | | |
    /// | `JWT_PUBLIC_KEY` | refused: likewise | | | |
    ///
    /// Every value is read strictly. White space around it is removed, and so is what follows
    /// ` #`, since the page that these names come from has a comment behind a value; of a secret
    /// nothing is cut, and of a key not even white space, but for the end of the line in a file. A variable that is set to nothing is a mistake, as are a variable and its
    /// other name with different values.
    ///
    /// A variable that is not in the table and begins with `JWT_`, `ACCESS_TOKEN_`,
    /// `REFRESH_TOKEN_` or `CRUDAUTH_` is a mistake, and the error says which one may be meant.
    /// Passed over is what Kubernetes sets for each service of the namespace, as `JWT_PORT=tcp://10.0.0.1:80`
    /// for a service `jwt`: a variable whose name and value both have that form, `SMTP_PORT` too.
    /// Nothing here depends on what the environment is called: `DEBUG`, `ENVIRONMENT` and the like
    /// are not read. Cookies are `Secure` until code says otherwise, by a `CookieConfig` that replaces
    /// what the variables say of them. What front end and server agree on, such as
    /// [`json_sign_in`](crate::Builder::json_sign_in), is for code alone.
    ///
    /// Bearer tokens are mounted, so the struct needs the logical field `token_version`. Mail
    /// needs `email` and `email_verified`.
    ///
    /// # Errors
    ///
    /// [`EnvError`] has every mistake, each with the name of its variable and what is accepted. It
    /// never quotes a secret. Mistakes of providers alone are told by `build`, where
    /// [`Builder::oauth_from_env`](crate::Builder::oauth_from_env) mounts them.
    pub fn from_env<Db: FromUrl>() -> Result<Builder<U, Db>, EnvError>
    where
        U: HasEpoch,
    {
        Self::from_vars(std::env::vars_os())
    }

    /// As [`from_env`](Self::from_env), with these variables in the place of the environment: for
    /// another source, and for tests.
    ///
    /// ```
    /// # use crudauth::{AuthUser, CrudAuth, Sqlite};
    /// # diesel::table! { accounts (id) { id -> Integer, email -> Text, hashed_password -> Text,
    /// #     is_active -> Bool, token_version -> Integer } }
    /// # #[derive(AuthUser)]
    /// # #[diesel(table_name = accounts)]
    /// # struct Account {
    /// #     id: i32, email: String, hashed_password: String, is_active: bool, token_version: i32,
    /// # }
    /// let vars = [("JWT_SECRET_KEY", "CHANGE_ME_SUPER_SECRET"), ("JWT_ALGORITM", "HS256")];
    /// let error = CrudAuth::<Account>::from_vars::<Sqlite, _, _>(vars).unwrap_err().to_string();
    /// assert_eq!(
    ///     error,
    ///     "the environment has 3 mistakes\n\
    ///      - `JWT_ALGORITM` is unknown: did you mean `JWT_ALGORITHM`?\n\
    ///      - `JWT_SECRET_KEY`: the secret key has 22 bytes, and needs at least 32; make one with \
    ///      `openssl rand -base64 48`\n\
    ///      - `DATABASE_URL` is missing: set it, as in `sqlite:///./app.db`",
    /// );
    /// ```
    ///
    /// # Errors
    ///
    /// As [`from_env`](Self::from_env).
    pub fn from_vars<Db, K, V>(
        vars: impl IntoIterator<Item = (K, V)>,
    ) -> Result<Builder<U, Db>, EnvError>
    where
        U: HasEpoch,
        Db: FromUrl,
        K: Into<OsString>,
        V: Into<OsString>,
    {
        let mut vars = Vars::of(vars);
        vars.refuse_unknown();
        let key = secret_key(&mut vars);
        let bearer = bearer(&mut vars);
        let url = vars.required_secret(&DATABASE_URL);
        let mail = mail::read::<U>(&mut vars);
        let site = site::read(&mut vars);
        #[cfg(feature = "oauth")]
        let oauth = providers(&mut vars);
        // What is opened is made, so it comes when everything else is right.
        let (Some(key), Some(bearer), Some(url), Some(mail), Some(site)) =
            (key, bearer, url, mail, site)
        else {
            return Err(vars.into_error());
        };
        if vars.has_mistakes() {
            return Err(vars.into_error());
        }
        let database = match Db::from_url(&url) {
            Ok(database) => database,
            Err(error) => {
                vars.mistake(&DATABASE_URL, format!(": {error}"));
                return Err(vars.into_error());
            }
        };
        let mut builder = Builder::new(database, key).bearer(bearer);
        builder.settings.core.delivery = mail.0;
        builder.settings.core.cookies = site.cookies;
        builder.settings.core.trusted_origins = site.trusted_origins;
        builder.settings.routes = site.routes;
        #[cfg(feature = "oauth")]
        {
            builder.settings.oauth_from_env = Some(oauth);
        }
        Ok(builder)
    }
}

/// What the environment says of providers, which counts where the application mounts them. Their mistakes
/// are told at once with others, and stop nobody alone: the names are those of other programs, too.
#[cfg(feature = "oauth")]
fn providers(vars: &mut Vars) -> providers::FromEnv {
    let has_others = vars.has_mistakes();
    let read = providers::read(vars);
    if let (true, true, Err(error)) = (has_others, read.names_some, &read.config) {
        vars.add_mistakes(error.mistakes.clone());
    }
    read
}

fn secret_key(vars: &mut Vars) -> Option<SecretKey> {
    let (text, older) = (vars.required_key(&JWT_SECRET_KEY), vars.key(&JWT_SECRET_KEY_FALLBACKS));
    let key = match SecretKey::new(text?.as_bytes()) {
        Ok(key) => key,
        Err(error) => {
            vars.mistake(&JWT_SECRET_KEY, format!(": {error}"));
            return None;
        }
    };
    let Some(older) = older? else { return Some(key) };
    match key.with_fallbacks_in(JWT_SECRET_KEY_FALLBACKS.name, &older) {
        Ok(key) => Some(key),
        Err(error) => {
            vars.mistake(
                &JWT_SECRET_KEY_FALLBACKS,
                format!(": a key of the list {}", error.predicate()),
            );
            None
        }
    }
}

fn bearer(vars: &mut Vars) -> Option<BearerConfig> {
    const MINUTE: u64 = 60;
    const DAY: u64 = 24 * 60 * MINUTE;
    let algorithm = vars.optional(&JWT_ALGORITHM);
    let is_hs256 = |name: &Option<String>| name.as_deref().is_none_or(|name| name == "HS256");
    if algorithm.as_ref().is_some_and(|name| !is_hs256(name)) {
        vars.mistake(
            &JWT_ALGORITHM,
            " takes `HS256` alone: an algorithm with a key pair is chosen with its keys, in code, \
             by `map_bearer(|bearer| bearer.keys(..))`",
        );
    }
    let minutes = vars.number(&ACCESS_TOKEN_EXPIRE_MINUTES, 1..=1440);
    let days = vars.number(&REFRESH_TOKEN_EXPIRE_DAYS, 1..=365);
    let mut config = BearerConfig::default();
    algorithm.filter(is_hs256)?;
    if let Some(minutes) = minutes? {
        config = config.access_ttl(Duration::from_secs(minutes * MINUTE));
    }
    if let Some(days) = days? {
        config = config.refresh_ttl(Duration::from_secs(days * DAY));
    }
    Some(config)
}

#[cfg(test)]
mod tests {
    use super::names::{REFUSED, VARIABLES};

    /// The rows of the table in the documentation of `from_env`, as their cells.
    fn rows() -> Vec<Vec<&'static str>> {
        let source = include_str!("mod.rs");
        let (_, table) = source.split_once("/// | Name |").expect("the table");
        let lines = table.lines().skip(2).map_while(|line| line.trim().strip_prefix("/// | "));
        lines.map(|line| line.trim_end_matches('|').split('|').map(str::trim).collect()).collect()
    }

    #[test]
    fn the_documented_table_has_the_names_that_are_read_and_no_others() {
        let documented: Vec<_> = rows().iter().map(|row| row[0].trim_matches('`')).collect();
        let mut read = Vec::new();
        for variable in VARIABLES {
            read.push(variable.name.to_owned());
            read.extend(variable.alias.map(str::to_owned));
            read.extend(variable.is_secret.then(|| format!("{}_FILE", variable.name)));
        }
        read.extend(REFUSED.iter().map(|(name, _)| (*name).to_owned()));
        let sorted = |mut names: Vec<String>| {
            names.sort_unstable();
            names
        };
        let documented = documented.into_iter().map(str::to_owned).collect();
        assert_eq!(sorted(documented), sorted(read));
    }

    #[test]
    fn every_row_says_what_and_every_refused_name_says_so() {
        for row in rows() {
            let [name, meaning, form, default, example] = row[..] else { panic!("{row:?}") };
            let name = name.trim_matches('`');
            assert!(!meaning.is_empty(), "{name}");
            let refused = REFUSED.iter().any(|(refused, _)| *refused == name);
            assert_eq!(meaning.starts_with("refused: "), refused, "{name}");
            let Some(variable) = VARIABLES.iter().find(|variable| variable.name == name) else {
                continue;
            };
            assert!(!form.is_empty() && !default.is_empty(), "{name}");
            assert_eq!(example.trim_matches('`'), variable.example, "{name}");
        }
    }
}
