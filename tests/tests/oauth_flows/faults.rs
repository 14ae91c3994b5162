//! Each fault of a provider, with the code that a client is told and the reason that the events have.

use axum::body::Body;
use axum::response::{IntoResponse, Redirect, Response};
use base64ct::{Base64UrlUnpadded, Encoding};
use bytes::Bytes;
use crudauth_tests::provider::{CLIENT, Hang, SECRET, Said, Signer};
use futures_util::stream;
use http::StatusCode;
use serde_json::{Value, json};

use crate::github::GITHUB;

/// One fault.
pub(crate) struct Fault {
    pub(crate) name: &'static str,
    /// Who commits it: `sso`, or `github`.
    pub(crate) provider: &'static str,
    /// Has the provider commit it.
    pub(crate) plant: fn(&mut Said),
    /// What the callback has beside code and state.
    pub(crate) query: &'static str,
    /// The code, and the reason.
    pub(crate) told: (&'static str, &'static str),
    /// Whether the flow cannot even begin.
    pub(crate) at_begin: bool,
    /// Whether it takes a time limit to notice it.
    pub(crate) slow: bool,
}

const METADATA: &str = "/.well-known/openid-configuration";

pub(crate) const fn fault(name: &'static str, reason: &'static str, plant: fn(&mut Said)) -> Fault {
    let told = ("oauth_failed", reason);
    Fault { name, provider: "sso", plant, query: "", told, at_begin: false, slow: false }
}

/// All of them, of each provider.
pub(crate) fn all() -> impl Iterator<Item = &'static Fault> {
    FAULTS.iter().chain(GITHUB)
}

impl Fault {
    pub(crate) const fn at_begin(self) -> Self {
        Self { at_begin: true, ..self }
    }

    pub(crate) const fn slow(self) -> Self {
        Self { slow: true, ..self }
    }

    pub(crate) const fn of(self, provider: &'static str) -> Self {
        Self { provider, ..self }
    }

    pub(crate) const fn with(self, query: &'static str) -> Self {
        Self { query, ..self }
    }

    pub(crate) const fn code(self, code: &'static str) -> Self {
        Self { told: (code, self.told.1), ..self }
    }
}

fn claim(said: &mut Said, name: &'static str, value: Value) {
    said.claims = Box::new(move |claims| claims[name] = value.clone());
}

fn without(said: &mut Said, name: &'static str) {
    said.claims =
        Box::new(move |claims| drop(claims.as_object_mut().expect("claims").remove(name)));
}

/// Claims of the address.
fn address(said: &mut Said, email: Value, verified: Value) {
    said.userinfo = json!({ "sub": "248289761001" });
    said.claims = Box::new(move |claims| {
        (claims["email"], claims["email_verified"]) = (email.clone(), verified.clone());
    });
}

/// An address that is one, and has no room in the column.
pub(crate) const WITHOUT_ROOM: &str = concat!(
    "ada@",
    "a23456789012345678901234567890123456789012345678901234567890.",
    "b23456789012345678901234567890123456789012345678901234567890.",
    "c23456789012345678901234567890123456789012345678901234567890.",
    "example"
);

fn header(said: &mut Said, name: &'static str, value: Value) {
    said.header = Box::new(move |header| header[name] = value.clone());
}

fn metadata(said: &mut Said, name: &'static str, value: Value) {
    said.metadata = Box::new(move |document| document[name] = value.clone());
}

/// Signs the ID token anew, with the same claims.
pub(crate) fn forge(said: &mut Said, sign: impl Fn(&Value) -> String + Send + 'static) {
    said.answer = Box::new(move |answer| {
        let token = answer["id_token"].as_str().expect("a token");
        let claims = token.split('.').nth(1).expect("claims");
        let claims = Base64UrlUnpadded::decode_vec(claims).expect("base64url");
        let claims = serde_json::from_slice(&claims).expect("JSON");
        answer["id_token"] = sign(&claims).into();
    });
}

/// A token by HMAC.
fn hs256(key: &[u8], claims: &Value) -> String {
    let encode = |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
    let header = json!({ "alg": "HS256", "kid": "one", "typ": "JWT" });
    let signed = format!("{}.{}", encode(&header), encode(claims));
    let key = ring::hmac::Key::new(ring::hmac::HMAC_SHA256, key);
    let signature = ring::hmac::sign(&key, signed.as_bytes());
    format!("{signed}.{}", Base64UrlUnpadded::encode_string(signature.as_ref()))
}

pub(crate) fn instead(said: &mut Said, path: &'static str, answer: fn() -> Response) {
    said.instead.insert(path, answer);
}

pub(crate) fn hangs(said: &mut Said, path: &'static str, hang: Hang) {
    said.hangs.insert(path, hang);
}

/// A body without end.
pub(crate) fn endless() -> Response {
    let chunk = || Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 4096]));
    Body::from_stream(stream::repeat_with(chunk)).into_response()
}

pub(crate) fn broken() -> Response {
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

const FAULTS: &[Fault] = &[
    fault("iss of another issuer", "id_token_iss", |it| {
        claim(it, "iss", json!("https://evil.example"));
    }),
    fault("iss with a slash", "id_token_iss", |it| {
        let iss = format!("{}/", it.origin);
        claim(it, "iss", json!(iss));
    }),
    fault("no iss", "id_token_form", |it| without(it, "iss")),
    fault("iss is a list", "id_token_form", |it| claim(it, "iss", json!(["https://evil.example"]))),
    fault("aud of another client", "id_token_aud", |it| claim(it, "aud", json!("other"))),
    fault("aud beside others", "id_token_aud", |it| claim(it, "aud", json!([CLIENT, "other"]))),
    fault("no aud", "id_token_form", |it| without(it, "aud")),
    fault("aud is empty", "id_token_aud", |it| claim(it, "aud", json!([]))),
    fault("aud is a number", "id_token_form", |it| claim(it, "aud", json!(7))),
    fault("azp of another client", "id_token_aud", |it| claim(it, "azp", json!("other"))),
    fault("nonce of another flow", "id_token_nonce", |it| claim(it, "nonce", json!("other"))),
    fault("nonce is a number", "id_token_form", |it| claim(it, "nonce", json!(7))),
    fault("no nonce", "id_token_nonce", |it| without(it, "nonce")),
    fault("expired", "id_token_expired", |it| claim(it, "exp", json!(it.now - 61))),
    fault("exp is a text", "id_token_form", |it| claim(it, "exp", json!("9999999999"))),
    fault("no exp", "id_token_form", |it| without(it, "exp")),
    fault("issued in the future", "id_token_expired", |it| claim(it, "iat", json!(it.now + 61))),
    fault("issued before the flow", "id_token_expired", |it| claim(it, "iat", json!(it.now - 61))),
    fault("no iat", "id_token_form", |it| without(it, "iat")),
    fault("not valid yet", "id_token_expired", |it| claim(it, "nbf", json!(it.now + 61))),
    fault("no sub", "id_token_form", |it| without(it, "sub")),
    fault("sub is a number", "id_token_form", |it| claim(it, "sub", json!(7))),
    fault("sub is null", "id_token_form", |it| claim(it, "sub", Value::Null)),
    fault("sub is not ASCII", "subject_missing", |it| claim(it, "sub", json!("ädä"))),
    fault("sub is empty", "subject_missing", |it| claim(it, "sub", json!(""))),
    fault("sub is too long", "subject_missing", |it| claim(it, "sub", json!("x".repeat(256)))),
    fault("alg none", "id_token_alg", |it| header(it, "alg", json!("none"))),
    fault("alg none without signature", "id_token_alg", |it| {
        forge(it, |claims| {
            let encode =
                |part: &Value| Base64UrlUnpadded::encode_string(part.to_string().as_bytes());
            format!("{}.{}.", encode(&json!({ "alg": "none" })), encode(claims))
        });
    }),
    fault("HS256 by the public key", "id_token_alg", |it| {
        let key = it.signers[0].jwk().to_string();
        forge(it, move |claims| hs256(key.as_bytes(), claims));
    }),
    fault("HS256 by the client secret", "id_token_alg", |it| {
        // Even where the provider says that it signs so.
        metadata(it, "id_token_signing_alg_values_supported", json!(["HS256", "ES256"]));
        forge(it, |claims| hs256(SECRET.as_bytes(), claims));
    }),
    fault("RS256 by a key that is not in the set", "id_token_key", |it| {
        forge(it, |claims| {
            let other = Signer::new("one", "RS256");
            other.token(&other.header(), claims)
        });
    }),
    fault("signed by another key of the same name", "id_token_signature", |it| {
        forge(it, |claims| {
            let other = Signer::new("one", "ES256");
            other.token(&other.header(), claims)
        });
    }),
    fault("unknown kid", "id_token_key", |it| header(it, "kid", json!("two"))),
    fault("key in the header", "id_token_signature", |it| {
        forge(it, |claims| {
            let other = Signer::new("one", "ES256");
            let mut header = other.header();
            header["jwk"] = other.jwk();
            other.token(&header, claims)
        });
    }),
    fault("address of keys in the header", "id_token_key", |it| {
        forge(it, |claims| {
            let other = Signer::new("evil", "ES256");
            let mut header = other.header();
            header["jku"] = "https://evil.example/keys".into();
            other.token(&header, claims)
        });
    }),
    fault("an access token of the type at+jwt", "id_token_form", |it| {
        header(it, "typ", json!("at+jwt"));
    }),
    fault("critical header", "id_token_form", |it| header(it, "crit", json!(["exp"]))),
    fault("token of another provider", "id_token_key", |it| {
        forge(it, |claims| {
            let (other, mut claims) = (Signer::new("theirs", "ES256"), claims.clone());
            claims["iss"] = "https://evil.example".into();
            other.token(&other.header(), &claims)
        });
    }),
    fault("an encrypted token", "id_token_form", |it| {
        it.answer = Box::new(|answer| answer["id_token"] = "e30.e30.e30.e30.e30".into());
    }),
    fault("no ID token", "id_token_missing", |it| {
        it.answer = Box::new(|answer| answer["id_token"] = Value::Null);
    }),
    fault("an ID token that is a number", "provider_malformed", |it| {
        it.answer = Box::new(|answer| answer["id_token"] = json!(7));
    }),
    fault("at_hash of another access token", "id_token_at_hash", |it| {
        claim(it, "at_hash", json!("AAAAAAAAAAAAAAAAAAAAAA"));
    }),
    fault("userinfo of another user", "userinfo_mismatch", |it| {
        without(it, "email");
        it.userinfo = json!({ "sub": "1", "email": "eve@example.com", "email_verified": true });
    }),
    fault("userinfo says nothing", "provider_unreachable", |it| {
        without(it, "email");
        hangs(it, "/userinfo", Hang::BeforeTheHead);
    })
    .slow(),
    fault("userinfo has no end", "provider_unreachable", |it| {
        without(it, "email");
        hangs(it, "/userinfo", Hang::InTheBody);
    })
    .slow(),
    fault("userinfo fails", "provider_refused", |it| {
        without(it, "email");
        instead(it, "/userinfo", broken);
    }),
    fault("userinfo redirects", "provider_refused", |it| {
        without(it, "email");
        instead(it, "/userinfo", || Redirect::temporary("/keys").into_response());
    }),
    fault("userinfo without end", "provider_malformed", |it| {
        without(it, "email");
        instead(it, "/userinfo", endless);
    }),
    fault("userinfo without sub", "provider_malformed", |it| {
        without(it, "email");
        it.userinfo = json!({ "email": "eve@example.com", "email_verified": true });
    }),
    fault("userinfo speaks HTML", "provider_malformed", |it| {
        without(it, "email");
        instead(it, "/userinfo", || "<html>".into_response());
    }),
    fault("no address", "email_missing", |it| address(it, Value::Null, json!(true)))
        .code("email_missing"),
    fault("an address that is a list", "email_missing", |it| {
        address(it, json!(["a@b.example"]), json!(true));
    })
    .code("email_missing"),
    fault("an address that is an object", "email_missing", |it| {
        address(it, json!({ "a": 1 }), json!(true));
    })
    .code("email_missing"),
    fault("an address that is none", "email_missing", |it| {
        address(it, json!("plain"), json!(true));
    })
    .code("email_missing"),
    fault("an address with a line break", "email_missing", |it| {
        address(it, json!("a@b.example\r\nBcc: e@e.example"), json!(true));
    })
    .code("email_missing"),
    fault("an address without room in the column", "email_too_long", |it| {
        address(it, json!(WITHOUT_ROOM), json!(true));
    })
    .code("email_too_long"),
    fault("email_verified is false", "email_unverified", |it| {
        address(it, json!("a@b.example"), json!(false));
    })
    .code("email_unverified"),
    fault("email_verified is a text", "email_unverified", |it| {
        address(it, json!("a@b.example"), json!("true"));
    })
    .code("email_unverified"),
    fault("email_verified is a number", "email_unverified", |it| {
        address(it, json!("a@b.example"), json!(1));
    })
    .code("email_unverified"),
    fault("email_verified is missing", "email_unverified", |it| without(it, "email_verified"))
        .code("email_unverified"),
    fault("token endpoint redirects", "provider_refused", |it| {
        instead(it, "/token", || Redirect::temporary("/userinfo").into_response());
    }),
    fault("token endpoint fails", "provider_refused", |it| instead(it, "/token", broken)),
    fault("token endpoint refuses the code", "provider_refused", |it| {
        it.answer = Box::new(|answer| *answer = json!({ "error": "invalid_grant" }));
    }),
    fault("token endpoint says nothing", "provider_unreachable", |it| {
        hangs(it, "/token", Hang::BeforeTheHead);
    })
    .slow(),
    fault("token endpoint has no end", "provider_unreachable", |it| {
        hangs(it, "/token", Hang::InTheBody);
    })
    .slow(),
    fault("token endpoint without end", "provider_malformed", |it| instead(it, "/token", endless)),
    fault("token endpoint speaks HTML", "provider_malformed", |it| {
        instead(it, "/token", || "<html>".into_response());
    }),
    fault("token endpoint gives an array", "provider_malformed", |it| {
        it.answer = Box::new(|answer| *answer = json!([1]));
    }),
    fault("token of another type", "provider_malformed", |it| {
        it.answer = Box::new(|answer| answer["token_type"] = json!("mac"));
    }),
    fault("nothing is said of keys", "provider_unreachable", |it| {
        hangs(it, "/keys", Hang::BeforeTheHead);
    })
    .slow(),
    fault("keys have no end", "provider_unreachable", |it| hangs(it, "/keys", Hang::InTheBody))
        .slow(),
    fault("keys without end", "provider_malformed", |it| instead(it, "/keys", endless)),
    fault("keys redirect", "provider_refused", |it| {
        instead(it, "/keys", || Redirect::temporary("/metadata").into_response());
    }),
    fault("keys speak HTML", "provider_malformed", |it| {
        instead(it, "/keys", || "<html>".into_response());
    }),
    fault("no keys", "id_token_key", |it| instead(it, "/keys", || "{\"keys\":[]}".into_response())),
    fault("keys fail", "provider_refused", |it| instead(it, "/keys", broken)),
    fault("metadata of another issuer", "metadata_mismatch", |it| {
        metadata(it, "issuer", json!("https://evil.example"));
    })
    .at_begin(),
    fault("metadata with an endpoint in plain HTTP", "provider_malformed", |it| {
        metadata(it, "token_endpoint", json!("http://evil.example/token"));
    })
    .at_begin(),
    fault("metadata without keys", "provider_malformed", |it| {
        metadata(it, "jwks_uri", Value::Null);
    })
    .at_begin(),
    fault("nothing is said of metadata", "provider_unreachable", |it| {
        hangs(it, METADATA, Hang::BeforeTheHead);
    })
    .slow()
    .at_begin(),
    fault("metadata has no end", "provider_unreachable", |it| hangs(it, METADATA, Hang::InTheBody))
        .slow()
        .at_begin(),
    fault("metadata without end", "provider_malformed", |it| instead(it, "/metadata", endless))
        .at_begin(),
    fault("metadata redirects", "provider_refused", |it| {
        instead(it, "/metadata", || Redirect::temporary("/keys").into_response());
    })
    .at_begin(),
    fault("metadata fails", "provider_refused", |it| instead(it, "/metadata", broken)).at_begin(),
    fault("iss parameter of another issuer", "issuer_mismatch", |_| {})
        .with("&iss=https%3A%2F%2Fevil.example"),
    fault("empty iss parameter", "issuer_mismatch", |_| {}).with("&iss="),
    fault("no iss parameter, though it is announced", "issuer_mismatch", |it| {
        metadata(it, "authorization_response_iss_parameter_supported", json!(true));
    }),
    fault("parameter twice", "malformed_response", |_| {}).with("&code=other"),
    fault("parameter that is no text", "malformed_response", |_| {}).with("&iss=%ff"),
    fault("the user says no", "denied_by_user", |_| {}).with("&error=access_denied"),
    fault("the provider says an error", "provider_error", |_| {}).with("&error=server_error"),
];
