//! `/token`, `/refresh`, `/logout`, and requests with `Authorization: Bearer`.

use crudauth::{Principal, RefreshDelivery, ScopeName as _, TokenOptions};
use crudauth_tests::support::{
    Account, Answer, BearerApp, Client, NotesRead, PASSWORD, ReportsRead, Root, TestApp, in_body,
};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

const REFRESH: &str = "__Host-refresh_token";

fn in_cookie() -> crudauth::BearerConfig {
    in_body().refresh_delivery(RefreshDelivery::Cookie)
}

fn assert_unauthorized(answer: &Answer, detail: &str) {
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert_eq!(answer.detail(), detail);
    assert_eq!(answer.header("www-authenticate"), Some("Bearer"));
}

/// Whatever cannot be one is answered as a token that nobody issued.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_refresh_token_is_an_unknown_one() {
    let app = BearerApp::start().await;
    let mut client = app.client();
    for shown in [
        json!(7),
        json!(-1.5),
        json!(true),
        json!(["a"]),
        json!([]),
        json!({ "refresh_token": "a" }),
        json!("\0"),
        json!("a\0b"),
        json!("unknown"),
        json!("\u{fffd}"),
        json!(" "),
        json!("x".repeat(10_000)),
    ] {
        let body = json!({ "refresh_token": shown });
        let answer = client.post_json("/refresh", &body).await;
        assert_unauthorized(&answer, "Invalid or expired refresh token");
    }
    for body in [json!({}), json!({ "refresh_token": null }), json!({ "refresh_token": "" })] {
        let answer = client.post_json("/refresh", &body).await;
        assert_unauthorized(&answer, "Refresh token missing");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_signs_requests_in() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert_eq!(answer.set_cookies(), Vec::<&str>::new());
    let body = answer.json();
    let names: Vec<_> = body.as_object().expect("an object").keys().collect();
    assert_eq!(names, ["access_token", "refresh_token", "token_type"]);
    assert!(answer.text().starts_with(r#"{"access_token":""#), "{}", answer.text());
    assert_eq!(body["token_type"], "bearer");

    let access = answer.field("access_token");
    let me = ada.get_as(&access, "/me").await;
    assert_eq!(me.status, 200, "{}", me.text());
    assert_eq!(me.json()["via"], "bearer");
    assert_eq!(me.json()["username"], "ada");
    assert_eq!(me.json()["scopes"], json!(["notes:read"]));
    assert_eq!(ada.get_as(&access, "/closed/me").await.json()["via"], "bearer");
    for scheme in ["bearer", "BEARER", "bEaReR"] {
        let request = ada.request(Method::GET, "/dashboard");
        let request = request.header(AUTHORIZATION, format!("{scheme} {access}"));
        assert_eq!(ada.send(request).await.status, 200, "{scheme}");
    }
    // No cookie is involved, so no CSRF token is asked for.
    let request = ada.request(Method::POST, "/notes").bearer_auth(&access);
    assert_eq!(ada.send(request.header("sec-fetch-site", "cross-site")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_sign_ins_are_one_answer_and_one_hash_each() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    let (_, _) = app.token_of("eve").await;
    app.execute("UPDATE accounts SET is_active = FALSE WHERE username = 'eve'").await;
    let mut answers = Vec::new();
    for (name, password) in [("nobody", PASSWORD), ("ada", "wrong password"), ("eve", PASSWORD)] {
        let before = app.hasher.computed();
        let answer = ada.token(name, password, None).await;
        assert_eq!(app.hasher.computed() - before, 1, "{name}");
        assert_unauthorized(&answer, "Incorrect username or password");
        answers.push((answer.body, answer.headers.len()));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1, "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_lockout_is_shared_with_login() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    for at in 0..5 {
        let wrong = if at % 2 == 0 {
            ada.token("ada", "wrong password", None).await
        } else {
            ada.login("ada", "wrong password").await
        };
        assert_eq!(wrong.status, 401, "{at}");
    }
    for locked in [ada.token("ada", PASSWORD, None).await, ada.login("ada", PASSWORD).await] {
        assert_eq!(locked.status, 429, "{}", locked.text());
        assert_eq!(locked.detail(), "Too many login attempts. Try again later.");
        assert!(locked.header("retry-after").is_some());
        assert!(locked.header("x-ratelimit-limit").is_none());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_that_of_the_password_grant() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    let missing = ada.post_form("/token", &[("username", "ada")]).await;
    assert_eq!(missing.status, 422);
    assert_eq!(missing.detail()[0]["loc"], json!(["body", "password"]));
    let both = [("username", "ada"), ("password", PASSWORD)];
    let wrong =
        ada.post_form("/token", &[&both[..], &[("grant_type", "refresh_token")]].concat()).await;
    assert_eq!(wrong.detail()[0]["type"], "string_pattern_mismatch");
    let right = ada.post_form("/token", &[&both[..], &[("grant_type", "password")]].concat()).await;
    assert_eq!(right.status, 200);
    let get = ada.get("/token").await;
    assert_eq!((get.status.as_u16(), get.header("allow")), (405, Some("POST")));
    assert_eq!(ada.post("/token/").await.status, 307);
}

#[tokio::test(flavor = "multi_thread")]
async fn scopes_are_clamped_and_asked_for_by_type() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    for (asked, granted) in [
        (None, json!(["notes:read"])),
        (Some(""), json!(["notes:read"])),
        (Some("reports:read"), json!(["reports:read"])),
        (Some(" reports:read  notes:read reports:read "), json!(["reports:read", "notes:read"])),
        (Some("admin everything"), json!([])),
        (Some("reports:read admin"), json!(["reports:read"])),
    ] {
        let access = ada.token("ada", PASSWORD, asked).await.field("access_token");
        assert_eq!(ada.get_as(&access, "/me").await.json()["scopes"], granted, "{asked:?}");
        let has = |scope: &str| granted.as_array().expect("a list").contains(&scope.into());
        for (path, passes) in [
            ("/reports", has("reports:read")),
            ("/both-scopes", has("reports:read") && has("notes:read")),
            ("/bearer-reports", has("reports:read")),
        ] {
            let answer = ada.get_as(&access, path).await;
            if passes {
                assert_eq!(answer.status, 200, "{path} {asked:?}");
            } else {
                assert_eq!(answer.status, 403, "{path} {asked:?}");
                assert_eq!(answer.detail(), "Insufficient scope");
            }
        }
    }
    // A session has no scopes.
    ada.login("ada", PASSWORD).await;
    assert_eq!(ada.get("/me").await.json()["scopes"], json!([]));
    assert_eq!(ada.get("/reports").await.detail(), "Insufficient scope");
    let anonymous = app.client().get("/reports").await;
    assert_unauthorized(&anonymous, "Not authenticated");
    assert_eq!(NotesRead::NAME.as_str(), "notes:read");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_body_carries_the_refresh_token() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let renewed = ada.refresh(&answer.field("refresh_token")).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_eq!(renewed.header("cache-control"), Some("no-store"));
    assert_eq!(renewed.set_cookies(), Vec::<&str>::new());
    assert_eq!(renewed.json()["token_type"], "bearer");
    let access = renewed.field("access_token");
    assert_eq!(ada.get_as(&access, "/me").await.json()["scopes"], json!(["notes:read"]));

    let empty = ada.request(Method::POST, "/refresh");
    assert_unauthorized(&ada.send(empty).await, "Refresh token missing");
    for body in [json!({}), json!({ "refresh_token": null }), json!({ "refresh_token": "" })] {
        let request = ada.request(Method::POST, "/refresh").json(&body);
        assert_unauthorized(&ada.send(request).await, "Refresh token missing");
    }
    let broken = ada.request(Method::POST, "/refresh").header("content-type", "application/json");
    assert_eq!(ada.send(broken.body("{")).await.detail()[0]["type"], "json_invalid");
    for wrong in ["garbage", "a.b.c", &access] {
        assert_unauthorized(&ada.refresh(wrong).await, "Invalid or expired refresh token");
    }
    let used_as_access = ada.get_as(&renewed.field("refresh_token"), "/me").await;
    assert_unauthorized(&used_as_access, "Invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_carries_the_refresh_token() {
    let app = BearerApp::with(in_cookie()).await;
    let (mut ada, answer) = app.token_of("ada").await;
    assert_eq!(answer.json()["refresh_token"], Value::Null);
    let cookie = answer.set_cookies().into_iter().find(|it| it.starts_with(REFRESH));
    let cookie = cookie.expect("a refresh cookie").to_owned();
    let first = ada.cookies[REFRESH].clone();
    let attributes = "; HttpOnly; Max-Age=2592000; Path=/; SameSite=lax; Secure";
    assert_eq!(cookie, format!("{REFRESH}={first}{attributes}"));

    let request = ada.request(Method::POST, "/refresh");
    let renewed = ada.send(request).await;
    assert_eq!(renewed.status, 200, "{}", renewed.text());
    assert_eq!(renewed.json()["refresh_token"], Value::Null);
    assert_ne!(ada.cookies[REFRESH], first);
    assert_eq!(ada.get_as(&renewed.field("access_token"), "/me").await.status, 200);

    // The body does not count, and a foreign page does not either.
    let token = ada.cookies[REFRESH].clone();
    assert_unauthorized(&app.client().refresh(&token).await, "Refresh token missing");
    let foreign = ada.request(Method::POST, "/refresh").header("sec-fetch-site", "cross-site");
    assert_eq!(ada.send(foreign).await.status, 403);
    let form = [("username", "ada"), ("password", PASSWORD)];
    let foreign = ada.request(Method::POST, "/token").form(&form);
    let foreign = ada.send(foreign.header("origin", "https://evil.example")).await;
    assert_eq!(foreign.status, 403);
    assert_eq!(foreign.detail(), "Cross-site login requests are not allowed.");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_page_may_ask_for_tokens_that_no_cookie_carries() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let request = ada.request(Method::POST, "/token").form(&form);
    assert_eq!(ada.send(request.header("sec-fetch-site", "cross-site")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_has_the_name_and_path_of_the_configuration() {
    let config = in_cookie().refresh_cookie_name("renewal").refresh_cookie_path("/auth");
    let app = BearerApp::with(config).await;
    let (_, answer) = app.token_of("ada").await;
    let cookies = answer.set_cookies();
    let cookie = cookies.iter().find(|it| it.starts_with("renewal=")).expect("the cookie");
    assert!(cookie.ends_with("; HttpOnly; Max-Age=2592000; Path=/auth; SameSite=lax; Secure"));

    let app = BearerApp::with(in_cookie().refresh_cookie_path("/auth")).await;
    let (_, answer) = app.token_of("ada").await;
    assert!(answer.set_cookies().iter().any(|it| it.starts_with("refresh_token=")));
}

#[tokio::test(flavor = "multi_thread")]
async fn logout_ends_the_family_by_whatever_shows_it() {
    let app = BearerApp::with(in_cookie()).await;
    let (mut ada, _) = app.token_of("ada").await;
    let foreign = ada.request(Method::POST, "/logout").header("sec-fetch-site", "cross-site");
    assert_eq!(ada.send(foreign).await.status, 403);
    let token = ada.cookies[REFRESH].clone();
    let out = ada.post("/logout").await;
    assert_eq!((out.status.as_u16(), out.detail()), (200, "Logged out".into()));
    let cleared = out.set_cookies();
    let cleared = cleared.iter().find(|it| it.starts_with(REFRESH)).expect("cleared");
    assert!(cleared.starts_with(&format!("{REFRESH}=\"\"; expires=")), "{cleared}");
    assert!(cleared.ends_with("; HttpOnly; Max-Age=0; Path=/; SameSite=lax; Secure"), "{cleared}");
    assert!(!ada.cookies.contains_key(REFRESH));
    ada.cookies.insert(REFRESH.to_owned(), token);
    let request = ada.request(Method::POST, "/refresh");
    assert_unauthorized(&ada.send(request).await, "Invalid or expired refresh token");

    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    for by in ["refresh in the body", "refresh in the header", "access", "expired access"] {
        let tokens = ada.token("ada", PASSWORD, None).await;
        let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
        let request = ada.request(Method::POST, "/logout");
        let request = match by {
            "refresh in the body" => request.json(&json!({ "refresh_token": refresh })),
            "refresh in the header" => request.bearer_auth(&refresh),
            "access" => request.bearer_auth(&access),
            _ => {
                app.clock.advance(Duration::from_secs(15 * 60));
                request.bearer_auth(&access)
            }
        };
        let out = ada.send(request).await;
        assert_eq!((out.status.as_u16(), out.detail()), (200, "Logged out".into()), "{by}");
        let renewed = ada.refresh(&refresh).await;
        assert_unauthorized(&renewed, "Invalid or expired refresh token");
    }
    // What cannot be read ends nothing, and is no fault.
    for body in ["{", "[]", "{\"refresh_token\":7}", "{\"refresh_token\":\"x\"}"] {
        let request = ada.request(Method::POST, "/logout").body(body).bearer_auth("x.y.z");
        assert_eq!(ada.send(request).await.status, 200, "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_token_is_anonymous_and_a_tampered_one_is_refused() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let access = answer.field("access_token");
    app.clock.advance(Duration::from_secs(15 * 60 - 1));
    assert_eq!(ada.get_as(&access, "/optional").await.json()["via"], "bearer");
    app.clock.advance(Duration::from_secs(1));
    assert_unauthorized(&ada.get_as(&access, "/dashboard").await, "Not authenticated");
    let optional = ada.get_as(&access, "/optional").await;
    assert_eq!((optional.status.as_u16(), optional.json()["via"].clone()), (200, Value::Null));
    for path in ["/dashboard", "/optional", "/closed/open-handler", "/me"] {
        let refused = ada.get_as(&format!("{access}x"), path).await;
        assert_unauthorized(&refused, "Invalid token");
    }
    for absent in ["Bearer", "Bearer   ", "Basic dXNlcjpwYXNz", "Token x"] {
        let request = ada.request(Method::GET, "/optional").header(AUTHORIZATION, absent);
        assert_eq!(ada.send(request).await.status, 200, "{absent}");
        let request = ada.request(Method::GET, "/dashboard").header(AUTHORIZATION, absent);
        assert_unauthorized(&ada.send(request).await, "Not authenticated");
    }
    let twice = ada.request(Method::GET, "/optional").bearer_auth("a").bearer_auth("a");
    assert_unauthorized(&ada.send(twice).await, "Invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_ends_with_the_account_and_with_its_credentials() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    for (end, restore) in [
        ("UPDATE accounts SET is_active = FALSE", "UPDATE accounts SET is_active = TRUE"),
        ("UPDATE accounts SET token_version = token_version + 1", "SELECT 1"),
        ("UPDATE accounts SET token_version = token_version - 1", "SELECT 1"),
        ("DELETE FROM accounts", "SELECT 1"),
    ] {
        let tokens = ada.token("ada", PASSWORD, None).await;
        let (access, refresh) = (tokens.field("access_token"), tokens.field("refresh_token"));
        app.execute(end).await;
        assert_unauthorized(&ada.get_as(&access, "/dashboard").await, "Not authenticated");
        assert_eq!(ada.get_as(&access, "/optional").await.status, 200);
        let refused = ada.refresh(&refresh).await;
        assert_unauthorized(&refused, "Invalid or expired refresh token");
        app.execute(restore).await;
        let still = ada.refresh(&refresh).await;
        assert_unauthorized(&still, "Invalid or expired refresh token");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_transport_that_is_present_decides() {
    let sessions_first = BearerApp::start().await;
    let bearer_first = BearerApp::with(in_body().before_sessions()).await;
    for (app, first) in [(&sessions_first, "session"), (&bearer_first, "bearer")] {
        let (mut ada, answer) = app.token_of("ada").await;
        let access = answer.field("access_token");
        assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
        assert_eq!(ada.get_as(&access, "/dashboard").await.json()["via"], first);
        assert_eq!(ada.get("/dashboard").await.json()["via"], "session");
        // Invalid and first: refused. Invalid and not asked: nobody looks.
        let tampered = ada.get_as(&format!("{access}x"), "/dashboard").await;
        if first == "bearer" {
            assert_unauthorized(&tampered, "Invalid token");
        } else {
            assert_eq!(tampered.json()["via"], "session");
        }
        app.clock.advance(Duration::from_secs(15 * 60));
        let expired = ada.get_as(&access, "/dashboard").await;
        assert_eq!(expired.json()["via"], "session", "an expired token falls through");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_type_narrows_to_one_transport() {
    let app = BearerApp::start().await;
    let (mut ada, answer) = app.token_of("ada").await;
    let access = answer.field("access_token");
    let by_token =
        |client: &Client, path: &str| client.request(Method::GET, path).bearer_auth(&access);
    let request = by_token(&ada, "/session-only");
    assert_unauthorized(&ada.send(request).await, "Not authenticated");
    ada.login("ada", PASSWORD).await;
    assert_unauthorized(&ada.get("/bearer-only").await, "Not authenticated");
    assert_eq!(ada.get("/bearer-maybe").await.json()["via"], Value::Null);
    assert_eq!(ada.get("/session-only").await.json()["via"], "session");
    for (path, via) in
        [("/session-only", "session"), ("/bearer-only", "bearer"), ("/bearer-maybe", "bearer")]
    {
        let request = by_token(&ada, path);
        assert_eq!(ada.send(request).await.json()["via"], via, "{path}");
    }
    // What is not asked cannot deny either.
    assert_eq!(ada.get_as("tampered", "/session-only").await.json()["via"], "session");
    assert_unauthorized(&ada.get_as("tampered", "/bearer-only").await, "Invalid token");
}

#[tokio::test(flavor = "multi_thread")]
async fn code_of_the_application_issues_and_ends_tokens() {
    let app = BearerApp::start().await;
    let (mut ada, _) = app.token_of("ada").await;
    let principal: Principal<Account> = {
        let access = ada.token("ada", PASSWORD, None).await.field("access_token");
        let request = axum::http::Request::builder();
        let request = request.header("authorization", format!("Bearer {access}")).body(());
        let (parts, ()) = request.expect("a request").into_parts();
        app.auth.authenticator().require(&parts).await.expect("authenticated")
    };
    assert!(principal.has_scope::<NotesRead>() && !principal.has_scope::<ReportsRead>());
    let (no_request, ()) = axum::http::Request::new(()).into_parts();
    let options = TokenOptions::default().scopes([ReportsRead::NAME, Root::NAME]);
    let user = Arc::clone(&principal.user);
    let issued = app.auth.sign_in(user, &no_request, options).await.expect("let in");
    let issued = issued.into_tokens();
    assert_eq!(issued.scopes, ["reports:read"]);
    assert_eq!(
        format!("{:?}{:?}", issued.access, issued.refresh),
        "AccessToken(..)RefreshToken(..)"
    );
    assert_eq!(ada.get_as(issued.access.as_str(), "/reports").await.status, 200);
    assert_eq!(ada.refresh(issued.refresh.as_str()).await.status, 200);
    assert_eq!(app.tokens().end_all(principal.id()).await.expect("ended"), 3);
    assert_eq!(ada.refresh(issued.refresh.as_str()).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_bearer_there_is_nothing_of_it() {
    let app = TestApp::start().await;
    let mut client = app.client();
    for (method, path) in [
        (Method::POST, "/token"),
        (Method::POST, "/refresh"),
        (Method::GET, "/.well-known/jwks.json"),
    ] {
        let request = client.request(method, path);
        assert_eq!(client.send(request).await.status, 404, "{path}");
    }
    let refused = client.get_as("x", "/dashboard").await;
    assert_eq!(refused.detail(), "Not authenticated");
    assert_eq!(refused.header("www-authenticate"), None);
}
