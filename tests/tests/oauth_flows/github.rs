//! Each fault of GitHub, beside those of an OpenID provider.

use axum::response::{IntoResponse, Redirect, Response};
use crudauth_tests::provider::{HUB_EMAILS, HUB_TOKEN, HUB_USER, Hang, Said};
use http::StatusCode;
use serde_json::{Value, json};

use crate::app::{ADA, App, callback_at, has_session};
use crate::faults::{Fault, WITHOUT_ROOM, broken, endless, fault, hangs, instead};

const fn of(name: &'static str, reason: &'static str, plant: fn(&mut Said)) -> Fault {
    fault(name, reason, plant).of("github")
}

fn answer(said: &mut Said, change: fn(&mut Value)) {
    said.answer = Box::new(change);
}

fn one_address(said: &mut Said, email: &Value, verified: &Value) {
    said.emails = json!([{ "email": email, "primary": true, "verified": verified }]);
}

fn forbidden() -> Response {
    StatusCode::FORBIDDEN.into_response()
}

fn missing() -> Response {
    StatusCode::NOT_FOUND.into_response()
}

fn elsewhere() -> Response {
    // Whoever follows it brings the secret or the token to somebody else.
    Redirect::temporary("http://localhost:9/evil").into_response()
}

pub(crate) const GITHUB: &[Fault] = &[
    of("the code is refused with a 200", "provider_refused", |it| {
        answer(it, |answer| {
            *answer = json!({
                "error": "bad_verification_code",
                "error_description": "The code passed is incorrect or expired.",
            });
        });
    }),
    of("an error beside a token", "provider_refused", |it| {
        answer(it, |answer| answer["error"] = json!("incorrect_client_credentials"));
    }),
    of("no token", "provider_malformed", |it| {
        answer(it, |answer| answer["access_token"] = Value::Null);
    }),
    of("an empty token", "provider_malformed", |it| {
        answer(it, |answer| answer["access_token"] = json!(""));
    }),
    of("a token that is a number", "provider_malformed", |it| {
        answer(it, |answer| answer["access_token"] = json!(7));
    }),
    of("a token of no type", "provider_malformed", |it| {
        answer(it, |answer| answer["token_type"] = Value::Null);
    }),
    of("token as a form", "provider_malformed", |it| {
        let form = || "access_token=gho_1&token_type=bearer&scope=user".into_response();
        instead(it, HUB_TOKEN, form);
    }),
    of("token in a list", "provider_malformed", |it| {
        answer(it, |answer| *answer = json!([answer.take()]));
    }),
    of("token endpoint redirects", "provider_refused", |it| instead(it, HUB_TOKEN, elsewhere)),
    of("token endpoint fails", "provider_refused", |it| instead(it, HUB_TOKEN, broken)),
    of("token endpoint says nothing", "provider_unreachable", |it| {
        hangs(it, HUB_TOKEN, Hang::BeforeTheHead);
    })
    .slow(),
    of("token endpoint has no end", "provider_unreachable", |it| {
        hangs(it, HUB_TOKEN, Hang::InTheBody);
    })
    .slow(),
    of("token endpoint without end", "provider_malformed", |it| instead(it, HUB_TOKEN, endless)),
    of("user without id", "provider_malformed", |it| it.user = json!({ "login": "octocat" })),
    of("id is null", "provider_malformed", |it| it.user["id"] = Value::Null),
    of("id is a text", "provider_malformed", |it| it.user["id"] = json!("583231")),
    of("id is zero", "provider_malformed", |it| it.user["id"] = json!(0)),
    of("id is negative", "provider_malformed", |it| it.user["id"] = json!(-1)),
    of("id is a fraction", "provider_malformed", |it| it.user["id"] = json!(583_231.5)),
    of("id is a list", "provider_malformed", |it| it.user["id"] = json!([583_231])),
    of("user is a list", "provider_malformed", |it| it.user = json!([it.user])),
    of("user is a text", "provider_malformed", |it| it.user = json!("octocat")),
    of("user is null", "provider_malformed", |it| it.user = Value::Null),
    of("user is HTML", "provider_malformed", |it| {
        instead(it, HUB_USER, || "<html>".into_response());
    }),
    of("user redirects", "provider_refused", |it| instead(it, HUB_USER, elsewhere)),
    of("user is refused", "provider_refused", |it| instead(it, HUB_USER, forbidden)),
    of("user is not there", "provider_refused", |it| instead(it, HUB_USER, missing)),
    of("user fails", "provider_refused", |it| instead(it, HUB_USER, broken)),
    of("user says nothing", "provider_unreachable", |it| {
        hangs(it, HUB_USER, Hang::BeforeTheHead);
    })
    .slow(),
    of("user has no end", "provider_unreachable", |it| hangs(it, HUB_USER, Hang::InTheBody)).slow(),
    of("user without end", "provider_malformed", |it| instead(it, HUB_USER, endless)),
    of("no address", "email_missing", |it| it.emails = json!([])).code("email_missing"),
    // The scope `user:email` was not given.
    of("addresses are not let see", "email_missing", |it| {
        answer(it, |answer| answer["scope"] = json!("read:user"));
        instead(it, HUB_EMAILS, missing);
    })
    .code("email_missing"),
    of("addresses are refused", "email_missing", |it| instead(it, HUB_EMAILS, forbidden))
        .code("email_missing"),
    of("an address that is none", "email_missing", |it| {
        one_address(it, &json!("plain"), &json!(true));
    })
    .code("email_missing"),
    of("an address with a line break", "email_missing", |it| {
        one_address(it, &json!("a@b.example\r\nBcc: e@e.example"), &json!(true));
    })
    .code("email_missing"),
    of("an address without room in the column", "email_too_long", |it| {
        one_address(it, &json!(WITHOUT_ROOM), &json!(true));
    })
    .code("email_too_long"),
    of("no address is verified", "email_unverified", |it| {
        one_address(it, &json!(ADA), &json!(false));
    })
    .code("email_unverified"),
    of("an address that GitHub has made is verified", "email_unverified", |it| {
        it.emails = json!([
            { "email": ADA, "primary": true, "verified": false },
            { "email": "1+ada@users.noreply.github.com", "primary": false, "verified": true },
        ]);
    })
    .code("email_unverified"),
    of("nothing is said of whether it is verified", "email_unverified", |it| {
        it.emails = json!([{ "email": ADA, "primary": true }]);
    })
    .code("email_unverified"),
    of("verified is a text", "provider_malformed", |it| {
        one_address(it, &json!(ADA), &json!("true"));
    }),
    of("an address that is a number", "provider_malformed", |it| {
        one_address(it, &json!(7), &json!(true));
    }),
    of("an address that is null", "provider_malformed", |it| {
        one_address(it, &Value::Null, &json!(true));
    }),
    of("addresses as texts", "provider_malformed", |it| it.emails = json!([ADA])),
    of("addresses in an object", "provider_malformed", |it| {
        it.emails = json!({ "emails": it.emails });
    }),
    of("addresses are null", "provider_malformed", |it| it.emails = Value::Null),
    of("addresses by the thousand", "provider_malformed", |it| {
        let address = |number| json!({ "email": format!("{number}@a.example"), "verified": true });
        it.emails = (0..4_000).map(address).collect();
    }),
    of("addresses redirect", "provider_refused", |it| instead(it, HUB_EMAILS, elsewhere)),
    of("addresses fail", "provider_refused", |it| instead(it, HUB_EMAILS, broken)),
    of("addresses say nothing", "provider_unreachable", |it| {
        hangs(it, HUB_EMAILS, Hang::BeforeTheHead);
    })
    .slow(),
    of("addresses have no end", "provider_unreachable", |it| {
        hangs(it, HUB_EMAILS, Hang::InTheBody);
    })
    .slow(),
    of("addresses without end", "provider_malformed", |it| instead(it, HUB_EMAILS, endless)),
    of("parameter twice at GitHub", "malformed_response", |_| {}).with("&state=other"),
    of("the user says no to GitHub", "denied_by_user", |_| {}).with("&error=access_denied"),
    of("GitHub says an error", "provider_error", |_| {}).with("&error=application_suspended"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_github_signs_in_with_any_verified_address() {
    let app = App::start(|config| config).await;
    app.provider.said().emails = json!([
        { "email": "primary@example.com", "primary": true, "verified": false },
        { "email": ADA, "primary": false, "verified": true },
        { "email": "more@example.com" },
    ]);
    let mut client = app.client();
    let state = app.begin_at("github", &mut client, "").await;
    // GitHub has no issuer that a response could name.
    let path = format!("{}&iss=https%3A%2F%2Fevil.example", callback_at("github", &state));
    let answer = client.get(&path).await;
    assert!(has_session(&answer), "{}", answer.text());
    let me = client.get("/me").await.json();
    assert_eq!((&me["email"], &me["username"]), (&json!(ADA), &json!("octocat")));
    let rows = "SELECT subject FROM crudauth_identities WHERE provider = 'github'";
    assert_eq!(app.database.select(rows).await, ["583231"]);
    assert_eq!(app.events().await, ["oauth_account_created", "oauth_signed_in"]);
}
