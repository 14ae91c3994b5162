//! An application whose users sign in by a provider that runs here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use crudauth::event::{EventSink, Occurrence, SinkFuture};
use crudauth::oauth::{OAuthConfig, Oidc};
use crudauth::sudo::{Elevated, Proof};
use crudauth::{
    AuthUser, BearerConfig, Builder, CrudAuth, Principal, Rejection, SecretKey, SecurityEvent, Sudo,
};
use crudauth_tests::provider::{Asked, CLIENT, CODE, Site};
use crudauth_tests::support::engines::{Tables, TestDatabase};
use crudauth_tests::support::{Answer, Client, CountingHasher, PASSWORD, Server};
use serde_json::{Value, json};

/// Who signs in at the provider.
pub(crate) const ADA: &str = "ada@example.com";
/// Where the browser ends that has asked for no other place.
pub(crate) const WELCOME: &str = "/welcome?from=oauth#top";
/// A link of an app that is listed.
pub(crate) const APP_LINK: &str = "com.example.shop:/signed-in";

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

/// The table of users.
pub(crate) const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (id INTEGER PRIMARY KEY, \
             email TEXT NOT NULL UNIQUE CHECK (length(email) <= 190), \
             username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
             is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL)",
    postgres: "CREATE TABLE members (id SERIAL PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, \
               username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
               is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
               token_version INTEGER NOT NULL)",
    mysql: "CREATE TABLE members (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
            email VARCHAR(190) NOT NULL UNIQUE, username VARCHAR(190) NOT NULL UNIQUE, \
            hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
            email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
};

/// A user.
#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
pub(crate) struct Member {
    pub(crate) id: i32,
    pub(crate) email: String,
    pub(crate) username: String,
    pub(crate) hashed_password: String,
    pub(crate) is_active: bool,
    pub(crate) email_verified: bool,
    pub(crate) token_version: i32,
}

/// What an application has told of itself.
#[derive(Debug, Clone, Default)]
pub(crate) struct Heard(Arc<Mutex<Vec<Occurrence>>>);

impl EventSink for Heard {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(async move { self.0.lock().expect("no panic").push(occurrence.clone()) })
    }
}

pub(crate) struct App {
    pub(crate) auth: CrudAuth<Member>,
    pub(crate) database: TestDatabase,
    pub(crate) provider: Site,
    pub(crate) server: Server,
    heard: Heard,
}

pub(crate) async fn sudo(
    State(auth): State<CrudAuth<Member>>,
    me: Principal<Member>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn danger(_: Principal<Member, Sudo>) -> Json<&'static str> {
    Json("boom")
}

/// The parameters of a query, decoded.
pub(crate) fn parameters(url: &str) -> HashMap<String, String> {
    let url = reqwest::Url::parse(url).expect("an address");
    url.query_pairs().into_owned().collect()
}

impl App {
    /// With the providers `sso` and `github`, and with `other`, which nobody can reach.
    pub(crate) async fn start(change: impl FnOnce(OAuthConfig) -> OAuthConfig) -> Self {
        Self::with(crudauth_tests::provider::Site::oidc, change, |builder| builder).await
    }

    /// As [`start`](Self::start), with changes of the provider `sso` and of the builder.
    pub(crate) async fn with(
        oidc: impl FnOnce(&Site) -> Oidc,
        change: impl FnOnce(OAuthConfig) -> OAuthConfig,
        build: impl FnOnce(Builder<Member, TestDatabase>) -> Builder<Member, TestDatabase>,
    ) -> Self {
        Self::over(TestDatabase::new(&MEMBERS).await, oidc, change, build).await
    }

    /// As [`with`](Self::with), over a database that has the table of users.
    pub(crate) async fn over(
        database: TestDatabase,
        oidc: impl FnOnce(&Site) -> Oidc,
        change: impl FnOnce(OAuthConfig) -> OAuthConfig,
        build: impl FnOnce(Builder<Member, TestDatabase>) -> Builder<Member, TestDatabase>,
    ) -> Self {
        let (provider, heard) = (Site::start().await, Heard::default());
        let other = Oidc::new("other", "https://other.example", CLIENT).expect("a provider");
        let config = OAuthConfig::new("https://shop.example.com")
            .add_provider(oidc(&provider))
            .add_provider(provider.github())
            .add_provider(other.clock(provider.clock.clone()))
            .add_app_link(APP_LINK)
            .default_redirect(WELCOME);
        let key = SecretKey::random().expect("bytes");
        let builder = CrudAuth::<Member>::builder(database.clone(), key)
            .oauth(change(config))
            .add_event_sink(heard.clone())
            .bearer(BearerConfig::default())
            .clock(provider.clock.clone())
            .password_hasher(CountingHasher::default())
            .rate_limits(crudauth::RateLimits::off());
        let auth = build(builder).build().await.expect("a configuration that works");
        let own = Router::new().route("/sudo", post(sudo)).route("/danger", post(danger));
        let server = Server::serve(own.with_state(auth.clone()).merge(auth.router())).await;
        Self { auth, database, provider, server, heard }
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    /// Tells the provider of a browser that is sent to it, and returns the state.
    pub(crate) fn arrive(&self, url: &str) -> String {
        let mut asked = parameters(url);
        let mut take = |name: &str| asked.remove(name).unwrap_or_else(|| panic!("{name}: {url}"));
        let (challenge, redirect_uri) = (take("code_challenge"), take("redirect_uri"));
        let state = take("state");
        // GitHub has no ID token to repeat it.
        let nonce = asked.remove("nonce").unwrap_or_default();
        self.provider.said().flows.push(Asked { challenge, nonce, redirect_uri });
        state
    }

    /// Sends the browser away, and returns the state.
    pub(crate) async fn begin(&self, client: &mut Client, query: &str) -> String {
        self.begin_at("sso", client, query).await
    }

    /// As [`begin`](Self::begin), at another provider.
    pub(crate) async fn begin_at(
        &self,
        provider: &str,
        client: &mut Client,
        query: &str,
    ) -> String {
        let answer = client.get(&format!("/oauth/{provider}/authorize{query}")).await;
        self.arrive(&target_of(&answer))
    }

    /// Begins what a user asks for who is signed in.
    pub(crate) async fn begin_for_user(&self, client: &mut Client, what: &str) -> String {
        let answer = client.post_json(&format!("/oauth/sso/{what}"), &json!({})).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.arrive(&target_of(&answer))
    }

    /// Brings the code back.
    pub(crate) async fn finish(&self, client: &mut Client, state: &str) -> Answer {
        client.get(&callback(state)).await
    }

    pub(crate) async fn sign_in(&self, client: &mut Client) -> Answer {
        let state = self.begin(client, "").await;
        self.finish(client, &state).await
    }

    /// A user with a password and a proved address, who is signed in by the session of `client`.
    pub(crate) async fn member(&self, name: &str) -> Client {
        let mut client = self.client();
        let email = format!("{name}@example.com");
        let body = json!({ "email": email, "username": name, "password": PASSWORD });
        assert_eq!(client.post_json("/register", &body).await.status, 200);
        let prove = format!("UPDATE members SET email_verified = TRUE WHERE username = '{name}'");
        self.database.execute(&prove).await;
        assert_eq!(client.login(name, PASSWORD).await.status, 200);
        client
    }

    /// As [`member`](Self::member), with the elevated rights of the sudo mode.
    pub(crate) async fn elevated(&self, name: &str) -> Client {
        let mut client = self.member(name).await;
        let proof = json!({ "password": PASSWORD });
        assert_eq!(client.post_json("/sudo", &proof).await.status, 200);
        client
    }

    /// Changes claims of the ID tokens to come.
    pub(crate) fn claims(&self, claims: Value) {
        self.provider.said().claims = Box::new(move |all| {
            for (name, value) in claims.as_object().expect("an object") {
                all[name] = value.clone();
            }
        });
    }

    /// What was told since the last call.
    pub(crate) async fn occurrences(&self) -> Vec<Occurrence> {
        self.auth.events().flush().await;
        std::mem::take(&mut *self.heard.0.lock().expect("no panic"))
    }

    /// The events of providers since the last call: their names, and the reason of a refusal.
    pub(crate) async fn events(&self) -> Vec<String> {
        let events = self.occurrences().await.into_iter().map(|it| it.event);
        let told = events.filter_map(|event| match event {
            SecurityEvent::OAuthRefused { reason, .. } => Some(reason.as_str().to_owned()),
            event if event.name().starts_with("oauth_") => Some(event.name().to_owned()),
            _ => None,
        });
        told.collect()
    }

    /// The keys of what is kept of flows and of the codes of apps.
    pub(crate) async fn flows_kept(&self) -> Vec<String> {
        let keys = self.database.entries().await.into_iter().map(|kept| kept.key);
        keys.filter(|key| key.starts_with("oauth:") || key.starts_with("oauth-code:")).collect()
    }

    pub(crate) async fn count(&self, table: &str) -> usize {
        self.database.select(&format!("SELECT 1 FROM {table}")).await.len()
    }
}

/// Where an answer sends the browser, in either way to answer.
pub(crate) fn target_of(answer: &Answer) -> String {
    match answer.status.as_u16() {
        307 => answer.header("location").expect("a target").to_owned(),
        _ => {
            answer.json()["url"].as_str().unwrap_or_else(|| panic!("{}", answer.text())).to_owned()
        }
    }
}

/// The path of a callback with the code of the provider.
pub(crate) fn callback(state: &str) -> String {
    callback_at("sso", state)
}

/// As [`callback`], from another provider.
pub(crate) fn callback_at(provider: &str, state: &str) -> String {
    format!("/oauth/{provider}/callback?code={}&state={state}", CODE.replace(' ', "+"))
}

/// The code of a refusal, in either way to answer. No refusal begins a session or gives a token.
pub(crate) fn refusal(answer: &Answer) -> String {
    assert!(!has_session(answer), "{}", answer.text());
    assert!(!answer.text().contains("access_token"), "{}", answer.text());
    assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    match answer.status.as_u16() {
        307 => {
            let target = answer.header("location").expect("a target");
            let code = target.strip_prefix("/welcome?from=oauth&error=").expect(target);
            code.strip_suffix("#top").expect(target).to_owned()
        }
        400 => answer.json()["code"].as_str().expect("a code").to_owned(),
        status => panic!("{status}: {}", answer.text()),
    }
}

/// Whether an answer begins a session.
pub(crate) fn has_session(answer: &Answer) -> bool {
    answer.cookies().iter().any(|(name, value)| name.contains("session") && value.len() > 2)
}
