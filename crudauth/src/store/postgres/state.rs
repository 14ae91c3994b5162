//! The state store in PostgreSQL.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Binary, Bool, Text};
use diesel_async::{AsyncConnection, AsyncPgConnection, RunQueryDsl};

use super::{Postgres, migrations};
use crate::clock::Clock;
use crate::error::StartupError;
use crate::store::expiry::{counter, end_of, now_ms};
use crate::store::purge::{PurgeTurns, ROWS_PER_PURGE};
use crate::store::remote::{AddDialect, Found, Plan, Stop, missing_tables, read_bounded};
use crate::store::sql::{Sql, digest, sql};
use crate::store::steps::{OwnedStep, own};
use crate::store::{
    Batched, Counter, Entry, Listed, Migration, MigrationError, OpenState, OpeningState,
    StateStore, Step, StoreError, StoreFuture,
};

/// A [`StateStore`] in a PostgreSQL database: shared by every process that uses it.
///
/// The tables are those of [`Postgres::migrate`], which must have run. Each operation is one
/// statement, save that a [`batch`](StateStore::batch) is a transaction of a few. Time is that of the given clock, so that the clocks of several processes must agree.
/// Expired rows are removed 500 at a time, once in 250 writes of a process.
#[derive(Debug, Clone)]
pub struct PostgresState {
    postgres: Postgres,
    clock: Arc<dyn Clock>,
    turns: Arc<PurgeTurns>,
}

impl PostgresState {
    /// The store in `postgres`, with the time from `clock`.
    #[must_use]
    pub fn new(postgres: Postgres, clock: Arc<dyn Clock>) -> Self {
        Self { postgres, clock, turns: Arc::default() }
    }

    fn now(&self) -> i64 {
        now_ms(&*self.clock)
    }

    async fn rows<T>(&self, statement: &Sql) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<diesel::pg::Pg> + Send + 'static,
    {
        self.postgres.rows(|| statement.clone()).await
    }

    async fn change<T>(&self, statement: Sql) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<diesel::pg::Pg> + Send + 'static,
    {
        self.purge_in_turn();
        self.postgres.write(move |connection| Box::pin(statement.clone().load(connection))).await
    }

    /// Runs `statement`, and says whether it wrote a row.
    async fn wrote(&self, statement: Sql) -> Result<bool, StoreError> {
        self.purge_in_turn();
        let written =
            self.postgres.write(move |connection| Box::pin(statement.clone().execute(connection)));
        Ok(written.await? > 0)
    }

    /// Starts a purge beside the write whose turn it is, which does not wait for it.
    fn purge_in_turn(&self) {
        if !self.turns.is_due() {
            return;
        }
        let (postgres, now) = (self.postgres.clone(), self.now());
        tokio::spawn(async move {
            for statement in [PURGE_ENTRIES, PURGE_COUNTERS] {
                let statement = sql(statement).integer(now).integer(ROWS_PER_PURGE);
                let purge = postgres
                    .write(move |connection| Box::pin(statement.clone().execute(connection)));
                if let Err(cause) = purge.await {
                    tracing::warn!(%cause, "expired rows could not be removed");
                }
            }
        });
    }
}

const PUT: &str = "INSERT INTO crudauth_state (id, name, value, owner, owner_name, expires_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET value = excluded.value, owner = excluded.owner,
        owner_name = excluded.owner_name, expires_at = excluded.expires_at";

const ADD: AddDialect = AddDialect {
    into: "crudauth_counters AS old",
    on_conflict: "ON CONFLICT (id) DO UPDATE SET",
    old: "old.",
    new: |column| format!("excluded.{column}"),
    returning: " RETURNING id, total, expires_at",
};

/// The statements of a batch, in a transaction that is rolled back where they fail.
async fn batch(
    connection: &mut AsyncPgConnection,
    steps: &[OwnedStep],
    now: i64,
) -> Result<Vec<Option<Counter>>, Stop> {
    let plan = Plan::of(steps, now);
    let standing = match plan.lock() {
        Some(lock) => found(lock.load(connection).await?),
        None => Found::default(),
    };
    let added = match plan.add(&ADD) {
        Some(add) => found(add.load(connection).await?),
        None => Found::default(),
    };
    let made = plan.judge(&added)?;
    let writes = [plan.take_back(&standing), plan.remove_counters(), plan.remove_entries()];
    for write in writes.into_iter().flatten().chain(plan.puts(PUT)) {
        write.execute(connection).await?;
    }
    Ok(made)
}

// `SKIP LOCKED`, so that a purge waits for nobody, and of two at once each removes rows of its own.
const PURGE_ENTRIES: &str = "WITH expired AS MATERIALIZED (
        SELECT id FROM crudauth_state WHERE expires_at <= ? LIMIT ? FOR UPDATE SKIP LOCKED
    ) DELETE FROM crudauth_state USING expired WHERE crudauth_state.id = expired.id";
const PURGE_COUNTERS: &str = "WITH expired AS MATERIALIZED (
        SELECT id FROM crudauth_counters WHERE expires_at <= ? LIMIT ? FOR UPDATE SKIP LOCKED
    ) DELETE FROM crudauth_counters USING expired WHERE crudauth_counters.id = expired.id";

#[derive(QueryableByName)]
struct ValueRow {
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
}

#[derive(QueryableByName)]
struct ListedRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Binary)]
    value: Vec<u8>,
}

#[derive(QueryableByName)]
struct CounterRow {
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}

/// A counter with what stands for its key.
#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(sql_type = Binary)]
    id: Vec<u8>,
    #[diesel(sql_type = BigInt)]
    total: i64,
    #[diesel(sql_type = BigInt)]
    expires_at: i64,
}

fn found(rows: Vec<FoundRow>) -> Found {
    let row = |row: FoundRow| Some((row.id.try_into().ok()?, (row.total, row.expires_at)));
    rows.into_iter().filter_map(row).collect()
}

#[derive(QueryableByName)]
struct RemovedRow {
    #[diesel(sql_type = Bool)]
    removed: bool,
}

/// The values of a row, in the order of an `INSERT`.
fn row(statement: &'static str, key: &str, entry: Entry<'_>, now: i64) -> Sql {
    sql(statement)
        .bytes(&digest(key))
        .text(key)
        .bytes(entry.value)
        .maybe_bytes(entry.owner.map(digest).as_ref().map(<[u8; 32]>::as_slice))
        .maybe_text(entry.owner)
        .integer(end_of(entry.ttl, now))
}

impl StateStore for PostgresState {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let found = sql("SELECT value FROM crudauth_state WHERE id = ? AND expires_at > ?")
                .bytes(&digest(key))
                .integer(self.now());
            let found: Vec<ValueRow> = self.rows(&found).await?;
            Ok(found.into_iter().next().map(|row| row.value))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.wrote(row(PUT, key, entry, self.now())).await.map(|_| ()) })
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let put = "INSERT INTO crudauth_state (id, name, value, owner, owner_name, expires_at)
                VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET value = excluded.value, owner = excluded.owner,
                    owner_name = excluded.owner_name, expires_at = excluded.expires_at
                WHERE crudauth_state.expires_at <= ?";
            let now = self.now();
            self.wrote(row(put, key, entry, now).integer(now)).await
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let take = sql("DELETE FROM crudauth_state WHERE id = ? AND expires_at > ?
                RETURNING value")
            .bytes(&digest(key))
            .integer(self.now());
            let taken: Vec<ValueRow> = self.change(take).await?;
            Ok(taken.into_iter().next().map(|row| row.value))
        })
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let now = self.now();
            let swap = sql(
                "UPDATE crudauth_state SET value = ?, owner = ?, owner_name = ?, expires_at = ?
                WHERE id = ? AND value = ? AND expires_at > ?",
            )
            .bytes(entry.value)
            .maybe_bytes(entry.owner.map(digest).as_ref().map(<[u8; 32]>::as_slice))
            .maybe_text(entry.owner)
            .integer(end_of(entry.ttl, now))
            .bytes(&digest(key))
            .bytes(expected)
            .integer(now);
            self.wrote(swap).await
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let (id, now) = (digest(key), self.now());
            let remove = sql("WITH entry AS (
                    DELETE FROM crudauth_state WHERE id = ? AND expires_at > ? RETURNING id
                ), counter AS (
                    DELETE FROM crudauth_counters WHERE id = ? AND expires_at > ? RETURNING id
                ) SELECT EXISTS (SELECT FROM entry) OR EXISTS (SELECT FROM counter) AS removed")
            .bytes(&id)
            .integer(now)
            .bytes(&id)
            .integer(now);
            let removed: Vec<RemovedRow> = self.change(remove).await?;
            Ok(removed.into_iter().any(|row| row.removed))
        })
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            let of_owner =
                sql("SELECT name, value FROM crudauth_state WHERE owner = ? AND expires_at > ?")
                    .bytes(&digest(owner))
                    .integer(self.now());
            let rows: Vec<ListedRow> = self.rows(&of_owner).await?;
            let listed = |ListedRow { name, value }| Listed { key: name, value };
            Ok(rows.into_iter().map(listed).collect())
        })
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        Box::pin(async move {
            let now = self.now();
            let add = sql("INSERT INTO crudauth_counters AS old (id, total, expires_at)
                VALUES (?, ?, ?)
                ON CONFLICT (id) DO UPDATE SET
                    total = CASE WHEN old.expires_at > ? THEN old.total ELSE 0 END
                        + excluded.total,
                    expires_at = CASE WHEN old.expires_at > ? THEN old.expires_at
                        ELSE excluded.expires_at END
                RETURNING total, expires_at")
            .bytes(&digest(key))
            .integer(by)
            .integer(end_of(ttl, now))
            .integer(now)
            .integer(now);
            let rows: Vec<CounterRow> = self.change(add).await?;
            let row = rows.into_iter().next().ok_or_else(|| StoreError::new("no counter"))?;
            Ok(counter((row.total, row.expires_at), now))
        })
    }

    /// Bounds are read before a connection is taken to write: a flood of batches that are refused
    /// keeps nobody waiting.
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        Box::pin(async move {
            let (steps, now) = (own(steps), self.now());
            if let Some(query) = read_bounded(&steps) {
                let standing = found(self.rows(&query).await?);
                if let Some(exceeded) = standing.exceeded(&steps, now) {
                    return Ok(Err(exceeded));
                }
            }
            self.purge_in_turn();
            let made = self.postgres.write(move |connection| {
                let steps = Arc::clone(&steps);
                Box::pin(async move {
                    let batch = connection
                        .transaction(async move |connection| batch(connection, &steps, now).await);
                    Stop::into_answer(batch.await)
                })
            });
            made.await
        })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(async move {
            let now = self.now();
            let found = sql("SELECT total, expires_at FROM crudauth_counters
                WHERE id = ? AND expires_at > ?")
            .bytes(&digest(key))
            .integer(now);
            let rows: Vec<CounterRow> = self.rows(&found).await?;
            Ok(rows.into_iter().next().map(|row| counter((row.total, row.expires_at), now)))
        })
    }
}

impl OpenState for Postgres {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            self.check_pooler().await?;
            if self.makes_tables {
                self.migrate().await.map_err(|error| match error {
                    MigrationError::Store(cause) => missing_tables(cause, migrations()),
                    newer @ MigrationError::Newer { .. } => StartupError::database(newer),
                })?;
            }
            if let Err(cause) = self.check_own_tables().await {
                return Err(missing_tables(cause, migrations()));
            }
            let state: Arc<dyn StateStore> = Arc::new(PostgresState::new(self, clock));
            Ok(state)
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}
