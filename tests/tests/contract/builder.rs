//! What cannot work is found at the start, and the error says the way out.

use std::time::Duration;

use crudauth::{
    CrudAuth, LockoutConfig, PasswordPolicy, SecretKey, SessionConfig, Sqlite, StartupError,
};
use crudauth_tests::support::{Account, AccountProvisioned, MIGRATIONS, TestBuilder, TestDatabase};

async fn start(
    migrations: &str,
    configure: impl FnOnce(TestBuilder) -> TestBuilder,
) -> Result<(), StartupError> {
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(migrations).await.expect("valid SQL");
    let builder = CrudAuth::<Account>::builder(
        TestDatabase::from(sqlite),
        SecretKey::random().expect("random bytes"),
    )
    .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: 1 }) });
    configure(builder).build().await.map(|_| ())
}

async fn refused(
    migrations: &str,
    configure: impl FnOnce(TestBuilder) -> TestBuilder,
    parts: &[&str],
) {
    let error = start(migrations, configure).await.expect_err(parts[0]);
    for text in [error.to_string(), format!("{error:?}")] {
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in: {text}");
        }
    }
}

fn same(builder: TestBuilder) -> TestBuilder {
    builder
}

#[tokio::test]
async fn the_defaults_work() {
    start(MIGRATIONS, same).await.expect("it starts");
}

#[tokio::test]
async fn the_login_columns_must_be_unique_by_themselves() {
    let index = "`CREATE UNIQUE INDEX accounts_email_address_key ON accounts (email_address)`";
    let none = MIGRATIONS.replacen(" UNIQUE", "", 1);
    let parts = ["`email`", "`email_address`", index, "`#[auth(login(..))]`"];
    refused(&none, same, &parts).await;
    for not_enough in [
        "CREATE INDEX i ON accounts (email_address);",
        "CREATE UNIQUE INDEX i ON accounts (email_address, tier_id);",
        "CREATE UNIQUE INDEX i ON accounts (email_address) WHERE is_active;",
        "CREATE UNIQUE INDEX i ON accounts (upper(email_address));",
        "CREATE UNIQUE INDEX i ON accounts (lower(email_address), tier_id);",
        "CREATE UNIQUE INDEX i ON accounts (lower(email_address)) WHERE is_active;",
    ] {
        refused(&format!("{none}{not_enough}"), same, &parts).await;
    }
    let fixed = format!("{none}{};", index.trim_matches('`'));
    start(&fixed, same).await.expect("what the error says is the way out");
    for enough in [
        "CREATE UNIQUE INDEX i ON accounts (lower(email_address));",
        "CREATE UNIQUE INDEX \"i i\" ON accounts ( LOWER ( \"email_address\" ) );",
    ] {
        start(&format!("{none}{enough}"), same).await.expect("unique in any case");
    }
}

#[tokio::test]
async fn the_table_must_be_there_with_every_column() {
    refused("", same, &["accounts", "`Account`", "migration", "no such table"]).await;
    let without = MIGRATIONS.replace("tier_id INTEGER NOT NULL,", "");
    refused(&without, same, &["accounts", "`Account`", "tier_id", "migration"]).await;
}

#[tokio::test]
async fn sessions_must_be_able_to_live() {
    let second = Duration::from_secs(1);
    let cases: [(SessionConfig, &[&str]); 7] = [
        (SessionConfig::default().idle_timeout(Duration::ZERO), &["idle_timeout"]),
        (SessionConfig::default().remember_for(Duration::ZERO), &["remember_for"]),
        (SessionConfig::default().absolute_timeout(second), &["absolute_timeout", "idle_timeout"]),
        (SessionConfig::default().sessions_per_user(0), &["sessions_per_user"]),
        (SessionConfig::default().touch_interval(1000 * second), &["touch_interval", "half"]),
        (SessionConfig::default().prefix(""), &["prefix"]),
        (SessionConfig::default().prefix("a:b"), &["prefix", "colon"]),
    ];
    for (session, parts) in cases {
        refused(MIGRATIONS, |builder| builder.session(session), parts).await;
    }
}

#[tokio::test]
async fn cookies_must_have_names_that_differ() {
    let session = |session: SessionConfig| move |builder: TestBuilder| builder.session(session);
    let config = SessionConfig::default;
    refused(MIGRATIONS, session(config().cookie_name("a b")), &["cookie"]).await;
    refused(MIGRATIONS, session(config().csrf_cookie_name("a;b")), &["cookie"]).await;
    let parts = ["`__Host-csrf_token`", "cookie_name"];
    refused(MIGRATIONS, session(config().cookie_name("__Host-csrf_token")), &parts).await;
    let parts = ["`__Host-session_id`", "cookie_name"];
    refused(MIGRATIONS, session(config().csrf_cookie_name("__Host-session_id")), &parts).await;
    let parts = ["`__Host-device_id`", "cookie_name"];
    refused(MIGRATIONS, session(config().cookie_name("__Host-device_id")), &parts).await;
    let parts = ["`__Host-csrf_token`", "device_cookie_name"];
    refused(MIGRATIONS, session(config().device_cookie_name("__Host-csrf_token")), &parts).await;
    refused(MIGRATIONS, session(config().device_cookie_name("a;b")), &["cookie"]).await;
}

#[tokio::test]
async fn the_lockout_must_be_able_to_lock() {
    let lockout = |config: LockoutConfig| move |builder: TestBuilder| builder.lockout(config);
    let config = LockoutConfig::default;
    let zero = Duration::ZERO;
    refused(MIGRATIONS, lockout(config().max_attempts(0)), &["`max_attempts`", "positive"]).await;
    refused(MIGRATIONS, lockout(config().window(zero)), &["`window`", "positive"]).await;
    refused(MIGRATIONS, lockout(config().cap(Duration::from_secs(1))), &["`base`", "`cap`"]).await;
}

#[tokio::test]
async fn the_other_settings_must_make_sense() {
    let policy = PasswordPolicy::default().min_length(20).max_length(10);
    let parts = ["min_length(20)", "max_length(10)", "at least 20"];
    refused(MIGRATIONS, |builder| builder.password_policy(policy), &parts).await;
    refused(MIGRATIONS, |builder| builder.body_limit(100), &["body_limit", "1,024"]).await;
    for origin in ["app.example.com", "https://app.example.com/", "https://*.example.com"] {
        let parts = ["trusted_origin", origin, "scheme://host[:port]"];
        refused(MIGRATIONS, |builder| builder.add_trusted_origin(origin), &parts).await;
    }
}
