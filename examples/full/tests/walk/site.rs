//! The surface `/`.

use serde_json::{Value, json};

use crate::Full;
use crate::visitor::{PASSWORD, detail, seen, shapes, told};

#[tokio::test]
async fn a_sign_up_takes_what_the_table_allows_and_says_nothing_about_the_address() {
    let full = Full::start();
    let welcome = detail(202, "If the email is available, check your inbox to finish signing up.");
    let sent = json!({
        "full_name": "Ada Lovelace", "locale": "fr-CA", "is_admin": true, "credits": 1000,
    });
    let mut ada = full.visitor();
    assert_eq!(told(&ada.register("ada", sent).await), welcome);
    let taken = json!({ "username": "eve", "email": "ada@example.com" });
    assert_eq!(told(&full.visitor().register("eve", taken).await), welcome);

    let answer = ada.login("ada@example.com", PASSWORD).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        shapes(&answer),
        [
            "session_id=*; HttpOnly; Path=/; SameSite=lax",
            "csrf_token=*; Path=/; SameSite=lax",
            "device_id=*; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax",
        ]
    );
    assert_eq!(
        told(&ada.get("/me").await),
        (
            200,
            json!({
                "user_id": 1, "username": "ada", "email": "ada@example.com",
                "is_superuser": false, "scopes": [], "via": "session",
            })
        )
    );
    assert_eq!(told(&ada.get("/french").await), seen(200, 1, "session"));
}

/// Each route, by method and path: what it answers to nobody, to a session and to a token.
#[tokio::test]
async fn every_route_has_its_gate() {
    let full = Full::start();
    let mut session = full.visitor().signed_in("ada").await;
    let token = full.visitor().token("ada", "").await;
    let mut token = full.visitor().with_token(token["access_token"].as_str().expect("a token"));
    let mut nobody = full.visitor();

    const ANYONE: &str = "";
    let (me, out) = (seen(200, 1, ANYONE), detail(401, "Not authenticated"));
    let anonymous = (200, json!({ "user_id": null, "via": null }));
    let no = |text| detail(403, text);
    let verified = no("Recovery factor not verified");
    let sudo = no("Re-authentication required.");
    let table = [
        ("GET /dashboard", &out, me.clone(), me.clone()),
        ("GET /optional", &anonymous, me.clone(), me.clone()),
        ("POST /optional", &anonymous, me.clone(), me.clone()),
        ("GET /admin", &out, no("Insufficient privileges"), no("Insufficient privileges")),
        ("GET /verified", &out, verified.clone(), verified.clone()),
        ("GET /reports", &out, no("Insufficient scope"), no("Insufficient scope")),
        ("GET /session-only", &out, me.clone(), out.clone()),
        ("GET /bearer-only", &out, out.clone(), me.clone()),
        ("GET /french", &out, no("Access denied"), no("Access denied")),
        ("POST /notes", &out, seen(201, 1, ANYONE), seen(201, 1, ANYONE)),
        ("PUT /notes", &out, me.clone(), me.clone()),
        ("PATCH /notes", &out, me.clone(), me.clone()),
        ("DELETE /notes", &out, me.clone(), me.clone()),
        ("POST /danger", &out, sudo.clone(), sudo.clone()),
    ];
    for (route, to_nobody, to_session, to_token) in table {
        let (method, path) = route.split_once(' ').expect("a method and a path");
        let as_via = |(status, mut body): (u16, Value), via: &str| {
            if body["via"] == ANYONE {
                body["via"] = via.into();
            }
            (status, body)
        };
        for (visitor, expected) in [
            (&mut nobody, to_nobody.clone()),
            (&mut session, as_via(to_session, "session")),
            (&mut token, as_via(to_token, "bearer")),
        ] {
            let answer = visitor.send(method, path, &Value::Null).await;
            assert_eq!(told(&answer), expected, "{route}");
        }
    }

    full.execute("UPDATE accounts SET is_admin = TRUE, email_verified = TRUE, locale = 'FR'").await;
    for path in ["/admin", "/verified", "/french"] {
        assert_eq!(told(&session.get(path).await), seen(200, 1, "session"), "{path}");
        assert_eq!(told(&token.get(path).await), seen(200, 1, "bearer"), "{path}");
    }
    full.execute("UPDATE accounts SET is_active = FALSE").await;
    assert_eq!(told(&session.get("/dashboard").await), out);
    assert_eq!(told(&token.get("/dashboard").await), out);
}

#[tokio::test]
async fn a_session_changes_nothing_without_its_csrf_token() {
    let full = Full::start();
    let mut ada = full.visitor().signed_in("ada").await;
    for (method, path) in [
        ("POST", "/optional"),
        ("POST", "/notes"),
        ("PUT", "/notes"),
        ("PATCH", "/notes"),
        ("DELETE", "/notes"),
        ("POST", "/sudo"),
        ("POST", "/danger"),
        ("POST", "/logout"),
        ("POST", "/logout-all"),
    ] {
        let answer = ada.send_without_csrf(method, path).await;
        assert_eq!(told(&answer), detail(403, "Missing CSRF token"), "{method} {path}");
        assert_eq!(answer.header("x-csrf-error"), Some("true"), "{method} {path}");
    }
}

#[tokio::test]
async fn scopes_are_granted_as_far_as_they_are_grantable() {
    let full = Full::start();
    let mut ada = full.visitor().signed_in("ada").await;
    for (asked, granted, status) in [
        ("", json!(["notes:read"]), 403),
        ("reports:read everything", json!(["reports:read"]), 200),
        ("notes:read reports:read", json!(["notes:read", "reports:read"]), 200),
    ] {
        let tokens = ada.token("ada", asked).await;
        let mut program =
            full.visitor().with_token(tokens["access_token"].as_str().expect("a token"));
        assert_eq!(program.get("/me").await.json()["scopes"], granted, "{asked}");
        assert_eq!(program.get("/reports").await.status, status, "{asked}");
    }
}

#[tokio::test]
async fn the_refresh_token_travels_in_the_body_and_changes() {
    let full = Full::start();
    let mut program = full.visitor().signed_in("ada").await;
    program.client.cookies.clear();
    let fields = [("username", "ada"), ("password", PASSWORD)];
    let answer = program.form("/token", &fields).await;
    assert_eq!(shapes(&answer), [""; 0], "what has no cookies gets none");
    let before = answer.json()["refresh_token"].clone();

    let after = program.post("/refresh", json!({ "refresh_token": before })).await;
    assert_eq!(after.status, 200, "{}", after.text());
    assert_ne!(after.json()["refresh_token"], before);
    let mut renewed =
        full.visitor().with_token(after.json()["access_token"].as_str().expect("a token"));
    assert_eq!(told(&renewed.get("/bearer-only").await), seen(200, 1, "bearer"));
    assert_eq!(
        told(&program.post("/refresh", json!({})).await),
        detail(401, "Refresh token missing")
    );
}

#[tokio::test]
async fn a_session_comes_first_and_a_tampered_token_is_no_anonymous_call() {
    let full = Full::start();
    let ada = full.visitor().signed_in("ada").await;
    let mut both = ada.clone();
    both.token = Some("tampered".to_owned());
    assert_eq!(told(&both.get("/dashboard").await), seen(200, 1, "session"));
    let mut tampered = full.visitor().with_token("tampered");
    assert_eq!(told(&tampered.get("/optional").await), detail(401, "Invalid token"));
}

#[tokio::test]
async fn three_calls_an_hour_by_address_and_by_user() {
    let full = Full::start();
    let mut ada = full.visitor().signed_in("ada").await;
    for path in ["/limited/ip", "/limited/user"] {
        for remaining in ["2", "1", "0"] {
            let answer = ada.get(path).await;
            assert_eq!(told(&answer), (200, json!({ "ok": true })), "{path}");
            assert_eq!(answer.header("x-ratelimit-limit"), Some("3"), "{path}");
            assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining), "{path}");
        }
        let answer = ada.get(path).await;
        assert_eq!(told(&answer), detail(429, "Too many requests. Try again later."), "{path}");
        assert_eq!(answer.header("x-ratelimit-remaining"), Some("0"), "{path}");
        assert!(answer.header("retry-after").is_some(), "{path}");
    }
    // Behind the proxy are other addresses, and a user is the same one everywhere.
    assert_eq!(full.visitor().get("/limited/ip").await.status, 200);
    let mut elsewhere = full.visitor();
    assert_eq!(elsewhere.get("/limited/user").await.status, 401);
    elsewhere.login("ada", PASSWORD).await;
    assert_eq!(elsewhere.get("/limited/user").await.status, 429);
    let mut eve = full.visitor().signed_in("eve").await;
    assert_eq!(eve.get("/limited/user").await.status, 200);
}

#[tokio::test]
async fn a_gate_sees_whose_notes_the_path_names() {
    let full = Full::start();
    let mut ada = full.visitor().signed_in("ada").await;
    let mut eve = full.visitor().signed_in("eve").await;
    assert_eq!(full.visitor().get("/users/1/notes").await.status, 401);
    assert_eq!(ada.get("/users/1/notes").await.text(), "the notes of 1, for 1");
    for path in ["/users/2/notes", "/users/3/notes", "/users/me/notes"] {
        assert_eq!(ada.get(path).await.status, 404, "{path}");
    }
    full.execute("UPDATE accounts SET is_admin = TRUE WHERE account_id = 2").await;
    assert_eq!(eve.get("/users/1/notes").await.text(), "the notes of 1, for 2");
}

#[tokio::test]
async fn sudo_asks_for_the_password_again() {
    let full = Full::start();
    let mut ada = full.visitor().signed_in("ada").await;
    let tokens = ada.token("ada", "").await;
    let wrong = json!({ "password": "wrong" });
    assert_eq!(told(&ada.post("/sudo", wrong.clone()).await), detail(401, "Incorrect password"));
    let code = json!({ "code": "123456" });
    assert_eq!(told(&ada.post("/sudo", code).await), detail(401, "Invalid code"));
    assert_eq!(ada.post("/sudo", json!({})).await.status, 422);

    let answer = ada.post("/sudo", json!({ "password": PASSWORD })).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let keys: Vec<_> = answer.json().as_object().expect("an object").keys().cloned().collect();
    assert_eq!(keys, ["elevated_until"]);
    assert_eq!(told(&ada.post("/danger", Value::Null).await), seen(200, 1, "session"));

    for status in [401, 401, 429] {
        assert_eq!(ada.post("/sudo", wrong.clone()).await.status, status);
    }
    let required = detail(403, "Re-authentication required.");
    assert_eq!(told(&ada.post("/danger", Value::Null).await), required);

    let mut program = full.visitor().with_token(tokens["access_token"].as_str().expect("a token"));
    let right = json!({ "password": PASSWORD });
    assert_eq!(
        told(&program.post("/sudo", right).await),
        detail(403, "Sudo requires a session-backed login.")
    );
}

#[tokio::test]
async fn sessions_are_managed_across_devices() {
    let full = Full::start();
    let mut laptop = full.visitor().signed_in("ada").await;
    let mut phone = full.visitor();
    phone.login("ada", PASSWORD).await;

    let listed = laptop.get("/sessions").await.json();
    let listed = listed.as_array().expect("a list").clone();
    assert_eq!(listed.len(), 2);
    let other = listed.iter().find(|session| session["current"] == false).expect("the phone");
    assert!(other["ip"].as_str().is_some_and(|ip| ip.starts_with("198.51.")), "{other}");
    let path = format!("/sessions/{}", other["id"].as_str().expect("a handle"));
    let answer = laptop.send("DELETE", &path, &Value::Null).await;
    assert_eq!(told(&answer), detail(200, "Session revoked."));
    assert_eq!(phone.get("/dashboard").await.status, 401);

    laptop.client.cookies.remove("csrf_token");
    assert_eq!(laptop.post("/csrf/refresh", Value::Null).await.status, 200);
    let answer = laptop.post("/logout-all", Value::Null).await;
    assert_eq!(
        told(&answer),
        (200, json!({ "detail": "Signed out of all sessions.", "revoked": 1 }))
    );
    assert_eq!(laptop.get("/dashboard").await.status, 401);
}

#[tokio::test]
async fn what_is_not_there_is_said_in_the_words_of_the_wire() {
    let full = Full::start();
    let mut nobody = full.visitor();
    for path in ["/nowhere", "/tuned/nowhere", "/tuned"] {
        assert_eq!(told(&nobody.get(path).await), detail(404, "Not Found"), "{path}");
    }
    for (method, path) in [("PUT", "/dashboard"), ("GET", "/notes"), ("PUT", "/tuned/dashboard")] {
        let answer = nobody.send(method, path, &Value::Null).await;
        assert_eq!(told(&answer), detail(405, "Method Not Allowed"), "{method} {path}");
        assert!(answer.header("allow").is_some(), "{method} {path}");
    }
}
