//! Other shapes of user structs, from the derive to the wire.

use crudauth::store::Database;
use crudauth::store::sqlite::UuidText;
use crudauth::user::{LoginName, NoTenant, NothingProvisioned};
use crudauth::{AuthUser, CookieConfig, CrudAuth, SecretKey, Sqlite};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{CountingHasher, Server, TestDatabase};
use serde_json::json;

use super::{PASSWORD, detail, whole};

diesel::table! {
    members (id) {
        id -> Text,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> BigInt,
    }
}

/// Signs in by the address alone; the key is a text that the server makes.
#[derive(AuthUser)]
#[diesel(table_name = members)]
struct Member {
    id: String,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i64,
}

diesel::table! {
    players (id) {
        id -> Text,
        email -> Text,
        hashed_password -> Text,
        is_active -> Bool,
        token_version -> BigInt,
        nick -> Text,
    }
}

/// Has a name for which the table has rules of its own.
#[derive(AuthUser)]
#[diesel(table_name = players)]
struct Player {
    id: String,
    email: String,
    hashed_password: String,
    is_active: bool,
    token_version: i64,
    #[auth(register, column = "nick")]
    nickname: String,
}

diesel::table! {
    use diesel::sql_types::{Bool, Integer, Text};
    use super::UuidText;

    people (person) {
        person -> UuidText,
        username -> Text,
        secret -> Text,
        enabled -> Bool,
        epoch -> Integer,
    }
}

/// Signs in by the name alone.
#[derive(AuthUser)]
#[diesel(table_name = people, check_for_backend(diesel::sqlite::Sqlite))]
#[auth(login(username), recovery(none))]
struct Person {
    #[auth(column = "person")]
    id: uuid::Uuid,
    username: String,
    #[auth(column = "secret")]
    hashed_password: String,
    #[auth(column = "enabled")]
    is_active: bool,
    #[auth(column = "epoch")]
    token_version: i32,
}

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

const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
    postgres: "CREATE TABLE members (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL)",
    mysql: "CREATE TABLE members (id VARCHAR(40) PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL)",
};

const PLAYERS: Tables = Tables {
    sqlite: "CREATE TABLE players (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL,
        nick TEXT NOT NULL CHECK (length(nick) <= 20 AND nick <> 'root'))",
    postgres: "CREATE TABLE players (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL,
        nick VARCHAR(20) NOT NULL CHECK (nick <> 'root'))",
    mysql: "CREATE TABLE players (id VARCHAR(40) PRIMARY KEY, email VARCHAR(255) NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL, is_active BOOLEAN NOT NULL, token_version BIGINT NOT NULL,
        nick VARCHAR(20) NOT NULL CHECK (nick <> 'root'))",
};

const PEOPLE: &str = "CREATE TABLE people (person TEXT PRIMARY KEY, username TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL, enabled BOOLEAN NOT NULL, epoch INTEGER NOT NULL)";

#[tokio::test]
async fn a_text_key_is_a_uuid_of_version_7() {
    let (server, _auth) = serve::<Member>(TestDatabase::new(&MEMBERS).await).await;
    let mut client = server.client();
    let body = json!({"email": "ada@example.com", "password": PASSWORD, "username": "inert"});
    let answer = client.post_json("/register", &body).await;
    let id = answer.json()["id"].as_str().expect("a text").to_owned();
    assert_eq!(id.parse::<uuid::Uuid>().expect("a UUID").get_version_num(), 7);
    let expected = format!(r#"{{"id":"{id}","email":"ada@example.com","username":null}}"#);
    assert_eq!(whole(&answer), (200, expected));

    let answer = client.login("ada@example.com", PASSWORD).await;
    let token = client.csrf_token().expect("a token");
    let expected = format!(r#"{{"id":"{id}","username":null,"csrf_token":"{token}"}}"#);
    assert_eq!(whole(&answer), (200, expected));
    let expected = format!(
        r#"{{"user_id":"{id}","username":null,"email":"ada@example.com","is_superuser":null,"scopes":[],"via":"session"}}"#
    );
    assert_eq!(whole(&client.get("/me").await), (200, expected));
}

#[tokio::test]
async fn a_uuid_key_and_no_address() {
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(PEOPLE).await.expect("valid SQL");
    let (server, auth) = serve::<Person>(sqlite).await;
    let mut client = server.client();
    let body = json!({"username": "ada@home", "password": PASSWORD, "email": "inert"});
    let answer = client.post_json("/register", &body).await;
    let id: uuid::Uuid = answer.json()["id"].as_str().expect("a text").parse().expect("a UUID");
    assert_eq!(id.get_version_num(), 7);
    assert_eq!(whole(&answer).1, format!(r#"{{"id":"{id}","email":null,"username":"ada@home"}}"#));
    let answer = client.post_json("/register", &body).await;
    assert_eq!(whole(&answer), detail(422, "Username already taken"));

    assert_eq!(client.login("ADA@home", PASSWORD).await.status, 401, "no address: case counts");
    assert_eq!(client.login("ada@home", PASSWORD).await.status, 200);
    let me = client.get("/me").await.json();
    assert_eq!((&me["user_id"], &me["email"]), (&json!(id), &json!(null)));
    let stored = auth.stores().users().find_by_id(&id).await.expect("a store").expect("a row");
    assert_eq!((stored.id(), stored.username.as_str()), (&id, "ada@home"));
}

#[tokio::test]
async fn a_value_that_the_table_does_not_take_is_the_clients_mistake() {
    let (server, auth) = serve::<Player>(TestDatabase::new(&PLAYERS).await).await;
    let mut client = server.client();
    let mut sign_up = async |nickname: &str| {
        let body = json!({"email": "ada@example.com", "password": PASSWORD, "nickname": nickname});
        client.post_json("/register", &body).await
    };
    for nickname in ["x".repeat(21), "root".to_owned()] {
        let answer = sign_up(&nickname).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        let entry = &answer.json()["detail"][0];
        assert_eq!(entry["type"], "value_error");
        assert_eq!(entry["msg"], "Value error, too long or not allowed");
        // MySQL and MariaDB say which column is too short.
        assert!([json!(["body"]), json!(["body", "nickname"])].contains(&entry["loc"]), "{entry}");
    }
    let stored = async || {
        let found = auth
            .stores()
            .users()
            .find_by_login(&LoginName::new("ada@example.com"), &NoTenant)
            .await;
        found.expect("a store").map(|player| player.nickname.clone())
    };
    assert_eq!(stored().await, None, "nothing is left of them");
    assert_eq!(sign_up(&"x".repeat(20)).await.status, 200);
    assert_eq!(stored().await, Some("x".repeat(20)));
}
