//! The routes that set up a second factor and take it off.

use crudauth::{RateLimit, RateLimits};
use crudauth_tests::support::PASSWORD;
use serde_json::{Value, json};

use crate::site::{PLACES, Place, Site, refusal, said, sign_in, texts, verify};

const WRONG: &str = "Invalid code";

#[tokio::test]
async fn a_factor_is_set_up_asked_for_and_taken_off() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.signed_in("ada@example.com").await;
        let mut elsewhere = site.client();
        sign_in(&mut elsewhere, "/login", "ada@example.com").await;
        let none = json!({"enabled": false, "required": false, "recovery_codes_remaining": 0});
        assert_eq!(ada.get("/mfa").await.json(), none);

        let answer = ada.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        let setup = answer.json();
        let secret = setup["secret"].as_str().expect("a secret").to_owned();
        let uri = setup["otpauth_uri"].as_str().expect("a URI");
        assert_eq!((secret.len(), setup.as_object().expect("an object").len()), (32, 2));
        assert!(uri.starts_with("otpauth://totp/Example%3Aada%40example.com?secret="), "{uri}");
        assert_eq!(ada.get("/mfa").await.json(), none, "it is pending");
        let mut pending = site.client();
        assert_eq!(sign_in(&mut pending, "/login", "ada@example.com").await.json()["id"], 1);

        let body = json!({ "code": site.code(&secret) });
        let confirmed = ada.post_json("/mfa/totp/confirm", &body).await;
        assert_eq!(confirmed.status, 200, "{}", confirmed.text());
        let codes = texts(&confirmed.json()["recovery_codes"]);
        assert_eq!(codes.len(), 10);
        let enabled = json!({"enabled": true, "required": false, "recovery_codes_remaining": 10});
        assert_eq!(
            ada.get("/mfa").await.json(),
            enabled,
            "the own session stays, under another id"
        );
        assert_eq!(elsewhere.get("/me").await.status, 401, "every other session has ended");
        assert_eq!(pending.get("/me").await.status, 401);
        assert_eq!(
            said(&ada.post_json("/mfa/totp/confirm", &body).await),
            refusal(400, "Two-factor authentication is already enabled.")
        );

        let mut again = site.client();
        let challenge = site.challenge(&mut again, "ada@example.com").await;
        assert_eq!(
            said(&verify(&mut again, &challenge, &site.code(&secret)).await).1,
            WRONG,
            "used"
        );
        site.after(30);
        let body = verify(&mut again, &challenge, &site.code(&secret)).await.json();
        assert_eq!(body["id"], 1, "{body}");
        assert_eq!(body.as_object().expect("an object").len(), 3, "{body}");
        assert_eq!(again.get("/me").await.status, 200);

        let wrong = json!({ "code": site.wrong_code(&secret) });
        assert_eq!(said(&ada.post_json("/mfa/totp/disable", &wrong).await), refusal(401, WRONG));
        let right = json!({ "code": codes[0].to_uppercase().replace('-', " ") });
        let disabled = ada.post_json("/mfa/totp/disable", &right).await;
        assert_eq!(disabled.json(), json!({"detail": "Two-factor authentication disabled."}));
        assert_eq!(again.get("/me").await.status, 200, "no session ends by it");
        assert_eq!(ada.get("/mfa").await.json(), none);
        assert_eq!(sign_in(&mut site.client(), "/login", "ada@example.com").await.json()["id"], 1);
        let told = site.told().await;
        for name in ["mfa_enrolled", "mfa_challenged", "mfa_failed", "mfa_recovery_code_used"] {
            assert!(told.iter().any(|told| told == name), "{name}: {told:?}");
        }
        assert!(told.iter().any(|told| told == "mfa_disabled"), "{told:?}");
    }
}

#[tokio::test]
async fn each_route_refuses_in_the_order_of_the_contract() {
    let limits = RateLimits { mfa_manage: RateLimit::per_hour(4), ..RateLimits::off() };
    let site = Site::with(Place::Columns, limits).await;
    let mut ada = site.signed_in("ada@example.com").await;
    for path in ["/mfa/totp/setup", "/mfa/totp/confirm", "/mfa/totp/disable"] {
        let mut stranger = site.client();
        assert_eq!(stranger.post_json(path, &json!({})).await.status, 401, "{path}");
        let request = ada.request(http::Method::POST, path).json(&json!({}));
        assert_eq!(ada.send(request).await.status, 403, "{path}: without the CSRF token");
        let request = ada.with_csrf(ada.request(http::Method::POST, path)).body("{");
        let request = request.header("content-type", "application/json");
        assert_eq!(ada.send(request).await.status, 422, "{path}: no JSON");
    }
    let setup = |password: Value| json!({ "password": password });
    let mut refused = Vec::new();
    for body in [json!({}), setup(Value::Null), setup("wrong".into()), setup(PASSWORD.into())] {
        refused.push(said(&ada.post_json("/mfa/totp/setup", &body).await));
    }
    let wrong = refusal(401, "Incorrect password");
    assert_eq!(refused[..3], [wrong.clone(), wrong.clone(), wrong]);
    assert_eq!(refused[3].0, 200);
    let many = ada.post_json("/mfa/totp/confirm", &json!({ "code": "1" })).await;
    assert_eq!(said(&many), refusal(429, "Too many requests. Try again later."));
    site.after(3600);

    let confirm = ada.post_json("/mfa/totp/confirm", &json!({ "code": 7 })).await;
    assert_eq!(confirm.status, 422);
    for code in ["", "\0", "１２３４５６", &"9".repeat(10_000)] {
        site.after(3600);
        let answer = ada.post_json("/mfa/totp/confirm", &json!({ "code": code })).await;
        assert_eq!(said(&answer), refusal(401, WRONG), "{code:.10}");
    }
    for path in ["/mfa/totp/disable", "/mfa/recovery-codes/regenerate"] {
        site.after(3600);
        let answer = ada.post_json(path, &json!({ "code": "123456" })).await;
        assert_eq!(said(&answer), refusal(401, WRONG), "{path}: there is no factor");
    }
}

#[tokio::test]
async fn nothing_is_confirmed_that_was_not_begun() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.signed_in("ada@example.com").await;
        let answer = ada.post_json("/mfa/totp/confirm", &json!({ "code": "123456" })).await;
        assert_eq!(said(&answer), refusal(400, "No authenticator setup is pending."));
    }
}

#[tokio::test]
async fn an_account_that_has_to_have_a_factor_keeps_it() {
    for place in PLACES {
        let site = Site::open(place).await;
        site.sign_up("must@example.com").await;
        let mut client = site.client();
        let answer = sign_in(&mut client, "/login", "must@example.com").await;
        let body = answer.json();
        assert_eq!((&body["mfa_required"], &body["expires_in"]), (&json!(true), &json!(300)));
        assert!(answer.set_cookies().is_empty(), "{:?}", answer.set_cookies());
        let challenge = body["challenge"].as_str().expect("a challenge").to_owned();
        assert_eq!((challenge.len(), body.as_object().expect("an object").len()), (43, 4));
        let secret = body["setup"]["secret"].as_str().expect("a secret").to_owned();
        let shown = json!({ "challenge": challenge });
        let shown = client.post_json("/mfa/challenge", &shown).await.json();
        assert_eq!(shown["setup"], body["setup"]);
        // Another sign-in with the password sees another secret.
        let other = sign_in(&mut site.client(), "/login", "must@example.com").await.json();
        assert_ne!(other["setup"]["secret"], body["setup"]["secret"]);

        let wrong = verify(&mut client, &challenge, &site.wrong_code(&secret)).await;
        assert_eq!(said(&wrong), refusal(401, WRONG));
        let done = verify(&mut client, &challenge, &site.code(&secret)).await;
        assert_eq!(done.status, 200, "{}", done.text());
        let codes = texts(&done.json()["recovery_codes"]);
        assert_eq!((codes.len(), &done.json()["id"]), (10, &json!(1)));
        let status = client.get("/mfa").await.json();
        assert_eq!(
            status,
            json!({"enabled": true, "required": true, "recovery_codes_remaining": 10})
        );
        let refused = client.post_json("/mfa/totp/disable", &json!({ "code": codes[0] })).await;
        let text = "Two-factor authentication is required for this account.";
        assert_eq!(said(&refused), refusal(403, text), "before the code is looked at");
        assert_eq!(client.get("/mfa").await.json()["recovery_codes_remaining"], 10);
        // What the other sign-in was to set up serves nobody.
        let theirs = other["challenge"].as_str().expect("a challenge");
        let secret = other["setup"]["secret"].as_str().expect("a secret");
        let late = verify(&mut site.client(), theirs, &site.code(secret)).await;
        assert_eq!(said(&late), refusal(400, "Invalid or expired MFA challenge"));
    }
}

#[tokio::test]
async fn recovery_codes_are_replaced_as_a_set() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let path = "/mfa/recovery-codes/regenerate";
        let answer = ada.client.post_json(path, &json!({ "code": site.code(&ada.secret) })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let new = texts(&answer.json()["recovery_codes"]);
        let mut client = site.client();
        let challenge = site.challenge(&mut client, &ada.email).await;
        let old = verify(&mut client, &challenge, &ada.recovery_codes[3]).await;
        assert_eq!(said(&old), refusal(401, WRONG));
        assert_eq!(verify(&mut client, &challenge, &new[3]).await.status, 200);
        let challenge = site.challenge(&mut site.client(), &ada.email).await;
        let again = verify(&mut site.client(), &challenge, &new[3]).await;
        assert_eq!(said(&again), refusal(401, WRONG), "once");
        assert_eq!(client.get("/mfa").await.json()["recovery_codes_remaining"], 9);
    }
}

#[tokio::test]
async fn an_administrator_resets_a_factor() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let mut waiting = site.client();
        let challenge = site.challenge(&mut waiting, &ada.email).await;
        site.told().await;
        assert_eq!(site.client().post_json("/reset", &json!(1)).await.json(), true);
        assert_eq!(site.told().await, ["mfa_reset_by_admin"]);
        assert_eq!(ada.client.get("/me").await.status, 401, "all sessions have ended");
        let late = verify(&mut waiting, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(said(&late), refusal(400, "Invalid or expired MFA challenge"));
        let mut client = site.client();
        assert_eq!(sign_in(&mut client, "/login", &ada.email).await.json()["id"], 1);
        assert_eq!(site.client().post_json("/reset", &json!(1)).await.json(), false);
        assert_eq!(site.client().post_json("/reset", &json!(7)).await.json(), false);
    }
}
