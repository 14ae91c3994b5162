//! The surface `/tuned`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::Full;
use crate::visitor::{PASSWORD, detail, seen, shapes, told};

async fn wait(seconds: u64) {
    tokio::time::sleep(Duration::from_secs(seconds)).await;
}

#[tokio::test]
async fn a_sign_up_needs_no_mail_and_a_better_password() {
    let full = Full::start();
    let unmet = |answer: &crudauth_tests::support::Answer| {
        assert_eq!(answer.status, 422);
        let entries = answer.detail().as_array().cloned().unwrap_or_default();
        let texts =
            entries.iter().map(|entry| entry["msg"].as_str().unwrap_or_default().to_owned());
        texts.collect::<Vec<_>>()
    };
    for (password, expected) in [
        (
            "lovelace",
            &[
                "String should have at least 12 characters",
                "Password should contain an uppercase letter",
                "Password should contain a digit",
                "Password should contain a special character",
            ][..],
        ),
        ("analytical engine, 1842", &["Password should contain an uppercase letter"]),
        ("Miss ADA has 1 engine", &["Password must not contain the username"]),
    ] {
        let answer = full.tuned().register("ada", json!({ "password": password })).await;
        assert_eq!(unmet(&answer), expected, "{password}");
    }
    let answer = full.tuned().register("ada", json!({})).await;
    let created = json!({ "id": 1, "email": "ada@example.com", "username": "ada" });
    assert_eq!(told(&answer), (200, created));
    let answer = full.tuned().register("ada", json!({ "email": "b@example.com" })).await;
    assert_eq!(told(&answer), detail(422, "Username already taken"));
    let answer = full.tuned().register("eve", json!({ "email": "ada@example.com" })).await;
    assert_eq!(told(&answer), detail(422, "Email already registered"));

    let mut ada = full.tuned();
    ada.login("ada", PASSWORD).await;
    let change = json!({ "current_password": PASSWORD, "new_password": "Miss Ada has 1 engine" });
    let answer = ada.post("/change-password", change).await;
    assert_eq!(unmet(&answer), ["Password must not contain the username"]);
}

#[tokio::test]
async fn its_cookies_have_names_of_their_own() {
    let full = Full::start();
    let mut ada = full.tuned();
    ada.register("ada", json!({})).await;
    let answer = ada.login("ada", PASSWORD).await;
    assert_eq!(
        shapes(&answer),
        [
            "tuned_session=*; HttpOnly; Path=/; SameSite=lax",
            "tuned_csrf=*; Path=/; SameSite=lax",
            "tuned_device=*; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax",
        ]
    );
    assert_eq!(told(&ada.get("/dashboard").await), seen(200, 1, "session"));
    assert_eq!(told(&ada.get("/optional").await), seen(200, 1, "session"));

    let answer = full.tuned().form("/token", &[("username", "ada"), ("password", PASSWORD)]).await;
    assert_eq!(
        shapes(&answer)[0],
        "refresh_token=*; HttpOnly; Max-Age=2592000; Path=/tuned; SameSite=lax"
    );
    let keys: Vec<_> = answer.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["access_token", "token_type"]);
}

#[tokio::test]
async fn a_token_comes_first_and_is_renewed_after_three_seconds() {
    let full = Full::start();
    let mut program = full.tuned();
    program.register("ada", json!({})).await;
    let tokens = program.token("ada", "").await;
    let refresh = program.client.cookies["refresh_token"].clone();
    program = program.with_token(tokens["access_token"].as_str().expect("a token"));
    let mut both = full.tuned();
    both.login("ada", PASSWORD).await;
    both.token = Some("tampered".to_owned());
    assert_eq!(told(&both.get("/dashboard").await), detail(401, "Invalid token"));
    both.token = program.token.clone();
    assert_eq!(told(&both.get("/dashboard").await), seen(200, 1, "bearer"));
    assert_eq!(told(&program.get("/dashboard").await), seen(200, 1, "bearer"));

    wait(4).await;
    assert_eq!(told(&program.get("/dashboard").await), detail(401, "Not authenticated"));
    let anonymous = (200, json!({ "user_id": null, "via": null }));
    assert_eq!(told(&program.get("/optional").await), anonymous);
    assert_eq!(
        told(&both.get("/dashboard").await),
        seen(200, 1, "session"),
        "an expired one is absent"
    );

    program.client.cookies.insert("refresh_token".to_owned(), refresh.clone());
    let answer = program.post("/refresh", Value::Null).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_ne!(program.client.cookies["refresh_token"], refresh);
    let renewed = answer.json()["access_token"].as_str().expect("a token").to_owned();
    assert_eq!(told(&program.with_token(&renewed).get("/dashboard").await), seen(200, 1, "bearer"));
}

#[tokio::test]
async fn a_user_has_two_sessions() {
    let full = Full::start();
    let mut first = full.tuned().signed_in("ada").await;
    let mut site = full.visitor();
    site.login("ada", PASSWORD).await;
    let mut second = full.tuned();
    second.login("ada", PASSWORD).await;
    let mut third = full.tuned();
    third.login("ada", PASSWORD).await;
    let mut statuses = Vec::new();
    for visitor in [&mut first, &mut second, &mut third] {
        statuses.push(visitor.get("/dashboard").await.status.as_u16());
    }
    assert_eq!(statuses, [401, 200, 200]);
    let listed = site.get("/sessions").await.json();
    assert_eq!(
        listed.as_array().map(Vec::len),
        Some(1),
        "those of a surface are its own: {listed}"
    );
}

#[tokio::test]
async fn three_guesses_in_five_seconds_lock_for_five_seconds() {
    let full = Full::start();
    full.tuned().register("ada", json!({})).await;
    let wrong = detail(401, "Incorrect username or password");
    let mut eve = full.tuned();
    for _ in 0..3 {
        assert_eq!(told(&eve.login("ada", "wrong").await), wrong);
    }
    let answer = eve.login("ada", PASSWORD).await;
    assert_eq!(told(&answer), detail(429, "Too many login attempts. Try again later."));
    let seconds = answer.header("retry-after").and_then(|it| it.parse::<u64>().ok());
    assert!(seconds.is_some_and(|seconds| (1..=5).contains(&seconds)), "{seconds:?}");
    assert_eq!(full.visitor().login("ada", PASSWORD).await.status, 429, "another surface");

    wait(6).await;
    assert_eq!(eve.login("ada", PASSWORD).await.status, 200);
}

#[tokio::test]
async fn neither_surface_knows_what_the_other_issued() {
    let full = Full::start();
    let mut site = full.visitor().signed_in("ada").await;
    let token = site.token("ada", "").await;
    let mut tuned = full.tuned();
    tuned.client.cookies = site.client.cookies.clone();
    assert_eq!(told(&tuned.get("/dashboard").await), detail(401, "Not authenticated"));
    let mut program = full.tuned().with_token(token["access_token"].as_str().expect("a token"));
    assert_eq!(told(&program.get("/optional").await), detail(401, "Invalid token"));

    // In one browser they do not get into each other's way, and one logout leaves the other.
    tuned.login("ada", PASSWORD).await;
    site.client.cookies = tuned.client.cookies.clone();
    assert_eq!(site.get("/dashboard").await.status, 200);
    assert_eq!(tuned.get("/dashboard").await.status, 200);
    assert_eq!(site.post("/logout", Value::Null).await.status, 200);
    assert_eq!(site.get("/dashboard").await.status, 401);
    assert_eq!(tuned.get("/dashboard").await.status, 200);
}

#[tokio::test]
async fn what_is_off_is_not_there() {
    let full = Full::start();
    let mut ada = full.tuned();
    ada.register("ada", json!({})).await;
    ada.login("ada", PASSWORD).await;
    for (method, path) in [
        ("GET", "/sessions"),
        ("POST", "/logout-all"),
        ("POST", "/email/verify-request"),
        ("POST", "/password/reset-request"),
        ("POST", "/email/change-request"),
        ("GET", "/admin"),
    ] {
        let answer = ada.send(method, path, &Value::Null).await;
        assert_eq!(told(&answer), detail(404, "Not Found"), "{method} {path}");
    }
}
