//! What a single-page application asks for: JSON at sign-in, answers that say more, CORS, cookies
//! that reach a subdomain or another site.

use axum::Router;
use axum::routing::get;
use crudauth::http::SameSite;
use crudauth::{
    BearerConfig, CookieConfig, CrudAuth, ScopeName as _, SecretKey, SessionConfig, StartupError,
};
use crudauth_tests::support::{
    Account, AccountProvisioned, Answer, BearerApp, Client, NotesRead, PASSWORD, ReportsRead,
    Server, TestApp, TestBuilder, in_body, routes,
};
use reqwest::Method;
use serde_json::{Value, json};

const FRONT_END: &str = "https://app.example.com";

async fn post(app: &TestApp, path: &str, body: &Value) -> Answer {
    let mut client = app.client();
    let request = client.request(Method::POST, path).json(body);
    client.send(request).await
}

#[tokio::test(flavor = "multi_thread")]
async fn json_signs_in_where_the_application_takes_it_and_nowhere_else() {
    let right = json!({ "username": "ada", "password": PASSWORD });
    let app = BearerApp::start().await;
    app.signed_in("ada").await;
    for path in ["/login", "/token"] {
        let answer = post(&app, path, &right).await;
        assert_eq!(answer.status, 422, "{path}");
        assert_eq!(answer.detail()[0]["type"], "missing", "{path}");
    }

    let app = BearerApp::built(in_body(), TestBuilder::json_sign_in).await;
    app.signed_in("ada").await;
    for path in ["/login", "/token"] {
        let by_form = [("username", "ada"), ("password", PASSWORD)];
        let by_form = app.client().post_form(path, &by_form).await;
        let by_json = post(&app, path, &right).await;
        assert_eq!(by_form.status, by_json.status, "{path}");
        assert_eq!(by_json.status, 200, "{path}: {}", by_json.text());
        let keys =
            |it: &Answer| it.json().as_object().map(|it| it.keys().cloned().collect::<Vec<_>>());
        assert_eq!(keys(&by_form), keys(&by_json), "{path}");
        for (body, status) in [
            (json!({ "username": "ada", "password": "wrong" }), 401),
            (json!({ "username": "ada" }), 422),
            (json!({ "username": 1, "password": PASSWORD }), 422),
            (json!({ "username": "ada", "password": null }), 422),
            (json!({ "username": "ada", "password": PASSWORD, "grant_type": "x" }), 422),
            (json!(["ada", PASSWORD]), 422),
        ] {
            assert_eq!(post(&app, path, &body).await.status, status, "{path} {body}");
        }
        let request = app.client().request(Method::POST, path).json(&right);
        let foreign = app.client().send(request.header("origin", "https://evil.example")).await;
        let expected = if path == "/login" { 403 } else { 200 };
        assert_eq!(foreign.status, expected, "{path}");
    }
    for (remember, lasts) in
        [(json!(true), true), (json!("yes"), true), (json!(false), false), (json!(null), false)]
    {
        let mut body = right.clone();
        body["remember_me"] = remember.clone();
        let answer = post(&app, "/login", &body).await;
        let session = answer.set_cookies()[0].contains("Max-Age=");
        assert_eq!((answer.status.as_u16(), session), (200, lasts), "{remember}");
    }
    let body = json!({ "username": "ada", "password": PASSWORD, "remember_me": "perhaps" });
    assert_eq!(post(&app, "/login", &body).await.detail()[0]["type"], "bool_parsing");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_answer_with_tokens_says_more_where_the_application_asks_for_it() {
    let keys = |answer: &Answer| -> Vec<String> {
        answer.json().as_object().expect("an object").keys().cloned().collect()
    };
    let app = BearerApp::start().await;
    let (mut ada, first) = app.token_of("ada").await;
    assert_eq!(keys(&first), ["access_token", "refresh_token", "token_type"]);
    let renewed = ada.refresh(&first.field("refresh_token")).await;
    assert_eq!(keys(&renewed), keys(&first));

    let app = BearerApp::built(in_body().detailed_answers(), |builder| builder).await;
    let (mut ada, _) = app.token_of("ada").await;
    let scope = format!("{} {}", NotesRead::NAME.as_str(), ReportsRead::NAME.as_str());
    let first = ada.token("ada", PASSWORD, Some(&scope)).await;
    let renewed = ada.refresh(&first.field("refresh_token")).await;
    for answer in [&first, &renewed] {
        let answer = answer.json();
        assert_eq!(answer["expires_in"], 15 * 60, "{answer}");
        assert_eq!(answer["scope"], *scope, "{answer}");
        assert_eq!(answer["user_id"], 1, "{answer}");
        assert_eq!(answer["token_type"], "bearer", "{answer}");
    }
    let none = ada.token("ada", PASSWORD, Some("unknown")).await;
    assert_eq!(none.json()["scope"], "", "nothing was granted, and that is said");
}

/// An application with `auth.cors()` around it.
async fn with_cors() -> (TestApp, Server) {
    let app = TestApp::with(|builder| {
        builder.add_trusted_origin(FRONT_END).session(SessionConfig::default().management_routes())
    })
    .await;
    let closed = app.auth.protect(Router::new().route("/inside", get(|| async { "inside" })));
    let site = routes(&app.auth, closed).layer(app.auth.cors());
    (app, Server::serve(site).await)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pages_of_trusted_origins_read_the_answers_and_no_others() {
    let (_app, server) = with_cors().await;
    let mut client = server.client();
    for path in ["/login", "/inside", "/sessions/x", "/nowhere"] {
        let preflight = |origin: &str| {
            let request = client.request(Method::OPTIONS, path).header("origin", origin);
            request
                .header("access-control-request-method", "DELETE")
                .header("access-control-request-headers", "content-type,x-csrf-token")
        };
        let (friend, stranger) = (preflight(FRONT_END), preflight("https://evil.example"));
        let answer = client.clone().send(friend).await;
        assert_eq!(answer.status, 200, "{path}: a preflight meets no gate");
        assert_eq!(answer.header("access-control-allow-origin"), Some(FRONT_END), "{path}");
        assert_eq!(answer.header("access-control-allow-credentials"), Some("true"));
        assert_eq!(answer.header("access-control-max-age"), Some("600"));
        let methods = answer.header("access-control-allow-methods").expect("methods");
        assert!(["GET", "POST", "PUT", "PATCH", "DELETE"].iter().all(|it| methods.contains(it)));
        let headers = answer.header("access-control-allow-headers").expect("headers");
        let asked = ["content-type", "authorization", "x-csrf-token"];
        assert!(asked.iter().all(|it| headers.contains(it)), "{headers}");
        assert!(answer.header("vary").is_some_and(|it| it.contains("origin")), "{path}");
        let answer = client.clone().send(stranger).await;
        assert_eq!(answer.header("access-control-allow-origin"), None, "{path}");
    }

    let request = client.request(Method::GET, "/inside").header("origin", FRONT_END);
    let refused = client.send(request).await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("access-control-allow-origin"), Some(FRONT_END), "it can be read");
    let exposed = refused.header("access-control-expose-headers").expect("headers");
    for header in [
        "x-csrf-error",
        "retry-after",
        "www-authenticate",
        "x-ratelimit-limit",
        "x-ratelimit-remaining",
    ] {
        assert!(exposed.contains(header), "{exposed}");
    }

    // The whole way of such a page.
    client.register("ada@example.com", "ada", PASSWORD).await;
    let form = [("username", "ada"), ("password", PASSWORD)];
    let of_page = |method, path: &str, client: &Client| {
        let request = client.with_csrf(client.request(method, path)).header("origin", FRONT_END);
        request.header("sec-fetch-site", "same-site")
    };
    let request = of_page(Method::POST, "/login", &client).form(&form);
    assert_eq!(client.send(request).await.status, 200);
    let request = of_page(Method::POST, "/csrf/refresh", &client);
    let token = client.send(request).await.json()["csrf_token"].clone();
    assert_eq!(token.as_str(), client.csrf_token());
    let request = of_page(Method::GET, "/inside", &client);
    assert_eq!(client.send(request).await.text(), "inside");
    let request = of_page(Method::POST, "/logout", &client);
    assert_eq!(client.send(request).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_reach_a_domain_or_another_site_where_they_are_told_to() {
    let cookies = CookieConfig::default().domain("example.com");
    let bearer = BearerConfig::default();
    let app = TestApp::with(|builder| builder.cookies(cookies).bearer(bearer)).await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let mut set: Vec<String> = Vec::new();
    for path in ["/login", "/token"] {
        let answer = ada.post_form(path, &[("username", "ada"), ("password", PASSWORD)]).await;
        set.extend(answer.set_cookies().into_iter().map(str::to_owned));
    }
    set.extend(ada.post("/logout").await.set_cookies().into_iter().map(str::to_owned));
    assert!(set.len() >= 7, "{set:?}");
    for cookie in &set {
        assert!(cookie.contains("; Domain=example.com; "), "{cookie}");
        assert!(!cookie.contains("__Host-") && cookie.ends_with("; Secure"), "{cookie}");
    }

    let cookies = CookieConfig::default().same_site(SameSite::None);
    let app = TestApp::with(|builder| builder.cookies(cookies).add_trusted_origin(FRONT_END)).await;
    let mut ada = app.client();
    ada.register("ada@example.com", "ada", PASSWORD).await;
    let answer = ada.login("ada", PASSWORD).await;
    for cookie in answer.set_cookies() {
        assert!(cookie.starts_with("__Host-"), "{cookie}");
        assert!(cookie.ends_with("; Path=/; SameSite=none; Secure"), "{cookie}");
    }
    // The guards that are left hold.
    let request = |origin: &str, token: Option<&str>| {
        let request = ada.request(Method::POST, "/notes").header("sec-fetch-site", "cross-site");
        let request = request.header("origin", origin);
        token.into_iter().fold(request, |request, token| request.header("x-csrf-token", token))
    };
    let token = ada.csrf_token();
    for (origin, token, status) in [
        (FRONT_END, token, 200),
        (FRONT_END, None, 403),
        ("https://evil.example", token, 403),
        ("null", token, 403),
    ] {
        let answer = ada.clone().send(request(origin, token)).await;
        assert_eq!(answer.status, status, "{origin} {token:?}");
    }
}

async fn refused(configure: impl FnOnce(TestBuilder) -> TestBuilder) -> Option<StartupError> {
    let app = TestApp::start().await;
    let key = SecretKey::random().expect("random bytes");
    let builder = CrudAuth::<Account>::builder(app.database.clone(), key);
    let builder = builder.new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) });
    configure(builder).build().await.err()
}

#[tokio::test(flavor = "multi_thread")]
async fn cookies_that_make_no_sense_are_refused_with_the_way_out() {
    for domain in [
        "",
        "com",
        "localhost",
        ".example.com",
        "example.com.",
        "a..b",
        "https://example.com",
        "example.com:8080",
        "example.com/",
        "127.0.0.1",
        "[::1]",
        "*.example.com",
        "exa mple.com",
        "-a.example.com",
        "b\u{fc}cher.example",
        "example.com; Path=/x",
    ] {
        let cookies = CookieConfig::default().domain(domain);
        let error = refused(|builder| builder.cookies(cookies)).await.expect(domain);
        assert!(error.to_string().contains("`CookieConfig::domain`"), "{domain}: {error}");
    }
    let good = CookieConfig::default().domain("xn--bcher-kva.example");
    assert!(refused(|builder| builder.cookies(good)).await.is_none());

    let named = SessionConfig::default().cookie_name("__Host-mine");
    let domain = CookieConfig::default().domain("example.com");
    let error = refused(|builder| builder.cookies(domain).session(named)).await.expect("refused");
    assert!(error.to_string().contains("without a domain"), "{error}");

    let none = || CookieConfig::default().same_site(SameSite::None);
    let error = refused(|builder| builder.cookies(none())).await.expect("nobody is trusted");
    assert!(error.to_string().contains("`Builder::add_trusted_origin`"), "{error}");
    let session = SessionConfig::default().without_csrf_token();
    let tokenless = |builder: TestBuilder| {
        builder.cookies(none()).add_trusted_origin(FRONT_END).session(session)
    };
    let error = refused(tokenless).await.expect("no guard is left");
    assert!(error.to_string().contains("keep the CSRF tokens"), "{error}");
    let insecure = CookieConfig::insecure_for_plain_http_development().same_site(SameSite::None);
    let insecure = |builder: TestBuilder| builder.cookies(insecure).add_trusted_origin(FRONT_END);
    let error = refused(insecure).await.expect("no browser takes it");
    assert!(error.to_string().contains("`Secure`"), "{error}");
    assert!(
        refused(|builder| builder.cookies(none()).add_trusted_origin(FRONT_END)).await.is_none()
    );
}
