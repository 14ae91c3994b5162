//! The walk on other engines than SQLite alone: servers that the test starts.

use crudauth_tests::support::servers::{MariadbServer, PostgresServer, RedisServer};
use serde_json::{Value, json};

use crate::Full;
use crate::visitor::{PASSWORD, detail, seen, told};

const NEW_PASSWORD: &str = "Difference engine, 1822";

/// What a restart does to what expires.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Restart {
    Keeps,
    Forgets,
}

#[tokio::test]
async fn postgres_and_redis() {
    let Some(postgres) = PostgresServer::start().await else { return };
    let Some(redis) = RedisServer::start().await else { return };
    let full = Full::on(&postgres.database().await, &redis.url());
    let [accounts, expiring] = full.places();
    assert!(accounts.starts_with("postgres://127.0.0.1:"), "{accounts}");
    assert!(expiring.starts_with("redis://127.0.0.1:"), "{expiring}");
    walk(full, Restart::Keeps).await;
}

#[tokio::test]
async fn postgres_alone() {
    let Some(postgres) = PostgresServer::start().await else { return };
    let url = postgres.database().await.replace("postgres://", "postgresql://");
    let full = Full::on(&url, "database:");
    let [accounts, expiring] = full.places();
    assert!(accounts.starts_with("postgresql://127.0.0.1:"), "{accounts}");
    assert_eq!(expiring, "the same database");
    walk(full, Restart::Keeps).await;
}

#[tokio::test]
async fn mariadb_alone() {
    let Some(mariadb) = MariadbServer::start().await else { return };
    let full = Full::on(&mariadb.database().await, "database:");
    let [accounts, expiring] = full.places();
    assert!(accounts.starts_with("mysql://127.0.0.1:"), "{accounts}");
    assert_eq!(expiring, "the same database");
    walk(full, Restart::Keeps).await;
}

#[tokio::test]
async fn sqlite_and_memory() {
    let full = Full::on("sqlite:full.db", "memory:");
    assert_eq!(full.places(), ["sqlite:full.db", "the memory of this process"]);
    walk(full, Restart::Forgets).await;
}

impl Full {
    /// What it says of where accounts are, and of where what expires is.
    fn places(&self) -> [&str; 2] {
        let greeting = self.example.greeting();
        assert!(!greeting.iter().any(|line| line.contains("s3cret")), "{greeting:?}");
        let line = greeting.iter().find_map(|line| line.strip_prefix("Accounts are in "));
        let places = line.and_then(|line| line.split_once(", what expires is in "));
        let (accounts, rest) = places.expect("two places");
        let (expiring, _) = rest.split_once(", mail").expect("and that of the mail");
        [accounts, expiring]
    }
}

/// Through both surfaces and all that they keep: rows, sessions, counters, one-time tokens.
async fn walk(full: Full, restart: Restart) {
    let welcome = detail(202, "If the email is available, check your inbox to finish signing up.");
    let mut ada = full.visitor();
    let more = json!({ "locale": "fr-CA", "full_name": "Ada Lovelace 🜁" });
    assert_eq!(told(&ada.register("ada", more).await), welcome);
    let taken = json!({ "email": "ada@example.com" });
    assert_eq!(told(&full.visitor().register("eve", taken).await), welcome);
    let taken = full.tuned().register("ada", json!({ "email": "eve@example.com" })).await;
    assert_eq!(told(&taken), detail(422, "Username already taken"));
    assert_eq!(full.visitor().login("ADA", PASSWORD).await.status, 401, "letter by letter");

    // A session, and the gates that ask the row.
    assert_eq!(ada.login("ada@example.com", PASSWORD).await.status, 200);
    assert_eq!(told(&ada.get("/dashboard").await), seen(200, 1, "session"));
    assert_eq!(told(&ada.get("/french").await), seen(200, 1, "session"));
    assert_eq!(ada.get("/admin").await.status, 403);
    let set = "UPDATE accounts SET is_admin = TRUE, totp_confirmed_at = '2026-02-03 04:05:06', \
               totp_last_step = 9000000000";
    full.execute(set).await;
    assert_eq!(told(&ada.get("/admin").await), seen(200, 1, "session"));

    // A one-time token.
    let mail = full.mail("verify_email", "ada@example.com").await;
    let token = json!({ "token": mail.token() });
    assert_eq!(full.visitor().post("/email/verify-confirm", token.clone()).await.status, 200);
    assert_eq!(full.visitor().post("/email/verify-confirm", token).await.status, 400);
    assert_eq!(told(&ada.get("/verified").await), seen(200, 1, "session"));

    // Elevated rights.
    let required = detail(403, "Re-authentication required.");
    assert_eq!(told(&ada.post("/danger", Value::Null).await), required);
    assert_eq!(ada.post("/sudo", json!({ "password": PASSWORD })).await.status, 200);
    assert_eq!(told(&ada.post("/danger", Value::Null).await), seen(200, 1, "session"));

    // Tokens, and a refresh token that works once.
    let tokens = ada.token("ada", "reports:read").await;
    let text = |value: &Value| value.as_str().expect("a token").to_owned();
    let mut program = full.visitor().with_token(&text(&tokens["access_token"]));
    assert_eq!(told(&program.get("/reports").await), seen(200, 1, "bearer"));
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    let answer = full.visitor().post("/refresh", refresh).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    let renewed = answer.json();

    // The other surface, which issues its own sessions and counts guesses together with this one.
    let mut tuned = full.tuned();
    assert_eq!(tuned.login("ada", PASSWORD).await.status, 200);
    assert_eq!(told(&tuned.get("/dashboard").await), seen(200, 1, "session"));
    let mut eve = full.tuned();
    for _ in 0..3 {
        assert_eq!(eve.login("nobody", "wrong").await.status, 401);
    }
    let locked = detail(429, "Too many login attempts. Try again later.");
    assert_eq!(told(&eve.login("nobody", PASSWORD).await), locked);
    assert_eq!(told(&full.visitor().login("nobody", PASSWORD).await), locked);
    for remaining in ["2", "1", "0"] {
        let answer = ada.get("/limited/user").await;
        assert_eq!(answer.header("x-ratelimit-remaining"), Some(remaining));
    }

    // A crash: rows stay in any case, and what expires where its engine keeps it.
    let cookies = ada.client.cookies.clone();
    let full = full.restarted();
    let mut ada = full.visitor();
    ada.client.cookies = cookies;
    let (session, limit, refreshes, token) = match restart {
        Restart::Keeps => (200, 429, 200, seen(200, 1, "bearer")),
        Restart::Forgets => (401, 401, 401, detail(401, "Not authenticated")),
    };
    assert_eq!(ada.get("/dashboard").await.status, session);
    assert_eq!(ada.get("/limited/user").await.status, limit);
    let mut program = full.visitor().with_token(&text(&renewed["access_token"]));
    assert_eq!(told(&program.get("/dashboard").await), token);
    let refresh = json!({ "refresh_token": renewed["refresh_token"] });
    assert_eq!(full.visitor().post("/refresh", refresh).await.status, refreshes);

    // A new password ends what the old one began; then all sessions end.
    assert_eq!(ada.login("ada", PASSWORD).await.status, 200);
    let change = json!({ "current_password": PASSWORD, "new_password": NEW_PASSWORD });
    let answer = ada.post("/change-password", change).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(told(&program.get("/dashboard").await), detail(401, "Not authenticated"));
    assert_eq!(ada.get("/dashboard").await.status, 200);
    assert_eq!(ada.post("/logout-all", Value::Null).await.status, 200);
    assert_eq!(ada.get("/dashboard").await.status, 401);
    assert_eq!(full.visitor().login("ada", PASSWORD).await.status, 401);
    assert_eq!(full.visitor().login("ada", NEW_PASSWORD).await.status, 200);
}
