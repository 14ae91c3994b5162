//! Addresses of databases, which have passwords in them.

use std::error::Error;
use std::fmt;

/// A database over the network could not be reached, or its address cannot be used. The message
/// names the place, the cause and the way out, and never the password.
#[derive(Debug)]
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

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { place, cause, fix } = self;
        write!(f, "cannot use `{place}`: {cause}")?;
        // What drivers say of a failed connection is often only in their cause.
        let mut deeper = cause.source();
        while let Some(cause) = deeper {
            write!(f, ": {cause}")?;
            deeper = cause.source();
        }
        write!(f, "; {fix}")
    }
}

impl Error for ConnectError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.cause)
    }
}

/// The address without what may be secret: the user, the password and the query. What is no URL
/// is not shown at all.
pub(crate) fn place(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "an address that is no URL".to_owned();
    };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    // A password may have an `@` of its own: the last one counts.
    let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
    format!("{scheme}://{host}")
}

/// An address whose settings behind the `?` can be taken out.
#[cfg(any(feature = "postgres", feature = "mysql"))]
pub(crate) struct Query {
    base: String,
    settings: Vec<(String, String)>,
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
impl Query {
    pub(crate) fn of(url: &str) -> Self {
        let (base, query) = url.split_once('?').unwrap_or((url, ""));
        let settings = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self { base: base.to_owned(), settings }
    }

    /// The last setting of this name, which is not part of the address any more.
    pub(crate) fn take(&mut self, name: &str) -> Option<String> {
        let last = self.settings.iter().rev().find(|(key, _)| key == name);
        let value = last.map(|(_, value)| value.clone());
        self.settings.retain(|(key, _)| key != name);
        value
    }

    #[cfg(feature = "mysql")]
    pub(crate) fn set_default(&mut self, name: &str, value: &str) {
        if !self.settings.iter().any(|(key, _)| key == name) {
            self.settings.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(crate) fn into_url(self) -> String {
        if self.settings.is_empty() {
            return self.base;
        }
        // Drivers decode `%20` and take `+` as it stands.
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
        let shown = |url| place(url);
        assert_eq!(shown("postgres://me:s3cret@db:5432/app?x=s3cret"), "postgres://db:5432/app");
        assert_eq!(shown("postgres://me:s3@cret@db/app"), "postgres://db/app");
        assert_eq!(shown("redis://:s3cret@db/0"), "redis://db/0");
        assert_eq!(shown("host=db password=s3cret"), "an address that is no URL");
    }

    #[cfg(any(feature = "postgres", feature = "mysql"))]
    #[test]
    fn settings_are_taken_out_and_the_others_stay() {
        let mut query = Query::of("postgres://db/app?sslmode=disable&options=-c%20a%3Db&sslmode=x");
        assert_eq!(query.take("sslmode").as_deref(), Some("x"));
        assert_eq!(query.take("sslmode"), None);
        assert_eq!(query.into_url(), "postgres://db/app?options=%2Dc%20a%3Db");
        assert_eq!(Query::of("mysql://db/app").into_url(), "mysql://db/app");
    }
}
