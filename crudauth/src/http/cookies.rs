//! Cookies: one is found, one is set, one is cleared (RFC 6265).

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::header::COOKIE;
use axum::http::{HeaderMap, HeaderValue};
use memchr::memchr;

/// The value of the cookie `name`, over all `Cookie` headers of a request (HTTP/2 sends several).
///
/// A cookie that comes twice with different values is not found: one of the two may have been
/// planted by a neighbouring host, and nothing tells which. Neither is an empty one.
///
/// ```
/// use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
/// use crudauth::http::find_cookie;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(COOKIE, HeaderValue::from_static("theme=dark; session_id=abc"));
/// assert_eq!(find_cookie(&headers, "session_id"), Some("abc"));
/// assert_eq!(find_cookie(&headers, "csrf_token"), None);
/// ```
#[must_use]
pub fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    std::str::from_utf8(find_cookie_bytes(headers, name)?).ok()
}

/// As [`find_cookie`], whatever bytes the value has.
fn find_cookie_bytes<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a [u8]> {
    let mut values = all_values(headers, name);
    let first = values.next()?;
    (!first.is_empty() && values.all(|other| other == first)).then_some(first)
}

/// Every value of the cookie `name`, over all `Cookie` headers of a request and in their order,
/// but for empty ones. For a cookie whose values can be verified: one that is planted by a
/// neighbouring host, or left over from another path, is then told from the one that counts.
pub(crate) fn cookie_values<'a>(
    headers: &'a HeaderMap,
    name: &str,
) -> impl Iterator<Item = &'a [u8]> {
    all_values(headers, name).filter(|value| !value.is_empty())
}

fn all_values<'a>(headers: &'a HeaderMap, name: &str) -> impl Iterator<Item = &'a [u8]> {
    // Bytes, since a cookie of somebody else in the same header may be no text.
    let pairs = headers.get_all(COOKIE).iter().flat_map(|header| Pairs(header.as_bytes()));
    pairs.filter_map(move |pair| value_of(pair, name))
}

/// What stands between the semicolons of a `Cookie` header.
struct Pairs<'a>(&'a [u8]);

impl<'a> Iterator for Pairs<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        if self.0.is_empty() {
            return None;
        }
        let end = memchr(b';', self.0).unwrap_or(self.0.len());
        let pair = &self.0[..end];
        self.0 = self.0.get(end + 1..).unwrap_or_default();
        Some(pair)
    }
}

fn value_of<'a>(pair: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let rest = pair.trim_ascii_start().strip_prefix(name.as_bytes())?.trim_ascii_start();
    let value = rest.strip_prefix(b"=")?.trim_ascii();
    let unquoted = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\""));
    Some(unquoted.unwrap_or(value))
}

/// What the cookies of an application have in common.
///
/// The default is for production: `Secure`, `SameSite=lax`, `Path=/`, and names with the prefix
/// `__Host-`, with which a browser lets no other host and no plain-HTTP page write the cookie.
///
/// A front end on another host needs less of that:
///
/// | Front end and API | Setting | What it costs |
/// |---|---|---|
/// | one origin | the default | |
/// | `app.example.com` and `api.example.com` | [`add_trusted_origin`](crate::Builder::add_trusted_origin), and CORS | each page of that origin can do what the user can |
/// | the same, and both hosts read the cookies | [`domain`](Self::domain) | every host below the domain gets the session, and can replace it |
/// | two sites | [`SameSite::None`] | see there; or bearer tokens, which need no cookie |
///
/// ```
/// use std::time::Duration;
/// use crudauth::http::CookieConfig;
///
/// let config = CookieConfig::default();
/// let cookie = config.set("session_id", "abc").http_only().max_age(Duration::from_secs(60));
/// assert_eq!(
///     cookie.header()?,
///     "__Host-session_id=abc; HttpOnly; Max-Age=60; Path=/; SameSite=lax; Secure",
/// );
/// # Ok::<(), crudauth::http::InvalidCookie>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CookieConfig {
    secure: bool,
    same_site: SameSite,
    path: Cow<'static, str>,
    domain: Option<Cow<'static, str>>,
    prefixed: bool,
}

impl Default for CookieConfig {
    fn default() -> Self {
        Self {
            secure: true,
            same_site: SameSite::Lax,
            path: Cow::Borrowed("/"),
            domain: None,
            prefixed: true,
        }
    }
}

impl CookieConfig {
    /// Cookies without `Secure` and with plain names, for a server without TLS on your own
    /// machine. **Anybody on the network can read and replace such cookies.**
    #[must_use]
    pub fn insecure_for_plain_http_development() -> Self {
        Self { secure: false, prefixed: false, ..Self::default() }
    }

    /// When the browser sends the cookies along from other sites. Default: [`SameSite::Lax`].
    #[must_use]
    pub fn same_site(self, same_site: SameSite) -> Self {
        Self { same_site, ..self }
    }

    /// Below which path the browser sends the cookies. Default: `/`. Below another path the
    /// names have no prefix, as `__Host-` asks for `/`.
    ///
    /// The path starts with `/` and consists of visible ASCII without `;`; without that, the
    /// application does not start, and no cookie has a [header](SetCookie::header).
    #[must_use]
    pub fn path(self, path: impl Into<Cow<'static, str>>) -> Self {
        Self { path: path.into(), ..self }
    }

    /// Sends the cookies to a domain and every host below it, as `example.com` to
    /// `app.example.com`. Default: to the host alone that has set them.
    ///
    /// **Each of these hosts gets the sessions of your users, and can plant others.** One forgotten
    /// host, a customer's page or a blog with a hole, and all accounts are its own: take it only
    /// where you run every host below the domain. The names have no prefix then, since `__Host-`
    /// asks for no domain. A front end on a subdomain that only calls this API does not need it:
    /// trust its origin.
    ///
    /// The application does not start with a domain that browsers refuse: an IP address, one
    /// without a dot, such as `com`, or with a scheme, a port or a dot in front. Not every domain
    /// below which strangers have hosts (`co.uk`, `github.io`) is known here; browsers refuse those.
    #[must_use]
    pub fn domain(self, domain: impl Into<Cow<'static, str>>) -> Self {
        Self { domain: Some(domain.into()), ..self }
    }

    /// Says whether cookies can have this domain, and the other attributes together.
    pub(crate) fn check_reach(&self) -> Result<(), InvalidCookie> {
        if self.domain.as_deref().is_some_and(|domain| !is_domain(domain)) {
            return Err(InvalidCookie::Domain);
        }
        if self.same_site == SameSite::None && !self.secure {
            return Err(InvalidCookie::InsecureNone);
        }
        Ok(())
    }

    /// Whether a browser that comes from another site brings none of the cookies.
    #[cfg(feature = "oauth")]
    pub(crate) fn is_strict(&self) -> bool {
        self.same_site == SameSite::Strict
    }

    /// Whether pages of other sites get the cookies.
    pub(crate) fn is_lent_to_other_sites(&self) -> bool {
        self.same_site == SameSite::None
    }

    /// Says whether a cookie can have this path.
    pub(crate) fn check_path(&self) -> Result<(), InvalidCookie> {
        let is_allowed = |byte: u8| byte.is_ascii_graphic() && byte != b';';
        match self.path.starts_with('/') && self.path.bytes().all(is_allowed) {
            true => Ok(()),
            false => Err(InvalidCookie::Path),
        }
    }

    /// Names without the prefix `__Host-`, for a front end that knows them so.
    #[must_use]
    pub fn plain_names(self) -> Self {
        Self { prefixed: false, ..self }
    }

    /// The name under which the cookie `base` is sent: with the prefix `__Host-` if the cookies
    /// are `Secure` with the path `/` and without a domain, unless [`plain_names`](Self::plain_names) are asked for.
    #[must_use]
    pub fn name<'a>(&self, base: &'a str) -> Cow<'a, str> {
        if self.prefixed && self.secure && self.path == "/" && self.domain.is_none() {
            Cow::Owned(format!("__Host-{base}"))
        } else {
            Cow::Borrowed(base)
        }
    }

    pub(crate) fn is_secure(&self) -> bool {
        self.secure
    }

    /// Whether a cookie can be named `base`: says what is wrong, and the way out. A name with a
    /// prefix promises attributes, without which browsers drop the cookie (RFC 6265bis §4.1.3).
    pub(crate) fn check_name(&self, base: &str) -> Result<(), String> {
        if !is_name(&self.name(base)) {
            return Err(InvalidCookie::Pair.to_string());
        }
        let begins = |prefix: &str| {
            base.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        };
        if !self.secure && (begins("__Host-") || begins("__Secure-")) {
            return Err("a browser takes a name with this prefix only from a cookie that is \
                        `Secure`: leave the prefix out, or do not use \
                        `CookieConfig::insecure_for_plain_http_development`"
                .to_owned());
        }
        if self.domain.is_some() && begins("__Host-") {
            return Err(
                "a browser takes a name with `__Host-` only from a cookie without a domain: \
                        leave the prefix out, or do not use `CookieConfig::domain`"
                    .to_owned(),
            );
        }
        if self.path != "/" && begins("__Host-") {
            return Err(format!(
                "a browser takes a name with `__Host-` only from a cookie with the path `/`, and \
                 this one has `{}`: leave the prefix out, or give the path `/`",
                self.path
            ));
        }
        Ok(())
    }

    /// The cookie `base` of a request, under the [`name`](Self::name) that it is sent with.
    #[must_use]
    pub fn find<'a>(&self, headers: &'a HeaderMap, base: &str) -> Option<&'a str> {
        find_cookie(headers, &self.name(base))
    }

    /// A cookie `base` that carries `value`.
    #[must_use]
    pub fn set<'a>(&'a self, base: &'a str, value: &'a str) -> SetCookie<'a> {
        SetCookie {
            config: self,
            name: self.name(base),
            value,
            expires: None,
            http_only: false,
            max_age: None,
        }
    }

    /// A cookie `base` that is gone: empty, and expired `now`.
    #[must_use]
    pub fn clear<'a>(&'a self, base: &'a str, now: SystemTime) -> SetCookie<'a> {
        SetCookie { expires: Some(now), max_age: Some(Duration::ZERO), ..self.set(base, CLEARED) }
    }
}

/// Two quotes are the empty value in the form that the wire contract has.
const CLEARED: &str = "\"\"";

/// When a browser sends a cookie along with a request that another site has caused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SameSite {
    /// Only when the visitor follows a link here.
    #[default]
    Lax,
    /// Never. Where users sign in by providers and are answered by redirects, nobody can link an identity
    /// then: the session does not come back from the provider.
    Strict,
    /// Always, also with the requests of scripts: for a front end of another *site*
    /// (`app.example` and `api.example.com`).
    ///
    /// **The browser's own guard against foreign pages is then off.** What is left are the checks of
    /// `Origin` and `Sec-Fetch-Site` and the CSRF token, and that the answer to a foreign page is
    /// not readable but for trusted origins. Browsers that block third-party cookies, as Safari and
    /// Firefox do, send these cookies nowhere: such a front end is better off with bearer tokens,
    /// or on a subdomain of the API. A script of the other site cannot read the cookie of the CSRF
    /// token: it takes the token from the answer of `POST /login` and of `POST /csrf/refresh`.
    ///
    /// The application does not start with it without `Secure`, without an
    /// [`add_trusted_origin`](crate::Builder::add_trusted_origin), which is the only page it is for,
    /// or without CSRF tokens.
    None,
}

/// The attributes, as a cookie has them.
impl fmt::Display for CookieConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { secure, same_site, path, domain, prefixed: _ } = self;
        let secure = if *secure { "Secure; " } else { "" };
        write!(f, "{secure}SameSite={}; Path={path}", same_site.as_str())?;
        domain.iter().try_for_each(|domain| write!(f, "; Domain={domain}"))
    }
}

impl SameSite {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lax => "lax",
            Self::Strict => "strict",
            Self::None => "none",
        }
    }
}

/// One `Set-Cookie`. Made by [`CookieConfig::set`] and [`CookieConfig::clear`].
///
/// `Debug` does not show the value.
#[derive(Clone)]
pub struct SetCookie<'a> {
    config: &'a CookieConfig,
    name: Cow<'a, str>,
    value: &'a str,
    expires: Option<SystemTime>,
    http_only: bool,
    max_age: Option<Duration>,
}

impl SetCookie<'_> {
    /// Keeps the cookie from scripts.
    #[must_use]
    pub fn http_only(self) -> Self {
        Self { http_only: true, ..self }
    }

    /// How long the browser keeps the cookie, in whole seconds. Default: while it runs.
    #[must_use]
    pub fn max_age(self, max_age: Duration) -> Self {
        Self { max_age: Some(max_age), ..self }
    }

    /// The value of the `Set-Cookie` header, marked as sensitive.
    ///
    /// # Errors
    ///
    /// [`InvalidCookie`], if the name, the value or the path has a character that a cookie cannot
    /// carry.
    pub fn header(&self) -> Result<HeaderValue, InvalidCookie> {
        if !is_name(&self.name)
            || !(self.value == CLEARED || self.value.bytes().all(is_cookie_octet))
        {
            return Err(InvalidCookie::Pair);
        }
        self.config.check_path()?;
        self.config.check_reach()?;
        let mut header =
            HeaderValue::try_from(self.to_string()).map_err(|_| InvalidCookie::Pair)?;
        header.set_sensitive(true);
        Ok(header)
    }
}

/// The text of the header, in the order that the wire contract has.
impl fmt::Display for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.name, self.value)?;
        if let Some(domain) = &self.config.domain {
            write!(f, "; Domain={domain}")?;
        }
        if let Some(expires) = self.expires {
            write!(f, "; expires={}", http_date(expires))?;
        }
        if self.http_only {
            f.write_str("; HttpOnly")?;
        }
        if let Some(max_age) = self.max_age {
            write!(f, "; Max-Age={}", max_age.as_secs())?;
        }
        write!(f, "; Path={}; SameSite={}", self.config.path, self.config.same_site.as_str())?;
        if self.config.secure {
            f.write_str("; Secure")?;
        }
        Ok(())
    }
}

impl fmt::Debug for SetCookie<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetCookie").field("name", &self.name).finish_non_exhaustive()
    }
}

/// An HTTP date has the years 1970 to 9999, outside of which the formatter panics.
fn http_date(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since_epoch = time.duration_since(UNIX_EPOCH).unwrap_or_default().min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + since_epoch)
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

/// RFC 9110, section 5.6.2.
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// RFC 6265, section 4.1.1.
fn is_cookie_octet(byte: u8) -> bool {
    byte.is_ascii_graphic() && !b"\",;\\".contains(&byte)
}

/// A host name of two labels or more, in ASCII.
fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        let bytes = label.as_bytes();
        matches!(label.len(), 1..=63)
            && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = domain.rsplit('.').next().unwrap_or_default();
    domain.len() <= 253
        && domain.contains('.')
        && domain.split('.').all(is_label)
        // The last label of an address is a number.
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
}

/// A cookie that no browser could take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCookie {
    /// The name or the value has a character that a cookie cannot carry.
    #[error(
        "a cookie's name consists of letters, digits and !#$%&'*+-.^_`|~, and its value of visible \
         ASCII without quotes, commas, semicolons and backslashes"
    )]
    Pair,
    /// The path does.
    #[error(
        "a cookie's path starts with `/` and consists of visible ASCII without `;`: give it as the \
         browser sees it, such as `/auth`"
    )]
    Path,
    /// Browsers would reject the domain.
    #[error(
        "a cookie's domain is a host name with a dot and without a scheme, a port or a dot in front: \
         give it as in `example.com`"
    )]
    Domain,
    /// Browsers refuse `SameSite=None` without `Secure`.
    #[error(
        "browsers take `SameSite=None` only from a cookie that is `Secure`: leave it out, or do not \
         use `CookieConfig::insecure_for_plain_http_development`"
    )]
    InsecureNone,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn headers<const N: usize>(values: [&[u8]; N]) -> HeaderMap {
        let value = |value| (COOKIE, HeaderValue::from_bytes(value).unwrap());
        values.into_iter().map(value).collect()
    }

    #[test]
    fn a_cookie_is_found_in_any_place() {
        for header in ["sid=abc", "a=b; sid=abc", "a=b;sid=abc;c=d", " sid = abc ", "sid=\"abc\""] {
            assert_eq!(find_cookie(&headers([header.as_bytes()]), "sid"), Some("abc"), "{header}");
        }
        assert_eq!(find_cookie(&headers([b"a=b", b"sid=abc"]), "sid"), Some("abc"));
        assert_eq!(find_cookie(&headers([b"a=\xff; sid=abc"]), "sid"), Some("abc"));
        assert_eq!(find_cookie(&headers([b"sid=a=b=="]), "sid"), Some("a=b=="));
    }

    #[test]
    fn what_is_not_the_cookie_is_not_found() {
        for header in
            ["", "sid", "sid=", "sid=\"\"", "SID=abc", "xsid=abc", "sid2=abc", "a=sid=abc"]
        {
            assert_eq!(find_cookie(&headers([header.as_bytes()]), "sid"), None, "{header}");
        }
        assert_eq!(find_cookie(&headers([b"sid=\xff"]), "sid"), None);
    }

    #[test]
    fn a_cookie_with_two_values_is_none() {
        assert_eq!(find_cookie(&headers([b"sid=abc; sid=abc"]), "sid"), Some("abc"));
        assert_eq!(find_cookie(&headers([b"sid=abc; sid=abd"]), "sid"), None);
        assert_eq!(find_cookie(&headers([b"sid=abc", b"sid="]), "sid"), None);
    }

    #[test]
    fn every_value_that_a_cookie_has_is_found() {
        let values = |headers| -> Vec<String> {
            let text = |value: &[u8]| String::from_utf8_lossy(value).into_owned();
            cookie_values(&headers, "sid").map(text).collect()
        };
        assert_eq!(values(headers([b"sid=a; x=b; sid=b", b"sid=a", b"sid="])), ["a", "b", "a"]);
        assert_eq!(values(headers([b"", b";;sid=a;"])), ["a"]);
        assert_eq!(values(headers([b"xsid=a"])), Vec::<String>::new());
    }

    #[test]
    fn a_cookie_is_written_in_the_order_of_the_contract() {
        let config = CookieConfig::default().plain_names();
        assert_eq!(
            config.set("csrf_token", "ab").to_string(),
            "csrf_token=ab; Path=/; SameSite=lax; Secure"
        );
        let month = Duration::from_millis(2_592_000_999);
        assert_eq!(
            config.set("session_id", "ab").max_age(month).http_only().header().unwrap(),
            "session_id=ab; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure"
        );
    }

    #[test]
    fn a_cleared_cookie_is_empty_and_expired() {
        let config = CookieConfig::insecure_for_plain_http_development();
        let now = UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(
            config.clear("session_id", now).header().unwrap(),
            "session_id=\"\"; expires=Sun, 06 Nov 1994 08:49:37 GMT; Max-Age=0; Path=/; SameSite=lax"
        );
        assert_eq!(
            CookieConfig::default().clear("refresh_token", now).http_only().header().unwrap(),
            "__Host-refresh_token=\"\"; expires=Sun, 06 Nov 1994 08:49:37 GMT; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure"
        );
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert!(config.clear("a", before).to_string().contains("1970"));
        let beyond = UNIX_EPOCH + Duration::from_secs(300_000_000_000);
        assert!(config.clear("a", beyond).to_string().contains("9999"));
    }

    #[test]
    fn the_prefix_stands_only_where_a_browser_accepts_it() {
        assert_eq!(CookieConfig::default().name("a"), "__Host-a");
        assert_eq!(CookieConfig::default().plain_names().name("a"), "a");
        assert_eq!(CookieConfig::default().path("/auth").name("a"), "a");
        assert_eq!(CookieConfig::insecure_for_plain_http_development().name("a"), "a");
    }

    #[test]
    fn a_path_cannot_add_attributes() {
        for path in ["", "auth", "/a; Domain=evil.example", "/a b", "/\r\n", "/ä"] {
            let config = CookieConfig::default().path(path);
            assert_eq!(config.check_path(), Err(InvalidCookie::Path), "{path:?}");
            assert_eq!(config.set("a", "b").header(), Err(InvalidCookie::Path), "{path:?}");
        }
        let config = CookieConfig::default().path("/auth").same_site(SameSite::Strict);
        assert_eq!(config.set("a", "b").to_string(), "a=b; Path=/auth; SameSite=strict; Secure");
    }

    #[test]
    fn a_value_stays_out_of_the_logs() {
        let config = CookieConfig::default();
        let cookie = config.set("session_id", "hunter2");
        assert!(cookie.header().unwrap().is_sensitive());
        assert!(!format!("{cookie:?} {:?}", cookie.header()).contains("hunter2"));
    }

    #[test]
    fn a_cookie_carries_no_separators() {
        let config = CookieConfig::default();
        for value in ["a;b", "a b", "a\"b", "a,b", "a\\b", "a\r\nb", "ä"] {
            assert_eq!(config.set("a", value).header(), Err(InvalidCookie::Pair), "{value:?}");
        }
        assert_eq!(config.set("a=b", "c").header(), Err(InvalidCookie::Pair));
        assert_eq!(config.plain_names().set("", "c").header(), Err(InvalidCookie::Pair));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn no_header_makes_the_reader_panic(
            header in proptest::collection::vec(any::<u8>(), 0..4096).prop_map(|bytes| {
                bytes.into_iter().filter(|byte| *byte == b'\t' || *byte >= 32 && *byte != 127).collect::<Vec<_>>()
            }),
            name in "[a-z]{0,2}",
        ) {
            let _ = find_cookie(&headers([&header]), &name);
        }

        #[test]
        fn a_cookie_that_is_set_is_found(value in "[!-~]{1,60}", other in "[ -:<-~]{0,40}") {
            let config = CookieConfig::default();
            let Ok(set) = config.set("sid", &value).header() else { return Ok(()) };
            let pair = set.as_bytes().split(|byte| *byte == b';').next().unwrap();
            let header = [other.as_bytes(), b"; ", pair].concat();
            let headers = headers([&header]);
            prop_assert_eq!(config.find(&headers, "sid"), Some(value.as_str()));
        }
    }
}
