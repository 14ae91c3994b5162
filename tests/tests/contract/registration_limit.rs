//! `POST /register`: how often.

use crudauth::RateLimit;
use crudauth_tests::support::Client;
use serde_json::json;

use super::{Answer, PASSWORD, TestApp, detail, whole};

async fn start() -> TestApp {
    TestApp::with(|builder| builder.register_limit(RateLimit::per_hour(5))).await
}

async fn sign_up(client: &mut Client, name: &str) -> Answer {
    client.register(&format!("{name}@example.com"), name, PASSWORD).await
}

fn limits(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (answer.header("x-ratelimit-limit"), answer.header("x-ratelimit-remaining"))
}

#[tokio::test]
async fn five_an_hour_and_the_sixth_is_told_when() {
    let app = start().await;
    let mut client = app.client();
    for (name, left) in [("a", "4"), ("b", "3"), ("c", "2"), ("d", "1"), ("e", "0")] {
        let answer = sign_up(&mut client, name).await;
        assert_eq!(answer.status, 200);
        assert_eq!(limits(&answer), (Some("5"), Some(left)));
        app.after(60);
    }
    let answer = sign_up(&mut client, "f").await;
    assert_eq!(whole(&answer), detail(429, "Too many requests. Try again later."));
    assert_eq!(limits(&answer), (Some("5"), Some("0")));
    assert_eq!(answer.header("retry-after"), Some("3300"), "an hour after the first");
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["5"]);

    app.after(3299);
    assert_eq!(sign_up(&mut client, "f").await.header("retry-after"), Some("1"));
    app.after(1);
    assert_eq!(limits(&sign_up(&mut client, "f").await), (Some("5"), Some("4")));
}

#[tokio::test]
async fn each_address_has_its_own_window() {
    let app = start().await;
    let mut client = app.client();
    for name in ["a", "b", "c", "d", "e"] {
        assert_eq!(sign_up(&mut client, name).await.status, 200);
    }
    assert_eq!(sign_up(&mut client, "f").await.status, 429);
    let forged = client.request(reqwest::Method::POST, "/register");
    let forged = forged.header("x-forwarded-for", "10.1.2.3").header("forwarded", "for=10.1.2.3");
    let body = json!({"email": "f@example.com", "username": "f", "password": PASSWORD});
    assert_eq!(client.send(forged.json(&body)).await.status, 429, "no header moves a client");
    assert_eq!(sign_up(&mut app.client().at(2), "f").await.status, 200);
}

#[tokio::test]
async fn only_what_could_create_a_user_is_counted() {
    let app = start().await;
    let mut client = app.client();
    for body in [
        json!({}),
        json!({"email": "x", "username": "x", "password": PASSWORD}),
        json!({"email": "x@example.com", "username": "x", "password": "short"}),
        json!({"email": "x@example.com", "username": "x", "password": "password"}),
        json!([]),
    ] {
        for _ in 0..3 {
            let answer = client.post_json("/register", &body).await;
            assert_eq!((answer.status.as_u16(), limits(&answer)), (422, (None, None)));
        }
    }
    assert_eq!(limits(&sign_up(&mut client, "a").await).1, Some("4"));
    let taken = sign_up(&mut client, "a").await;
    assert_eq!((taken.status.as_u16(), limits(&taken)), (422, (None, None)));
    assert_eq!(limits(&sign_up(&mut client, "b").await).1, Some("2"), "a duplicate is counted");
}

#[tokio::test]
async fn a_refused_call_costs_no_hash() {
    let app = start().await;
    let mut client = app.client();
    for name in ["a", "b", "c", "d", "e"] {
        sign_up(&mut client, name).await;
    }
    let before = app.hasher.computed();
    sign_up(&mut client, "f").await;
    assert_eq!(app.hasher.computed(), before);
}
