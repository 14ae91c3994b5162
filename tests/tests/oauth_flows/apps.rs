//! Native apps, and front ends that have tokens and no session.

use base64ct::{Base64UrlUnpadded, Encoding};
use crudauth::http::{Route, Routes};
use crudauth::oauth::OAuthConfig;
use crudauth::{BearerConfig, RefreshDelivery};
use crudauth_tests::provider::Site;
use crudauth_tests::support::{Answer, Client};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::{APP_LINK, App, callback, has_session, parameters};

const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// How an app begins.
fn query(link: &str, verifier: &str) -> String {
    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(verifier));
    format!("?redirect_to={link}&code_challenge={challenge}&code_challenge_method=S256")
}

/// What the app gets at its link.
async fn code(app: &App, client: &mut Client) -> String {
    let state = app.begin(client, &query(APP_LINK, VERIFIER)).await;
    let answer = app.finish(client, &state).await;
    assert_eq!(answer.status, 307);
    assert!(!has_session(&answer), "an app has no session");
    let target = answer.header("location").expect("a target");
    assert!(target.starts_with(&format!("{APP_LINK}?code=")), "{target}");
    let mut back = parameters(target);
    assert_eq!(back.len(), 1, "no token is in an address");
    back.remove("code").expect("a code")
}

async fn exchange(app: &App, code: &str, verifier: &str) -> Answer {
    let body = json!({ "code": code, "code_verifier": verifier });
    app.client().post_json("/oauth/token", &body).await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_exchanges_its_code_once_within_a_minute_and_with_its_verifier() {
    let app = App::start(|config| config).await;
    let mut client = app.client();
    let of_app = code(&app, &mut client).await;
    assert_eq!(app.flows_kept().await.len(), 1);
    let answer = exchange(&app, &of_app, VERIFIER).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["token_type"], "bearer");
    let cookies = answer.cookies();
    assert!(
        cookies.iter().any(|(name, _)| name.contains("refresh")),
        "as at `/token`: {cookies:?}"
    );
    let access = body["access_token"].as_str().expect("a token");
    let mut device = app.client();
    let me = device.request(http::Method::GET, "/me").bearer_auth(access);
    assert_eq!(device.send(me).await.json()["email"], crate::app::ADA);
    assert_eq!(app.events().await, ["oauth_account_created", "oauth_signed_in"]);

    let refused = |answer: Answer| (answer.status.as_u16(), answer.detail());
    let told = || (400, json!("Invalid or expired code"));
    assert_eq!(refused(exchange(&app, &of_app, VERIFIER).await), told(), "twice");
    assert_eq!(app.events().await, ["invalid_app_code"]);
    let other = code(&app, &mut client).await;
    let wrong = "x".repeat(43);
    for verifier in [&*wrong, VERIFIER] {
        assert_eq!(refused(exchange(&app, &other, verifier).await), told(), "used up by the guess");
    }
    let late = code(&app, &mut client).await;
    app.provider.advance(std::time::Duration::from_secs(61));
    assert_eq!(refused(exchange(&app, &late, VERIFIER).await), told(), "too late");
    let changed = code(&app, &mut client).await;
    app.database.execute("UPDATE members SET token_version = token_version + 1").await;
    assert_eq!(refused(exchange(&app, &changed, VERIFIER).await), told(), "other credentials");
    let inactive = code(&app, &mut client).await;
    app.database.execute("UPDATE members SET is_active = FALSE").await;
    assert!(exchange(&app, &inactive, VERIFIER).await.status.is_client_error());
    for code in ["", "x", &"x".repeat(5000)] {
        assert_eq!(exchange(&app, code, VERIFIER).await.status, 400, "{code}");
    }
}

/// A page that has a code of its own would sign its visitor in to the account of somebody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_another_site_plants_no_refresh_cookie_by_a_code() {
    let from = |app: &App, name: &str, value: &str, code: &str| {
        let body = json!({ "code": code, "code_verifier": VERIFIER });
        let page = app.client();
        let request = page.request(http::Method::POST, "/oauth/token").header(name, value);
        (page, request.json(&body))
    };
    let app = App::start(|config| config).await;
    let of_app = code(&app, &mut app.client()).await;
    app.occurrences().await;
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let (mut page, request) = from(&app, name, value, &of_app);
        let answer = page.send(request).await;
        assert_eq!(answer.status, 403, "{name}: {value}: {}", answer.text());
        assert_eq!(answer.detail(), "Cross-site login requests are not allowed.");
        assert!(answer.cookies().is_empty(), "{name}: {value}");
        let told: Vec<_> = app.occurrences().await.iter().map(|it| it.event.name()).collect();
        assert_eq!(told, ["cross_site_login"], "{name}: {value}");
    }
    // The code is not used up, and the site itself may exchange it.
    let (mut page, request) = from(&app, "sec-fetch-site", "same-origin", &of_app);
    assert_eq!(page.send(request).await.status, 200);

    // Where no cookie has the refresh token, there is nothing to plant.
    let in_the_body = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
    let app = App::with(Site::oidc, |it| it, |builder| builder.bearer(in_the_body)).await;
    let of_app = code(&app, &mut app.client()).await;
    let (mut page, request) = from(&app, "origin", "https://evil.example", &of_app);
    let answer = page.send(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["refresh_token"].is_string() && answer.cookies().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_exchanges_of_a_code_one_gets_tokens() {
    let app = App::start(|config| config).await;
    let code = code(&app, &mut app.client()).await;
    let mut race = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (mut client, code) = (app.client(), code.clone());
        race.spawn(async move {
            let body = json!({ "code": code, "code_verifier": VERIFIER });
            client.post_json("/oauth/token", &body).await.status.as_u16()
        });
    }
    let statuses = race.join_all().await;
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 400).count(), 15, "{statuses:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_goes_to_a_listed_link_of_an_app_that_has_a_verifier() {
    let page = "https://app.example.com";
    let app = App::start(|config| config.add_redirect_origin(page)).await;
    let mut client = app.client();
    let challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
    for query in [
        format!("?code_challenge={challenge}&code_challenge_method=S256"),
        query("com.example.evil:/signed-in", VERIFIER),
        query("com.example.shop:/signed-in/x", VERIFIER),
        query("https://evil.example/", VERIFIER),
        // Where anybody can have a browser sent, and a page does not keep the code to itself.
        query("/welcome", VERIFIER),
        query("https://app.example.com/signed-in", VERIFIER),
        format!("?redirect_to={APP_LINK}&code_challenge={challenge}"),
        format!("?redirect_to={APP_LINK}&code_challenge={challenge}&code_challenge_method=plain"),
        format!("?redirect_to={APP_LINK}&code_challenge=short&code_challenge_method=S256"),
        format!("?redirect_to={APP_LINK}&code_challenge_method=S256"),
    ] {
        let answer = client.get(&format!("/oauth/sso/authorize{query}")).await;
        assert_eq!(crate::app::refusal(&answer), "oauth_failed", "{query}");
    }
    assert!(app.flows_kept().await.is_empty());
    // Without a verifier it is a sign-in, which ends at no app.
    let state = app.begin(&mut client, &format!("?redirect_to={APP_LINK}")).await;
    let answer = app.finish(&mut client, &state).await;
    assert_eq!(answer.header("location"), Some(crate::app::WELCOME));
    // A failure goes to the app as well.
    let state = app.begin(&mut client, &query(APP_LINK, VERIFIER)).await;
    app.claims(json!({ "aud": "other" }));
    let answer = app.finish(&mut client, &state).await;
    let target = format!("{APP_LINK}?error=oauth_failed");
    assert_eq!(answer.header("location"), Some(&*target));
    let state = app.begin(&mut client, &query(APP_LINK, VERIFIER)).await;
    let answer = client.get(&format!("{}&error=access_denied", callback(&state))).await;
    assert_eq!(answer.header("location"), Some(&*target));
    // Also that of a flow that cannot begin.
    let path = format!("/oauth/other/authorize{}", query(APP_LINK, VERIFIER));
    assert_eq!(client.get(&path).await.header("location"), Some(&*target));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_page_fetches_it_goes_to_the_link_of_the_app_itself() {
    let app = App::start(crudauth::oauth::OAuthConfig::json).await;
    let mut client = app.client();
    let path = format!("/oauth/sso/authorize{}", query(APP_LINK, VERIFIER));
    // The app opens the address in a browser, which follows; what comes back is fetched by the page.
    let answer = client.get(&path).await;
    assert_eq!(answer.status, 307);
    let state = app.arrive(answer.header("location").expect("a target"));
    let answer = app.finish(&mut client, &state).await;
    assert_eq!((answer.status.as_u16(), has_session(&answer)), (200, false));
    let body = answer.json();
    let target = body["redirect_to"].as_str().expect("a target");
    assert!(target.starts_with(&format!("{APP_LINK}?code=")), "{target}");
    let code = parameters(target).remove("code").expect("a code");
    assert_eq!(exchange(&app, &code, VERIFIER).await.status, 200);
    // A failure goes to the app, too.
    let state = app.arrive(client.get(&path).await.header("location").expect("a target"));
    app.claims(json!({ "aud": "other" }));
    let answer = app.finish(&mut client, &state).await;
    let body = json!({ "redirect_to": format!("{APP_LINK}?error=oauth_failed") });
    assert_eq!((answer.status.as_u16(), answer.json()), (200, body));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_there_are_tokens_alone_a_page_gets_them() {
    let build =
        |builder: crudauth::Builder<_, _>| builder.routes(Routes::default().without(Route::Login));
    let app = App::with(Site::oidc, OAuthConfig::json, build).await;
    let answer = app.sign_in(&mut app.client()).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert!(answer.json()["access_token"].is_string(), "{}", answer.text());
    assert!(!has_session(&answer));
}
