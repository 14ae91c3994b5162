//! What stands in a request twice.

use crudauth::SessionConfig;
use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use serde_json::json;

use super::{Answer, PASSWORD, TestApp, plain_cookies};

const FORM: &str = "application/x-www-form-urlencoded";
const MULTIPART: &str = "multipart/form-data; boundary=X";

fn assert_twice(answer: &Answer, at: &serde_json::Value, case: &str) {
    let msg = "Each field may be given only once";
    let expected = json!([{ "type": "value_error", "loc": at, "msg": msg }]);
    assert_eq!((answer.status.as_u16(), answer.detail()), (422, expected), "{case}");
}

/// What looks at a request before the application does, a filter or a log, may have taken the other
/// of the two.
#[tokio::test]
async fn no_field_may_be_given_twice() {
    let session = SessionConfig::default().management_routes();
    let app = TestApp::with(|builder| plain_cookies(builder).session(session)).await;
    let mut ada = app.signed_in("ada").await;

    let right = format!("username=ada&password={}", PASSWORD.replace(' ', "+"));
    let mut forms: Vec<_> = [
        "username=ada",
        "username=eve",
        "password=wrong",
        "password=",
        "remember_me=true&remember_me=true",
        "user%6eame=ada",
        "else=1&else=2",
    ]
    .into_iter()
    .flat_map(|more| [format!("{right}&{more}"), format!("{more}&{right}")])
    .map(|body| (FORM, body))
    .collect();
    let part = |name: &str, value: &str| {
        format!("--X\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let (name, password) = (part("username", "ada"), part("password", PASSWORD));
    forms.push((MULTIPART, format!("{name}{password}{name}--X--\r\n")));
    forms.push((MULTIPART, format!("{password}{name}{password}--X--\r\n")));
    for (content_type, body) in forms {
        let client = app.client();
        let request = client.request(Method::POST, "/login").header(CONTENT_TYPE, content_type);
        let answer = client.clone().send(request.body(body.clone())).await;
        assert_twice(&answer, &json!(["body"]), &body);
    }

    for (path, body) in [
        ("/register", r#"{"email":"a@example.com","username":"a","password":"p","username":"b"}"#),
        ("/register", r#"{"x":1,"x":1,"email":"a@example.com","username":"a","password":"p"}"#),
        ("/register", r#"{"username":"a","user\u006eame":"a"}"#),
        ("/change-password", r#"{"current_password":"a","new_password":"b","new_password":"c"}"#),
    ] {
        let request = ada.with_csrf(ada.request(Method::POST, path));
        let request = request.header(CONTENT_TYPE, "application/json").body(body);
        assert_twice(&ada.send(request).await, &json!(["body"]), body);
    }

    let query = "keep_current=true&keep_current=false";
    let answer = ada.post(&format!("/logout-all?{query}")).await;
    assert_twice(&answer, &json!(["query", "keep_current"]), query);
    assert_eq!(ada.get("/me").await.status, 200, "nothing was ended");
}
