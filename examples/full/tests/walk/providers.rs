//! Sign-in by providers, on both surfaces.

use std::collections::HashMap;
use std::time::{SystemTime, UNIX_EPOCH};

use axum::routing::{get, post};
use axum::{Json, Router};
use crudauth_tests::provider::{Asked, CLIENT, CODE, SECRET, Site};
use crudauth_tests::support::Server;
use serde_json::json;

use crate::Full;
use crate::visitor::{Visitor, seen, told};

const BASE: &str = "https://full.example.com";
const SIGNED_IN: &str = "https://app.example.com/signed-in?from=oauth";

/// The program with two providers, which run.
struct WithProviders {
    full: Full,
    oidc: Site,
    _github: Server,
}

async fn start() -> WithProviders {
    let oidc = Site::start().await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
    oidc.said().now = now.as_secs();
    let github = Server::serve(github()).await;
    let urls = vec![
        ("OIDC_ISSUER", oidc.origin()),
        ("OIDC_CLIENT_ID", CLIENT.to_owned()),
        ("OIDC_CLIENT_SECRET", SECRET.to_owned()),
        ("GITHUB_BASE_URL", format!("http://{}", github.address)),
        ("GITHUB_CLIENT_ID", "Iv1.1".to_owned()),
        ("GITHUB_CLIENT_SECRET", "a secret".to_owned()),
        ("OAUTH_BASE_URL", BASE.to_owned()),
    ];
    WithProviders { full: Full::with(urls), oidc, _github: github }
}

fn github() -> Router {
    let token = || async { Json(json!({ "access_token": "gho_1", "token_type": "bearer" })) };
    let user = || async { Json(json!({ "id": 583_231, "login": "octocat" })) };
    let emails = || async {
        Json(json!([{ "email": "octocat@example.com", "primary": true, "verified": true }]))
    };
    Router::new()
        .route("/login/oauth/access_token", post(token))
        .route("/api/v3/user", get(user))
        .route("/api/v3/user/emails", get(emails))
}

/// The parameters of an address.
fn parameters(url: &str) -> HashMap<String, String> {
    let (_, query) = url.split_once('?').expect("a query");
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    let decoded = |text: &str| text.replace("%3A", ":").replace("%2F", "/");
    pairs.map(|(name, value)| (name.to_owned(), decoded(value))).collect()
}

impl WithProviders {
    /// What the provider remembers of a browser that is sent to it, and the callback of that browser.
    fn at_the_provider(&self, url: &str, surface: &str, provider: &str) -> String {
        let sent = parameters(url);
        let redirect_uri = format!("{BASE}{surface}/oauth/{provider}/callback");
        assert_eq!(sent["redirect_uri"], redirect_uri);
        if provider == "oidc" {
            self.oidc.said().flows.push(Asked {
                challenge: sent["code_challenge"].clone(),
                nonce: sent["nonce"].clone(),
                redirect_uri,
            });
        }
        format!("/oauth/{provider}/callback?code={CODE}&state={}", sent["state"])
            .replace(' ', "%20")
    }
}

#[tokio::test]
async fn slash_signs_in_by_redirects() {
    let site = start().await;
    for (provider, id) in [("oidc", 1), ("github", 2), ("oidc", 1)] {
        let mut ada = site.full.visitor();
        let sent = ada.get(&format!("/oauth/{provider}/authorize")).await;
        assert_eq!(sent.status, 307);
        let back = site.at_the_provider(sent.header("location").expect("where"), "", provider);
        let answer = ada.get(&back).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (307, Some(SIGNED_IN)));
        assert_eq!(told(&ada.get("/dashboard").await), seen(200, id, "session"));
        assert_eq!(told(&ada.get("/verified").await), seen(200, id, "session"));
    }
}

#[tokio::test]
async fn tuned_answers_in_json() {
    let site = start().await;
    let mut ada: Visitor = site.full.tuned();
    let sent = ada.get("/oauth/oidc/authorize?redirect_to=https://app.example.com/x").await;
    assert_eq!(sent.status, 200, "{}", sent.text());
    let url = sent.json()["url"].as_str().expect("where").to_owned();
    let back = site.at_the_provider(&url, "/tuned", "oidc");
    let answer = ada.get(&back).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["user"]["email"], "ada@example.com");
    assert_eq!(body["redirect_to"], "https://app.example.com/x");
    assert_eq!(told(&ada.get("/dashboard").await), seen(200, 1, "session"));

    let sent = ada.get("/oauth/oidc/authorize").await;
    let url = sent.json()["url"].as_str().expect("where").to_owned();
    let answer = ada.get(&site.at_the_provider(&url, "/tuned", "oidc")).await;
    let target = "https://app.example.com/signed-in?from=oauth";
    assert_eq!(answer.json()["redirect_to"], target, "{}", answer.text());

    let again = site.full.tuned().get(&back).await;
    assert_eq!(
        (again.status.as_u16(), again.detail()),
        (400, json!("Invalid or expired OAuth state"))
    );
}

#[tokio::test]
async fn identities_are_linked_on_slash_alone() {
    let site = start().await;
    for (method, path) in
        [("GET", "/oauth/accounts"), ("POST", "/oauth/oidc/link"), ("DELETE", "/oauth/accounts/1")]
    {
        for (mut visitor, status) in [(site.full.visitor(), 401), (site.full.tuned(), 404)] {
            let answer = visitor.send(method, path, &json!(null)).await;
            assert_eq!(answer.status, status, "{method} {path}: {}", answer.text());
        }
    }
}

#[tokio::test]
async fn a_failure_ends_at_the_page_of_the_application_and_nowhere_else() {
    let site = start().await;
    let mut ada = site.full.visitor();
    let sent = ada.get("/oauth/oidc/authorize?redirect_to=https://evil.example/").await;
    let url = sent.header("location").expect("where").to_owned();
    site.oidc.said().claims = Box::new(|claims| claims["nonce"] = json!("another"));
    let answer = ada.get(&site.at_the_provider(&url, "", "oidc")).await;
    let failed = format!("{SIGNED_IN}&error=oauth_failed");
    assert_eq!(answer.header("location"), Some(failed.as_str()));
    assert_eq!(ada.get("/dashboard").await.status, 401);
}

/// Without the variables there are no such routes.
#[tokio::test]
async fn nobody_is_sent_to_a_provider_that_the_environment_does_not_name() {
    let full = Full::start();
    for path in ["/oauth/oidc/authorize", "/oauth/github/authorize", "/oauth/accounts"] {
        assert_eq!(full.visitor().get(path).await.status, 404, "{path}");
    }
}
