//! What each flow writes is in the table of the derive's documentation, and nothing else in the row
//! changes: a walk through every flow on each engine, over rows with odd values in all other columns.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use chrono::NaiveDateTime;
use crudauth::clock::ManualClock;
use crudauth::oauth::OAuthConfig;
use crudauth::sudo::{Elevated, Proof};
use crudauth::user::{LoginName, NoTenant, StoredUser};
use crudauth::{
    AuthUser, BearerConfig, CrudAuth, Principal, RateLimits, RefreshDelivery, Rejection, SecretKey,
    SessionConfig,
};
use crudauth_tests::provider::Desk;
use crudauth_tests::support::engines::{Tables, UsersEngine};
use crudauth_tests::support::{Client, CountingHasher, Mailbox, PASSWORD, Server, TestDatabase};
use reqwest::Method;
use serde_json::json;

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

/// Where a sign-in by a provider ends.
const WELCOME: &str = "/welcome";

const NEW: &str = "another good passphrase";

/// Of [`PASSWORD`], as Laravel writes it.
const OUTDATED: &str = "$2y$06$qN2v8Jx0Tq1mYw7rB4kZ9urK0IWzYl0rkvmQx5Y6mDNzboAOHzBX6";

mod schema {
    diesel::table! {
        people (id) {
            id -> Integer,
            email -> Text,
            username -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            is_superuser -> Bool,
            email_verified -> Bool,
            token_version -> Integer,
            created_at -> Timestamp,
            updated_at -> Timestamp,
            full_name -> Nullable<Text>,
            balance -> Integer,
            google_id -> Nullable<Text>,
            oauth_provider -> Nullable<Text>,
            oauth_created_at -> Nullable<Timestamp>,
            oauth_updated_at -> Nullable<Timestamp>,
        }
    }
}

#[derive(AuthUser)]
#[diesel(table_name = schema::people)]
#[expect(dead_code, reason = "an application reads them")]
struct Person {
    id: i32,
    email: String,
    username: String,
    hashed_password: Option<String>,
    is_active: bool,
    is_superuser: bool,
    email_verified: bool,
    token_version: i32,
    created_at: NaiveDateTime,
    updated_at: NaiveDateTime,
    #[auth(register)]
    full_name: Option<String>,
    #[auth(default)]
    balance: i32,
    google_id: Option<String>,
    oauth_provider: Option<String>,
    oauth_created_at: Option<NaiveDateTime>,
    oauth_updated_at: Option<NaiveDateTime>,
}

/// A table with the columns of the struct, and with others that each engine has.
macro_rules! table {
    ($id:literal, $moment:literal, $others:literal) => {
        concat!(
            "CREATE TABLE people (id ",
            $id,
            " PRIMARY KEY, email VARCHAR(190) NOT NULL UNIQUE, \
             username VARCHAR(190) NOT NULL UNIQUE, hashed_password VARCHAR(255), \
             is_active BOOLEAN NOT NULL, is_superuser BOOLEAN NOT NULL, \
             email_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL, \
             created_at ",
            $moment,
            " NOT NULL, updated_at ",
            $moment,
            " NOT NULL, \
             full_name VARCHAR(190), balance INTEGER NOT NULL DEFAULT 10, \
             google_id VARCHAR(190) UNIQUE, oauth_provider VARCHAR(32), oauth_created_at ",
            $moment,
            " NULL, oauth_updated_at ",
            $moment,
            " NULL, ",
            $others,
            ")"
        )
    };
}

const PEOPLE: Tables = Tables {
    sqlite: table!(
        "INTEGER",
        "TIMESTAMP",
        "blanks TEXT, empty TEXT, missing TEXT, far DATETIME, least INTEGER, real REAL, \
         bytes BLOB, digits TEXT, untyped, document TEXT"
    ),
    postgres: table!(
        "SERIAL",
        "TIMESTAMP",
        "blanks TEXT, padded CHAR(10), empty TEXT, missing TEXT, far TIMESTAMP, early TIMESTAMPTZ, \
         least BIGINT, real DOUBLE PRECISION, bytes BYTEA, document JSONB, list INTEGER[], key UUID"
    ),
    mysql: table!(
        "INTEGER AUTO_INCREMENT",
        "DATETIME(6)",
        "blanks VARCHAR(20), padded CHAR(10), empty TEXT, missing TEXT, far DATETIME(6), \
         early DATE, least BIGINT, real_ DOUBLE, bytes BLOB, document JSON, \
         choice ENUM('', 'one'), choices SET('a', 'b'), bits BIT(8), short BINARY(4)"
    ),
};

/// What no flow writes, in the columns of the struct.
const OWN: &str = "is_superuser = TRUE, created_at = '9999-12-31 23:59:59.999999', \
    full_name = ' Ada  ', balance = -2147483648";

/// What the struct does not have.
fn odd_values(engine: UsersEngine) -> &'static str {
    match engine {
        UsersEngine::Sqlite => {
            "blanks = 'x  ', empty = '', far = '9999-12-31T23:59:59+14:00', \
             least = -9223372036854775808, real = 1e-300, bytes = x'00ff2700', digits = 7, \
             untyped = x'80', document = '{ \"a\" :  1 }'"
        }
        UsersEngine::Postgres => {
            "blanks = 'x  ', padded = 'x', empty = '', far = 'infinity', early = '0001-01-01 BC', \
             least = -9223372036854775808, real = 'NaN', bytes = '\\x00ff2700', \
             document = '{\"a\": [1.10, null]}', list = '{3,NULL}', \
             key = '00000000-0000-0000-0000-000000000000'"
        }
        UsersEngine::Mariadb => {
            "blanks = 'x  ', padded = 'x', empty = '', far = '9999-12-31 23:59:59.999999', \
             early = '0001-01-01', least = -9223372036854775808, real_ = -1e-300, \
             bytes = x'00ff2700', document = '{ \"a\" :  1 }', choice = '', choices = 'a,b', \
             bits = b'10000001', short = x'00ff'"
        }
    }
}

/// The table of the documentation: what each flow writes.
fn documented() -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    let document = include_str!("../../crudauth-derive/docs/auth_user.md");
    let (_, table) = document.split_once("| flow | writes |").expect("the table");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with('|'));
    rows.map(|row| {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let [flow, writes] = cells[..] else { panic!("two cells: {row}") };
        (flow, writes.split('`').skip(1).step_by(2).collect())
    })
    .collect()
}

type Row = BTreeMap<String, String>;

struct Site {
    engine: UsersEngine,
    auth: CrudAuth<Person>,
    clock: Arc<ManualClock>,
    database: TestDatabase,
    mailbox: Mailbox,
    server: Server,
    documented: BTreeMap<&'static str, BTreeSet<&'static str>>,
    walked: BTreeSet<String>,
}

async fn elevate(
    State(auth): State<CrudAuth<Person>>,
    me: Principal<Person>,
    proof: Proof,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, proof).await?)
}

async fn drop_rights(
    State(auth): State<CrudAuth<Person>>,
    me: Principal<Person>,
) -> Result<(), Rejection> {
    Ok(auth.sudo().drop_rights(&me).await?)
}

impl Site {
    async fn start(engine: UsersEngine) -> Option<Self> {
        let users = engine.open().await?;
        users.create(&PEOPLE).await;
        let database = TestDatabase { users, apart: None };
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let mailbox = Mailbox::default();
        let key = SecretKey::random().expect("random bytes");
        let auth = CrudAuth::<Person>::builder(database.clone(), key)
            .email(mailbox.config())
            .bearer(BearerConfig::default().refresh_delivery(RefreshDelivery::Body))
            .oauth(
                OAuthConfig::new("https://shop.example.com")
                    .add_provider(Desk::new("google"))
                    .default_redirect(WELCOME),
            )
            .session(SessionConfig::default().management_routes())
            .clock(clock.clone())
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off())
            .build()
            .await
            .expect("a configuration that works");
        let router = Router::new()
            .route("/sudo", post(elevate))
            .route("/unsudo", post(drop_rights))
            .merge(auth.router())
            .with_state(auth.clone());
        let server = Server::serve(router).await;
        let (documented, walked) = (documented(), BTreeSet::new());
        Some(Self { engine, auth, clock, database, mailbox, server, documented, walked })
    }

    async fn row(&self, name: &str) -> Row {
        self.database.users.row("people", &format!("username = '{name}'")).await
    }

    async fn execute(&self, set: &str) {
        self.database.execute(&format!("UPDATE people SET {set} WHERE username = 'ada'")).await;
    }

    /// The rows of ada and of eve before a flow, which comes a minute later.
    async fn before(&self) -> [Row; 2] {
        self.mailbox.mails(&self.auth).await;
        self.clock.advance(Duration::from_secs(60));
        [self.row("ada").await, self.row("eve").await]
    }

    /// Of ada's row the flow has written what the table says, of eve's nothing.
    async fn wrote(&mut self, flow: &str, [before, eve]: [Row; 2]) {
        let case = format!("{:?}, {flow}", self.engine);
        let after = self.row("ada").await;
        let changed: BTreeSet<_> = after
            .iter()
            .filter(|(column, value)| before[*column] != **value)
            .map(|(column, _)| column.as_str())
            .collect();
        let expected = self.documented.get(flow).unwrap_or_else(|| panic!("{case}: no row"));
        assert_eq!(&changed, expected, "{case}");
        assert_eq!(self.row("eve").await, eve, "{case}");
        self.walked.insert(flow.to_owned());
    }

    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        let link = mails.iter().find(|mail| mail.link.is_some());
        link.unwrap_or_else(|| panic!("a link: {mails:?}")).token().to_owned()
    }

    async fn sign_up(&self, name: &str) {
        let email = format!("{name}@example.com");
        let answer = self.server.client().register(&email, name, PASSWORD).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
    }

    async fn session(&self, password: &str) -> Client {
        let mut client = self.server.client();
        let answer = client.login("ada", password).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }

    /// A sign-in by a provider that says `code`.
    async fn by_provider(&self, code: &str) {
        let mut client = self.server.client();
        let away = client.get("/oauth/google/authorize").await;
        let (_, state) =
            away.header("location").and_then(|it| it.split_once("state=")).expect("a state");
        let back = client.get(&format!("/oauth/google/callback?code={code}&state={state}")).await;
        assert_eq!(back.header("location"), Some(WELCOME), "{}", back.text());
    }

    async fn post(&self, path: &str, body: &serde_json::Value) {
        succeeds(&mut self.server.client(), path, body).await;
    }

    async fn user(&self) -> StoredUser<Person> {
        let found =
            self.auth.stores().users().find_by_login(&LoginName::new("ada"), &NoTenant).await;
        found.expect("the store works").expect("ada")
    }
}

async fn succeeds(client: &mut Client, path: &str, body: &serde_json::Value) {
    let answer = client.post_json(path, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_flow_writes_the_columns_of_the_table_and_no_others() {
    for engine in ENGINES {
        let Some(mut site) = Site::start(engine).await else { continue };
        site.sign_up("ada").await;
        site.sign_up("eve").await;
        let odd = odd_values(engine);
        site.database.execute(&format!("UPDATE people SET {OWN}, {odd}")).await;
        sign_up_and_sign_in(&mut site).await;
        tokens_and_rights(&mut site).await;
        recovery(&mut site).await;
        passwords(&mut site).await;
        providers(&mut site).await;
        the_account(&mut site).await;
        let written: BTreeSet<_> = site.documented.keys().map(|flow| (*flow).to_owned()).collect();
        assert_eq!(site.walked, written, "a row without a flow");
    }
}

async fn sign_up_and_sign_in(site: &mut Site) {
    let before = site.before().await;
    site.sign_up("bob").await;
    let taken = site.server.client().register("ada@example.com", "another", PASSWORD).await;
    assert_eq!(taken.status, 202, "{}", taken.text());
    site.wrote("`POST /register`", before).await;

    let before = site.before().await;
    let mut session = site.session(PASSWORD).await;
    site.wrote("`POST /login`", before).await;

    let before = site.before().await;
    assert_eq!(session.post("/logout").await.status, 200);
    site.wrote("`POST /logout`", before).await;

    let mut session = site.session(PASSWORD).await;
    let before = site.before().await;
    assert_eq!(session.post("/logout-all").await.status, 200);
    site.wrote("`POST /logout-all`", before).await;

    let mut session = site.session(PASSWORD).await;
    let sessions = session.get("/sessions").await.json();
    let path = format!("/sessions/{}", sessions[0]["id"].as_str().expect("a handle"));
    let before = site.before().await;
    let request = session.with_csrf(session.request(Method::DELETE, &path));
    assert!(session.send(request).await.status.is_success());
    site.wrote("`DELETE /sessions/{handle}`", before).await;

    site.execute(&format!("hashed_password = '{OUTDATED}'")).await;
    let before = site.before().await;
    site.session(PASSWORD).await;
    site.wrote("`POST /login` with an outdated hash", before).await;
}

async fn tokens_and_rights(site: &mut Site) {
    let mut client = site.server.client();
    let before = site.before().await;
    let tokens = client.token("ada", PASSWORD, None).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    site.wrote("`POST /token`", before).await;

    let before = site.before().await;
    assert_eq!(client.refresh(&tokens.field("refresh_token")).await.status, 200);
    site.wrote("`POST /refresh`", before).await;

    let mut session = site.session(PASSWORD).await;
    let before = site.before().await;
    succeeds(&mut session, "/sudo", &json!({ "password": PASSWORD })).await;
    assert_eq!(session.post("/unsudo").await.status, 200);
    site.wrote("elevated rights, given and dropped", before).await;
}

async fn recovery(site: &mut Site) {
    let ada = json!({ "email": "ada@example.com" });
    let unproved = "email_verified = FALSE, google_id = '1', oauth_provider = 'google'";
    site.execute(unproved).await;
    let before = site.before().await;
    site.post("/email/verify-request", &ada).await;
    let body = json!({ "token": site.token().await });
    site.post("/email/verify-confirm", &body).await;
    site.wrote("`POST /email/verify-confirm`", before).await;

    site.execute(unproved).await;
    let before = site.before().await;
    site.post("/password/reset-request", &ada).await;
    let body = json!({ "token": site.token().await, "new_password": NEW });
    site.post("/password/reset-confirm", &body).await;
    site.wrote("`POST /password/reset-confirm`", before).await;

    site.execute(unproved).await;
    let mut session = site.session(NEW).await;
    let before = site.before().await;
    let body = json!({ "new_email": "lovelace@example.com", "password": NEW });
    succeeds(&mut session, "/email/change-request", &body).await;
    let body = json!({ "token": site.token().await });
    succeeds(&mut session, "/email/change-confirm", &body).await;
    site.wrote("`POST /email/change-confirm`", before).await;
}

async fn passwords(site: &mut Site) {
    let mut session = site.session(NEW).await;
    let before = site.before().await;
    let body = json!({ "current_password": NEW, "new_password": PASSWORD });
    succeeds(&mut session, "/change-password", &body).await;
    site.wrote("`POST /change-password`", before).await;

    let mut session = site.session(PASSWORD).await;
    let with_password = site.user().await;
    site.execute("hashed_password = NULL").await;
    let without = site.user().await;
    site.auth
        .carry_over(with_password.into_row(), without.into_row())
        .await
        .expect("the store works");
    let before = site.before().await;
    succeeds(&mut session, "/set-password", &json!({ "new_password": NEW })).await;
    site.wrote("`POST /set-password`", before).await;
}

async fn providers(site: &mut Site) {
    let before = site.before().await;
    site.by_provider("grace,grace@example.com").await;
    site.wrote("a sign-up by a provider", before).await;

    let mut session = site.session(NEW).await;
    succeeds(&mut session, "/sudo", &json!({ "password": NEW })).await;
    let before = site.before().await;
    site.by_provider("ada,lovelace@example.com").await;
    site.wrote("an identity at a provider is linked", before).await;

    let before = site.before().await;
    let linked = session.get("/oauth/accounts").await.json();
    let path = format!("/oauth/accounts/{}", linked[0]["id"].as_str().expect("an id"));
    let request = session.with_csrf(session.request(Method::DELETE, &path));
    let unlinked = session.send(request).await;
    assert_eq!(unlinked.status, 200, "{}", unlinked.text());
    site.wrote("a link to a provider is removed", before).await;

    let hash = site.user().await.hashed_password.clone().expect("a hash");
    site.execute("email_verified = FALSE, oauth_created_at = NULL, oauth_updated_at = NULL").await;
    let before = site.before().await;
    site.by_provider("another,lovelace@example.com").await;
    site.wrote("an account with an unproved address is claimed", before).await;
    site.execute(&format!("hashed_password = '{hash}'")).await;
}

async fn the_account(site: &mut Site) {
    let id = site.user().await.id;
    let before = site.before().await;
    assert!(site.auth.deactivate(&id).await.expect("the store works"));
    site.wrote("`CrudAuth::deactivate`", before).await;

    let before = site.before().await;
    assert!(site.auth.reactivate(&id).await.expect("the store works"));
    site.wrote("`CrudAuth::reactivate`", before).await;

    let mut session = site.session(NEW).await;
    site.execute("is_active = FALSE").await;
    let before = site.before().await;
    assert_eq!(session.get("/me").await.status, 401);
    site.wrote("a credential is shown, and the account is not active", before).await;

    let before = site.before().await;
    site.auth.forget(&id).await.expect("the store works");
    site.wrote("`CrudAuth::forget`", before).await;
}
