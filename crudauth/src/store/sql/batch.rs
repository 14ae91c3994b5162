//! A batch as statements, where a transaction of several makes it.

use std::collections::HashMap;

use diesel::QueryResult;
use diesel::query_builder::AstPass;
use diesel::result::Error;
use diesel::sql_types::{Binary, Text};

use super::backend::{Holds, SqlBackend, rows};
use super::dialect::Dialect;
use super::driver::{Connection, Ending};
use super::raw::{Sql, digest, sql};
use crate::store::expiry::{counter, end_of};
use crate::store::steps::{OwnedStep, bounded, exceeded};
use crate::store::{Batched, Counter, Entry, Exceeded};

/// A key as an index holds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Id {
    /// The digest of the key, for a database whose index cannot hold long text.
    Digest(Vec<u8>),
    /// The key itself.
    Text(String),
}

impl Id {
    /// Binds it in a statement that is being built.
    pub(crate) fn push<'b, DB: SqlBackend>(
        &'b self,
        pass: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Self::Digest(digest) => Holds::<Binary, _>::push(pass, digest),
            Self::Text(text) => Holds::<Text, _>::push(pass, text),
        }
    }
}

impl Dialect {
    pub(crate) fn id(&self, key: &str) -> Id {
        if self.digests { Id::Digest(digest(key).to_vec()) } else { Id::Text(key.to_owned()) }
    }

    /// The columns of a counter.
    pub(crate) fn counter(&self) -> String {
        let Self { key, total, .. } = self;
        let id = if self.digests { (*key).to_owned() } else { format!("CAST({key} AS BLOB)") };
        format!("{id} AS id, {total} AS total, expires_at")
    }

    fn select_counters(&self, ids: &[Id], behind: &str) -> Sql {
        let Self { key, .. } = self;
        let query = format!("SELECT {} FROM crudauth_counters WHERE {key} IN (", self.counter());
        with_ids(&query, ids, &format!("){behind}"))
    }

    /// Writes an entry. It replaces an existing row that meets `condition`.
    pub(crate) fn put(&self, key: &str, entry: &Entry<'_>, now: i64, condition: &str) -> Sql {
        let Self { upsert, new, .. } = self;
        let set = self.changing_columns().map(|column| format!("{column} = {}", new(column)));
        let set = set.collect::<Vec<_>>().join(", ");
        self.insert(key, entry, now, &format!("{upsert} {set} {condition}"))
    }

    /// Inserts an entry.
    pub(crate) fn insert(&self, key: &str, entry: &Entry<'_>, now: i64, behind: &str) -> Sql {
        let columns = self.columns.join(", ");
        let places = vec!["?"; self.columns.len()].join(", ");
        let insert =
            sql(format!("INSERT INTO crudauth_state ({columns}) VALUES ({places}) {behind}"));
        let insert = insert.id(&self.id(key));
        let insert = if self.digests { insert.text(key) } else { insert };
        self.bind_entry(insert, entry, now)
    }

    /// The columns that change when an entry is replaced.
    pub(crate) fn changing_columns(&self) -> impl Iterator<Item = &'static str> {
        let stays = [self.key, self.name];
        self.columns.iter().copied().filter(move |column| !stays.contains(column))
    }

    /// Binds what the [changing columns](Self::changing_columns) hold.
    pub(crate) fn bind_entry(&self, statement: Sql, entry: &Entry<'_>, now: i64) -> Sql {
        let statement = statement.bytes(entry.value);
        let statement = if self.digests {
            statement.maybe_bytes(entry.owner.map(digest).as_ref().map(<[u8; 32]>::as_slice))
        } else {
            statement
        };
        statement.maybe_text(entry.owner).integer(end_of(entry.ttl, now))
    }
}

impl Sql {
    /// Binds a key as the index holds it.
    pub(crate) fn id(self, id: &Id) -> Self {
        match id {
            Id::Digest(digest) => self.bytes(digest),
            Id::Text(text) => self.text(text),
        }
    }
}

rows! {
    /// A counter with its key as the index holds it.
    pub(crate) struct FoundRow {
        id: Vec<u8>,
        total: i64,
        expires_at: i64,
    }
}

impl FoundRow {
    /// The sum and the end of the counter.
    pub(crate) fn count_and_end(&self) -> (i64, i64) {
        (self.total, self.expires_at)
    }
}

/// The counters that were found, each with its sum and its end.
#[derive(Default)]
pub(crate) struct Found(HashMap<Id, (i64, i64)>);

impl Found {
    pub(crate) fn new(rows: Vec<FoundRow>, dialect: &Dialect) -> Self {
        let counter = |FoundRow { id, total, expires_at }| {
            let id = if dialect.digests {
                Id::Digest(id)
            } else {
                Id::Text(String::from_utf8(id).ok()?)
            };
            Some((id, (total, expires_at)))
        };
        Self(rows.into_iter().filter_map(counter).collect())
    }

    /// The sum of the counter, if it is live.
    fn live(&self, id: &Id, now: i64) -> Option<i64> {
        self.0.get(id).filter(|(_, end)| *end > now).map(|(sum, _)| *sum)
    }

    /// The bound that these counters exceed.
    pub(crate) fn exceeded(
        &self,
        dialect: &Dialect,
        steps: &[OwnedStep],
        now: i64,
    ) -> Option<Exceeded> {
        exceeded(steps, |key| {
            let count_and_end = self.0.get(&dialect.id(key)).filter(|(_, end)| *end > now)?;
            Some(counter(*count_and_end, now))
        })
    }
}

/// Reads the counters that have bounds; `None` if none has.
pub(crate) fn read_bounded(dialect: &Dialect, steps: &[OwnedStep]) -> Option<Sql> {
    let ids: Vec<Id> = bounded(steps).map(|key| dialect.id(key)).collect();
    (!ids.is_empty()).then(|| dialect.select_counters(&ids, ""))
}

/// What a batch writes, sorted by key, so that two batches never wait for each other.
pub(crate) struct Plan<'a> {
    dialect: &'a Dialect,
    adds: Vec<AddRow>,
    backs: Vec<GivenBack>,
    removed: Vec<Id>,
    puts: Vec<Put<'a>>,
    steps: usize,
    now: i64,
}

/// A share, and what to subtract from each of its counters.
type GivenBack = (Option<Id>, Vec<(Id, i64)>);

struct AddRow {
    step: usize,
    id: Id,
    by: i64,
    end: i64,
    extends: bool,
    at_most: Option<i64>,
}

type Put<'a> = (&'a str, Entry<'a>);

impl<'a> Plan<'a> {
    pub(crate) fn new(dialect: &'a Dialect, steps: &'a [OwnedStep], now: i64) -> Self {
        let (adds, backs, removed, puts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { dialect, adds, backs, removed, puts, steps: steps.len(), now };
        for (step, made) in steps.iter().enumerate() {
            match made {
                OwnedStep::Add { key, by, ttl, extends, at_most } => plan.adds.push(AddRow {
                    step,
                    id: dialect.id(key),
                    by: *by,
                    end: end_of(*ttl, now),
                    extends: *extends,
                    at_most: *at_most,
                }),
                OwnedStep::TakeBack { share, of } => {
                    let of = of.iter().map(|(key, by)| (dialect.id(key), *by)).collect();
                    let share = share.as_deref().map(|share| dialect.id(share));
                    plan.backs.push((share, of));
                }
                OwnedStep::Remove(key) => plan.removed.push(dialect.id(key)),
                OwnedStep::Put { key, value, ttl, owner } => {
                    let entry = Entry { value, ttl: *ttl, owner: owner.as_deref() };
                    plan.puts.push((key, entry));
                }
            }
        }
        plan.adds.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        plan
    }

    /// Runs the batch. It is rolled back if a bound is exceeded.
    pub(crate) async fn make<C: Connection>(
        &self,
        connection: &mut C,
    ) -> QueryResult<Ending<Batched>> {
        let count_and_end = match self.lock() {
            Some(lock) => Found::new(connection.rows(lock).await?, self.dialect),
            None => Found::default(),
        };
        let added = self.add(connection).await?;
        let made = match self.judge(&added)? {
            Ok(made) => made,
            Err(exceeded) => return Ok(Ending::RollBack(Err(exceeded))),
        };
        let (back, removed) =
            (self.take_back(&count_and_end), self.remove_counters(&count_and_end));
        let writes = [back, removed, self.remove_entries()];
        let puts = self.puts.iter().map(|(key, entry)| self.dialect.put(key, entry, self.now, ""));
        for write in writes.into_iter().flatten().chain(puts) {
            connection.execute(write).await?;
        }
        Ok(Ending::Commit(Ok(made)))
    }

    /// Locks the counters of the batch, and reads them. `None` where it only adds, which locks by
    /// itself.
    fn lock(&self) -> Option<Sql> {
        let backs = self
            .backs
            .iter()
            .flat_map(|(share, of)| share.iter().chain(of.iter().map(|(id, _)| id)));
        let mut ids: Vec<Id> = backs.chain(&self.removed).cloned().collect();
        if ids.is_empty() {
            return None;
        }
        ids.extend(self.adds.iter().map(|add| add.id.clone()));
        let Dialect { key, lock_rows, .. } = self.dialect;
        Some(self.dialect.select_counters(&ids, &format!(" ORDER BY {key}{lock_rows}")))
    }

    /// Adds to all counters, and returns their new sums.
    pub(crate) async fn add<C: Connection>(&self, connection: &mut C) -> QueryResult<Found> {
        if self.adds.is_empty() {
            return Ok(Found::default());
        }
        let rows = if self.dialect.returning {
            let returning = format!(" RETURNING {}", self.dialect.counter());
            connection.rows(self.add_statement(&returning)).await?
        } else {
            connection.execute(self.add_statement("")).await?;
            let ids: Vec<Id> = self.adds.iter().map(|add| add.id.clone()).collect();
            connection.rows(self.dialect.select_counters(&ids, "")).await?
        };
        Ok(Found::new(rows, self.dialect))
    }

    fn add_statement(&self, returning: &str) -> Sql {
        let Dialect { key, total, upsert, new, .. } = self.dialect;
        let rows = vec!["(?, ?, ?)"; self.adds.len()].join(", ");
        let extended = self.adds.iter().filter(|add| add.extends);
        let extended: Vec<&Id> = extended.map(|add| &add.id).collect();
        let (new_total, new_end) = (new(total), new("expires_at"));
        let old_end = "crudauth_counters.expires_at";
        // A live counter keeps its end, unless the step extends it.
        let keeps = match extended.len() {
            0 => format!("{old_end} > ?"),
            some => format!(
                "{old_end} > ? AND (crudauth_counters.{key} NOT IN ({}) OR {old_end} > {new_end})",
                vec!["?"; some].join(", ")
            ),
        };
        // MySQL assigns from left to right: the sum, which depends on the old end, comes first.
        let text = format!(
            "INSERT INTO crudauth_counters ({key}, {total}, expires_at) VALUES {rows} {upsert}
                {total} = CASE WHEN {old_end} > ? THEN crudauth_counters.{total} ELSE 0 END
                    + {new_total},
                expires_at = CASE WHEN {keeps} THEN {old_end} ELSE {new_end} END{returning}"
        );
        let rows = self.adds.iter().fold(sql(text), |statement, add| {
            statement.id(&add.id).integer(add.by).integer(add.end)
        });
        let statement = rows.integer(self.now).integer(self.now);
        extended.into_iter().fold(statement, Sql::id)
    }

    /// The counters after the additions, in the order of the steps; or the bound that they exceed.
    pub(crate) fn judge(&self, added: &Found) -> QueryResult<Batched> {
        let mut made = vec![None; self.steps];
        let mut exceeded: Option<Exceeded> = None;
        for add in &self.adds {
            let count_and_end = added.0.get(&add.id).ok_or(Error::NotFound)?;
            let after = counter(*count_and_end, self.now);
            if add.at_most.is_some_and(|most| after.count > most) {
                let before = Counter { count: after.count.saturating_sub(add.by), ttl: after.ttl };
                if exceeded.is_none_or(|longest| longest.counter.ttl < before.ttl) {
                    exceeded = Some(Exceeded { step: add.step, counter: before });
                }
            }
            if let Some(place) = made.get_mut(add.step) {
                *place = Some(after);
            }
        }
        Ok(exceeded.map_or(Ok(made), Err))
    }

    /// Subtracts from the counters that were `found` and locked.
    fn take_back(&self, found: &Found) -> Option<Sql> {
        let live = |id: &Id| found.live(id, self.now);
        let mut left = Vec::new();
        for (share, of) in &self.backs {
            let shared = share.as_ref().and_then(live).unwrap_or(0).max(0);
            for (id, by) in of {
                let Some(sum) = live(id).filter(|sum| *sum > 0) else { continue };
                let taken = shared.saturating_add(*by).max(0);
                left.push((id, sum.saturating_sub(taken).max(0)));
            }
        }
        if left.is_empty() {
            return None;
        }
        let Dialect { key, total, .. } = self.dialect;
        let cases = " WHEN ? THEN ?".repeat(left.len());
        let places = vec!["?"; left.len()].join(", ");
        let update = sql(format!(
            "UPDATE crudauth_counters SET {total} = CASE {key}{cases} ELSE {total} END \
             WHERE {key} IN ({places})"
        ));
        let cases =
            left.iter().fold(update, |statement, (id, left)| statement.id(id).integer(*left));
        Some(left.iter().fold(cases, |statement, (id, _)| statement.id(id)))
    }

    /// Removes counters and shares that were `found` and locked. A counter that was made since
    /// belongs after this batch. Locking it now would be out of order, and two batches could
    /// deadlock.
    fn remove_counters(&self, found: &Found) -> Option<Sql> {
        let shares = self.backs.iter().filter_map(|(share, _)| share.as_ref());
        let ids = shares.chain(&self.removed).filter(|id| found.0.contains_key(id));
        self.remove("crudauth_counters", &ids.cloned().collect::<Vec<_>>())
    }

    /// Removes entries.
    fn remove_entries(&self) -> Option<Sql> {
        self.remove("crudauth_state", &self.removed)
    }

    fn remove(&self, table: &str, ids: &[Id]) -> Option<Sql> {
        let key = self.dialect.key;
        let delete = format!("DELETE FROM {table} WHERE {key} IN (");
        (!ids.is_empty()).then(|| with_ids(&delete, ids, ")"))
    }
}

fn with_ids(before: &str, ids: &[Id], after: &str) -> Sql {
    let places = vec!["?"; ids.len()].join(", ");
    let statement = sql(format!("{before}{places}{after}"));
    ids.iter().fold(statement, Sql::id)
}
