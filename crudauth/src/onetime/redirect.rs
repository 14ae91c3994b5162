//! Where a client may be sent when a link has done its work.

use crate::http::{MAX_TARGET, TrustedOrigin, is_local_path};

/// The targets that a client may ask to be sent to: paths on the origin of the front end, and pages
/// of listed origins.
///
/// ```
/// use crudauth::onetime::RedirectTargets;
///
/// let targets = RedirectTargets::new(vec!["https://app.example.com".parse()?]);
/// assert!(targets.allow("/settings?tab=mail"));
/// assert!(targets.allow("https://app.example.com/settings"));
/// assert!(!targets.allow("//evil.example"));
/// assert!(!targets.allow("https://app.example.com@evil.example/"));
/// # Ok::<(), crudauth::http::InvalidTrustedOrigin>(())
/// ```
#[derive(Debug, Clone, Default)]
pub struct RedirectTargets {
    origins: Vec<TrustedOrigin>,
}

impl RedirectTargets {
    /// Paths, and the pages of `origins`.
    #[must_use]
    pub fn new(origins: Vec<TrustedOrigin>) -> Self {
        Self { origins }
    }

    /// Whether a client may be sent to `target`.
    ///
    /// A target is plain ASCII without white space or backslashes; its path begins with one slash
    /// and has neither empty segments nor `.` and `..`, however often it is percent-encoded:
    /// a path for this function must not be a host for a browser or a proxy.
    #[must_use]
    pub fn allow(&self, target: &str) -> bool {
        if target.len() > MAX_TARGET || !target.bytes().all(|byte| byte.is_ascii_graphic()) {
            return false;
        }
        if target.starts_with('/') {
            return is_local_path(target);
        }
        let Some(authority) = target.find("://").map(|at| at + 3) else { return false };
        let end =
            target[authority..].find(['/', '?', '#']).map_or(target.len(), |at| authority + at);
        let (origin, path) = target.split_at(end);
        let listed = origin.parse().is_ok_and(|origin| self.origins.contains(&origin));
        listed && (!path.starts_with('/') || is_local_path(path)) && !path.contains('\\')
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn targets() -> RedirectTargets {
        let origins = ["https://app.example.com", "https://other.example.com:8443"];
        RedirectTargets::new(origins.iter().map(|it| it.parse().unwrap()).collect())
    }

    #[test]
    fn paths_and_listed_origins_are_allowed() {
        for target in [
            "/",
            "/settings",
            "/settings/",
            "/a/b?next=//evil.example#frag",
            "/caf%C3%A9",
            "/search?q=a%20b",
            "/#https://evil.example",
            "/a.b/..c",
            "https://app.example.com",
            "https://app.example.com/",
            "HTTPS://APP.example.com:443/x?y#z",
            "https://app.example.com?x",
            "https://other.example.com:8443/x",
        ] {
            assert!(targets().allow(target), "{target}");
        }
    }

    #[test]
    fn hostile_targets_are_refused() {
        let hostile = [
            "",
            " ",
            "evil",
            "evil.example",
            ".",
            "?x",
            "#x",
            "//evil.example",
            "///evil.example",
            "////evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "\\/evil.example",
            "/\\/evil.example",
            "/a\\evil",
            "/?a\\b",
            " //evil.example",
            " /path",
            "/path with space",
            "/\t/evil.example",
            "\t//evil.example",
            "/\n/evil.example",
            "/\r\nLocation: https://evil.example",
            "/a\0b",
            "/\u{7f}",
            "/%2f/evil.example",
            "/%2Fevil.example",
            "/%2f%2fevil.example",
            "/%5cevil.example",
            "/%5Cevil.example",
            "/%252fevil.example",
            "/%25252fevil.example",
            "/%255cevil.example",
            "/%09/evil.example",
            "/%0d%0aLocation:evil",
            "/%00",
            "/%0a/evil.example",
            "/.//evil.example",
            "/..//evil.example",
            "/./evil",
            "/../evil",
            "/a/../../evil",
            "/%2e%2e//evil.example",
            "/%2e%2e/evil",
            "/%2e/evil",
            "/a//evil.example",
            "/%ff",
            "/\u{ff0f}evil.example",
            "/\u{2044}evil",
            "https:evil.example",
            "https:/evil.example",
            "https:///evil.example",
            "http://evil.example",
            "https://evil.example",
            "https://evil.example/https://app.example.com",
            "https://evil.example?https://app.example.com",
            "https://evil.example#https://app.example.com",
            "http://app.example.com/",
            "https://app.example.com:8443/",
            "https://other.example.com/",
            "https://app.example.com@evil.example/",
            "https://app.example.com:443@evil.example/",
            "https://user@app.example.com/",
            "https://app.example.com.evil.example/",
            "https://app.example.com%2eevil.example/",
            "https://app.example.com\\@evil.example/",
            "https://app.example.com//evil.example",
            "https://app.example.com/\\evil.example",
            "https://app.example.com?\\evil",
            "https://sub.app.example.com/",
            "https://example.com/",
            "https://*.example.com/",
            "https://\u{430}pp.example.com/",
            "https://xn--pp-7kc.example.com/",
            "https://[::1]/",
            "javascript:alert(1)",
            "JavaScript:alert(1)",
            "javascript://app.example.com/%0aalert(1)",
            "data:text/html,<script>alert(1)</script>",
            "vbscript:msgbox(1)",
            "file:///etc/passwd",
            "ftp://app.example.com/",
            "blob:https://app.example.com/x",
            "mailto:ada@example.com",
        ];
        assert!(hostile.len() >= 60);
        for target in hostile {
            assert!(!targets().allow(target), "{target:?}");
        }
        assert!(!targets().allow(&format!("/{}", "a".repeat(MAX_TARGET))));
    }
}
