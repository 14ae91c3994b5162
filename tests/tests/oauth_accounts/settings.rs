//! What depends on the settings of the application that ends a flow.

use axum::Router;
use crudauth::{CrudAuth, RateLimits, SecretKey};
use crudauth_tests::support::Server;
use crudauth_tests::support::engines::TestDatabase;
use serde_json::json;

use crate::app::*;
use crate::site::{APP_LINK, HOME};

/// How an app begins.
fn for_app() -> String {
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    format!("?redirect_to={APP_LINK}&code_challenge={challenge}&code_challenge_method=S256")
}

/// A setting is taken back while a browser is at the provider.
#[tokio::test(flavor = "multi_thread")]
async fn a_flow_ends_where_one_may_end_by_then() {
    let page = "https://app.example.com";
    let listed = |config: crudauth::oauth::OAuthConfig| {
        config.add_redirect_origin(page).add_app_link(APP_LINK)
    };
    let before = App::with(listed, |builder| builder).await;
    let after = before.process_with(providers(&ALL)).await;
    let cart = format!("{page}/cart");
    let to_cart = format!("?redirect_to={cart}");
    for (query, process, is_allowed) in [
        (&to_cart, &before, true),
        (&to_cart, &after, false),
        (&for_app(), &before, true),
        (&for_app(), &after, false),
    ] {
        let mut client = before.client();
        let answer = client.get(&format!("/oauth/sso/authorize{query}")).await;
        let state = before.began(answer).await;
        let mut client = process.balanced(&client);
        let path = format!("/oauth/sso/callback?code=ada,{ADA}&state={state}");
        let answer = client.get(&path).await;
        let target = answer.header("location").unwrap_or_default();
        match (query == &to_cart, is_allowed) {
            (true, true) => assert_eq!(target, cart),
            (true, false) => assert_eq!(target, HOME),
            (false, true) => assert!(target.starts_with(&format!("{APP_LINK}?code=")), "{target}"),
            (false, false) => assert!(!target.contains("code="), "{target}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_no_tokens_an_app_gets_no_code() {
    let database = TestDatabase::new(&MEMBERS).await;
    let key = SecretKey::random().expect("bytes");
    let auth = CrudAuth::<Member>::builder(database, key)
        .oauth(providers(&["sso"]))
        .rate_limits(RateLimits::off())
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(Router::new().merge(auth.router())).await;
    let mut client = server.client();
    let answer = client.get(&format!("/oauth/sso/authorize{}", for_app())).await;
    assert_eq!(came_to(&answer), "/?error=oauth_failed");
    // Whatever is posted: there is no such route.
    for body in [json!({ "code": "a code", "code_verifier": "x".repeat(43) }), json!({})] {
        assert_eq!(client.post_json("/oauth/token", &body).await.status, 404, "{body}");
    }
}
