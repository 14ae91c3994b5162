//! What a request asks for where users and state are in one database, and for which ids that works.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum::Router;
use crudauth::clock::SystemClock;
use crudauth::store::memory::Memory;
use crudauth::store::postgres::Postgres;
use crudauth::store::sqlite::Sqlite;
use crudauth::store::{Database, Entry, OpenState, Stores};
use crudauth::user::{AuthUser, NewId, NewUser, NoTenant, NothingProvisioned};
use crudauth_tests::attack::{Ground, Watch};
use crudauth_tests::support::servers::PostgresServer;
use crudauth_tests::support::{Account, PASSWORD, Server, routes};
use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql, FromSqlRow};
use diesel::expression::AsExpression;
use diesel::serialize::{self, Output, ToSql};
use diesel::sql_types::Text;
use diesel_async::SimpleAsyncConnection;
use serde::{Deserialize, Serialize};

#[tokio::test]
async fn a_request_takes_one_round_trip() {
    let ground = Ground::new().await;
    let (at_once, one_by_one) = (&["find_held"][..], &["get", "find_by_id"][..]);
    let asked = if ground.database.apart.is_none() { at_once } else { one_by_one };
    for (stores, asked) in
        [(ground.stores.clone(), asked), (apart(&ground.stores).await, one_by_one)]
    {
        let (watch, stores) = Watch::over(&stores);
        let auth = ground.builder(stores).build().await.expect("a configuration that works");
        let server = Server::serve(routes(&auth, Router::new())).await;
        let mut client = server.client();
        client.register("ada@example.com", "ada", PASSWORD).await;
        assert_eq!(client.login("ada", PASSWORD).await.status, 200);
        watch.take_seen();
        for path in ["/dashboard", "/optional", "/me"] {
            assert_eq!(client.get(path).await.status, 200, "{path}");
            assert_eq!(watch.take_seen(), asked, "{path}");
        }
        client.cookies.clear();
        assert_eq!(client.get("/optional").await.status, 200);
        assert!(watch.take_seen().is_empty(), "who shows nothing is looked up nowhere");
    }
}

/// The same users, with their state elsewhere.
async fn apart(stores: &Stores<Account>) -> Stores<Account> {
    let state = Memory.open_state(Arc::new(SystemClock)).await.expect("memory");
    stores.clone().with_state(state)
}

macro_rules! people_with_ids {
    ($module:ident: $id:ty as $sql:ty, $backend:ty) => {
        mod $module {
            use super::*;

            diesel::table! {
                people (id) {
                    id -> $sql,
                    email -> Text,
                    hashed_password -> Nullable<Text>,
                }
            }

            #[derive(Debug, Clone, PartialEq, crudauth::AuthUser)]
            #[diesel(table_name = people, check_for_backend($backend))]
            #[auth(without(is_active, token_version))]
            pub(super) struct Person {
                id: $id,
                email: String,
                hashed_password: Option<String>,
            }

            pub(super) fn new(name: &str) -> NewUser<Person> {
                NewUser {
                    register: PersonRegister { email: format!("{name}@example.com") },
                    provisioned: NothingProvisioned,
                    tenant: NoTenant,
                    password: None,
                    link: None,
                    email_verified: false,
                    token_version: 0,
                    created_at: SystemTime::now(),
                }
            }
        }
    };
}

people_with_ids!(text: String as Text, diesel::sqlite::Sqlite);
people_with_ids!(text_on_postgres: String as Text, diesel::pg::Pg);
people_with_ids!(uuid_text: ::uuid::Uuid as crudauth::store::sqlite::UuidText, diesel::sqlite::Sqlite);
people_with_ids!(uuid_on_postgres: ::uuid::Uuid as Uuid, diesel::pg::Pg);
people_with_ids!(tag: Tag as Text, diesel::sqlite::Sqlite);

const PEOPLE: &str =
    "CREATE TABLE people (id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE, hashed_password TEXT)";

/// An id whose text is not what is in its column.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize, FromSqlRow, AsExpression)]
#[diesel(sql_type = Text)]
pub struct Tag(String);

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "tag-{}", self.0)
    }
}

impl FromStr for Tag {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        text.strip_prefix("tag-").map(|tag| Self(tag.to_owned())).ok_or(())
    }
}

impl NewId for Tag {
    fn new_id() -> Option<Self> {
        String::new_id().map(Self)
    }
}

impl<DB: Backend> FromSql<Text, DB> for Tag
where
    String: FromSql<Text, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        String::from_sql(bytes).map(Self)
    }
}

impl<DB: Backend> ToSql<Text, DB> for Tag
where
    String: ToSql<Text, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}

/// Each of two people is found with what is theirs; `false` where both are not asked at once.
async fn finds<U: AuthUser + PartialEq + fmt::Debug>(
    database: impl Database<U>,
    new: fn(&str) -> NewUser<U>,
) -> bool {
    let stores = database.open(Arc::new(SystemClock)).await.expect("a table that is right");
    let Some(holders) = stores.holders() else { return false };
    for name in ["ada", "eve"] {
        let user = stores.users().insert(new(name)).await.expect("a new user");
        let owner = format!("session:{}", user.id());
        let ttl = Duration::from_secs(60);
        let entry = Entry { value: name.as_bytes(), ttl, owner: Some(&owner) };
        stores.state().put(name, entry).await.expect("put");
        let found = holders.find(name).await.expect("a read").expect("an entry");
        assert_eq!((found.value, found.user), (name.as_bytes().to_vec(), user));
    }
    true
}

async fn sqlite() -> Sqlite {
    let sqlite = Sqlite::in_memory().expect("a database");
    sqlite.execute_batch(PEOPLE).await.expect("the table");
    sqlite
}

#[tokio::test]
async fn ids_that_the_database_can_read_are_joined_by() {
    assert!(finds(sqlite().await, text::new).await);
    assert!(finds(sqlite().await, uuid_text::new).await);
    assert!(!finds(sqlite().await, tag::new).await, "its text may be anything");
    let Some(server) = PostgresServer::start().await else { return };
    for table in [PEOPLE, &PEOPLE.replace("id TEXT", "id VARCHAR(36)")] {
        assert!(finds(on_postgres(&server, table).await, text_on_postgres::new).await);
    }
    let table = PEOPLE.replace("id TEXT", "id UUID");
    assert!(finds(on_postgres(&server, &table).await, uuid_on_postgres::new).await);
}

async fn on_postgres(server: &PostgresServer, table: &str) -> Postgres {
    let postgres = Postgres::connect(&server.database().await).await.expect("connect");
    let mut connection = postgres.get().await.expect("a connection");
    connection.batch_execute(table).await.expect("the table");
    drop(connection);
    postgres
}
