//! What gates ask of a sign-in, and what a step-up by a code adds to it.

use http::Method;
use serde_json::json;

use crate::site::{PLACES, Site, challenge_of, refusal, said, sign_in, verify};
use crudauth_tests::support::{Answer, PASSWORD};

const MISSING: &str = "A second factor is required.";

/// What `WWW-Authenticate` asks for.
fn asked(answer: &Answer) -> &str {
    let challenge = answer.header("www-authenticate").expect("a challenge");
    let asked = challenge.strip_prefix("Bearer error=\"insufficient_user_authentication\"");
    asked.expect("the error of RFC 9470")
}

#[tokio::test]
async fn a_gate_passes_what_two_kinds_have_proved() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;

        // The session that has set the app up has proved its password alone.
        assert_eq!(ada.client.get("/acr").await.text(), "1 pwd");
        for (path, asks) in [
            ("/gate/mfa", ", acr_values=\"2\""),
            ("/gate/totp", ", acr_values=\"2\""),
            ("/gate/recent-totp", ", acr_values=\"2\", max_age=\"300\""),
        ] {
            let refused = ada.client.get(path).await;
            assert_eq!(said(&refused), refusal(403, MISSING), "{path}");
            assert_eq!(asked(&refused), asks, "{path}");
        }
        // Somebody who is signed in without the proof is refused, and is not nobody.
        assert_eq!(ada.client.get("/gate/maybe-mfa").await.status, 403);
        assert_eq!(site.client().get("/gate/maybe-mfa").await.text(), "nobody");

        let mut client = site.client();
        let challenge = site.challenge(&mut client, &ada.email).await;
        let answer = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(client.get("/acr").await.text(), "2 pwd otp mfa");
        for path in ["/gate/mfa", "/gate/maybe-mfa", "/gate/totp", "/gate/recent-totp"] {
            assert_eq!(client.get(path).await.status, 200, "{path}");
        }

        // A code of five minutes ago is not recent, and a password beside it does not help.
        site.after(301);
        let refused = client.get("/gate/recent-totp").await;
        assert_eq!(said(&refused), refusal(403, "Re-authentication required."));
        assert_eq!(asked(&refused), ", acr_values=\"2\", max_age=\"300\"");
        assert_eq!(client.get("/gate/mfa").await.status, 200);
        let refused = client.post_json("/step-up", &json!({ "password": PASSWORD })).await;
        assert_eq!(said(&refused), refusal(403, MISSING));
        let code = json!({ "code": site.code(&ada.secret) });
        let stepped_up = client.post_json("/step-up", &code).await;
        assert_eq!(stepped_up.status, 200, "{}", stepped_up.text());
        assert_eq!(client.get("/gate/recent-totp").await.status, 200);
    }
}

#[tokio::test]
async fn a_step_up_by_a_code_is_a_second_kind_beside_the_password() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        assert_eq!(ada.client.get("/gate/mfa").await.status, 403);
        let wrong = json!({ "code": site.wrong_code(&ada.secret) });
        assert_eq!(said(&ada.client.post_json("/step-up", &wrong).await).0, 401);
        // A recovery code gives no elevated rights.
        let recovery = json!({ "code": ada.recovery_codes[0] });
        assert_ne!(ada.client.post_json("/step-up", &recovery).await.status, 200);
        assert_eq!(ada.client.get("/gate/mfa").await.status, 403);
        let code = json!({ "code": site.code(&ada.secret) });
        assert_eq!(ada.client.post_json("/step-up", &code).await.status, 200);
        assert_eq!(ada.client.get("/gate/mfa").await.status, 200);
        assert_eq!(ada.client.get("/acr").await.text(), "2 pwd otp mfa");
    }
}

#[tokio::test]
async fn a_recovery_code_is_a_second_kind_and_no_code_of_the_app() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        let challenge = site.challenge(&mut client, &ada.email).await;
        let answer = verify(&mut client, &challenge, &ada.recovery_codes[0]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(client.get("/acr").await.text(), "2 pwd otp x-recovery mfa");
        assert_eq!(client.get("/gate/mfa").await.status, 200);
        assert_eq!(said(&client.get("/gate/totp").await), refusal(403, MISSING));
    }
}

#[tokio::test]
async fn tokens_say_both_kinds_and_keep_them_when_they_are_renewed() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        let challenge = challenge_of(&sign_in(&mut client, "/token", &ada.email).await);
        let issued = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        let by = async |answer: &Answer, path: &str| {
            let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
            let mut client = site.client();
            let request = client.request(Method::GET, path).bearer_auth(token);
            client.send(request).await
        };
        assert_eq!(by(&issued, "/acr").await.text(), "2 pwd otp mfa");
        assert_eq!(by(&issued, "/gate/mfa").await.status, 200);
        assert_eq!(by(&issued, "/gate/recent-totp").await.status, 200);
        site.after(301);
        let refresh = json!({ "refresh_token": issued.json()["refresh_token"] });
        let renewed = client.post_json("/refresh", &refresh).await;
        assert_eq!(by(&renewed, "/acr").await.text(), "2 pwd otp mfa");
        assert_eq!(by(&renewed, "/gate/recent-totp").await.status, 403);
        let code = site.code(&ada.secret);
        let refresh = json!({ "refresh_token": renewed.json()["refresh_token"], "code": code });
        let stepped_up = client.post_json("/step-up", &refresh).await;
        assert_eq!(stepped_up.status, 200, "{}", stepped_up.text());
        assert_eq!(by(&stepped_up, "/gate/recent-totp").await.status, 200);
    }
}

#[tokio::test]
async fn a_step_up_by_the_password_makes_no_code_recent() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        let challenge = challenge_of(&sign_in(&mut client, "/token", &ada.email).await);
        let issued = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        site.after(301);
        // Without the factor the account steps up by its password.
        let code = json!({ "code": site.code(&ada.secret) });
        assert_eq!(ada.client.post_json("/mfa/totp/disable", &code).await.status, 200);
        let refresh = issued.json()["refresh_token"].clone();
        let proof = json!({ "refresh_token": refresh, "password": PASSWORD });
        let stepped_up = client.post_json("/step-up", &proof).await;
        assert_eq!(stepped_up.status, 200, "{}", stepped_up.text());
        let token = stepped_up.json()["access_token"].as_str().expect("a token").to_owned();
        let request = client.request(Method::GET, "/gate/recent-totp").bearer_auth(token);
        let refused = client.send(request).await;
        assert_eq!(said(&refused), refusal(403, "Re-authentication required."));
    }
}
