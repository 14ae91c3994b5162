//! The cookies of a session.

use std::sync::Arc;
use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::config::SessionConfig;
use super::issued::Issued;
use crate::clock::Clock;
use crate::error::Mistakes;
use crate::http::{CookieConfig, cookie_values};

const CLEAR_SITE_DATA: HeaderName = HeaderName::from_static("clear-site-data");

const SESSION: &str = "session_id";
const CSRF: &str = "csrf_token";
const DEVICE: &str = "device_id";
const MOST_DEVICES: usize = 8;
/// How long a device stays known.
pub(crate) const DEVICE_LIFE: Duration = Duration::from_secs(365 * 24 * 60 * 60);

/// Reads and writes the cookies of sessions: the session itself, its CSRF token for the page's
/// script, and the device token that outlives it.
#[derive(Debug)]
pub(crate) struct SessionCookies {
    session: Named,
    csrf: Named,
    device: Named,
    clear_site_data: bool,
    clock: Arc<dyn Clock>,
}

/// A cookie's name, and the attributes it is sent with.
#[derive(Debug)]
struct Named {
    config: CookieConfig,
    name: String,
    /// The name with its prefix: what every request is searched for.
    on_the_wire: String,
}

impl SessionCookies {
    /// The attributes of the session cookie.
    pub(crate) fn attributes(&self) -> &CookieConfig {
        &self.session.config
    }

    /// Notes a configured name that no cookie can have, or that of another cookie.
    pub(crate) fn new(
        config: CookieConfig,
        session: &SessionConfig,
        clock: Arc<dyn Clock>,
        mistakes: &mut Mistakes,
    ) -> Self {
        let plain = config.clone().plain_names();
        let session_cookie = match &session.cookie_name {
            Some(name) => Named::new(plain.clone(), name),
            None => Named::new(config.clone(), SESSION),
        };
        let device_cookie = match &session.device_cookie_name {
            Some(name) => Named::new(plain.clone(), name),
            None => Named::new(config.clone(), DEVICE),
        };
        let csrf_cookie = match &session.csrf_cookie_name {
            Some(name) => Named::new(plain, name),
            None => Named::new(config, CSRF),
        };
        let cookies = Self {
            session: session_cookie,
            csrf: csrf_cookie,
            device: device_cookie,
            clear_site_data: session.clear_site_data,
            clock,
        };
        for named in [&cookies.session, &cookies.csrf, &cookies.device] {
            if let Err(error) = named.config.check_name(&named.name) {
                let name = &named.name;
                mistakes
                    .add(format!("the cookies of a session: `{name}` cannot be a name: {error}"));
            }
        }
        let [session, csrf, device] =
            [&cookies.session, &cookies.csrf, &cookies.device].map(|named| &*named.on_the_wire);
        if session == csrf || session == device || csrf == device {
            let twice = if csrf == device { csrf } else { session };
            mistakes.add(format!(
                "the cookies of a session: two are named `{twice}`: give another `SessionConfig::cookie_name`, \
                 `SessionConfig::csrf_cookie_name` or `SessionConfig::device_cookie_name`"
            ));
        }
        cookies
    }

    /// Whether one of them is named `name`.
    pub(crate) fn has(&self, name: &str) -> bool {
        [&self.session, &self.csrf, &self.device].iter().any(|named| &*named.on_the_wire == name)
    }

    /// Every value of the session cookie.
    pub(crate) fn sessions<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a [u8]> {
        cookie_values(headers, &self.session.on_the_wire)
    }

    /// The values of the device cookie. More than a browser collects on its own are not looked at.
    pub(crate) fn devices<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let values = cookie_values(headers, &self.device.on_the_wire).take(MOST_DEVICES);
        values.filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// Every value of the CSRF cookie.
    pub(crate) fn csrf<'a>(&self, headers: &'a HeaderMap) -> impl Iterator<Item = &'a str> {
        let values = cookie_values(headers, &self.csrf.on_the_wire);
        values.filter_map(|value| std::str::from_utf8(value).ok())
    }

    /// Hands another CSRF token to the client.
    pub(crate) fn csrf_token(&self, token: &str, max_age: Option<Duration>) -> Option<HeaderValue> {
        self.csrf.set(token, false, max_age)
    }

    /// Hands a new session to the client.
    pub(crate) fn issued(&self, issued: &Issued) -> Vec<HeaderValue> {
        let session = self.session.set(&issued.cookie, true, issued.max_age);
        let csrf = issued.csrf.as_ref();
        let csrf = csrf.and_then(|token| self.csrf_token(token, issued.max_age));
        session.into_iter().chain(csrf).collect()
    }

    /// Marks the device as one that has signed in; for a year.
    pub(crate) fn known_device(&self, token: &str) -> Option<HeaderValue> {
        self.device.set(token, true, Some(DEVICE_LIFE))
    }

    /// Says in the `headers` of a response that its user has ended the session of this browser: takes
    /// the cookies away, and what pages have left behind where the application has asked for that.
    pub(crate) fn leave(&self, headers: &mut HeaderMap) {
        for cookie in self.cleared() {
            headers.append(SET_COOKIE, cookie);
        }
        if self.clear_site_data {
            let kinds = HeaderValue::from_static("\"cache\", \"storage\"");
            headers.insert(CLEAR_SITE_DATA, kinds);
        }
    }

    /// Takes the session away. The device stays known.
    pub(crate) fn cleared(&self) -> Vec<HeaderValue> {
        let now = self.clock.now();
        let cleared = [&self.session, &self.csrf]
            .map(|named| named.config.clear(&named.name, now).header().ok());
        cleared.into_iter().flatten().collect()
    }
}

impl Named {
    fn new(config: CookieConfig, name: &str) -> Self {
        let on_the_wire = config.name(name).into_owned();
        Self { config, name: name.to_owned(), on_the_wire }
    }

    /// `None` for a text that a cookie cannot carry, which no id or token of ours is.
    fn set(&self, value: &str, http_only: bool, max_age: Option<Duration>) -> Option<HeaderValue> {
        let mut cookie = self.config.set(&self.name, value);
        if http_only {
            cookie = cookie.http_only();
        }
        if let Some(max_age) = max_age {
            cookie = cookie.max_age(max_age);
        }
        cookie.header().ok()
    }
}
