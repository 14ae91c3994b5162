//! A users table without an epoch, a flag for active accounts and one for verified addresses: crudauth
//! keeps them beside it. Over HTTP, on each database, with the state there and elsewhere.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use crudauth::clock::ManualClock;
use crudauth::store::Changed;
use crudauth::store::memory::{self, MemoryState, MemoryUsers};
use crudauth::user::{Change, LoginName, NewUser, NoTenant, StoredUser};
use crudauth::{
    AccessTokenOptions, AuthUser, BearerConfig, CrudAuth, Principal, RateLimit, SecretKey,
    SessionConfig, SessionOptions, Verified,
};
use crudauth_tests::support::engines::{StateEngine, Tables, TestDatabase, UsersEngine};
use crudauth_tests::support::{Client, CountingHasher, Mailbox, PASSWORD, Server};
use serde_json::json;

const ADA: &str = "ada@example.com";
const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

mod schema {
    diesel::table! {
        people (id) {
            id -> Integer,
            email -> Text,
            password -> Text,
        }
    }

    diesel::table! {
        staff (id) {
            id -> Integer,
            email -> Text,
            password -> Text,
            deleted -> Bool,
        }
    }
}

const PEOPLE: Tables = Tables {
    sqlite: "CREATE TABLE people (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
             password TEXT NOT NULL)",
    postgres: "CREATE TABLE people (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
               password TEXT NOT NULL)",
    mysql: "CREATE TABLE people (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
            email VARCHAR(190) NOT NULL UNIQUE, password TEXT NOT NULL)",
};

#[derive(AuthUser)]
#[diesel(table_name = schema::people)]
#[auth(beside(token_version, is_active, email_verified))]
#[derive(Clone)]
struct Person {
    id: i32,
    email: String,
    #[auth(column = "password")]
    hashed_password: String,
}

const STAFF: Tables = Tables {
    sqlite: "CREATE TABLE staff (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
             password TEXT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE)",
    postgres: "CREATE TABLE staff (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE, \
               password TEXT NOT NULL, deleted BOOLEAN NOT NULL DEFAULT FALSE)",
    mysql: "CREATE TABLE staff (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
            email VARCHAR(190) NOT NULL UNIQUE, password TEXT NOT NULL, \
            deleted BOOLEAN NOT NULL DEFAULT FALSE)",
};

#[derive(AuthUser)]
#[diesel(table_name = schema::staff)]
#[auth(beside(token_version, is_active))]
struct Staff {
    id: i32,
    email: String,
    #[auth(column = "password")]
    hashed_password: String,
    #[auth(soft_delete)]
    deleted: bool,
}

struct App {
    auth: CrudAuth<Person>,
    database: TestDatabase,
    mailbox: Mailbox,
    server: Server,
}

impl App {
    async fn start(engine: UsersEngine, apart: bool) -> Option<Self> {
        let users = engine.open().await?;
        users.create(&PEOPLE).await;
        let apart = match apart {
            true => Some(StateEngine::Memory.open().await?),
            false => None,
        };
        Some(Self::over(TestDatabase { users, apart }).await)
    }

    async fn over(database: TestDatabase) -> Self {
        let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
        let mailbox = Mailbox::default();
        let key = SecretKey::random().expect("bytes");
        let auth = CrudAuth::<Person>::builder(database.clone(), key)
            .email(mailbox.default_config())
            .bearer(BearerConfig::default())
            .clock(clock)
            .password_hasher(CountingHasher::default())
            .register_limit(RateLimit::off())
            .build()
            .await
            .expect("a configuration that works");
        let proven = get(|_: Principal<Person, Verified>| async { "proven" });
        let app = Router::new().merge(auth.router()).route("/proven", proven);
        let server = Server::serve(app.with_state(auth.clone())).await;
        Self { auth, database, mailbox, server }
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    async fn sign_up(&self, email: &str) {
        let body = json!({ "email": email, "password": PASSWORD });
        let answer = self.client().post_json("/register", &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    async fn verified(&self, email: &str) {
        self.sign_up(email).await;
        let token = self.token().await;
        let answer =
            self.client().post_json("/email/verify-confirm", &json!({ "token": token })).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }

    async fn signs_in(&self, password: &str) -> bool {
        let answer = self.client().login(ADA, password).await;
        assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.text());
        answer.status == 200
    }

    async fn session(&self) -> Client {
        let mut client = self.client();
        assert_eq!(client.login(ADA, PASSWORD).await.status, 200);
        assert!(counts(&mut client).await);
        client
    }

    async fn bearer(&self) -> String {
        let answer =
            self.client().post_form("/token", &[("username", ADA), ("password", PASSWORD)]).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()["access_token"].as_str().expect("a token").to_owned()
    }

    async fn takes(&self, token: &str) -> bool {
        self.auth.tokens().expect("mounted").verify(token).await.expect("the store works").is_some()
    }

    async fn user(&self) -> StoredUser<Person> {
        let found = self.auth.stores().users().find_by_login(&LoginName::new(ADA), &NoTenant).await;
        found.expect("the store works").expect("a user")
    }

    /// The row beside that of the one user.
    async fn beside(&self) -> String {
        let columns = ["token_version", "is_active", "verified_email IS NOT NULL"];
        let mut row = Vec::new();
        for column in columns {
            let sql = format!("SELECT CAST({column} AS CHAR(11)) FROM crudauth_accounts");
            let cells = self.database.select(&sql).await;
            row.extend(cells.into_iter().map(|cell| cell.trim_end().to_owned()));
        }
        row.join(" ").replace("true", "1").replace("false", "0")
    }

    /// The same, with the epoch as the number of changes since it was `first`.
    async fn beside_since(&self, first: i64) -> String {
        let beside = self.beside().await;
        let (epoch, rest) = beside.split_once(' ').expect("a row");
        format!("{} {rest}", epoch.parse::<i64>().expect("a number") - first)
    }
}

async fn counts(session: &mut Client) -> bool {
    session.get("/me").await.status == 200
}

/// On each engine, with the state in the same database and elsewhere.
async fn everywhere<F: Future<Output = ()>>(walk: impl Fn(App) -> F) {
    for engine in ENGINES {
        for apart in [false, true] {
            if let Some(app) = App::start(engine, apart).await {
                walk(app).await;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_lives_with_three_fields_that_its_table_lacks() {
    everywhere(|app| async move {
        app.sign_up(ADA).await;
        let first = app.user().await.logical().epoch();
        assert_eq!(app.beside_since(first).await, "0 1 0");
        assert!(!app.signs_in(PASSWORD).await, "the address is not verified");
        let token = app.token().await;
        for status in [200, 400] {
            let body = json!({ "token": token });
            let answer = app.client().post_json("/email/verify-confirm", &body).await;
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        assert_eq!(app.beside_since(first).await, "0 1 1");

        let mut session = app.session().await;
        assert_eq!(session.get("/proven").await.status, 200);
        let bearer = app.bearer().await;
        let new = "another sound passphrase";
        let body = json!({ "current_password": PASSWORD, "new_password": new });
        let answer = session.post_json("/change-password", &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
        assert_eq!(app.beside_since(first).await, "1 1 1");
        assert!(!app.takes(&bearer).await, "a token of before the change");
        assert!(!app.signs_in(PASSWORD).await && app.signs_in(new).await);
        app.mailbox.mails(&app.auth).await;

        app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
        let body = json!({ "token": app.token().await, "new_password": PASSWORD });
        for status in [200, 400] {
            let answer = app.client().post_json("/password/reset-confirm", &body).await;
            assert_eq!(answer.status, status, "{}", answer.text());
        }
        assert_eq!(app.beside_since(first).await, "2 1 1");
        assert!(!counts(&mut session).await, "a session of before the reset");

        let (mut session, bearer) = (app.session().await, app.bearer().await);
        assert!(app.takes(&bearer).await);
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        assert_eq!(app.beside_since(first).await, "3 0 1");
        assert!(!app.takes(&bearer).await && !counts(&mut session).await);
        assert!(!app.signs_in(PASSWORD).await);
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert_eq!(app.beside_since(first).await, "3 1 1");
        assert!(app.signs_in(PASSWORD).await && !counts(&mut session).await);
        assert!(!app.auth.deactivate(&99).await.expect("the store works"), "nobody");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_of_whom_nothing_is_kept_yet_is_as_a_new_one() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        app.database.execute("DELETE FROM crudauth_accounts").await;
        assert!(!app.signs_in(PASSWORD).await, "not verified");
        app.database
            .execute("INSERT INTO crudauth_accounts (users, owner, verified_email) SELECT 'people', CAST(id AS CHAR(20)), email FROM people")
            .await;
        let mut session = app.session().await;
        app.database.execute("UPDATE crudauth_accounts SET is_active = FALSE").await;
        assert!(!counts(&mut session).await, "past crudauth");
        app.database.execute("DELETE FROM crudauth_accounts").await;
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        assert_eq!(app.beside().await, "1 0 0");
    })
    .await;
}

/// The hash is in one table and the epoch in the other: both are as the change expects, or neither
/// is written.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_is_of_both_tables_or_of_none() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        let users = app.auth.stores().users();
        let user = app.user().await;
        let (epoch, at) = (user.logical().epoch(), std::time::SystemTime::UNIX_EPOCH);
        let hash = |text: &str| crudauth::password::PasswordHash::from_stored(text.to_owned());
        let stored = hash(&user.hashed_password);
        let change = |from, epoch| Change::password(Some(from), hash("new"), epoch, at);
        let before = app.beside().await;
        let other_hash = users.change(&1, change(hash("other"), epoch)).await;
        assert_eq!(other_hash.expect("the store works"), Changed::Stale);
        assert_eq!(app.beside().await, before, "the epoch stays where the hash is another");
        let other_epoch = users.change(&1, change(stored.clone(), epoch + 1)).await;
        assert_eq!(other_epoch.expect("the store works"), Changed::Stale);
        assert_eq!(app.user().await.hashed_password, user.hashed_password);

        // Of many that expect the same, one is written.
        let mut race = tokio::task::JoinSet::new();
        for number in 0..8 {
            let (users, change) = (
                Arc::clone(users),
                Change::password(Some(stored.clone()), hash(&format!("new {number}")), epoch, at),
            );
            race.spawn(async move { users.change(&1, change).await.expect("the store works") });
        }
        let applied = race.join_all().await.into_iter().filter(|it| *it == Changed::Applied);
        assert_eq!(applied.count(), 1);
        assert_eq!(app.user().await.logical().epoch(), epoch + 1);
    })
    .await;
}

/// What was kept of a deleted user says nothing of the one who gets the id.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_that_comes_back_begins_anew() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        let bearer = app.bearer().await;
        let before = app.user().await.logical().epoch();
        app.database.execute("DELETE FROM people").await;
        // Where the keys of the database go on, the next one.
        let next = "INSERT INTO crudauth_accounts (users, owner, verified_email) \
            VALUES ('people', '2', 'eve@example.com')";
        app.database.execute(next).await;
        app.sign_up("eve@example.com").await;
        let id = &app.database.select("SELECT id FROM people").await[0];
        let of = format!("SELECT token_version FROM crudauth_accounts WHERE owner = '{id}'");
        let began_at = if id == "1" { before } else { 0 };
        let epoch = app.database.select(&of).await.concat();
        assert_eq!(epoch, (began_at + 1).to_string(), "the epoch of before is over");
        let of =
            format!("SELECT owner FROM crudauth_accounts WHERE owner = '{id}' AND verified_email IS NOT NULL");
        assert!(app.database.select(&of).await.is_empty(), "she has proved nothing");
        assert!(!app.takes(&bearer).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_sign_up_at_once() {
    everywhere(|app| async move {
        let mut race = tokio::task::JoinSet::new();
        for number in 0..12 {
            let mut client = app.client().at(number + 2);
            let body = json!({ "email": format!("u{number}@example.com"), "password": PASSWORD });
            race.spawn(async move { client.post_json("/register", &body).await.status });
        }
        let statuses = race.join_all().await;
        assert!(statuses.iter().all(http::StatusCode::is_success), "{statuses:?}");
        let kept = app.database.select("SELECT owner FROM crudauth_accounts").await;
        assert_eq!(kept.len(), 12);
    })
    .await;
}

/// A row that the application has read is not whole: what is kept beside it is read at the door.
#[tokio::test(flavor = "multi_thread")]
async fn a_row_of_the_application_signs_in_only_where_it_may() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        let request = http::Request::new(()).into_parts().0;
        let row = || async { app.user().await.into_row() };
        let session = app.auth.sign_in(row().await, &request, SessionOptions::default()).await;
        assert!(session.is_ok());
        let options = AccessTokenOptions::lasting(Duration::from_secs(60));
        let token = app.auth.sign_in(row().await, &request, options).await.expect("let in");
        assert!(app.takes(token.as_str()).await);

        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        let refused = app.auth.sign_in(row().await, &request, SessionOptions::default()).await;
        assert!(refused.is_err());
        let alone = StoredUser::from(row().await);
        assert!(!alone.logical().may_sign_in(std::time::SystemTime::now), "it is not whole");
    })
    .await;
}

/// Other software changes the address, and knows nothing of the proof.
#[tokio::test(flavor = "multi_thread")]
async fn a_proof_is_of_one_address() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        let mut session = app.session().await;
        assert_eq!(session.get("/proven").await.status, 200);
        app.database.execute("UPDATE people SET email = 'ceo@example.com'").await;
        assert_eq!(session.get("/proven").await.status, 403, "nobody has proved that address");
        app.database.execute("UPDATE people SET email = 'ada@example.com'").await;
        assert_eq!(session.get("/proven").await.status, 200);
    })
    .await;
}

/// The ids of two tables are not the same users.
#[tokio::test(flavor = "multi_thread")]
async fn two_tables_in_one_database_keep_theirs_apart() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        let users = app.database.users.clone();
        users.create(&STAFF).await;
        let database = TestDatabase { users, apart: app.database.apart.clone() };
        let staff = CrudAuth::<Staff>::builder(database, SecretKey::random().expect("bytes"))
            .session(SessionConfig::default().prefix("staff"))
            .password_hasher(CountingHasher::default())
            .build()
            .await
            .expect("a configuration that works");
        let server = Server::serve(staff.router()).await;
        let body = json!({ "email": "eve@example.com", "password": PASSWORD });
        assert!(server.client().post_json("/register", &body).await.status.is_success());
        assert!(!app.signs_in(PASSWORD).await, "she is closed still");
        assert!(staff.deactivate(&1).await.expect("the store works"));
        assert!(app.auth.reactivate(&1).await.expect("the store works"));
        assert!(app.signs_in(PASSWORD).await);
        assert_eq!(server.client().login("eve@example.com", PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_goes_with_the_user() {
    everywhere(|app| async move {
        app.verified(ADA).await;
        assert!(app.auth.deactivate(&1).await.expect("the store works"));
        app.auth.forget(&1).await.expect("the store works");
        assert!(!app.signs_in(PASSWORD).await, "the row is there still, and closed");
        app.database.execute("DELETE FROM people").await;
        app.auth.forget(&1).await.expect("the store works");
        assert_eq!(app.beside().await, "");
    })
    .await;
}

/// A row that is deleted and stays in the table keeps its ban.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_stays_with_a_row_that_may_come_back() {
    for engine in ENGINES {
        let Some(users) = engine.open().await else { continue };
        users.create(&STAFF).await;
        let database = TestDatabase { users, apart: None };
        let staff =
            CrudAuth::<Staff>::builder(database.clone(), SecretKey::random().expect("bytes"))
                .password_hasher(CountingHasher::default())
                .build()
                .await
                .expect("a configuration that works");
        let server = Server::serve(staff.router()).await;
        let body = json!({ "email": ADA, "password": PASSWORD });
        assert!(server.client().post_json("/register", &body).await.status.is_success());
        assert!(staff.deactivate(&1).await.expect("the store works"));
        database.execute("UPDATE staff SET deleted = TRUE").await;
        staff.forget(&1).await.expect("the store works");
        database.execute("UPDATE staff SET deleted = FALSE").await;
        assert_eq!(server.client().login(ADA, PASSWORD).await.status, 401, "{engine:?}");
        let request = http::Request::new(()).into_parts().0;
        let row =
            Staff { id: 1, email: ADA.to_owned(), hashed_password: String::new(), deleted: true };
        assert!(staff.reactivate(&1).await.expect("the store works"));
        let refused = staff.sign_in(row, &request, SessionOptions::default()).await;
        assert!(refused.is_err(), "{engine:?}: a row that is deleted");
    }
}

/// The store of the tests keeps them too.
#[tokio::test]
async fn memory_keeps_them_beside_its_rows() {
    let row = |new: NewUser<Person>, number: i64| Person {
        id: number.try_into().expect("few"),
        email: new.register.email,
        hashed_password: new.password.map(|hash| hash.as_stored().to_owned()).unwrap_or_default(),
    };
    let state = MemoryState::new(Arc::new(ManualClock::at_unix(1_800_000_000)));
    let stores = memory::stores(Arc::new(MemoryUsers::new(row)), Arc::new(state));
    let auth = CrudAuth::<Person>::builder(stores, SecretKey::random().expect("bytes"))
        .password_hasher(CountingHasher::default())
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(auth.router()).await;
    let mut client = server.client();
    let body = json!({ "email": ADA, "password": PASSWORD });
    assert_eq!(client.post_json("/register", &body).await.status, 200);
    assert_eq!(client.login(ADA, PASSWORD).await.status, 200);
    assert!(counts(&mut client).await);
    assert!(auth.deactivate(&1).await.expect("the store works"));
    assert!(!counts(&mut client).await);
    assert!(auth.reactivate(&1).await.expect("the store works"));
    assert_eq!(client.login(ADA, PASSWORD).await.status, 200);
}
