//! Whether the case of a name counts, over each kind of column that names are kept in: sign-up, sign-in
//! and uniqueness give one answer, or the application does not start.

use crudauth::user::UsernameCase;
use crudauth::{CrudAuth, RateLimits, SecretKey, StartupError};
use crudauth_tests::support::engines::{Sql, UsersEngine};
use crudauth_tests::support::{CountingHasher, PASSWORD, Server};
use serde_json::json;

use self::Kind::{CaseIgnoring, LowerIndex, Plain};
use self::UsernameCase::{Counts, Ignored};

const ENGINES: [UsersEngine; 3] =
    [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb];

macro_rules! members {
    ($module:ident: $text:ident, $backend:ty) => {
        mod $module {
            diesel::table! {
                members (id) {
                    id -> Integer,
                    username -> $text,
                    hashed_password -> Text,
                }
            }

            #[derive(crudauth::AuthUser)]
            #[diesel(table_name = members, check_for_backend($backend))]
            #[auth(without(is_active, token_version))]
            pub(crate) struct Member {
                id: i32,
                username: String,
                hashed_password: String,
            }
        }
    };
}

members!(on_sqlite: Text, diesel::sqlite::Sqlite);
members!(on_postgres: Text, diesel::pg::Pg);
members!(on_citext: Citext, diesel::pg::Pg);
members!(on_mysql: Text, diesel::mysql::Mysql);

/// How the column of the names compares them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Letter by letter.
    Plain,
    /// By its collation, or by its type.
    CaseIgnoring,
    /// Letter by letter, with a unique index over `lower(username)`.
    LowerIndex,
}

/// A table of this kind; `None` where the engine has none, or is not installed.
async fn table(engine: UsersEngine, kind: Kind) -> Option<Sql> {
    if (engine, kind) == (UsersEngine::Mariadb, LowerIndex) {
        return None;
    }
    let users = engine.open().await?;
    let (id, text) = match (engine, kind) {
        (UsersEngine::Sqlite, CaseIgnoring) => ("INTEGER", "TEXT COLLATE NOCASE"),
        (UsersEngine::Sqlite, _) => ("INTEGER", "TEXT"),
        (UsersEngine::Postgres, CaseIgnoring) => ("SERIAL", "citext"),
        (UsersEngine::Postgres, _) => ("SERIAL", "TEXT"),
        (UsersEngine::Mariadb, CaseIgnoring) => {
            ("INTEGER AUTO_INCREMENT", "VARCHAR(100) COLLATE utf8mb4_general_ci")
        }
        (UsersEngine::Mariadb, _) => ("INTEGER AUTO_INCREMENT", "VARCHAR(100) COLLATE utf8mb4_bin"),
    };
    if text == "citext" {
        users.add_citext().await;
    }
    let unique = if kind == LowerIndex { "" } else { " UNIQUE" };
    let create = format!(
        "CREATE TABLE members (id {id} PRIMARY KEY, username {text} NOT NULL{unique}, \
         hashed_password VARCHAR(255) NOT NULL)"
    );
    users.execute(&create).await;
    if kind == LowerIndex {
        users.execute("CREATE UNIQUE INDEX by_lower ON members (lower(username))").await;
    }
    Some(users)
}

/// The routes of an application over the table, or why it does not start.
async fn start(users: &Sql, kind: Kind, case: UsernameCase) -> Result<Server, StartupError> {
    macro_rules! router {
        ($module:ident, $database:expr) => {
            CrudAuth::<$module::Member>::builder(
                $database.clone(),
                SecretKey::random().expect("random bytes"),
            )
            .username_case(case)
            .password_hasher(CountingHasher::default())
            .rate_limits(RateLimits::off())
            .build()
            .await?
            .router()
        };
    }
    Ok(Server::serve(match users {
        Sql::Sqlite(sqlite, _) => router!(on_sqlite, sqlite),
        Sql::Postgres(postgres) if kind == CaseIgnoring => router!(on_citext, postgres),
        Sql::Postgres(postgres) => router!(on_postgres, postgres),
        Sql::Mariadb(mysql) => router!(on_mysql, mysql),
    })
    .await)
}

async fn signs_up(server: &Server, name: &str) -> bool {
    let body = json!({ "username": name, "password": PASSWORD });
    let answer = server.client().post_json("/register", &body).await;
    assert!([200, 422].contains(&answer.status.as_u16()), "{}", answer.text());
    answer.status == 200
}

async fn signs_in(server: &Server, name: &str) -> bool {
    let answer = server.client().login(name, PASSWORD).await;
    assert!([200, 401].contains(&answer.status.as_u16()), "{}", answer.text());
    answer.status == 200
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_one_account_in_whatever_case_it_is_typed() {
    for engine in ENGINES {
        for kind in [Plain, CaseIgnoring, LowerIndex] {
            for case in [Counts, Ignored] {
                let Some(users) = table(engine, kind).await else { continue };
                let what = format!("{engine:?}, {kind:?}, {case:?}");
                let server = start(&users, kind, case).await.expect(&what);
                assert!(signs_up(&server, "Ada").await, "{what}");
                let stored = if case == Counts { "Ada" } else { "ada" };
                assert_eq!(users.select("SELECT username FROM members").await, [stored], "{what}");
                for typed in ["Ada", "ada", "ADA"] {
                    assert!(!signs_up(&server, typed).await, "{what}: a second {typed}");
                    let is_the_name = typed == "Ada" || case == Ignored;
                    assert_eq!(signs_in(&server, typed).await, is_the_name, "{what}: {typed}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_in_capitals_that_was_there_is_found_or_stops_the_start() {
    for engine in ENGINES {
        for kind in [Plain, CaseIgnoring, LowerIndex] {
            for case in [Counts, Ignored] {
                let Some(users) = table(engine, kind).await else { continue };
                let what = format!("{engine:?}, {kind:?}, {case:?}");
                let server = start(&users, kind, Counts).await.expect(&what);
                assert!(signs_up(&server, "Bob").await, "{what}");

                let started = start(&users, kind, case).await;
                if (kind, case) == (Plain, Ignored) {
                    let refusal = started.expect_err(&what).to_string();
                    let run = "UPDATE members SET username = lower(username)";
                    assert!(refusal.contains(run), "{what}: {refusal}");
                    let index = "CREATE UNIQUE INDEX members_username_lower_key ON members";
                    let has_index = engine != UsersEngine::Mariadb;
                    assert_eq!(refusal.contains(index), has_index, "{what}: {refusal}");
                    continue;
                }
                let server = started.expect(&what);
                for typed in ["Bob", "bob", "BOB"] {
                    let is_the_name = typed == "Bob" || case == Ignored;
                    assert_eq!(signs_in(&server, typed).await, is_the_name, "{what}: {typed}");
                    assert!(!signs_up(&server, typed).await, "{what}: a second {typed}");
                }
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn citext_that_the_struct_takes_for_text_stops_the_start() {
    let Some(users) = table(UsersEngine::Postgres, CaseIgnoring).await else { return };
    for case in [Counts, Ignored] {
        // As if the column were plain.
        let refusal = start(&users, Plain, case).await.expect_err("a refusal").to_string();
        let told = "`username` is `citext`, and `Member` says TEXT, so that a lookup would tell \
                    capitals from small letters: declare it in `table!` as it is";
        assert!(refusal.contains(told), "{refusal}");
    }
}
