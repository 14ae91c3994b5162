//! Ids and telephone numbers that an engine could take for a pattern, for syntax, or for one
//! another: each finds itself and nothing else, alone and with what its user holds.

use std::sync::Arc;
use std::time::Duration;

use crudauth::AuthUser;
use crudauth::clock::SystemClock;
use crudauth::store::{Database, Entry, Stores};
use crudauth::user::NoTenant;
use crudauth_tests::support::TestDatabase;
use crudauth_tests::support::engines::{Sql, Tables, UsersEngine};

mod schema {
    diesel::table! {
        people (id) {
            id -> Text,
            username -> Text,
            phone -> Nullable<Text>,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            phone_verified -> Bool,
            token_version -> Integer,
        }
    }
}

macro_rules! people {
    ($text:literal, $end:literal) => {
        concat!(
            "CREATE TABLE people (id ",
            $text,
            " PRIMARY KEY, username ",
            $text,
            " NOT NULL UNIQUE, phone ",
            $text,
            " UNIQUE, hashed_password TEXT, is_active BOOLEAN NOT NULL, \
             phone_verified BOOLEAN NOT NULL, token_version INTEGER NOT NULL)",
            $end
        )
    };
}

/// On MariaDB with a collation that ignores case, accents and blanks at the end.
const PEOPLE: Tables = Tables {
    sqlite: people!("TEXT", ""),
    postgres: people!("TEXT", ""),
    mysql: people!("VARCHAR(100)", " CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_520_ci"),
};

#[derive(AuthUser, Debug)]
#[diesel(table_name = schema::people)]
#[auth(login(username), recovery(phone))]
struct Person {
    id: String,
    username: String,
    #[auth(register)]
    phone: Option<String>,
    hashed_password: Option<String>,
    is_active: bool,
    phone_verified: bool,
    token_version: i32,
}

const VALUES: [&str; 30] = [
    "a",
    "A",
    "\u{e1}",
    "a\u{301}",
    "a ",
    " a",
    "a%",
    "%",
    "_",
    "a_",
    "*",
    "?",
    "'",
    "''",
    "\"",
    "\\",
    "\\%",
    "`",
    ";",
    "--",
    ":",
    "a:b",
    "session:a",
    "0",
    "00",
    "1",
    "01",
    "1e0",
    "null",
    "\u{1f980}",
];

/// A row of the application's own, unless the collation takes a value for one that is there.
fn insert(sql: &Sql, number: usize, value: &str) -> String {
    let quoted = value.replace('\'', "''");
    let (ignore, quoted, conflict) = match sql {
        Sql::Mariadb(_) => ("IGNORE ", quoted.replace('\\', "\\\\"), ""),
        _ => ("", quoted, " ON CONFLICT DO NOTHING"),
    };
    format!(
        "INSERT {ignore}INTO people (id, username, phone, is_active, phone_verified, token_version) \
         VALUES ('{quoted}', 'user {number}', '{quoted}', TRUE, FALSE, 0){conflict}"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_and_number_finds_itself_and_nothing_else() {
    for engine in [UsersEngine::Sqlite, UsersEngine::Postgres, UsersEngine::Mariadb] {
        // Where it is not installed, that was said.
        let Some(users) = engine.open().await else { continue };
        users.create(&PEOPLE).await;
        let database = TestDatabase { users, apart: None };
        for (number, value) in VALUES.iter().enumerate() {
            database.execute(&insert(&database.users, number, value)).await;
        }
        let there = database.select("SELECT id FROM people").await;
        assert!(there.len() > 20, "{engine:?} takes most of them: {there:?}");
        let stores: Stores<Person> =
            database.open(Arc::new(SystemClock)).await.expect("a table that is right");
        for value in VALUES.iter().chain(&["", "nobody", "a%%", "__"]) {
            let expected = there.iter().find(|id| id == value);
            let case = format!("{engine:?} {value:?}");
            let found = stores.users().find_by_id(&(*value).to_owned()).await.expect("a read");
            assert_eq!(found.as_ref().map(|person| &person.id), expected, "{case} as an id");
            let found = stores.users().find_by_recovery(value, &NoTenant).await.expect("a read");
            let phone = found.and_then(|person| person.phone.clone());
            // A number is the same in either case, for there are none.
            let same = phone.as_deref().is_some_and(|phone| phone.eq_ignore_ascii_case(value));
            assert_eq!(phone.is_some(), same, "{case} as a number finds {phone:?}");
            assert!(expected.is_none() || phone.as_ref() == expected, "{case} as a number");

            let key = format!("key of {value}");
            let owner = format!("session:{value}");
            let ttl = Duration::from_secs(60);
            let entry = Entry { value: b"held", ttl, owner: Some(&owner) };
            stores.state().put(&key, entry).await.expect("put");
            if let Some(holders) = stores.holders() {
                let held = holders.find(&key).await.expect("a read");
                let holder = held.map(|held| held.user.id.clone());
                assert_eq!(holder.as_ref(), expected, "{case} as a holder");
            }
            assert_eq!(stores.state().list(&owner).await.expect("list").len(), 1, "{case}");
        }
    }
}
