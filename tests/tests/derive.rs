//! A derived struct against a real database: what the expansion does when it runs.

#![allow(missing_docs, reason = "Diesel's `table!` writes none")]

use crudauth::AuthUser;
use crudauth::password::PasswordHash;
use crudauth::store::sqlite::{Sqlite, SqliteUsers};
use crudauth::store::{Changed, InsertError, UserStore};
use crudauth::user::{Change, Fill, LoginField, LoginName, NewUser, NoTenant, UserTimestamp};

use chrono::{DateTime, NaiveDateTime, Utc};
use std::time::{Duration, SystemTime};
use time::{OffsetDateTime, PrimitiveDateTime};

diesel::table! {
    accounts (account_id) {
        account_id -> Integer,
        email_address -> Text,
        username -> Text,
        pw_hash -> Nullable<Text>,
        is_admin -> Bool,
        is_active -> Bool,
        email_verified -> Bool,
        token_version -> Integer,
        full_name -> Nullable<Text>,
        tier_id -> Integer,
        updated_at -> Nullable<Timestamp>,
        legacy -> Nullable<Text>,
        serial -> Integer,
    }
}

const CREATE: &str = "create table accounts (
    account_id integer primary key, email_address text not null unique,
    username text not null unique, pw_hash text, is_admin bool not null, is_active bool not null,
    email_verified bool not null, token_version integer not null, full_name text,
    tier_id integer not null, updated_at timestamp, legacy text, serial integer not null default 7)";

#[derive(AuthUser)]
#[diesel(table_name = accounts)]
#[auth(db_default(serial))]
struct Account {
    #[auth(column = "account_id")]
    id: i32,
    #[auth(column = "email_address")]
    email: String,
    username: String,
    #[auth(column = "pw_hash")]
    hashed_password: Option<String>,
    #[auth(column = "is_admin")]
    is_superuser: bool,
    is_active: bool,
    email_verified: bool,
    token_version: i32,
    #[auth(register, rename = "fullName")]
    full_name: Option<String>,
    #[auth(provisioned)]
    tier_id: i32,
    updated_at: Option<chrono::NaiveDateTime>,
}

async fn database() -> SqliteUsers<Account> {
    let sqlite = Sqlite::in_memory().expect("SQLite opens");
    sqlite.execute_batch(CREATE).await.expect("the table is made");
    SqliteUsers::new(sqlite)
}

fn ada() -> NewUser<Account> {
    NewUser {
        register: AccountRegister {
            email: "a@example.com".into(),
            username: "ada".into(),
            full_name: Some("Ada".into()),
        },
        provisioned: AccountProvisioned { tier_id: 3 },
        tenant: NoTenant,
        password: Some(PasswordHash::from_stored("h".into())),
        link: None,
        email_verified: false,
        token_version: 0,
        created_at: SystemTime::now(),
    }
}

#[tokio::test]
async fn a_new_user_is_active_unprivileged_and_as_sent() {
    let users = database().await;
    let user = users.insert(ada()).await.unwrap();
    assert_eq!((user.id, user.tier_id, user.token_version), (1, 3, 0));
    assert!(user.is_active && !user.is_superuser && !user.email_verified);
    assert_eq!(user.full_name.as_deref(), Some("Ada"));
    assert!(user.updated_at.is_some());
    let logical = user.logical();
    assert_eq!(logical.hashed_password, Some("h"));
    assert_eq!(logical.recovery_verified, Some(false));
    assert_eq!(user.login_value(LoginField::Email), Some("a@example.com"));
    assert_eq!(user.login_value(LoginField::Other("full_name")), None);
}

#[tokio::test]
async fn a_taken_name_is_refused_by_the_database() {
    let users = database().await;
    users.insert(ada()).await.unwrap();
    let mut other = ada();
    other.register.username = "bob".into();
    let refused = users.insert(other).await;
    let Err(InsertError::Duplicate(column)) = refused else { panic!("it was not refused") };
    assert_eq!(column.as_deref(), Some("email_address"));
}

#[tokio::test]
async fn a_user_is_found_by_every_login_field() {
    let users = database().await;
    users.insert(ada()).await.unwrap();
    for (name, is_found) in [("a@example.com", true), ("ada", true), ("Ada", false), ("x", false)] {
        let found = users.find_by_login(&LoginName::new(name), &NoTenant).await.unwrap();
        assert_eq!(found.is_some(), is_found, "{name}");
    }
}

#[tokio::test]
async fn a_change_applies_once_to_the_row_and_to_the_struct() {
    let users = database().await;
    let mut user = users.insert(ada()).await.unwrap();
    let hash = |text: &str| PasswordHash::from_stored(text.into());
    let at = SystemTime::now();
    let of_none = Change::password(None, hash("i"), 0, at);
    assert_eq!(users.change(&1, of_none).await.unwrap(), Changed::Stale, "there is a hash");
    let change = Change::password(Some(hash("h")), hash("i"), 0, at);
    assert_eq!(users.change(&1, change.clone()).await.unwrap(), Changed::Applied);
    assert_eq!(users.change(&1, change.clone()).await.unwrap(), Changed::Stale);
    user.apply(&change);
    let stored = users.find_by_id(&1).await.unwrap().unwrap();
    for row in [&user, &stored] {
        assert_eq!((row.token_version, row.hashed_password.as_deref()), (1, Some("i")));
    }
}

#[test]
fn the_schema_names_columns_and_sources() {
    let schema = Account::SCHEMA;
    assert_eq!((schema.user, schema.recovery), ("Account", Some("email")));
    assert_eq!(schema.login, [LoginField::Email, LoginField::Username]);
    let column = |field: &str| *schema.columns.iter().find(|c| c.field == field).unwrap();
    assert_eq!(column("email").column, "email_address");
    assert_eq!(column("full_name").fill, Fill::Client("fullName"));
    assert_eq!(column("tier_id").fill, Fill::Provisioned);
    assert_eq!(column("is_superuser").fill, Fill::Crudauth);
}

/// A struct with a field `created_at` of each type.
macro_rules! inserted {
    ($($module:ident: $(#[$key:meta])* $Type:ty, $Sql:ident = $at:expr;)*) => {$(
        mod $module {
            use super::*;

            diesel::table! {
                users (id) {
                    id -> Integer,
                    username -> Text,
                    hashed_password -> Text,
                    created_at -> $Sql,
                }
            }

            #[derive(AuthUser)]
            #[diesel(table_name = users, check_for_backend(diesel::pg::Pg))]
            #[auth(without(is_active, token_version))]
            struct User {
                id: i32,
                username: String,
                hashed_password: String,
                $(#[$key])*
                created_at: $Type,
            }

            pub(super) fn at() -> Option<SystemTime> {
                let (username, hashed_password) = (String::new(), String::new());
                User { id: 1, username, hashed_password, created_at: $at }.created_at()
            }
        }
    )*};
}

inserted! {
    naive: NaiveDateTime, Timestamp = UserTimestamp::from_system_time(moment());
    utc: DateTime<Utc>, Timestamptz = UserTimestamp::from_system_time(moment());
    primitive: PrimitiveDateTime, Timestamp = UserTimestamp::from_system_time(moment());
    offset: OffsetDateTime, Timestamptz = UserTimestamp::from_system_time(moment());
    system: SystemTime, Timestamp = moment();
    seconds: i64, BigInt = 1_800_000_000;
    by_the_database: #[auth(default)] NaiveDateTime, Timestamp = UserTimestamp::from_system_time(moment());
    no_moment_that_is_known: #[auth(default)] Day, Date = chrono::NaiveDate::default();
}

type Day = chrono::NaiveDate;

fn moment() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000)
}

#[test]
fn the_moment_of_a_row_is_read_from_each_type_that_can_hold_one() {
    let read = [
        naive::at(),
        utc::at(),
        primitive::at(),
        offset::at(),
        system::at(),
        seconds::at(),
        by_the_database::at(),
    ];
    assert_eq!(read, [Some(moment()); 7]);
    assert_eq!(no_moment_that_is_known::at(), None);
}
