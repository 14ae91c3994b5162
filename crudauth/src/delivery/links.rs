use zeroize::Zeroizing;

use super::config::{Paths, parse_origin};
use crate::error::StartupError;
use crate::http::TrustedOrigin;
use crate::onetime::Purpose;

/// Makes the links in messages.
#[derive(Debug)]
pub(crate) struct Links {
    origin: TrustedOrigin,
    verify: String,
    reset: String,
    change_email: String,
}

impl Links {
    pub(super) fn new(url: &str, paths: &Paths) -> Result<Self, StartupError> {
        let base = url.trim_end_matches('/');
        let authority = base.find("://").map_or(0, |at| at + 3);
        let end = base[authority..].find('/').map_or(base.len(), |at| authority + at);
        let origin = parse_origin("frontend_url", &base[..end])?;
        if !origin.is_trustworthy() {
            return Err(StartupError::setting(format!(
                "the links in messages carry tokens, and `{origin}` has no TLS: begin \
                 `EmailConfig::frontend_url` with `https://`"
            )));
        }
        let page = |path: &str| {
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
            if !path.starts_with('/') || !plain(path) || !plain(base) || base.contains(['?', '#']) {
                return Err(StartupError::setting(format!(
                    "`{url}` and `{path}` make no link: give `EmailConfig::frontend_url` without a \
                     query, and paths that begin with a slash and are plain ASCII"
                )));
            }
            let separator = if path.contains('?') { '&' } else { '?' };
            Ok(format!("{base}{path}{separator}token="))
        };
        Ok(Self {
            verify: page(&paths.verify)?,
            reset: page(&paths.reset)?,
            change_email: page(&paths.change_email)?,
            origin,
        })
    }

    /// The origin of the front end.
    pub(super) fn origin(&self) -> &TrustedOrigin {
        &self.origin
    }

    pub(super) fn to(&self, purpose: Purpose, token: &str) -> Zeroizing<String> {
        let page = match purpose {
            Purpose::Verify => &self.verify,
            Purpose::Reset => &self.reset,
            Purpose::ChangeEmail => &self.change_email,
        };
        Zeroizing::new(format!("{page}{token}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(url: &str, path: &str) -> Result<Links, StartupError> {
        let path = || path.to_owned();
        Links::new(url, &Paths { verify: path(), reset: path(), change_email: path() })
    }

    #[test]
    fn a_link_is_the_front_end_the_path_and_the_token() {
        for (url, path, expected) in [
            ("https://a.example", "/reset", "https://a.example/reset?token=t"),
            ("https://a.example//", "/reset", "https://a.example/reset?token=t"),
            ("https://a.example/app/", "/reset", "https://a.example/app/reset?token=t"),
            ("http://127.0.0.1:5173", "/?page=reset", "http://127.0.0.1:5173/?page=reset&token=t"),
        ] {
            let links = links(url, path).unwrap();
            assert_eq!(*links.to(Purpose::Reset, "t"), expected);
        }
    }

    #[test]
    fn what_is_no_link_is_refused_at_start() {
        for (url, path) in [
            ("a.example", "/reset"),
            ("", "/reset"),
            ("ftp://a.example", "/reset"),
            ("https://a.example?x", "/reset"),
            ("https://a.example/x?y", "/reset"),
            ("https://user@a.example", "/reset"),
            ("http://a.example", "/reset"),
            ("http://localhost.a.example", "/reset"),
            ("https://a.example", "reset"),
            ("https://a.example", "/re set"),
        ] {
            assert!(links(url, path).is_err(), "{url} {path}");
        }
    }
}
