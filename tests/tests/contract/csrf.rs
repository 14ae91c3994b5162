//! The guard against requests that a foreign page makes in the user's name.

use crudauth::SessionConfig;
use crudauth_tests::support::Client;
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
}

#[tokio::test]
async fn a_trusted_origin_passes_and_still_needs_the_token() {
    let app =
        TestApp::with(|builder| plain_cookies(builder).trusted_origin("https://app.example.com"))
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
