//! The state store in SQLite.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use diesel::dsl::case_when;
use diesel::prelude::*;
use diesel::sql_query;
use diesel::sql_types::BigInt;
use diesel::upsert::excluded;

use super::Sqlite;
use crate::clock::Clock;
use crate::store::expiry::{counter, end_of, now_ms};
use crate::store::purge::{PurgeTurns, ROWS_PER_PURGE};
use crate::store::steps::{OwnedStep, bounded, exceeded, own};
use crate::store::{
    Batched, Counter, Entry, Exceeded, Listed, StateStore, Step, StoreError, StoreFuture,
};

diesel::table! {
    crudauth_state (key) {
        key -> Text,
        value -> Binary,
        owner -> Nullable<Text>,
        expires_at -> BigInt,
    }
}

diesel::table! {
    crudauth_counters (key) {
        key -> Text,
        count -> BigInt,
        expires_at -> BigInt,
    }
}

use self::crudauth_counters::dsl as counters;
use self::crudauth_state::dsl as entries;

#[derive(Insertable, AsChangeset)]
#[diesel(table_name = crudauth_state, primary_key(key), treat_none_as_null = true)]
struct Row<'a> {
    key: &'a str,
    value: &'a [u8],
    owner: Option<&'a str>,
    expires_at: i64,
}

/// A [`StateStore`] in an SQLite database: survives a restart, and is shared by every process that
/// opens the same file.
///
/// The tables are those of [`Sqlite::migrate`], which must have run. Reads never wait for writes.
/// Writes that wait at the same time share a commit, so that the disk is waited for once; each is
/// made whole or not at all, and is on disk when it is answered. Expired rows are removed 500 at a
/// time, once in 250 writes.
///
/// ```
/// # use std::{sync::Arc, time::Duration};
/// use crudauth::clock::SystemClock;
/// use crudauth::store::sqlite::{Sqlite, SqliteState};
/// use crudauth::store::{Entry, StateStore};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let database = Sqlite::in_memory()?;
/// database.migrate().await?;
/// let store = SqliteState::new(database, Arc::new(SystemClock));
/// let ttl = Duration::from_secs(60);
/// store.put("greeting", Entry { value: b"hello", ttl, owner: None }).await?;
/// assert_eq!(store.take("greeting").await?, Some(b"hello".to_vec()));
/// assert_eq!(store.take("greeting").await?, None);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct SqliteState {
    sqlite: Sqlite,
    clock: Arc<dyn Clock>,
    turns: PurgeTurns,
}

impl SqliteState {
    /// The store in `sqlite`, with the time from `clock`.
    #[must_use]
    pub fn new(sqlite: Sqlite, clock: Arc<dyn Clock>) -> Self {
        Self { sqlite, clock, turns: PurgeTurns::default() }
    }

    async fn read<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection, i64) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let clock = self.clock.clone();
        self.sqlite.read(move |conn| query(conn, now_ms(&*clock))).await
    }

    /// As [`read`](Self::read), for one row by its key.
    async fn look_up<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        F: Fn(&mut SqliteConnection, i64) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let clock = self.clock.clone();
        self.sqlite.look_up(move |conn| query(conn, now_ms(&*clock))).await
    }

    async fn change<T, F>(&self, change: F) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection, i64) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let clock = self.clock.clone();
        let purge_is_due = self.turns.is_due();
        let changed = self.sqlite.change(move |conn| {
            // Time is read when its turn comes, not when it joins the line.
            let now = now_ms(&*clock);
            let answer = change(conn, now)?;
            if purge_is_due && let Err(cause) = purge(conn, now) {
                // The write itself is done; the rows are gone after one of the next purges.
                tracing::warn!(%cause, "expired rows could not be removed");
            }
            Ok(answer)
        });
        changed.await
    }

    /// As [`change`](Self::change), with `entry` as the row that it becomes.
    async fn write_row<T, F>(
        &self,
        key: &str,
        entry: Entry<'_>,
        statement: F,
    ) -> Result<T, StoreError>
    where
        F: FnOnce(&mut SqliteConnection, &Row<'_>, i64) -> QueryResult<T> + Send + 'static,
        T: Send + 'static,
    {
        let Entry { value, ttl, owner } = entry;
        let (key, value, owner) = (key.to_owned(), value.to_owned(), owner.map(str::to_owned));
        let written = self.change(move |conn, now| {
            let (owner, expires_at) = (owner.as_deref(), end_of(ttl, now));
            statement(conn, &Row { key: &key, value: &value, owner, expires_at }, now)
        });
        written.await
    }
}

impl StateStore for SqliteState {
    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        let key = key.to_owned();
        Box::pin(self.look_up(move |conn, now| {
            entries::crudauth_state
                .filter(entries::key.eq(&key))
                .filter(entries::expires_at.gt(now))
                .select(entries::value)
                .get_result(conn)
                .optional()
        }))
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        Box::pin(self.write_row(key, entry, |conn, row, _| put(conn, row)))
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        use diesel::query_dsl::methods::FilterDsl;

        Box::pin(self.write_row(key, entry, |conn, row, now| {
            let written = diesel::insert_into(entries::crudauth_state)
                .values(row)
                .on_conflict(entries::key)
                .do_update()
                .set(row)
                .filter(entries::expires_at.le(now))
                .execute(conn)?;
            Ok(written == 1)
        }))
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        let key = key.to_owned();
        Box::pin(self.change(move |conn, now| {
            let live = entries::crudauth_state
                .filter(entries::key.eq(key))
                .filter(entries::expires_at.gt(now));
            let mut taken = diesel::delete(live).returning(entries::value).load(conn)?;
            Ok(taken.pop())
        }))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        let expected = expected.to_owned();
        Box::pin(self.write_row(key, entry, move |conn, row, now| {
            let as_expected = entries::crudauth_state
                .filter(entries::key.eq(row.key))
                .filter(entries::value.eq(expected))
                .filter(entries::expires_at.gt(now));
            Ok(diesel::update(as_expected).set(row).execute(conn)? == 1)
        }))
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        let key = key.to_owned();
        Box::pin(self.change(move |conn, now| remove(conn, &key, now)))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        let owner = owner.to_owned();
        Box::pin(self.read(move |conn, now| {
            let rows = entries::crudauth_state
                .filter(entries::owner.eq(owner))
                .filter(entries::expires_at.gt(now))
                .select((entries::key, entries::value))
                .load(conn)?;
            Ok(rows.into_iter().map(|(key, value)| Listed { key, value }).collect())
        }))
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        let key = key.to_owned();
        Box::pin(self.change(move |conn, now| add(conn, &key, by, ttl, false, now)))
    }

    /// Bounds are looked at before the batch joins the line of those who write: a flood of batches
    /// that are refused keeps nobody waiting.
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        let steps = own(steps);
        Box::pin(async move {
            if bounded(&steps).next().is_some() {
                let steps = Arc::clone(&steps);
                let found = self.look_up(move |conn, now| find_exceeded(conn, &steps, now));
                if let Some(exceeded) = found.await? {
                    return Ok(Err(exceeded));
                }
            }
            self.change(move |conn, now| batch(conn, &steps, now)).await
        })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        let key = key.to_owned();
        Box::pin(self.look_up(move |conn, now| standing(conn, &key, now)))
    }
}

/// Removes what is under `key`; `false` if nothing was alive there.
fn remove(conn: &mut SqliteConnection, key: &str, now: i64) -> QueryResult<bool> {
    let entry =
        entries::crudauth_state.filter(entries::key.eq(key)).filter(entries::expires_at.gt(now));
    let counter = counters::crudauth_counters
        .filter(counters::key.eq(key))
        .filter(counters::expires_at.gt(now));
    let removed = diesel::delete(entry).execute(conn)? + diesel::delete(counter).execute(conn)?;
    Ok(removed > 0)
}

fn put(conn: &mut SqliteConnection, row: &Row<'_>) -> QueryResult<()> {
    diesel::insert_into(entries::crudauth_state)
        .values(row)
        .on_conflict(entries::key)
        .do_update()
        .set(row)
        .execute(conn)?;
    Ok(())
}

fn standing(conn: &mut SqliteConnection, key: &str, now: i64) -> QueryResult<Option<Counter>> {
    let row = counters::crudauth_counters
        .filter(counters::key.eq(key))
        .filter(counters::expires_at.gt(now))
        .select((counters::count, counters::expires_at))
        .get_result(conn)
        .optional()?;
    Ok(row.map(|row| counter(row, now)))
}

/// Adds to a counter, which starts anew where the old one has ended.
fn add(
    conn: &mut SqliteConnection,
    key: &str,
    by: i64,
    ttl: Duration,
    extends: bool,
    now: i64,
) -> QueryResult<Counter> {
    let is_live = counters::expires_at.gt(now);
    let new_end = end_of(ttl, now);
    // The end of one that lives is beyond `now` in any case.
    let least = if extends { new_end } else { now };
    let outlives = counters::expires_at.gt(least);
    diesel::insert_into(counters::crudauth_counters)
        .values((counters::key.eq(key), counters::count.eq(by), counters::expires_at.eq(new_end)))
        .on_conflict(counters::key)
        .do_update()
        .set((
            counters::count.eq(case_when(is_live, counters::count + excluded(counters::count))
                .otherwise(excluded(counters::count))),
            counters::expires_at.eq(case_when(is_live.and(outlives), counters::expires_at)
                .otherwise(excluded(counters::expires_at))),
        ))
        .returning((counters::count, counters::expires_at))
        .load(conn)?
        .pop()
        .map(|row| counter(row, now))
        .ok_or(diesel::NotFound)
}

/// Takes back what a share has counted, which is removed, and what else is said.
fn take_back(
    conn: &mut SqliteConnection,
    share: Option<&str>,
    of: &[(String, i64)],
    now: i64,
) -> QueryResult<()> {
    let live = |key: &str| {
        let key = counters::key.eq(key.to_owned());
        counters::crudauth_counters.filter(key).filter(counters::expires_at.gt(now))
    };
    let shared = match share {
        Some(share) => diesel::delete(live(share)).returning(counters::count).load(conn)?.pop(),
        None => None,
    };
    let shared = shared.unwrap_or(0_i64).max(0);
    for (key, by) in of {
        let taken = shared.saturating_add(*by).max(0);
        let left = case_when(counters::count.gt(taken), counters::count - taken).otherwise(0_i64);
        // One below zero stays as it is.
        diesel::update(live(key).filter(counters::count.gt(0)))
            .set(counters::count.eq(left))
            .execute(conn)?;
    }
    Ok(())
}

fn find_exceeded(
    conn: &mut SqliteConnection,
    steps: &[OwnedStep],
    now: i64,
) -> QueryResult<Option<Exceeded>> {
    let mut counters = HashMap::new();
    for key in bounded(steps) {
        if let Some(counter) = standing(conn, key, now)? {
            counters.insert(key, counter);
        }
    }
    Ok(exceeded(steps, |key| counters.get(key).copied()))
}

fn batch(conn: &mut SqliteConnection, steps: &[OwnedStep], now: i64) -> QueryResult<Batched> {
    if let Some(exceeded) = find_exceeded(conn, steps, now)? {
        return Ok(Err(exceeded));
    }
    let mut made = Vec::with_capacity(steps.len());
    for step in steps {
        let mut counter = None;
        match step {
            OwnedStep::Add { key, by, ttl, extends, .. } => {
                counter = Some(add(conn, key, *by, *ttl, *extends, now)?);
            }
            OwnedStep::TakeBack { share, of } => take_back(conn, share.as_deref(), of, now)?,
            OwnedStep::Remove(key) => {
                remove(conn, key, now)?;
            }
            OwnedStep::Put { key, value, ttl, owner } => {
                let (owner, expires_at) = (owner.as_deref(), end_of(*ttl, now));
                put(conn, &Row { key, value, owner, expires_at })?;
            }
        }
        made.push(counter);
    }
    Ok(Ok(made))
}

/// Removes a bounded number of expired rows.
fn purge(conn: &mut SqliteConnection, now: i64) -> QueryResult<()> {
    for table in ["crudauth_state", "crudauth_counters"] {
        let expired =
            format!("SELECT key FROM {table} WHERE expires_at <= ? LIMIT {ROWS_PER_PURGE}");
        sql_query(format!("DELETE FROM {table} WHERE key IN ({expired})"))
            .bind::<BigInt, _>(now)
            .execute(conn)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::purge::WRITES_PER_PURGE;

    async fn rows(database: &Sqlite) -> (i64, i64) {
        let count = database.read(|conn| {
            let entries = entries::crudauth_state.count().get_result(conn)?;
            Ok((entries, counters::crudauth_counters.count().get_result(conn)?))
        });
        count.await.expect("count")
    }

    #[tokio::test]
    async fn the_tables_do_not_grow_beyond_what_is_alive() {
        let database = Sqlite::in_memory().expect("open");
        database.migrate().await.expect("migrate");
        let clock = Arc::new(ManualClock::at_unix(1_700_000_000));
        let store = SqliteState::new(database.clone(), clock.clone());
        let ttl = Duration::from_secs(1);
        for round in 0..10 {
            for number in 0..WRITES_PER_PURGE {
                let key = format!("{round}-{number}");
                store.put(&key, Entry { value: b"v", ttl, owner: None }).await.expect("put");
                store.increment(&key, 1, ttl).await.expect("increment");
            }
            clock.advance(ttl);
        }
        // What was added since the last purge but one may still be there.
        let most = i64::try_from(2 * WRITES_PER_PURGE).expect("small");
        let (entries, counters) = rows(&database).await;
        assert!(entries <= most && counters <= most, "{entries} entries, {counters} counters");
    }
}
