//! What wrong codes cost.

use serde_json::json;

use crate::site::{PLACES, Place, Site, refusal, said, sign_in, verify};

const LOCKED: &str = "Too many login attempts. Try again later.";

#[tokio::test]
async fn wrong_codes_count_against_the_account_and_fresh_challenges_give_no_fresh_attempts() {
    for place in PLACES {
        let site = Site::open(place).await;
        let ada = site.enrolled("ada@example.com").await;
        let mut client = site.client();
        for attempt in 1..=5 {
            let challenge = site.challenge(&mut client, &ada.email).await;
            let mut elsewhere = site.client().at(100 + attempt);
            let wrong = verify(&mut elsewhere, &challenge, &site.wrong_code(&ada.secret)).await;
            assert_eq!(said(&wrong), refusal(401, "Invalid code"), "{attempt}");
        }
        // The account is locked for the first step, too, and for whoever has a challenge.
        let answer = sign_in(&mut site.client().at(9), "/login", &ada.email).await;
        assert_eq!(said(&answer), refusal(429, LOCKED));
        site.after(61);
        let challenge = site.challenge(&mut client, &ada.email).await;
        assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
    }
}

#[tokio::test]
async fn a_lock_ends_the_challenge() {
    let site = Site::open(Place::Columns).await;
    let ada = site.enrolled("ada@example.com").await;
    let mut client = site.client();
    let mut kept = Vec::new();
    for _ in 0..6 {
        kept.push(site.challenge(&mut client, &ada.email).await);
    }
    for challenge in &kept[..5] {
        let wrong = verify(&mut client, challenge, &site.wrong_code(&ada.secret)).await;
        assert_eq!(wrong.status, 401);
    }
    let locked = verify(&mut client, &kept[5], &site.code(&ada.secret)).await;
    assert_eq!(said(&locked), refusal(429, LOCKED));
    assert!(locked.header("retry-after").is_some());
    site.after(61);
    let ended = verify(&mut client, &kept[5], &site.code(&ada.secret)).await;
    assert_eq!(said(&ended), refusal(400, "Invalid or expired MFA challenge"));
}

#[tokio::test]
async fn right_passwords_without_a_code_lock_nobody_out() {
    let site = Site::open(Place::Columns).await;
    let ada = site.enrolled("ada@example.com").await;
    let mut client = site.client();
    for _ in 0..20 {
        site.challenge(&mut client, &ada.email).await;
    }
    let challenge = site.challenge(&mut client, &ada.email).await;
    assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
}

/// A session that was stolen guesses at codes with the password in hand, which takes the failures of the
/// account back. The codes of the app are counted by themselves.
#[tokio::test]
async fn after_a_hundred_wrong_codes_in_a_row_the_app_proves_nothing_until_a_recovery_code_does() {
    for place in PLACES {
        let site = Site::open(place).await;
        let mut ada = site.enrolled("ada@example.com").await;
        let disable = "/mfa/totp/disable";
        for guess in 1..=100 {
            if guess % 4 == 0 {
                site.after(3600);
                // The right password ends the row of the lockout.
                let body = json!({ "password": crudauth_tests::support::PASSWORD });
                let answer = ada.client.post_json("/mfa/totp/setup", &body).await;
                assert_eq!(answer.status, 400, "{}", answer.text());
            }
            let wrong = json!({ "code": site.wrong_code(&ada.secret) });
            let answer = ada.client.post_json(disable, &wrong).await;
            assert_eq!(answer.status, 401, "{guess}: {}", answer.text());
        }
        site.after(3600);
        let right = json!({ "code": site.code(&ada.secret) });
        assert_eq!(ada.client.post_json(disable, &right).await.status, 401, "it is right");
        let mut client = site.client();
        let challenge = site.challenge(&mut client, &ada.email).await;
        let right = verify(&mut client, &challenge, &site.code(&ada.secret)).await;
        assert_eq!(right.status, 401, "it is right");
        let recovered = verify(&mut client, &challenge, &ada.recovery_codes[0]).await;
        assert_eq!(recovered.status, 200, "{}", recovered.text());
        let challenge = site.challenge(&mut client, &ada.email).await;
        assert_eq!(verify(&mut client, &challenge, &site.code(&ada.secret)).await.status, 200);
    }
}
