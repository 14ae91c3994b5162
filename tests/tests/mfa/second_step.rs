//! `POST /mfa/verify` and `POST /mfa/challenge`.

use http::Method;
use serde_json::{Value, json};

use crate::site::{PLACES, Place, Site, challenge_of, refusal, said, sign_in, verify};

const INVALID: &str = "Invalid or expired MFA challenge";

#[tokio::test]
async fn the_answer_is_that_of_the_first_step_and_keeps_its_options() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        for remember in ["false", "true"] {
            let mut client = site.client();
            let form = [
                ("username", &*ada.email),
                ("password", crudauth_tests::support::PASSWORD),
                ("remember_me", remember),
            ];
            let challenge = challenge_of(&client.post_form("/login", &form).await);
            let body = json!({
                "challenge": challenge, "code": site.code(&ada.secret),
                // What is not asked here says nothing.
                "remember_me": "true", "credential": {},
            });
            let answer = client.post_json("/mfa/verify", &body).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
            assert_eq!(answer.header("cache-control"), Some("no-store"));
            let session = answer.set_cookies().into_iter().find(|it| it.contains("session_id"));
            let session = session.expect("a session").to_owned();
            assert_eq!(session.contains("Max-Age"), remember == "true", "{session}");
            assert_eq!(client.get("/me").await.json()["via"], "session");
            site.after(60);
        }
        let mut client = site.client();
        let answer = sign_in(&mut client, "/token", &ada.email).await;
        assert!(answer.set_cookies().is_empty() && answer.json()["access_token"].is_null());
        let answer = verify(&mut client, &challenge_of(&answer), &site.code(&ada.secret)).await;
        let token = answer.json()["access_token"].as_str().expect("a token").to_owned();
        let request = client.request(Method::GET, "/me").bearer_auth(token);
        assert_eq!(site.client().send(request).await.json()["via"], "bearer");
    }
}

#[tokio::test]
async fn a_challenge_serves_once_for_five_minutes_and_the_same_credentials() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        for unknown in ["", "x", &"A".repeat(43), &"A".repeat(5000), "\0"] {
            let answer = verify(&mut client, unknown, &site.code(&ada.secret)).await;
            assert_eq!(said(&answer), refusal(400, INVALID), "{unknown:.5}");
        }
        for body in [json!({}), json!({"challenge": 1, "code": "1"}), json!({"challenge": "x"})] {
            assert_eq!(client.post_json("/mfa/verify", &body).await.status, 422, "{body}");
        }
        // Used.
        let challenge = site.challenge(&mut client, &ada.email).await;
        assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
        site.after(30);
        let again = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(said(&again), refusal(400, INVALID));
        // Too old, also where attempts were made meanwhile.
        let challenge = site.challenge(&mut client, &ada.email).await;
        site.after(299);
        let wrong = verify(&mut client, &challenge, &site.wrong_code(&ada.secret)).await;
        assert_eq!(wrong.status, 401);
        site.after(2);
        let late = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(said(&late), refusal(400, INVALID));
        // Other credentials.
        let challenge = site.challenge(&mut client, &ada.email).await;
        site.database.execute("UPDATE members SET token_version = token_version + 1").await;
        let moved = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(said(&moved), refusal(400, INVALID));
        // Disabled, and gone.
        for sql in ["UPDATE members SET is_active = FALSE", "DELETE FROM members"] {
            site.database.execute("UPDATE members SET is_active = TRUE").await;
            site.after(300);
            let challenge = site.challenge(&mut client, &ada.email).await;
            site.database.execute(sql).await;
            let body = json!({ "challenge": challenge });
            let shown = client.post_json("/mfa/challenge", &body).await;
            assert_eq!(said(&shown), refusal(400, INVALID), "{sql}");
            let answer = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
            assert_eq!(said(&answer), refusal(400, INVALID), "{sql}");
        }
    }
}

#[tokio::test]
async fn five_codes_are_looked_at_and_showing_the_setup_counts_none() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        let challenge = site.challenge(&mut client, &ada.email).await;
        for _ in 0..10 {
            let body = json!({ "challenge": challenge });
            let shown = client.post_json("/mfa/challenge", &body).await.json();
            assert_eq!(shown, json!({ "setup": Value::Null }));
        }
        for attempt in 1..=5 {
            let wrong = verify(&mut client, &challenge, &site.wrong_code(&ada.secret)).await;
            assert_eq!(wrong.status, 401, "{attempt}: {}", wrong.text());
            // The lockout counts five in a minute.
            site.after(55);
        }
        let right = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(said(&right), refusal(400, INVALID), "they are used up");
        let challenge = site.challenge(&mut client, &ada.email).await;
        assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
    }
}

#[tokio::test]
async fn a_page_of_another_site_completes_no_sign_in_by_cookies() {
    let site = Site::open(Place::Columns).await;
    let ada = site.enrolled("ada@example.com").await;
    let mut client = site.client();
    for (path, status) in [("/login", 403), ("/token", 200)] {
        let challenge = challenge_of(&sign_in(&mut client, path, &ada.email).await);
        let body = json!({ "challenge": challenge, "code": site.code(&ada.secret) });
        let request = client.request(Method::POST, "/mfa/verify").json(&body);
        let answer = client.send(request.header("sec-fetch-site", "cross-site")).await;
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        if status == 403 {
            assert_eq!(said(&answer).1, "Cross-site login requests are not allowed.");
            assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
            site.after(60);
        }
    }
}
