//! A transport of the application's own beside sessions.

use std::str::FromStr;

use crudauth::store::UserStore;
use crudauth::transport::{Authentication, Transport};
use crudauth::{AuthUser, Principal, RejectionKind, TransportName};
use crudauth_tests::support::Client;
use reqwest::Method;

use super::{Answer, TestApp, detail, plain_cookies, whole};

/// `X-Api-Key: key-of-7` is user 7; an empty key is none.
#[derive(Debug)]
struct ApiKey;

impl TransportName for ApiKey {
    const NAME: &'static str = "api_key";
}

impl<U: AuthUser> Transport<U> for ApiKey {
    fn name(&self) -> &'static str {
        Self::NAME
    }

    fn authenticate<'a>(
        &'a self,
        request: &'a axum::http::request::Parts,
        users: &'a dyn UserStore<U>,
    ) -> Authentication<'a, U> {
        Box::pin(async move {
            let key = request.headers.get("x-api-key").and_then(|key| key.to_str().ok());
            let Some(key) = key.filter(|key| !key.is_empty()) else { return Ok(None) };
            let id = key.strip_prefix("key-of-").and_then(|id| U::Id::from_str(id).ok());
            let Some(id) = id else { return Err(RejectionKind::InvalidToken.into()) };
            let user = users.find_by_id(&id).await?;
            Ok(user.map(Principal::authenticated::<ApiKey>))
        })
    }
}

async fn start() -> TestApp {
    TestApp::with(|builder| plain_cookies(builder).add_transport(ApiKey)).await
}

async fn send(client: &mut Client, method: Method, path: &str, key: &str) -> Answer {
    let request = client.request(method, path).header("x-api-key", key);
    client.send(request).await
}

#[tokio::test]
async fn it_authenticates_and_is_told_by_via() {
    let app = start().await;
    app.signed_in("ada").await;
    let mut client = app.client();
    let answer = send(&mut client, Method::GET, "/me", "key-of-1").await;
    assert_eq!(
        (&answer.json()["username"], &answer.json()["via"]),
        (&"ada".into(), &"api_key".into())
    );
    let answer = send(&mut client, Method::GET, "/closed/me", "key-of-1").await;
    assert_eq!(answer.json()["via"], "api_key");
    assert_eq!(send(&mut client, Method::GET, "/admin", "key-of-1").await.status, 403);
    let answer = send(&mut client, Method::POST, "/notes", "key-of-1").await;
    assert_eq!(answer.status, 200, "no cookie, no CSRF token");
}

#[tokio::test]
async fn absent_is_anonymous_and_wrong_is_refused() {
    let app = start().await;
    app.signed_in("ada").await;
    let mut client = app.client();
    for path in ["/dashboard", "/optional"] {
        let answer = send(&mut client, Method::GET, path, "nonsense").await;
        assert_eq!(whole(&answer), detail(401, "Invalid token"), "{path}");
    }
    assert_eq!(send(&mut client, Method::GET, "/optional", "").await.status, 200);
    let answer = send(&mut client, Method::GET, "/dashboard", "key-of-99").await;
    assert_eq!(whole(&answer), detail(401, "Not authenticated"));
}

#[tokio::test]
async fn the_first_that_is_present_decides() {
    let app = start().await;
    let mut ada = app.signed_in("ada").await;
    app.signed_in("eve").await;
    let answer = send(&mut ada, Method::GET, "/me", "key-of-2").await;
    assert_eq!(
        (&answer.json()["username"], &answer.json()["via"]),
        (&"ada".into(), &"session".into())
    );
    let answer = send(&mut ada, Method::GET, "/me", "nonsense").await;
    assert_eq!(answer.json()["via"], "session", "what comes after is not looked at");
    let answer = send(&mut ada, Method::POST, "/notes", "key-of-2").await;
    assert_eq!(whole(&answer), detail(403, "Missing CSRF token"), "no way around");

    let mut forger = app.client();
    forger.cookies.insert("session_id".to_owned(), "A".repeat(48));
    let answer = send(&mut forger, Method::GET, "/me", "key-of-2").await;
    assert_eq!(answer.json()["via"], "api_key", "what is dead decides nothing");

    app.after(31 * 60);
    let answer = send(&mut ada, Method::GET, "/me", "key-of-2").await;
    assert_eq!(
        (&answer.json()["username"], &answer.json()["via"]),
        (&"eve".into(), &"api_key".into())
    );
}
