//! ID tokens: what is accepted, and each fault by which one is not.

use std::time::Duration;

use crudauth::oauth::{EmailClaim, Fault, IdTokenFault};
use serde_json::{Value, json};

use crudauth_tests::provider::{ACCESS, CLIENT, Site};
use crudauth_tests::provider::{ALGORITHMS, Signer};

#[tokio::test]
async fn a_token_by_each_algorithm_says_who_it_is() {
    let site = Site::start().await;
    for algorithm in ALGORITHMS {
        site.said().signers = vec![Signer::new("one", algorithm)];
        let profile = site.sign_in(&site.oidc()).await.expect(algorithm);
        assert_eq!(profile.issuer(), site.origin());
        assert_eq!(profile.subject(), "248289761001");
        assert_eq!(profile.email, EmailClaim::Verified("ada@example.com".to_owned()));
        assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    }
}

fn set(name: &'static str, value: Value) -> Box<dyn Fn(&mut Value) + Send> {
    Box::new(move |claims| claims[name] = value.clone())
}

fn remove(name: &'static str) -> Box<dyn Fn(&mut Value) + Send> {
    Box::new(move |claims| drop(claims.as_object_mut().expect("an object").remove(name)))
}

#[tokio::test]
async fn each_fault_of_a_claim_is_a_refusal() {
    use IdTokenFault::{AccessToken, Audience, Form, Issuer, Nonce, Time};
    let site = Site::start().await;
    let oidc = site.oidc();
    let now = site.said().now;
    let mut faults = vec![
        (set("iss", json!("https://evil.example")), Issuer),
        (set("iss", json!(format!("{}/", site.origin()))), Issuer),
        (set("aud", json!("other")), Audience),
        (set("aud", json!([])), Audience),
        (set("aud", json!(["other", CLIENT])), Audience),
        (set("azp", json!("other")), Audience),
        (set("exp", json!(now - 61)), Time),
        (set("iat", json!(now + 61)), Time),
        (set("iat", json!(now - 661)), Time),
        (set("nbf", json!(now + 61)), Time),
        (set("nonce", json!("another")), Nonce),
        (remove("nonce"), Nonce),
        (set("at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA")), AccessToken),
    ];
    for name in ["iss", "aud", "exp", "iat", "sub"] {
        faults.push((remove(name), Form));
        for value in [json!(null), json!({}), json!(true), json!([1])] {
            faults.push((set(name, value), Form));
        }
    }
    for (name, value) in [
        ("iss", json!(7)),
        ("sub", json!(7)),
        ("aud", json!(7)),
        ("exp", json!("1900000000")),
        ("iat", json!("1800000000")),
        ("nbf", json!("1")),
        ("azp", json!(["shop"])),
        ("nonce", json!(7)),
        ("at_hash", json!(7)),
    ] {
        faults.push((set(name, value), Form));
    }
    for (number, (fault, kind)) in faults.into_iter().enumerate() {
        site.said().claims = fault;
        assert_eq!(site.fault(&oidc).await, Fault::IdToken(kind), "fault {number}");
    }
    for subject in ["", "a\u{e9}", "a\nb", &"x".repeat(256)] {
        site.said().claims = set("sub", json!(subject));
        assert_eq!(site.fault(&oidc).await, Fault::Subject, "{subject:?}");
    }
    site.said().claims = set("sub", json!("x".repeat(255)));
    site.sign_in(&oidc).await.expect("the longest subject");
}

#[tokio::test]
async fn what_is_at_the_edge_is_accepted() {
    let site = Site::start().await;
    let now = site.said().now;
    for edge in [
        set("exp", json!(now - 59)),
        set("iat", json!(now + 60)),
        set("iat", json!(now - 660)),
        set("iat", json!(f64::from(u32::try_from(now).expect("small")) - 0.5)),
        set("nbf", json!(now + 60)),
        set("aud", json!([CLIENT])),
        set("azp", json!(CLIENT)),
        set("hd", json!("example.com")),
    ] {
        site.said().claims = edge;
        site.sign_in(&site.oidc()).await.expect("accepted");
    }
    // The left half of SHA-256.
    let digest = <sha2::Sha256 as sha2::Digest>::digest(ACCESS);
    let half = <base64ct::Base64UrlUnpadded as base64ct::Encoding>::encode_string(&digest[..16]);
    site.said().claims = set("at_hash", json!(half));
    site.sign_in(&site.oidc()).await.expect("accepted");

    let project = "a project";
    site.said().claims = Box::new(move |claims| {
        claims["aud"] = json!([project, CLIENT]);
        claims["azp"] = json!(CLIENT);
    });
    assert_eq!(site.fault(&site.oidc()).await, Fault::IdToken(IdTokenFault::Audience));
    let allowing = || site.oidc().extra_audiences([project.to_owned()]);
    site.sign_in(&allowing()).await.expect("accepted");
    site.said().claims = set("aud", json!([project, CLIENT]));
    let fault = site.fault(&allowing()).await;
    assert_eq!(fault, Fault::IdToken(IdTokenFault::Audience), "nobody is named as the party");
}

#[tokio::test]
async fn each_fault_of_a_header_is_a_refusal() {
    use IdTokenFault::{Algorithm, Form, Key, Signature};
    let site = Site::start().await;
    let oidc = site.oidc();
    for (fault, kind) in [
        (set("alg", json!("none")), Algorithm),
        (set("alg", json!("HS256")), Algorithm),
        (set("alg", json!("es256")), Algorithm),
        (set("alg", json!("ES256K")), Algorithm),
        (set("alg", json!(null)), Form),
        (remove("alg"), Form),
        (set("alg", json!("ES384")), Key),
        (set("alg", json!("RS256")), Key),
        (set("kid", json!("two")), Key),
        (set("kid", json!("hmac")), Key),
        (set("typ", json!("at+jwt")), Form),
        (set("typ", json!("logout+jwt")), Form),
        (set("crit", json!(["exp"])), Form),
    ] {
        site.said().header = fault;
        assert_eq!(site.fault(&oidc).await, Fault::IdToken(kind));
    }
    for harmless in [
        remove("typ"),
        set("typ", json!("application/jwt")),
        remove("kid"),
        set("jku", json!("https://evil.example/keys")),
        set("jwk", Signer::new("evil", "ES256").jwk()),
    ] {
        site.said().header = harmless;
        site.sign_in(&oidc).await.expect("accepted");
    }
    // Without a name, two keys that fit are one too many.
    site.said().signers.push(Signer::new("two", "ES256"));
    site.said().header = remove("kid");
    assert_eq!(site.fault(&site.oidc()).await, Fault::IdToken(Key));

    let site = Site::start().await;
    let tokens: [fn(&mut Value); 6] = [
        |answer| answer["id_token"] = Value::Null,
        |answer| answer["id_token"] = json!("a.b"),
        |answer| answer["id_token"] = json!("e30.e30.e30.e30.e30"),
        |answer| answer["id_token"] = json!("e30.e30."),
        |answer| {
            let token = answer["id_token"].as_str().expect("a token");
            let (signed, _) = token.rsplit_once('.').expect("three parts");
            answer["id_token"] = json!(format!("{signed}."));
        },
        |answer| {
            let token = answer["id_token"].as_str().expect("a token");
            let [header, claims, signature] =
                token.split('.').collect::<Vec<_>>().try_into().expect("three parts");
            let other = if claims.starts_with("eyJhdWQ") { "eyJhdWR" } else { "eyJiYWQ" };
            answer["id_token"] = json!(format!("{header}.{other}{}.{signature}", &claims[7..]));
        },
    ];
    let kinds = [IdTokenFault::Missing, Form, Form, Form, Signature, Signature];
    for (fault, kind) in tokens.into_iter().zip(kinds) {
        site.said().answer = Box::new(fault);
        assert_eq!(site.fault(&site.oidc()).await, Fault::IdToken(kind));
    }
}

#[tokio::test]
async fn what_the_metadata_lists_takes_algorithms_away_and_adds_none() {
    let site = Site::start().await;
    site.said().signers = vec![Signer::new("one", "RS256")];
    let list = |names: &'static [&str]| {
        site.said().metadata =
            Box::new(move |it| it["id_token_signing_alg_values_supported"] = json!(names));
    };
    list(&["ES256", "RS256"]);
    site.sign_in(&site.oidc()).await.expect("accepted");
    list(&["ES256"]);
    assert_eq!(site.fault(&site.oidc()).await, Fault::IdToken(IdTokenFault::Algorithm));
    list(&["HS256", "none"]);
    for name in ["HS256", "none"] {
        site.said().header = set("alg", json!(name));
        assert_eq!(site.fault(&site.oidc()).await, Fault::IdToken(IdTokenFault::Algorithm));
    }
}

#[tokio::test]
async fn a_foreign_key_under_the_same_name_is_a_wrong_signature() {
    let site = Site::start().await;
    let oidc = site.oidc();
    site.sign_in(&oidc).await.expect("the keys are known");
    // The set that is known stays, since it was asked for a moment ago.
    site.said().signers = vec![Signer::new("one", "ES256")];
    assert_eq!(site.fault(&oidc).await, Fault::IdToken(IdTokenFault::Signature));
    site.advance(Duration::from_secs(31));
    site.sign_in(&oidc).await.expect("the keys were changed");
}

#[tokio::test]
async fn an_address_is_verified_by_the_value_true_alone() {
    let site = Site::start().await;
    let oidc = site.oidc();
    let address = || "ada@example.com".to_owned();
    for (value, expected) in [
        (json!("true"), EmailClaim::Unverified(address())),
        (json!(1), EmailClaim::Unverified(address())),
        (json!(false), EmailClaim::Unverified(address())),
        (json!(null), EmailClaim::Unverified(address())),
        (json!(true), EmailClaim::Verified(address())),
    ] {
        site.said().claims = set("email_verified", value);
        assert_eq!(site.sign_in(&oidc).await.expect("accepted").email, expected);
    }
    for address in [json!(["ada@example.com"]), json!({ "a": 1 }), json!(7), json!("")] {
        site.said().userinfo = json!({ "sub": "248289761001" });
        site.said().claims = set("email", address);
        assert_eq!(site.sign_in(&oidc).await.expect("accepted").email, EmailClaim::None);
    }
}

#[tokio::test]
async fn userinfo_is_asked_for_an_address_and_is_about_the_same_user() {
    let site = Site::start().await;
    let oidc = site.oidc();
    site.said().claims = remove("email");
    let info = json!({ "sub": "248289761001", "email": "a@b.example", "email_verified": true });
    site.said().userinfo = info;
    let profile = site.sign_in(&oidc).await.expect("accepted");
    assert_eq!(profile.email, EmailClaim::Verified("a@b.example".to_owned()));
    assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));

    // What both say is that of the ID token.
    let also = json!({ "name": "Eve", "picture": "https://a.example/eve.png" });
    let info = site.said().userinfo.as_object().expect("an object").clone();
    let all = info.into_iter().chain(also.as_object().expect("an object").clone());
    site.said().userinfo = Value::Object(all.collect());
    let profile = site.sign_in(&oidc).await.expect("accepted");
    assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(profile.picture.as_deref(), Some("https://a.example/eve.png"));
    assert!(site.said().agent.as_deref().is_some_and(|it| it.starts_with("crudauth/")));
    for other in [json!({ "sub": "1", "email": "a@b.example" }), json!([]), json!({})] {
        site.said().userinfo = other.clone();
        let fault = site.fault(&oidc).await;
        let expected = if other.is_object() && other.get("sub").is_some() {
            Fault::OtherUser
        } else {
            Fault::Malformed
        };
        assert_eq!(fault, expected, "{other}");
    }
    site.said().claims = Box::new(|_| {});
    site.said().calls.clear();
    site.sign_in(&oidc).await.expect("accepted");
    assert!(site.said().calls.iter().all(|(path, ..)| path != "/userinfo"), "not needed");
}
