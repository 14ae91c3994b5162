//! `POST /login`: who gets in, and what comes of it.

use crudauth::SessionConfig;
use crudauth_tests::support::Client;
use reqwest::Method;
use reqwest::multipart::Form;
use serde_json::json;

use super::{Answer, PASSWORD, TestApp, detail, entries, plain, plain_cookies, whole};

async fn with_ada() -> TestApp {
    let app = plain().await;
    let answer = app.client().register("ada@example.com", "ada", PASSWORD).await;
    assert_eq!(answer.status, 200);
    app
}

async fn form(client: &mut Client, more: &[(&str, &str)]) -> Answer {
    let mut form = vec![("username", "ada"), ("password", PASSWORD)];
    form.extend(more);
    client.post_form("/login", &form).await
}

#[tokio::test]
async fn the_answer_is_id_username_and_csrf_token_in_this_order() {
    let app = with_ada().await;
    let mut client = app.client();
    let answer = client.login("ada", PASSWORD).await;
    let token = client.csrf_token().expect("a cookie").to_owned();
    let body = format!(r#"{{"id":1,"username":"ada","csrf_token":"{token}"}}"#);
    assert_eq!(whole(&answer), (200, body));
    let me = concat!(
        r#"{"user_id":1,"username":"ada","email":"ada@example.com","is_superuser":false,"#,
        r#""scopes":[],"via":"session"}"#
    );
    assert_eq!(whole(&client.get("/me").await), (200, me.to_owned()));
}

#[tokio::test]
async fn an_address_is_a_name_in_any_case_and_a_username_in_its_own() {
    let app = with_ada().await;
    let names = [
        ("ada", 200),
        ("ada@example.com", 200),
        ("ADA@EXAMPLE.COM", 200),
        (" Ada@example.com ", 200),
        ("Ada", 401),
        (" ada", 401),
        ("ada@example.co", 401),
    ];
    for (at, (name, status)) in (2..).zip(names) {
        let answer = app.client().at(at).login(name, PASSWORD).await;
        assert_eq!(answer.status, status, "{name:?}");
    }
}

#[tokio::test]
async fn a_form_may_be_multipart() {
    let app = with_ada().await;
    let mut client = app.client();
    let parts = Form::new().text("username", "ada").text("password", PASSWORD);
    let request = client.request(Method::POST, "/login").multipart(parts.text("remember_me", "on"));
    let answer = client.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.set_cookies()[0].contains("; Max-Age=2592000;"));
}

#[tokio::test]
async fn the_whole_form_of_a_password_grant_is_accepted() {
    let app = with_ada().await;
    let more = [("grant_type", "password"), ("scope", "a b"), ("client_id", "x")];
    assert_eq!(form(&mut app.client(), &more).await.status, 200);
    assert_eq!(form(&mut app.client(), &[("grant_type", "")]).await.status, 200);
    let answer = form(&mut app.client(), &[("grant_type", "client_credentials")]).await;
    let expected = json!([{
        "type": "string_pattern_mismatch", "loc": ["body", "grant_type"],
        "msg": "String should match pattern '^password$'", "ctx": {"pattern": "^password$"},
    }]);
    assert_eq!(entries(&answer), expected);
}

#[tokio::test]
async fn remember_me_is_a_truth_value_in_many_words() {
    let app = with_ada().await;
    for (word, remembered) in [
        ("true", true),
        ("TRUE", true),
        ("1", true),
        ("yes", true),
        ("on", true),
        ("t", true),
        ("Y", true),
        ("false", false),
        ("0", false),
        ("No", false),
        ("off", false),
        ("f", false),
        ("n", false),
        ("", false),
    ] {
        let answer = form(&mut app.client(), &[("remember_me", word)]).await;
        assert_eq!(answer.status, 200, "{word}");
        assert_eq!(answer.set_cookies()[0].contains("Max-Age"), remembered, "{word}");
    }
    for word in ["2", "maybe", "truee", " true"] {
        let answer = form(&mut app.client(), &[("remember_me", word)]).await;
        let expected = json!([{
            "type": "bool_parsing", "loc": ["body", "remember_me"],
            "msg": "Input should be a valid boolean, unable to interpret input",
        }]);
        assert_eq!(entries(&answer), expected, "{word}");
    }
}

#[tokio::test]
async fn a_form_without_its_fields_is_told() {
    let app = with_ada().await;
    let missing = |name| json!({"type": "missing", "loc": ["body", name], "msg": "Field required"});
    let mut client = app.client();
    let answer = client.post_form("/login", &[]).await;
    assert_eq!(entries(&answer), json!([missing("username"), missing("password")]));
    let answer = client.post_form("/login", &[("username", "ada"), ("password", "")]).await;
    assert_eq!(entries(&answer), json!([missing("password")]));
    let body = json!({"username": "ada", "password": PASSWORD});
    let answer = client.post_json("/login", &body).await;
    assert_eq!(entries(&answer), json!([missing("username"), missing("password")]), "no form");
}

#[tokio::test]
async fn a_second_login_ends_the_session_that_was_presented() {
    let app = with_ada().await;
    let mut client = app.client();
    client.login("ada", PASSWORD).await;
    let first = client.clone();
    client.login("ada", PASSWORD).await;
    assert_ne!(first.cookies["session_id"], client.cookies["session_id"]);
    assert_ne!(first.csrf_token(), client.csrf_token());
    assert_eq!(first.clone().get("/me").await.status, 401, "the old id is dead");
    assert_eq!(client.get("/me").await.status, 200);
    assert_eq!(app.database.entries().await.len(), 1);
}

#[tokio::test]
async fn the_presented_session_ends_also_if_it_was_somebody_elses() {
    let app = with_ada().await;
    let mut client = app.signed_in("eve").await;
    let eve = client.clone();
    assert_eq!(client.login("ada", PASSWORD).await.status, 200);
    assert_eq!(client.get("/me").await.json()["username"], "ada");
    assert_eq!(eve.clone().get("/me").await.status, 401);
}

#[tokio::test]
async fn a_refused_login_ends_nothing() {
    let app = with_ada().await;
    let mut client = app.client();
    client.login("ada", PASSWORD).await;
    let answer = client.login("ada", "wrong password").await;
    assert_eq!((answer.status.as_u16(), answer.set_cookies().len()), (401, 0));
    assert_eq!(client.get("/me").await.status, 200);
}

#[tokio::test]
async fn a_planted_id_is_never_taken_over() {
    let app = with_ada().await;
    for planted in ["x".repeat(48), "attacker".to_owned()] {
        let mut client = app.client();
        client.cookies.insert("session_id".to_owned(), planted.clone());
        assert_eq!(client.login("ada", PASSWORD).await.status, 200);
        assert_ne!(client.cookies["session_id"], planted);
        let mut attacker = app.client();
        attacker.cookies.insert("session_id".to_owned(), planted);
        assert_eq!(attacker.get("/me").await.status, 401);
    }
}

#[tokio::test]
async fn the_sixth_session_ends_the_least_recently_active() {
    let app = with_ada().await;
    let mut clients = Vec::new();
    for _ in 0..5 {
        let mut client = app.client();
        assert_eq!(client.login("ada", PASSWORD).await.status, 200);
        clients.push(client);
        app.after(61);
    }
    assert_eq!(clients[0].get("/me").await.status, 200, "the first is active again");
    app.after(61);
    let mut sixth = app.client();
    sixth.login("ada", PASSWORD).await;
    assert_eq!(sixth.get("/me").await.status, 200);
    for (number, (client, alive)) in
        clients.iter_mut().zip([true, false, true, true, true]).enumerate()
    {
        assert_eq!(client.get("/me").await.status == 200, alive, "session {number}");
    }
}

#[tokio::test]
async fn the_cap_is_of_one_user() {
    let app = TestApp::with(|builder| {
        plain_cookies(builder).session(SessionConfig::default().sessions_per_user(1))
    })
    .await;
    let mut ada = app.signed_in("ada").await;
    let mut eve = app.signed_in("eve").await;
    assert_eq!(ada.get("/me").await.status, 200);
    assert_eq!(eve.get("/me").await.status, 200);
    let mut again = app.client();
    again.login("ada", PASSWORD).await;
    assert_eq!(ada.get("/me").await.status, 401);
    assert_eq!(eve.get("/me").await.status, 200);
}

#[tokio::test]
async fn another_site_cannot_log_its_visitor_in() {
    let app = with_ada().await;
    let own = format!("http://{}", app.address);
    let cases: [(&[(&str, &str)], bool); 8] = [
        (&[], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (&[("sec-fetch-site", "none")], true),
        (&[("origin", &own)], true),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (&[("origin", "https://evil.example")], false),
        (&[("origin", "null")], false),
    ];
    for (headers, welcome) in cases {
        let mut client = app.client();
        let mut request = client.request(Method::POST, "/login");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let before = app.hasher.computed();
        let fields = [("username", "ada"), ("password", PASSWORD)];
        let answer = client.send(request.form(&fields)).await;
        if welcome {
            assert_eq!(answer.status, 200, "{headers:?}");
        } else {
            let refusal = detail(403, "Cross-site login requests are not allowed.");
            assert_eq!(whole(&answer), refusal, "{headers:?}");
            assert!(answer.set_cookies().is_empty() && answer.header("x-csrf-error").is_none());
            assert_eq!(app.hasher.computed(), before, "nothing was checked");
        }
    }
}

#[tokio::test]
async fn a_trusted_origin_may_log_in() {
    let app = TestApp::with(|builder| builder.add_trusted_origin("https://app.example.com")).await;
    app.client().register("ada@example.com", "ada", PASSWORD).await;
    for (origin, status) in [("https://app.example.com", 200), ("http://app.example.com", 403)] {
        let mut client = app.client();
        let request = client.request(Method::POST, "/login").header("origin", origin);
        let request = request.header("sec-fetch-site", "cross-site");
        let fields = [("username", "ada"), ("password", PASSWORD)];
        assert_eq!(client.send(request.form(&fields)).await.status, status, "{origin}");
    }
}

#[tokio::test]
async fn without_csrf_tokens_there_is_none_to_hand_out() {
    let app = TestApp::with(|builder| {
        plain_cookies(builder).session(SessionConfig::default().without_csrf_token())
    })
    .await;
    let mut client = app.client();
    client.register("ada@example.com", "ada", PASSWORD).await;
    let answer = client.login("ada", PASSWORD).await;
    assert_eq!(whole(&answer), (200, r#"{"id":1,"username":"ada","csrf_token":""}"#.to_owned()));
    let names: Vec<_> = answer.cookies().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["session_id", "device_id"]);
}

/// A table from before may hold such a name; sign-up refuses it.
#[tokio::test]
async fn an_address_belongs_to_its_owner_and_not_to_a_name_that_looks_like_it() {
    let app = with_ada().await;
    app.client().register("eve@example.com", "eve", "another password of hers").await;
    app.execute("UPDATE accounts SET username = 'ada@example.com' WHERE username = 'eve'").await;
    let answer = app.client().login("ada@example.com", PASSWORD).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["id"]), (200, &1.into()));
    let answer = app.client().login("ada@example.com", "another password of hers").await;
    assert_eq!(answer.status, 401);
}

/// bcrypt looks at 72 bytes, and not every wrapper around it says so.
#[tokio::test]
async fn no_byte_of_a_long_password_is_ignored() {
    let app = plain().await;
    let long = format!("{PASSWORD}{}", "x".repeat(100));
    assert_eq!(app.client().register("ada@example.com", "ada", &long).await.status, 200);
    for (at, (password, status)) in (2..).zip([
        (&long[..72], 401),
        (&long[..long.len() - 1], 401),
        (&*format!("{}y", &long[..long.len() - 1]), 401),
        (&*format!("{long}x"), 401),
        (&*long, 200),
    ]) {
        let answer = app.client().at(at).login("ada", password).await;
        assert_eq!(answer.status, status, "{} characters", password.len());
    }
}
