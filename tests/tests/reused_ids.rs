//! A row id is not a person: nothing that was issued to one row serves another one that gets its
//! id, whatever the key, and whoever made the rows. The table of `credentials_table.rs` has the
//! credentials one by one; here are other keys and structs, and what is no credential.

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::routing::{get, post};
use crudauth::Rejection;
use crudauth::password::{Password, PasswordHasher};
use crudauth::store::Database;
use crudauth::store::records::{Insertion, Record as _, RoleGrant, new_id};
use crudauth::sudo::{Elevated, Proof};
use crudauth::user::NothingProvisioned;
use crudauth::{AuthUser, CookieConfig, CrudAuth, Principal, RateLimits, SecretKey, Sqlite, Sudo};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::logs::Logs;
use crudauth_tests::support::{
    Account, AppState, Client, CountingHasher, PASSWORD, Server, TestApp, TestDatabase,
};
use reqwest::Method;
use serde_json::json;

async fn sudo(
    State(auth): State<CrudAuth<Account>>,
    me: Principal<Account>,
) -> Result<Elevated, Rejection> {
    Ok(auth.sudo().elevate(&me, Proof::Password(Password::new(PASSWORD))).await?)
}

async fn danger(_: Principal<Account, Sudo>) {}

fn routes(_: &CrudAuth<Account>) -> Router<AppState> {
    Router::new().route("/sudo", post(sudo)).route("/danger", get(danger).post(danger))
}

/// Deletes every account, and lets one that `eve` signs up for have the id 1.
async fn replaced(app: &TestApp) -> Client {
    app.execute("DELETE FROM accounts").await;
    let mut eve = app.client();
    let answer = eve.register("eve@example.com", "eve", PASSWORD).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    app.execute("UPDATE accounts SET account_id = 1").await;
    eve
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_a_session_nor_its_elevated_rights_serve_another_row() {
    let app = TestApp::with_routes(|builder| builder, routes).await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.post("/sudo").await.status, 200);
    assert_eq!(ada.post("/danger").await.status, 200);
    let mut eve = replaced(&app).await;
    for method in [Method::GET, Method::POST] {
        for path in ["/danger", "/optional"] {
            let request = ada.with_csrf(ada.request(method.clone(), path));
            let answer = ada.clone().send(request).await;
            let is_nobody = answer.json()["user_id"].is_null();
            assert!(answer.status == 401 || is_nobody, "{method} {path}: {}", answer.text());
        }
    }
    eve.login("eve", PASSWORD).await;
    assert_eq!(eve.get("/me").await.json()["user_id"], json!(1));
    assert_eq!(eve.post("/danger").await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_device_is_known_to_no_other_row() {
    let app = TestApp::with(|builder| builder.rate_limits(RateLimits::off())).await;
    let mut ada = app.signed_in("ada").await;
    let device = ada.cookies.remove("__Host-device_id").expect("a device token");
    let mut eve = replaced(&app).await;
    assert_eq!(eve.login("eve", PASSWORD).await.status, 200);
    for _ in 0..5 {
        assert_eq!(app.client().at(9).login("eve", "wrong").await.status, 401);
    }
    let mut stranger = app.client();
    stranger.cookies.insert("__Host-device_id".to_owned(), device);
    assert_eq!(stranger.login("eve", PASSWORD).await.status, 429, "it is a device of ada's");
    assert_eq!(eve.login("eve", PASSWORD).await.status, 200, "hers is known");
}

mod schema {
    diesel::table! {
        bearers (handle) {
            handle -> Text,
            email -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> BigInt,
        }
    }

    diesel::table! {
        bares (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
        }
    }
}

/// Has a natural key.
#[derive(AuthUser)]
#[diesel(table_name = schema::bearers)]
struct Natural {
    #[auth(column = "handle")]
    id: String,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i64,
}

const NATURAL: Tables = Tables {
    sqlite: "CREATE TABLE bearers (handle TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
    postgres: "CREATE TABLE bearers (handle TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL)",
    mysql:
        "CREATE TABLE bearers (handle VARCHAR(40) PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL)",
};

/// Has neither a flag nor an epoch.
#[derive(AuthUser)]
#[diesel(table_name = schema::bares)]
#[auth(without(is_active, token_version))]
struct Bare {
    id: i32,
    email: String,
    hashed_password: String,
}

const BARE: Tables = Tables {
    sqlite: "CREATE TABLE bares (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL)",
    postgres: "CREATE TABLE bares (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL)",
    mysql: "CREATE TABLE bares (id INTEGER PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL)",
};

async fn serve<U>(database: impl Database<U>) -> (Server, CrudAuth<U>)
where
    U: AuthUser<Provisioned = NothingProvisioned>,
{
    let auth = CrudAuth::<U>::builder(database, SecretKey::random().expect("random bytes"))
        .password_hasher(CountingHasher::default())
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .build()
        .await
        .expect("a configuration that works");
    (Server::serve(auth.router()).await, auth)
}

/// A row of the application's own making: `values` with a fresh hash of [`PASSWORD`].
async fn insert(database: &TestDatabase, values: impl FnOnce(&str) -> String) {
    let hash = CountingHasher::default().hash(&Password::new(PASSWORD)).expect("a hash");
    database.execute(&values(hash.as_stored())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_natural_key_that_is_taken_again_brings_nothing_back() {
    let database = TestDatabase::new(&NATURAL).await;
    let (server, _auth) = serve::<Natural>(database.clone()).await;
    let row = |address: &'static str| {
        move |hash: &str| {
            format!("INSERT INTO bearers VALUES ('captain', '{address}', '{hash}', TRUE, 0)")
        }
    };
    insert(&database, row("ada@example.com")).await;
    let mut ada = server.client();
    assert_eq!(ada.login("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(ada.get("/me").await.json()["user_id"], "captain");
    database.execute("DELETE FROM bearers").await;
    // Even by the same address and with the same password.
    for address in ["eve@example.com", "ada@example.com"] {
        insert(&database, row(address)).await;
        assert_eq!(ada.get("/me").await.status, 401, "{address}");
        database.execute("DELETE FROM bearers").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_a_row_without_an_epoch_brings_nothing_back() {
    let database = TestDatabase::new(&BARE).await;
    let (server, _auth) = serve::<Bare>(database.clone()).await;
    let row = |hash: &str| format!("INSERT INTO bares VALUES (1, 'ada@example.com', '{hash}')");
    insert(&database, row).await;
    let mut ada = server.client();
    assert_eq!(ada.login("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(ada.get("/me").await.status, 200);
    database.execute("DELETE FROM bares").await;
    insert(&database, row).await;
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_without_a_password_is_told_apart_by_its_names() {
    let app = TestApp::start().await;
    let mut ada = app.signed_in("ada").await;
    app.execute_and_carry_over("UPDATE accounts SET pw_hash = NULL").await;
    assert_eq!(ada.get("/me").await.status, 200, "it has a session all the same");
    app.execute("UPDATE accounts SET token_version = token_version").await;
    assert_eq!(ada.get("/me").await.status, 200);
    // The same key, epoch and lack of a password: another person.
    app.execute("UPDATE accounts SET username = 'eve', email_address = 'eve@example.com'").await;
    assert_eq!(ada.get("/me").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_forgotten_leaves_nothing_behind() {
    let app = TestApp::with_routes(|builder| builder, routes).await;
    let bob = app.signed_in("bob").await;
    let entries = |app: &TestApp| {
        let database = app.database.clone();
        async move { (database.entries().await.len(), database.counters().await.len()) }
    };
    let before = entries(&app).await;
    let mut ada = app.signed_in("ada").await;
    assert_eq!(ada.post("/sudo").await.status, 200);
    let wrong = json!({ "current_password": "wrong", "new_password": "another passphrase" });
    assert_eq!(ada.post_json("/change-password", &wrong).await.status, 401);
    assert_ne!(entries(&app).await, before);

    app.execute("DELETE FROM accounts WHERE username = 'ada'").await;
    app.auth.forget(&2).await.expect("the store works");
    app.after(11);
    let (left, _) = entries(&app).await;
    assert_eq!(left, before.0, "sessions and tokens");
    assert_eq!(Arc::new(bob).as_ref().clone().get("/me").await.status, 200, "others stay");
}

/// On one thread, whose log is that of its start.
#[tokio::test]
async fn start_up_warns_where_the_keys_of_deleted_users_come_back() {
    let logs = Logs::capture();
    for (key, come_back) in
        [("INTEGER PRIMARY KEY AUTOINCREMENT", false), ("INTEGER PRIMARY KEY", true)]
    {
        let sqlite = Sqlite::in_memory().expect("a database");
        let table = format!(
            "CREATE TABLE bares (id {key}, email TEXT NOT NULL UNIQUE, hashed_password TEXT NOT NULL)"
        );
        sqlite.execute_batch(&table).await.expect("valid SQL");
        let _served = serve::<Bare>(sqlite).await;
        assert_eq!(logs.text().contains("the keys of deleted users come back"), come_back, "{key}");
    }
}

#[tokio::test]
async fn a_user_who_is_forgotten_leaves_no_record() {
    let app = TestApp::with(|builder| builder).await;
    app.signed_in("ada").await;
    app.signed_in("bob").await;
    let records = app.auth.stores().records().expect("they are with the users");
    records.open(&[RoleGrant::TABLE]).await.expect("the tables");
    for owner in ["1", "2"] {
        let grant = RoleGrant {
            id: new_id(),
            owner: owner.to_owned(),
            role: "admin".to_owned(),
            granted_at: std::time::UNIX_EPOCH,
            granted_by: None,
        };
        let inserted = records.insert(grant).await.expect("insert");
        assert_eq!(inserted, Insertion::Inserted);
    }
    app.auth.forget(&1).await.expect("the store works");
    let left = async |owner| records.list::<RoleGrant>(owner, None, 10).await.expect("list").len();
    assert_eq!((left("1").await, left("2").await), (0, 1));
}
