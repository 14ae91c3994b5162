//! The SQL itself.

use std::sync::Arc;
use std::time::SystemTime;

use diesel::debug_query;
use diesel::query_builder::QueryFragment;
use diesel::sqlite::Sqlite;

use super::login_indexes::LoginIndexes;
use super::statement::InsertReturning;
use super::unique::{IndexKey, UniqueIndex};
use super::users::{
    change, find_by_id, find_by_login, find_by_recovery, find_stored, insert, probe,
};
use crate::clock::SystemClock;
use crate::password::PasswordHash;
use crate::store::memory::MemoryState;
use crate::store::records::{Passkey, Record as _};
use crate::store::{SqlRecords, SqlUsers, Stores};
use crate::user::{Change, LoginField, LoginName, NewUser, NoTenant};

diesel::table! {
    auth.accounts (account_id) {
        account_id -> Integer,
        #[sql_name = "e-mail"]
        email -> Text,
        username -> Text,
        pw_hash -> Nullable<Text>,
        email_verified -> Bool,
        token_version -> Integer,
        tier_id -> Integer,
    }
}

#[derive(crate::AuthUser)]
#[diesel(table_name = accounts, check_for_backend(diesel::sqlite::Sqlite))]
#[auth(crate = crate, without(is_active))]
#[expect(dead_code, reason = "only statements are looked at")]
struct Account {
    #[auth(column = "account_id")]
    id: i32,
    email: String,
    username: String,
    #[auth(column = "pw_hash")]
    hashed_password: Option<String>,
    email_verified: bool,
    token_version: i32,
    #[auth(provisioned)]
    tier_id: i32,
}

/// The SQL of a statement, without what Diesel shows of its values.
fn sql<Q: QueryFragment<Sqlite>>(statement: &Q) -> String {
    let shown = debug_query::<Sqlite, _>(statement).to_string();
    shown.split(" -- binds").next().unwrap_or_default().to_owned()
}

const COLUMNS: &str = "`account_id`, `e-mail`, `username`, `pw_hash`, `email_verified`, \
    `token_version`, `tier_id`";

fn hash(text: &str) -> PasswordHash {
    PasswordHash::from_stored(text.into())
}

#[test]
fn a_select_names_every_column() {
    let select = format!("SELECT {COLUMNS} FROM `auth`.`accounts` WHERE");
    let plain = LoginIndexes::default();
    let by_login =
        find_by_login::<Account, Sqlite>(&LoginName::new("ada"), &plain, Some(&NoTenant));
    let by_recovery =
        find_by_recovery::<Account, Sqlite>("a@example.com", &plain, Some(&NoTenant)).unwrap();
    assert_eq!(sql(&probe::<Account>()), format!("{select} 1 = 0"));
    assert_eq!(sql(&find_by_id::<Account>(&1, None)), format!("{select} `account_id` = ?"));
    assert_eq!(sql(&by_login), format!("{select} (`e-mail` = ? OR `username` = ?)"));
    assert_eq!(sql(&by_recovery), format!("{select} (`e-mail` = ?)"));
}

#[test]
fn a_text_is_looked_for_by_what_its_index_is_made_of() {
    let select = format!("SELECT {COLUMNS} FROM `auth`.`accounts` WHERE");
    let keys = vec![IndexKey::Lower("E-MAIL".to_owned())];
    let by_lower_mail = UniqueIndex { name: "by_lower_mail".to_owned(), keys, rows: None };
    let lowered = LoginIndexes::new::<Account>(&[by_lower_mail]);
    let by_login =
        find_by_login::<Account, Sqlite>(&LoginName::new("ada"), &lowered, Some(&NoTenant));
    let by_recovery =
        find_by_recovery::<Account, Sqlite>("a@example.com", &lowered, Some(&NoTenant)).unwrap();
    let lower = "lower(`e-mail`) = lower(?)";
    assert_eq!(sql(&by_login), format!("{select} ({lower} OR `username` = ?)"));
    assert_eq!(sql(&by_recovery), format!("{select} ({lower})"));
    assert_eq!(lowered.column_of::<Account>("by_lower_mail"), Some("e-mail"));
    assert_eq!(lowered.column_of::<Account>("another"), None);

    let names = ["ada".to_owned(), "ADA".to_owned()];
    let stored =
        |names| find_stored::<Account, Sqlite>(LoginField::Username, names, &lowered, &NoTenant);
    let expected = format!("{select} (`username` = ? OR `username` = ?)");
    assert_eq!(sql(&stored(&names).unwrap()), expected);
    assert!(stored(&[]).is_none());
}

#[test]
fn an_insert_leaves_out_what_the_database_fills() {
    let new = NewUser::<Account> {
        register: AccountRegister { email: "a@example.com".into(), username: "ada".into() },
        provisioned: AccountProvisioned { tier_id: 3 },
        tenant: NoTenant,
        password: None,
        link: None,
        email_verified: false,
        token_version: 0,
        created_at: SystemTime::UNIX_EPOCH,
    };
    let expected = format!(
        "INSERT INTO `auth`.`accounts` (`e-mail`, `username`, `tier_id`, `pw_hash`, \
         `email_verified`, `token_version`) VALUES (?, ?, ?, ?, ?, ?) RETURNING {COLUMNS}"
    );
    assert_eq!(sql(&InsertReturning(&insert::<Account, Sqlite>(new))), expected);
}

/// An asynchronous connection moves its statements between threads.
#[test]
fn a_statement_can_be_sent() {
    fn sent(_: impl Send) {}
    sent(find_by_id::<Account>(&1, None));
    sent(find_by_login::<Account, Sqlite>(
        &LoginName::new("ada"),
        &LoginIndexes::default(),
        Some(&NoTenant),
    ));
    let verify = Change::verify_recovery("a@example.com".into(), SystemTime::UNIX_EPOCH);
    sent(change::<Account, Sqlite>(&1, &verify).unwrap());
}

#[test]
fn a_change_is_one_statement_with_all_its_conditions() {
    let at = SystemTime::UNIX_EPOCH;
    let shown = |to: &Change| sql(&change::<Account, Sqlite>(&1, to).unwrap());
    let address = || "a@example.com".to_owned();
    let cases = [
        (
            Change::rehash(hash("h"), hash("i"), at),
            "`pw_hash` = ? WHERE `account_id` = ? AND `pw_hash` = ?",
        ),
        (
            Change::password(None, hash("i"), 4, at),
            "`pw_hash` = ?, `token_version` = ? WHERE `account_id` = ? AND `token_version` = ? \
             AND `pw_hash` IS NULL",
        ),
        (
            Change::reset(Some(hash("h")), hash("i"), 4, address(), at),
            "`pw_hash` = ?, `token_version` = ?, `email_verified` = ? WHERE `account_id` = ? \
             AND `pw_hash` = ? AND `token_version` = ? AND `e-mail` = ?",
        ),
        (
            Change::verify_recovery(address(), at),
            "`email_verified` = ? WHERE `account_id` = ? AND `e-mail` = ? \
             AND (`email_verified` <> ? OR `email_verified` IS NULL)",
        ),
        (
            Change::email(address(), address(), Some(hash("h")), 4, at),
            "`e-mail` = ?, `email_verified` = ? WHERE `account_id` = ? AND `pw_hash` = ? \
             AND `token_version` = ? AND `e-mail` = ?",
        ),
    ];
    for (to, expected) in cases {
        assert_eq!(shown(&to), format!("UPDATE `auth`.`accounts` SET {expected}"));
    }
}

#[test]
fn a_change_that_no_column_holds_says_so() {
    diesel::table! {
        guests (id) {
            id -> Integer,
            username -> Text,
            hashed_password -> Text,
        }
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = guests)]
    #[auth(crate = crate, recovery(none), without(is_active, token_version))]
    struct Guest {
        id: i32,
        username: String,
        hashed_password: String,
    }

    let verify = Change::verify_recovery("a@example.com".into(), SystemTime::UNIX_EPOCH);
    let refused = change::<Guest, Sqlite>(&1, &verify).err().unwrap();
    assert_eq!(refused.to_string(), "`Guest` has no column that the change would write");
    assert!(
        find_by_recovery::<Guest, Sqlite>("a@example.com", &LoginIndexes::default(), None)
            .is_none()
    );
}

#[tokio::test]
async fn tables_that_have_no_place_stop_the_start() {
    let sqlite = crate::Sqlite::in_memory().expect("open");
    let users = Arc::new(SqlUsers::<_, Account>::new(sqlite.clone()));
    let stores = Stores::new(users, Arc::new(MemoryState::new(Arc::new(SystemClock))));
    stores.open_records(&[]).await.expect("nothing is kept");
    let refused = stores.open_records(&[Passkey::TABLE]).await.expect_err("no place").to_string();
    assert!(refused.contains("`crudauth_passkeys`") && refused.contains("`Stores::with_records`"));
    let stores = stores.with_records(Arc::new(SqlRecords::new(sqlite)));
    stores.open_records(&[Passkey::TABLE]).await.expect("the table");
    let records = stores.records().expect("a place");
    assert!(records.find(Passkey::by_credential(&[1; 32])).await.expect("a table").is_none());
}
