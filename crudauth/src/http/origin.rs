//! Which site caused a request.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use axum::http::header::{HOST, ORIGIN, UPGRADE};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method, Uri};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Decides whether a foreign page may have caused a request.
///
/// Requests that change nothing (`GET`, `HEAD`, `OPTIONS`, `TRACE`) are friendly, unless they
/// [open a connection](opens_connection): a page of any site can make its visitor's browser open a
/// WebSocket, with the visitor's cookies, and read what comes. Any other request is judged by
/// what the browser says and a page cannot forge:
///
/// 1. `Sec-Fetch-Site: same-origin` and `none` are friendly. `cross-site` is hostile, and so is
///    `same-site`: a neighbouring host is not this one.
/// 2. Without it, an `Origin` with the host and port of the request is friendly, another one and
///    `null` are hostile.
/// 3. Without both, the request does not come from a browser and is friendly.
///
/// An `Origin` that is trusted is friendly in each case. A header that stands there twice, or that
/// cannot be read, is hostile. A proxy that changes `Host` makes it necessary to trust the public
/// origin.
///
/// ```
/// use axum::http::{HeaderMap, HeaderValue, Method, Uri, header::ORIGIN};
/// use crudauth::http::{OriginPolicy, Verdict};
///
/// let policy = OriginPolicy::new([]).over_tls();
/// let (uri, mut headers) = (Uri::from_static("https://example.com/chat"), HeaderMap::new());
/// headers.insert(ORIGIN, HeaderValue::from_static("https://evil.example"));
/// assert_eq!(policy.judge(&Method::POST, &uri, &headers), Verdict::Hostile);
/// assert_eq!(policy.judge(&Method::CONNECT, &uri, &headers), Verdict::Hostile);
/// assert_eq!(policy.judge(&Method::GET, &uri, &headers), Verdict::Friendly);
/// ```
#[derive(Debug, Clone)]
pub struct OriginPolicy {
    trusted: Vec<TrustedOrigin>,
    tls: bool,
}

impl OriginPolicy {
    /// A policy that trusts the pages of the request's own host and those of `trusted`.
    #[must_use]
    pub fn new(trusted: impl IntoIterator<Item = TrustedOrigin>) -> Self {
        Self { trusted: trusted.into_iter().collect(), tls: false }
    }

    /// The application is reached over TLS alone, so that an `Origin` with `http://` is another
    /// origin also where it names the host of the request: anybody on the network can write such a
    /// page. One on this machine stays friendly. Default: the scheme is not compared, since behind
    /// a proxy that ends TLS it is not known.
    #[must_use]
    pub fn over_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    /// The origins that are trusted beside the request's own host.
    #[cfg(feature = "cors")]
    pub(crate) fn trusted(&self) -> impl Iterator<Item = &TrustedOrigin> {
        self.trusted.iter()
    }

    /// Judges a request by its head.
    #[must_use]
    pub fn judge(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Verdict {
        if method.is_safe() && !opens_connection(method, headers) {
            return Verdict::Friendly;
        }
        let (Ok(site), Ok(origin)) = (single(headers, &SEC_FETCH_SITE), single(headers, &ORIGIN))
        else {
            return Verdict::Hostile;
        };
        let origin = origin.map(Origin::parse);
        let is_trusted = matches!(
            &origin,
            Some(Ok(origin)) if self.trusted.iter().any(|trusted| trusted.0 == *origin)
        );
        let friendly = match site {
            Some("same-origin" | "none") => true,
            Some(_) => is_trusted,
            None => match &origin {
                None => true,
                Some(Ok(origin)) => is_trusted || self.is_own(origin, uri, headers),
                Some(Err(_)) => false,
            },
        };
        if friendly { Verdict::Friendly } else { Verdict::Hostile }
    }

    fn is_own(&self, origin: &Origin, uri: &Uri, headers: &HeaderMap) -> bool {
        (!self.tls || origin.is_trustworthy()) && origin.is_host_of(uri, headers)
    }
}

/// Whether a request asks for a connection of its own, on which more is said than one answer: by
/// `Upgrade` (RFC 9110 §7.8), as a WebSocket over HTTP/1.1 is opened, or by the method `CONNECT`, as
/// one over HTTP/2 and HTTP/3 is (RFC 8441, RFC 9220). A server upgrades no other request.
#[must_use]
pub fn opens_connection(method: &Method, headers: &HeaderMap) -> bool {
    method == Method::CONNECT || headers.contains_key(UPGRADE)
}

/// What an [`OriginPolicy`] found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// The request comes from this site, from a trusted origin, or from no browser.
    Friendly,
    /// A foreign page may have caused the request.
    Hostile,
}

/// An origin whose pages may do what those of this host may: `https://app.example.com`.
///
/// ```
/// use crudauth::http::TrustedOrigin;
///
/// let origin: TrustedOrigin = "https://app.example.com".parse()?;
/// assert_eq!(origin.to_string(), "https://app.example.com");
/// assert_eq!(origin, "HTTPS://APP.example.com:443".parse()?);
/// assert!("app.example.com".parse::<TrustedOrigin>().is_err());
/// # Ok::<(), crudauth::http::InvalidTrustedOrigin>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedOrigin(Origin);

impl TrustedOrigin {
    /// Whether nobody on the network can write its pages.
    pub(crate) fn is_trustworthy(&self) -> bool {
        self.0.is_trustworthy()
    }
}

impl FromStr for TrustedOrigin {
    type Err = InvalidTrustedOrigin;

    /// Reads `scheme://host[:port]` and nothing else.
    ///
    /// # Errors
    ///
    /// [`InvalidTrustedOrigin`] says what to write instead.
    fn from_str(text: &str) -> Result<Self, InvalidTrustedOrigin> {
        let origin = Origin::parse(text);
        origin.map(Self).map_err(|fix| InvalidTrustedOrigin { origin: text.to_owned(), fix })
    }
}

impl fmt::Display for TrustedOrigin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { scheme, host, port } = &self.0;
        write!(f, "{}://{host}", scheme.name())?;
        if *port == scheme.default_port() { Ok(()) } else { write!(f, ":{port}") }
    }
}

/// A text that is not an origin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{origin}` is not an origin, which is scheme://host[:port]: {fix}")]
pub struct InvalidTrustedOrigin {
    origin: String,
    fix: Fix,
}

/// What is to be changed about a text to make it an origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum Fix {
    #[error("start it with `https://` or `http://`")]
    Scheme,
    #[error("end it after the host or port, without a slash, path or query")]
    OnlyHost,
    #[error("name one host in ASCII (`xn--` for other scripts), without a user or wildcard")]
    Host,
    #[error("give the port as a number from 1 to 65535, or leave it and the colon out")]
    Port,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scheme {
    Http,
    Https,
}

impl Scheme {
    fn name(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }
}

/// The origin of a web page (RFC 6454): the host in lower case, the port never left out.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    scheme: Scheme,
    host: String,
    port: u16,
}

impl Origin {
    fn parse(text: &str) -> Result<Self, Fix> {
        let (scheme, rest) = text.split_once("://").ok_or(Fix::Scheme)?;
        let scheme = match scheme {
            scheme if scheme.eq_ignore_ascii_case("https") => Scheme::Https,
            scheme if scheme.eq_ignore_ascii_case("http") => Scheme::Http,
            _ => return Err(Fix::Scheme),
        };
        if rest.contains(['/', '?', '#', '\\']) {
            return Err(Fix::OnlyHost);
        }
        let (host, port) = host_and_port(rest)?;
        Ok(Self { scheme, host, port: port.unwrap_or(scheme.default_port()) })
    }

    /// Whether nobody on the network can write its pages: it has TLS, or is on this machine
    /// (W3C Secure Contexts §3.1).
    fn is_trustworthy(&self) -> bool {
        let Self { scheme, host, .. } = self;
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        *scheme == Scheme::Https
            || host == "localhost"
            || host.ends_with(".localhost")
            || address.is_ok_and(|address| address.is_loopback())
    }

    /// Whether the request goes to where its page came from.
    fn is_host_of(&self, uri: &Uri, headers: &HeaderMap) -> bool {
        // HTTP/2 has the host in the URI.
        let host = match uri.authority() {
            Some(authority) => Some(authority.as_str()),
            None => single(headers, &HOST).ok().flatten(),
        };
        let Some(Ok((host, port))) = host.map(host_and_port) else { return false };
        host == self.host && port.unwrap_or(self.scheme.default_port()) == self.port
    }
}

fn host_and_port(text: &str) -> Result<(String, Option<u16>), Fix> {
    if text.contains(['@', '*']) {
        return Err(Fix::Host);
    }
    let authority: Authority = text.parse().map_err(|_| Fix::Host)?;
    let host = authority.host();
    let port = match text.strip_prefix(host).ok_or(Fix::Host)? {
        "" => None,
        port => {
            let digits = port.strip_prefix(':').filter(|port| !port.starts_with('+'));
            let port = digits.and_then(|digits| digits.parse().ok()).filter(|port| *port > 0);
            Some(port.ok_or(Fix::Port)?)
        }
    };
    if host.is_empty() { Err(Fix::Host) } else { Ok((host.to_ascii_lowercase(), port)) }
}

/// A header stands there more than once, or is no visible ASCII.
struct Unclear;

fn single<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Result<Option<&'a str>, Unclear> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => value.to_str().map(Some).map_err(|_| Unclear),
        (Some(_), Some(_)) => Err(Unclear),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn headers(entries: &[(&'static str, &[u8])]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in entries {
            headers.append(*name, HeaderValue::from_bytes(value).unwrap());
        }
        headers
    }

    fn policy() -> OriginPolicy {
        OriginPolicy::new(["https://app.example.net".parse().unwrap()])
    }

    fn verdict(method: &Method, entries: &[(&'static str, &[u8])]) -> Verdict {
        policy().judge(method, &Uri::from_static("/login"), &headers(entries))
    }

    #[test]
    fn every_combination_has_its_verdict() {
        let origins: [&[&[u8]]; 9] = [
            &[],
            &[b"https://example.com"],
            &[b"https://app.example.net"],
            &[b"https://evil.example"],
            &[b"https://sub.example.com"],
            &[b"https://example.com:8443"],
            &[b"null"],
            &[b"\xff"],
            &[b"https://example.com", b"https://example.com"],
        ];
        // A letter for each origin above: f is friendly, H hostile.
        let table: [(&[&[u8]], &str); 9] = [
            (&[], "fffHHHHHH"),
            (&[b"same-origin"], "fffffffHH"),
            (&[b"none"], "fffffffHH"),
            (&[b"same-site"], "HHfHHHHHH"),
            (&[b"cross-site"], "HHfHHHHHH"),
            (&[b"anything"], "HHfHHHHHH"),
            (&[b""], "HHfHHHHHH"),
            (&[b"\xff"], "HHHHHHHHH"),
            (&[b"same-origin", b"same-origin"], "HHHHHHHHH"),
        ];
        let methods = [
            (Method::CONNECT, false),
            (Method::GET, true),
            (Method::HEAD, true),
            (Method::OPTIONS, true),
            (Method::TRACE, true),
            (Method::POST, false),
            (Method::PUT, false),
            (Method::PATCH, false),
            (Method::DELETE, false),
            (Method::from_bytes(b"BREW").unwrap(), false),
        ];
        // What opens a connection is judged as what changes something.
        for ((method, is_safe), upgrade) in
            methods.iter().flat_map(|method| [(method, None), (method, Some(b"websocket"))])
        {
            let is_safe = *is_safe && upgrade.is_none();
            for (sites, row) in &table {
                assert_eq!(row.len(), origins.len());
                for (origin, letter) in origins.iter().zip(row.chars()) {
                    let mut entries: Vec<(&'static str, &[u8])> = vec![("host", b"example.com")];
                    entries.extend(sites.iter().map(|site| ("sec-fetch-site", *site)));
                    entries.extend(origin.iter().map(|origin| ("origin", *origin)));
                    entries.extend(upgrade.map(|upgrade| ("upgrade", upgrade.as_slice())));
                    let friendly = is_safe || letter == 'f';
                    let expected = if friendly { Verdict::Friendly } else { Verdict::Hostile };
                    assert_eq!(verdict(method, &entries), expected, "{method} {entries:?}");
                }
            }
        }
    }

    #[test]
    fn the_host_is_compared_with_its_port() {
        for (origin, host, expected) in [
            ("https://example.com", "EXAMPLE.com", Verdict::Friendly),
            ("https://example.com", "example.com:443", Verdict::Friendly),
            ("http://example.com", "example.com:80", Verdict::Friendly),
            ("http://localhost:8000", "localhost:8000", Verdict::Friendly),
            ("http://[::1]:8000", "[::1]:8000", Verdict::Friendly),
            ("http://localhost:8000", "localhost:9000", Verdict::Hostile),
            ("http://localhost:8000", "localhost", Verdict::Hostile),
            ("https://example.com", "example.com:80", Verdict::Hostile),
            ("https://example.com", "example.com.evil.example", Verdict::Hostile),
            ("https://example.com", "user@example.com", Verdict::Hostile),
            ("https://example.com", "", Verdict::Hostile),
            ("ftp://example.com", "example.com", Verdict::Hostile),
            ("https://example.com/", "example.com", Verdict::Hostile),
            ("file://", "", Verdict::Hostile),
        ] {
            let entries = [("origin", origin.as_bytes()), ("host", host.as_bytes())];
            assert_eq!(verdict(&Method::POST, &entries), expected, "{origin} {host}");
        }
        let no_host = [("origin", b"https://example.com".as_slice())];
        assert_eq!(verdict(&Method::POST, &no_host), Verdict::Hostile);
        let two_hosts = [("host", b"example.com".as_slice()), ("host", b"example.com"), no_host[0]];
        assert_eq!(verdict(&Method::POST, &two_hosts), Verdict::Hostile);
    }

    #[test]
    fn over_tls_a_page_without_it_is_another_origin() {
        for (origin, host, over_either, over_tls) in [
            ("https://example.com", "example.com", true, true),
            ("https://example.com:8443", "example.com:8443", true, true),
            ("http://example.com", "example.com", true, false),
            ("http://example.com", "example.com:80", true, false),
            ("http://example.com:443", "example.com:443", true, false),
            ("http://example.com:8443", "example.com:8443", true, false),
            ("http://127.0.0.1.example.com", "127.0.0.1.example.com", true, false),
            ("http://localhost:8000", "localhost:8000", true, true),
            ("http://app.localhost", "app.localhost", true, true),
            ("http://127.0.0.1:8000", "127.0.0.1:8000", true, true),
            ("http://[::1]:8000", "[::1]:8000", true, true),
            ("http://localhost:8000", "example.com", false, false),
        ] {
            let headers = headers(&[("origin", origin.as_bytes()), ("host", host.as_bytes())]);
            let uri = Uri::from_static("/login");
            for (policy, friendly) in [(policy(), over_either), (policy().over_tls(), over_tls)] {
                for method in [Method::POST, Method::CONNECT] {
                    let found = policy.judge(&method, &uri, &headers) == Verdict::Friendly;
                    assert_eq!(found, friendly, "{method} {origin} {host} {policy:?}");
                }
            }
        }
    }

    #[test]
    fn over_http_2_the_host_is_in_the_uri() {
        let uri = Uri::from_static("https://example.com/login");
        let judge = |origin: &'static str| {
            policy().judge(&Method::POST, &uri, &headers(&[("origin", origin.as_bytes())]))
        };
        assert_eq!(judge("https://example.com"), Verdict::Friendly);
        assert_eq!(judge("https://evil.example"), Verdict::Hostile);
    }

    #[test]
    fn an_origin_is_a_scheme_a_host_and_perhaps_a_port() {
        for (text, shown) in [
            ("https://app.example.com", "https://app.example.com"),
            ("HTTP://Example.com:8080", "http://example.com:8080"),
            ("http://example.com:80", "http://example.com"),
            ("http://[2001:DB8::1]:8080", "http://[2001:db8::1]:8080"),
            ("https://xn--bcher-kva.example", "https://xn--bcher-kva.example"),
        ] {
            assert_eq!(text.parse::<TrustedOrigin>().unwrap().to_string(), shown);
        }
    }

    #[test]
    fn what_is_no_origin_is_told_the_fix() {
        for (text, fix) in [
            ("", Fix::Scheme),
            ("null", Fix::Scheme),
            ("*", Fix::Scheme),
            ("example.com", Fix::Scheme),
            ("//example.com", Fix::Scheme),
            ("ws://example.com", Fix::Scheme),
            ("https://example.com/", Fix::OnlyHost),
            ("https://example.com/app", Fix::OnlyHost),
            ("https://example.com?x", Fix::OnlyHost),
            ("https://example.com#x", Fix::OnlyHost),
            ("https://", Fix::Host),
            ("https://*.example.com", Fix::Host),
            ("https://user@example.com", Fix::Host),
            ("https://bücher.example", Fix::Host),
            ("https://exa mple.com", Fix::Host),
            ("https://example.com:", Fix::Port),
            ("https://example.com:0", Fix::Port),
            ("https://example.com:65536", Fix::Port),
            ("https://example.com:+80", Fix::Port),
        ] {
            let error = text.parse::<TrustedOrigin>().unwrap_err();
            assert_eq!(error.fix, fix, "{text}");
            assert!(error.to_string().contains("scheme://host[:port]"), "{error}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_origin_makes_the_judge_panic_or_trust(
            origin in proptest::collection::vec(any::<u8>(), 0..4096),
            near in "https?://[a-z.:@0-9\\[\\]*/%]{0,20}",
        ) {
            for origin in [origin.as_slice(), near.as_bytes()] {
                let Ok(value) = HeaderValue::from_bytes(origin) else { continue };
                let mut headers = headers(&[("host", b"EXAMPLE.com")]);
                headers.insert(ORIGIN, value);
                let verdict = policy().judge(&Method::POST, &Uri::from_static("/"), &headers);
                prop_assert_eq!(verdict, Verdict::Hostile);
            }
        }

        #[test]
        fn an_origin_reads_as_it_is_shown(text in "https?://([a-z0-9-]{1,6}\\.){0,2}[a-z]{1,4}(:[0-9]{1,5})?") {
            if let Ok(origin) = text.parse::<TrustedOrigin>() {
                prop_assert_eq!(origin.to_string().parse(), Ok(origin));
            }
        }
    }
}
