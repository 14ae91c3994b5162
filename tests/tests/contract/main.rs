//! The routes against the wire contract and the features against their promises, over a real port.

mod absurd;
mod builder;
mod cookies;
mod csrf;
mod derived;
mod gates;
mod lockout;
mod login;
mod login_refusals;
mod logout;
mod manners;
mod memory;
mod registration;
mod registration_fields;
mod registration_limit;
mod rehash;
mod sessions;
mod transport;
mod twice;

use crudauth::CookieConfig;
use crudauth_tests::support::refusals::body;
use crudauth_tests::support::{Answer, PASSWORD, TestApp, TestBuilder};
use serde_json::Value;

/// An application whose cookies have plain names and travel without TLS.
async fn plain() -> TestApp {
    TestApp::with(plain_cookies).await
}

fn plain_cookies(builder: TestBuilder) -> TestBuilder {
    builder.cookies(CookieConfig::insecure_for_plain_http_development())
}

/// The status and the whole body, to compare both at once.
fn whole(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.text())
}

fn detail(status: u16, text: &str) -> (u16, String) {
    (status, body(status, text))
}

/// The answer as far as it may be compared with another: all but the date.
fn comparable(answer: &Answer) -> (u16, Vec<(String, String)>, String) {
    let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
    let headers = headers.map(|(name, value)| {
        (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
    });
    (answer.status.as_u16(), headers.collect(), answer.text())
}

fn entries(answer: &Answer) -> Value {
    assert_eq!(answer.status, 422, "{}", answer.text());
    answer.detail()
}
