//! The cookie of the refresh token.

use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::config::BearerConfig;
use crate::clock::Clock;
use crate::error::{Mistakes, Rejection, RejectionKind};
use crate::http::{CookieConfig, cookie_values};
use crate::token::RefreshToken;
use crate::transport::session::SessionCookies;

const REFRESH: &str = "refresh_token";
/// How many values of one request are verified.
const MOST: usize = 8;

/// Reads and writes the refresh cookie.
#[derive(Debug)]
pub(crate) struct RefreshCookie {
    config: CookieConfig,
    name: String,
    clock: Arc<dyn Clock>,
}

impl RefreshCookie {
    /// Notes a name or a path that the cookie cannot have beside those of `sessions`.
    pub(crate) fn new(
        mut config: CookieConfig,
        bearer: &BearerConfig,
        sessions: &SessionCookies,
        clock: Arc<dyn Clock>,
        mistakes: &mut Mistakes,
    ) -> Self {
        if let Some(path) = bearer.cookie_path.clone() {
            config = config.path(path);
            if let Err(error) = config.check_path() {
                mistakes.add(format!("`BearerConfig::refresh_cookie_path`: {error}"));
            }
        }
        let name = match bearer.cookie_name.clone() {
            Some(name) => {
                config = config.plain_names();
                name
            }
            None => REFRESH.to_owned(),
        };
        if let Err(error) = config.check_name(&name) {
            mistakes.add(format!("`BearerConfig::refresh_cookie_name`: {error}"));
        }
        let on_the_wire = config.name(&name);
        if sessions.has(&on_the_wire) {
            mistakes.add(format!(
                "the refresh cookie and a cookie of sessions are both named `{on_the_wire}`: give \
                 another `BearerConfig::refresh_cookie_name`"
            ));
        }
        Self { config, name, clock }
    }

    /// Every value of the cookie in a request, each once.
    ///
    /// # Errors
    ///
    /// Where there are more than a browser collects on its own.
    pub(crate) fn shown<'a>(&self, headers: &'a HeaderMap) -> Result<Vec<&'a str>, Rejection> {
        let mut shown = Vec::new();
        for value in cookie_values(headers, &self.config.name(&self.name)) {
            let Ok(value) = std::str::from_utf8(value) else { continue };
            if shown.len() == MOST {
                return Err(RejectionKind::TooManySignIns.into());
            }
            if !shown.contains(&value) {
                shown.push(value);
            }
        }
        Ok(shown)
    }

    /// `None` for a text that a cookie cannot carry, which no token of ours is.
    pub(crate) fn issued(&self, token: &RefreshToken, max_age: Duration) -> Option<HeaderValue> {
        self.config.set(&self.name, token.as_str()).http_only().max_age(max_age).header().ok()
    }

    pub(crate) fn cleared(&self) -> Option<HeaderValue> {
        self.config.clear(&self.name, self.clock.now()).http_only().header().ok()
    }
}
