//! What the routes of providers promise beside the outcome of a flow.

use crudauth::oauth::{OAuthConfig, Oidc};
use crudauth::{Builder, CrudAuth, RateLimits, SecretKey, SessionConfig};
use crudauth_tests::provider::{CLIENT, CODE};
use crudauth_tests::support::Client;
use crudauth_tests::support::engines::TestDatabase;
use crudauth_tests::support::logs::Logs;
use http::Method;
use http::header::{COOKIE, SET_COOKIE};
use serde_json::json;

use crate::app::{App, MEMBERS, Member, callback, has_session, parameters, refusal, target_of};

/// The one cookie of the browser that an answer sets.
fn browser_cookie(answer: &crudauth_tests::support::Answer) -> String {
    let cookies = answer.headers.get_all(SET_COOKIE).iter();
    let mut cookies = cookies.map(|it| it.to_str().expect("ASCII").to_owned());
    let cookie = cookies.find(|it| it.contains("oauth_state")).expect("a cookie");
    assert!(cookies.all(|it| !it.contains("oauth_state")));
    cookie
}

#[tokio::test(flavor = "multi_thread")]
async fn the_browser_is_known_by_a_cookie_of_the_host_alone() {
    let app = App::start(|config| config).await;
    let mut client = app.client();
    let answer = client.get("/oauth/sso/authorize").await;
    let cookie = browser_cookie(&answer);
    let mut parts: Vec<_> = cookie.split("; ").collect();
    let (name, secret) = parts.remove(0).split_once('=').expect("a value");
    assert_eq!((name, secret.len()), ("__Host-oauth_state", 43));
    parts.sort_unstable();
    assert_eq!(parts, ["HttpOnly", "Max-Age=600", "Path=/", "SameSite=lax", "Secure"]);
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    assert!(!target_of(&answer).contains(secret), "the provider is not told");

    // One secret for all tabs, and another one for each browser.
    let again = browser_cookie(&client.get("/oauth/sso/authorize").await);
    assert!(again.contains(secret));
    let other = browser_cookie(&app.client().get("/oauth/sso/authorize").await);
    assert!(!other.contains(secret));
    // What the provider or a neighbour may have planted is not taken up.
    for planted in ["x", "", "a b", &"x".repeat(44)] {
        let request = app.client().request(Method::GET, "/oauth/sso/authorize");
        let request = request.header(COOKIE, format!("__Host-oauth_state={planted}"));
        let set = browser_cookie(&app.client().send(request).await);
        assert!(!set.contains(&format!("={planted};")), "{planted}");
    }
    // Twice with two values is none, on the way back as well.
    let state = app.arrive(&target_of(&answer));
    let twice = format!("__Host-oauth_state={secret}; __Host-oauth_state={}", "A".repeat(43));
    let request = app.client().request(Method::GET, &callback(&state)).header(COOKIE, twice);
    assert_eq!(refusal(&app.client().send(request).await), "invalid_state");
    assert_eq!(app.events().await, ["state_of_other_browser"]);
    assert!(has_session(&app.finish(&mut client, &state).await), "the flow goes on");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_that_fetches_is_known_by_the_cookie() {
    use crudauth::CookieConfig;
    use crudauth::http::SameSite;
    let oidc = crudauth_tests::provider::Site::oidc;
    let lent = |builder: Builder<Member, TestDatabase>| {
        let builder = builder.cookies(CookieConfig::default().same_site(SameSite::None));
        builder.add_trusted_origin("https://app.example")
    };
    for (app, expected) in [
        (App::with(oidc, OAuthConfig::json, lent).await, "SameSite=none"),
        (App::with(oidc, |config| config, lent).await, "SameSite=lax"),
    ] {
        let answer = app.client().get("/oauth/sso/authorize").await;
        let cookie = answer.header("set-cookie").expect("a cookie");
        assert!(cookie.contains(expected), "{cookie}");
    }
}

#[tokio::test]
async fn the_start_warns_where_no_session_comes_back_from_a_provider() {
    use crudauth::CookieConfig;
    use crudauth::http::{Route, Routes, SameSite};
    let strict = |builder: Builder<Member, TestDatabase>| {
        builder.cookies(CookieConfig::default().same_site(SameSite::Strict))
    };
    let without = |builder| strict(builder).routes(Routes::default().without(Route::OAuthLink));
    let oidc = crudauth_tests::provider::Site::oidc;
    let warning = "nobody can link an identity";
    let logs = Logs::capture();
    let _app = App::with(oidc, |config| config, strict).await;
    assert!(logs.text().contains(warning), "{}", logs.text());
    let logs = Logs::capture();
    let _app = App::with(oidc, OAuthConfig::json, strict).await;
    let _app = App::with(oidc, |config| config, without).await;
    assert!(!logs.text().contains(warning), "{}", logs.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_but_a_get_ends_a_flow() {
    let app = App::start(|config| config).await;
    let mut client = app.client();
    let state = app.begin(&mut client, "").await;
    for (method, path) in [
        (Method::HEAD, callback(&state)),
        (Method::HEAD, "/oauth/sso/authorize".to_owned()),
        (Method::PUT, callback(&state)),
        // This one does not post.
        (Method::POST, callback(&state)),
    ] {
        let request = client.request(method.clone(), &path);
        let answer = client.send(request).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (405, Some("GET")),
            "{method}"
        );
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    }
    assert!(has_session(&app.finish(&mut client, &state).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_provider_is_told_before_anything_else() {
    let json = |config: OAuthConfig| config.json();
    for app in [App::start(|config| config).await, App::start(json).await] {
        let mut me = app.member("ada").await;
        let detail = "Unknown or unconfigured OAuth provider: 'nobody'";
        for path in [
            "/oauth/nobody/authorize",
            "/oauth/nobody/authorize?code_challenge=x",
            "/oauth/nobody/callback",
            "/oauth/nobody/callback?code=a&code=b&state=%ff",
            "/oauth/nobody/callback?error=access_denied",
        ] {
            let answer = me.get(path).await;
            assert_eq!((answer.status.as_u16(), answer.detail()), (400, json!(detail)), "{path}");
            assert_eq!(answer.json()["code"], "unknown_provider");
        }
        for path in ["/oauth/nobody/callback", "/oauth/nobody/link", "/oauth/nobody/reauthenticate"]
        {
            let answer = me.post_json(path, &json!({})).await;
            assert_eq!((answer.status.as_u16(), answer.detail()), (400, json!(detail)), "{path}");
        }
        for name in ["%3Cscript%3E", "%ff", "Sso", &"a".repeat(33)] {
            let answer = me.get(&format!("/oauth/{name}/callback")).await;
            let detail = "Unknown or unconfigured OAuth provider";
            assert_eq!((answer.status.as_u16(), answer.detail()), (400, json!(detail)), "{name}");
        }
        assert!(app.events().await.is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_provider_posts_goes_to_the_address_of_the_settings_and_uses_nothing_up() {
    let app = App::with(|site| site.oidc().form_post(), |config| config, |builder| builder).await;
    let mut client = app.client();
    let answer = client.get("/oauth/sso/authorize").await;
    assert_eq!(parameters(&target_of(&answer))["response_mode"], "form_post");
    let state = app.arrive(&target_of(&answer));
    let fields =
        [("code", CODE), ("state", &state), ("iss", "https://a.example/?x=1&y"), ("user", "{}")];
    // A post of another site has no cookie that is Lax.
    let answer = app.client().post_form("/oauth/sso/callback", &fields).await;
    assert_eq!(answer.status, 303);
    assert!(answer.cookies().is_empty());
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    let target = answer.header("location").expect("a target").to_owned();
    assert!(target.starts_with("https://shop.example.com/oauth/sso/callback?"), "{target}");
    let back = parameters(&target);
    assert_eq!((&*back["code"], &back["state"]), (CODE, &state));
    assert_eq!((back["iss"].as_str(), back.len()), ("https://a.example/?x=1&y", 3));
    for _ in 0..2 {
        let answer = client.post_form("/oauth/sso/callback", &fields[..2]).await;
        assert_eq!(answer.status, 303);
    }
    let twice = [("code", "a"), ("code", "b"), ("state", "c")];
    assert_eq!(refusal(&client.post_form("/oauth/sso/callback", &twice).await), "oauth_failed");
    assert!(has_session(&app.finish(&mut client, &state).await), "the GET ends the flow");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_planted_is_replaced() {
    let app = App::start(|config| config).await;
    let mut planted = app.member("eve").await;
    let mut victim = planted.moved_to(app.server.address);
    let answer = app.sign_in(&mut victim).await;
    assert!(has_session(&answer), "{}", answer.text());
    assert_eq!(victim.get("/me").await.json()["email"], crate::app::ADA);
    assert_eq!(planted.get("/me").await.status, 401, "whoever planted it is in nobody's account");
    // A refusal ends none.
    let mut ada = victim;
    app.claims(json!({ "aud": "other" }));
    assert_eq!(refusal(&app.sign_in(&mut ada).await), "oauth_failed");
    assert_eq!(ada.get("/me").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_life_of_a_flow_is_a_setting() {
    let minutes = |minutes: u64| std::time::Duration::from_secs(60 * minutes);
    let app = App::start(|config| config.flow_life(minutes(30))).await;
    let mut client = app.client();
    let answer = client.get("/oauth/sso/authorize").await;
    assert!(browser_cookie(&answer).contains("Max-Age=1800"));
    let state = app.arrive(&target_of(&answer));
    app.provider.advance(minutes(30) - std::time::Duration::from_secs(1));
    assert!(has_session(&app.finish(&mut client, &state).await));
    // An ID token that was made when the flow was begun is young enough, an older one is not.
    let begun = app.provider.said().now;
    let state = app.begin(&mut client, "").await;
    app.provider.advance(minutes(20));
    app.claims(json!({ "iat": begun }));
    assert!(has_session(&app.finish(&mut client, &state).await));
    let state = app.begin(&mut client, "").await;
    app.provider.advance(minutes(30));
    assert_eq!(refusal(&app.finish(&mut client, &state).await), "invalid_state", "too late");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_provider_uses_no_flow_up() {
    let app = App::start(|config| config).await;
    app.sign_in(&mut app.client()).await;
    app.provider.said().calls.clear();
    let never = || {
        let nothing = futures_util::stream::pending::<Result<bytes::Bytes, std::io::Error>>();
        axum::response::IntoResponse::into_response(axum::body::Body::from_stream(nothing))
    };
    app.provider.said().instead.insert("/token", never);
    let mut waiting = tokio::task::JoinSet::new();
    for _ in 0..32 {
        let mut client = app.client();
        let state = app.begin(&mut client, "").await;
        waiting.spawn(async move { client.get(&callback(&state)).await.status.as_u16() });
    }
    let is_full =
        || app.provider.said().calls.iter().filter(|(path, ..)| path == "/token").count() == 32;
    while !is_full() {
        tokio::task::yield_now().await;
    }
    let mut client = app.client();
    let state = app.begin(&mut client, "").await;
    let answer = app.finish(&mut client, &state).await;
    assert_eq!(answer.status, 503);
    assert!(answer.header("retry-after").is_some() && !has_session(&answer));
    assert!(waiting.join_all().await.iter().all(|status| *status == 307));
    app.provider.said().instead.clear();
    assert!(has_session(&app.finish(&mut client, &state).await), "the browser asks again");
}

/// Brings the code back, and hangs up while the provider is asked. Returns once the identity is linked.
async fn hang_up(app: &App, client: &Client, state: &str) {
    // The provider holds its answer back until the client has gone.
    let (entered, mut arrived) = tokio::sync::mpsc::unbounded_channel();
    let (release, released) = std::sync::mpsc::channel();
    app.provider.said().answer = Box::new(move |_| {
        entered.send(()).expect("the test waits");
        released.recv().expect("the test goes on");
    });
    let (mut request, path) = (client.moved_to(app.server.address), callback(state));
    let call = tokio::spawn(async move { request.get(&path).await });
    arrived.recv().await.expect("the exchange has begun");
    call.abort();
    assert!(call.await.is_err(), "nobody waits for the answer");
    release.send(()).expect("the provider waits");
    while app.count("crudauth_identities").await == 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_client_that_hangs_up_leaves_nothing_half_done() {
    let app = App::start(|config| config).await;
    let mut client = app.client();
    let state = app.begin(&mut client, "").await;
    hang_up(&app, &client, &state).await;
    assert_eq!(app.count("members").await, 1);
    app.provider.said().behave();
    assert_eq!(refusal(&app.finish(&mut client, &state).await), "invalid_state");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_link_is_made_and_told_though_the_client_hangs_up() {
    let app = App::start(|config| config).await;
    let mut me = app.elevated("grace").await;
    let state = app.begin_for_user(&mut me, "link").await;
    hang_up(&app, &me, &state).await;
    let listed = me.get("/oauth/accounts").await.json();
    assert_eq!((listed.as_array().map(Vec::len), &listed[0]["provider"]), (Some(1), &json!("sso")));
    app.auth.shutdown(std::time::Duration::from_secs(10)).await.expect("all is done");
    assert_eq!(app.events().await, ["oauth_linked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_tabs_of_a_browser_end_their_flows_in_either_order() {
    let app = App::start(|config| config).await;
    for last_first in [false, true] {
        let mut client = app.client();
        let mut tabs = Vec::new();
        for page in ["/one", "/two"] {
            let query = format!("?redirect_to={page}");
            tabs.push((page, app.begin(&mut client, &query).await));
        }
        if last_first {
            tabs.reverse();
        }
        for (page, state) in tabs {
            let answer = app.finish(&mut client, &state).await;
            assert!(has_session(&answer), "{page}: {}", answer.text());
            assert_eq!(answer.header("location"), Some(page));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_counted() {
    let limits = RateLimits::default();
    let build = |builder: crudauth::Builder<Member, TestDatabase>| builder.rate_limits(limits);
    let app = App::with(crudauth_tests::provider::Site::oidc, |config| config, build).await;
    let mut client = app.client();
    for _ in 0..30 {
        assert_eq!(client.get("/oauth/sso/authorize").await.status, 307);
    }
    let answer = client.get("/oauth/sso/authorize").await;
    assert_eq!(answer.status, 429);
    assert!(answer.header("retry-after").is_some());
    for _ in 0..30 {
        let body = json!({ "code": "x", "code_verifier": "x".repeat(43) });
        assert_eq!(client.post_json("/oauth/token", &body).await.status, 400);
    }
    let answer =
        client.post_json("/oauth/token", &json!({ "code": "x", "code_verifier": "y" })).await;
    assert_eq!(answer.status, 429);
    let mut me = app.elevated("ada").await;
    for _ in 0..10 {
        assert_eq!(me.post_json("/oauth/sso/link", &json!({})).await.status, 200);
    }
    assert_eq!(me.post_json("/oauth/sso/link", &json!({})).await.status, 429);
    assert_eq!(me.post_json("/oauth/sso/reauthenticate", &json!({})).await.status, 429);
}

#[tokio::test]
async fn what_cannot_work_is_told_at_the_start_all_at_once() {
    let provider = |name: &str, issuer: &str| Oidc::new(name, issuer, CLIENT).expect("a provider");
    let empty = crudauth::oauth::ClientSecret::new(" ");
    let config = OAuthConfig::new("https://shop.example.com/?x")
        .add_provider(provider("one", "https://sso.example.com/"))
        .add_provider(provider("two", "https://sso.example.com"))
        .add_provider(provider("three", "https://three.example").secret(empty))
        .add_app_link("javascript:alert(1)")
        .flow_life(std::time::Duration::from_secs(31 * 60));
    let database = TestDatabase::new(&MEMBERS).await;
    let built = CrudAuth::<Member>::builder(database, SecretKey::random().expect("bytes"))
        .oauth(config)
        .session(SessionConfig::default())
        .build()
        .await;
    let said = built.expect_err("refused").to_string();
    for part in [
        "OAuthConfig::new(\"https://shop.example.com/?x\")",
        "the providers `one` and `two` have one issuer",
        "the client secret of the provider `three` is empty",
        "OAuthConfig::add_app_link(\"javascript:alert(1)\")",
        "OAuthConfig::flow_life",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_setting_a_flow_ends_at_the_address_of_the_application() {
    let provider = crudauth_tests::provider::Site::start().await;
    let config = OAuthConfig::new("https://shop.example.com/app").add_provider(provider.oidc());
    let database = TestDatabase::new(&MEMBERS).await;
    let auth = CrudAuth::<Member>::builder(database, SecretKey::random().expect("bytes"))
        .oauth(config)
        .clock(provider.clock.clone())
        .build()
        .await
        .expect("a configuration that works");
    let server = crudauth_tests::support::Server::serve(auth.router()).await;
    let mut client = server.client();
    let url = target_of(&client.get("/oauth/sso/authorize").await);
    assert_eq!(parameters(&url)["redirect_uri"], "https://shop.example.com/app/oauth/sso/callback");
    let answer = client.get("/oauth/sso/callback?code=x&state=y").await;
    assert_eq!(
        answer.header("location"),
        Some("https://shop.example.com/app/?error=invalid_state")
    );
}
