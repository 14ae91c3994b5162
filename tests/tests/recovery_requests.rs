//! The requests for links: what they take, how often they are heard, and what they say.

use std::time::Duration;

use crudauth::{RateLimit, RateLimits, SessionConfig};
use crudauth_tests::support::{Answer, Mailbox, PASSWORD, TestApp};
use serde_json::{Value, json};

const REQUESTS: [&str; 2] = ["/email/verify-request", "/password/reset-request"];

async fn start(mailbox: &Mailbox) -> TestApp {
    TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(RateLimits::default()))
        .await
}

fn budget(answer: &Answer) -> (u16, Option<&str>, Option<&str>) {
    let header = |name| answer.header(name);
    (answer.status.as_u16(), header("x-ratelimit-limit"), header("x-ratelimit-remaining"))
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

#[tokio::test]
async fn each_shows_its_budget_and_then_says_to_wait() {
    for path in REQUESTS {
        let app = start(&Mailbox::default()).await;
        let mut client = app.client();
        for remaining in (0..50).rev() {
            let answer = client.post_json(path, &json!({ "email": "ada@example.com" })).await;
            let remaining = remaining.to_string();
            assert_eq!(budget(&answer), (200, Some("50"), Some(&*remaining)), "{path}");
        }
        let answer = client.post_json(path, &json!({ "email": "eve@example.com" })).await;
        assert_eq!(budget(&answer), (429, Some("50"), Some("0")), "{path}");
        assert_eq!(answer.detail(), "Too many requests. Try again later.");
        assert_eq!(answer.header("retry-after"), Some("3600"));
        assert_eq!(
            app.client().at(2).post_json(path, &json!({ "email": "ada@example.com" })).await.status,
            200
        );
    }
}

/// The kind: what anonymous callers at an address use up of those who are signed in there.
#[tokio::test]
async fn nobody_uses_up_what_a_signed_in_neighbour_may_call() {
    let mailbox = Mailbox::default();
    let limits = RateLimits { register: RateLimit::off(), ..RateLimits::default() };
    let session = SessionConfig::default().management_routes();
    let app = TestApp::with(|builder| {
        builder.email(mailbox.config()).rate_limits(limits).session(session)
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let change = json!({ "new_email": "new@example.com", "password": PASSWORD });
    for path in ["/email/change-request", "/csrf/refresh", "/change-password"] {
        for _ in 0..60 {
            let answer = app.client().post_json(path, &change).await;
            assert_eq!(told(&answer), (401, json!("Not authenticated")), "{path}");
            assert_eq!(budget(&answer), (401, None, None));
        }
    }
    for path in REQUESTS {
        for number in 0..60 {
            let address = format!("nobody{number}@example.com");
            app.client().post_json(path, &json!({ "email": address })).await;
        }
        let answer = app.client().post_json(path, &json!({ "email": "eve@example.com" })).await;
        assert_eq!(answer.status, 429, "{path}");
        let answer = ada.post_json(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(budget(&answer), (200, Some("5"), Some("4")), "{path}");
    }
    assert_eq!(budget(&ada.post("/csrf/refresh").await), (200, Some("30"), Some("29")));
    for remaining in ["2", "1", "0"] {
        let answer = ada.post_json("/email/change-request", &change).await;
        assert_eq!(budget(&answer), (200, Some("3"), Some(remaining)));
    }
    let answer = ada.post_json("/email/change-request", &change).await;
    assert_eq!(told(&answer), (429, json!("Too many requests. Try again later.")));
    assert_eq!(answer.header("retry-after"), Some("3600"));
    let mut bob = app.signed_in("bob").await;
    assert_eq!(bob.post_json("/email/change-request", &change).await.status, 200);
}

/// The kind: flows that each write to the same address.
#[tokio::test(flavor = "multi_thread")]
async fn one_address_is_written_to_so_often_over_all_flows_and_resets_keep_their_part() {
    let mailbox = Mailbox::default();
    let limits = RateLimits { register: RateLimit::off(), ..RateLimits::default() };
    let app = TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(limits)).await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let mut mallory = app.signed_in("mallory").await;
    mailbox.open(&app).await;
    app.clock.advance(Duration::from_secs(3600));

    for number in 0..9 {
        let name = format!("eve{number}");
        app.client().register("ada@example.com", &name, PASSWORD).await;
        let verify = json!({ "email": "ada@example.com" });
        app.client().post_json("/email/verify-request", &verify).await;
        let change = json!({ "new_email": "ada@example.com", "password": PASSWORD });
        mallory.post_json("/email/change-request", &change).await;
    }
    let written: Vec<_> = mailbox.open(&app).await.into_iter().map(|mail| mail.kind).collect();
    assert_eq!(written.len(), 5, "{written:?}");
    for _ in 0..9 {
        let reset = json!({ "email": "ada@example.com" });
        app.client().post_json("/password/reset-request", &reset).await;
    }
    let written: Vec<_> = mailbox.open(&app).await.into_iter().map(|mail| mail.kind).collect();
    assert_eq!(
        written,
        ["reset_password", "reset_password"],
        "these are kept for who is locked out"
    );
    app.clock.advance(Duration::from_secs(3600));
    for _ in 0..9 {
        let reset = json!({ "email": "ada@example.com" });
        app.client().post_json("/password/reset-request", &reset).await;
    }
    assert_eq!(mailbox.open(&app).await.len(), 5, "the cap of the flow");
}

#[tokio::test]
async fn what_they_cannot_read_is_told_by_field() {
    let mailbox = Mailbox::default();
    let app =
        TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(RateLimits::off()))
            .await;
    for path in REQUESTS {
        for (body, kind, field) in [
            (json!({}), "missing", "email"),
            (json!({ "email": 7 }), "string_type", "email"),
            (json!({ "email": "nonsense" }), "value_error", "email"),
            (json!({ "email": "ada@example.com", "redirect_to": 7 }), "string_type", "redirect_to"),
        ] {
            let answer = app.client().post_json(path, &body).await;
            assert_eq!(answer.status, 422, "{path} {body}");
            let entry = &answer.detail()[0];
            assert_eq!(entry["type"], kind, "{path} {body}");
            assert_eq!(entry["loc"], json!(["body", field]), "{path} {body}");
            assert!(entry.get("input").is_none(), "{entry}");
        }
    }
    let confirms = ["/email/verify-confirm", "/password/reset-confirm", "/email/change-confirm"];
    for path in confirms {
        let answer = app.client().post_json(path, &json!({})).await;
        assert_eq!(answer.status, 422, "{path}");
        let missing =
            json!({ "type": "missing", "loc": ["body", "token"], "msg": "Field required" });
        assert_eq!(answer.detail()[0], missing, "{path}");
    }
}

#[tokio::test]
async fn nobody_is_written_who_has_no_account() {
    let mailbox = Mailbox::default();
    let app = start(&mailbox).await;
    for path in REQUESTS {
        let answer = app.client().post_json(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(answer.status, 200);
    }
    assert_eq!(mailbox.open(&app).await, []);
}

/// The limit comes before the fields and after the syntax.
#[tokio::test]
async fn a_request_that_names_nobody_counts_and_one_that_is_no_json_does_not() {
    for path in REQUESTS {
        let app = start(&Mailbox::default()).await;
        let mut client = app.client();
        for _ in 0..3 {
            let malformed = client.request(reqwest::Method::POST, path);
            let malformed = malformed.header("content-type", "application/json").body("{");
            assert_eq!(budget(&client.send(malformed).await), (422, None, None), "{path}");
        }
        for _ in 0..50 {
            let answer = client.post_json(path, &json!({ "email": "nonsense" })).await;
            assert_eq!(budget(&answer), (422, None, None), "{path}");
        }
        let answer = client.post_json(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(answer.status, 429, "{path}");
    }
}
