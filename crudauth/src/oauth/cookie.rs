//! The cookie by which a browser shows that a flow is its own.

use std::time::Duration;

use http::HeaderMap;
use http::header::SET_COOKIE;

use super::Browser;
use crate::http::{CookieConfig, SameSite};

const NAME: &str = "oauth_state";

pub(super) struct BrowserCookie {
    attributes: CookieConfig,
    life: Duration,
}

impl BrowserCookie {
    /// As the cookie of the session, but Lax: the way back from a provider is a link of another site. A page
    /// of another site that fetches gets it as it gets that of the session.
    pub(super) fn new(attributes: &CookieConfig, (json, life): (bool, Duration)) -> Self {
        let attributes = attributes.clone();
        let attributes = match json && attributes.is_lent_to_other_sites() {
            true => attributes,
            false => attributes.same_site(SameSite::Lax),
        };
        Self { attributes, life }
    }

    /// The browser, if it has shown itself.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<Browser> {
        self.attributes.find(headers, NAME).and_then(Browser::read)
    }

    /// What has a browser keep it for the life of a flow.
    pub(super) fn set(&self, browser: &Browser) -> HeaderMap {
        let cookie = self.attributes.set(NAME, browser.as_str()).http_only();
        let cookie = cookie.max_age(self.life).header();
        // The value is of letters that a cookie can carry.
        cookie.ok().map(|cookie| (SET_COOKIE, cookie)).into_iter().collect()
    }
}
