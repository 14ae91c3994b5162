//! A struct without a credential epoch: its sessions end with the stored hash all the same.

use axum::Router;
use crudauth::{AuthUser, CrudAuth, RateLimit, SecretKey};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{Client, CountingHasher, PASSWORD, Server, TestDatabase};
use serde_json::json;

const NEW: &str = "another good passphrase";

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            username -> Text,
            hashed_password -> Text,
        }
    }
}

const MEMBERS: Tables = Tables {
    sqlite: "CREATE TABLE members (id INTEGER PRIMARY KEY, username TEXT NOT NULL UNIQUE, \
        hashed_password TEXT NOT NULL)",
    postgres: "CREATE TABLE members (id SERIAL PRIMARY KEY, username TEXT NOT NULL UNIQUE, \
        hashed_password TEXT NOT NULL)",
    mysql: "CREATE TABLE members (id INTEGER AUTO_INCREMENT PRIMARY KEY, \
        username VARCHAR(100) NOT NULL UNIQUE, hashed_password TEXT NOT NULL)",
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
#[auth(without(is_active, token_version))]
struct Member {
    id: i32,
    username: String,
    hashed_password: String,
}

async fn signed_in(server: &Server, password: &str) -> Client {
    let mut client = server.client();
    assert_eq!(client.login("ada", password).await.status, 200);
    assert_eq!(client.get("/me").await.status, 200);
    client
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_epoch_sessions_end_with_the_stored_hash() {
    let database = TestDatabase::new(&MEMBERS).await;
    let key = SecretKey::random().expect("random bytes");
    let auth = CrudAuth::<Member>::builder(database.clone(), key)
        .password_hasher(CountingHasher::default())
        .register_limit(RateLimit::off())
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(Router::new().merge(auth.router())).await;
    for name in ["ada", "bob"] {
        let body = json!({ "username": name, "password": PASSWORD });
        let answer = server.client().post_json("/register", &body).await;
        assert!(answer.status.is_success(), "{}", answer.text());
    }

    let (mut own, mut other) =
        (signed_in(&server, PASSWORD).await, signed_in(&server, PASSWORD).await);
    let body = json!({ "current_password": PASSWORD, "new_password": NEW });
    assert_eq!(own.post_json("/change-password", &body).await.status, 200);
    assert_eq!(own.get("/me").await.status, 200, "the session of the change");
    assert_eq!(other.get("/me").await.status, 401, "another session");

    // The application puts another hash there, past crudauth.
    let hash = database.select("SELECT hashed_password FROM members WHERE username = 'bob'").await;
    let replace = format!("UPDATE members SET hashed_password = '{}'", hash[0]);
    database.execute(&replace).await;
    assert_eq!(own.get("/me").await.status, 401);
    signed_in(&server, PASSWORD).await;
}
