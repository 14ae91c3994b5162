//! The state store in a database.

use std::sync::Arc;
use std::time::Duration;

use diesel::QueryResult;
use diesel::result::DatabaseErrorKind::UniqueViolation;
use diesel::result::Error;

use super::backend::rows;
use super::batch::{Found, FoundRow, Id, Plan, read_bounded};
use super::driver::{Answer, Connection, Driver};
use super::purge::{PurgeTurns, ROWS_PER_PURGE};
use super::raw::{Sql, sql};
use crate::chain::chain;
use crate::clock::Clock;
use crate::store::expiry::{counter, now_ms};
use crate::store::steps::{OwnedStep, own};
use crate::store::{
    Batched, Counter, Entry, Listed, Place, StateStore, Step, StoreError, StoreFuture,
};

/// A [`StateStore`] in a database: survives a restart, and is shared by every process that uses the
/// database.
///
/// Its tables are made by the database's `migrate`, which must have run. Time comes from the given
/// clock, so the clocks of several processes must agree. Each process removes up to 500 expired
/// rows in every 250th write.
#[derive(Debug, Clone)]
pub struct SqlState<D> {
    driver: D,
    clock: Arc<dyn Clock>,
    turns: Arc<PurgeTurns>,
}

rows! {
    struct ValueRow {
        value: Vec<u8>,
    }

    struct RemovedRow {
        removed: i64,
    }

    struct ListedRow {
        name: String,
        value: Vec<u8>,
    }
}

impl<D: Driver> SqlState<D> {
    /// The store in `database`, with the time from `clock`.
    #[must_use]
    pub fn new(database: D, clock: Arc<dyn Clock>) -> Self {
        Self { driver: database, clock, turns: Arc::default() }
    }

    fn now(&self) -> i64 {
        now_ms(&*self.clock)
    }

    /// Runs an operation that writes. It reads the time when it runs, not when it begins to wait.
    fn write<T, F>(&self, operation: F) -> StoreFuture<'_, T>
    where
        F: for<'c> Fn(&'c mut D::Connection, i64) -> Answer<'c, T> + Send + Sync + 'static,
        T: Send + 'static,
    {
        self.purge_in_turn();
        let clock = Arc::clone(&self.clock);
        self.driver.write(move |connection| operation(connection, now_ms(&*clock)))
    }

    /// Starts a purge, if this write's turn has come. The write does not wait for it.
    fn purge_in_turn(&self) {
        if !self.turns.is_due() {
            return;
        }
        let (driver, now) = (self.driver.clone(), self.now());
        tokio::spawn(async move {
            for table in ["crudauth_state", "crudauth_counters"] {
                let purge = (D::DIALECT.delete_some)(table, D::DIALECT.key, "expires_at <= ?");
                let purge = sql(purge).integer(now).integer(ROWS_PER_PURGE);
                let purge = driver.write(move |connection| connection.execute(purge.clone()));
                if let Err(cause) = purge.await {
                    tracing::warn!(cause = chain(&cause), "expired rows could not be removed");
                }
            }
        });
    }
}

/// An owned entry, for an operation that outlives its caller.
struct OwnedEntry {
    key: String,
    value: Vec<u8>,
    ttl: Duration,
    owner: Option<String>,
}

impl OwnedEntry {
    fn new(key: &str, entry: Entry<'_>) -> Arc<Self> {
        let Entry { value, ttl, owner } = entry;
        let (key, value, owner) = (key.to_owned(), value.to_owned(), owner.map(str::to_owned));
        Arc::new(Self { key, value, ttl, owner })
    }

    fn entry(&self) -> Entry<'_> {
        Entry { value: &self.value, ttl: self.ttl, owner: self.owner.as_deref() }
    }
}

/// Selects the live row of a key from a table.
fn live<D: Driver>(statement: &str, table: &str, id: &Id, now: i64) -> Sql {
    let key = D::DIALECT.key;
    sql(format!("{statement} FROM {table} WHERE {key} = ? AND expires_at > ?")).id(id).integer(now)
}

impl<D: Driver> StateStore for SqlState<D> {
    fn place(&self) -> Option<&dyn Place> {
        Some(&self.driver)
    }

    fn get<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        Box::pin(async move {
            let id = D::DIALECT.id(key);
            let query = live::<D>("SELECT value", "crudauth_state", &id, self.now());
            let found: Option<ValueRow> = self.driver.look_up(query).await?;
            Ok(found.map(|row| row.value))
        })
    }

    fn put<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, ()> {
        let entry = OwnedEntry::new(key, entry);
        Box::pin(async move {
            let put = self.write(move |connection, now| {
                connection.execute(D::DIALECT.put(&entry.key, &entry.entry(), now, ""))
            });
            put.await.map(drop)
        })
    }

    fn put_if_absent<'a>(&'a self, key: &'a str, entry: Entry<'a>) -> StoreFuture<'a, bool> {
        let entry = OwnedEntry::new(key, entry);
        self.write(move |connection, now| {
            let entry = Arc::clone(&entry);
            Box::pin(put_if_absent::<D>(connection, entry, now))
        })
    }

    fn take<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Vec<u8>>> {
        let id = D::DIALECT.id(key);
        self.write(move |connection, now| Box::pin(take::<D>(connection, id.clone(), now)))
    }

    fn compare_and_swap<'a>(
        &'a self,
        key: &'a str,
        expected: &'a [u8],
        entry: Entry<'a>,
    ) -> StoreFuture<'a, bool> {
        let (entry, expected) = (OwnedEntry::new(key, entry), expected.to_owned());
        Box::pin(async move {
            let swapped = self.write(move |connection, now| {
                let key = D::DIALECT.key;
                let set = D::DIALECT.changing_columns().map(|column| format!("{column} = ?"));
                let set = set.collect::<Vec<_>>().join(", ");
                let swap = sql(format!(
                    "UPDATE crudauth_state SET {set} \
                     WHERE {key} = ? AND value = ? AND expires_at > ?"
                ));
                let swap = D::DIALECT.bind_entry(swap, &entry.entry(), now);
                let swap = swap.id(&D::DIALECT.id(&entry.key)).bytes(&expected).integer(now);
                connection.execute(swap)
            });
            Ok(swapped.await? == 1)
        })
    }

    fn remove<'a>(&'a self, key: &'a str) -> StoreFuture<'a, bool> {
        let id = D::DIALECT.id(key);
        self.write(move |connection, now| Box::pin(remove::<D>(connection, id.clone(), now)))
    }

    fn list<'a>(&'a self, owner: &'a str) -> StoreFuture<'a, Vec<Listed>> {
        Box::pin(async move {
            let name = D::DIALECT.name;
            let of_owner = sql(format!(
                "SELECT {name} AS name, value FROM crudauth_state \
                 WHERE owner = ? AND expires_at > ?"
            ));
            let of_owner = of_owner.id(&D::DIALECT.id(owner)).integer(self.now());
            let rows: Vec<ListedRow> = self.driver.rows(of_owner).await?;
            let listed = |ListedRow { name, value }| Listed { key: name, value };
            Ok(rows.into_iter().map(listed).collect())
        })
    }

    fn increment<'a>(&'a self, key: &'a str, by: i64, ttl: Duration) -> StoreFuture<'a, Counter> {
        let key = key.to_owned();
        let step = OwnedStep::Add { key, by, ttl, extends: false, at_most: None };
        let steps: Arc<[OwnedStep]> = [step].into();
        Box::pin(async move {
            let added = self.write(move |connection, now| {
                let steps = Arc::clone(&steps);
                Box::pin(increment::<D>(connection, steps, now))
            });
            added.await?.ok_or_else(|| StoreError::new("no counter"))
        })
    }

    /// Reads the bounds before the batch waits for its turn to write, so that a flood of refused
    /// batches does not delay other writes.
    fn batch<'a>(&'a self, steps: &'a [Step<'a>]) -> StoreFuture<'a, Batched> {
        Box::pin(async move {
            let steps = own(steps);
            if let Some(query) = read_bounded(&D::DIALECT, &steps) {
                let now = self.now();
                let count_and_end = Found::new(self.driver.rows(query).await?, &D::DIALECT);
                if let Some(exceeded) = count_and_end.exceeded(&D::DIALECT, &steps, now) {
                    return Ok(Err(exceeded));
                }
            }
            let made = self.write(move |connection, now| {
                let steps = Arc::clone(&steps);
                connection.transaction(move |connection| {
                    Box::pin(
                        async move { Plan::new(&D::DIALECT, &steps, now).make(connection).await },
                    )
                })
            });
            made.await
        })
    }

    fn counter<'a>(&'a self, key: &'a str) -> StoreFuture<'a, Option<Counter>> {
        Box::pin(async move {
            let (id, now) = (D::DIALECT.id(key), self.now());
            let select = format!("SELECT {}", D::DIALECT.counter());
            let query = live::<D>(&select, "crudauth_counters", &id, now);
            let found: Option<FoundRow> = self.driver.look_up(query).await?;
            Ok(found.map(|row| counter(row.count_and_end(), now)))
        })
    }
}

async fn put_if_absent<D: Driver>(
    connection: &mut D::Connection,
    entry: Arc<OwnedEntry>,
    now: i64,
) -> QueryResult<bool> {
    let OwnedEntry { key, .. } = &*entry;
    if D::DIALECT.returning {
        let is_over = "WHERE crudauth_state.expires_at <= ?";
        let put = D::DIALECT.put(key, &entry.entry(), now, is_over).integer(now);
        return Ok(connection.execute(put).await? > 0);
    }
    // Once an expired row is removed, the index over the keys decides which insert wins.
    let column = D::DIALECT.key;
    let clear = sql(format!("DELETE FROM crudauth_state WHERE {column} = ? AND expires_at <= ?"));
    connection.execute(clear.id(&D::DIALECT.id(key)).integer(now)).await?;
    match connection.execute(D::DIALECT.insert(key, &entry.entry(), now, "")).await {
        Ok(_) => Ok(true),
        Err(Error::DatabaseError(UniqueViolation, _)) => Ok(false),
        Err(error) => Err(error),
    }
}

/// For databases whose DELETE cannot return rows: reads the value, and removes the row if it still
/// has that value. The caller whose DELETE removes the row has taken it. Any other reads again, and
/// finds no row or another value.
async fn take<D: Driver>(
    connection: &mut D::Connection,
    id: Id,
    now: i64,
) -> QueryResult<Option<Vec<u8>>> {
    let table = "crudauth_state";
    if D::DIALECT.returning {
        let take = live::<D>("DELETE", table, &id, now).and(" RETURNING value");
        let mut taken: Vec<ValueRow> = connection.rows(take).await?;
        return Ok(taken.pop().map(|row| row.value));
    }
    loop {
        let query = live::<D>("SELECT value", table, &id, now);
        let mut found: Vec<ValueRow> = connection.rows(query).await?;
        let Some(ValueRow { value }) = found.pop() else { return Ok(None) };
        let delete = live::<D>("DELETE", table, &id, now).and(" AND value = ?").bytes(&value);
        if connection.execute(delete).await? == 1 {
            return Ok(Some(value));
        }
    }
}

async fn remove<D: Driver>(connection: &mut D::Connection, id: Id, now: i64) -> QueryResult<bool> {
    if let Some(remove) = D::DIALECT.remove {
        let remove = sql(remove).id(&id).integer(now).id(&id).integer(now);
        let rows: Vec<RemovedRow> = connection.rows(remove).await?;
        return Ok(rows.iter().any(|row| row.removed > 0));
    }
    let mut removed = 0;
    for table in ["crudauth_state", "crudauth_counters"] {
        removed += connection.execute(live::<D>("DELETE", table, &id, now)).await?;
    }
    Ok(removed > 0)
}

async fn increment<D: Driver>(
    connection: &mut D::Connection,
    steps: Arc<[OwnedStep]>,
    now: i64,
) -> QueryResult<Option<Counter>> {
    if D::DIALECT.returning {
        let plan = Plan::new(&D::DIALECT, &steps, now);
        let added = plan.add(connection).await?;
        return Ok(plan.judge(&added)?.ok().and_then(|mut made| made.pop()).flatten());
    }
    // The addition locks the row until the sum is read.
    let made = connection.transaction(move |connection| {
        Box::pin(async move { Plan::new(&D::DIALECT, &steps, now).make(connection).await })
    });
    Ok(made.await?.ok().and_then(|mut made| made.pop()).flatten())
}

#[cfg(all(test, feature = "sqlite"))]
mod tests {
    use super::super::purge::WRITES_PER_PURGE;
    use super::*;
    use crate::clock::ManualClock;
    use crate::store::sqlite::{Sqlite, SqliteState};

    rows! {
        struct Count {
            n: i64,
        }
    }

    async fn count(database: &Sqlite, table: &str) -> i64 {
        let count = sql(format!("SELECT count(*) AS n FROM {table}"));
        let count: Vec<Count> = Driver::rows(database, count).await.expect("a count");
        count[0].n
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
        // Rows that were added since the last purge but one may still exist.
        let most = i64::try_from(2 * WRITES_PER_PURGE).expect("small");
        let entries = count(&database, "crudauth_state").await;
        let counters = count(&database, "crudauth_counters").await;
        assert!(entries <= most && counters <= most, "{entries} entries, {counters} counters");
    }
}
