//! Columns that only PostgreSQL has, while SQLite is enabled too.
#![deny(warnings)]

use chrono::{DateTime, Utc};
use crudauth::AuthUser;
use crudauth::store::postgres::PostgresUser;
use diesel::deserialize::{self, FromSql};
use diesel::pg::{Pg, PgValue};
use diesel::serialize::{self, IsNull, Output, ToSql};
use diesel::sql_types::{Json, Jsonb};

mod schema {
    pub mod sql_types {
        #[derive(diesel::sql_types::SqlType, diesel::query_builder::QueryId)]
        #[diesel(postgres_type(name = "user_plan"))]
        pub struct UserPlan;
    }

    diesel::table! {
        use diesel::sql_types::*;
        use super::sql_types::UserPlan;

        users (id) {
            id -> Uuid,
            email -> Citext,
            username -> Text,
            hashed_password -> Nullable<Text>,
            is_active -> Bool,
            token_version -> BigInt,
            created_at -> Timestamptz,
            updated_at -> Timestamptz,
            tags -> Array<Nullable<Text>>,
            settings -> Jsonb,
            profile -> Nullable<Json>,
            plan -> UserPlan,
        }
    }
}

#[derive(AuthUser)]
#[diesel(table_name = schema::users)]
#[diesel(check_for_backend(diesel::pg::Pg))]
struct User {
    id: uuid::Uuid,
    email: String,
    username: String,
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i64,
    created_at: DateTime<Utc>,
    updated_at: DateTime<Utc>,
    #[auth(register)]
    tags: Vec<Option<String>>,
    #[auth(default)]
    settings: Settings,
    profile: Option<Settings>,
    #[auth(provisioned)]
    plan: Plan,
}

#[derive(Debug)]
struct Plan;

impl FromSql<schema::sql_types::UserPlan, Pg> for Plan {
    fn from_sql(_: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self)
    }
}

impl ToSql<schema::sql_types::UserPlan, Pg> for Plan {
    fn to_sql<'b>(&'b self, _: &mut Output<'b, '_, Pg>) -> serialize::Result {
        Ok(IsNull::Yes)
    }
}

struct Settings;

impl FromSql<Jsonb, Pg> for Settings {
    fn from_sql(_: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self)
    }
}

impl FromSql<Json, Pg> for Settings {
    fn from_sql(_: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self)
    }
}

fn on_postgres<U: PostgresUser>() {}

/// Diesel's own derives read the same attribute.
#[derive(AuthUser)]
#[diesel(table_name = schema::users, check_for_backend(diesel::pg::Pg))]
#[auth(db_default(username, created_at, updated_at, tags, settings, plan))]
struct Short {
    id: uuid::Uuid,
    email: String,
    hashed_password: Option<String>,
    is_active: bool,
    token_version: i64,
}

fn main() {
    assert_eq!(User::SCHEMA.columns.len(), 12);
    assert_eq!(Short::SCHEMA.columns.len(), 5);
    let _ = UserProvisioned { plan: Plan };
    on_postgres::<User>();
    on_postgres::<Short>();
}
