//! Rows that are deleted and stay in the table, and names that may be NULL, over HTTP, on each
//! database.

use std::sync::Arc;

use axum::Router;
use chrono::NaiveDateTime;
use crudauth::clock::ManualClock;
use crudauth::user::{LoginName, NoTenant};
use crudauth::{
    AuthUser, BearerConfig, CrudAuth, Password, RateLimit, RateLimits, SecretKey, StartupError,
};
use crudauth_tests::support::engines::{Sql, Tables, UsersEngine};
use crudauth_tests::support::{
    Answer, Client, CountingHasher, Mailbox, PASSWORD, Server, TestDatabase,
};
use serde_json::json;

const ADA: &str = "ada@example.com";
const START: u64 = 1_800_000_000;
const DELETE: &str =
    "UPDATE customers SET deleted_at = '2027-01-15 08:00:00' WHERE deleted_at IS NULL";
const RESTORE: &str = "UPDATE customers SET deleted_at = NULL WHERE id = 1";

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

mod schema {
    diesel::table! {
        customers (id) {
            id -> Integer,
            email -> Nullable<Text>,
            username -> Nullable<Text>,
            hashed_password -> Text,
            email_verified -> Bool,
            is_active -> Bool,
            token_version -> Integer,
            deleted_at -> Nullable<Timestamp>,
        }
    }

    diesel::table! {
        guests (id) {
            id -> Integer,
            email -> Text,
            hashed_password -> Text,
            token_version -> Integer,
            gone -> Bool,
            erased -> SmallInt,
        }
    }
}

macro_rules! customers {
    ($id:literal, $text:literal, $moment:literal, $more:literal) => {
        concat!(
            "CREATE TABLE customers (id ",
            $id,
            " PRIMARY KEY, email ",
            $text,
            ", username ",
            $text,
            ", hashed_password TEXT NOT NULL, email_verified BOOLEAN NOT NULL, ",
            "is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL, deleted_at ",
            $moment,
            " NULL",
            $more
        )
    };
}

/// Names are unique among the rows that are not deleted.
const CUSTOMERS: Tables = Tables {
    sqlite: customers!(
        "INTEGER",
        "TEXT",
        "TIMESTAMP",
        "); CREATE UNIQUE INDEX by_address ON customers (email) WHERE deleted_at IS NULL;
        CREATE UNIQUE INDEX by_name ON customers (username) WHERE \"deleted_at\" is null"
    ),
    postgres: customers!(
        "SERIAL",
        "TEXT",
        "TIMESTAMP",
        "); CREATE UNIQUE INDEX by_address ON customers (email) WHERE deleted_at IS NULL;
        CREATE UNIQUE INDEX by_name ON customers (username) WHERE deleted_at IS NULL"
    ),
    mysql: customers!(
        "INTEGER AUTO_INCREMENT",
        "VARCHAR(190)",
        "DATETIME",
        ", counts TINYINT AS (IF(deleted_at IS NULL, 1, NULL)),
        UNIQUE KEY by_address (email, counts),
        living_name VARCHAR(190) AS (CASE WHEN deleted_at IS NULL THEN username END),
        UNIQUE KEY by_name (living_name))"
    ),
};

#[derive(AuthUser)]
#[diesel(table_name = schema::customers)]
#[auth(login(email, username))]
struct Customer {
    id: i32,
    email: Option<String>,
    username: Option<String>,
    hashed_password: String,
    email_verified: bool,
    is_active: bool,
    token_version: i32,
    #[auth(soft_delete)]
    deleted_at: Option<NaiveDateTime>,
}

struct App {
    auth: CrudAuth<Customer>,
    database: Sql,
    mailbox: Mailbox,
    server: Server,
}

impl App {
    async fn start(engine: UsersEngine, with_mail: bool) -> Option<Self> {
        let database = engine.open().await?;
        database.create(&CUSTOMERS).await;
        let (mailbox, places) =
            (Mailbox::default(), TestDatabase { users: database.clone(), apart: None });
        let mut builder =
            CrudAuth::<Customer>::builder(places, SecretKey::random().expect("bytes"));
        if with_mail {
            builder = builder.email(mailbox.default_config());
        }
        let auth = builder
            .bearer(BearerConfig::default())
            .clock(Arc::new(ManualClock::at_unix(START)))
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits {
                register: RateLimit::off(),
                existing_account_notice: RateLimit::off(),
                ..RateLimits::default()
            })
            .build()
            .await
            .expect("a configuration that works");
        let server = Server::serve(Router::new().merge(auth.router())).await;
        Some(Self { auth, database, mailbox, server })
    }

    fn client(&self) -> Client {
        self.server.client()
    }

    async fn sign_up(&self, email: Option<&str>, username: Option<&str>) -> Answer {
        let body = json!({ "email": email, "username": username, "password": PASSWORD });
        self.client().post_json("/register", &body).await
    }

    async fn verified(&self, email: &str) {
        let answer = self.sign_up(Some(email), None).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let body = json!({ "token": self.token().await });
        let answer = self.client().post_json("/email/verify-confirm", &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    async fn session(&self, name: &str) -> Client {
        let mut client = self.client();
        let answer = client.login(name, PASSWORD).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        client
    }

    async fn signs_in(&self, name: &str) -> bool {
        self.client().login(name, PASSWORD).await.status == 200
    }

    /// The token of the one mail that has arrived.
    async fn token(&self) -> String {
        let mails = self.mailbox.mails(&self.auth).await;
        assert_eq!(mails.len(), 1, "{mails:?}");
        mails[0].token().to_owned()
    }

    async fn execute(&self, sql: &str) {
        self.database.execute(sql).await;
    }
}

async fn user_id(session: &mut Client) -> Option<i64> {
    let answer = session.get("/me").await;
    (answer.status == 200).then(|| answer.json()["user_id"].as_i64().expect("an id"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_row_signs_nobody_in_and_its_address_is_free() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, true).await else { continue };
        app.verified(ADA).await;
        let mut session = app.session(ADA).await;
        let form = [("username", ADA), ("password", PASSWORD)];
        let tokens = app.client().post_form("/token", &form).await.json();
        let access = tokens["access_token"].as_str().expect("a token").to_owned();
        app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
        let link = app.token().await;
        app.execute(DELETE).await;

        assert_eq!(user_id(&mut session).await, None, "{engine:?}");
        assert!(!app.signs_in(ADA).await, "{engine:?}");
        assert!(app.auth.tokens().expect("bearer").verify(&access).await.expect("works").is_none());
        let reset = json!({ "token": link, "new_password": "another good password" });
        let answer = app.client().post_json("/password/reset-confirm", &reset).await;
        assert_eq!(answer.status, 400, "{engine:?}: {}", answer.text());
        app.client().post_json("/password/reset-request", &json!({ "email": ADA })).await;
        assert_eq!(app.mailbox.mails(&app.auth).await, [], "{engine:?}");
        assert!(!app.auth.deactivate(&1).await.expect("the store works"), "{engine:?}");

        app.verified(ADA).await;
        assert_eq!(user_id(&mut app.session(ADA).await).await, Some(2), "{engine:?}");
        app.execute(DELETE).await;
        app.verified(ADA).await;
        let mut third = app.session(ADA).await;
        assert_eq!(user_id(&mut third).await, Some(3), "{engine:?}: of several deleted rows");

        // Her address has had its mails of this hour.
        let grace = "grace@example.com";
        app.verified(grace).await;
        let answer = app.sign_up(Some(grace), None).await;
        assert_eq!(answer.status, 202, "{}", answer.text());
        let told = app.mailbox.mails(&app.auth).await;
        assert!(told.len() == 1 && told[0].kind == "existing_account", "{engine:?}: {told:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_with_a_row_does_not_come_back_with_it() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        assert_eq!(app.sign_up(Some(ADA), None).await.status, 200);
        let (mut shown, mut other) = (app.session(ADA).await, app.session(ADA).await);
        app.execute(DELETE).await;
        assert_eq!(user_id(&mut shown).await, None, "{engine:?}");
        app.execute(RESTORE).await;
        assert_eq!(user_id(&mut other).await, None, "{engine:?}: all that the user holds ends");
        assert_eq!(user_id(&mut app.session(ADA).await).await, Some(1), "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_name_of_a_row_that_counts_is_told() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        assert_eq!(app.sign_up(Some(ADA), Some("ada")).await.status, 200);
        let answer = app.sign_up(Some(ADA), Some("lovelace")).await;
        assert_eq!(answer.json()["code"], "email_registered", "{engine:?}: {}", answer.text());
        let answer = app.sign_up(None, Some("ada")).await;
        assert_eq!(answer.json()["code"], "username_taken", "{engine:?}: {}", answer.text());
        app.execute(DELETE).await;
        assert_eq!(app.sign_up(Some(ADA), Some("ada")).await.status, 200, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn null_and_an_empty_text_are_names_of_nobody() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, true).await else { continue };
        for name in ["ada", "grace"] {
            let answer = app.sign_up(None, Some(name)).await;
            assert_eq!(answer.status, 202, "{engine:?}: {}", answer.text());
        }
        assert_eq!(app.mailbox.mails(&app.auth).await, [], "{engine:?}: nobody to write to");
        app.execute("UPDATE customers SET email_verified = TRUE").await;
        assert!(app.signs_in("ada").await && app.signs_in("grace").await, "{engine:?}");
        app.execute("UPDATE customers SET email = '' WHERE id = 1").await;
        app.execute("UPDATE customers SET username = '' WHERE id = 2").await;

        let users = app.auth.stores().users();
        for name in ["", " ", "NULL", "null", "\0"] {
            let found = users
                .find_by_login(&LoginName::new(name), &NoTenant)
                .await
                .expect("the store works");
            assert!(found.is_none(), "{engine:?}: {name:?}");
            let found =
                users.find_by_recovery(name.trim(), &NoTenant).await.expect("the store works");
            assert!(found.is_none(), "{engine:?}: {name:?}");
            assert!(!app.signs_in(name).await, "{engine:?}: {name:?}");
            for path in ["/password/reset-request", "/email/verify-request"] {
                app.client().post_json(path, &json!({ "email": name })).await;
            }
        }
        assert_eq!(app.mailbox.mails(&app.auth).await, [], "{engine:?}");
        assert!(app.signs_in("ada").await, "{engine:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_up_without_any_name_is_refused() {
    for engine in ENGINES {
        let Some(app) = App::start(engine, false).await else { continue };
        let answer = app.sign_up(None, None).await;
        assert_eq!(answer.status, 422, "{engine:?}: {}", answer.text());
        assert_eq!(answer.json()["detail"][0]["loc"], json!(["body", "email"]), "{engine:?}");
        assert_eq!(answer.json()["detail"][0]["type"], "missing", "{engine:?}");
        assert_eq!(app.sign_up(Some(""), Some("")).await.status, 422, "{engine:?}");
        assert_eq!(app.database.select("SELECT id FROM customers").await, [""; 0], "{engine:?}");
    }
}

/// Its row is deleted where a flag is true.
#[derive(AuthUser)]
#[diesel(table_name = schema::guests)]
#[auth(without(is_active), db_default(erased))]
struct Guest {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
    #[auth(soft_delete)]
    gone: bool,
}

/// Its row is deleted where a number is not zero.
#[derive(AuthUser)]
#[diesel(table_name = schema::guests)]
#[auth(without(is_active), db_default(gone))]
struct Host {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
    #[auth(soft_delete)]
    erased: i16,
}

/// Nobody has said that rows are deleted.
#[derive(AuthUser)]
#[diesel(table_name = schema::guests)]
#[auth(without(is_active), db_default(gone, erased))]
struct Anybody {
    id: i32,
    email: String,
    hashed_password: String,
    token_version: i32,
}

macro_rules! builds {
    ($($User:ident)*) => {$(
        impl $User {
            async fn build(database: &Sql) -> Result<CrudAuth<Self>, StartupError> {
                let places = TestDatabase { users: database.clone(), apart: None };
                CrudAuth::<Self>::builder(places, SecretKey::random().expect("bytes"))
                    .password_hasher(CountingHasher::default())
                    .build()
                    .await
            }

            async fn refusal(database: &Sql) -> String {
                Self::build(database).await.map(drop).expect_err("a refusal").to_string()
            }
        }
    )*};
}

builds! { Guest Host Anybody }

const GUESTS: Tables = Tables {
    sqlite: "CREATE TABLE guests (id INTEGER PRIMARY KEY, email TEXT NOT NULL,
        hashed_password TEXT NOT NULL, token_version INTEGER NOT NULL,
        gone BOOLEAN NOT NULL DEFAULT FALSE, erased SMALLINT NOT NULL DEFAULT 0)",
    postgres: "CREATE TABLE guests (id SERIAL PRIMARY KEY, email TEXT NOT NULL,
        hashed_password TEXT NOT NULL, token_version INTEGER NOT NULL,
        gone BOOLEAN NOT NULL DEFAULT FALSE, erased SMALLINT NOT NULL DEFAULT 0)",
    mysql: "CREATE TABLE guests (id INTEGER AUTO_INCREMENT PRIMARY KEY,
        email VARCHAR(190) NOT NULL, hashed_password TEXT NOT NULL,
        token_version INTEGER NOT NULL, gone BOOLEAN NOT NULL DEFAULT FALSE,
        erased SMALLINT NOT NULL DEFAULT 0)",
};

async fn guests(engine: UsersEngine) -> Option<Sql> {
    let database = engine.open().await?;
    database.create(&GUESTS).await;
    Some(database)
}

/// The first statement that an error quotes.
fn statement(error: &str) -> &str {
    let (_, after) = error.split_once("run `").expect("a statement");
    after.split_once('`').expect("its end").0
}

#[tokio::test(flavor = "multi_thread")]
async fn the_index_that_the_start_asks_for_is_over_the_rows_that_count() {
    for engine in ENGINES {
        let Some(database) = guests(engine).await else { continue };
        let refused = Guest::refusal(&database).await;
        database.execute(statement(&refused)).await;
        let auth = Guest::build(&database).await.expect(&refused);
        let ada = || GuestRegister { email: ADA.to_owned() };
        let check = |fields| auth.registration().check(fields, Password::new(PASSWORD));
        let create = async |sign_up| auth.registration().create(sign_up).await;
        assert_eq!(create(check(ada()).expect("right")).await.expect("free").id, 1);
        assert!(create(check(ada()).expect("right")).await.is_err(), "{engine:?}: taken");
        database.execute("UPDATE guests SET gone = TRUE").await;
        assert_eq!(create(check(ada()).expect("right")).await.expect("free").email, ADA);
        let gone = database.select("SELECT count(*) FROM guests WHERE NOT gone").await;
        assert_eq!(gone, ["1"], "{engine:?}");
        assert!(auth.stores().users().find_by_id(&1).await.expect("works").is_none());

        let Some(database) = guests(engine).await else { continue };
        let refused = Host::refusal(&database).await;
        database.execute(statement(&refused)).await;
        let auth = Host::build(&database).await.expect(&refused);
        let ada =
            auth.registration().check(HostRegister { email: ADA.into() }, Password::new(PASSWORD));
        let ada = auth.registration().create(ada.expect("right")).await.expect("free");
        assert_eq!(ada.erased, 0, "{engine:?}");
        database.execute("UPDATE guests SET erased = 2").await;
        assert!(auth.stores().users().find_by_id(&ada.id).await.expect("works").is_none());
    }
}

/// Whether [`Guest`] starts over a table with each of these indexes, on SQLite and PostgreSQL.
const INDEXES: &[(&str, bool)] = &[
    ("(email)", true),
    ("(email) WHERE NOT gone", true),
    ("(email) WHERE gone = FALSE", true),
    ("(lower(email)) WHERE NOT gone", true),
    ("(lower(email))", true),
    ("(email) WHERE gone", false),
    ("(email) WHERE erased = 0", false),
    ("(email) WHERE NOT gone AND id > 10", false),
    ("(email, gone)", false),
    ("(lower(email)) WHERE erased = 0", false),
];

#[tokio::test(flavor = "multi_thread")]
async fn an_index_over_other_rows_is_refused_with_the_way_out() {
    for engine in [UsersEngine::Sqlite, UsersEngine::Postgres] {
        for (index, starts) in INDEXES {
            let Some(database) = guests(engine).await else { continue };
            database.execute(&format!("CREATE UNIQUE INDEX by_address ON guests {index}")).await;
            let built = Guest::build(&database).await.map(drop);
            assert_eq!(built.is_ok(), *starts, "{engine:?} {index}: {built:?}");
            let Err(refused) = built.map_err(|error| error.to_string()) else { continue };
            let fix =
                "run `CREATE UNIQUE INDEX guests_email_key ON guests (email) WHERE gone = FALSE`";
            assert!(refused.contains(fix), "{refused}");
            if let Some((_, rows)) = index.split_once(" WHERE ") {
                let rows = rows.split(' ').next().expect("a word");
                assert!(refused.contains("over the rows `WHERE "), "{refused}");
                assert!(
                    refused.contains(rows) && refused.contains("`WHERE gone = FALSE`"),
                    "{refused}"
                );
            }
        }
    }
}

/// A struct that knows of no deleted rows is not told to replace the index, but to say so.
#[tokio::test(flavor = "multi_thread")]
async fn the_start_does_not_undo_an_index_over_some_rows() {
    for engine in [UsersEngine::Sqlite, UsersEngine::Postgres] {
        let Some(database) = guests(engine).await else { continue };
        database.execute("CREATE UNIQUE INDEX by_address ON guests (email) WHERE NOT gone").await;
        let refused = Anybody::refusal(&database).await;
        let advice = "mark the field that says so with `#[auth(soft_delete)]`. Otherwise run";
        assert!(
            refused.contains("the index `by_address` is over the rows `WHERE NOT gone`"),
            "{refused}"
        );
        assert!(refused.contains(advice), "{refused}");
    }
}
