//! Many users and sessions in PostgreSQL, written by PostgreSQL itself.

use std::ops::RangeInclusive;
use std::time::Duration;

use axum::Router;
use crudauth::store::PoolOptions;
use crudauth::store::postgres::Postgres;
use diesel::QueryableByName;
use diesel::sql_types::BigInt;
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};

use crate::Outcome;
use crate::line_up::{Place, make_users, on_postgres, sign_up};

/// For statements that write millions of rows.
const LIMIT: Duration = Duration::from_secs(60 * 60);

pub struct Tables {
    postgres: Postgres,
}

#[derive(QueryableByName)]
struct Size {
    #[diesel(sql_type = BigInt)]
    bytes: i64,
}

/// The name of the user with this id.
pub fn name_of(user: u64) -> String {
    format!("user{user}")
}

impl Tables {
    /// The tables of users and of crudauth in a new database, with nothing in them.
    pub async fn make(place: &Place, database: &str) -> Outcome<Self> {
        place.create(database).await?;
        let url = place.postgres_url(database);
        make_users(&url).await?;
        // Makes crudauth's own tables.
        drop(on_postgres(&url, None).await?);
        let options = PoolOptions::default().connections(1).statement(LIMIT);
        Ok(Self { postgres: Postgres::connect_with(&url, options).await? })
    }

    async fn run(&self, sql: &str) -> Outcome {
        Ok(self.postgres.get().await?.batch_execute(sql).await?)
    }

    /// Adds the users with these ids. The first signs up; the others are as it is.
    pub async fn add_users(&self, router: &Router, ids: RangeInclusive<u64>) -> Outcome {
        let (mut from, to) = ids.into_inner();
        if from == 1 {
            sign_up(router, &name_of(1)).await?;
            from = 2;
        }
        let fill = format!(
            "ALTER TABLE users DROP CONSTRAINT users_email_key;
             ALTER TABLE users DROP CONSTRAINT users_username_key;
             INSERT INTO users
                 SELECT n, 'user' || n || '@example.com', 'user' || n, hashed_password,
                     is_active, is_superuser, token_version
                 FROM users, generate_series({from}, {to}) n WHERE id = 1;
             ALTER TABLE users ADD UNIQUE (email);
             ALTER TABLE users ADD UNIQUE (username);
             ANALYZE users"
        );
        self.run(&fill).await
    }

    /// Adds a session of each of these users. Those of `real` are there already: they are put
    /// among the others, in the order of the ids.
    pub async fn add_sessions(&self, users: RangeInclusive<u64>, real: &[u64]) -> Outcome {
        let (from, to) = users.into_inner();
        let real = real.iter().map(u64::to_string).collect::<Vec<_>>().join(",");
        // The value of a session is that of the first, with another user in it, whose id stands
        // after 26 bytes and its length of four. What expires does so another day.
        let fill = format!(
            "CREATE TABLE pattern AS SELECT value, expires_at + 86400000 AS expires_at
                 FROM crudauth_state WHERE name LIKE 'session:%' AND owner = {first} LIMIT 1;
             CREATE TABLE real_ones AS SELECT n, state.*
                 FROM unnest(ARRAY[{real}]::bigint[]) n JOIN crudauth_state state
                 ON state.owner = {owner} AND state.name LIKE 'session:%';
             DELETE FROM crudauth_state WHERE id IN (SELECT id FROM real_ones);
             DROP INDEX crudauth_state_owner, crudauth_state_expires_at;
             ALTER TABLE crudauth_state DROP CONSTRAINT crudauth_state_pkey;
             INSERT INTO crudauth_state (id, name, value, owner, owner_name, expires_at)
                 SELECT coalesce(r.id, sha256(convert_to(f.name, 'UTF8'))),
                     coalesce(r.name, f.name), coalesce(r.value, f.value),
                     {owner}, {owner_name}, coalesce(r.expires_at, f.expires_at)
                 FROM (
                     SELECT n,
                         'session:' || encode(sha256(convert_to('filler' || n, 'UTF8')), 'hex')
                             AS name,
                         substring(value FROM 1 FOR 26)
                             || set_byte('\\x00000000', 0, length(n::text))
                             || convert_to(n::text, 'UTF8') || substring(value FROM 32) AS value,
                         expires_at + n AS expires_at
                     FROM pattern, generate_series({from}, {to}) n
                 ) f LEFT JOIN real_ones r USING (n);
             ALTER TABLE crudauth_state ADD PRIMARY KEY (id);
             CREATE INDEX crudauth_state_owner ON crudauth_state (owner)
                 WHERE owner IS NOT NULL;
             CREATE INDEX crudauth_state_expires_at ON crudauth_state (expires_at);
             DROP TABLE pattern, real_ones",
            first = "sha256(convert_to('session:1', 'UTF8'))",
            owner = "sha256(convert_to('session:' || n, 'UTF8'))",
            owner_name = "'session:' || n",
        );
        self.run(&fill).await
    }

    /// Leaves nothing to be done later, while something is measured.
    pub async fn settle(&self) -> Outcome {
        self.run("VACUUM ANALYZE users").await?;
        self.run("VACUUM ANALYZE crudauth_state").await?;
        self.run("CHECKPOINT").await
    }

    /// What the sessions take, with their indexes.
    pub async fn bytes_of_sessions(&self) -> Outcome<u64> {
        let size = diesel::sql_query("SELECT pg_total_relation_size('crudauth_state') AS bytes");
        let size: Size = size.get_result(&mut *self.postgres.get().await?).await?;
        Ok(size.bytes.try_into()?)
    }
}
