//! What the environment says.

use std::env::{self, VarError};
use std::error::Error;

use base64ct::{Base64Url, Encoding};
use crudauth::{SecretKey, TrustedProxies};

use crate::providers::Providers;

/// The settings, each with a default that works.
pub(crate) struct Settings {
    /// `DATABASE_URL`: where accounts are kept: `sqlite:`, `postgres:` (or `postgresql:`) or
    /// `mysql:`. Default: `sqlite:full.db`.
    pub(crate) database_url: String,
    /// `STATE_URL`: where what expires is kept, such as sessions and counters: `database:` is
    /// beside the accounts, `memory:` ends with the process, `redis:` is for many processes.
    /// Default: `database:`.
    pub(crate) state_url: String,
    /// `LISTEN`: the address and port of the server. Default: `127.0.0.1:3000`.
    pub(crate) listen: String,
    /// `TRUST_PROXY`: `1` where every request comes through one reverse proxy, whose word is then
    /// taken for the client's address (`X-Forwarded-For`). Not for a server that anybody can reach
    /// directly: there each client would write its own address. Default: nobody is trusted.
    pub(crate) proxies: TrustedProxies,
    /// `SECRET_KEY`: the key of `/`. Default: a random one, so that sessions end with the process.
    pub(crate) secret_key: SecretKey,
    /// `TUNED_SECRET_KEY`: the key of `/tuned`; what one surface issues, the other does not know.
    /// Default: a random one.
    pub(crate) tuned_secret_key: SecretKey,
    /// `MAIL_FILE`: mail is appended to it, a line of JSON each. Default: `mail.jsonl`.
    pub(crate) mail_file: String,
    /// `MFA_KEY`: the key under which the secrets of authenticator apps rest in the table: 32 bytes in
    /// url-safe base64. Default: a random one, with a warning, so that apps that were set up are of no
    /// use once the process has ended.
    pub(crate) mfa_key: String,
    /// `MFA_ISSUER`: the name of the service in authenticator apps. Default: `Conformance`.
    pub(crate) mfa_issuer: String,
    /// The providers that users sign in by, by the variables of [`Providers`]. Default: none.
    pub(crate) providers: Providers,
}

impl Settings {
    pub(crate) fn from_env() -> Result<Self, Box<dyn Error>> {
        let listen = text("LISTEN", "127.0.0.1:3000")?;
        Ok(Self {
            providers: Providers::from_env(&listen)?,
            database_url: text("DATABASE_URL", "sqlite:full.db")?,
            state_url: text("STATE_URL", "database:")?,
            listen,
            proxies: proxies("TRUST_PROXY")?,
            secret_key: key("SECRET_KEY")?,
            tuned_secret_key: key("TUNED_SECRET_KEY")?,
            mail_file: text("MAIL_FILE", "mail.jsonl")?,
            mfa_key: mfa_key("MFA_KEY")?,
            mfa_issuer: text("MFA_ISSUER", "Conformance")?,
        })
    }
}

pub(crate) fn text(name: &str, default: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) => Ok(value),
        Err(VarError::NotPresent) => Ok(default.to_owned()),
        Err(error) => Err(format!("{name}: {error}")),
    }
}

fn proxies(name: &str) -> Result<TrustedProxies, String> {
    match text(name, "0")?.as_str() {
        "0" => Ok(TrustedProxies::none()),
        "1" => Ok(TrustedProxies::hops(1)),
        other => {
            Err(format!("{name}={other}: give `1` behind one reverse proxy, else leave it out"))
        }
    }
}

fn mfa_key(name: &str) -> Result<String, Box<dyn Error>> {
    if env::var_os(name).is_some() {
        return Ok(text(name, "")?);
    }
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)?;
    tracing::warn!(
        "{name} is not set: authenticator apps that are set up now are of no use after a restart; make a \
         key by `openssl rand -base64 32`"
    );
    Ok(Base64Url::encode_string(&bytes))
}

/// `CrudAuth` itself warns of a random key.
fn key(name: &str) -> Result<SecretKey, Box<dyn Error>> {
    if env::var_os(name).is_some() {
        return Ok(SecretKey::from_env(name)?);
    }
    Ok(SecretKey::random()?)
}
