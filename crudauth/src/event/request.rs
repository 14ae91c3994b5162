//! The facts about a request that its events carry.

use http::HeaderMap;
use http::header::USER_AGENT;

use super::LogSafe;

const X_REQUEST_ID: &str = "x-request-id";

const MAX_USER_AGENT: usize = 256;
const MAX_REQUEST_ID: usize = 128;

/// The request that caused an event. All is `None` where there was none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestInfo {
    /// The client's address, an IPv6 one as its /64.
    pub address: Option<LogSafe>,
    /// The first 256 bytes of the client's `User-Agent`.
    pub user_agent: Option<LogSafe>,
    /// The `X-Request-Id`, as a layer of the application has set it or the client has sent it: up to
    /// 128 visible ASCII characters. Any other is left out.
    pub request_id: Option<LogSafe>,
}

impl RequestInfo {
    /// No request: the application or a task of crudauth's caused the event.
    pub(crate) const NONE: Self = Self { address: None, user_agent: None, request_id: None };

    /// The request with these `headers`, from `address`.
    pub(crate) fn new(address: Option<&str>, headers: &HeaderMap) -> Self {
        Self {
            address: address.map(LogSafe::new),
            user_agent: user_agent(headers).map(LogSafe::new),
            request_id: request_id(headers).map(LogSafe::new),
        }
    }
}

/// The `User-Agent`, up to 256 bytes; `None` where it is not in ASCII.
pub(crate) fn user_agent(headers: &HeaderMap) -> Option<&str> {
    let agent = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(agent.get(..MAX_USER_AGENT).unwrap_or(agent))
}

/// The `X-Request-Id`; `None` where it is too long, or not of visible ASCII characters.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get(X_REQUEST_ID)?.to_str().ok()?;
    let fits = (1..=MAX_REQUEST_ID).contains(&id.len());
    (fits && id.bytes().all(|byte| byte.is_ascii_graphic())).then_some(id)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(name: &'static str, value: &[u8]) -> RequestInfo {
        let value = HeaderValue::from_bytes(value).expect("a header");
        RequestInfo::new(None, &HeaderMap::from_iter([(name.parse().expect("a name"), value)]))
    }

    #[test]
    fn a_user_agent_is_bounded_and_cannot_disturb_a_line() {
        let of = |agent: &[u8]| of("user-agent", agent).user_agent.map(|it| it.to_string());
        assert_eq!(of(b"curl/8.9").as_deref(), Some("curl/8.9"));
        assert_eq!(of(b"tab\there").as_deref(), Some("tab\\there"));
        assert_eq!(of(&[b'a'; 300]), Some("a".repeat(256)));
        assert_eq!(of("\u{202e}lruc".as_bytes()), None);
    }

    #[test]
    fn a_request_id_is_visible_ascii_of_bounded_length_or_left_out() {
        let of = |id: &[u8]| of("x-request-id", id).request_id.map(|it| it.to_string());
        let uuid = "0192d3a4-5e6f-7a8b-9c0d-1e2f3a4b5c6d";
        assert_eq!(of(uuid.as_bytes()).as_deref(), Some(uuid));
        assert_eq!(of(&[b'a'; 128]), Some("a".repeat(128)));
        for refused in [&[b'a'; 129][..], b"", b"a b", b"a\tb", "\u{202e}".as_bytes()] {
            assert_eq!(of(refused), None);
        }
    }
}
