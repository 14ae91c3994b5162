//! Every way to a session or a token, of an account with a second factor.

use crudauth::oauth::OAuthConfig;
use crudauth_tests::support::{Answer, Client, PASSWORD};
use http::Method;
use serde_json::{Value, json};

use crate::site::{Enrolled, PLACES, Place, Site, challenge_of, refusal, said, sign_in, verify};

const CODE_NEEDED: &str = "A second factor is required.";

/// Nothing of a sign-in is in it.
fn is_a_challenge_alone(answer: &Answer, way: &str) {
    assert_eq!(answer.status, 200, "{way}: {}", answer.text());
    let body = answer.json();
    let keys: Vec<_> = body.as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["challenge", "expires_in", "mfa_required"], "{way}");
    assert!(answer.set_cookies().is_empty(), "{way}: {:?}", answer.set_cookies());
    assert_eq!(answer.header("cache-control"), Some("no-store"), "{way}");
}

#[tokio::test]
async fn every_way_to_sign_in_stops_at_the_challenge() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let ways: [(&str, Option<Value>); 5] = [
            ("/login", None),
            ("/token", None),
            ("/own", Some(json!(1))),
            ("/own-tokens", Some(json!(1))),
            ("/own-credentials", Some(json!("ada@example.com"))),
        ];
        for (way, body) in ways {
            let mut client = site.client();
            let answer = match body {
                Some(body) => client.post_json(way, &body).await,
                None => sign_in(&mut client, way, &ada.email).await,
            };
            is_a_challenge_alone(&answer, way);
            assert_eq!(client.get("/me").await.status, 401, "{way}");
            let challenge = challenge_of(&answer);
            // The challenge is no credential itself.
            let request = client.request(Method::GET, "/me").bearer_auth(&challenge);
            assert_eq!(site.client().send(request).await.status, 401, "{way}");
            let answer = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
            assert_eq!(answer.status, 200, "{way}: {}", answer.text());
            site.after(60);
        }
        // A job answers no challenge.
        let job = site.client().post_json("/job", &json!(1)).await;
        assert_eq!(said(&job), refusal(401, "Incorrect username or password"));
    }
}

#[tokio::test]
async fn what_was_signed_in_before_the_factor_ends_with_it() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut session = site.signed_in("ada@example.com").await;
        let mut tokens = site.client();
        let issued = sign_in(&mut tokens, "/token", "ada@example.com").await.json();
        let job = site.client().post_json("/job", &json!(1)).await.text();
        site.after(5);
        let ada = enrol_elsewhere(&site).await;
        assert_eq!(session.get("/me").await.status, 401);
        for token in [issued["access_token"].as_str().expect("a token"), &job] {
            let request = tokens.request(Method::GET, "/me").bearer_auth(token);
            assert_eq!(site.client().send(request).await.status, 401);
        }
        let body = json!({ "refresh_token": issued["refresh_token"] });
        assert_eq!(tokens.post_json("/refresh", &body).await.status, 401);
        drop(ada);
    }
}

/// The user, in another browser.
async fn enrol_elsewhere(site: &Site) -> Enrolled {
    let mut client = site.client();
    sign_in(&mut client, "/login", "ada@example.com").await;
    let setup = client.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
    let secret = setup.json()["secret"].as_str().expect("a secret").to_owned();
    let answer =
        client.post_json("/mfa/totp/confirm", &json!({ "code": site.code(&secret) })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let recovery_codes = crate::site::texts(&answer.json()["recovery_codes"]);
    Enrolled { client, email: "ada@example.com".to_owned(), secret, recovery_codes }
}

#[tokio::test]
async fn elevated_rights_take_a_code_of_the_app() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let password = json!({ "password": PASSWORD });
        let answer = ada.client.post_json("/sudo", &password).await;
        assert_eq!(said(&answer), refusal(403, CODE_NEEDED));
        let recovery = json!({ "code": ada.recovery_codes[0] });
        let answer = ada.client.post_json("/sudo", &recovery).await;
        assert_eq!(said(&answer), refusal(401, "Invalid code"), "a recovery code is none");
        let left = ada.client.get("/mfa").await.json()["recovery_codes_remaining"].clone();
        assert_eq!(left, 10, "and is not used up");
        let right = json!({ "code": site.code(&ada.secret) });
        let answer = ada.client.post_json("/sudo", &right).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        site.after(60);
        let wrong = json!({ "code": site.wrong_code(&ada.secret) });
        let mut statuses = Vec::new();
        for _ in 0..4 {
            statuses.push(ada.client.post_json("/sudo", &wrong).await.status.as_u16());
        }
        assert_eq!(statuses, [401, 401, 429, 429]);
        // Of an account without a factor a code is none.
        let mut bob = site.signed_in("bob@example.com").await;
        let answer = bob.post_json("/sudo", &json!({ "code": "123456" })).await;
        assert_eq!(said(&answer), refusal(401, "Invalid code"));
        assert_eq!(bob.post_json("/sudo", &password).await.status, 200);
    }
}

#[tokio::test]
async fn a_wrong_password_tells_nothing_of_a_factor() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        site.sign_up("bob@example.com").await;
        for path in ["/login", "/token"] {
            let mut told = Vec::new();
            for email in [&*ada.email, "bob@example.com", "must@example.com", "nobody@example.com"]
            {
                let form = [("username", email), ("password", "not the password")];
                let before = site.hasher.computed();
                let answer = site.client().post_form(path, &form).await;
                let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
                let headers: Vec<_> = headers.map(|(n, v)| format!("{n}: {v:?}")).collect();
                let work = site.hasher.computed() - before;
                told.push((answer.status.as_u16(), answer.text(), headers, work));
            }
            assert!(told.iter().all(|it| *it == told[0]), "{told:#?}");
        }
    }
}

/// A sign-in by the provider, of who is `code` there.
async fn come_back(client: &mut Client, redirect_to: &str) -> Answer {
    let begun = client.get(&format!("/oauth/sso/authorize?redirect_to={redirect_to}")).await;
    let url = begun.header("location").map(str::to_owned);
    let url = url.or_else(|| begun.json()["url"].as_str().map(str::to_owned)).expect("a URL");
    let (_, state) = url.split_once("state=").expect("a state");
    client.get(&format!("/oauth/sso/callback?code=ada%2Cada%40example.com&state={state}")).await
}

#[tokio::test]
async fn a_sign_in_by_a_provider_stops_at_the_challenge() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        site.database.execute("UPDATE members SET email_verified = TRUE").await;
        let mut client = site.client();
        let answer = come_back(&mut client, "/inbox").await;
        assert_eq!(answer.status, 307, "{}", answer.text());
        let location = answer.header("location").expect("a target").to_owned();
        let challenge = location.strip_prefix("/welcome?from=oauth#mfa_challenge=");
        let challenge = challenge.unwrap_or_else(|| panic!("{location}")).to_owned();
        let cookies = answer.cookies();
        assert!(cookies.iter().all(|(name, _)| name.contains("oauth_state")), "{cookies:?}");
        assert_eq!(client.get("/me").await.status, 401);
        let answer = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(answer.json()["redirect_to"], "/inbox", "{}", answer.text());
        assert_eq!(client.get("/me").await.json()["via"], "session");

        let site = Site::like(place, crudauth::RateLimits::off(), OAuthConfig::json).await;
        let ada = site.enrolled("ada@example.com").await;
        site.database.execute("UPDATE members SET email_verified = TRUE").await;
        let mut client = site.client();
        let answer = come_back(&mut client, "/inbox").await;
        assert_eq!(answer.json()["mfa_required"], true, "{}", answer.text());
        let answer = verify(&mut client, &challenge_of(&answer), &site.code(&ada.secret)).await;
        assert_eq!(answer.json()["redirect_to"], "/inbox", "{}", answer.text());
    }
}

#[tokio::test]
async fn who_has_to_have_a_factor_and_has_an_old_session_sets_it_up_first() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut old = site.signed_in("bob@example.com").await;
        assert_eq!(old.get("/inside").await.text(), "inside");
        site.database.execute("UPDATE members SET email = 'must@example.com'").await;
        let refused = old.get("/inside").await;
        assert_eq!(said(&refused), refusal(403, "Set up two-factor authentication to continue."));
        assert_eq!(refused.json()["code"], "mfa_enrolment_required");
        let setup = old.post_json("/mfa/totp/setup", &json!({ "password": PASSWORD })).await;
        let secret = setup.json()["secret"].as_str().expect("a secret").to_owned();
        let body = json!({ "code": site.code(&secret) });
        assert_eq!(old.post_json("/mfa/totp/confirm", &body).await.status, 200);
        assert_eq!(old.get("/inside").await.text(), "inside");
        assert_eq!(site.client().get("/inside").await.text(), "inside", "nobody is nobody");
    }
}

/// Who comes by a provider that has asked for two factors, where that is believed.
#[tokio::test]
async fn a_provider_is_believed_in_its_second_factor_where_the_application_says_so() {
    for (place, code, is_asked) in [
        (Place::Columns, "ada%2Cada%40example.com", true),
        (Place::OwnTable, "ada%2Cada%40example.com", true),
        (Place::Columns, "mfa-ada%2Cada%40example.com", false),
        (Place::OwnTable, "mfa-ada%2Cada%40example.com", false),
    ] {
        for trusts in [true, false] {
            let trust = match trusts {
                true => |oauth: OAuthConfig| oauth.json().trust_provider_mfa(true),
                false => |oauth: OAuthConfig| oauth.json(),
            };
            let site = Site::like(place, crudauth::RateLimits::off(), trust).await;
            let owner = site.signed_in("ada@example.com").await;
            site.database.execute("UPDATE members SET email_verified = TRUE").await;
            // The identity is linked before the factor is set up.
            assert_eq!(by_provider(&mut site.client(), code).await.status, 200);
            site.enrol(owner, "ada@example.com").await;
            let mut client = site.client();
            let answer = by_provider(&mut client, code).await;
            let asked = answer.json()["mfa_required"] == true;
            assert_eq!(asked, is_asked || !trusts, "{code}: {}", answer.text());
            assert_eq!(client.get("/me").await.status == 200, !asked);
        }
    }
}

/// The answer of a sign-in by the provider that gives `code`.
async fn by_provider(client: &mut Client, code: &str) -> Answer {
    let begun = client.get("/oauth/sso/authorize").await.json();
    let url = begun["url"].as_str().expect("a URL").to_owned();
    let (_, state) = url.split_once("state=").expect("a state");
    client.get(&format!("/oauth/sso/callback?code={code}&state={state}")).await
}

/// A person who reads the mailbox alone makes an account at the provider, with a factor of their own.
#[tokio::test]
async fn a_factor_at_a_provider_replaces_none_by_the_address_alone() {
    for place in PLACES {
        let trust = |oauth: OAuthConfig| oauth.json().trust_provider_mfa(true);
        let site = Site::like(place, crudauth::RateLimits::off(), trust).await;
        site.enrolled("ada@example.com").await;
        site.database.execute("UPDATE members SET email_verified = TRUE").await;
        let mut client = site.client();
        for _ in 0..2 {
            let refused = by_provider(&mut client, "mfa-ada%2Cada%40example.com").await;
            assert_eq!(refused.status, 400, "{}", refused.text());
            assert!(refused.text().contains("link_required"), "{}", refused.text());
            assert_eq!(client.get("/me").await.status, 401);
        }
    }
}

#[tokio::test]
async fn another_password_takes_the_factor_where_the_application_says_so() {
    for place in PLACES {
        let site = Site::guarded(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let new = "a very long engine";
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        let refused = ada.client.post_json("/change-password", &body).await;
        assert_eq!(said(&refused), refusal(403, CODE_NEEDED));
        let mut body = body;
        body["code"] = json!(site.wrong_code(&ada.secret));
        let refused = ada.client.post_json("/change-password", &body).await;
        assert_eq!(said(&refused), refusal(401, "Invalid code"));
        body["code"] = json!(site.code(&ada.secret));
        let answer = ada.client.post_json("/change-password", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        site.after(60);
        // Elevated rights do as well.
        let code = json!({ "code": site.code(&ada.secret) });
        assert_eq!(ada.client.post_json("/sudo", &code).await.status, 200);
        let body = json!({ "current_password": new, "new_password": PASSWORD });
        let answer = ada.client.post_json("/change-password", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        // Who has no factor is asked for none.
        let mut bob = site.signed_in("bob@example.com").await;
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        assert_eq!(bob.post_json("/change-password", &body).await.status, 200);
    }
}
