//! Nothing that proves something in a flow rests or is told anywhere.

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use crudauth::oauth::{Begin, Browser, Callback, ClientSecret, OAuthConfig, Oidc};
use crudauth_tests::attack::secrets::{Needle, Place, search, shown};
use crudauth_tests::provider::{CLIENT, SECRET, refresh_token};
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::{Answer, Client};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::app::{ADA, APP_LINK, App, Member, target_of};
use crate::faults;

const CODE: &str = "4~0AX4XfWh-needle-of-the-code";
const ACCESS: &str = "ya29.needle-of-the-access-token";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

/// What is searched for, and where.
#[derive(Default)]
struct Hunt {
    needles: Vec<Needle>,
    places: Vec<Place>,
}

impl Hunt {
    fn secret(&mut self, what: &'static str, value: &str) {
        assert!(value.len() >= 7, "{what}");
        self.needles.push(Needle::new(what, value.as_bytes()));
    }

    fn place(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.places.push(Place { name: name.to_owned(), bytes: bytes.into() });
    }

    /// All of an answer but its cookies, which are the client's.
    fn answer(&mut self, name: &str, answer: &Answer) {
        let mut bytes = answer.body.clone();
        for (name, value) in &answer.headers {
            if name != "set-cookie" {
                bytes.extend_from_slice(value.as_bytes());
                bytes.push(b'\n');
            }
        }
        self.place(name, bytes);
    }
}

async fn begin(
    app: &App,
    hunt: &mut Hunt,
    client: &mut Client,
    (provider, query): (&str, &str),
) -> String {
    let answer = client.get(&format!("/oauth/{provider}/authorize{query}")).await;
    let state = app.arrive(&target_of(&answer));
    // The way to the provider has them, and nothing else has. GitHub has no nonce.
    let nonce = app.provider.said().flows.last().expect("a flow").nonce.clone();
    assert_eq!(nonce.is_empty(), provider == "github");
    for (what, secret) in [("a state", &state), ("a nonce", &nonce)] {
        if !secret.is_empty() {
            assert_eq!(target_of(&answer).matches(secret.as_str()).count(), 1, "{what}");
            hunt.secret(what, secret);
        }
    }
    let (_, secret) =
        client.cookies.iter().find(|(name, _)| name.contains("oauth_state")).expect("a browser");
    assert!(!target_of(&answer).contains(secret.as_str()));
    hunt.secret("a browser", secret);
    state
}

fn callback(state: &str) -> String {
    callback_at("sso", state)
}

fn callback_at(provider: &str, state: &str) -> String {
    format!("/oauth/{provider}/callback?code={CODE}&state={state}")
}

/// A sign-in by each provider, whose tokens are kept. Those of `sso` are refreshed.
async fn keep_tokens(app: &App, hunt: &mut Hunt, client: &mut Client) {
    app.provider.said().answer = Box::new(|answer| {
        answer["expires_in"] = json!(3600);
        answer["refresh_token"] = json!(refresh_token(0));
    });
    for provider in ["sso", "github"] {
        let state = begin(app, hunt, client, (provider, "")).await;
        hunt.answer("a sign-in", &client.get(&callback_at(provider, &state)).await);
    }
    let kept = "SELECT 1 FROM crudauth_identities WHERE tokens IS NOT NULL";
    assert_eq!(app.database.select(kept).await.len(), 2);
    hunt.place("the stores with kept tokens", app.database.bytes().await);
    let oauth = app.auth.oauth().expect("mounted");
    let begun = oauth.begin("sso", Begin::sign_in()).await.expect("begun");
    let state = app.arrive(&begun.url);
    let callback = Callback { code: Some(CODE), state: Some(&state), ..Callback::default() };
    let context = crudauth::HookContext::default();
    let completed = oauth.complete("sso", callback, Some(&begun.browser), &context).await;
    let completed = completed.expect("signed in");
    hunt.places.push(shown("Completed", &completed));
    app.provider.advance(std::time::Duration::from_secs(3600));
    let token = oauth.access_token(&completed.user, "sso").await.expect("an answer");
    let token = token.expect("a token");
    hunt.places.push(shown("ProviderToken", &token));
    hunt.secret("a refreshed access token", token.expose());
    for refreshed in 0..2 {
        hunt.secret("a refresh token", &refresh_token(refreshed));
    }
    hunt.place("the stores with refreshed tokens", app.database.bytes().await);
}

async fn run(app: &App, hunt: &mut Hunt) {
    let mut client = app.client();
    let state = begin(app, hunt, &mut client, ("sso", "")).await;
    hunt.place("the stores with an open flow", app.database.bytes().await);
    hunt.answer("a sign-in", &client.get(&callback(&state)).await);
    hunt.answer("a state twice", &client.get(&callback(&state)).await);

    keep_tokens(app, hunt, &mut client).await;

    let challenge = Base64UrlUnpadded::encode_string(&Sha256::digest(VERIFIER));
    let query =
        format!("?redirect_to={APP_LINK}&code_challenge={challenge}&code_challenge_method=S256");
    let state = begin(app, hunt, &mut client, ("sso", &query)).await;
    let answer = client.get(&callback(&state)).await;
    let target = answer.header("location").expect("a target");
    let of_app = target.strip_prefix(&format!("{APP_LINK}?code=")).expect(target).to_owned();
    hunt.secret("a code of an app", &of_app);
    hunt.secret("a verifier of an app", VERIFIER);
    hunt.place("the stores with a code of an app", app.database.bytes().await);
    for code in [&*of_app, "another"] {
        let body = json!({ "code": code, "code_verifier": VERIFIER });
        hunt.answer("an exchange", &client.post_json("/oauth/token", &body).await);
    }
    let mut me = app.elevated("grace").await;
    for what in ["link", "reauthenticate"] {
        let state = app.begin_for_user(&mut me, what).await;
        hunt.secret("a state", &state);
        hunt.answer(what, &me.get(&callback(&state)).await);
    }
    hunt.answer("the links", &me.get("/oauth/accounts").await);
    for fault in faults::all().filter(|fault| !fault.slow && !fault.at_begin) {
        {
            let mut said = app.provider.said();
            said.behave();
            (fault.plant)(&mut said);
        }
        let state = begin(app, hunt, &mut client, (fault.provider, "")).await;
        let path = format!("{}{}", callback_at(fault.provider, &state), fault.query);
        hunt.answer(fault.name, &client.get(&path).await);
        app.provider.advance(std::time::Duration::from_secs(49 * 60 * 60));
        calls(app, hunt);
    }
}

/// What the provider was sent.
fn calls(app: &App, hunt: &mut Hunt) {
    for (_, fields, authorization) in std::mem::take(&mut app.provider.said().calls) {
        if let Some(verifier) = fields.get("code_verifier") {
            hunt.secret("a verifier", verifier);
        }
        if let Some(authorization) = authorization {
            hunt.secret("the header of the client", &authorization["Basic ".len()..]);
        }
    }
}

/// What `Debug` prints of values that have secrets.
async fn debug(app: &App, hunt: &mut Hunt) {
    let oauth = app.auth.oauth().expect("mounted");
    let begin = Begin::<Member>::sign_in();
    hunt.places.push(shown("Begin", &begin));
    let begun = oauth.begin("sso", begin).await.expect("begun");
    hunt.places.push(shown("Begun::browser", &begun.browser));
    hunt.secret("a browser", begun.browser.as_str());
    let state = app.arrive(&begun.url);
    hunt.secret("a state", &state);
    let callback = Callback { code: Some(CODE), state: Some(&state), ..Callback::default() };
    hunt.places.push(shown("Callback", &callback));
    let other = Browser::new().expect("bytes");
    let context = crudauth::HookContext::default();
    let refused = oauth.complete("sso", callback, Some(&other), &context).await;
    let refused = refused.expect_err("another browser");
    hunt.places.push(shown("OAuthError", &refused));
    hunt.place("OAuthError", refused.to_string());
    let secret = ClientSecret::new(SECRET);
    hunt.places.push(shown("ClientSecret", &secret));
    let oidc = Oidc::new("sso", &app.provider.origin(), CLIENT).expect("a provider").secret(secret);
    hunt.places.push(shown("Oidc", &oidc));
    hunt.places.push(shown("OAuthService", oauth));
    hunt.places.push(shown("CrudAuth", &app.auth));
}

#[tokio::test]
async fn no_secret_of_a_flow_rests_or_is_told_anywhere() {
    let logs = Logs::capture();
    // With more at rest than by default.
    let keep = |config: OAuthConfig| config.keep_tokens_of("sso").keep_tokens_of("github");
    let app = App::start(keep).await;
    {
        let mut said = app.provider.said();
        (said.code, said.access) = (CODE.to_owned(), ACCESS.to_owned());
    }
    let mut hunt = Hunt::default();
    run(&app, &mut hunt).await;
    calls(&app, &mut hunt);
    app.provider.said().behave();
    debug(&app, &mut hunt).await;
    hunt.secret("the code of the provider", CODE);
    hunt.secret("the access token", ACCESS);
    hunt.secret("the client secret", SECRET);
    hunt.secret("the client secret in a header", &Base64::encode_string(SECRET.as_bytes()));
    // Every ID token begins so: the header of the provider.
    hunt.secret("an ID token", &Base64UrlUnpadded::encode_string(b"{\"alg\":\"ES256\",\"kid\":"));
    let count = |what| hunt.needles.iter().filter(|needle| needle.what == what).count();
    assert!(
        count("a verifier") > 20 && count("a state") > 20 && count("the header of the client") > 20
    );

    let events = app.occurrences().await;
    assert!(events.len() > 20);
    let events = format!("{events:?}");
    assert!(!events.contains(ADA), "no address is in an event");
    hunt.place("the events", events);
    let log = logs.text();
    assert!(log.contains("a provider did not say who signs in"), "our own log is searched");
    assert!(log.contains("oauth_refused"), "{log}");
    hunt.place("the log", log);
    hunt.place("the stores", app.database.bytes().await);
    let found = search(&hunt.needles, &hunt.places);
    assert!(found.is_empty(), "{found:#?}");
}
