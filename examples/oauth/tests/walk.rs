//! Sign-ins, as a browser makes them.

use crudauth_tests::support::Client;
use crudauth_tests::support::example::Example;
use reqwest::StatusCode;
use reqwest::redirect::Policy;
use tempfile::TempDir;

fn start(folder: &TempDir) -> Example {
    Example::start(env!("CARGO_BIN_EXE_oauth"), folder.path())
}

/// Goes to `provider`, says to be `name` there, and comes back. The status of the answer, and where it
/// sends the browser.
async fn sign_in(browser: &mut Client, provider: &str, name: &str) -> (StatusCode, String) {
    let answer = browser.get(&format!("/oauth/{provider}/authorize")).await;
    assert_eq!(answer.status, StatusCode::TEMPORARY_REDIRECT, "{}", answer.text());
    let there = answer.header("location").expect("the provider").to_owned();
    let elsewhere = reqwest::Client::builder().redirect(Policy::none()).build().expect("a client");
    let page = elsewhere.get(&there).send().await.expect("the provider answers");
    assert!(page.text().await.expect("a page").contains("Who are you?"));
    let chosen = elsewhere.post(&there).form(&[("name", name)]).send().await.expect("an answer");
    let back = chosen.headers()["location"].to_str().expect("ASCII");
    let (_, path) = back.split_once("/oauth/").expect("the callback");
    let answer = browser.get(&format!("/oauth/{path}")).await;
    (answer.status, answer.header("location").unwrap_or_default().to_owned())
}

async fn greeting(browser: &mut Client) -> String {
    browser.get("/").await.text()
}

#[tokio::test]
async fn an_account_is_made_found_again_and_reached_by_both_providers() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let mut ada = example.client();
    let page = greeting(&mut ada).await;
    for provider in ["acme", "forge"] {
        assert!(page.contains(&format!("/oauth/{provider}/authorize")), "{page}");
    }
    assert!(!page.contains("google"), "nobody has named it: {page}");

    let home = (StatusCode::TEMPORARY_REDIRECT, format!("http://{}/", example.address()));
    assert_eq!(sign_in(&mut ada, "acme", "ada").await, home);
    assert!(greeting(&mut ada).await.contains("Hello ada@example.com, user 1."));

    for provider in ["acme", "forge"] {
        let mut again = example.client();
        assert_eq!(sign_in(&mut again, provider, "ada").await, home);
        assert!(greeting(&mut again).await.contains("user 1."), "{provider}");
    }
    let mut grace = example.client();
    assert_eq!(sign_in(&mut grace, "forge", "grace").await, home);
    assert!(greeting(&mut grace).await.contains("Hello grace@example.com, user 2."));
}

#[tokio::test]
async fn a_callback_of_another_browser_signs_nobody_in() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let example = start(&folder);
    let mut victim = example.client();
    let answer = victim.get("/oauth/acme/callback?code=stolen&state=stolen").await;
    let refused = format!("http://{}/?error=invalid_state", example.address());
    assert_eq!(answer.header("location"), Some(&*refused));
    assert!(greeting(&mut victim).await.contains("Sign in with acme"));
}
