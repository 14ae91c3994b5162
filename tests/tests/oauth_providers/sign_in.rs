//! Sign-in by a provider over HTTP, on each database.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use crudauth::event::{EventSink, Occurrence, SinkFuture};
use crudauth::oauth::OAuthConfig;
use crudauth::{AuthUser, BearerConfig, CrudAuth, RateLimits, SecretKey};
use crudauth_tests::support::engines::{StateEngine, Tables, TestDatabase, UsersEngine};
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD, Server};
use serde_json::{Value, json};

use crudauth_tests::provider::{Asked, CODE, Site};

const ADA: &str = "ada@example.com";
const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            username -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
        }
    }
}

const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
             username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
             is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL)",
    postgres: "CREATE TABLE members (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
               username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
               is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
               token_version INTEGER NOT NULL)",
    mysql: "CREATE TABLE members (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
            email VARCHAR(190) NOT NULL UNIQUE, username VARCHAR(190) NOT NULL UNIQUE, \
            hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
            email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
struct Member {
    id: i32,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
}

/// The names of the events that an application has raised.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<Vec<&'static str>>>);

impl EventSink for Heard {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(async move { self.0.lock().expect("no panic").push(occurrence.event.name()) })
    }
}

struct App {
    auth: CrudAuth<Member>,
    database: TestDatabase,
    provider: Site,
    recorder: Heard,
    server: Server,
}

impl App {
    async fn start(engine: UsersEngine, change: fn(OAuthConfig) -> OAuthConfig) -> Option<Self> {
        let users = engine.open().await?;
        users.create(&MEMBERS).await;
        // What expires is apart in one of them.
        let apart = match engine {
            UsersEngine::Postgres => StateEngine::Memory.open().await,
            _ => None,
        };
        let database = TestDatabase { users, apart };
        let (provider, recorder) = (Site::start().await, Heard::default());
        let oidc = provider.oidc();
        let other = crudauth::oauth::Oidc::new("other", "https://other.example", "shop");
        let config = OAuthConfig::new("https://shop.example.com")
            .add_provider(oidc)
            .add_provider(other.expect("a provider").clock(provider.clock.clone()))
            .default_redirect("/welcome?from=oauth#top");
        let auth =
            CrudAuth::<Member>::builder(database.clone(), SecretKey::random().expect("bytes"))
                .oauth(change(config))
                .add_event_sink(recorder.clone())
                .bearer(BearerConfig::default())
                .clock(provider.clock.clone())
                .password_hasher(CountingHasher::default())
                .rate_limits(RateLimits::off())
                .build()
                .await
                .expect("a configuration that works");
        let server = Server::serve(Router::new().merge(auth.router())).await;
        Some(Self { auth, database, provider, recorder, server })
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    /// Sends the browser away, and returns the state.
    async fn begin(&self, client: &mut Client, query: &str) -> String {
        let answer = client.get(&format!("/oauth/sso/authorize{query}")).await;
        let url = match answer.status.as_u16() {
            307 => answer.header("location").expect("a target").to_owned(),
            _ => answer.json()["url"].as_str().expect("a target").to_owned(),
        };
        let (_, query) = url.split_once('?').expect("a query");
        let query = query.replace('+', " ");
        let mut asked: HashMap<_, _> =
            query.split('&').filter_map(|pair| pair.split_once('=')).collect();
        let redirect_uri = asked["redirect_uri"].replace("%3A", ":").replace("%2F", "/").to_owned();
        assert_eq!(redirect_uri, "https://shop.example.com/oauth/sso/callback");
        let (challenge, nonce) = (asked["code_challenge"].to_owned(), asked["nonce"].to_owned());
        self.provider.said().flows.push(Asked { challenge, nonce, redirect_uri });
        asked.remove("state").expect("a state").to_owned()
    }

    async fn finish(&self, client: &mut Client, state: &str) -> Answer {
        client
            .get(&format!("/oauth/sso/callback?code={}&state={state}", CODE.replace(' ', "+")))
            .await
    }

    async fn sign_in(&self, client: &mut Client) -> Answer {
        let state = self.begin(client, "").await;
        self.finish(client, &state).await
    }

    /// The code of a refusal.
    async fn refusal(&self) -> String {
        refusal(&self.sign_in(&mut self.client()).await)
    }

    fn claims(&self, claims: Value) {
        self.provider.said().claims = Box::new(move |all| {
            for (name, value) in claims.as_object().expect("an object") {
                all[name] = value.clone();
            }
        });
    }

    async fn register(&self) -> Client {
        let mut client = self.client();
        let body = json!({ "email": ADA, "username": "squatter", "password": PASSWORD });
        assert_eq!(client.post_json("/register", &body).await.status, 200);
        assert_eq!(client.login("squatter", PASSWORD).await.status, 200);
        client
    }

    /// The events of providers since the last call.
    async fn events(&self) -> Vec<&'static str> {
        self.auth.events().flush().await;
        let all = std::mem::take(&mut *self.recorder.0.lock().expect("no panic"));
        all.into_iter().filter(|name| name.starts_with("oauth_")).collect()
    }

    async fn rows(&self, columns: &str) -> Vec<String> {
        self.database.select(&format!("SELECT {columns} FROM members")).await
    }
}

fn refusal(answer: &Answer) -> String {
    assert_eq!(answer.status, 307, "{}", answer.text());
    let target = answer.header("location").expect("a target");
    let code = target.strip_prefix("/welcome?from=oauth&error=").expect(target);
    assert!(answer.cookies().iter().all(|(name, _)| !name.contains("session")), "{target}");
    code.strip_suffix("#top").expect(target).to_owned()
}

async fn is_signed_in(client: &mut Client) -> bool {
    client.get("/me").await.status == 200
}

async fn everywhere<F: Future<Output = ()>>(walk: impl Fn(App) -> F) {
    for engine in ENGINES {
        if let Some(app) = App::start(engine, |config| config).await {
            walk(app).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_sign_in_makes_an_account_and_the_next_one_finds_it() {
    everywhere(|app| async move {
        let mut client = app.client();
        let answer = app.sign_in(&mut client).await;
        assert_eq!(answer.status, 307, "{}", answer.text());
        assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"));
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        let session = answer.set_cookies().into_iter().find(|it| it.contains("session_id"));
        assert!(session.is_some_and(|it| !it.contains("Max-Age")), "it ends with the browser");
        let me = client.get("/me").await.json();
        assert_eq!((&me["email"], &me["username"]), (&json!(ADA), &json!("ada_lovelace")));
        assert_eq!(app.rows("email_verified").await.len(), 1);
        let hash = app.rows("hashed_password").await.remove(0);
        assert!(!hash.starts_with('$'), "nobody knows a password: {hash}");
        assert_eq!(app.client().login(ADA, "").await.status, 422);
        assert_eq!(app.client().login(ADA, PASSWORD).await.status, 401);

        let mut again = app.client();
        let state = app.begin(&mut again, "?redirect_to=/orders%3Fpage%3D2").await;
        let answer = app.finish(&mut again, &state).await;
        assert_eq!(answer.header("location"), Some("/orders?page=2"));
        assert!(is_signed_in(&mut again).await && is_signed_in(&mut client).await);
        assert_eq!(app.rows("id").await.len(), 1);

        // The identity decides, whatever the address is now.
        app.claims(json!({ "email": "new@example.com", "email_verified": false }));
        let mut moved = app.client();
        assert_eq!(
            app.sign_in(&mut moved).await.header("location"),
            Some("/welcome?from=oauth#top")
        );
        assert_eq!(moved.get("/me").await.json()["email"], ADA);
        assert_eq!(
            app.events().await,
            ["oauth_account_created", "oauth_signed_in", "oauth_signed_in", "oauth_signed_in"]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn targets_that_are_not_the_applications_are_dropped() {
    everywhere(|app| async move {
        for hostile in
            ["https://evil.example/", "//evil.example", "/%5Cevil.example", "javascript:x"]
        {
            let mut client = app.client();
            let state = app.begin(&mut client, &format!("?redirect_to={hostile}")).await;
            let answer = app.finish(&mut client, &state).await;
            assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"), "{hostile}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_has_proved_the_address_is_linked() {
    everywhere(|app| async move {
        let mut owner = app.register().await;
        app.database.execute("UPDATE members SET email_verified = TRUE").await;
        let mut client = app.client();
        let answer = app.sign_in(&mut client).await;
        assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"));
        assert_eq!(client.get("/me").await.json()["username"], "squatter");
        assert!(is_signed_in(&mut owner).await, "nothing was taken");
        assert_eq!(app.client().login("squatter", PASSWORD).await.status, 200);

        // Another identity of the provider with the same address is none of that account.
        app.claims(json!({ "sub": "another" }));
        assert_eq!(app.refusal().await, "provider_already_linked");
        assert_eq!(app.events().await, ["oauth_linked", "oauth_signed_in", "oauth_refused"]);
    })
    .await;
    let apart = |config: OAuthConfig| config.link_by_email(false);
    let app = App::start(UsersEngine::Sqlite, apart).await.expect("SQLite");
    app.register().await;
    app.database.execute("UPDATE members SET email_verified = TRUE").await;
    assert_eq!(app.refusal().await, "link_required");
}

/// The five pre-hijacks begin with an account that somebody else has made for the address.
#[tokio::test(flavor = "multi_thread")]
async fn an_account_whose_address_nobody_has_proved_is_taken_from_whoever_made_it() {
    everywhere(|app| async move {
        let mut squatter = app.register().await;
        let before = app.database.select("SELECT token_version + 1 FROM members").await.concat();
        let form = [("username", "squatter"), ("password", PASSWORD)];
        let tokens = app.client().post_form("/token", &form).await.json();
        let access = tokens["access_token"].as_str().expect("a token").to_owned();
        let mut client = app.client();
        let answer = app.sign_in(&mut client).await;
        assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"));
        assert!(is_signed_in(&mut client).await, "the owner of the address is in");
        assert!(!is_signed_in(&mut squatter).await, "the squatter is out");
        assert_eq!(app.client().login("squatter", PASSWORD).await.status, 401);
        let tokens = app.auth.tokens().expect("mounted");
        assert!(tokens.verify(&access).await.expect("the store works").is_none());
        let verified = "SELECT token_version FROM members WHERE email_verified";
        assert_eq!(app.database.select(verified).await, [before]);
        assert_eq!(app.events().await, ["oauth_account_claimed", "oauth_signed_in"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_has_its_code_and_writes_nothing() {
    everywhere(|app| async move {
        for (claims, code) in [
            (json!({ "email": null }), "email_missing"),
            (json!({ "email": "no address" }), "email_missing"),
            (json!({ "email": "a\u{0}b@example.com" }), "email_missing"),
            (json!({ "email_verified": false }), "email_unverified"),
            (json!({ "email_verified": "true" }), "email_unverified"),
            (json!({ "aud": "other" }), "oauth_failed"),
        ] {
            app.provider.said().userinfo = json!({ "sub": "248289761001" });
            app.claims(claims);
            assert_eq!(app.refusal().await, code);
            assert!(app.rows("id").await.is_empty());
        }
        app.claims(json!({}));
        app.register().await;
        app.database.execute("UPDATE members SET is_active = FALSE").await;
        let before = app.rows("hashed_password").await;
        assert_eq!(app.refusal().await, "account_inactive");
        assert_eq!(app.rows("hashed_password").await, before);
        app.database.execute("UPDATE members SET is_active = TRUE, email_verified = TRUE").await;
        app.sign_in(&mut app.client()).await;
        app.database.execute("UPDATE members SET is_active = FALSE").await;
        assert_eq!(app.refusal().await, "account_inactive", "by the link, too");
    })
    .await;
    let closed = |config: OAuthConfig| config.sign_up(false);
    let app = App::start(UsersEngine::Sqlite, closed).await.expect("SQLite");
    assert_eq!(app.refusal().await, "not_allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_state_serves_its_browser_once_and_in_time() {
    everywhere(|app| async move {
        let mut client = app.client();
        let state = app.begin(&mut client, "").await;
        let stranger = app.finish(&mut app.client(), &state).await;
        assert_eq!(refusal(&stranger), "invalid_state", "another browser");
        let mut other = app.client();
        app.begin(&mut other, "").await;
        let foreign = app.finish(&mut other, &state).await;
        assert_eq!(refusal(&foreign), "invalid_state", "a browser with a flow of its own");
        // None of that has used it up, and a second tab is not in its way.
        let second = app.begin(&mut client, "").await;
        for state in [&second, &state] {
            let answer = app.finish(&mut client, state).await;
            assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"));
            assert_eq!(refusal(&app.finish(&mut client, state).await), "invalid_state", "twice");
        }
        let astray = app.begin(&mut client, "").await;
        let path = format!("/oauth/other/callback?code=x&state={astray}");
        assert_eq!(refusal(&client.get(&path).await), "invalid_state", "another provider");
        assert_eq!(refusal(&app.finish(&mut client, &astray).await), "invalid_state", "used up");

        let late = app.begin(&mut client, "").await;
        app.provider.advance(Duration::from_secs(601));
        assert_eq!(refusal(&app.finish(&mut client, &late).await), "invalid_state", "too late");
        for query in ["", "code=x", "code=x&state=", "code=x&state=a&state=b"] {
            let answer = client.get(&format!("/oauth/sso/callback?{query}")).await;
            let code = refusal(&answer);
            assert!(["oauth_failed", "invalid_state"].contains(&&*code), "{query}: {code}");
        }
        let denied = app.begin(&mut client, "").await;
        let path = format!("/oauth/sso/callback?error=access_denied&state={denied}");
        assert_eq!(refusal(&client.get(&path).await), "oauth_failed");
        assert_eq!(refusal(&app.finish(&mut client, &denied).await), "invalid_state", "it is over");
        let kept = app.database.entries().await;
        assert!(kept.iter().filter(|it| it.key.starts_with("oauth:")).count() <= 3, "{kept:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_parallel_callbacks_one_signs_in_and_parallel_first_sign_ins_make_one_account() {
    everywhere(|app| async move {
        let mut client = app.client();
        let state = app.begin(&mut client, "").await;
        let mut race = tokio::task::JoinSet::new();
        for _ in 0..16 {
            let path = format!("/oauth/sso/callback?code=the+code&state={state}");
            let mut client = client.moved_to(app.server.address);
            race.spawn(async move { client.get(&path).await });
        }
        let answers = race.join_all().await;
        let signed_in =
            |answer: &&Answer| answer.header("location") == Some("/welcome?from=oauth#top");
        assert_eq!(answers.iter().filter(signed_in).count(), 1);
        assert!(answers.iter().all(|answer| answer.status == 307));

        app.database.execute("DELETE FROM members").await;
        app.database.execute("DELETE FROM crudauth_identities").await;
        let mut race = tokio::task::JoinSet::new();
        for _ in 0..8 {
            let mut client = app.client();
            let state = app.begin(&mut client, "").await;
            let path = format!("/oauth/sso/callback?code=the+code&state={state}");
            race.spawn(async move {
                let answer = client.get(&path).await;
                (answer.header("location").map(str::to_owned), answer.status.as_u16())
            });
        }
        for (location, status) in race.join_all().await {
            assert_eq!(status, 307, "{location:?}");
            assert_eq!(location.as_deref(), Some("/welcome?from=oauth#top"));
        }
        assert_eq!(app.rows("id").await.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_goes_with_its_user() {
    everywhere(|app| async move {
        app.sign_in(&mut app.client()).await;
        app.database.execute("DELETE FROM members").await;
        let mut client = app.client();
        let answer = app.sign_in(&mut client).await;
        assert_eq!(answer.header("location"), Some("/welcome?from=oauth#top"));
        assert_eq!(app.rows("id").await.len(), 1, "an account anew");
        assert!(is_signed_in(&mut client).await);
        let links = app.database.select("SELECT owner FROM crudauth_identities").await;
        assert_eq!(links, app.rows("id").await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_front_end_that_fetches_is_answered_by_json() {
    let json_mode = |config: OAuthConfig| config.json();
    let app = App::start(UsersEngine::Sqlite, json_mode).await.expect("SQLite");
    let mut client = app.client();
    let answer = app.sign_in(&mut client).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let body = answer.json();
    assert_eq!(body["user"]["email"], ADA);
    assert_eq!(body["redirect_to"], "/welcome?from=oauth#top");
    let changed = client.post("/logout-all").await;
    assert!(
        body["csrf_token"].as_str().is_some_and(|token| !token.is_empty()),
        "{}",
        changed.text()
    );
    let stranger = app.client().get("/oauth/sso/callback?code=x&state=y").await;
    assert_eq!(stranger.status, 400);
    assert_eq!(stranger.json()["detail"], "Invalid or expired OAuth state");
    assert_eq!(stranger.json()["code"], "invalid_state");
    let unknown = app.client().get("/oauth/nobody/authorize").await;
    assert_eq!(unknown.status, 400);
    assert_eq!(unknown.json()["detail"], "Unknown or unconfigured OAuth provider: 'nobody'");
    let odd = app.client().get("/oauth/%3Cscript%3E/authorize").await;
    assert!(odd.status == 400 && !odd.text().contains("script"), "{}", odd.text());
}

#[tokio::test]
async fn what_cannot_work_is_told_at_the_start() {
    let users = UsersEngine::Sqlite.open().await.expect("SQLite");
    users.create(&MEMBERS).await;
    let database = TestDatabase { users, apart: None };
    let provider = Site::start().await;
    let config = OAuthConfig::new("shop.example.com")
        .add_provider(provider.oidc())
        .add_provider(provider.oidc())
        .add_redirect_origin("app.example.com")
        .default_redirect("https://evil.example/");
    let built = CrudAuth::<Member>::builder(database, SecretKey::random().expect("bytes"))
        .oauth(config)
        .build()
        .await;
    let said = built.expect_err("refused").to_string();
    for part in [
        "OAuthConfig::new(\"shop.example.com\")",
        "two providers are named `sso`",
        "OAuthConfig::add_redirect_origin(\"app.example.com\")",
        "OAuthConfig::default_redirect(\"https://evil.example/\")",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
}
