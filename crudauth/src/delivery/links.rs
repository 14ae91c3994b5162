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
    sign_in: String,
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
        let page = |path: &str, in_fragment: bool| {
            let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_graphic());
            if !path.starts_with('/') || !plain(path) || !plain(base) || base.contains(['?', '#']) {
                return Err(StartupError::setting(format!(
                    "`{url}` and `{path}` make no link: give `EmailConfig::frontend_url` without a \
                     query, and paths that begin with a slash and are plain ASCII"
                )));
            }
            Ok(format!("{base}{path}{}token=", separator(path, in_fragment)))
        };
        let all = paths.in_fragment;
        Ok(Self {
            verify: page(&paths.verify, all)?,
            reset: page(&paths.reset, all)?,
            change_email: page(&paths.change_email, all)?,
            sign_in: page(&paths.sign_in, true)?,
            origin,
        })
    }

    /// The origin of the front end.
    pub(super) fn origin(&self) -> &TrustedOrigin {
        &self.origin
    }

    /// The page that signs in by a link.
    pub(super) fn to_sign_in(&self, token: &str) -> Zeroizing<String> {
        Zeroizing::new(format!("{}{token}", self.sign_in))
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

/// What stands between the path of a page and its token.
fn separator(path: &str, in_fragment: bool) -> char {
    match path.split_once('#') {
        None if in_fragment => '#',
        // The fragment chooses the page, or has values already.
        Some((_, fragment)) if in_fragment => match fragment.starts_with('/') {
            true if !fragment.contains('?') => '?',
            _ => '&',
        },
        _ if path.contains('?') => '&',
        _ => '?',
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn links(url: &str, path: &str) -> Result<Links, StartupError> {
        Links::new(url, &paths(path, false))
    }

    fn paths(path: &str, in_fragment: bool) -> Paths {
        let path = || path.to_owned();
        let (verify, reset, change_email, sign_in) = (path(), path(), path(), path());
        Paths { verify, reset, change_email, sign_in, in_fragment }
    }

    #[test]
    fn a_token_goes_into_the_fragment_of_links_to_sign_in_and_of_all_where_that_is_asked() {
        for (path, token_at) in [
            ("/in", "/in#token=t"),
            ("/in?x", "/in?x#token=t"),
            ("/#/in", "/#/in?token=t"),
            ("/#/in?x", "/#/in?x&token=t"),
            ("/?x#/in", "/?x#/in?token=t"),
            ("/in#x=1", "/in#x=1&token=t"),
        ] {
            let expected = format!("https://a.example{token_at}");
            let by_default = links("https://a.example", path).unwrap();
            assert_eq!(*by_default.to_sign_in("t"), expected);
            let all = Links::new("https://a.example", &paths(path, true)).unwrap();
            assert_eq!(*all.to_sign_in("t"), expected);
            for purpose in [Purpose::Verify, Purpose::Reset, Purpose::ChangeEmail] {
                assert_eq!(*all.to(purpose, "t"), expected);
            }
        }
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
