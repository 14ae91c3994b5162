//! GitHub, and an enterprise server of the same kind.

use axum::response::IntoResponse;
use crudauth::oauth::{
    ClientSecret, EmailClaim, Fault, Flow, GitHub, Http, Profile, Provider as _, ProviderError,
};
use http::StatusCode;
use serde_json::json;

use crudauth_tests::provider::{HUB_EMAILS, Site};

/// One whole flow, whose response has an issuer that GitHub does not have.
async fn sign_in(site: &Site) -> Result<Profile, ProviderError> {
    site.sign_in_with(&site.github(), Some("ignored")).await
}

#[tokio::test]
async fn the_address_is_one_that_github_has_verified_and_not_the_public_one() {
    let site = Site::start().await;
    let address = |email: &str, primary: bool, verified: bool| json!({ "email": email, "primary": primary, "verified": verified });
    for (addresses, expected) in [
        (json!([]), EmailClaim::None),
        (
            json!([address("b@x.example", false, true), address("a@x.example", true, true)]),
            EmailClaim::Verified("a@x.example".to_owned()),
        ),
        (
            json!([address("a@x.example", true, false), address("b@x.example", false, true)]),
            EmailClaim::Verified("b@x.example".to_owned()),
        ),
        (
            json!([address("b@x.example", false, false), address("a@x.example", true, false)]),
            EmailClaim::Unverified("a@x.example".to_owned()),
        ),
        (
            json!([address("b@x.example", false, false), address("c@x.example", false, false)]),
            EmailClaim::Unverified("b@x.example".to_owned()),
        ),
    ] {
        site.said().emails = addresses;
        let profile = sign_in(&site).await.expect("accepted");
        assert_eq!(profile.email, expected);
        assert_eq!((profile.subject(), profile.username.as_deref()), ("583231", Some("octocat")));
    }
}

#[tokio::test]
async fn an_answer_of_another_shape_is_a_refusal() {
    let site = Site::start().await;
    site.said().instead.insert(HUB_EMAILS, || StatusCode::NOT_FOUND.into_response());
    let profile = sign_in(&site).await.expect("accepted");
    assert_eq!(profile.email, EmailClaim::None, "the user has not let it see them");
    site.said().instead.insert(HUB_EMAILS, || StatusCode::TOO_MANY_REQUESTS.into_response());
    assert_eq!(sign_in(&site).await.expect_err("refused").fault(), Fault::Refused);
    site.said().instead.clear();
    for emails in [json!({}), json!([{ "email": 7 }]), json!(["a@x.example"])] {
        site.said().emails = emails;
        assert_eq!(sign_in(&site).await.expect_err("refused").fault(), Fault::Malformed);
    }
    for user in [
        json!({ "login": "octocat" }),
        json!({ "id": "7" }),
        json!({ "id": -7 }),
        // A server that fills what it does not know with a zero would make one user of all.
        json!({ "id": 0 }),
        json!([]),
    ] {
        site.said().user = user;
        assert_eq!(sign_in(&site).await.expect_err("refused").fault(), Fault::Malformed);
    }
    let github = GitHub::new("Iv1.1", ClientSecret::new("a secret")).expect("a provider");
    let error = github.base_url("http://github.example.com").expect_err("not encrypted");
    assert!(error.to_string().contains("GitHub::base_url"), "{error}");
}

#[tokio::test]
async fn what_the_application_asks_for_comes_beside_what_crudauth_has_to_know() {
    let github = GitHub::new("id", ClientSecret::new("secret")).expect("a provider");
    let github = github.scopes(["repo"]).base_url("https://github.example.com").expect("a server");
    let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
    let url = github.authorize_url(&Http::new().expect("a client"), &flow).await.expect("a url");
    let url = reqwest::Url::parse(&url).expect("an address");
    let scope = url.query_pairs().find(|(name, _)| name == "scope").expect("a scope").1;
    assert_eq!(scope, "read:user user:email repo");
}
