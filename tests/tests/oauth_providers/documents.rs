//! The metadata and the keys of a provider.

use std::time::Duration;

use axum::response::IntoResponse;
use crudauth::oauth::{
    ClientSecret, Endpoint, Fault, Flow, Google, Http, IdTokenFault, Oidc, Provider as _,
};
use http::StatusCode;
use serde_json::{Value, json};

use crudauth_tests::provider::Signer;
use crudauth_tests::provider::{CLIENT, Change, Site};

#[tokio::test]
async fn the_browser_is_sent_with_state_nonce_and_challenge() {
    let site = Site::start().await;
    let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
    let url = site.oidc().authorize_url(&site.http, &flow).await.expect("an address");
    let (at, query) = url.split_once('?').expect("a query");
    assert_eq!(at, format!("{}/authorize", site.origin()));
    for pair in [
        "tenant=1".to_owned(),
        "response_type=code".to_owned(),
        format!("client_id={CLIENT}"),
        "scope=openid+email+profile".to_owned(),
        format!("state={}", flow.state()),
        format!("nonce={}", flow.nonce()),
        format!("code_challenge={}", flow.challenge()),
        "code_challenge_method=S256".to_owned(),
        "redirect_uri=https%3A%2F%2Fshop.example.com%2Fcallback".to_owned(),
    ] {
        assert!(query.split('&').any(|it| it == pair), "{pair} in {query}");
    }
    assert!(!url.contains(flow.verifier()), "the verifier stays");
    let other = Flow::new("https://shop.example.com/callback").expect("a flow");
    assert!(other.state() != flow.state() && other.verifier() != flow.verifier());
    assert!(flow.verifier().len() >= 43 && !format!("{flow:?}").contains(flow.state()));
}

#[tokio::test]
async fn metadata_of_another_issuer_or_with_addresses_that_must_not_be_called_is_refused() {
    let site = Site::start().await;
    let wrong: [(Change, Fault); 9] = [
        (|it| it["issuer"] = json!("https://evil.example"), Fault::Metadata),
        (|it| it["issuer"] = json!("{tenantid}"), Fault::Metadata),
        (|it| it["issuer"] = json!(7), Fault::Malformed),
        (|it| it["token_endpoint"] = json!("http://evil.example/token"), Fault::Address),
        (|it| it["token_endpoint"] = json!("https://a:b@evil.example/"), Fault::Address),
        (|it| it["jwks_uri"] = json!("https://evil.example/keys#a"), Fault::Address),
        (|it| it["authorization_endpoint"] = json!("/authorize"), Fault::Address),
        (|it| it["authorization_endpoint"] = json!("javascript:alert(1)"), Fault::Address),
        (|it| drop(it.as_object_mut().expect("an object").remove("jwks_uri")), Fault::Malformed),
    ];
    for (number, (change, fault)) in wrong.into_iter().enumerate() {
        site.said().metadata = Box::new(change);
        assert_eq!(site.fault(&site.oidc()).await, fault, "{number}");
    }
    let origin = site.origin();
    site.said().metadata = Box::new(move |it| it["issuer"] = json!(format!("{origin}/")));
    let fault = site.fault(&site.oidc()).await;
    assert_eq!(fault, Fault::IdToken(IdTokenFault::Issuer), "the token has no slash");
}

#[tokio::test]
async fn documents_are_fetched_once_and_keys_anew_for_a_name_that_is_not_known() {
    let site = Site::start().await;
    let oidc = site.oidc();
    let calls = |path: &str| site.said().calls.iter().filter(|(it, ..)| it == path).count();
    for _ in 0..3 {
        site.sign_in(&oidc).await.expect("accepted");
    }
    assert_eq!((calls("/metadata"), calls("/keys")), (1, 1));

    // A rotation, between two sign-ins.
    site.said().signers = vec![Signer::new("two", "EdDSA"), Signer::new("one", "ES256")];
    assert_eq!(site.fault(&oidc).await, Fault::IdToken(IdTokenFault::Key), "asked a moment ago");
    assert_eq!(calls("/keys"), 1);
    site.advance(Duration::from_secs(31));
    site.sign_in(&oidc).await.expect("accepted");
    assert_eq!(calls("/keys"), 2);

    // After an hour, while they cannot be fetched, the last ones stay.
    site.said().instead.insert("/keys", || StatusCode::BAD_GATEWAY.into_response());
    site.said().instead.insert("/metadata", || StatusCode::BAD_GATEWAY.into_response());
    site.advance(Duration::from_secs(2 * 60 * 60));
    site.sign_in(&oidc).await.expect("accepted");
    site.advance(Duration::from_secs(24 * 60 * 60));
    assert_eq!(site.fault(&oidc).await, Fault::Refused, "keys not for longer than a day");
    site.said().instead.clear();
    assert_eq!(site.fault(&oidc).await, Fault::Unreachable, "nobody waits for it again at once");
    site.advance(Duration::from_secs(6));
    site.sign_in(&oidc).await.expect("accepted");
}

#[tokio::test]
async fn the_last_metadata_serves_while_no_other_can_be_had() {
    let site = Site::start().await;
    let oidc = site.oidc();
    site.sign_in(&oidc).await.expect("accepted");
    site.said().instead.insert("/metadata", || StatusCode::BAD_GATEWAY.into_response());
    for hours in [25, 24 * 60] {
        site.advance(Duration::from_secs(hours * 60 * 60));
        site.sign_in(&oidc).await.expect("accepted");
    }
    let asked = site.said().calls.iter().filter(|(path, ..)| path == "/metadata").count();
    assert_eq!(asked, 3, "it is asked for all the same");
}

#[tokio::test]
async fn a_process_starts_while_its_provider_is_down() {
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr());
    let origin = format!("http://{}", address.expect("a free port"));
    let oidc = Oidc::new("sso", &origin, CLIENT).expect("nobody is asked");
    let flow = Flow::new("https://shop.example.com/callback").expect("a flow");
    let http = Http::new().expect("a client");
    let refused = oidc.authorize_url(&http, &flow).await.expect_err("nobody is there");
    assert_eq!(refused.fault(), Fault::Unreachable);
}

#[tokio::test]
async fn a_certificate_that_nobody_vouches_for_is_refused() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("a key");
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions")
        .with_no_client_auth()
        .with_single_cert(
            vec![key.cert.der().clone()],
            rustls::pki_types::PrivateKeyDer::Pkcs8(key.signing_key.serialize_der().into()),
        )
        .expect("a certificate");
    let acceptor = tokio_rustls::TlsAcceptor::from(std::sync::Arc::new(config));
    let server = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.expect("a client");
        acceptor.accept(stream).await.is_ok()
    });
    let at = Endpoint::new(&format!("https://localhost:{}/", address.port())).expect("an address");
    let refused = Http::new().expect("a client").get::<Value>(&at, None).await;
    assert_eq!(refused.expect_err("refused").fault(), Fault::Unreachable);
    assert!(!server.await.expect("no panic"), "no secret was sent");
}

#[test]
fn only_addresses_that_are_safe_to_call_are_endpoints() {
    for good in [
        "https://a.example",
        "https://a.example:8443/x?y=1",
        "http://127.0.0.1:8/",
        "http://[::1]/",
        "http://localhost/",
    ] {
        Endpoint::new(good).expect(good);
    }
    for bad in [
        "",
        "/",
        "a.example",
        "http://a.example",
        "http://127.0.0.1.evil.example/",
        "ftp://a.example",
        "https://user@a.example/",
        "https://a:b@a.example/",
        "https://a.example/#x",
        "https://",
        "http://localhost.evil.example/",
        "http://0.0.0.0.evil.example/",
        "https:///x",
        "//a.example/",
    ] {
        assert_eq!(Endpoint::new(bad).expect_err(bad).fault(), Fault::Address);
    }
}

#[test]
fn settings_that_cannot_work_are_told_with_the_fix() {
    for (made, text) in [
        (Oidc::new("Google", "https://a.example", "id").err(), "`a` to `z`"),
        (Oidc::new("", "https://a.example", "id").err(), "`a` to `z`"),
        (Oidc::new("sso", "http://a.example", "id").err(), "no `https` address"),
        (Oidc::new("sso", "https://a.example?x=1", "id").err(), "has a query"),
        (Oidc::new("sso", "https://a.example", "").err(), "client id"),
        (Google::new("", ClientSecret::new("s")).err(), "client id"),
        (ClientSecret::from_env("CRUDAUTH_NO_SUCH_VARIABLE").err(), "CRUDAUTH_NO_SUCH_VARIABLE"),
    ] {
        let said = made.expect(text).to_string();
        assert!(said.contains(text), "{said}");
    }
}
