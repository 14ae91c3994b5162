//! What each request asks of its ports, in which order, and what a race does just before one of
//! the calls. Sequences are compared with each other, never with a list.

mod before_a_user;
mod races;

use std::sync::Arc;

use axum::routing::post;
use axum::{Json, Router};
use crudauth::Rejection;
use crudauth::sudo::{Elevated, Proof};
use crudauth::{CrudAuth, Principal, RateLimits, SessionConfig, Sudo};
use crudauth_tests::attack::{Call, Ground, Server, Watch};
use crudauth_tests::support::{
    Account, Answer, AppState, Client, CountingHasher, Mail, Mailbox, PASSWORD, in_body,
};
use reqwest::header::AUTHORIZATION;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// An application with everything mounted, over ports that are watched. It never limits.
struct Site {
    ground: Ground,
    watch: Arc<Watch>,
    server: Server,
    mailbox: Mailbox,
}

/// What an answer tells, and what it cost.
#[derive(Debug, PartialEq)]
struct Seen {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    calls: Vec<Call>,
}

impl Site {
    async fn new() -> Self {
        let ground = Ground::new().await;
        let (watch, stores) = Watch::over(&ground.stores);
        let mailbox = Mailbox::default();
        let builder = ground
            .builder(stores)
            .password_hasher(watch.hasher(CountingHasher::default()))
            .rate_limits(RateLimits::off())
            .session(SessionConfig::default().management_routes())
            .email(mailbox.config())
            .bearer(in_body());
        let auth = builder.build().await.expect("a working configuration");
        let server = Server::with(auth, routes()).await;
        Self { ground, watch, server, mailbox }
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    async fn execute(&self, sql: &str) {
        self.ground.database.execute(sql).await;
    }

    /// Signs somebody up as `{name}@example.com`, and throws the mail away.
    async fn sign_up(&self, name: &str) {
        let email = format!("{name}@example.com");
        let answer = self.client().register(&email, name, PASSWORD).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        self.mails().await;
    }

    async fn signed_in(&self, name: &str) -> Client {
        let mut client = self.client();
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }

    async fn mails(&self) -> Vec<Mail> {
        self.mailbox.mails(&self.server.auth).await
    }

    /// The token of the one mail that has come since the last look.
    async fn link(&self) -> String {
        let mails = self.mails().await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }

    /// What a request of `client` is answered, and the calls until then.
    async fn see(&self, client: &mut Client, request: RequestBuilder) -> Seen {
        self.watch.take_calls();
        let answer = client.send(request).await;
        let calls = self.watch.take_calls();
        assert!(!calls.is_empty(), "the ports are watched");
        let headers = answer.headers.iter().filter(|(name, _)| *name != "date");
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        Seen {
            status: answer.status.as_u16(),
            headers: headers.map(|(name, value)| (name.to_string(), text(value))).collect(),
            body: answer.text(),
            calls,
        }
    }

    async fn posted(&self, path: &str, body: &Value) -> Seen {
        let mut client = self.client();
        let request = client.request(Method::POST, path).json(body);
        self.see(&mut client, request).await
    }

    async fn signed_in_by(&self, path: &str, name: &str, password: &str) -> Seen {
        let mut client = self.client();
        let form = [("username", name), ("password", password)];
        let request = client.request(Method::POST, path).form(&form);
        self.see(&mut client, request).await
    }
}

fn routes() -> Router<AppState> {
    Router::new().route("/sudo", post(sudo)).route("/danger", post(danger))
}

async fn sudo(
    axum::extract::State(auth): axum::extract::State<CrudAuth<Account>>,
    me: Principal<Account>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn danger(me: Principal<Account, Sudo>) -> Result<Json<Value>, Rejection> {
    Ok(Json(json!({ "user_id": me.id() })))
}

/// Whether the credentials of `client` let it in.
async fn is_in(client: &Client) -> bool {
    client.clone().get("/me").await.status == 200
}

async fn has_access(site: &Site, token: &str) -> bool {
    let mut client = site.client();
    let request = client.request(Method::GET, "/me");
    let request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    client.send(request).await.status == 200
}

fn status(answer: &Answer) -> u16 {
    answer.status.as_u16()
}
