//! The guard against requests that a foreign page makes in the user's name.

use crudauth::event::CsrfFailure;
use crudauth::{RejectionKind, SecurityEvent, SessionConfig};
use crudauth_tests::support::{Client, Recorder};
use reqwest::Method;

use super::{Answer, PASSWORD, TestApp, detail, plain, plain_cookies, whole};

#[derive(Debug, Clone, Copy, PartialEq)]
enum Token {
    None,
    Own,
    Foreign,
    Garbage,
    Empty,
}

const TOKENS: [Token; 5] = [Token::None, Token::Own, Token::Foreign, Token::Garbage, Token::Empty];
/// Bodies that a page can have a browser send: a form can make the first three, a script the rest.
const BODIES: [Option<(&str, &str)>; 6] = [
    Some(("application/x-www-form-urlencoded", "a=b")),
    Some(("multipart/form-data; boundary=x", "--x--\r\n")),
    Some(("text/plain", "{\"a\": \"=\"}")),
    Some(("application/json", "{}")),
    Some(("application/octet-stream", "\0")),
    None,
];
const SITES: [Option<&str>; 6] =
    [None, Some("same-origin"), Some("none"), Some("same-site"), Some("cross-site"), Some("x")];

#[derive(Default)]
struct Page<'a> {
    site: Option<&'a str>,
    origin: Option<&'a str>,
    body: Option<(&'static str, &'static str)>,
}

async fn send(
    client: &mut Client,
    method: &Method,
    path: &str,
    token: Option<&str>,
    page: &Page<'_>,
) -> Answer {
    let headers = [("x-csrf-token", token), ("sec-fetch-site", page.site), ("origin", page.origin)];
    let request = client.request(method.clone(), path);
    let request = headers.into_iter().fold(request, |request, (name, value)| match value {
        Some(value) => request.header(name, value),
        None => request,
    });
    let request = match page.body {
        Some((content_type, body)) => request.header("content-type", content_type).body(body),
        None => request,
    };
    client.send(request).await
}

/// The table, written down a second time: what a request with a live session is answered.
fn expected(token: Token, page: &Page<'_>, own_origin: &str) -> Option<&'static str> {
    let foreign = match (page.site, page.origin) {
        (Some("same-origin" | "none"), _) | (None, None) => false,
        (Some(_), _) => true,
        (None, Some(origin)) => origin != own_origin,
    };
    match token {
        _ if foreign => Some("Cross-site requests are not allowed."),
        Token::Own => None,
        Token::None | Token::Empty => Some("Missing CSRF token"),
        Token::Foreign | Token::Garbage => Some("Invalid CSRF token"),
    }
}

#[tokio::test]
async fn every_combination_has_its_answer() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let eve = app.signed_in("eve").await;
    let own = ada.csrf_token().expect("a token").to_owned();
    let other = eve.csrf_token().expect("a token").to_owned();
    let own_origin = format!("http://{}", app.address);
    let origins = [None, Some(own_origin.as_str()), Some("https://evil.example"), Some("null")];
    let mut passed = 0;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        for (token, site) in TOKENS.iter().flat_map(|token| SITES.map(|site| (*token, site))) {
            for (origin, body) in
                origins.iter().flat_map(|origin| BODIES.map(|body| (*origin, body)))
            {
                let shown = match token {
                    Token::None => None,
                    Token::Own => Some(own.as_str()),
                    Token::Foreign => Some(other.as_str()),
                    Token::Garbage => Some("garbage"),
                    Token::Empty => Some(""),
                };
                let page = Page { site, origin, body };
                let answer = send(&mut ada, &method, "/notes", shown, &page).await;
                let case = format!("{method} {token:?} {site:?} {origin:?} {body:?}");
                match expected(token, &page, &own_origin) {
                    Some(text) => {
                        assert_eq!(whole(&answer), detail(403, text), "{case}");
                        assert_eq!(answer.header("x-csrf-error"), Some("true"), "{case}");
                    }
                    None => {
                        assert_eq!(answer.status, 200, "{case}");
                        passed += 1;
                    }
                }
                assert!(answer.set_cookies().is_empty(), "{case}: the session stays");
            }
        }
    }
    assert_eq!(passed, 4 * (2 + 2 * 4) * BODIES.len());
}

#[tokio::test]
async fn what_changes_nothing_needs_no_token() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    for page in [
        Page::default(),
        Page { site: Some("cross-site"), origin: Some("https://evil.example"), ..Page::default() },
    ] {
        for method in [Method::GET, Method::HEAD] {
            let answer = send(&mut ada, &method, "/dashboard", None, &page).await;
            assert_eq!(answer.status, 200, "{method}");
        }
    }
}

/// What a browser sends to open a WebSocket: a `GET`, or over HTTP/2 a `CONNECT`, with the cookies of
/// the site, whichever page asks for it, and with no header that a page could add.
#[tokio::test]
async fn what_opens_a_connection_is_judged_by_origin_and_asked_for_no_token() {
    let events = Recorder::default();
    let sink = events.clone();
    let app = TestApp::with(|builder| plain_cookies(builder).add_event_sink(sink)).await;
    let ada = app.signed_in("ada").await;
    let own_origin = format!("http://{}", app.address);
    let origins = [None, Some(own_origin.as_str()), Some("https://evil.example"), Some("null")];
    events.take(&app.auth).await;
    let (mut passed, mut refused) = (0, 0);
    for path in ["/dashboard", "/optional", "/closed/me"] {
        for upgrade in ["websocket", "h2c", "anything"] {
            for (site, origin) in
                SITES.iter().flat_map(|site| origins.map(|origin| (*site, origin)))
            {
                let page = Page { site, origin, body: None };
                let headers = [("sec-fetch-site", site), ("origin", origin)];
                let request = ada.request(Method::GET, path);
                let request = request.header("connection", "upgrade").header("upgrade", upgrade);
                let request = headers.into_iter().fold(request, |request, (name, value)| {
                    value.iter().fold(request, |request, value| request.header(name, *value))
                });
                let answer = ada.clone().send(request).await;
                let case = format!("{path} {upgrade} {site:?} {origin:?}");
                match expected(Token::Own, &page, &own_origin) {
                    Some(text) => {
                        assert_eq!(whole(&answer), detail(403, text), "{case}");
                        refused += 1;
                    }
                    None => {
                        assert_eq!(answer.status, 200, "{case}");
                        assert_eq!(answer.json()["user_id"], 1, "{case}");
                        passed += 1;
                    }
                }
            }
        }
    }
    assert_eq!((passed, refused), (9 * (2 + 2 * 4), 9 * (6 * 4 - (2 + 2 * 4))));
    let told = events.take(&app.auth).await;
    let is_told = |event: &&SecurityEvent| {
        let reason = CsrfFailure::CrossSiteConnection;
        matches!(event, SecurityEvent::CsrfRefused { reason: why, .. } if *why == reason)
    };
    assert!(told.iter().any(|event| is_told(&event)), "what repeats itself is told together");
}

/// As a browser opens a WebSocket over HTTP/2: axum hands such a request to the route with the method
/// `CONNECT`, its host in the URI.
#[tokio::test]
async fn a_connect_is_judged_by_origin_and_asked_for_no_token() {
    let app = plain().await;
    let ada = app.signed_in("ada").await;
    let session = &ada.cookies["session_id"];
    for method in ["CONNECT", "POST"] {
        for (site, origin, friendly) in [
            (None, None, true),
            (None, Some("https://example.com"), true),
            (Some("same-origin"), Some("https://example.com"), true),
            (None, Some("https://evil.example"), false),
            (None, Some("https://chat.example.com"), false),
            (None, Some("null"), false),
            (Some("same-site"), Some("https://chat.example.com"), false),
            (Some("cross-site"), Some("https://evil.example"), false),
        ] {
            let request = http::Request::builder().method(method).uri("https://example.com/chat");
            let request = request.header("cookie", format!("session_id={session}"));
            let headers = [("sec-fetch-site", site), ("origin", origin)].into_iter();
            let request = headers.fold(request, |request, (name, value)| match value {
                Some(value) => request.header(name, value),
                None => request,
            });
            let (parts, ()) = request.body(()).expect("a request").into_parts();
            let found = app.auth.authenticator().authenticate(&parts).await;
            let expected = match (friendly, method) {
                (true, "CONNECT") => Ok(Some(1)),
                (true, _) => Err(RejectionKind::MissingCsrf.into()),
                (false, _) => Err(RejectionKind::CrossSite.into()),
            };
            let found = found.map(|me| me.map(|me| *me.id()));
            assert_eq!(found, expected, "{method} {site:?} {origin:?}");
        }
    }
}

/// The header `Upgrade` is no way around the token of a request that changes something.
#[tokio::test]
async fn what_changes_something_needs_its_token_also_with_an_upgrade() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    for method in [Method::POST, Method::PUT, Method::PATCH, Method::DELETE] {
        let request = ada.request(method.clone(), "/notes");
        let request = request.header("connection", "upgrade").header("upgrade", "websocket");
        let answer = ada.send(request).await;
        assert_eq!(whole(&answer), detail(403, "Missing CSRF token"), "{method}");
    }
}

/// Without a session there is nothing that a page could lend itself.
#[tokio::test]
async fn an_anonymous_connection_may_come_from_anywhere() {
    let app = plain().await;
    let client = app.client();
    let request = client.request(Method::GET, "/optional");
    let request = request.header("connection", "upgrade").header("upgrade", "websocket");
    let request = request.header("origin", "https://evil.example");
    let answer = client.clone().send(request).await;
    assert_eq!(
        (answer.status.as_u16(), &answer.json()["user_id"]),
        (200, &serde_json::Value::Null)
    );
}

/// As a browser without `Sec-Fetch-Site` says it, to a server that is reached over TLS. Whoever is on
/// the network can write the pages of `http://`.
#[tokio::test]
async fn with_secure_cookies_a_page_without_tls_is_a_foreign_one() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    for (host, origin, friendly) in [
        ("example.com", "https://example.com", true),
        ("example.com", "http://example.com", false),
        ("example.com:80", "http://example.com", false),
        ("example.com:8443", "https://example.com:8443", true),
        ("example.com:8443", "http://example.com:8443", false),
        ("localhost:8000", "http://localhost:8000", true),
    ] {
        for upgrade in [false, true] {
            let method = if upgrade { Method::GET } else { Method::POST };
            let path = if upgrade { "/dashboard" } else { "/notes" };
            let request = ada.with_csrf(ada.request(method, path));
            let request = request.header("host", host).header("origin", origin);
            let request = match upgrade {
                true => request.header("connection", "upgrade").header("upgrade", "websocket"),
                false => request,
            };
            let answer = ada.send(request).await;
            assert_eq!(answer.status == 200, friendly, "{host} {origin} {}", answer.text());
        }
    }
    let app = plain().await;
    let mut eve = app.signed_in("eve").await;
    let request = eve.with_csrf(eve.request(Method::POST, "/notes"));
    let request = request.header("host", "example.com").header("origin", "http://example.com");
    assert_eq!(eve.send(request).await.status, 200, "plain HTTP is what was asked for");
}

#[tokio::test]
async fn the_rule_holds_where_anonymous_is_fine_too() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let none = Page::default();
    let answer = send(&mut ada, &Method::POST, "/optional", None, &none).await;
    assert_eq!(whole(&answer), detail(403, "Missing CSRF token"));
    let answer = ada.post("/optional").await;
    assert_eq!(answer.json()["user_id"], 1);
    let answer = app.client().post("/optional").await;
    assert_eq!(answer.json()["user_id"], serde_json::Value::Null);
}

#[tokio::test]
async fn the_token_of_an_earlier_session_is_no_longer_one() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let earlier = ada.csrf_token().expect("a token").to_owned();
    ada.login("ada", PASSWORD).await;
    let none = Page::default();
    let answer = send(&mut ada, &Method::POST, "/notes", Some(&earlier), &none).await;
    assert_eq!(whole(&answer), detail(403, "Invalid CSRF token"));
    assert_eq!(ada.post("/notes").await.status, 200);
}

/// The double-submit pattern would accept it; a neighbouring host can plant a cookie.
#[tokio::test]
async fn the_cookie_of_the_token_proves_nothing() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    ada.cookies.insert("csrf_token".to_owned(), "f".repeat(64));
    assert_eq!(whole(&ada.post("/notes").await), detail(403, "Invalid CSRF token"));
}

#[tokio::test]
async fn a_token_is_one_header_of_its_whole_length() {
    let app = plain().await;
    let mut ada = app.signed_in("ada").await;
    let token = ada.csrf_token().expect("a token").to_owned();
    let none = Page::default();
    for near in [&token[..63], &format!("{token}0"), &format!("0{}", &token[..63]), &token[..1]] {
        let changed = near != token;
        let answer = send(&mut ada, &Method::POST, "/notes", Some(near), &none).await;
        assert_eq!(answer.status == 403, changed, "{near}");
    }
    for other in [token.as_str(), "a"] {
        let request = ada.request(Method::POST, "/notes").header("x-csrf-token", &token);
        let answer = ada.send(request.header("x-csrf-token", other)).await;
        assert_eq!(answer.status, 403, "two headers, and {other}");
    }
}

#[tokio::test]
async fn a_trusted_origin_passes_and_still_needs_the_token() {
    let app = TestApp::with(|builder| {
        plain_cookies(builder).add_trusted_origin("https://app.example.com")
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let token = ada.csrf_token().expect("a token").to_owned();
    for site in [None, Some("same-site"), Some("cross-site")] {
        for (origin, trusted) in [
            ("https://app.example.com", true),
            ("https://app.example.com:443", true),
            ("http://app.example.com", false),
            ("https://app.example.com.evil.example", false),
            ("https://evil-app.example.com", false),
            ("https://app.example.com:8443", false),
        ] {
            let page = Page { site, origin: Some(origin), ..Page::default() };
            let answer = send(&mut ada, &Method::POST, "/notes", Some(&token), &page).await;
            assert_eq!(answer.status == 200, trusted, "{site:?} {origin}");
            let answer = send(&mut ada, &Method::POST, "/notes", None, &page).await;
            assert_eq!(answer.status, 403, "{site:?} {origin}");
        }
    }
}

#[tokio::test]
async fn without_tokens_the_origin_is_still_checked() {
    let app = TestApp::with(|builder| {
        plain_cookies(builder).session(SessionConfig::default().without_csrf_token())
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let own = format!("http://{}", app.address);
    for (page, status) in [
        (Page::default(), 200),
        (Page { site: Some("same-origin"), origin: Some(&own), ..Page::default() }, 200),
        (Page { site: None, origin: Some(&own), ..Page::default() }, 200),
        (Page { site: Some("cross-site"), origin: None, ..Page::default() }, 403),
        (Page { site: None, origin: Some("https://evil.example"), ..Page::default() }, 403),
        (Page { site: None, origin: Some("null"), ..Page::default() }, 403),
    ] {
        let answer = send(&mut ada, &Method::POST, "/notes", None, &page).await;
        assert_eq!(answer.status, status, "{:?} {:?}", page.site, page.origin);
    }
}

#[tokio::test]
async fn an_anonymous_change_is_unauthenticated_and_not_forged() {
    let app = plain().await;
    let page =
        Page { site: Some("cross-site"), origin: Some("https://evil.example"), ..Page::default() };
    let answer = send(&mut app.client(), &Method::POST, "/notes", None, &page).await;
    assert_eq!(whole(&answer), detail(401, "Not authenticated"));
}
