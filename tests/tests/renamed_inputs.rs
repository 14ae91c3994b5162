//! What users sign in by, under names of the application's own in the sign-up request.

use axum::Router;
use crudauth::{AuthUser, CrudAuth, RateLimit, SecretKey};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{CountingHasher, PASSWORD, Server, TestDatabase};
use serde_json::json;

mod schema {
    diesel::table! {
        members (id) {
            id -> Integer,
            email -> Text,
            username -> Text,
            handle -> Text,
            hashed_password -> Text,
            is_active -> Bool,
            token_version -> Integer,
        }
    }
}

macro_rules! members {
    ($id:literal, $name:literal) => {
        concat!(
            "CREATE TABLE members (id ",
            $id,
            " PRIMARY KEY, email ",
            $name,
            " NOT NULL UNIQUE, username ",
            $name,
            " NOT NULL UNIQUE, handle ",
            $name,
            " NOT NULL UNIQUE CHECK (handle <> 'root'), hashed_password TEXT NOT NULL, \
             is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
        )
    };
}

const MEMBERS: Tables = Tables {
    sqlite: members!("INTEGER", "TEXT"),
    postgres: members!("SERIAL", "TEXT"),
    mysql: members!("INTEGER AUTO_INCREMENT", "VARCHAR(100)"),
};

#[derive(AuthUser)]
#[diesel(table_name = schema::members)]
#[auth(login(email, username, handle))]
struct Member {
    id: i32,
    #[auth(rename = "emailAddress")]
    email: String,
    #[auth(rename = "login")]
    username: String,
    #[auth(rename = "@")]
    handle: String,
    hashed_password: String,
    is_active: bool,
    token_version: i32,
}

#[tokio::test(flavor = "multi_thread")]
async fn login_fields_are_sent_under_their_names_on_the_wire() {
    let database = TestDatabase::new(&MEMBERS).await;
    let auth = CrudAuth::<Member>::builder(database, SecretKey::random().expect("random bytes"))
        .password_hasher(CountingHasher::default())
        .register_limit(RateLimit::off())
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(Router::new().merge(auth.router())).await;
    let mut client = server.client();
    let sent = |email, login, handle| json!({ "emailAddress": email, "login": login, "@": handle, "password": PASSWORD });

    let answer = client.post_json("/register", &json!({ "password": PASSWORD })).await;
    let missing = ["emailAddress", "login", "@"].map(|name| json!(["body", name]));
    let locations = |answer: &serde_json::Value| {
        let entries = answer["detail"].as_array().cloned().unwrap_or_default();
        entries.into_iter().map(|mut entry| entry["loc"].take()).collect::<Vec<_>>()
    };
    assert_eq!((answer.status.as_u16(), locations(&answer.json())), (422, missing.to_vec()));
    let answer = client.post_json("/register", &sent("no address", "\u{7}", " ")).await;
    assert_eq!((answer.status.as_u16(), locations(&answer.json())), (422, missing.to_vec()));

    let answer = client.post_json("/register", &sent("ada@example.com", "ada", "countess")).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let made = answer.json();
    assert_eq!((&made["email"], &made["username"]), (&json!("ada@example.com"), &json!("ada")));
    for name in ["ada@example.com", "ada", "countess"] {
        assert_eq!(server.client().login(name, PASSWORD).await.status, 200, "{name}");
    }
    let answer = client.post_json("/register", &sent("eve@example.com", "eve", "countess")).await;
    assert!(answer.status.is_client_error(), "{}", answer.text());
}
