//! A corpus of forged tokens: each is refused, whether the route needs a principal or not.

use base64ct::{Base64UrlUnpadded, Encoding};
use crudauth::token::{KeyRing, SigningKey};
use crudauth_tests::support::{BearerApp, Client, in_body};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderValue};
use serde_json::{Value, json};
use sha2::Sha256;

const SECRET: &str = "Zk7wQe3xVn9uRt5yBm1pLs8cHd4gJf6aXo2i";

fn key() -> SigningKey {
    SigningKey::hs256(SECRET).expect("a secret")
}

fn encode(text: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(text.as_ref())
}

fn decode(part: &str) -> Value {
    serde_json::from_slice(&Base64UrlUnpadded::decode_vec(part).expect("base64")).expect("JSON")
}

/// A token of these texts, with an HMAC under `secret`.
fn signed(header: &str, claims: &str, secret: &[u8]) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("any length");
    mac.update(message.as_bytes());
    format!("{message}.{}", encode(mac.finalize().into_bytes()))
}

/// A genuine token and its parts.
struct Genuine {
    token: String,
    header: Value,
    claims: Value,
}

async fn genuine(app: &BearerApp) -> (Client, Genuine) {
    let (client, answer) = app.token_of("ada").await;
    let token = answer.field("access_token");
    let parts: Vec<_> = token.split('.').collect();
    let (header, claims) = (decode(parts[0]), decode(parts[1]));
    (client, Genuine { token, header, claims })
}

fn with(object: &Value, changes: &[(&str, Value)]) -> String {
    let mut object = object.clone();
    for (name, value) in changes {
        object[*name] = value.clone();
    }
    object.to_string()
}

fn without(object: &Value, name: &str) -> String {
    let mut object = object.clone();
    object.as_object_mut().expect("an object").remove(name);
    object.to_string()
}

async fn assert_refused(client: &mut Client, token: &str, what: &str) {
    for path in ["/dashboard", "/optional"] {
        let answer = client.get_as(token, path).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text());
        assert_eq!(answer.detail(), "Invalid token", "{what}");
    }
    let renewed = client.refresh(token).await;
    assert_eq!(renewed.status, 401, "{what}");
    assert_eq!(renewed.detail(), "Invalid or expired refresh token", "{what}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_has_the_claims_and_the_header_that_are_promised() {
    let app = BearerApp::with(in_body().keys(key()).issuer("app").audience("api")).await;
    let (_, Genuine { header, claims, .. }) = genuine(&app).await;
    assert_eq!(header, json!({ "alg": "HS256", "typ": "at+jwt", "kid": key().id() }));
    let now = app.now();
    let text = |name: &str| claims[name].as_str().expect(name).to_owned();
    assert_eq!(claims["sub"], "1");
    let epoch = app.select("SELECT token_version FROM accounts").await.concat();
    assert_eq!(claims["ver"].to_string(), epoch);
    assert_eq!(claims["token_type"], "access");
    assert_eq!(claims["scopes"], json!(["notes:read"]));
    assert_eq!((claims["iat"].as_u64(), claims["exp"].as_u64()), (Some(now), Some(now + 900)));
    assert_eq!((text("iss"), text("aud")), ("app".to_owned(), "api".to_owned()));
    assert_eq!((text("jti").len(), text("sid").len()), (32, 32));
    assert_eq!((&claims["auth_time"], text("acr")), (&json!(now), "1".to_owned()));
    assert_eq!(claims["amr"], json!(["pwd"]));
    assert_eq!(claims.as_object().expect("an object").len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_corpus_is_refused() {
    let app = BearerApp::with(in_body().keys(key())).await;
    let (mut client, Genuine { token, header, claims }) = genuine(&app).await;
    let (own_header, own_claims) = (header.to_string(), claims.to_string());
    let secret = SECRET.as_bytes();
    // The forger of this test knows the key, so that each token below is refused for its fault.
    let same = signed(&own_header, &own_claims, secret);
    assert_eq!(client.get_as(&same, "/dashboard").await.status, 200);

    let mut corpus: Vec<(String, String)> = Vec::new();
    let mut add = |what: &str, token: String| corpus.push((what.to_owned(), token));

    for alg in ["none", "None", "NONE", "nOnE", "", "HS384", "HS512", "RS256", "EdDSA", "hs256"] {
        let header = with(&header, &[("alg", alg.into())]);
        add(&format!("alg {alg}, signed"), signed(&header, &own_claims, secret));
        add(&format!("alg {alg}"), format!("{}.{}.", encode(&header), encode(&own_claims)));
    }
    add("no signature", token.rsplit_once('.').expect("a dot").0.to_owned() + ".");
    add("two parts", token.rsplit_once('.').expect("a dot").0.to_owned());
    add("four parts", format!("{token}.x"));
    add("five parts, as if encrypted", format!("{token}.x.y"));
    add("padding", format!("{token}="));
    add("other key", signed(&own_header, &own_claims, b"another secret of thirty-two bytes"));
    add("empty key", signed(&own_header, &own_claims, b""));

    for kid in ["", "../../../../dev/null", "/etc/passwd", "' OR 1=1 --", "http://evil.example/key"]
    {
        let header = with(&header, &[("kid", kid.into())]);
        add(&format!("kid {kid}"), signed(&header, &own_claims, secret));
        add(&format!("kid {kid}, empty key"), signed(&header, &own_claims, b""));
    }
    add("no kid", signed(&without(&header, "kid"), &own_claims, secret));
    add("kid as a number", signed(&with(&header, &[("kid", 7.into())]), &own_claims, secret));
    let own_key = json!({ "kty": "oct", "k": encode("another secret of thirty-two bytes") });
    for (name, value) in [
        ("jku", json!("https://evil.example/jwks.json")),
        ("x5u", json!("https://evil.example/cert.pem")),
        ("jwk", own_key),
        ("x5c", json!(["MIIB"])),
        ("crit", json!(["b64"])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("cty", json!("JWT")),
    ] {
        let header = with(&header, &[(name, value)]);
        add(name, signed(&header, &own_claims, secret));
        add(name, signed(&header, &own_claims, b"another secret of thirty-two bytes"));
    }
    for typ in ["JWT", "rt+jwt", "application/at+jwt", ""] {
        let header = with(&header, &[("typ", typ.into())]);
        add(&format!("typ {typ}"), signed(&header, &own_claims, secret));
    }
    add("no typ", signed(&without(&header, "typ"), &own_claims, secret));
    for name in ["kid", "typ"] {
        let twice = own_header.replacen('{', &format!("{{\"{name}\":\"x\","), 1);
        add(&format!("{name} twice"), signed(&twice, &own_claims, secret));
    }
    add(
        "alg twice",
        signed(&own_header.replacen('{', r#"{"alg":"none","#, 1), &own_claims, secret),
    );
    add("alg twice", signed(&own_header.replace('}', r#","alg":"none"}"#), &own_claims, secret));

    let later = app.now() + 900;
    for exp in [
        json!(later.to_string()),
        json!(-1),
        json!(i64::MIN),
        json!(1e300),
        json!(later as f64 + 0.5),
        json!(null),
        json!(true),
        json!([later]),
        json!({}),
    ] {
        let what = format!("exp {exp}");
        add(&what, signed(&own_header, &with(&claims, &[("exp", exp)]), secret));
    }
    for (name, value) in [
        ("sub", json!(1)),
        ("sub", json!(null)),
        ("ver", json!("0")),
        ("iat", json!("now")),
        ("nbf", json!(later)),
        ("nbf", json!("0")),
        ("token_type", json!("refresh")),
        ("token_type", json!("reset")),
        ("scopes", json!("notes:read")),
        ("scopes", json!(null)),
        ("aud", json!("somebody else")),
        ("aud", json!(["somebody", "else"])),
        ("jti", json!({})),
    ] {
        let what = format!("{name} {value}");
        add(&what, signed(&own_header, &with(&claims, &[(name, value)]), secret));
    }
    for name in ["sub", "ver", "exp", "iat", "jti", "sid", "token_type", "scopes"] {
        add(&format!("no {name}"), signed(&own_header, &without(&claims, name), secret));
        let value = &claims[name];
        let twice = own_claims.replacen('{', &format!("{{\"{name}\":{value},"), 1);
        add(&format!("{name} twice"), signed(&own_header, &twice, secret));
    }
    for claims in ["", "{}", "[]", "null", "\"text\"", "{", "\u{0}", "[[[[[[[[[["] {
        add(&format!("claims {claims:?}"), signed(&own_header, claims, secret));
    }
    add("claims nested deeply", signed(&own_header, &"[".repeat(5000), secret));
    let padded = with(&claims, &[("pad", "x".repeat(16 * 1024).into())]);
    add("oversize", signed(&own_header, &padded, secret));
    add("oversize garbage", "a".repeat(32 * 1024));
    for garbage in ["a", ".", "..", "...", "a.b", "a.b.c", "a b c", "Bearer x.y.z", "{}", "null"] {
        add(garbage, garbage.to_owned());
    }

    for (what, forged) in &corpus {
        assert_refused(&mut client, forged, what).await;
    }
    assert_eq!(client.get_as(&token, "/dashboard").await.status, 200, "the server still stands");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_and_a_refresh_token_are_never_each_other() {
    let app = BearerApp::with(in_body().keys(key())).await;
    let (mut client, answer) = app.token_of("ada").await;
    let (access, refresh) = (answer.field("access_token"), answer.field("refresh_token"));
    assert_eq!(client.get_as(&refresh, "/optional").await.detail(), "Invalid token");
    assert_eq!(client.refresh(&access).await.status, 401);
    // Not even where only one of the two marks is changed.
    let parts: Vec<_> = refresh.split('.').collect();
    let (header, claims) = (decode(parts[0]), decode(parts[1]));
    let as_access = with(&header, &[("typ", "at+jwt".into())]);
    let mut scoped = claims.clone();
    scoped["scopes"] = json!(["notes:read"]);
    for (header, claims) in [
        (as_access.clone(), scoped.to_string()),
        (header.to_string(), with(&scoped, &[("token_type", "access".into())])),
    ] {
        let forged = signed(&header, &claims, SECRET.as_bytes());
        assert_eq!(client.get_as(&forged, "/optional").await.detail(), "Invalid token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_public_key_is_no_secret() {
    for (signing, public) in [
        (
            SigningKey::eddsa(include_str!("../../crudauth/src/token/fixtures/eddsa.pem")),
            include_str!("../../crudauth/src/token/fixtures/eddsa.pub.pem"),
        ),
        (
            SigningKey::es256(include_str!("../../crudauth/src/token/fixtures/es256.pem")),
            include_str!("../../crudauth/src/token/fixtures/es256.pub.pem"),
        ),
        (
            SigningKey::rs256(include_str!("../../crudauth/src/token/fixtures/rs256.pem")),
            include_str!("../../crudauth/src/token/fixtures/rs256.pub.pem"),
        ),
    ] {
        let signing = signing.expect("a key");
        let app = BearerApp::with(in_body().keys(signing.clone())).await;
        let (mut client, Genuine { token, header, claims }) = genuine(&app).await;
        assert_eq!(client.get_as(&token, "/dashboard").await.status, 200, "{signing:?}");
        let jwks = client.get("/.well-known/jwks.json").await;
        let jwk = jwks.json()["keys"][0].clone();
        let mut secrets = vec![
            public.as_bytes().to_vec(),
            public.trim_end().as_bytes().to_vec(),
            jwks.body.clone(),
            jwk.to_string().into_bytes(),
        ];
        for name in ["x", "y", "n"] {
            if let Some(number) = jwk[name].as_str() {
                secrets.push(number.as_bytes().to_vec());
                secrets.push(Base64UrlUnpadded::decode_vec(number).expect("base64"));
            }
        }
        assert!(secrets.len() >= 6, "{signing:?}: the numbers of the key are among them");
        for secret in secrets {
            let algs = ["HS256", "HS384", "HS512"];
            let headers = algs.map(|alg| with(&header, &[("alg", alg.into())]));
            let unnamed = with(&header, &[("alg", "HS256".into()), ("kid", "".into())]);
            for header in headers.into_iter().chain([unnamed, header.to_string()]) {
                let forged = signed(&header, &claims.to_string(), &secret);
                assert_refused(&mut client, &forged, "HMAC under the public key").await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_token_can_be_flipped() {
    let app = BearerApp::with(in_body().keys(KeyRing::new(key()))).await;
    let (mut client, Genuine { token, .. }) = genuine(&app).await;
    let mut sent = 0;
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut flipped = token.clone().into_bytes();
            flipped[at] ^= 1 << bit;
            let header = [b"Bearer ", flipped.as_slice()].concat();
            // A header cannot carry control characters at all.
            let Ok(header) = HeaderValue::from_bytes(&header) else { continue };
            let request = client.request(Method::GET, "/optional").header(AUTHORIZATION, header);
            let answer = client.send(request).await;
            assert_eq!(answer.status, 401, "bit {bit} of byte {at}");
            sent += 1;
        }
    }
    assert!(sent > token.len() * 6, "{sent} of {} bits were tried", token.len() * 8);
    assert_eq!(client.get_as(&token, "/dashboard").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_bit_of_a_refresh_token_can_be_flipped() {
    let app = BearerApp::with(in_body().keys(key())).await;
    let (mut client, answer) = app.token_of("ada").await;
    let token = answer.field("refresh_token");
    let mut sent = 0;
    for at in 0..token.len() {
        for bit in 0..8 {
            let mut flipped = token.clone().into_bytes();
            flipped[at] ^= 1 << bit;
            // What is no text is no JSON either.
            let Ok(flipped) = String::from_utf8(flipped) else { continue };
            let refused = client.refresh(&flipped).await;
            assert!([401, 422].contains(&refused.status.as_u16()), "bit {bit} of byte {at}");
            sent += 1;
        }
    }
    assert_eq!(sent, token.len() * 7);
    assert_eq!(client.refresh(&token).await.status, 200, "and none of it ended the family");
}

/// The signature is right: it is the user who is not there.
#[tokio::test(flavor = "multi_thread")]
async fn a_token_of_nobody_is_anonymous() {
    let app = BearerApp::with(in_body().keys(key())).await;
    let (mut client, Genuine { header, claims, .. }) = genuine(&app).await;
    for sub in ["99", "-1", "0", "ada", "", " 1", "1 ", "1.0", "0x1", "99999999999999999999"] {
        let claims = with(&claims, &[("sub", sub.into())]);
        let token = signed(&header.to_string(), &claims, SECRET.as_bytes());
        let answer = client.get_as(&token, "/dashboard").await;
        assert_eq!(answer.status, 401, "{sub:?}");
        let answer = client.get_as(&token, "/optional").await;
        assert_ne!(answer.json()["user_id"], 1, "{sub:?}: {}", answer.text());
        assert!(answer.status != 500, "{sub:?}");
    }
}

/// Otherwise a forger could learn by the date alone what is looked at first.
#[tokio::test(flavor = "multi_thread")]
async fn a_forged_token_is_forged_before_it_is_expired() {
    let app = BearerApp::with(in_body().keys(key())).await;
    let (mut client, Genuine { header, claims, token }) = genuine(&app).await;
    let header = header.to_string();
    let past = with(&claims, &[("exp", (app.now() - 10).into())]);
    let expired = signed(&header, &past, SECRET.as_bytes());
    assert_eq!(client.get_as(&expired, "/optional").await.status, 200, "expired is anonymous");
    let forged = signed(&header, &past, b"another secret of thirty-two bytes");
    assert_refused(&mut client, &forged, "expired and forged").await;
    app.after(15 * 60);
    assert_eq!(client.get_as(&token, "/optional").await.status, 200);
    assert_refused(&mut client, &format!("{token}x"), "expired meanwhile").await;
}
