//! Every type of a primary key round-trips through a session, an access token, a refresh token and a
//! change, on every engine, with what expires in the same database and elsewhere.

use std::fmt;
use std::str::FromStr;
use std::sync::{Arc, Mutex};

use axum::Router;
use crudauth::clock::ManualClock;
use crudauth::store::Database;
use crudauth::store::memory::Memory;
use crudauth::store::sqlite::Sqlite;
use crudauth::{BearerConfig, CrudAuth, RateLimit, RefreshDelivery, SecretKey, SessionConfig};
use crudauth_tests::support::servers::shared;
use crudauth_tests::support::{Client, CountingHasher, PASSWORD, Server};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::BigInt;
use diesel_async::SimpleAsyncConnection as _;
use serde::{Deserialize, Serialize};
use serde_json::json;

const NEW: &str = "another good passphrase";

/// An application whose next user gets what is in `next` as the id.
macro_rules! people {
    ($module:ident: $id:ty as $sql:ty, $backend:ty) => {
        mod $module {
            use super::*;

            diesel::table! {
                people (id) {
                    id -> $sql,
                    username -> Text,
                    hashed_password -> Text,
                    is_active -> Bool,
                    token_version -> Integer,
                }
            }

            #[derive(Debug, Clone, PartialEq, crudauth::AuthUser)]
            #[diesel(table_name = people, check_for_backend($backend))]
            #[auth(recovery(none))]
            pub(crate) struct Person {
                #[auth(provisioned)]
                id: $id,
                username: String,
                hashed_password: String,
                is_active: bool,
                token_version: i32,
            }

            /// `case` is for messages.
            pub(super) async fn round_trip<D>(database: D, ids: &[$id], case: &str)
            where
                D: Database<Person> + Clone + Send + Sync + 'static,
            {
                for is_apart in [false, true] {
                    let next = Arc::new(Mutex::new(None::<$id>));
                    let clock = Arc::new(ManualClock::at_unix(1_800_000_000));
                    let bearer = BearerConfig::default().refresh_delivery(RefreshDelivery::Body);
                    let hook = Arc::clone(&next);
                    let builder = CrudAuth::<Person>::builder(database.clone(), SecretKey::random().expect("random bytes"))
                        .new_user_fields(move |_| {
                            let id = hook.lock().expect("no panic").clone().expect("an id");
                            async move { Ok(PersonProvisioned { id }) }
                        })
                        .bearer(bearer)
                        .session(SessionConfig::default().management_routes())
                        .clock(clock.clone())
                        .password_hasher(CountingHasher::default())
                        .register_limit(RateLimit::off());
                    let builder = if is_apart { builder.expiring_store(Memory) } else { builder };
                    let auth =
                        builder.build().await.unwrap_or_else(|error| panic!("{case}: {error}"));
                    let server = Server::serve(Router::new().merge(auth.router())).await;
                    for (number, id) in ids.iter().enumerate() {
                        *next.lock().expect("no panic") = Some(id.clone());
                        clock.advance(std::time::Duration::from_secs(3_700));
                        let case = format!("{case}, apart: {is_apart}, id {id:?}");
                        let (mut client, name) = (server.client(), format!("person-{number}"));
                        // The second time the row is there.
                        if !is_apart {
                            let body = json!({ "username": name, "password": PASSWORD });
                            let made = client.post_json("/register", &body).await;
                            assert!(made.status.is_success(), "{case}: {}", made.text());
                        }
                        passes(client, &name, &case).await;
                    }
                }
            }
        }
    };
}

async fn passes(mut client: Client, name: &str, case: &str) {
    let mut password = PASSWORD;
    let signed_in = client.login(name, password).await;
    if signed_in.status != 200 {
        // The round before has changed it.
        password = NEW;
        assert_eq!(client.login(name, password).await.status, 200, "{case}: sign-in");
    }
    let me = client.get("/me").await;
    assert_eq!(me.status, 200, "{case}: {}", me.text());
    let sessions = client.get("/sessions").await;
    assert_eq!(sessions.status, 200, "{case}: {}", sessions.text());
    assert_eq!(sessions.json().as_array().map(Vec::len), Some(1), "{case}: {}", sessions.text());

    let mut by_token = client.clone();
    by_token.cookies.clear();
    let tokens = by_token.token(name, password, None).await;
    assert_eq!(tokens.status, 200, "{case}: {}", tokens.text());
    let me = by_token.get_as(&tokens.field("access_token"), "/me").await;
    assert_eq!(me.status, 200, "{case}: {}", me.text());
    let renewed = by_token.refresh(&tokens.field("refresh_token")).await;
    assert_eq!(renewed.status, 200, "{case}: {}", renewed.text());
    let me = by_token.get_as(&renewed.field("access_token"), "/me").await;
    assert_eq!(me.status, 200, "{case}: {}", me.text());

    let other = if password == PASSWORD { NEW } else { PASSWORD };
    let change = json!({ "current_password": password, "new_password": other });
    let changed = client.post_json("/change-password", &change).await;
    assert_eq!(changed.status, 200, "{case}: {}", changed.text());
    let dead = by_token.get_as(&renewed.field("access_token"), "/me").await;
    assert_eq!(dead.status, 401, "{case}: the change did not reach the row");
    assert_eq!(client.get("/me").await.status, 200, "{case}: the session that stays");
    assert_eq!(client.post("/logout").await.status, 200, "{case}");
}

people!(text_on_sqlite: String as Text, diesel::sqlite::Sqlite);
people!(small_on_sqlite: i16 as SmallInt, diesel::sqlite::Sqlite);
people!(integer_on_sqlite: i32 as Integer, diesel::sqlite::Sqlite);
people!(big_on_sqlite: i64 as BigInt, diesel::sqlite::Sqlite);
people!(uuid_on_sqlite: ::uuid::Uuid as crudauth::store::sqlite::UuidText, diesel::sqlite::Sqlite);

people!(uuid_blob_on_sqlite: ::uuid::Uuid as crudauth::store::UuidBlob, diesel::sqlite::Sqlite);
people!(newtype_on_sqlite: super::Key as BigInt, diesel::sqlite::Sqlite);

people!(uuid_text_on_postgres: ::uuid::Uuid as crudauth::store::UuidText, diesel::pg::Pg);
people!(newtype_on_postgres: super::Key as BigInt, diesel::pg::Pg);
people!(text_on_postgres: String as Text, diesel::pg::Pg);
people!(small_on_postgres: i16 as SmallInt, diesel::pg::Pg);
people!(integer_on_postgres: i32 as Integer, diesel::pg::Pg);
people!(big_on_postgres: i64 as BigInt, diesel::pg::Pg);
people!(uuid_on_postgres: ::uuid::Uuid as Uuid, diesel::pg::Pg);

people!(uuid_text_on_mysql: ::uuid::Uuid as crudauth::store::UuidText, diesel::mysql::Mysql);
people!(uuid_blob_on_mysql: ::uuid::Uuid as crudauth::store::UuidBlob, diesel::mysql::Mysql);
people!(newtype_on_mysql: super::Key as BigInt, diesel::mysql::Mysql);
people!(text_on_mysql: String as Text, diesel::mysql::Mysql);
people!(small_on_mysql: i16 as SmallInt, diesel::mysql::Mysql);
people!(integer_on_mysql: i32 as Integer, diesel::mysql::Mysql);
people!(big_on_mysql: i64 as BigInt, diesel::mysql::Mysql);
people!(unsigned_on_mysql: u32 as Unsigned<Integer>, diesel::mysql::Mysql);
people!(unsigned_big_on_mysql: u64 as Unsigned<BigInt>, diesel::mysql::Mysql);

/// An id of the application's own, over an integer.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Key(i64);

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Key {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self)
    }
}

impl<DB: Backend> FromSql<BigInt, DB> for Key
where
    i64: FromSql<BigInt, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        i64::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<BigInt, DB> for Key
where
    i64: ToSql<BigInt, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

fn keys() -> [Key; 2] {
    [Key(1), Key(i64::MAX)]
}

fn ulids() -> [String; 2] {
    ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "7ZZZZZZZZZZZZZZZZZZZZZZZZZ"].map(str::to_owned)
}

/// Texts that are ids somewhere, none longer than 16 characters.
fn texts() -> Vec<String> {
    let texts =
        ["plain", "with:colon", "o'br\"ien\\", "007", " lead", "ünï-☃", "a/b?c#d%2e", "1e5", "a"];
    texts.map(str::to_owned).to_vec()
}

fn uuids() -> [uuid::Uuid; 3] {
    [uuid::Uuid::from_u128(1), uuid::Uuid::from_u128(u128::MAX), uuid::Uuid::from_u128(7 << 100)]
}

/// The table, with the primary key declared as `id`.
fn table(id: &str, text: &str) -> String {
    format!(
        "CREATE TABLE people (id {id} PRIMARY KEY, username {text} NOT NULL UNIQUE, \
         hashed_password {text} NOT NULL, is_active BOOLEAN NOT NULL, token_version INTEGER NOT NULL)"
    )
}

async fn sqlite(id: &str) -> Sqlite {
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(&table(id, "TEXT")).await.expect("the table");
    sqlite
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_round_trips_on_sqlite() {
    for id in ["TEXT", "VARCHAR(16)", "CHAR(16)"] {
        text_on_sqlite::round_trip(sqlite(id).await, &texts(), id).await;
    }
    small_on_sqlite::round_trip(sqlite("SMALLINT").await, &[1, i16::MAX, -5], "SMALLINT").await;
    for id in ["INTEGER", "INT NOT NULL"] {
        integer_on_sqlite::round_trip(sqlite(id).await, &[1, i32::MAX, 0, -5], id).await;
        big_on_sqlite::round_trip(sqlite(id).await, &[1, i64::MAX, i64::MIN], id).await;
    }
    for id in ["TEXT", "UUID", "CHAR(36)"] {
        uuid_on_sqlite::round_trip(sqlite(id).await, &uuids(), id).await;
    }
    uuid_blob_on_sqlite::round_trip(sqlite("BLOB").await, &uuids(), "BLOB").await;
    newtype_on_sqlite::round_trip(sqlite("INTEGER").await, &keys(), "a newtype").await;
    text_on_sqlite::round_trip(sqlite("CHAR(26)").await, &ulids(), "CHAR(26)").await;
}

async fn postgres(id: &str) -> Option<crudauth::store::postgres::Postgres> {
    let postgres = shared::postgres().await?;
    let mut connection = postgres.get().await.expect("a connection");
    let domains = "CREATE DOMAIN key_text AS TEXT CHECK (value <> ''); CREATE DOMAIN key_number AS \
        INTEGER; CREATE DOMAIN key_char AS CHAR(16)";
    connection.batch_execute(domains).await.expect("the domains");
    connection.batch_execute(&table(id, "TEXT")).await.expect("the table");
    drop(connection);
    Some(postgres)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_round_trips_on_postgres() {
    // Of a padded type the blanks belong to the id.
    for id in ["TEXT", "VARCHAR(16)", "CHAR(16)", "CHAR(30)", "key_text", "key_char"] {
        let Some(postgres) = postgres(id).await else { return };
        text_on_postgres::round_trip(postgres, &texts(), id).await;
    }
    let Some(small) = postgres("SMALLINT").await else { return };
    small_on_postgres::round_trip(small, &[1, i16::MAX, -5], "SMALLINT").await;
    for id in ["INTEGER", "key_number"] {
        let Some(postgres) = postgres(id).await else { return };
        integer_on_postgres::round_trip(postgres, &[1, i32::MAX, 0, -5], id).await;
    }
    let Some(big) = postgres("BIGINT").await else { return };
    big_on_postgres::round_trip(big, &[1, i64::MAX, i64::MIN], "BIGINT").await;
    let Some(uuid) = postgres("UUID").await else { return };
    uuid_on_postgres::round_trip(uuid, &uuids(), "UUID").await;
    for id in ["TEXT", "CHAR(36)"] {
        let Some(text) = postgres(id).await else { return };
        uuid_text_on_postgres::round_trip(text, &uuids(), id).await;
    }
    let Some(big) = postgres("BIGINT").await else { return };
    newtype_on_postgres::round_trip(big, &keys(), "a newtype").await;
    let Some(ulid) = postgres("CHAR(26)").await else { return };
    text_on_postgres::round_trip(ulid, &ulids(), "CHAR(26)").await;
}

async fn mariadb(id: &str) -> Option<crudauth::store::mysql::Mysql> {
    let mysql = shared::mariadb().await?;
    let text = "VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    let mut connection = mysql.get().await.expect("a connection");
    connection.batch_execute(&table(id, text)).await.expect("the table");
    drop(connection);
    Some(mysql)
}

#[tokio::test(flavor = "multi_thread")]
async fn every_id_round_trips_on_mariadb() {
    let sets = "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin";
    for id in [
        format!("VARCHAR(16) {sets}"),
        format!("CHAR(16) {sets}"),
        "VARCHAR(16) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci".to_owned(),
        "VARBINARY(64)".to_owned(),
        "BINARY(20)".to_owned(),
    ] {
        let Some(mysql) = mariadb(&id).await else { return };
        text_on_mysql::round_trip(mysql, &texts(), &id).await;
    }
    // What MariaDB calls a UUID is a text to Diesel.
    let Some(mysql) = mariadb("UUID").await else { return };
    text_on_mysql::round_trip(mysql, &uuids().map(|id| id.to_string()), "UUID").await;
    let Some(mysql) = mariadb("SMALLINT").await else { return };
    small_on_mysql::round_trip(mysql, &[1, i16::MAX, -5], "SMALLINT").await;
    let Some(mysql) = mariadb("INTEGER").await else { return };
    integer_on_mysql::round_trip(mysql, &[1, i32::MAX, -5], "INTEGER").await;
    let Some(mysql) = mariadb("BIGINT").await else { return };
    big_on_mysql::round_trip(mysql, &[1, i64::MAX, i64::MIN], "BIGINT").await;
    let Some(mysql) = mariadb("INTEGER UNSIGNED").await else { return };
    unsigned_on_mysql::round_trip(mysql, &[1, u32::MAX], "INTEGER UNSIGNED").await;
    let Some(mysql) = mariadb("BIGINT UNSIGNED").await else { return };
    unsigned_big_on_mysql::round_trip(mysql, &[1, u64::MAX], "BIGINT UNSIGNED").await;
    let Some(mysql) = mariadb("CHAR(36)").await else { return };
    uuid_text_on_mysql::round_trip(mysql, &uuids(), "CHAR(36)").await;
    let Some(mysql) = mariadb("BINARY(16)").await else { return };
    uuid_blob_on_mysql::round_trip(mysql, &uuids(), "BINARY(16)").await;
    let Some(mysql) = mariadb("BIGINT").await else { return };
    newtype_on_mysql::round_trip(mysql, &keys(), "a newtype").await;
    let Some(mysql) = mariadb("CHAR(26)").await else { return };
    text_on_mysql::round_trip(mysql, &ulids(), "CHAR(26)").await;
}
