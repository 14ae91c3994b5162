//! Rows of crudauth's own in memory.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::store::records::{Condition, Conditions, Insertion, RecordStore, Row, Table, Value};
use crate::store::{Changed, StoreFuture};

/// A [`RecordStore`] in memory: for tests. It ends with the process.
#[derive(Debug, Default)]
pub struct MemoryRecords {
    tables: Mutex<Tables>,
}

/// The rows of each table, by its name.
type Tables = BTreeMap<&'static str, Vec<Row>>;

impl MemoryRecords {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn lock(&self) -> MutexGuard<'_, Tables> {
        self.tables.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The value of a row in a column; a column that is not there holds NULL.
fn value<'r>(table: &Table, row: &'r Row, column: &str) -> &'r Value {
    table.place(column).and_then(|place| row.get(place)).unwrap_or(&Value::Null)
}

fn meets(table: &Table, row: &Row, conditions: &Conditions) -> bool {
    conditions.iter().all(|condition| match condition {
        Condition::Is(column, wanted) => value(table, row, column) == wanted,
        Condition::IsUnsetOrBelow(column, bound) => match value(table, row, column) {
            Value::Integer(number) => number < bound,
            found => *found == Value::Null,
        },
        Condition::Follows(column, text) => {
            matches!(value(table, row, column), Value::Text(found) if found > text)
        }
    })
}

/// Whether two rows have the same unique values.
fn collide(table: &Table, one: &Row, other: &Row) -> bool {
    table.unique.iter().any(|columns| {
        columns.iter().all(|column| {
            let found = value(table, one, column);
            *found != Value::Null && found == value(table, other, column)
        })
    })
}

impl RecordStore for MemoryRecords {
    fn insert(&self, table: &'static Table, row: Row) -> StoreFuture<'_, Insertion> {
        Box::pin(async move {
            let mut tables = self.lock();
            let rows = tables.entry(table.name).or_default();
            if rows.iter().any(|other| collide(table, &row, other)) {
                return Ok(Insertion::Taken);
            }
            rows.push(row);
            Ok(Insertion::Inserted)
        })
    }

    fn find(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, Option<Row>> {
        Box::pin(async move { Ok(self.list(table, conditions, 1).await?.pop()) })
    }

    fn list(
        &self,
        table: &'static Table,
        conditions: Conditions,
        limit: u32,
    ) -> StoreFuture<'_, Vec<Row>> {
        let tables = self.lock();
        let rows = tables.get(table.name).into_iter().flatten();
        let mut found: Vec<Row> =
            rows.filter(|row| meets(table, row, &conditions)).cloned().collect();
        // The id is the first column.
        found.sort();
        found.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Box::pin(ready(Ok(found)))
    }

    fn update(
        &self,
        table: &'static Table,
        conditions: Conditions,
        set: Vec<(&'static str, Value)>,
    ) -> StoreFuture<'_, Changed> {
        Box::pin(async move {
            let mut tables = self.lock();
            let rows = tables.entry(table.name).or_default();
            let Some(place) = rows.iter().position(|row| meets(table, row, &conditions)) else {
                return Ok(Changed::Stale);
            };
            let mut changed = rows[place].clone();
            for (column, value) in set {
                if let Some(old) = table.place(column).and_then(|place| changed.get_mut(place)) {
                    *old = value;
                }
            }
            let mut others = rows.iter().enumerate().filter(|(other, _)| *other != place);
            if others.any(|(_, other)| collide(table, &changed, other)) {
                return Ok(Changed::Taken);
            }
            rows[place] = changed;
            Ok(Changed::Applied)
        })
    }

    fn remove(&self, table: &'static Table, conditions: Conditions) -> StoreFuture<'_, bool> {
        Box::pin(async move {
            let mut tables = self.lock();
            let rows = tables.entry(table.name).or_default();
            let before = rows.len();
            rows.retain(|row| !meets(table, row, &conditions));
            Ok(rows.len() < before)
        })
    }

    fn remove_all_of<'a>(
        &'a self,
        users: &'a str,
        owner: &'a str,
        tables: &'a [&'static Table],
    ) -> StoreFuture<'a, u64> {
        Box::pin(async move {
            let mut removed = 0;
            let mut all = self.lock();
            let of = |name: &str| tables.iter().any(|table| table.name == name);
            for (_, rows) in all.iter_mut().filter(|(name, _)| of(name)) {
                // The users table is the second column, and the owner the third.
                rows.retain(|row| {
                    let of = row.get(1).zip(row.get(2));
                    let is_theirs = of == Some((&Value::from(users), &Value::from(owner)));
                    removed += u64::from(is_theirs);
                    !is_theirs
                });
            }
            Ok(removed)
        })
    }
}
