use std::time::Duration;

use http::header::SET_COOKIE;
use http::{HeaderMap, HeaderName, HeaderValue};

use super::ticket::Ticket;
use crate::http::{CookieConfig, SameSite};

const NAME: &str = "magic_link";

/// The cookie by which a browser shows that it has asked for the link that it follows.
pub(super) struct BrowserCookie {
    attributes: CookieConfig,
    life: Duration,
}

impl BrowserCookie {
    /// As the cookie of the session, but Lax: the way back is a link in a mail.
    pub(super) fn new(attributes: &CookieConfig, life: Duration) -> Self {
        let attributes = attributes.clone();
        let attributes = match attributes.is_lent_to_other_sites() {
            true => attributes,
            false => attributes.same_site(SameSite::Lax),
        };
        Self { attributes, life }
    }

    /// The browser, if it has shown itself.
    pub(super) fn find(&self, headers: &HeaderMap) -> Option<Ticket> {
        self.attributes.find(headers, NAME).and_then(Ticket::read)
    }

    /// What has a browser keep it for the life of a link.
    pub(super) fn set(&self, browser: &Ticket) -> Option<(HeaderName, HeaderValue)> {
        let cookie = self.attributes.set(NAME, browser.as_str()).http_only();
        // The value is of letters that a cookie can carry.
        let cookie = cookie.max_age(self.life).header().ok()?;
        Some((SET_COOKIE, cookie))
    }
}
