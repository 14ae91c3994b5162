//! The application under test with bearer tokens.

use std::ops::Deref;

use axum::routing::get;
use axum::{Json, Router};
use crudauth::clock::Clock;
use crudauth::{
    Bearer, BearerConfig, BearerTokens, Principal, RefreshDelivery, Scope, ScopeName, Session, Via,
};
use reqwest::Method;
use reqwest::header::AUTHORIZATION;
use serde_json::{Value, json};

use super::app::{Site, shown};
use super::{
    ACCOUNTS, Account, Answer, AppState, Client, PASSWORD, TestApp, TestBuilder, TestDatabase,
};

crudauth::scopes! {
    /// Reading notes.
    pub NotesRead = "notes:read";
    /// Reading reports.
    pub ReportsRead = "reports:read";
    /// What no application grants.
    pub Root = "root";
}

/// A [`TestApp`] with bearer tokens, and routes that look at scopes and transports.
#[derive(Debug)]
pub struct BearerApp {
    app: TestApp,
}

/// The configuration of most tests: the refresh token in the body, two scopes.
#[must_use]
pub fn in_body() -> BearerConfig {
    BearerConfig::default()
        .refresh_delivery(RefreshDelivery::Body)
        .grantable_scopes([NotesRead::NAME, ReportsRead::NAME])
        .default_scopes([NotesRead::NAME])
}

impl BearerApp {
    /// Starts with [`in_body`].
    pub async fn start() -> Self {
        Self::with(in_body()).await
    }

    /// Starts with `config`.
    pub async fn with(config: BearerConfig) -> Self {
        Self::built(config, |builder| builder).await
    }

    /// Starts with `config` and what `configure` makes of the rest.
    ///
    /// # Panics
    ///
    /// If the server cannot be started.
    pub async fn built(
        config: BearerConfig,
        configure: impl FnOnce(TestBuilder) -> TestBuilder,
    ) -> Self {
        Self::over(TestDatabase::new(&ACCOUNTS).await, config, configure).await
    }

    /// As [`built`](Self::built), over a database that is there.
    ///
    /// # Panics
    ///
    /// If the server cannot be started.
    pub async fn over(
        database: TestDatabase,
        config: BearerConfig,
        configure: impl FnOnce(TestBuilder) -> TestBuilder,
    ) -> Self {
        let (site, builder) = Site::prepare(database);
        let built = configure(builder.bearer(config)).build().await;
        let auth = built.expect("a configuration that works");
        Self { app: site.serve(auth, routes()).await }
    }

    /// What issues tokens.
    ///
    /// # Panics
    ///
    /// Never: it has been configured.
    #[must_use]
    pub fn tokens(&self) -> &BearerTokens<Account> {
        self.auth.tokens().expect("bearer tokens are configured")
    }

    /// Signs up, and returns the answer of `/token`.
    ///
    /// # Panics
    ///
    /// If the sign-up fails.
    pub async fn token_of(&self, name: &str) -> (Client, Answer) {
        let mut client = self.client();
        let answer = client.register(&format!("{name}@example.com"), name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = client.token(name, PASSWORD, None).await;
        (client, answer)
    }

    /// Seconds since the Unix epoch, by the clock of the application.
    #[must_use]
    pub fn now(&self) -> u64 {
        self.clock.now_ms() / 1000
    }
}

impl Deref for BearerApp {
    type Target = TestApp;

    fn deref(&self) -> &TestApp {
        &self.app
    }
}

impl Client {
    /// `POST /token`.
    pub async fn token(&mut self, username: &str, password: &str, scope: Option<&str>) -> Answer {
        let mut form = vec![("username", username), ("password", password)];
        form.extend(scope.map(|scope| ("scope", scope)));
        self.post_form("/token", &form).await
    }

    /// `POST /refresh` with the token in the body.
    pub async fn refresh(&mut self, token: &str) -> Answer {
        let request = self.request(Method::POST, "/refresh");
        self.send(request.json(&json!({ "refresh_token": token }))).await
    }

    /// `GET path` with `Authorization: Bearer token`.
    pub async fn get_as(&mut self, token: &str, path: &str) -> Answer {
        let request = self.request(Method::GET, path);
        self.send(request.header(AUTHORIZATION, format!("Bearer {token}"))).await
    }
}

impl Answer {
    /// A text in the body; empty if there is none.
    #[must_use]
    pub fn field(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_default().to_owned()
    }
}

fn routes() -> Router<AppState> {
    Router::new()
        .route("/reports", get(reports))
        .route("/both-scopes", get(both_scopes))
        .route("/session-only", get(session_only))
        .route("/bearer-only", get(bearer_only))
        .route("/bearer-maybe", get(bearer_maybe))
        .route("/bearer-reports", get(bearer_reports))
}

async fn reports(me: Principal<Account, Scope<ReportsRead>>) -> Json<Value> {
    shown(&me)
}

async fn both_scopes(
    me: Principal<Account, (Scope<NotesRead>, Scope<ReportsRead>)>,
) -> Json<Value> {
    shown(&me)
}

async fn session_only(me: Principal<Account, Via<Session>>) -> Json<Value> {
    shown(&me)
}

async fn bearer_only(me: Principal<Account, Via<Bearer>>) -> Json<Value> {
    shown(&me)
}

async fn bearer_maybe(me: Option<Principal<Account, Via<Bearer>>>) -> Json<Value> {
    me.map_or_else(|| Json(json!({ "user_id": null, "via": null })), |me| shown(&me))
}

async fn bearer_reports(me: Principal<Account, (Via<Bearer>, Scope<ReportsRead>)>) -> Json<Value> {
    shown(&me)
}
