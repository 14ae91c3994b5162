//! Why an application cannot start.

use std::error::Error;
use std::fmt;

use crate::chain::chain;

/// A configuration that cannot work, or is unsafe, found when the application is built. It has
/// every mistake of the settings; the text of each names the setting and the fix. A database is
/// opened once the settings are right, and has an error of its own.
///
/// Beyond what a database answers, and where no constructor has refused it before:
///
/// | Setting | Refused |
/// |---|---|
/// | `SecretKey::new` | shorter than 32 bytes; published; a placeholder; a command or a template that nothing has replaced; with quotes, white space or a byte order mark around it; made of words, sequences or repetitions |
/// | `SigningKey::hs256` | the same |
/// | `SigningKey::rs256` | an RSA key below 2,048 bits |
/// | `SessionConfig::idle_timeout` | less than a second |
/// | `SessionConfig::remember_for` | less than a second |
/// | `SessionConfig::absolute_timeout` | less than the idle timeout |
/// | `SessionConfig::sessions_per_user` | zero |
/// | `SessionConfig::touch_interval` | more than half of the idle timeout |
/// | `SessionConfig::prefix` | none, one with a colon, or one that other keys in the store have |
/// | `SessionConfig::cookie_name` | a name that no cookie can have or another one has; `__Host-` without `Secure` or with another path than `/`; `__Secure-` without `Secure` |
/// | `SessionConfig::csrf_cookie_name` | the same |
/// | `SessionConfig::device_cookie_name` | the same |
/// | `CookieConfig::path` | one that does not start with `/`, or has `;`, spaces or other than ASCII |
/// | `CookieConfig::domain` | an IP address; one without a dot, or with a scheme, a port or a dot in front |
/// | `CookieConfig::same_site` | `SameSite::None` without `Secure`, without a trusted origin, or without CSRF tokens |
/// | `BearerConfig::refresh_cookie_name` | the same as of `SessionConfig::cookie_name` |
/// | `BearerConfig::refresh_cookie_path` | no path, or that of one route, so that `/refresh` and `/logout` would not both get the cookie |
/// | `BearerConfig::access_ttl` | less than a second |
/// | `BearerConfig::refresh_ttl` | less than the life of an access token |
/// | `BearerConfig::refresh_grace` | more than five minutes |
/// | `BearerConfig::sign_ins_per_user` | zero |
/// | `BearerConfig::default_scopes` | one that is not grantable |
/// | `BearerConfig::issuer` | an empty name |
/// | `BearerConfig::audience` | an empty name |
/// | `Builder::claims` | claims that are no struct with named fields, or with a name that tokens use already |
/// | `LockoutConfig` | a setting at zero; a `max_failures` of which three quarters are fewer than `max_attempts`; a `base` above the `cap` |
/// | `SudoConfig` | a setting at zero |
/// | `PasswordPolicy::min_length` | zero |
/// | `PasswordPolicy::max_length` | less than the least length |
/// | `BreachCheck::timeout` | zero |
/// | `RangeApi::new` | no URL that ends with a slash, or one without TLS beyond this machine |
/// | `RateLimits` | calls that are counted in no time |
/// | `Builder::body_limit` | less than 1,024 bytes |
/// | `Builder::tenant` | none, where the struct has a field that says `#[auth(tenant)]` |
/// | `Builder::add_trusted_origin` | no origin; one without TLS beyond this machine, where cookies are `Secure` |
/// | `Routes::at` | a path that does not begin with a slash, ends with one, or has empty segments, `?`, `#`, `*`, `%` or other than visible ASCII; other parameters than the route has; that of another route |
/// | `Builder::add_transport` | one whose name another transport has |
/// | `TrustedProxies::networks` | no network; one with bits behind its prefix (`10.0.0.5/8`); one wider than /8, or /7 of IPv6 |
/// | `EmailConfig::frontend_url` | none; no URL; one without TLS beyond this machine |
/// | `EmailConfig::verify_within` | zero, as with the other lifetimes of links |
/// | `EmailConfig::redirect_origin` | no origin |
/// | `OutboxConfig` | a setting at zero |
/// | `WebhookSender::new` | no URL, or one without TLS beyond this machine |
/// | `OAuthConfig::new` | no URL, one with a query, or one without TLS beyond this machine |
/// | `OAuthConfig::add_provider` | no provider at all; a name or an issuer that another one has; an empty client id or secret |
/// | `OAuthConfig::default_redirect` | neither a path nor a page of a listed origin |
/// | `OAuthConfig::add_redirect_origin` | no origin |
/// | `OAuthConfig::add_app_link` | no link of an app: `http`, `javascript` and what else is a browser's |
/// | `OAuthConfig::flow_life` | less than 1 minute, or more than 30 |
/// | `OAuthConfig::link_by_email_of` | the name of no provider |
/// | `OAuthConfig::column_issuer` | the name of no column; another issuer than that of the provider, also where none is said and the provider is not the public one of the name |
/// | `OAuthConfig::keep_tokens_of` | the name of no provider, or of one whose link is a column of the struct |
///
/// Some mistakes cannot be written at all: a signing key that does not verify, and what a struct lacks for a feature, which is an error of the compiler.
///
/// Its text has all causes, so that it has no source: a `main` that returns it prints them.
#[derive(thiserror::Error)]
#[error("{}", listed(mistakes))]
pub struct StartupError {
    /// At least one.
    mistakes: Vec<Mistake>,
}

/// What is wrong, and the way out.
struct Mistake {
    text: String,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl StartupError {
    /// A setting that cannot work. `text` says what is wrong, and the way out.
    pub fn setting(text: impl Into<String>) -> Self {
        Self { mistakes: vec![Mistake { text: text.into(), cause: None }] }
    }

    /// As [`setting`](Self::setting), with the error that says so.
    pub(crate) fn caused_by(cause: impl Error + Send + Sync + 'static) -> Self {
        Self::because("the application cannot start", cause)
    }

    /// The database could not be made ready.
    pub fn database(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::because("the database could not be made ready", cause)
    }

    fn because(text: impl Into<String>, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { mistakes: vec![Mistake { text: text.into(), cause: Some(cause.into()) }] }
    }

    /// The text of each mistake, at least one.
    pub fn mistakes(&self) -> impl Iterator<Item = String> {
        self.mistakes.iter().map(Mistake::to_string)
    }

    /// crudauth's own tables are not there, or may not be used, and crudauth may not or must not make
    /// them.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub(crate) fn own_tables(
        statements: &str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let text = format!(
            "crudauth's own tables are missing and could not be made, or this role may not use \
             them: run these statements as a role that may create tables, and grant SELECT, INSERT, \
             UPDATE and DELETE on the tables\n\n{statements}\n\nthe database said"
        );
        Self::because(text, cause)
    }

    /// The users table is not what the struct says.
    #[cfg(feature = "sql")]
    pub(crate) fn table(
        table: &str,
        user: &str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        let text = format!(
            "the table {table} cannot be read as `{user}`: create it, or add the column, with your \
             own migration"
        );
        Self::because(text, cause)
    }

    /// The users table is not what the struct says, in these ways.
    #[cfg(feature = "sql")]
    pub(crate) fn misfits(table: &str, user: &str, findings: &[String]) -> Self {
        let list: String = findings.iter().map(|finding| format!("\n- {finding}")).collect();
        Self::setting(format!("the table {table} is not what `{user}` says:{list}"))
    }

    /// Users sign in by a column that is not unique. `near_miss` says why an index over it does not
    /// do, and `fix` is the statement that makes one which does.
    #[cfg(feature = "sql")]
    pub(crate) fn not_unique(
        table: &str,
        (field, column): (&str, &str),
        near_miss: Option<&str>,
        fix: &str,
    ) -> Self {
        let why = near_miss.map(|near_miss| format!("; {near_miss}")).unwrap_or_default();
        let otherwise = if near_miss.is_some() { ". Otherwise run" } else { ": run" };
        Self::setting(format!(
            "users sign in by `{field}`, but the column `{column}` of {table} is not unique{why}\
             {otherwise} `{fix}`, or take `{field}` out of `#[auth(login(..))]`"
        ))
    }

    /// Users are linked to a provider by a column that is not unique. `fix` is the statement that makes
    /// it so.
    #[cfg(feature = "sql")]
    pub(crate) fn link_not_unique(table: &str, column: &str, provider: &str, fix: &str) -> Self {
        Self::setting(format!(
            "the column `{column}` of {table} links users to the provider `{provider}`, but it is not \
             unique, so that one account there could be that of two users: run `{fix}`"
        ))
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        match self.cause.as_deref() {
            Some(cause) => write!(f, ": {}", chain(cause)),
            None => Ok(()),
        }
    }
}

fn listed(mistakes: &[Mistake]) -> String {
    match mistakes {
        [mistake] => mistake.to_string(),
        mistakes => {
            let list: String = mistakes.iter().map(|mistake| format!("\n- {mistake}")).collect();
            format!("the configuration has {} mistakes{list}", mistakes.len())
        }
    }
}

/// As `Display`, so that `fn main() -> Result<(), StartupError>` prints a sentence.
impl fmt::Debug for StartupError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The mistakes of a configuration, while it is checked.
#[derive(Default)]
pub(crate) struct Mistakes(Vec<Mistake>);

impl Mistakes {
    /// A setting that cannot work. `text` says what is wrong, and the way out.
    pub(crate) fn add(&mut self, text: impl Into<String>) {
        self.0.push(Mistake { text: text.into(), cause: None });
    }

    /// Notes the mistakes of `result`, and returns its value.
    pub(crate) fn accept<T>(&mut self, result: Result<T, StartupError>) -> Option<T> {
        result.map_err(|error| self.0.extend(error.mistakes)).ok()
    }

    /// # Errors
    ///
    /// [`StartupError`] with all that `check` notes.
    pub(crate) fn none_of(check: impl FnOnce(&mut Self)) -> Result<(), StartupError> {
        let mut mistakes = Self::default();
        check(&mut mistakes);
        mistakes.finish()
    }

    /// # Errors
    ///
    /// [`StartupError`] with all mistakes, where there are some.
    pub(crate) fn finish(self) -> Result<(), StartupError> {
        match self.0.is_empty() {
            true => Ok(()),
            false => Err(StartupError { mistakes: self.0 }),
        }
    }
}
