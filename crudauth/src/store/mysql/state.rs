//! The state store in MySQL and MariaDB.

use std::sync::Arc;
use std::time::Duration;

use diesel::prelude::*;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error;
use diesel::sql_types::{BigInt, Binary, Text};
use diesel_async::{AsyncConnection, AsyncMysqlConnection, RunQueryDsl};

use super::{Mysql, migrations};
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

/// A [`StateStore`] in a MySQL or MariaDB database: shared by every process that uses it.
///
/// The tables are those of [`Mysql::migrate`], which must have run. MySQL returns nothing from a
/// statement that writes, so that some operations are two statements; in each of them one decides
/// alone who wins. Time is that of the given clock, so that the clocks of several processes must
/// agree. Expired rows are removed 500 at a time, once in 250 writes of a process.
#[derive(Debug, Clone)]
pub struct MysqlState {
    mysql: Mysql,
    clock: Arc<dyn Clock>,
    turns: Arc<PurgeTurns>,
}

impl MysqlState {
    /// The store in `mysql`, with the time from `clock`.
    #[must_use]
    pub fn new(mysql: Mysql, clock: Arc<dyn Clock>) -> Self {
        Self { mysql, clock, turns: Arc::default() }
    }

    fn now(&self) -> i64 {
        now_ms(&*self.clock)
    }

    async fn rows<T>(&self, statement: Sql) -> Result<Vec<T>, StoreError>
    where
        T: QueryableByName<diesel::mysql::Mysql> + Send + 'static,
    {
        self.mysql.read(move |connection| Box::pin(statement.clone().load(connection))).await
    }

    /// Runs `statement`, and says on how many rows it acted: on those that it matched, also where
    /// it left them as they were.
    async fn acted(&self, statement: Sql) -> Result<usize, StoreError> {
        self.purge_in_turn();
        self.mysql.write(move |connection| Box::pin(statement.clone().execute(connection))).await
    }

    /// Starts a purge beside the write whose turn it is, which does not wait for it.
    fn purge_in_turn(&self) {
        if !self.turns.is_due() {
            return;
        }
        let (mysql, now) = (self.mysql.clone(), self.now());
        tokio::spawn(async move {
            for statement in [
                "DELETE FROM crudauth_state WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
                "DELETE FROM crudauth_counters WHERE expires_at <= ? ORDER BY expires_at LIMIT ?",
            ] {
                let statement = sql(statement).integer(now).integer(ROWS_PER_PURGE);
                let purge =
                    mysql.write(move |connection| Box::pin(statement.clone().execute(connection)));
                if let Err(cause) = purge.await {
                    tracing::warn!(%cause, "expired rows could not be removed");
                }
            }
        });
    }
}

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

fn select_value(id: &[u8], now: i64) -> Sql {
    sql("SELECT value FROM crudauth_state WHERE id = ? AND expires_at > ?").bytes(id).integer(now)
}

impl StateStore for MysqlState {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let found: Vec<ValueRow> = self.rows(select_value(&digest(key), self.now())).await?;
            Ok(found.into_iter().next().map(|row| row.value))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(async move { self.acted(row(PUT, key, entry, self.now())).await.map(|_| ()) })
    }

    /// The index over the keys decides who wins, once an expired row is out of the way.
    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        let now = self.now();
        let clear = sql("DELETE FROM crudauth_state WHERE id = ? AND expires_at <= ?")
            .bytes(&digest(key))
            .integer(now);
        let insert = "INSERT INTO crudauth_state (id, name, value, owner, owner_name, expires_at)
            VALUES (?, ?, ?, ?, ?, ?)";
        let insert = row(insert, key, entry, now);
        self.purge_in_turn();
        Box::pin(self.mysql.write(move |connection| {
            let (clear, insert) = (clear.clone(), insert.clone());
            Box::pin(async move {
                clear.execute(connection).await?;
                match insert.execute(connection).await {
                    Ok(_) => Ok(true),
                    Err(Error::DatabaseError(UniqueViolation, _)) => Ok(false),
                    Err(error) => Err(error),
                }
            })
        }))
    }

    /// Reads the value, and removes the row if it still has that value: whoever removes it has
    /// taken it. Whoever does not looks again, and finds it gone or with another value.
    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        let (id, now) = (digest(key), self.now());
        self.purge_in_turn();
        Box::pin(self.mysql.write(move |connection| Box::pin(take(connection, id, now))))
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
            Ok(self.acted(swap).await? == 1)
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        Box::pin(async move {
            let (id, now) = (digest(key), self.now());
            let entry = sql("DELETE FROM crudauth_state WHERE id = ? AND expires_at > ?")
                .bytes(&id)
                .integer(now);
            let counter = sql("DELETE FROM crudauth_counters WHERE id = ? AND expires_at > ?")
                .bytes(&id)
                .integer(now);
            Ok(self.acted(entry).await? + self.acted(counter).await? > 0)
        })
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            let of_owner =
                sql("SELECT name, value FROM crudauth_state WHERE owner = ? AND expires_at > ?")
                    .bytes(&digest(owner))
                    .integer(self.now());
            let rows: Vec<ListedRow> = self.rows(of_owner).await?;
            let listed = |ListedRow { name, value }| Listed { key: name, value };
            Ok(rows.into_iter().map(listed).collect())
        })
    }

    /// The addition locks the row until the sum is read.
    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        let (id, now) = (digest(key), self.now());
        // MySQL assigns from left to right: the end comes last, since the sum depends on the old one.
        let add = sql("INSERT INTO crudauth_counters (id, total, expires_at) VALUES (?, ?, ?)
            ON DUPLICATE KEY UPDATE
                total = IF(expires_at > ?, total, 0) + VALUES(total),
                expires_at = IF(expires_at > ?, expires_at, VALUES(expires_at))")
        .bytes(&id)
        .integer(by)
        .integer(end_of(ttl, now))
        .integer(now)
        .integer(now);
        let read = sql("SELECT total, expires_at FROM crudauth_counters WHERE id = ?").bytes(&id);
        self.purge_in_turn();
        let standing = self.mysql.write(move |connection| {
            let (add, read) = (add.clone(), read.clone());
            Box::pin(connection.transaction(async move |connection| {
                add.execute(connection).await?;
                let rows: Vec<CounterRow> = read.load(connection).await?;
                rows.into_iter().next().ok_or(Error::NotFound)
            }))
        });
        Box::pin(async move {
            let standing = standing.await?;
            Ok(counter((standing.total, standing.expires_at), now))
        })
    }

    /// Bounds are read before a transaction begins: a flood of batches that are refused keeps
    /// nobody waiting for a lock.
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        Box::pin(async move {
            let (steps, now) = (own(steps), self.now());
            if let Some(query) = read_bounded(&steps) {
                let standing = found(self.rows(query).await?);
                if let Some(exceeded) = standing.exceeded(&steps, now) {
                    return Ok(Err(exceeded));
                }
            }
            self.purge_in_turn();
            let made = self.mysql.write(move |connection| {
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
            let rows: Vec<CounterRow> = self.rows(found).await?;
            Ok(rows.into_iter().next().map(|row| counter((row.total, row.expires_at), now)))
        })
    }
}

const PUT: &str = "INSERT INTO crudauth_state (id, name, value, owner, owner_name, expires_at)
    VALUES (?, ?, ?, ?, ?, ?)
    ON DUPLICATE KEY UPDATE value = VALUES(value), owner = VALUES(owner),
        owner_name = VALUES(owner_name), expires_at = VALUES(expires_at)";

const ADD: AddDialect = AddDialect {
    into: "crudauth_counters",
    on_conflict: "ON DUPLICATE KEY UPDATE",
    old: "",
    new: |column| format!("VALUES({column})"),
    returning: "",
};

/// The statements of a batch, in a transaction that is rolled back where they fail.
async fn batch(
    connection: &mut AsyncMysqlConnection,
    steps: &[OwnedStep],
    now: i64,
) -> Result<Vec<Option<Counter>>, Stop> {
    let plan = Plan::of(steps, now);
    let standing = match plan.lock() {
        Some(lock) => found(lock.load(connection).await?),
        None => Found::default(),
    };
    let added = match plan.add(&ADD) {
        Some(add) => {
            add.execute(connection).await?;
            found(plan.read_added().load(connection).await?)
        }
        None => Found::default(),
    };
    let made = plan.judge(&added)?;
    let writes = [plan.take_back(&standing), plan.remove_counters(), plan.remove_entries()];
    for write in writes.into_iter().flatten().chain(plan.puts(PUT)) {
        write.execute(connection).await?;
    }
    Ok(made)
}

async fn take(
    connection: &mut AsyncMysqlConnection,
    id: [u8; 32],
    now: i64,
) -> QueryResult<Option<Vec<u8>>> {
    loop {
        let found: Vec<ValueRow> = select_value(&id, now).load(connection).await?;
        let Some(ValueRow { value }) = found.into_iter().next() else { return Ok(None) };
        let delete =
            sql("DELETE FROM crudauth_state WHERE id = ? AND value = ? AND expires_at > ?")
                .bytes(&id)
                .bytes(&value)
                .integer(now);
        if delete.execute(connection).await? == 1 {
            return Ok(Some(value));
        }
    }
}

impl OpenState for Mysql {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        Box::pin(async move {
            if self.makes_tables {
                self.migrate().await.map_err(|error| match error {
                    MigrationError::Store(cause) => missing_tables(cause, migrations()),
                    newer @ MigrationError::Newer { .. } => StartupError::database(newer),
                })?;
            }
            if let Err(cause) = self.check_own_tables().await {
                return Err(missing_tables(cause, migrations()));
            }
            let state: Arc<dyn StateStore> = Arc::new(MysqlState::new(self, clock));
            Ok(state)
        })
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}
