//! A sign-in that began before a change of credentials never outlives it, also where the struct
//! has no epoch: it is bound to the row that it read.

use std::sync::Arc;

use crudauth::clock::{Clock, SystemClock};
use crudauth::hooks::{HookUser, Hooks};
use crudauth::password::{Password, PasswordHasher};
use crudauth::user::Change;
use crudauth::{AuthUser, CookieConfig, CrudAuth, LockoutConfig, SecretKey};
use crudauth_tests::support::engines::Tables;
use crudauth_tests::support::{CountingHasher, PASSWORD, Server, TestDatabase};
use tokio::sync::Barrier;

mod schema {
    diesel::table! {
        bares (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
        }
    }
}

/// Has no epoch.
#[derive(AuthUser)]
#[diesel(table_name = schema::bares)]
#[auth(without(is_active, token_version))]
struct Bare {
    id: i32,
    email: String,
    hashed_password: String,
}

const TABLE: Tables = Tables {
    sqlite: "CREATE TABLE bares (id INTEGER PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL)",
    postgres: "CREATE TABLE bares (id SERIAL PRIMARY KEY, email TEXT NOT NULL UNIQUE,
        hashed_password TEXT NOT NULL)",
    mysql: "CREATE TABLE bares (id INTEGER AUTO_INCREMENT PRIMARY KEY,
        email VARCHAR(255) NOT NULL UNIQUE, hashed_password TEXT NOT NULL)",
};

const SIGN_INS: usize = 50;

/// Each sign-in has been proved by the password, and has no session yet, when it changes.
#[tokio::test(flavor = "multi_thread")]
async fn none_of_fifty_that_overlap_a_reset_survives_it() {
    let (proved, changed) =
        (Arc::new(Barrier::new(SIGN_INS + 1)), Arc::new(Barrier::new(SIGN_INS + 1)));
    let gates = (Arc::clone(&proved), Arc::clone(&changed));
    let hooks = Hooks::new().before_login(move |_: HookUser<Bare>, _| {
        let (proved, changed) = gates.clone();
        async move {
            proved.wait().await;
            changed.wait().await;
            Ok(())
        }
    });
    let hasher = CountingHasher::default();
    let auth = CrudAuth::<Bare>::builder(
        TestDatabase::new(&TABLE).await,
        SecretKey::random().expect("random bytes"),
    )
    .password_hasher(hasher.clone())
    .cookies(CookieConfig::insecure_for_plain_http_development())
    .lockout(LockoutConfig::default().max_attempts(1000).max_failures(4000))
    .session(crudauth::SessionConfig::default().sessions_per_user(1000))
    .hooks(hooks)
    .build()
    .await
    .expect("a configuration that works");
    let server = Server::serve(auth.router()).await;
    let sign_up = serde_json::json!({ "email": "ada@example.com", "password": PASSWORD });
    assert_eq!(server.client().post_json("/register", &sign_up).await.status, 200);

    let sign_ins: Vec<_> = (0..SIGN_INS)
        .map(|_| {
            let mut client = server.client();
            tokio::spawn(async move {
                assert_eq!(client.login("ada@example.com", PASSWORD).await.status, 200);
                client
            })
        })
        .collect();
    proved.wait().await;
    let users = auth.stores().users();
    let ada = users.find_by_id(&1).await.expect("the store works").expect("ada");
    let from = crudauth::password::PasswordHash::from_stored(ada.hashed_password.clone());
    let to = hasher.hash(&Password::new("another passphrase")).expect("a hash");
    let change = Change::password(Some(from), to, 0, SystemClock.now());
    let _ = users.change(&1, change).await.expect("the store works");
    changed.wait().await;

    let mut survived = 0;
    for sign_in in sign_ins {
        let mut client = sign_in.await.expect("it signs in");
        survived += usize::from(client.get("/me").await.status == 200);
    }
    assert_eq!(survived, 0, "of {SIGN_INS}");
}
