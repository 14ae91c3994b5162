//! An application whose users sign in by four providers, of which two have a column in the struct.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chrono::NaiveDateTime;
use crudauth::clock::ManualClock;
use crudauth::event::{EventSink, Occurrence, SinkFuture};
use crudauth::oauth::OAuthConfig;
use crudauth::store::records::new_id;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{
    AuthUser, BearerConfig, Builder, CrudAuth, Password, Principal, RateLimits, RefreshDelivery,
    Rejection, SecretKey, SessionConfig,
};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::engines::{Tables, TestDatabase};
use crudauth_tests::support::{Answer, Client, CountingHasher, Mailbox, PASSWORD, Server};
use reqwest::Method;
use serde_json::{Value, json};

pub(crate) const ADA: &str = "ada@example.com";
pub(crate) const EVE: &str = "eve@example.com";
pub(crate) const NEW_PASSWORD: &str = "a much better passphrase";

/// When the clock of an application starts: 8 o'clock on the 15th of January 2027.
pub(crate) const NOW: u64 = 1_800_000_000;

/// One whose link is a column, and one whose link is a row.
pub(crate) const BOTH: [&str; 2] = ["google", "sso"];
/// All, those with a column first.
pub(crate) const ALL: [&str; 4] = ["google", "github", "sso", "forge"];

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
            google_id -> Nullable<Text>,
            github_id -> Nullable<Text>,
            oauth_provider -> Nullable<Text>,
            created_at -> Nullable<Timestamp>,
        }
    }
}

pub(crate) const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE CHECK (length(email) <= 190), \
             username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
             is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
             token_version INTEGER NOT NULL, google_id TEXT UNIQUE, github_id TEXT UNIQUE, \
             oauth_provider TEXT, created_at TIMESTAMP)",
    postgres: "CREATE TABLE members (id SERIAL PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, \
               username TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL, \
               is_active BOOLEAN NOT NULL, email_verified BOOLEAN NOT NULL, \
               token_version INTEGER NOT NULL, google_id TEXT UNIQUE, github_id TEXT UNIQUE, \
               oauth_provider TEXT, created_at TIMESTAMP)",
    mysql: "CREATE TABLE members (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
            email VARCHAR(190) NOT NULL UNIQUE, username VARCHAR(190) NOT NULL UNIQUE, \
            hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, \
            email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, \
            google_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin UNIQUE, \
            github_id VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin UNIQUE, \
            oauth_provider VARCHAR(64), created_at DATETIME(6))",
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
pub(crate) struct Member {
    id: i32,
    email: String,
    username: String,
    hashed_password: String,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    google_id: Option<String>,
    github_id: Option<String>,
    oauth_provider: Option<String>,
    created_at: Option<NaiveDateTime>,
}

/// The names of the events of providers that an application has raised.
#[derive(Debug, Clone, Default)]
struct Heard(Arc<Mutex<Vec<&'static str>>>);

impl EventSink for Heard {
    fn record<'a>(&'a self, occurrence: &'a Occurrence) -> SinkFuture<'a> {
        Box::pin(async move { self.0.lock().expect("no panic").push(occurrence.event.name()) })
    }
}

pub(crate) struct App {
    pub(crate) auth: CrudAuth<Member>,
    pub(crate) database: TestDatabase,
    pub(crate) mailbox: Mailbox,
    pub(crate) clock: Arc<ManualClock>,
    key: String,
    heard: Heard,
    server: Server,
}

pub(crate) type Build = Builder<Member, TestDatabase>;

async fn sudo(
    State(auth): State<CrudAuth<Member>>,
    me: Principal<Member>,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, Proof::Password(Password::new(PASSWORD))).await?)
}

impl App {
    pub(crate) async fn start() -> Self {
        Self::with(|config| config, |builder| builder).await
    }

    pub(crate) async fn with(
        config: impl FnOnce(OAuthConfig) -> OAuthConfig,
        build: impl FnOnce(Build) -> Build,
    ) -> Self {
        let database = TestDatabase::new(&MEMBERS).await;
        let key = format!("{}{}", new_id(), new_id());
        let oauth = config(providers(&ALL));
        Self::on((database, key), |builder| build(builder.oauth(oauth))).await
    }

    /// Another process of the application, in which only these providers are mounted, if any.
    pub(crate) async fn process(&self, mounted: &[&'static str]) -> Self {
        match mounted {
            [] => Self::on((self.database.clone(), self.key.clone()), |builder| builder).await,
            mounted => self.process_with(providers(mounted)).await,
        }
    }

    /// Another process of the application, with settings of its own.
    pub(crate) async fn process_with(&self, oauth: OAuthConfig) -> Self {
        let on = (self.database.clone(), self.key.clone());
        Self::on(on, |builder| builder.oauth(oauth)).await
    }

    async fn on(
        (database, key): (TestDatabase, String),
        build: impl FnOnce(Build) -> Build,
    ) -> Self {
        let (mailbox, heard) = (Mailbox::default(), Heard::default());
        let secret = SecretKey::new(key.clone()).expect("long enough");
        let clock = Arc::new(ManualClock::at_unix(NOW));
        let builder = CrudAuth::<Member>::builder(database.clone(), secret)
            .add_event_sink(heard.clone())
            .bearer(BearerConfig::default().refresh_delivery(RefreshDelivery::Body))
            .clock(clock.clone())
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off())
            .session(SessionConfig::default().sessions_per_user(32))
            .email(mailbox.config());
        let auth = build(builder).build().await.expect("a configuration that works");
        let more = Router::new().route("/sudo", post(sudo)).with_state(auth.clone());
        let server = Server::serve(Router::new().merge(auth.router()).merge(more)).await;
        Self { auth, database, mailbox, clock, key, heard, server }
    }

    pub(crate) fn client(&self) -> Client {
        self.server.client()
    }

    /// The same browser, whose requests go to this process.
    pub(crate) fn balanced(&self, client: &Client) -> Client {
        client.moved_to(self.server.address)
    }

    /// Somebody who has signed up by the form, and signed in.
    pub(crate) async fn signed_up(&self, email: &str, name: &str) -> Client {
        let mut client = self.client();
        let answer = client.register(email, name, PASSWORD).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        self.mailbox.mails(&self.auth).await;
        client
    }

    /// As [`signed_up`](Self::signed_up), and has proved the address.
    pub(crate) async fn proved(&self, email: &str, name: &str) -> Client {
        let client = self.signed_up(email, name).await;
        self.execute(&format!("UPDATE members SET email_verified = TRUE WHERE email = '{email}'"))
            .await;
        client
    }

    /// The way to the provider, as far as its state.
    pub(crate) async fn began(&self, answer: Answer) -> String {
        let url = match answer.header("location") {
            Some(url) => url.to_owned(),
            None => answer.json()["url"].as_str().expect("a way to the provider").to_owned(),
        };
        url.split_once("state=").expect("a state").1.to_owned()
    }

    /// Where the browser of `client` comes back to, once the provider has said `code`.
    pub(crate) async fn callback(&self, client: &mut Client, provider: &str, code: &str) -> String {
        let answer = client.get(&format!("/oauth/{provider}/authorize")).await;
        let state = self.began(answer).await;
        format!("/oauth/{provider}/callback?code={code}&state={state}")
    }

    /// A sign-in; what it leads to.
    pub(crate) async fn sign_in(&self, client: &mut Client, provider: &str, code: &str) -> String {
        let path = self.callback(client, provider, code).await;
        came_to(&client.get(&path).await)
    }

    /// A browser in which `code` has signed in.
    pub(crate) async fn by(&self, provider: &str, code: &str) -> Client {
        let mut client = self.client();
        assert_eq!(self.sign_in(&mut client, provider, code).await, "/", "{provider}: {code}");
        assert!(is_in(&mut client).await);
        client
    }

    /// What is said to `code` in a new browser.
    pub(crate) async fn refusal(&self, provider: &str, code: &str) -> String {
        let mut client = self.client();
        let target = self.sign_in(&mut client, provider, code).await;
        assert!(!is_in(&mut client).await, "{target}");
        target.strip_prefix("/?error=").expect(&target).to_owned()
    }

    pub(crate) async fn elevate(&self, client: &mut Client) {
        let answer = client.post("/sudo").await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    /// The way back of a link that `client` begins.
    pub(crate) async fn linking(&self, client: &mut Client, provider: &str, code: &str) -> String {
        self.beginning(client, (provider, "link"), code).await
    }

    /// The way back of what `client` begins while it is signed in.
    async fn beginning(
        &self,
        client: &mut Client,
        (provider, what): (&str, &str),
        code: &str,
    ) -> String {
        let answer = client.post(&format!("/oauth/{provider}/{what}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let state = self.began(answer).await;
        format!("/oauth/{provider}/callback?code={code}&state={state}")
    }

    /// Links by hand; what it leads to.
    pub(crate) async fn link(&self, client: &mut Client, provider: &str, code: &str) -> String {
        let path = self.linking(client, provider, code).await;
        came_to(&client.get(&path).await)
    }

    /// Elevated rights by a provider, for an account without a password.
    pub(crate) async fn elevate_by(&self, client: &mut Client, provider: &str, code: &str) {
        assert_eq!(self.prove(client, provider, code).await, "/");
    }

    /// A proof to be there; what it leads to.
    pub(crate) async fn prove(&self, client: &mut Client, provider: &str, code: &str) -> String {
        let path = self.beginning(client, (provider, "reauthenticate"), code).await;
        came_to(&client.get(&path).await)
    }

    pub(crate) async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }

    pub(crate) async fn select(&self, sql: &str) -> Vec<String> {
        self.database.select(sql).await
    }

    pub(crate) async fn count(&self) -> usize {
        self.select("SELECT id FROM members").await.len()
    }

    /// The events of providers since the last call.
    pub(crate) async fn events(&self) -> Vec<&'static str> {
        self.auth.events().flush().await;
        let all = std::mem::take(&mut *self.heard.0.lock().expect("no panic"));
        all.into_iter().filter(|name| name.starts_with("oauth_")).collect()
    }

    /// The token of the one mail that has come.
    pub(crate) async fn mailed(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }

    /// What was mailed, by recipient and kind.
    pub(crate) async fn mails(&self) -> Vec<(String, String)> {
        let mails = self.mailbox.mails(&self.auth).await;
        mails.into_iter().map(|mail| (mail.to, mail.kind)).collect()
    }
}

pub(crate) fn providers(names: &[&'static str]) -> OAuthConfig {
    let config = OAuthConfig::new("https://shop.example.com");
    names.iter().fold(config, |config, name| config.add_provider(Desk::new(name)))
}

/// Where a browser is sent in the application.
pub(crate) fn came_to(answer: &Answer) -> String {
    assert_eq!(answer.status, 307, "{}", answer.text());
    let target = answer.header("location").expect("a target");
    target.strip_prefix("https://shop.example.com").expect(target).to_owned()
}

pub(crate) async fn is_in(client: &mut Client) -> bool {
    client.get("/me").await.status == 200
}

pub(crate) async fn email_of(client: &mut Client) -> Value {
    client.get("/me").await.json()["email"].clone()
}

/// The linked accounts, as their user sees them: provider and account.
pub(crate) async fn links(client: &mut Client) -> Vec<(String, String)> {
    let answer = client.get("/oauth/accounts").await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let all = answer.json();
    let all = all.as_array().expect("a list").iter();
    all.map(|it| (text(&it["provider"]), text(&it["provider_account_id"]))).collect()
}

/// The id of the link to `provider`.
pub(crate) async fn link_id(client: &mut Client, provider: &str) -> String {
    let all = client.get("/oauth/accounts").await.json();
    let found = all.as_array().expect("a list").iter().find(|it| it["provider"] == provider);
    found.expect("a link")["id"].as_str().expect("an id").to_owned()
}

pub(crate) async fn unlink(client: &mut Client, provider: &str) -> Answer {
    let id = link_id(client, provider).await;
    let path = format!("/oauth/accounts/{id}");
    let request = client.with_csrf(client.request(Method::DELETE, &path));
    client.send(request).await
}

pub(crate) async fn changes_password(client: &mut Client) -> Answer {
    let body = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    client.post_json("/change-password", &body).await
}
