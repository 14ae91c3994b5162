//! The exchange of a code for tokens.

use axum::response::{IntoResponse, Redirect};
use base64ct::{Base64, Encoding};
use crudauth::oauth::{Fault, SecretIn};
use http::StatusCode;
use serde_json::json;

use crudauth_tests::provider::{ACCESS, CLIENT, CODE, Change, SECRET, Site};

#[tokio::test]
async fn the_secret_is_where_the_provider_takes_it() {
    let site = Site::start().await;
    let last =
        || site.said().calls.iter().rfind(|(path, ..)| path == "/token").cloned().expect("called");
    let header = format!("Basic {}", Base64::encode_string(b"shop:a%2Bb%25c+d"));

    site.sign_in(&site.oidc()).await.expect("accepted");
    let (_, fields, authorization) = last();
    assert_eq!(authorization, Some(header.clone()), "what a form must encode is encoded");
    assert!(!fields.contains_key("client_id") && !fields.contains_key("client_secret"));

    site.said().metadata =
        Box::new(|it| it["token_endpoint_auth_methods_supported"] = json!(["client_secret_post"]));
    site.sign_in(&site.oidc()).await.expect("accepted");
    let (_, fields, authorization) = last();
    assert_eq!((fields["client_id"].as_str(), fields["client_secret"].as_str()), (CLIENT, SECRET));
    assert_eq!(authorization, None);

    site.sign_in(&site.oidc().secret_in(SecretIn::Header)).await.expect("accepted");
    assert_eq!(last().2, Some(header));

    let public = crudauth::oauth::Oidc::new("sso", &site.origin(), CLIENT).expect("a provider");
    site.sign_in(&public.clock(site.clock.clone())).await.expect("accepted");
    let (_, fields, authorization) = last();
    assert_eq!((fields["client_id"].as_str(), authorization), (CLIENT, None));
    assert!(!fields.contains_key("client_secret"));
}

#[tokio::test]
async fn an_answer_that_is_none_is_refused_and_nothing_is_tried_again() {
    let site = Site::start().await;
    let oidc = site.oidc();
    site.sign_in(&oidc).await.expect("accepted");
    let answers: [(Change, Fault); 7] = [
        (|it| *it = json!({ "error": "bad_verification_code" }), Fault::Refused),
        (|it| it["error"] = json!("invalid_grant"), Fault::Refused),
        (|it| it["access_token"] = json!(""), Fault::Malformed),
        (|it| it["access_token"] = json!(7), Fault::Malformed),
        (|it| it["token_type"] = json!("mac"), Fault::Malformed),
        (|it| drop(it.as_object_mut().expect("an object").remove("token_type")), Fault::Malformed),
        (|it| *it = json!([1]), Fault::Malformed),
    ];
    for (number, (answer, fault)) in answers.into_iter().enumerate() {
        site.said().answer = Box::new(answer);
        site.said().calls.clear();
        assert_eq!(site.fault(&oidc).await, fault, "{number}");
        let exchanges = site.said().calls.iter().filter(|(path, ..)| path == "/token").count();
        assert_eq!(exchanges, 1, "a code works once");
    }
    let instead: [(fn() -> axum::response::Response, Fault); 5] = [
        (|| Redirect::temporary("/userinfo").into_response(), Fault::Refused),
        (|| (StatusCode::INTERNAL_SERVER_ERROR, "{}").into_response(), Fault::Refused),
        (|| (StatusCode::CREATED, "{}").into_response(), Fault::Refused),
        (|| "<html>".into_response(), Fault::Malformed),
        (|| "x".repeat(64 * 1024 + 1).into_response(), Fault::TooLarge),
    ];
    for (number, (answer, fault)) in instead.into_iter().enumerate() {
        site.said().instead.insert("/token", answer);
        site.said().calls.clear();
        assert_eq!(site.fault(&oidc).await, fault, "{number}");
        assert!(site.said().calls.iter().all(|(path, ..)| path != "/userinfo"), "no redirect");
    }
}

#[tokio::test]
async fn a_response_of_another_issuer_is_refused_before_its_code_is_sent() {
    let site = Site::start().await;
    let oidc = site.oidc();
    let origin = site.origin();
    site.sign_in_with(&oidc, Some(&origin)).await.expect("accepted");
    for iss in ["https://evil.example", "", &format!("{origin}/")] {
        site.said().calls.clear();
        let refused = site.sign_in_with(&oidc, Some(iss)).await.expect_err("refused");
        assert_eq!(refused.fault(), Fault::Issuer, "{iss:?}");
        assert!(site.said().calls.is_empty(), "the code was sent nowhere");
    }
    site.said().metadata =
        Box::new(|it| it["authorization_response_iss_parameter_supported"] = json!(true));
    let strict = site.oidc();
    assert_eq!(site.fault(&strict).await, Fault::Issuer, "it is missing, though announced");
    site.sign_in_with(&strict, Some(&origin)).await.expect("accepted");
}

#[tokio::test]
async fn an_error_tells_no_secret() {
    let site = Site::start().await;
    let oidc = site.oidc();
    let shown = format!("{oidc:?}");
    assert!(!shown.contains(SECRET), "{shown}");
    site.said().answer = Box::new(|it| it["token_type"] = json!("mac"));
    let refused = site.sign_in(&oidc).await.expect_err("refused");
    let shown = format!("{refused:?} {refused}");
    for secret in [SECRET, CODE, ACCESS, "eyJ"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
