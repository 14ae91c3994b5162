//! The flows by link over a real port.

#![expect(clippy::unwrap_used, reason = "a helper of a test fails as the test does")]

use std::sync::Arc;
use std::time::Duration;

use crudauth::{HookContext, RateLimits};
use crudauth_tests::support::{Answer, Client, Mail, Mailbox, PASSWORD, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::sync::Barrier;

const NEW: &str = "a much better passphrase";
const INVALID: &str = "Invalid or expired token";
const USED: &str = "Token already used";

async fn start(mailbox: &Mailbox) -> TestApp {
    TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(RateLimits::off())).await
}

/// Signed in, with the mail of the sign-up out of the way.
async fn ada(app: &TestApp, mailbox: &Mailbox) -> Client {
    let ada = app.signed_in("ada").await;
    mailbox.open(app).await;
    ada
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

fn refused(text: &str) -> (u16, Value) {
    (400, json!(text))
}

async fn ask(app: &TestApp, mailbox: &Mailbox, path: &str) -> Mail {
    let answer = app.client().post_json(path, &json!({ "email": "ada@example.com" })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    mailbox.only(app).await
}

async fn confirm(app: &TestApp, path: &str, token: &str) -> Answer {
    let body = json!({ "token": token, "new_password": NEW });
    app.client().post_json(path, &body).await
}

const VERIFY: (&str, &str) = ("/email/verify-request", "/email/verify-confirm");
const RESET: (&str, &str) = ("/password/reset-request", "/password/reset-confirm");
const CHANGE: (&str, &str) = ("/email/change-request", "/email/change-confirm");

async fn ask_change(client: &mut Client, new: &str) -> Answer {
    client.post_json(CHANGE.0, &json!({ "new_email": new, "password": PASSWORD })).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_is_verified_by_its_link_once() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.get("/verified").await.status, 403);

    let mail = mailbox.only(&app).await;
    assert_eq!((&*mail.to, &*mail.kind), ("ada@example.com", "verify_email"));
    assert!(
        mail.link.as_deref().unwrap().starts_with("https://app.example.com/verify-email?token=")
    );
    let answer = confirm(&app, VERIFY.1, mail.token()).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.text()),
        (200, r#"{"detail":"Verified successfully."}"#)
    );
    assert_eq!(ada.get("/verified").await.status, 200);

    assert_eq!(told(&confirm(&app, VERIFY.1, mail.token()).await), refused(USED));
    let again = app.client().post_json(VERIFY.0, &json!({ "email": "ada@example.com" })).await;
    assert_eq!(again.status, 200);
    assert_eq!(mailbox.open(&app).await, [], "who is verified is not written");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_ends_every_session_and_works_once() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    let mail = ask(&app, &mailbox, RESET.0).await;
    assert_eq!((&*mail.to, &*mail.kind), ("ada@example.com", "reset_password"));
    assert!(
        mail.link.as_deref().unwrap().starts_with("https://app.example.com/reset-password?token=")
    );

    let short = json!({ "token": mail.token(), "new_password": "short" });
    let answer = app.client().post_json(RESET.1, &short).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.detail()[0]["loc"], json!(["body", "new_password"]));
    let answer =
        app.client().post_json(RESET.1, &json!({ "token": "x", "new_password": "short" })).await;
    assert_eq!(told(&answer), refused(INVALID), "the token comes before the policy");

    let answer = confirm(&app, RESET.1, mail.token()).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.text()),
        (200, r#"{"detail":"Password reset successfully."}"#)
    );
    assert_eq!(ada.get("/me").await.status, 401);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 401);
    let mut back = app.client();
    assert_eq!(back.login("ada", NEW).await.status, 200);
    assert_eq!(back.get("/verified").await.status, 200, "the link has proved the address");
    assert_eq!(mailbox.only(&app).await.kind, "password_changed");
    assert_eq!(told(&confirm(&app, RESET.1, mail.token()).await), refused(INVALID));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_lifts_the_lockout_of_its_account_and_no_other() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    app.client().register("bea@example.com", "bea", PASSWORD).await;
    mailbox.open(&app).await;
    for number in 0..100 {
        app.client().at(7).login(&format!("nobody{number}"), "a guess of a stranger").await;
    }
    for (host, name) in [(9, "ada"), (8, "bea")] {
        for _ in 0..6 {
            app.client().at(host).login(name, "a guess of a stranger").await;
        }
        assert_eq!(app.client().at(host + 10).login(name, PASSWORD).await.status, 429);
    }

    let mail = ask(&app, &mailbox, RESET.0).await;
    assert_eq!(confirm(&app, RESET.1, "x").await.status, 400);
    assert_eq!(app.client().login("ada", PASSWORD).await.status, 429, "no token, no lift");
    assert_eq!(confirm(&app, RESET.1, mail.token()).await.status, 200);
    assert_eq!(app.client().login("ada", NEW).await.status, 200, "the owner is back");
    assert_eq!(app.client().login("bea", PASSWORD).await.status, 429);
    assert_eq!(app.client().at(7).login("ada", NEW).await.status, 429, "addresses stay locked");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_reset_links_one_works() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let first = ask(&app, &mailbox, RESET.0).await;
    app.clock.advance(Duration::from_secs(1));
    let second = ask(&app, &mailbox, RESET.0).await;
    assert_ne!(first.token(), second.token());
    assert_eq!(confirm(&app, RESET.1, first.token()).await.status, 200);
    assert_eq!(told(&confirm(&app, RESET.1, second.token()).await), refused(INVALID));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_changed_by_the_new_mailbox_and_the_old_one_is_told() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    let wrong = json!({ "new_email": "new@example.com", "password": "wrong" });
    assert_eq!(told(&ada.post_json(CHANGE.0, &wrong).await), refused("Incorrect password"));
    let answer = ask_change(&mut ada, "ADA@example.com").await;
    assert_eq!(told(&answer), refused("New email matches current email"));
    let answer = ask_change(&mut ada, "no address").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.detail()[0]["loc"]),
        (422, &json!(["body", "new_email"]))
    );
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    assert_eq!(app.client().post_json(CHANGE.0, &body).await.status, 401);
    let unguarded = ada.request(Method::POST, CHANGE.0).json(&body);
    assert_eq!(ada.send(unguarded).await.status, 403);

    let answer = ask_change(&mut ada, "New@Example.com").await;
    assert_eq!(
        told(&answer),
        (200, json!("If the address is available, a confirmation email has been sent."))
    );
    let mail = mailbox.only(&app).await;
    assert_eq!((&*mail.to, &*mail.kind), ("new@example.com", "change_email"));
    assert!(
        mail.link
            .as_deref()
            .unwrap()
            .starts_with("https://app.example.com/confirm-email-change?token=")
    );

    let answer = confirm(&app, CHANGE.1, mail.token()).await;
    assert_eq!(
        (answer.status.as_u16(), &*answer.text()),
        (200, r#"{"detail":"Email changed successfully."}"#)
    );
    assert_eq!(ada.get("/me").await.json()["email"], "new@example.com");
    assert_eq!(ada.get("/verified").await.status, 200);
    let notice = mailbox.only(&app).await;
    assert_eq!((&*notice.to, &*notice.kind), ("ada@example.com", "email_changed"));
    assert_eq!(told(&confirm(&app, CHANGE.1, mail.token()).await), refused(INVALID));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_is_taken_meanwhile_keeps_the_token() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    ask_change(&mut ada, "new@example.com").await;
    let mail = mailbox.only(&app).await;
    app.client().register("new@example.com", "newcomer", PASSWORD).await;
    let answer = confirm(&app, CHANGE.1, mail.token()).await;
    assert_eq!(told(&answer), (422, json!("Email already in use")));
    let sql = "UPDATE accounts SET email_address = 'gone@example.com' WHERE username = 'newcomer'";
    app.execute(sql).await;
    assert_eq!(confirm(&app, CHANGE.1, mail.token()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn links_end_with_their_time() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    let reset = ask(&app, &mailbox, RESET.0).await;
    let verify = ask(&app, &mailbox, VERIFY.0).await;
    ask_change(&mut ada, "new@example.com").await;
    let change = mailbox.only(&app).await;

    app.clock.advance(Duration::from_secs(3600));
    assert_eq!(told(&confirm(&app, RESET.1, reset.token()).await), refused(INVALID));
    app.clock.advance(Duration::from_secs(23 * 3600));
    assert_eq!(told(&confirm(&app, VERIFY.1, verify.token()).await), refused(INVALID));
    assert_eq!(told(&confirm(&app, CHANGE.1, change.token()).await), refused(INVALID));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_for_one_purpose_serves_no_other() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    let reset = ask(&app, &mailbox, RESET.0).await;
    let verify = ask(&app, &mailbox, VERIFY.0).await;
    ask_change(&mut ada, "new@example.com").await;
    let change = mailbox.only(&app).await;
    let tokens = [(RESET.1, &reset), (VERIFY.1, &verify), (CHANGE.1, &change)];
    for (own, mail) in &tokens {
        for (path, _) in &tokens {
            if path != own {
                assert_eq!(told(&confirm(&app, path, mail.token()).await), refused(INVALID));
            }
        }
    }
    for path in [RESET.1, VERIFY.1, CHANGE.1] {
        for forged in ["", "x", "~~~~", &"A".repeat(300), "eyJhbGciOiJub25lIn0.e30."] {
            assert_eq!(told(&confirm(&app, path, forged).await), refused(INVALID));
        }
        let answer = app.client().post_json(path, &json!({ "token": 7 })).await;
        assert_eq!(answer.status, 422);
    }
    // Nothing of this has spent any of them.
    assert_eq!(confirm(&app, VERIFY.1, verify.token()).await.status, 200);
    assert_eq!(confirm(&app, RESET.1, reset.token()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redirect_comes_back_if_it_stays_at_home() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        let email = mailbox.config().redirect_origin("https://shop.example.com");
        builder.email(email).rate_limits(RateLimits::off())
    })
    .await;
    ada(&app, &mailbox).await;
    for (target, kept) in [
        ("/settings?tab=1", true),
        ("https://app.example.com/home", true),
        ("https://shop.example.com/basket", true),
        ("//evil.example", false),
        ("https://evil.example/", false),
        ("/\\evil.example", false),
        ("javascript:alert(1)", false),
    ] {
        app.execute("UPDATE accounts SET email_verified = FALSE").await;
        let body = json!({ "email": "ada@example.com", "redirect_to": target });
        assert_eq!(app.client().post_json(VERIFY.0, &body).await.status, 200, "{target}");
        let mail = mailbox.only(&app).await;
        let answer = confirm(&app, VERIFY.1, mail.token()).await.json();
        let expected = if kept { json!(target) } else { Value::Null };
        assert_eq!(answer["redirect_to"], expected, "{target}");
        assert_eq!(answer.as_object().unwrap().contains_key("redirect_to"), kept);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_host_is_in_no_link() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut client = ada(&app, &mailbox).await;
    for path in [VERIFY.0, RESET.0] {
        for header in
            ["host", "x-forwarded-host", "forwarded", "x-original-host", "origin", "referer"]
        {
            let hostile = if header == "forwarded" { "host=evil.example" } else { "evil.example" };
            let request = app.client().request(Method::POST, path);
            let request =
                request.header(header, hostile).json(&json!({ "email": "ada@example.com" }));
            let answer = client.send(request).await;
            assert_eq!(answer.status, 200);
            let link = mailbox.only(&app).await.link.unwrap();
            assert!(
                link.starts_with("https://app.example.com/") && !link.contains("evil"),
                "{link}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn looking_at_a_link_does_not_spend_it() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    let mail = ask(&app, &mailbox, RESET.0).await;
    let mut scanner = app.client();
    for method in [Method::HEAD, Method::GET, Method::GET, Method::OPTIONS] {
        let path = format!("{}?token={}", RESET.1, mail.token());
        let request = scanner.request(method, &path);
        assert_eq!(scanner.send(request).await.status, 405);
    }
    assert_eq!(confirm(&app, RESET.1, mail.token()).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_written_so_often_and_an_asker_heard_so_often() {
    // Of the messages of all flows some are kept for resets, and none for anything else.
    for (path, sent, of_the_other) in [(VERIFY.0, "email_verify", 1), (RESET.0, "reset", 0)] {
        let mailbox = Mailbox::default();
        let app = TestApp::with(|builder| {
            let limits = RateLimits {
                existing_account_notice: crudauth::RateLimit::off(),
                ..RateLimits::default()
            };
            builder.email(mailbox.config()).rate_limits(limits)
        })
        .await;
        app.execute(
            "INSERT INTO accounts (email_address, username, pw_hash, is_admin, is_active, \
                 email_verified, token_version, tier_id) \
                 VALUES ('ada@example.com', 'ada', NULL, FALSE, TRUE, FALSE, 0, 1)",
        )
        .await;
        let mut asker = app.client();
        for spelling in [
            "ada@example.com",
            "ADA@example.com",
            " ada@Example.com",
            "ada@example.com",
            "Ada@example.com",
        ] {
            let answer = asker.post_json(path, &json!({ "email": spelling })).await;
            assert_eq!(answer.status, 200, "{sent}");
        }
        assert_eq!(mailbox.open(&app).await.len(), 5);
        for _ in 5..50 {
            let answer = asker.post_json(path, &json!({ "email": "ada@example.com" })).await;
            assert_eq!(answer.status, 200, "{sent}");
        }
        assert_eq!(mailbox.open(&app).await, [], "silence");
        let answer = asker.post_json(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(told(&answer), (429, json!("Too many requests. Try again later.")));
        assert!(answer.header("retry-after").is_some());
        // By the service, as from another address: silence.
        let (recovery, none) = (app.auth.recovery().unwrap(), HookContext::default());
        recovery.request_verification("ada@example.com", None, &none).await.unwrap();
        recovery.request_reset("ada@example.com", None, &none).await.unwrap();
        assert_eq!(mailbox.open(&app).await.len(), of_the_other, "{sent}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signed_in_client_guesses_five_times() {
    let mailbox = Mailbox::default();
    let app = TestApp::with(|builder| {
        let limits = RateLimits {
            email_change_password: RateLimits::default().email_change_password,
            ..RateLimits::off()
        };
        builder.email(mailbox.config()).rate_limits(limits)
    })
    .await;
    let mut ada = ada(&app, &mailbox).await;
    for _ in 0..5 {
        let wrong = json!({ "new_email": "new@example.com", "password": "wrong" });
        assert_eq!(ada.post_json(CHANGE.0, &wrong).await.status, 400);
    }
    assert_eq!(ask_change(&mut ada, "new@example.com").await.status, 429);
}

/// 16 clients at once, 50 times: one of them gets what they all ask for.
async fn race(app: &TestApp, path: &'static str, token: &str) {
    let gate = Arc::new(Barrier::new(16));
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (mut client, gate, token) = (app.client(), Arc::clone(&gate), token.to_owned());
            tokio::spawn(async move {
                gate.wait().await;
                client.post_json(path, &json!({ "token": token, "new_password": NEW })).await
            })
        })
        .collect();
    let mut won = 0;
    for task in tasks {
        let answer = task.await.unwrap();
        match answer.status.as_u16() {
            200 => won += 1,
            400 => assert!([USED, INVALID].contains(&answer.detail().as_str().unwrap())),
            other => panic!("{other}: {}", answer.text()),
        }
    }
    assert_eq!(won, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_verifications_one_works() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    for _ in 0..50 {
        app.execute("UPDATE accounts SET email_verified = FALSE").await;
        let mail = ask(&app, &mailbox, VERIFY.0).await;
        race(&app, VERIFY.1, mail.token()).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_resets_one_works() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    ada(&app, &mailbox).await;
    for _ in 0..50 {
        let mail = ask(&app, &mailbox, RESET.0).await;
        race(&app, RESET.1, mail.token()).await;
        assert_eq!(mailbox.open(&app).await.len(), 1, "one notice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_changes_of_address_one_works() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    let mut ada = ada(&app, &mailbox).await;
    for round in 0..50 {
        ask_change(&mut ada, &format!("ada{round}@example.com")).await;
        let mail = mailbox.only(&app).await;
        race(&app, CHANGE.1, mail.token()).await;
        assert_eq!(mailbox.open(&app).await.len(), 1, "one notice");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_delivery_there_are_no_such_routes() {
    let app = TestApp::start().await;
    for path in [VERIFY.0, VERIFY.1, RESET.0, RESET.1, CHANGE.0, CHANGE.1] {
        assert_eq!(app.client().post_json(path, &json!({})).await.status, 404, "{path}");
    }
}
