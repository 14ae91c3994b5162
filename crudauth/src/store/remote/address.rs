//! Addresses of databases, which contain passwords.

use std::error::Error;

use crate::chain::chain;

/// A database over the network could not be reached, or its address cannot be used. The message
/// names the address, all causes and a fix, and never the password. It has no source.
#[derive(Debug, thiserror::Error)]
#[error("cannot use `{place}`: {}; {fix}", chain(&**cause))]
pub struct ConnectError {
    place: String,
    cause: Box<dyn Error + Send + Sync>,
    fix: &'static str,
}

impl ConnectError {
    pub(crate) fn new(
        place: &str,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
        fix: &'static str,
    ) -> Self {
        Self { place: place.to_owned(), cause: cause.into(), fix }
    }
}

/// The advice for an address that cannot be parsed.
const ENCODE: &str = "percent-encode what is special in the user name and in the \
                                 password: `@` is `%40`, `:` is `%3A`, `/` is `%2F`, `?` is \
                                 `%3F`, `#` is `%23`, `%` is `%25`";

/// The advice for an address with an unknown setting.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) const UNKNOWN_SETTING: &str = "the driver does not know a setting behind the `?`";

/// The schemes of addresses. Of any other text nothing is shown, since it may be a password.
const SCHEMES: [&str; 12] = [
    "postgres",
    "postgresql",
    "mysql",
    "mariadb",
    "redis",
    "rediss",
    "redis+unix",
    "rediss+unix",
    "unix",
    "valkey",
    "valkeys",
    "sqlite",
];

/// The parts of an address, if every parser would find the same password in it.
struct Address<'a> {
    scheme: &'a str,
    /// Host and port, several with commas between them.
    hosts: &'a str,
    /// From the slash behind the hosts on, without the settings.
    path: &'a str,
}

impl<'a> Address<'a> {
    /// Parses `url`. It fails for a character that would end the password for some parsers and not
    /// for others.
    fn parse(url: &'a str) -> Result<Self, Option<&'a str>> {
        let (scheme, rest) = url.split_once("://").ok_or(None)?;
        let scheme = SCHEMES.iter().find(|known| **known == scheme).ok_or(None)?;
        let ambiguous = || Some(*scheme);
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (authority, behind) = rest.split_at(end);
        let (who, hosts) = authority.split_once('@').unwrap_or(("", authority));
        let is_one_way = !url.contains('#')
            && !url.contains(char::is_control)
            && !hosts.contains('@')
            && !behind.contains('@')
            && is_encoded(who)
            && hosts.split(',').all(is_host);
        if !is_one_way {
            return Err(ambiguous());
        }
        let path = behind.split('?').next().unwrap_or_default();
        Ok(Self { scheme, hosts, path })
    }
}

/// Whether each `%` begins an encoded character.
fn is_encoded(text: &str) -> bool {
    let is_code = |code: &str| {
        code.as_bytes()
            .first_chunk::<2>()
            .is_some_and(|code| code.iter().all(u8::is_ascii_hexdigit))
    };
    text.split('%').skip(1).all(is_code)
}

/// A name, an address, or the encoded path of a socket, and behind it a port.
fn is_host(text: &str) -> bool {
    let is_written = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~%".contains(&byte);
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, port)) if host.bytes().all(|byte| is_written(byte) || byte == b':') => {
            ("", Some(port).filter(|port| !port.is_empty()))
        }
        Some(_) => return false,
        None => text.find(':').map_or((text, None), |at| (&text[..at], Some(&text[at..]))),
    };
    let is_port = |port: &str| {
        let digits = port.strip_prefix(':');
        digits.is_some_and(|port| {
            (1..=5).contains(&port.len()) && port.bytes().all(|it| it.is_ascii_digit())
        })
    };
    host.bytes().all(is_written) && port.is_none_or(is_port)
}

/// The address without the user, the password and the settings, which may be secret. Of an address
/// that cannot be parsed only the scheme is shown.
pub(crate) fn place(url: &str) -> String {
    match Address::parse(url) {
        Ok(Address { scheme, hosts, path }) => format!("{scheme}://{hosts}{path}"),
        Err(Some(scheme)) => format!("{scheme}://.."),
        Err(None) => "an address that is no URL".to_owned(),
    }
}

/// Refuses an address that drivers could parse in different ways.
pub(crate) fn check(url: &str) -> Result<(), ConnectError> {
    match Address::parse(url) {
        Err(Some(_)) => Err(ConnectError::new(
            &place(url),
            "the address can be read in more than one way, or its port is no number",
            ENCODE,
        )),
        // The driver explains better that a text is no URL at all.
        Ok(_) | Err(None) => Ok(()),
    }
}

/// Whether `place` is on the loopback interface, where no other machine can listen.
#[cfg(feature = "mysql")]
pub(crate) fn is_on_this_machine(place: &str) -> bool {
    let Some((_, rest)) = place.split_once("://") else { return false };
    let host = rest.split('/').next().unwrap_or_default();
    let name = match host.strip_prefix('[') {
        Some(bracketed) => bracketed.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// An address whose settings after the `?` can be taken out.
pub(crate) struct Query {
    base: String,
    settings: Vec<(String, String)>,
}

impl Query {
    pub(crate) fn new(url: &str) -> Self {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let settings = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { base: base.to_owned(), settings }
    }

    /// Removes the settings of this name, and returns the last one.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let last = self.settings.iter().rev().find(|(key, _)| key == name);
        let value = last.map(|(_, value)| value.clone());
        self.settings.retain(|(key, _)| key != name);
        value
    }

    /// Whether the address has this setting.
    #[cfg(feature = "mysql")]
    pub(crate) fn has(&self, name: &str) -> bool {
        self.settings.iter().any(|(key, _)| key == name)
    }

    #[cfg(feature = "mysql")]
    pub(crate) fn set_default(&mut self, name: &str, value: &str) {
        if !self.has(name) {
            self.settings.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(crate) fn into_url(self) -> String {
        if self.settings.is_empty() {
            return self.base;
        }
        // Drivers decode `%20`, and leave `+` unchanged.
        let encode = |text: &str| {
            percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC)
                .to_string()
        };
        let pairs = self.settings.iter().map(|(key, value)| format!("{key}={}", encode(value)));
        format!("{}?{}", self.base, pairs.collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_part_that_may_be_secret_is_shown() {
        for (url, shown) in [
            ("postgres://me:s3cret@db:5432/app?x=s3cret", "postgres://db:5432/app"),
            ("postgres://me:s3%40cret@db/app", "postgres://db/app"),
            ("postgres://me@one:1,two:2/app", "postgres://one:1,two:2/app"),
            ("postgres://me:s3cret@%2Frun%2Fpostgresql/app", "postgres://%2Frun%2Fpostgresql/app"),
            ("redis://:s3cret@[2001:db8::1]:6379/0", "redis://[2001:db8::1]:6379/0"),
            ("redis+unix:///run/redis.sock?pass=s3cret", "redis+unix:///run/redis.sock"),
            ("postgres://me:s3@cret@db/app", "postgres://.."),
            ("mysql://me:s3#cret@db/app", "mysql://.."),
            ("mysql://me:123#cret@db/app", "mysql://.."),
            ("redis://me:s3/cret@db/0", "redis://.."),
            ("redis://me:123?cret@db/0", "redis://.."),
            ("postgres://me:s3%cret@db/app", "postgres://.."),
            ("postgres://me:s3cret", "postgres://.."),
            ("s3cret://db/app", "an address that is no URL"),
            ("host=db password=s3cret", "an address that is no URL"),
            ("host=db password=s3cret://", "an address that is no URL"),
        ] {
            assert_eq!(place(url), shown, "{url}");
            assert_eq!(check(url).is_err(), shown.ends_with(".."), "{url}");
        }
    }

    #[cfg(feature = "mysql")]
    #[test]
    fn only_the_loopback_interface_is_this_machine() {
        for place in ["mysql://localhost/app", "mysql://127.0.0.9:3306/app", "mysql://[::1]:3306/a"]
        {
            assert!(is_on_this_machine(place), "{place}");
        }
        for place in ["mysql://db/app", "mysql://10.0.0.1/app", "mysql://localhost.example/a", "x"]
        {
            assert!(!is_on_this_machine(place), "{place}");
        }
    }

    #[test]
    fn settings_are_taken_out_and_the_others_stay() {
        let mut query =
            Query::new("postgres://db/app?sslmode=disable&options=-c%20a%3Db&sslmode=x");
        assert_eq!(query.take("sslmode").as_deref(), Some("x"));
        assert_eq!(query.take("sslmode"), None);
        assert_eq!(query.into_url(), "postgres://db/app?options=%2Dc%20a%3Db");
        assert_eq!(Query::new("mysql://db/app").into_url(), "mysql://db/app");
    }
}
