//! `POST /register`: what a 422 says, entry by entry. No entry has an `input`.

use crudauth::PasswordPolicy;
use crudauth::password::CharacterClass;
use crudauth_tests::support::Client;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Answer, PASSWORD, TestApp, detail, entries, whole};

async fn raw(client: &mut Client, content_type: Option<&str>, body: impl Into<Vec<u8>>) -> Answer {
    let mut request = client.request(Method::POST, "/register").body(body.into());
    if let Some(content_type) = content_type {
        request = request.header("content-type", content_type);
    }
    client.send(request).await
}

fn missing(name: &str) -> Value {
    json!({"type": "missing", "loc": ["body", name], "msg": "Field required"})
}

fn no_string(name: &str) -> Value {
    json!({
        "type": "string_type", "loc": ["body", name], "msg": "Input should be a valid string",
    })
}

fn good() -> Value {
    json!({"email": "ada@example.com", "username": "ada", "password": PASSWORD})
}

fn with(field: &str, value: impl Into<Value>) -> Value {
    let mut body = good();
    body[field] = value.into();
    body
}

#[tokio::test]
async fn every_missing_field_and_every_wrong_type_is_told() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let cases = [
        (json!({}), json!([missing("email"), missing("username"), missing("password")])),
        (json!({"email": "ada@example.com", "username": "ada"}), json!([missing("password")])),
        (
            json!({"email": 1, "username": true, "password": [PASSWORD], "full_name": 5}),
            json!(["email", "username", "full_name", "password"].map(no_string)),
        ),
        (with("email", Value::Null), json!([no_string("email")])),
        (with("password", 12_345_678), json!([no_string("password")])),
        (with("full_name", json!({"a": 1})), json!([no_string("full_name")])),
    ];
    for (body, expected) in cases {
        let answer = client.post_json("/register", &body).await;
        assert_eq!(entries(&answer), expected, "{body}");
    }
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["0"]);
}

#[tokio::test]
async fn an_optional_field_may_be_null_or_away() {
    let app = TestApp::start().await;
    let answer = app.client().post_json("/register", &with("full_name", Value::Null)).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
}

#[tokio::test]
async fn the_keys_of_an_entry_have_their_order() {
    let app = TestApp::start().await;
    let answer = app.client().post_json("/register", &with("password", "short")).await;
    let expected = concat!(
        r#"{"detail":[{"type":"string_too_short","loc":["body","password"],"#,
        r#""msg":"String should have at least 8 characters","ctx":{"min_length":8}}],"#,
        r#""code":"invalid_fields"}"#
    );
    assert_eq!(whole(&answer), (422, expected.to_owned()));
}

#[tokio::test]
async fn a_body_that_is_no_json_object_is_told_as_a_whole() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let json_type = Some("application/json");
    let good = good().to_string();
    let missing = json!([{"type": "missing", "loc": ["body"], "msg": "Field required"}]);
    let no_object = json!([{
        "type": "model_attributes_type", "loc": ["body"],
        "msg": "Input should be a valid dictionary or object to extract fields from",
    }]);
    let cases = [
        (None, "", &missing),
        (json_type, "", &missing),
        (json_type, "null", &missing),
        (json_type, "[]", &no_object),
        (json_type, "\"text\"", &no_object),
        (json_type, "1", &no_object),
        (None, good.as_str(), &no_object),
        (Some("text/plain"), good.as_str(), &no_object),
        (Some("application/x-www-form-urlencoded"), "email=a&username=b&password=c", &no_object),
        (Some("application/jsonp"), good.as_str(), &no_object),
    ];
    for (content_type, body, expected) in cases {
        let answer = raw(&mut client, content_type, body).await;
        assert_eq!(entries(&answer), *expected, "{content_type:?} {body}");
    }
    assert_eq!(app.select("SELECT count(*) FROM accounts").await, ["0"]);
    for (number, content_type) in
        ["application/json; charset=utf-8", "application/vnd.api+json", "Application/JSON"]
            .iter()
            .enumerate()
    {
        let body = json!({
            "email": format!("{number}@example.com"), "username": number.to_string(),
            "password": PASSWORD,
        });
        let answer = raw(&mut client, Some(content_type), body.to_string()).await;
        assert_eq!(answer.status, 200, "{content_type} {}", answer.text());
    }
}

#[tokio::test]
async fn malformed_json_is_told_with_its_place() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let cases: [(&[u8], u64); 6] = [
        (b"{\"email\": ", 10),
        (b"{", 1),
        (b"{\"a\":1,}", 7),
        (b"{\"password\": \"\\ud800\"}", 20),
        (b"{\"username\": \"\xff\"}", 14),
        (b"nonsense", 1),
    ];
    for (body, place) in cases {
        let shown = String::from_utf8_lossy(body);
        let answer = raw(&mut client, Some("application/json"), body).await;
        let entries = entries(&answer);
        assert_eq!(entries.as_array().map(Vec::len), Some(1), "{shown}");
        let entry = &entries[0];
        assert_eq!(entry["type"], "json_invalid", "{shown}");
        assert_eq!(entry["msg"], "JSON decode error", "{shown}");
        assert_eq!(entry["loc"], json!(["body", place]), "{shown}");
        assert!(entry["ctx"]["error"].is_string(), "{shown}");
        assert_eq!(entry.as_object().map(serde_json::Map::len), Some(4), "{shown}");
    }
}

#[tokio::test]
async fn an_address_that_is_none_is_told_with_the_reason() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let cases = [
        ("ada", "An email address must have an @-sign."),
        ("ada@", "There must be something after the @-sign."),
        ("@example.com", "There must be something before the @-sign."),
        ("ada@localhost", "The part after the @-sign is not valid. It should have a period."),
        (
            "ada@host.test",
            "The part after the @-sign is a special-use or reserved name that cannot be used with \
             email.",
        ),
        ("ada@[127.0.0.1]", "A bracketed IP address after the @-sign is not allowed here."),
        ("\"ada\"@example.com", "Quoting the part before the @-sign is not allowed here."),
    ];
    for (address, reason) in cases {
        let answer = client.post_json("/register", &with("email", address)).await;
        let expected = json!([{
            "type": "value_error", "loc": ["body", "email"],
            "msg": format!("value is not a valid email address: {reason}"),
            "ctx": {"reason": reason},
        }]);
        assert_eq!(entries(&answer), expected, "{address}");
    }
}

#[tokio::test]
async fn a_username_has_1_to_64_characters_and_nothing_hidden() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let refused = |kind: &str, msg: &str, ctx: Value| {
        let mut entry = json!({"type": kind, "loc": ["body", "username"], "msg": msg});
        if !ctx.is_null() {
            entry["ctx"] = ctx;
        }
        json!([entry])
    };
    let error = |msg: &str| refused("value_error", msg, Value::Null);
    let too_long = refused(
        "string_too_long",
        "String should have at most 64 characters",
        json!({"max_length": 64}),
    );
    let too_short = refused(
        "string_too_short",
        "String should have at least 1 character",
        json!({"min_length": 1}),
    );
    let cases = [
        (String::new(), too_short),
        ("ä".repeat(65), too_long),
        (" ada".to_owned(), error("Username should not start or end with white space")),
        ("ada ".to_owned(), error("Username should not start or end with white space")),
        ("a\nda".to_owned(), error("Username should not contain control characters")),
        ("a\u{202e}da".to_owned(), error("Username should not contain control characters")),
        ("a\0da".to_owned(), error("Input should not contain the character U+0000")),
        (
            "ada\u{3164}".to_owned(),
            error("Username should not contain invisible or unassigned characters"),
        ),
        (
            "ａｄａ".to_owned(),
            error("Username should not contain variants of letters, such as full-width ones"),
        ),
        (
            "ada  l".to_owned(),
            error("Username should not contain loose marks or two spaces in a row"),
        ),
        ("аda".to_owned(), error("Username should not mix letters of several scripts in a word")),
        ("eve@example.com".to_owned(), error("Username should not be an email address")),
    ];
    for (name, expected) in cases {
        let answer = client.post_json("/register", &with("username", name.as_str())).await;
        assert_eq!(entries(&answer), expected, "{name:?}");
    }
    let longest = "ä".repeat(64);
    let answer = client.post_json("/register", &with("username", longest.as_str())).await;
    assert_eq!(answer.json()["username"], longest.as_str());
}

#[tokio::test]
async fn a_password_that_everybody_guesses_is_refused() {
    let app = TestApp::start().await;
    for common in ["password", "PASSWORD1", "iloveyou"] {
        let answer = app.client().post_json("/register", &with("password", common)).await;
        let expected = json!([{
            "type": "password_policy", "loc": ["body", "password"],
            "msg": "Password is one of the most common ones and easily guessed; choose another",
            "ctx": {"requirement": "uncommon"},
        }]);
        assert_eq!(entries(&answer), expected, "{common}");
    }
}

#[tokio::test]
async fn every_rule_of_the_policy_that_is_unmet_is_told() {
    let app = TestApp::with(|builder| {
        let policy = PasswordPolicy::default()
            .min_length(10)
            .max_length(20)
            .require(CharacterClass::Uppercase)
            .require(CharacterClass::Digit)
            .validator(|password, context| match context.username {
                Some(name) if password.expose().contains(name) => {
                    Err("Password should not contain the username".to_owned())
                }
                _ => Ok(()),
            });
        builder.password_policy(policy)
    })
    .await;
    let lacks = |what: &str, requirement: &str| {
        json!({
            "type": "password_policy", "loc": ["body", "password"],
            "msg": format!("Password should contain {what}"),
            "ctx": {"requirement": requirement},
        })
    };
    let (upper, digit) = (lacks("an uppercase letter", "uppercase"), lacks("a digit", "digit"));
    let short = json!({
        "type": "string_too_short", "loc": ["body", "password"],
        "msg": "String should have at least 10 characters", "ctx": {"min_length": 10},
    });
    let long = json!({
        "type": "string_too_long", "loc": ["body", "password"],
        "msg": "String should have at most 20 characters", "ctx": {"max_length": 20},
    });
    let own = json!({
        "type": "password_policy", "loc": ["body", "password"],
        "msg": "Password should not contain the username",
    });
    let too_long = "a".repeat(21);
    let cases = [
        ("short", json!([short, upper, digit])),
        (too_long.as_str(), json!([long, upper, digit])),
        ("Long enough", json!([digit])),
        ("Of ada and 9", json!([own])),
    ];
    for (password, expected) in cases {
        let answer = app.client().post_json("/register", &with("password", password)).await;
        assert_eq!(entries(&answer), expected, "{password}");
    }
    let answer = app.client().post_json("/register", &with("password", "Long enough 9")).await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn no_answer_shows_what_was_sent() {
    let app = TestApp::start().await;
    let mut client = app.client();
    let secret = "hunter2-hunter2";
    let bodies = [
        json!({"password": secret}),
        json!({"email": secret, "username": format!(" {secret}"), "password": secret}),
        json!({"email": [secret], "username": {secret: 1}, "password": {secret: secret}}),
        json!([secret]),
        json!(secret),
    ];
    for body in bodies {
        let answer = client.post_json("/register", &body).await;
        assert_eq!(answer.status, 422);
        assert!(!answer.text().contains("hunter2"), "{}", answer.text());
        assert!(!answer.text().contains("\"input\""), "{}", answer.text());
    }
    let answer =
        raw(&mut client, Some("application/json"), format!("{{\"{secret}\" {secret}")).await;
    assert!(!answer.text().contains("hunter2"), "{}", answer.text());
}

#[tokio::test]
async fn an_oversized_body_is_refused_unread() {
    let app = TestApp::start().await;
    let too_large = detail(413, "The request body is too large.");
    let fits = with("ignored", "x".repeat(60_000));
    assert_eq!(app.client().post_json("/register", &fits).await.status, 200);
    let answer = app.client().post_json("/register", &with("ignored", "x".repeat(66_000))).await;
    assert_eq!(whole(&answer), too_large);
    let long = "x".repeat(66_000);
    let answer = app.client().post_form("/login", &[("username", &long), ("password", "x")]).await;
    assert_eq!(whole(&answer), too_large);

    let app = TestApp::with(|builder| builder.body_limit(1024)).await;
    let answer = app.client().post_json("/register", &with("ignored", "x".repeat(1024))).await;
    assert_eq!(whole(&answer), too_large);
}
