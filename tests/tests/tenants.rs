//! Users of several tenants in one table, over HTTP, on each database.

use std::sync::Arc;

use axum::Router;
use crudauth::clock::ManualClock;
use crudauth::hooks::HookContext;
use crudauth::oauth::OAuthConfig;
use crudauth::{
    AuthUser, BearerConfig, CrudAuth, LockoutConfig, Password, RateLimit, RateLimits, SecretKey,
    StartupError,
};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::engines::{Sql, Tables, UsersEngine};
use crudauth_tests::support::{
    Answer, Client, CountingHasher, Mailbox, PASSWORD, Server, TestDatabase,
};
use http::Method;
use http::request::Parts;
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";
const START: u64 = 1_800_000_000;

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            tenant_id -> Integer,
            email -> Text,
            username -> Text,
            hashed_password -> Text,
            email_verified -> Bool,
            is_active -> Bool,
            token_version -> Integer,
        }
    }
}

macro_rules! members {
    ($id:literal, $text:literal, $unique:literal) => {
        concat!(
            "CREATE TABLE members (id ",
            $id,
            " PRIMARY KEY, tenant_id INTEGER NOT NULL DEFAULT 1, email ",
            $text,
            " NOT NULL, username ",
            $text,
            " NOT NULL, hashed_password TEXT NOT NULL, ",
            "email_verified BOOLEAN NOT NULL, is_active BOOLEAN NOT NULL, ",
            "token_version INTEGER NOT NULL",
            $unique,
            ")"
        )
    };
}

const MEMBERS: Tables = Tables {
    sqlite: members!(
        "INTEGER",
        "TEXT",
        ", UNIQUE (tenant_id, email), UNIQUE (username, tenant_id)"
    ),
    postgres: members!(
        "SERIAL",
        "TEXT",
        ", UNIQUE (email, tenant_id), UNIQUE (tenant_id, username)"
    ),
    mysql: members!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(150)",
        ", UNIQUE (tenant_id, email), UNIQUE (tenant_id, username)"
    ),
};

const WITHOUT_INDEXES: Tables = Tables {
    sqlite: members!("INTEGER", "TEXT", ""),
    postgres: members!("SERIAL", "TEXT", ""),
    mysql: members!("INTEGER AUTO_INCREMENT", "VARCHAR(150)", ""),
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
struct Member {
    id: i32,
    #[auth(tenant)]
    tenant_id: i32,
    email: String,
    username: String,
    hashed_password: String,
    email_verified: bool,
    is_active: bool,
    token_version: i32,
}

/// The same rows, of which nobody has said that they are of tenants.
#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
#[auth(login(email))]
#[expect(dead_code, reason = "nobody signs up")]
struct Anybody {
    id: i32,
    #[auth(default)]
    tenant_id: i32,
    email: String,
    username: String,
    hashed_password: String,
    email_verified: bool,
    is_active: bool,
    token_version: i32,
}

/// The tenants are 1 and 2, by the header that a proxy would set.
fn tenant(request: &Parts) -> Option<i32> {
    let named = request.headers.get("x-tenant")?.to_str().ok()?.parse().ok()?;
    [1, 2].contains(&named).then_some(named)
}

struct App {
    auth: CrudAuth<Member>,
    database: Sql,
    mailbox: Mailbox,
    server: Server,
}

/// A client of one tenant.
struct At {
    client: Client,
    tenant: &'static str,
}

impl At {
    async fn send(&mut self, method: Method, path: &str, body: Option<Value>) -> Answer {
        let request = self.client.request(method, path).header("x-tenant", self.tenant);
        let request = match body {
            Some(body) => self.client.with_csrf(request).json(&body),
            None => request,
        };
        self.client.send(request).await
    }

    async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Some(body)).await
    }

    async fn form(&mut self, path: &str, name: &str, password: &str) -> Answer {
        let form = [("username", name), ("password", password)];
        let request = self.client.request(Method::POST, path).header("x-tenant", self.tenant);
        self.client.send(request.form(&form)).await
    }

    async fn sign_up(&mut self, username: &str) -> Answer {
        let body = json!({ "email": ADA, "username": username, "password": PASSWORD,
            "tenant_id": 2, "tenant": 2 });
        self.post("/register", body).await
    }

    /// The way back from a provider that says `code`.
    async fn callback(&mut self, code: &str) -> String {
        let answer = self.send(Method::GET, "/oauth/sso/authorize", None).await;
        let url = answer.header("location").expect("the provider");
        let (_, state) = url.split_once("state=").expect("a state");
        format!("/oauth/sso/callback?code={code}&state={state}")
    }

    /// A sign-in by a provider that says `code`; where it ends.
    async fn sign_in(&mut self, code: &str) -> String {
        let path = self.callback(code).await;
        let answer = self.send(Method::GET, &path, None).await;
        answer.header("location").expect("a target").to_owned()
    }

    async fn me(&mut self) -> Option<i64> {
        let answer = self.send(Method::GET, "/me", None).await;
        (answer.status == 200).then(|| answer.json()["user_id"].as_i64().expect("an id"))
    }
}

impl App {
    async fn start(engine: UsersEngine, with_mail: bool) -> Option<Self> {
        let database = engine.open().await?;
        database.create(&MEMBERS).await;
        let (mailbox, places) =
            (Mailbox::default(), TestDatabase { users: database.clone(), apart: None });
        let mut builder = CrudAuth::<Member>::builder(places, SecretKey::random().expect("bytes"));
        if with_mail {
            builder = builder.email(mailbox.default_config());
        }
        let auth = builder
            .tenant(tenant)
            .oauth(OAuthConfig::new("https://shop.example.com").add_provider(Desk::new("sso")))
            .bearer(BearerConfig::default())
            .clock(Arc::new(ManualClock::at_unix(START)))
            .password_hasher(CountingHasher::default())
            .lockout(LockoutConfig::default().max_attempts(2))
            .rate_limits(RateLimits { register: RateLimit::off(), ..RateLimits::default() })
            .build()
            .await
            .expect("a configuration that works");
        let server = Server::serve(Router::new().merge(auth.router())).await;
        Some(Self { auth, database, mailbox, server })
    }

    fn at(&self, tenant: &'static str) -> At {
        At { client: self.server.client(), tenant }
    }

    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_taken_and_found_within_its_tenant_alone() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        let (mut one, mut two) = (app.at("1"), app.at("2"));
        assert_eq!(one.sign_up("ada").await.status, 200, "{engine:?}");
        assert_eq!(two.form("/login", "ada", PASSWORD).await.status, 401, "{engine:?}");
        let answer = one.sign_up("lovelace").await;
        assert_eq!(answer.json()["code"], "email_registered", "{engine:?}: {}", answer.text());
        assert_eq!(two.sign_up("ada").await.status, 200, "{engine:?}");
        let rows = app.database.select("SELECT tenant_id FROM members").await;
        assert_eq!(rows, ["1", "2"], "{engine:?}: by the request, and not by the body");

        for at in [&mut one, &mut two] {
            let own = format!("SELECT id FROM members WHERE tenant_id = {}", at.tenant);
            let own = app.database.select(&own).await;
            for name in [ADA, "ada"] {
                assert_eq!(at.form("/login", name, PASSWORD).await.status, 200, "{engine:?}");
                let me = at.me().await.map(|id| id.to_string());
                assert_eq!(me.as_ref(), own.first(), "{engine:?}: {name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_issued_in_one_tenant_is_nobodys_in_another() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        let mut one = app.at("1");
        assert_eq!(one.sign_up("ada").await.status, 200, "{engine:?}");
        assert_eq!(one.form("/login", ADA, PASSWORD).await.status, 200, "{engine:?}");
        for other in ["2", "3", ""] {
            one.tenant = other;
            assert_eq!(one.me().await, None, "{engine:?}: {other:?}");
        }
        one.tenant = "1";
        assert_eq!(one.me().await, Some(1), "{engine:?}: it has not ended by that");

        let tokens = app.at("1").form("/token", ADA, PASSWORD).await;
        assert_eq!(tokens.status, 200, "{engine:?}: {}", tokens.text());
        let access = tokens.json()["access_token"].as_str().expect("a token").to_owned();
        for (tenant, status) in [("2", 401), ("1", 200)] {
            let mut client = app.server.client();
            let request = client.request(Method::GET, "/me").header("x-tenant", tenant);
            let answer = client.send(request.bearer_auth(&access)).await;
            assert_eq!(answer.status, status, "{engine:?}: {tenant}");
        }
        let cookie = tokens.cookies().into_iter().find(|(name, _)| name.contains("refresh"));
        let (name, value) = cookie.expect("a refresh token");
        for (tenant, status) in [("2", 401), ("1", 200)] {
            let mut client = app.server.client();
            let request = client.request(Method::POST, "/refresh").header("x-tenant", tenant);
            let answer = client.send(request.header("cookie", format!("{name}={value}"))).await;
            assert_eq!(answer.status, status, "{engine:?}: {tenant}: {}", answer.text());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_for_no_tenant_signs_nobody_up_or_in() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, true).await else { continue };
        for unknown in ["3", "", "one"] {
            let mut nowhere = app.at(unknown);
            let reset = json!({ "email": ADA });
            for answer in [
                nowhere.sign_up("ada").await,
                nowhere.form("/login", ADA, PASSWORD).await,
                nowhere.form("/token", ADA, PASSWORD).await,
                nowhere.post("/password/reset-request", reset.clone()).await,
                nowhere.post("/email/verify-request", reset).await,
            ] {
                assert_eq!(answer.status, 404, "{engine:?} {unknown:?}: {}", answer.text());
                assert_eq!(answer.json()["code"], "unknown_tenant", "{engine:?}");
                assert_eq!(answer.detail(), "There is no such tenant.", "{engine:?}");
            }
        }
        assert_eq!(app.database.select("SELECT id FROM members").await, [""; 0], "{engine:?}");
        assert_eq!(app.mailbox.mails(&app.auth).await, [], "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_in_the_tenant_of_its_user_alone() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, true).await else { continue };
        let (mut one, mut two) = (app.at("1"), app.at("2"));
        for at in [&mut one, &mut two] {
            assert_eq!(at.sign_up("ada").await.status, 202, "{engine:?}");
            let token = json!({ "token": app.token().await });
            let mut other = app.at(if at.tenant == "1" { "2" } else { "1" });
            let answer = other.post("/email/verify-confirm", token.clone()).await;
            assert_eq!(answer.status, 400, "{engine:?}: {}", answer.text());
            let answer = at.post("/email/verify-confirm", token).await;
            assert_eq!(answer.status, 200, "{engine:?}: {}", answer.text());
        }
        two.post("/password/reset-request", json!({ "email": ADA })).await;
        let new = "another good password";
        let reset = json!({ "token": app.token().await, "new_password": new });
        assert_eq!(one.post("/password/reset-confirm", reset.clone()).await.status, 400);
        assert_eq!(two.post("/password/reset-confirm", reset).await.status, 200, "{engine:?}");
        assert_eq!(one.form("/login", ADA, PASSWORD).await.status, 200, "{engine:?}");
        assert_eq!(two.form("/login", ADA, new).await.status, 200, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_signs_in_to_an_account_of_the_tenant_that_was_asked() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        // Nobody has proved the address in either, and one of them is claimed.
        let (mut here, mut elsewhere) = (app.at("1"), app.at("2"));
        for at in [&mut here, &mut elsewhere] {
            assert_eq!(at.sign_up("squatter").await.status, 200, "{engine:?}");
            assert_eq!(at.form("/login", ADA, PASSWORD).await.status, 200, "{engine:?}");
        }
        let mut ada = app.at("1");
        let home = "https://shop.example.com/";
        assert_eq!(ada.sign_in(&format!("ada,{ADA}")).await, home, "{engine:?}");
        assert_eq!((ada.me().await, here.me().await), (Some(1), None), "{engine:?}");
        assert_eq!(elsewhere.me().await, Some(2), "{engine:?}");

        // The identity is that of a user in one tenant, and a flow ends in the tenant that has begun it.
        let mut ada = app.at("2");
        let refused = format!("{home}?error=not_allowed");
        assert_eq!(ada.sign_in(&format!("ada,{ADA}")).await, refused, "{engine:?}");
        let path = ada.callback(&format!("other,{ADA}")).await;
        ada.tenant = "1";
        let answer = ada.send(Method::GET, &path, None).await;
        let refused = format!("{home}?error=invalid_state");
        assert_eq!(answer.header("location"), Some(&*refused), "{engine:?}");
        assert_eq!(elsewhere.me().await, Some(2), "{engine:?}");

        let mut ada = app.at("2");
        assert_eq!(ada.sign_in(&format!("other,{ADA}")).await, home, "{engine:?}");
        assert_eq!((ada.me().await, elsewhere.me().await), (Some(2), None), "{engine:?}");
    }
}

/// The guesses at a name that is taken in one tenant, and free in the other.
#[tokio::test(flavor = "multi_thread")]
async fn guesses_are_counted_in_each_tenant_by_themselves() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        let (mut one, mut two) = (app.at("1"), app.at("2"));
        assert_eq!(one.sign_up("ada").await.status, 200, "{engine:?}");
        for _ in 0..2 {
            assert_eq!(two.form("/login", ADA, "a guess").await.status, 401, "{engine:?}");
            assert_eq!(two.form("/login", "nobody", "a guess").await.status, 401, "{engine:?}");
        }
        assert_eq!(two.form("/login", ADA, "a guess").await.status, 429, "{engine:?}");
        assert_eq!(two.form("/login", "nobody", "a guess").await.status, 429, "{engine:?}");
        assert_eq!(one.form("/login", ADA, PASSWORD).await.status, 200, "{engine:?}");
        assert_eq!(one.form("/login", "nobody", "a guess").await.status, 401, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_request_the_tenant_is_given() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        let registration = app.auth.registration();
        let sign_up = || {
            let fields = MemberRegister { email: ADA.to_owned(), username: "ada".to_owned() };
            registration.check(fields, Password::new(PASSWORD)).expect("right")
        };
        assert!(registration.create(sign_up()).await.is_err(), "{engine:?}: no tenant is named");
        for tenant in [1, 2] {
            let user = registration.create(sign_up().within(tenant)).await.expect("free");
            assert_eq!(user.tenant_id, tenant, "{engine:?}");
        }
        let context = HookContext::default().within(&2);
        let signed_up = registration.sign_up(sign_up(), &context).await;
        assert!(signed_up.is_err(), "{engine:?}: taken");
    }
}

async fn refusal<U>(built: Result<CrudAuth<U>, StartupError>) -> String {
    built.err().expect("a refusal").to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_start_asks_for_the_tenant_and_for_an_index_that_has_it() {
    for engine in ENGINES {
        let Some(database) = engine.open().await else { continue };
        database.create(&WITHOUT_INDEXES).await;
        let key = || SecretKey::random().expect("bytes");
        let places = || TestDatabase { users: database.clone(), apart: None };
        let silent = CrudAuth::<Member>::builder(places(), key()).build().await;
        let said = refusal(silent).await;
        assert!(said.contains("`Member` is of a tenant by `tenant_id`"), "{said}");
        assert!(said.contains("`Builder::tenant`"), "{said}");

        let build = || CrudAuth::<Member>::builder(places(), key()).tenant(tenant).build();
        for column in ["email", "username"] {
            let said = refusal(build().await).await;
            let index = format!(
                "CREATE UNIQUE INDEX members_{column}_key ON members (tenant_id, {column})"
            );
            assert!(said.contains(&index), "{engine:?}: {said}");
            database.execute(&index).await;
        }
        build().await.expect("unique in each tenant");

        let said = refusal(CrudAuth::<Anybody>::builder(places(), key()).build().await).await;
        let advice = "mark its field with `#[auth(tenant)]`. Otherwise run";
        assert!(said.contains("is over `tenant_id` too"), "{engine:?}: {said}");
        assert!(said.contains(advice), "{engine:?}: {said}");
    }
}
