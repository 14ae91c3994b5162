//! Flows that a user begins who is signed in: a link, and a proof to be there.

use crudauth_tests::support::{Client, PASSWORD};
use http::Method;
use serde_json::{Value, json};

use crate::app::{ADA, App, callback, has_session, parameters, refusal, target_of};

async fn linked(client: &mut Client) -> Vec<Value> {
    let answer = client.get("/oauth/accounts").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    answer.json().as_array().expect("a list").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_proved_user_with_elevated_rights_begins_a_link() {
    let app = App::start(|config| config).await;
    let path = "/oauth/sso/link";
    assert_eq!(app.client().post_json(path, &json!({})).await.status, 401);
    let mut me = app.member("grace").await;
    let told = |answer: crudauth_tests::support::Answer| (answer.status.as_u16(), answer.detail());
    let required = json!("Re-authentication required.");
    assert_eq!(told(me.post_json(path, &json!({})).await), (403, required));
    // A page of another site, and one without the token.
    let bare = me.request(Method::POST, path).header("content-type", "application/json").body("{}");
    assert_eq!(me.send(bare).await.status, 403);
    let foreign =
        me.with_csrf(me.request(Method::POST, path)).header("sec-fetch-site", "cross-site");
    assert_eq!(me.send(foreign).await.status, 403);
    // No token of an app links.
    let form = [("username", "grace"), ("password", PASSWORD)];
    let tokens = app.client().post_form("/token", &form).await.json();
    let access = tokens["access_token"].as_str().expect("a token");
    let mut device = app.client();
    for what in ["link", "reauthenticate"] {
        let request =
            device.request(Method::POST, &format!("/oauth/sso/{what}")).bearer_auth(access);
        assert_eq!(device.send(request).await.status, 403, "{what}");
    }
    assert_eq!(me.post_json("/sudo", &json!({ "password": PASSWORD })).await.status, 200);
    app.database.execute("UPDATE members SET email_verified = FALSE").await;
    let unproved = json!("Recovery factor not verified");
    assert_eq!(told(me.post_json(path, &json!({})).await), (403, unproved));
    assert!(app.flows_kept().await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_ends_in_the_session_that_has_begun_it_and_nowhere_else() {
    let app = App::start(|config| config).await;
    let me = app.elevated("grace").await;
    // Another session of the same browser: somebody else has signed in meanwhile.
    let mut first = me.moved_to(app.server.address);
    let state = app.begin_for_user(&mut first, "link").await;
    let mut eve = app.member("eve").await;
    let stolen = format!("{}; {}", cookies(&eve), browser(&first));
    let request = app.client().request(Method::GET, &callback(&state)).header("cookie", stolen);
    let answer = app.client().send(request).await;
    assert_eq!(refusal(&answer), "invalid_state");
    assert_eq!(app.events().await, ["state_of_other_session"]);
    assert!(linked(&mut eve).await.is_empty() && linked(&mut first).await.is_empty());
    // Nobody is signed in.
    let mut second = me.moved_to(app.server.address);
    let state = app.begin_for_user(&mut second, "link").await;
    let request = app.client().request(Method::GET, &callback(&state));
    let request = request.header("cookie", browser(&second));
    assert_eq!(refusal(&app.client().send(request).await), "invalid_state");
    assert_eq!(app.count("members").await, 2, "it is no sign-in");
    // The session has ended, or the password is another one.
    let state = app.begin_for_user(&mut second, "link").await;
    app.database.execute("UPDATE members SET token_version = token_version + 1").await;
    assert_eq!(refusal(&app.finish(&mut second, &state).await), "invalid_state");
    assert_eq!(app.count("crudauth_identities").await, 0);
}

/// What a client shows as its cookies.
fn cookies(client: &Client) -> String {
    let all: Vec<_> =
        client.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
    all.join("; ")
}

fn browser(client: &Client) -> String {
    let (name, value) =
        client.cookies.iter().find(|(name, _)| name.contains("oauth_state")).expect("a browser");
    format!("{name}={value}")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_is_listed_signs_in_and_is_taken_off() {
    let app = App::start(crudauth::oauth::OAuthConfig::json).await;
    let mut me = app.elevated("grace").await;
    let state = app.begin_for_user(&mut me, "link").await;
    let answer = app.finish(&mut me, &state).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let listed = linked(&mut me).await;
    assert_eq!((listed.len(), &answer.json()["linked"]), (1, &listed[0]));
    assert_eq!((&listed[0]["provider"], &listed[0]["email"]), (&json!("sso"), &json!(ADA)));
    assert_eq!(listed[0]["provider_account_id"], "248289761001");
    assert_eq!(me.get("/me").await.json()["email"], "grace@example.com", "the address stays");
    assert_eq!(app.events().await, ["oauth_linked"]);
    // It is a way in from now on.
    let mut elsewhere = app.client();
    let answer = app.sign_in(&mut elsewhere).await;
    assert_eq!(answer.json()["user"]["username"], "grace");
    // Somebody else does not get it.
    let mut eve = app.elevated("eve").await;
    let state = app.begin_for_user(&mut eve, "link").await;
    assert_eq!(refusal(&app.finish(&mut eve, &state).await), "identity_taken");
    assert_eq!(app.events().await, ["oauth_signed_in", "identity_taken"]);

    let id = listed[0]["id"].as_str().expect("an id");
    let path = format!("/oauth/accounts/{id}");
    let delete =
        |client: &Client, path: &str| client.with_csrf(client.request(Method::DELETE, path));
    let bare = me.request(Method::DELETE, &path);
    assert_eq!(me.send(bare).await.status, 403, "a page of another site");
    assert_eq!(elsewhere.send(delete(&elsewhere, &path)).await.status, 403, "no elevated rights");
    for unknown in [&path, "/oauth/accounts/none", "/oauth/accounts/%ff"] {
        let answer = eve.send(delete(&eve, unknown)).await;
        assert_eq!(
            (answer.status.as_u16(), answer.detail()),
            (404, json!("Linked account not found."))
        );
    }
    let answer = me.send(delete(&me, &path)).await;
    assert_eq!((answer.status.as_u16(), answer.detail()), (200, json!("Account unlinked.")));
    assert!(linked(&mut me).await.is_empty());
    assert_eq!(elsewhere.get("/me").await.status, 401, "what it had signed in is over");
    assert_eq!(me.get("/me").await.status, 200);
    assert_eq!(app.events().await, ["oauth_unlinked"]);
    assert_eq!(me.send(delete(&me, &path)).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_links_nothing_and_a_link_signs_nobody_in() {
    let app = App::start(|config| config).await;
    let mut me = app.elevated("grace").await;
    // A sign-in that ends in the browser of a user who is signed in is one of its own.
    let state = app.begin(&mut me, "").await;
    assert!(has_session(&app.finish(&mut me, &state).await));
    assert_eq!(me.get("/me").await.json()["email"], ADA);
    assert_eq!(app.count("members").await, 2);
    let mut ada = app.elevated("eve").await;
    let state = app.begin_for_user(&mut ada, "link").await;
    let answer = app.finish(&mut ada, &state).await;
    assert_eq!(refusal(&answer), "identity_taken");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_renewed_proof_by_a_provider_gives_elevated_rights() {
    let app = App::start(|config| config).await;
    let mut me = app.client();
    app.sign_in(&mut me).await;
    assert_eq!(me.post("/danger").await.status, 403);
    let answer =
        me.post_json("/oauth/sso/reauthenticate", &json!({ "redirect_to": "/settings" })).await;
    let asked = parameters(&target_of(&answer));
    assert_eq!((&*asked["prompt"], &*asked["max_age"]), ("login", "0"));
    let now = app.provider.said().now;
    let state = app.arrive(&target_of(&answer));
    // The provider shows no sign-in, or an old one.
    assert_eq!(refusal(&app.finish(&mut me, &state).await), "oauth_failed");
    for auth_time in [json!(now - 61), json!("now"), json!(null)] {
        let state = app.begin_for_user(&mut me, "reauthenticate").await;
        app.claims(json!({ "auth_time": auth_time }));
        assert_eq!(refusal(&app.finish(&mut me, &state).await), "oauth_failed");
    }
    // Somebody else is there.
    let state = app.begin_for_user(&mut me, "reauthenticate").await;
    app.claims(json!({ "auth_time": now, "sub": "other" }));
    assert_eq!(refusal(&app.finish(&mut me, &state).await), "identity_taken");
    assert_eq!(me.post("/danger").await.status, 403);
    app.events().await;

    app.claims(json!({ "auth_time": now }));
    let answer =
        me.post_json("/oauth/sso/reauthenticate", &json!({ "redirect_to": "/settings" })).await;
    let state = app.arrive(&target_of(&answer));
    let answer = app.finish(&mut me, &state).await;
    assert_eq!((answer.status.as_u16(), answer.header("location")), (307, Some("/settings")));
    assert_eq!(me.post("/danger").await.status, 200);
    assert_eq!(app.count("members").await, 1);
    // Not the last way in.
    let listed = linked(&mut me).await;
    let path = format!("/oauth/accounts/{}", listed[0]["id"].as_str().expect("an id"));
    let request = me.with_csrf(me.request(Method::DELETE, &path));
    let answer = me.send(request).await;
    let only = json!("This is the only way to sign in to the account.");
    assert_eq!((answer.status.as_u16(), answer.detail()), (409, only));
    // And for a quarter of an hour at most.
    app.provider.advance(std::time::Duration::from_secs(15 * 60));
    assert_eq!(me.post("/danger").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_cannot_ask_anew_is_asked_for_no_proof() {
    let app = App::start(|config| config).await;
    let mut me = app.member("grace").await;
    let answer = me.post_json("/oauth/github/reauthenticate", &json!({})).await;
    assert_eq!(answer.status, 400, "{}", answer.text());
    assert_eq!(answer.json()["code"], "reauthentication_unsupported");
    assert_eq!(answer.detail(), "The provider cannot confirm a fresh sign-in.");
    assert!(app.flows_kept().await.is_empty());
}
