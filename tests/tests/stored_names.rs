//! Names and addresses as they stand in a table that was there before: whoever is in it is found and
//! can recover the account, and nobody gets a second one that passes for it; or the application
//! says at start-up what to run.

use crudauth::user::UsernameCase;
use crudauth::{CrudAuth, LockoutConfig, RateLimits, SecretKey, StartupError};
use crudauth_tests::support::engines::{Sql, Tables};
use crudauth_tests::support::{
    ACCOUNTS, Account, AccountProvisioned, Answer, CountingHasher, FREE_TIER, Mailbox, PASSWORD,
    Server, TestApp, TestBuilder, TestDatabase,
};
use serde_json::{Value, json};

/// The tables of the tests, in which addresses are unique in any case: by an index over
/// `lower(email_address)`, and on MariaDB by the collation.
fn in_any_case(column: &str) -> Tables {
    let unique = |table: &str| {
        let plain = table
            .replace(&format!("{column} TEXT NOT NULL UNIQUE"), &format!("{column} TEXT NOT NULL"));
        assert_ne!(plain, table);
        &*format!("{plain} CREATE UNIQUE INDEX by_lower ON accounts (lower({column}));").leak()
    };
    let mysql = ACCOUNTS.mysql.replace(
        &format!("{column} VARCHAR(255) NOT NULL"),
        &format!("{column} VARCHAR(255) COLLATE utf8mb4_unicode_ci NOT NULL"),
    );
    assert_ne!(mysql, ACCOUNTS.mysql);
    Tables {
        sqlite: unique(ACCOUNTS.sqlite),
        postgres: unique(ACCOUNTS.postgres),
        mysql: mysql.leak(),
    }
}

async fn over(database: &TestDatabase, mailbox: Option<&Mailbox>) -> TestApp {
    let configure = |builder: TestBuilder| {
        let builder = builder.rate_limits(RateLimits::off()).lockout(no_lockout());
        match mailbox {
            Some(mailbox) => builder.email(mailbox.config()),
            None => builder,
        }
    };
    TestApp::over(database.clone(), configure, |_| axum::Router::new()).await
}

fn no_lockout() -> LockoutConfig {
    LockoutConfig::default().max_attempts(1_000_000).max_failures(4_000_000)
}

/// Starts an application over the database, or says why not.
async fn start(database: &TestDatabase, case: UsernameCase) -> Result<(), StartupError> {
    let built =
        CrudAuth::<Account>::builder(database.clone(), SecretKey::random().expect("random bytes"))
            .new_user_fields(|_| async { Ok(AccountProvisioned { tier_id: FREE_TIER }) })
            .password_hasher(CountingHasher::default())
            .username_case(case)
            .build();
    built.await.map(drop)
}

/// A database in which each of `rows`, an address and a name, is a user with the usual password.
async fn with_rows(tables: &Tables, rows: &[(&str, &str)]) -> TestDatabase {
    let database = TestDatabase::new(tables).await;
    let app = over(&database, None).await;
    for (number, (email, name)) in rows.iter().enumerate() {
        let answer =
            app.client().register(&format!("u{number}@example.com"), "newcomer", PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let quoted = |text: &str| text.replace('\'', "''");
        database
            .execute(&format!(
                "UPDATE accounts SET email_address = '{}', username = '{}' \
                 WHERE username = 'newcomer'",
                quoted(email),
                quoted(name),
            ))
            .await;
    }
    database
}

fn told(answer: &Answer) -> (u16, Value) {
    (answer.status.as_u16(), answer.detail())
}

fn statement(refusal: &StartupError) -> String {
    let text = refusal.to_string();
    let (_, rest) = text.split_once("run `").unwrap_or_else(|| panic!("{text}"));
    rest.split('`').next().unwrap_or_default().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_found_in_any_case_where_it_is_unique_in_any_case() {
    let rows = [("Grace@Example.com", "grace"), ("o'hara_1%@Example.com", "ohara")];
    let database = with_rows(&in_any_case("email_address"), &rows).await;
    let mailbox = Mailbox::default();
    let app = over(&database, Some(&mailbox)).await;
    for typed in ["Grace@Example.com", "grace@example.com", " GRACE@EXAMPLE.COM ", "grace"] {
        assert_eq!(app.client().login(typed, PASSWORD).await.status, 200, "{typed}");
    }
    assert_eq!(app.client().login("O'Hara_1%@example.com", PASSWORD).await.status, 200);
    for typed in [
        "gr%ce@example.com",
        "gr_ce@example.com",
        "grac\\e@example.com",
        "grâce@example.com",
        "grace@éxample.com",
        "grace@example.com' OR '1'='1",
        "ohara_1%@example.com",
        "Grace",
    ] {
        assert_eq!(app.client().login(typed, PASSWORD).await.status, 401, "{typed:?}");
    }

    // A second account with the same address cannot be made, and its owner hears of the attempt.
    let answer = app.client().register("grace@example.com", "eve", PASSWORD).await;
    assert_eq!(answer.status, 202);
    let mail = mailbox.only(&app).await;
    assert_eq!((&*mail.kind, &*mail.to), ("existing_account", "Grace@Example.com"));
    app.client()
        .post_json("/password/reset-request", &json!({ "email": "GRACE@example.com" }))
        .await;
    let mail = mailbox.only(&app).await;
    assert_eq!((&*mail.kind, &*mail.to), ("reset_password", "Grace@Example.com"));
    let new = json!({ "token": mail.token(), "new_password": "correct horse 7 staple" });
    assert_eq!(app.client().post_json("/password/reset-confirm", &new).await.status, 200);
    mailbox.open(&app).await;
    let mut grace = app.client();
    let answer = grace.login("grace@example.com", "correct horse 7 staple").await;
    assert_eq!(answer.status, 200);

    // It is the same address in whatever spelling; and a new one is given once.
    let change = |to: &str| json!({ "new_email": to, "password": "correct horse 7 staple" });
    let same = grace.post_json("/email/change-request", &change("grace@example.com")).await;
    assert_eq!(told(&same), (400, json!("New email matches current email")));
    let taken = grace.post_json("/email/change-request", &change("O'HARA_1%@example.com")).await;
    assert_eq!(taken.status, 200);
    assert_eq!(mailbox.open(&app).await, []);

    let open = over(&database, None).await;
    let answer = open.client().register("grace@example.com", "eve", PASSWORD).await;
    assert_eq!(told(&answer), (422, json!("Email already registered")));
    assert_eq!(app.select("SELECT username FROM accounts").await, ["grace", "ohara"]);
}

/// On each engine what the error says is the way out.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_nobody_finds_is_a_start_up_error_with_the_statement_to_run() {
    let rows = [
        ("Grace@Example.com", "grace"),
        (" blank@example.com", "blank"),
        ("right@example.com", "right"),
    ];
    let database = with_rows(&ACCOUNTS, &rows).await;
    let refusal = start(&database, UsernameCase::Counts).await.expect_err("nobody finds grace");
    let text = refusal.to_string();
    assert!(
        text.starts_with("2 rows of the table `accounts`") && text.contains("`email`"),
        "{text}"
    );
    assert!(!text.contains("Grace@") && !text.contains("blank@"), "{text}");
    let is_mariadb = matches!(database.users, Sql::Mariadb(_));
    assert_eq!(text.contains("CREATE UNIQUE INDEX"), !is_mariadb, "{text}");

    database.execute(&statement(&refusal)).await;
    start(&database, UsernameCase::Counts).await.expect("what the error says is the way out");
    let app = over(&database, None).await;
    for typed in
        ["Grace@Example.com", "grace@example.com", "Blank@example.com", "right@example.com"]
    {
        assert_eq!(app.client().login(typed, PASSWORD).await.status, 200, "{typed}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sql_cannot_bring_into_form_is_a_start_up_error_too() {
    for (email, name, field) in [
        ("ada@xn--bcher-kva.example", "ada", "email"),
        ("u\u{308}@example.com", "ada", "email"),
        ("Ada <ada@example.com>", "ada", "email"),
        ("ada@example.com", "jose\u{301}", "username"),
    ] {
        let database = with_rows(&ACCOUNTS, &[(email, name), ("ü@example.com", "josé2")]).await;
        let refusal = start(&database, UsernameCase::Counts).await.expect_err(email).to_string();
        let function = if field == "email" { "lookup_email" } else { "lookup_username" };
        assert!(refusal.starts_with("1 row of"), "{refusal}");
        assert!(refusal.contains(function) && refusal.contains(field), "{refusal}");
        assert!(!refusal.contains(name), "{refusal}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn where_case_does_not_count_it_counts_nowhere() {
    let ignoring =
        |builder: TestBuilder| builder.username_case(UsernameCase::Ignored).lockout(no_lockout());
    let rows = [("ada@example.com", "Ada"), ("eve@example.com", "eve")];
    let plain = with_rows(&ACCOUNTS, &rows).await;
    let refusal = start(&plain, UsernameCase::Ignored).await.expect_err("nobody finds ada");
    assert!(refusal.to_string().starts_with("1 row of"), "{refusal}");
    plain.execute(&statement(&refusal)).await;
    let lowered = with_rows(&in_any_case("username"), &rows).await;

    for (database, ada) in [(plain, "ada"), (lowered, "Ada")] {
        let app = TestApp::over(database, ignoring, |_| axum::Router::new()).await;
        for typed in ["ada", "Ada", "ADA", "aDA"] {
            assert_eq!(app.client().login(typed, PASSWORD).await.status, 200, "{typed}");
            let twin = app.client().register("twin@example.com", typed, PASSWORD).await;
            assert_eq!(told(&twin), (422, json!("Username already taken")), "{typed}");
        }
        for typed in ["adá", "ad", "ada ", "%", "___"] {
            assert_eq!(app.client().login(typed, PASSWORD).await.status, 401, "{typed}");
        }
        let bob = app.client().register("bob@example.com", "Bob", PASSWORD).await;
        assert_eq!(bob.json()["username"], "bob");
        assert_eq!(app.client().login("BOB", PASSWORD).await.status, 200);
        assert_eq!(app.select("SELECT username FROM accounts").await, [ada, "bob", "eve"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_an_address_that_sign_up_would_not_take_recovers_the_account() {
    let addresses = ["ada@corp.local", "\"q q\"@x", "root@localhost"];
    let rows = [(addresses[0], "ada"), (addresses[1], "bob"), (addresses[2], "eve")];
    let database = with_rows(&ACCOUNTS, &rows).await;
    let mailbox = Mailbox::default();
    let app = over(&database, Some(&mailbox)).await;
    let unknown = "nobody@corp.local";
    for address in addresses {
        let ask = json!({ "email": address.to_uppercase() });
        for (path, kind) in [
            ("/email/verify-request", "verify_email"),
            ("/password/reset-request", "reset_password"),
        ] {
            let answer = app.client().post_json(path, &ask).await;
            let for_nobody = app.client().post_json(path, &json!({ "email": unknown })).await;
            assert_eq!(answer.status, 200, "{path} {address}: {}", answer.text());
            assert_eq!(answer.body, for_nobody.body, "{path} {address}");
            let mail = mailbox.only(&app).await;
            assert_eq!((&*mail.kind, &*mail.to), (kind, address));
            if kind == "reset_password" {
                let new =
                    json!({ "token": mail.token(), "new_password": "correct horse 7 staple" });
                let answer = app.client().post_json("/password/reset-confirm", &new).await;
                assert_eq!(answer.status, 200, "{address}: {}", answer.text());
                mailbox.open(&app).await;
            }
        }
        let mut owner = app.client();
        let answer = owner.login(address, "correct horse 7 staple").await;
        assert_eq!(answer.status, 200, "{address}");

        // Writing is strict: neither a sign-up nor a change gives such an address.
        let answer = app.client().register(address, "newcomer", PASSWORD).await;
        assert_eq!(answer.status, 422, "{address}");
        let change = |to: &str| json!({ "new_email": to, "password": "correct horse 7 staple" });
        let answer = owner.post_json("/email/change-request", &change("other@corp.local")).await;
        assert_eq!(answer.status, 422, "{address}");
        let answer = owner.post_json("/email/change-request", &change("new@example.com")).await;
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(mailbox.only(&app).await.to, "new@example.com");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_signs_up_under_a_name_that_looks_like_another_one() {
    let rows =
        [("ada@example.com", "admin"), ("eve@example.com", "сосо"), ("bob@example.com", "Bob B")];
    let database = with_rows(&ACCOUNTS, &rows).await;
    let open = over(&database, None).await;
    let mailbox = Mailbox::default();
    let discreet = over(&database, Some(&mailbox)).await;
    for app in [&open, &discreet] {
        for twin in ["Admin", "ADMIN", "admin", "coco", "Coco", "COCO", "bob b", "BOB B"] {
            for email in ["new@example.com", "other@example.com"] {
                let answer = app.client().register(email, twin, PASSWORD).await;
                assert_eq!(told(&answer), (422, json!("Username already taken")), "{twin}");
            }
        }
        for invisible in ["admin\u{3164}", "ad\u{34f}min", "аdmin", "ａｄｍｉｎ", "admin\u{fe0f}"]
        {
            let answer = app.client().register("new@example.com", invisible, PASSWORD).await;
            assert_eq!(answer.status, 422, "{invisible:?}");
            assert_eq!(answer.detail()[0]["loc"], json!(["body", "username"]), "{invisible:?}");
        }
    }
    // Who has such a name already signs in by it, as it is written.
    database.execute("UPDATE accounts SET username = 'аdmin' WHERE username = 'admin'").await;
    assert_eq!(open.client().login("аdmin", PASSWORD).await.status, 200);
    assert_eq!(open.client().login("admin", PASSWORD).await.status, 401);
    // The names of others say nothing about these.
    for (email, name) in
        [("a@example.com", "adm1n"), ("b@example.com", "адмін"), ("c@example.com", "cocoa")]
    {
        assert_eq!(open.client().register(email, name, PASSWORD).await.status, 200, "{name}");
    }
}

mod members {
    diesel::table! {
        members (id) {
            id -> Integer,
            username -> Text,
            email -> Text,
            email_verified -> Bool,
            hashed_password -> Text,
        }
    }

    /// Who signs in by the name, and recovers the account by the address.
    #[derive(crudauth::AuthUser)]
    #[diesel(table_name = members)]
    #[auth(login(username), without(is_active, token_version))]
    pub(super) struct Member {
        id: i32,
        username: String,
        email: String,
        email_verified: bool,
        hashed_password: String,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_of_one_account_where_the_table_has_no_index_over_it() {
    let table = |id: &str| {
        &*format!(
            "CREATE TABLE members (id {id} PRIMARY KEY, username VARCHAR(100) NOT NULL UNIQUE, \
             email VARCHAR(100) NOT NULL, email_verified BOOLEAN NOT NULL, \
             hashed_password VARCHAR(255) NOT NULL)"
        )
        .leak()
    };
    let tables = Tables {
        sqlite: table("INTEGER"),
        postgres: table("SERIAL"),
        mysql: table("INTEGER AUTO_INCREMENT"),
    };
    let database = TestDatabase::new(&tables).await;
    for sends_mail in [false, true] {
        let key = SecretKey::random().expect("random bytes");
        let builder = CrudAuth::<members::Member>::builder(database.clone(), key)
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off());
        let builder = match sends_mail {
            true => builder.email(Mailbox::default().config()),
            false => builder,
        };
        let auth = builder.build().await.expect("a configuration that works");
        let server = Server::serve(auth.router()).await;
        if !sends_mail {
            let first = server.client().register("ada@example.com", "ada", PASSWORD).await;
            assert_eq!(first.status, 200, "{}", first.text());
        }
        let second = server.client().register("Ada@example.com", "eve", PASSWORD).await;
        let expected = if sends_mail { 202 } else { 422 };
        assert_eq!(second.status, expected, "{}", second.text());
        assert_eq!(database.select("SELECT username FROM members").await, ["ada"]);
    }
}
