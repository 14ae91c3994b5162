use std::time::Duration;

use crate::error::Mistakes;

/// What other keys in the state store start with.
const RESERVED: [&str; 9] = [
    "claimed",
    "limit",
    "lockout",
    "outbox",
    "refresh",
    "renewed",
    "succeeded",
    "sudo",
    "throttle",
];

/// How long sessions live, and how many a user may have.
///
/// The defaults are those of a web application for people: 30 minutes idle, 30 days with
/// remember-me, 30 days in all (NIST SP 800-63B-4 §2.1.3, AAL1), five sessions a user.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    pub(crate) idle: Duration,
    pub(crate) remember: Duration,
    pub(crate) absolute: Option<Duration>,
    pub(crate) per_user: usize,
    pub(crate) touch: Option<Duration>,
    pub(crate) csrf: bool,
    pub(crate) prefix: String,
    pub(crate) cookie_name: Option<String>,
    pub(crate) csrf_cookie_name: Option<String>,
    pub(crate) device_cookie_name: Option<String>,
    pub(crate) management: bool,
    pub(crate) clear_site_data: bool,
}

impl Default for SessionConfig {
    fn default() -> Self {
        const DAY: u64 = 24 * 60 * 60;
        Self {
            idle: Duration::from_secs(30 * 60),
            remember: Duration::from_secs(30 * DAY),
            absolute: Some(Duration::from_secs(30 * DAY)),
            per_user: 5,
            touch: None,
            csrf: true,
            prefix: "session".to_owned(),
            cookie_name: None,
            csrf_cookie_name: None,
            device_cookie_name: None,
            management: false,
            clear_site_data: false,
        }
    }
}

impl SessionConfig {
    /// A session without activity ends after this time. Default: 30 minutes.
    #[must_use]
    pub fn idle_timeout(mut self, idle: Duration) -> Self {
        self.idle = idle;
        self
    }

    /// With remember-me: the idle time, and the Max-Age of the cookies. Default: 30 days.
    #[must_use]
    pub fn remember_for(mut self, remember: Duration) -> Self {
        self.remember = remember;
        self
    }

    /// A session ends at this age, however active it is. Default: 30 days; `None` is for ever.
    #[must_use]
    pub fn absolute_timeout(mut self, absolute: impl Into<Option<Duration>>) -> Self {
        self.absolute = absolute.into();
        self
    }

    /// A login beyond this number ends the user's least recently active session. Default: 5.
    #[must_use]
    pub fn sessions_per_user(mut self, most: usize) -> Self {
        self.per_user = most;
        self
    }

    /// Activity is written at most this often, so that most requests write nothing. Default: a
    /// tenth of the idle time, at most one minute.
    #[must_use]
    pub fn touch_interval(mut self, interval: Duration) -> Self {
        self.touch = Some(interval);
        self
    }

    /// Gives up CSRF tokens, for a client that is not a browser. The checks of `Origin` and
    /// `Sec-Fetch-Site` stay. Default: tokens are required.
    #[must_use]
    pub fn without_csrf_token(mut self) -> Self {
        self.csrf = false;
        self
    }

    /// Another name for the session cookie, used as it is. Default: `__Host-session_id`, or
    /// `session_id` where the cookie cannot have the prefix.
    #[must_use]
    pub fn cookie_name(mut self, name: impl Into<String>) -> Self {
        self.cookie_name = Some(name.into());
        self
    }

    /// Another name for the CSRF cookie, used as it is: `csrf_token`, say, for a front end whose
    /// script looks for that. Default: `__Host-csrf_token`, or `csrf_token` where the cookie cannot
    /// have the prefix.
    #[must_use]
    pub fn csrf_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.csrf_cookie_name = Some(name.into());
        self
    }

    /// Another name for the cookie of the device token, used as it is: two applications on one host
    /// need two names, or each login at one takes the token of the other away. Default:
    /// `__Host-device_id`, or `device_id` where the cookie cannot have the prefix.
    #[must_use]
    pub fn device_cookie_name(mut self, name: impl Into<String>) -> Self {
        self.device_cookie_name = Some(name.into());
        self
    }

    /// What the keys of the sessions start with in the store. Two applications over one store
    /// need two prefixes. Default: `session`.
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Mounts the routes by which users manage their sign-ins, by sessions and by tokens:
    /// `GET /sessions`, `DELETE /sessions/{handle}` and `POST /logout-all` (`?keep_current=1` keeps the
    /// session that asks, `?tokens=keep` the sign-ins by tokens). Only a session may use them. Default: they do not exist.
    #[must_use]
    pub fn management_routes(mut self) -> Self {
        self.management = true;
        self
    }

    /// Whenever a user ends the session of the browser in hand, asks the browser to throw away what
    /// it keeps of the site's pages: `Clear-Site-Data: "cache", "storage"`. Cookies are not among
    /// it: those of the session are cleared by name, and the device stays known. For computers that
    /// several people use; it also ends service workers and empties `localStorage`, and browsers
    /// take their time over it. Default: they are not asked.
    #[must_use]
    pub fn clear_site_data_at_logout(mut self) -> Self {
        self.clear_site_data = true;
        self
    }

    /// The idle time of a session.
    pub(crate) fn window(&self, remember: bool) -> Duration {
        if remember { self.remember } else { self.idle }
    }

    /// The longest time for which a session lives without being used.
    pub(crate) fn longest_window(&self) -> Duration {
        self.idle.max(self.remember)
    }

    pub(crate) fn touch_after(&self, remember: bool) -> Duration {
        self.touch.unwrap_or_else(|| (self.window(remember) / 10).min(Duration::from_secs(60)))
    }

    /// Notes what is wrong, and the way out.
    pub(crate) fn check(&self, mistakes: &mut Mistakes) {
        let second = Duration::from_secs(1);
        if self.idle < second || self.remember < second {
            mistakes.add(
                "a session needs an idle time of at least one second: raise \
                 `SessionConfig::idle_timeout` or `SessionConfig::remember_for`",
            );
        }
        if self.absolute.is_some_and(|absolute| absolute < self.idle) {
            mistakes.add(
                "a session would end of age before it ends of idleness: raise \
                 `SessionConfig::absolute_timeout` or lower `SessionConfig::idle_timeout`",
            );
        }
        if self.per_user == 0 {
            mistakes.add("no user could have a session: raise `SessionConfig::sessions_per_user`");
        }
        if self.touch.is_some_and(|touch| touch > self.idle / 2) {
            mistakes.add(
                "activity would be written too seldom to keep a session alive: lower \
                 `SessionConfig::touch_interval` to at most half of the idle time",
            );
        }
        if RESERVED.contains(&self.prefix.as_str()) {
            mistakes.add(format!(
                "`SessionConfig::prefix` is `{}`, under which crudauth keeps something else: give \
                 another word",
                self.prefix
            ));
        }
        if self.prefix.is_empty() || self.prefix.contains(':') {
            mistakes.add("`SessionConfig::prefix` needs a word without a colon");
        }
    }
}
