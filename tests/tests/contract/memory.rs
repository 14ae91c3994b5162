//! The main path over stores in memory: nothing in it knows a database.

use std::sync::Arc;

use crudauth::clock::ManualClock;
use crudauth::store::memory::{self, MemoryState, MemoryUsers};
use crudauth::user::NewUser;
use crudauth::{CookieConfig, CrudAuth, SecretKey};
use crudauth_tests::support::{Account, AccountProvisioned, CountingHasher, Server};

use super::{PASSWORD, detail, whole};

fn row(new: NewUser<Account>, number: i64) -> Account {
    let NewUser { register, provisioned, password, token_version, .. } = new;
    Account {
        id: i32::try_from(number).expect("few users"),
        email: register.email,
        username: register.username,
        hashed_password: password.map(|hash| hash.as_stored().to_owned()),
        is_superuser: false,
        is_active: true,
        email_verified: false,
        token_version: i32::try_from(token_version).expect("at most 2^30"),
        full_name: register.full_name,
        tier_id: provisioned.tier_id,
        credits: 10,
    }
}

#[tokio::test]
async fn sign_up_sign_in_change_sign_out() {
    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
    let users = Arc::new(MemoryUsers::new(row));
    let stores = memory::stores(users.clone(), Arc::new(MemoryState::new(clock.clone())));
    let auth = CrudAuth::<Account>::builder(stores, SecretKey::random().expect("random bytes"))
        .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) })
        .password_hasher(CountingHasher::default())
        .cookies(CookieConfig::insecure_for_plain_http_development())
        .clock(clock)
        .build()
        .await
        .expect("a configuration that works");
    let server = Server::serve(auth.router()).await;
    let mut ada = server.client();

    let answer = ada.register("Ada@example.com", "ada", PASSWORD).await;
    let body = r#"{"id":1,"email":"ada@example.com","username":"ada"}"#;
    assert_eq!(whole(&answer), (200, body.to_owned()));
    assert_eq!(answer.header("x-ratelimit-remaining"), Some("4"));
    let answer = ada.register("ada@example.com", "eve", PASSWORD).await;
    assert_eq!(whole(&answer), detail(422, "Email already registered"));
    let answer = ada.register("eve@example.com", "ada", PASSWORD).await;
    assert_eq!(whole(&answer), detail(422, "Username already taken"));

    assert_eq!(ada.login("ada", "wrong password").await.status, 401);
    assert_eq!(ada.login("ADA@example.com", PASSWORD).await.status, 200);
    assert_eq!(ada.get("/me").await.json()["via"], "session");
    let unprotected = ada.request(reqwest::Method::POST, "/logout");
    assert_eq!(whole(&ada.send(unprotected).await), detail(403, "Missing CSRF token"));
    let before = ada.clone();
    assert_eq!(ada.post("/logout").await.status, 200);
    assert_eq!(before.clone().get("/me").await.status, 401);

    ada.login("ada", PASSWORD).await;
    assert!(users.update(&1, |row| row.token_version += 1));
    assert_eq!(ada.get("/me").await.status, 401);
    assert!(users.update(&1, |row| row.is_active = false));
    assert_eq!(ada.login("ada", PASSWORD).await.status, 401);
}
