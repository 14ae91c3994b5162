//! The requests for links: what they take, how often they are heard, and what they say.

use crudauth::{RateLimit, RateLimits};
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
        for remaining in ["4", "3", "2", "1", "0"] {
            let answer = client.post_json(path, &json!({ "email": "ada@example.com" })).await;
            assert_eq!(budget(&answer), (200, Some("5"), Some(remaining)), "{path}");
        }
        let answer = client.post_json(path, &json!({ "email": "eve@example.com" })).await;
        assert_eq!(budget(&answer), (429, Some("5"), Some("0")), "{path}");
        assert_eq!(answer.detail(), "Too many requests. Try again later.");
        assert_eq!(answer.header("retry-after"), Some("3600"));
        assert_eq!(
            app.client().at(2).post_json(path, &json!({ "email": "ada@example.com" })).await.status,
            200
        );
    }
}

#[tokio::test]
async fn a_change_of_address_is_limited_by_address_whoever_asks() {
    let mailbox = Mailbox::default();
    let limits = RateLimits { register: RateLimit::off(), ..RateLimits::default() };
    let app = TestApp::with(|builder| builder.email(mailbox.config()).rate_limits(limits)).await;
    let mut ada = app.signed_in("ada").await;
    let path = "/email/change-request";
    let body = json!({ "new_email": "new@example.com", "password": PASSWORD });
    let answer = ada.post_json(path, &body).await;
    assert_eq!(budget(&answer), (200, Some("3"), Some("2")));
    for _ in 0..2 {
        let answer = app.client().post_json(path, &body).await;
        assert_eq!(told(&answer), (401, json!("Not authenticated")));
        assert_eq!(budget(&answer), (401, None, None));
    }
    let answer = ada.post_json(path, &body).await;
    assert_eq!(told(&answer), (429, json!("Too many requests. Try again later.")));
    assert_eq!(answer.header("retry-after"), Some("3600"));
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
        for _ in 0..5 {
            let answer = client.post_json(path, &json!({ "email": "nonsense" })).await;
            assert_eq!(budget(&answer), (422, None, None), "{path}");
        }
        let answer = client.post_json(path, &json!({ "email": "ada@example.com" })).await;
        assert_eq!(answer.status, 429, "{path}");
    }
}
