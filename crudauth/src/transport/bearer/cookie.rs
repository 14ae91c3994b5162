//! The cookie of the refresh token.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use http::{HeaderMap, HeaderValue};

use super::config::BearerConfig;
use crate::clock::Clock;
use crate::http::CookieConfig;
use crate::token::RefreshToken;

const REFRESH: &str = "refresh_token";

/// Reads and writes the refresh cookie.
#[derive(Debug)]
pub(crate) struct RefreshCookie {
    config: CookieConfig,
    name: String,
    clock: Arc<dyn Clock>,
}

impl RefreshCookie {
    /// Says what is wrong with a name or path that a cookie cannot have.
    pub(crate) fn new(
        mut config: CookieConfig,
        bearer: &BearerConfig,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, String> {
        if let Some(path) = bearer.cookie_path.clone() {
            config = config
                .path(path)
                .map_err(|error| format!("`BearerConfig::refresh_cookie_path`: {error}"))?;
        }
        let name = match bearer.cookie_name.clone() {
            Some(name) => {
                config = config.plain_names();
                name
            }
            None => REFRESH.to_owned(),
        };
        config
            .check_name(&name)
            .map_err(|error| format!("`BearerConfig::refresh_cookie_name`: {error}"))?;
        Ok(Self { config, name, clock })
    }

    /// The name that the browser knows.
    pub(crate) fn on_the_wire(&self) -> Cow<'_, str> {
        self.config.name(&self.name)
    }

    pub(crate) fn find<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        self.config.find(headers, &self.name)
    }

    /// `None` for a text that a cookie cannot carry, which no token of ours is.
    pub(crate) fn issued(&self, token: &RefreshToken, max_age: Duration) -> Option<HeaderValue> {
        self.config.set(&self.name, token.as_str()).http_only().max_age(max_age).header().ok()
    }

    pub(crate) fn cleared(&self) -> Option<HeaderValue> {
        self.config.clear(&self.name, self.clock.now()).http_only().header().ok()
    }
}
