//! A batch as statements, where a transaction of several makes it.

use std::collections::HashMap;

use diesel::result::Error;

use crate::store::expiry::{counter, end_of};
use crate::store::sql::{Sql, digest, sql};
use crate::store::steps::{OwnedStep, bounded, exceeded};
use crate::store::{Batched, Counter, Exceeded};

/// What stands for a key in an index.
pub(crate) type Id = [u8; 32];

/// The counters that were found, each with its sum and its end.
#[derive(Default)]
pub(crate) struct Found(HashMap<Id, (i64, i64)>);

impl FromIterator<(Id, (i64, i64))> for Found {
    fn from_iter<I: IntoIterator<Item = (Id, (i64, i64))>>(counters: I) -> Self {
        Self(counters.into_iter().collect())
    }
}

impl Found {
    /// The sum of one that lives.
    fn live(&self, id: &Id, now: i64) -> Option<i64> {
        self.0.get(id).filter(|(_, end)| *end > now).map(|(sum, _)| *sum)
    }

    /// The bound that these counters exceed.
    pub(crate) fn exceeded(&self, steps: &[OwnedStep], now: i64) -> Option<Exceeded> {
        exceeded(steps, |key| {
            let standing = self.0.get(&digest(key)).filter(|(_, end)| *end > now)?;
            Some(counter(*standing, now))
        })
    }
}

/// Reads the counters that have bounds; `None` if none has.
pub(crate) fn read_bounded(steps: &[OwnedStep]) -> Option<Sql> {
    let ids: Vec<Id> = bounded(steps).map(digest).collect();
    let query = "SELECT id, total, expires_at FROM crudauth_counters WHERE id IN (";
    (!ids.is_empty()).then(|| with_ids(query, &ids, ")"))
}

/// What a batch writes, sorted by key: two batches that wait for each other would else wait for
/// ever.
pub(crate) struct Plan<'a> {
    adds: Vec<AddRow>,
    backs: Vec<GivenBack>,
    removed: Vec<Id>,
    puts: Vec<Put<'a>>,
    steps: usize,
    now: i64,
}

/// A share, and what is taken from each of the counters that it is a share of.
type GivenBack = (Option<Id>, Vec<(Id, i64)>);

struct AddRow {
    step: usize,
    id: Id,
    by: i64,
    end: i64,
    extends: bool,
    at_most: Option<i64>,
}

struct Put<'a> {
    key: &'a str,
    value: &'a [u8],
    owner: Option<&'a str>,
    expires_at: i64,
}

/// Why a batch is rolled back.
pub(crate) enum Stop {
    Exceeded(Exceeded),
    Failed(Error),
}

impl Stop {
    /// What the transaction of a batch came to.
    pub(crate) fn into_answer(batch: Result<Vec<Option<Counter>>, Self>) -> Result<Batched, Error> {
        match batch {
            Ok(made) => Ok(Ok(made)),
            Err(Self::Exceeded(exceeded)) => Ok(Err(exceeded)),
            Err(Self::Failed(error)) => Err(error),
        }
    }
}

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl<'a> Plan<'a> {
    pub(crate) fn of(steps: &'a [OwnedStep], now: i64) -> Self {
        let (adds, backs, removed, puts) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        let mut plan = Self { adds, backs, removed, puts, steps: steps.len(), now };
        for (step, made) in steps.iter().enumerate() {
            match made {
                OwnedStep::Add { key, by, ttl, extends, at_most } => plan.adds.push(AddRow {
                    step,
                    id: digest(key),
                    by: *by,
                    end: end_of(*ttl, now),
                    extends: *extends,
                    at_most: *at_most,
                }),
                OwnedStep::TakeBack { share, of } => {
                    let of = of.iter().map(|(key, by)| (digest(key), *by)).collect();
                    plan.backs.push((share.as_deref().map(digest), of));
                }
                OwnedStep::Remove(key) => plan.removed.push(digest(key)),
                OwnedStep::Put { key, value, ttl, owner } => plan.puts.push(Put {
                    key,
                    value,
                    owner: owner.as_deref(),
                    expires_at: end_of(*ttl, now),
                }),
            }
        }
        plan.adds.sort_unstable_by_key(|add| add.id);
        plan
    }

    /// Locks the counters of the batch, and reads them. `None` where it only adds, which locks by
    /// itself.
    pub(crate) fn lock(&self) -> Option<Sql> {
        let backs = self
            .backs
            .iter()
            .flat_map(|(share, of)| share.iter().copied().chain(of.iter().map(|(id, _)| *id)));
        let mut ids: Vec<Id> = backs.chain(self.removed.iter().copied()).collect();
        if ids.is_empty() {
            return None;
        }
        ids.extend(self.adds.iter().map(|add| add.id));
        let query = "SELECT id, total, expires_at FROM crudauth_counters WHERE id IN (";
        Some(with_ids(query, &ids, ") ORDER BY id FOR UPDATE"))
    }

    /// Reads what it has added to, where the statement that adds does not tell.
    #[cfg(feature = "mysql")]
    pub(crate) fn read_added(&self) -> Sql {
        let ids: Vec<Id> = self.adds.iter().map(|add| add.id).collect();
        with_ids("SELECT id, total, expires_at FROM crudauth_counters WHERE id IN (", &ids, ")")
    }

    /// Adds to all counters. `None` if there are none.
    pub(crate) fn add(&self, dialect: &AddDialect) -> Option<Sql> {
        if self.adds.is_empty() {
            return None;
        }
        let AddDialect { into, on_conflict, old, new, returning } = dialect;
        let rows = vec!["(?, ?, ?)"; self.adds.len()].join(", ");
        let extended = self.adds.iter().filter(|add| add.extends);
        let extended: Vec<Id> = extended.map(|add| add.id).collect();
        let (new_total, new_end) = (new("total"), new("expires_at"));
        // One that lives keeps its end, unless it is to be extended.
        let keeps = match extended.len() {
            0 => format!("{old}expires_at > ?"),
            some => format!(
                "{old}expires_at > ? AND ({old}id NOT IN ({}) OR {old}expires_at > {new_end})",
                vec!["?"; some].join(", ")
            ),
        };
        // MySQL assigns from left to right: the sum, which depends on the old end, comes first.
        let text = format!(
            "INSERT INTO {into} (id, total, expires_at) VALUES {rows} {on_conflict}
                total = CASE WHEN {old}expires_at > ? THEN {old}total ELSE 0 END + {new_total},
                expires_at = CASE WHEN {keeps} THEN {old}expires_at ELSE {new_end} END{returning}"
        );
        let rows = self.adds.iter().fold(sql(text), |statement, add| {
            statement.bytes(&add.id).integer(add.by).integer(add.end)
        });
        let statement = rows.integer(self.now).integer(self.now);
        Some(extended.iter().fold(statement, |statement, id| statement.bytes(id)))
    }

    /// What became of the counters that were added to, in the order of the steps.
    pub(crate) fn judge(&self, added: &Found) -> Result<Vec<Option<Counter>>, Stop> {
        let mut made = vec![None; self.steps];
        let mut exceeded: Option<Exceeded> = None;
        for add in &self.adds {
            let standing = added.0.get(&add.id).ok_or(Error::NotFound)?;
            let after = counter(*standing, self.now);
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
        exceeded.map_or(Ok(made), |exceeded| Err(Stop::Exceeded(exceeded)))
    }

    /// Takes back from the counters that were locked, as they were `found`.
    pub(crate) fn take_back(&self, found: &Found) -> Option<Sql> {
        let live = |id: &Id| found.live(id, self.now);
        let mut left = Vec::new();
        for (share, of) in &self.backs {
            let shared = share.as_ref().and_then(live).unwrap_or(0).max(0);
            for (id, by) in of {
                let Some(sum) = live(id).filter(|sum| *sum > 0) else { continue };
                let taken = shared.saturating_add(*by).max(0);
                left.push((*id, sum.saturating_sub(taken).max(0)));
            }
        }
        if left.is_empty() {
            return None;
        }
        let cases = " WHEN ? THEN ?".repeat(left.len());
        let start = format!(
            "UPDATE crudauth_counters SET total = CASE id{cases} ELSE total END WHERE id IN ("
        );
        let places = vec!["?"; left.len()].join(", ");
        let statement = sql(format!("{start}{places})"));
        let cases =
            left.iter().fold(statement, |statement, (id, left)| statement.bytes(id).integer(*left));
        Some(left.iter().fold(cases, |statement, (id, _)| statement.bytes(id)))
    }

    /// Removes counters, also the shares that were taken back.
    pub(crate) fn remove_counters(&self) -> Option<Sql> {
        let shares = self.backs.iter().filter_map(|(share, _)| *share);
        let ids: Vec<Id> = shares.chain(self.removed.iter().copied()).collect();
        let delete = "DELETE FROM crudauth_counters WHERE id IN (";
        (!ids.is_empty()).then(|| with_ids(delete, &ids, ")"))
    }

    /// Removes entries.
    pub(crate) fn remove_entries(&self) -> Option<Sql> {
        let delete = "DELETE FROM crudauth_state WHERE id IN (";
        (!self.removed.is_empty()).then(|| with_ids(delete, &self.removed, ")"))
    }

    /// Writes entries, each by `put`.
    pub(crate) fn puts(&self, put: &'static str) -> impl Iterator<Item = Sql> {
        self.puts.iter().map(move |entry| {
            sql(put)
                .bytes(&digest(entry.key))
                .text(entry.key)
                .bytes(entry.value)
                .maybe_bytes(entry.owner.map(digest).as_ref().map(<[u8; 32]>::as_slice))
                .maybe_text(entry.owner)
                .integer(entry.expires_at)
        })
    }
}

/// How a database inserts rows, or changes those that are there.
pub(crate) struct AddDialect {
    pub(crate) into: &'static str,
    pub(crate) on_conflict: &'static str,
    /// What stands before a column of the row that is there.
    pub(crate) old: &'static str,
    /// A column of the row that was to be inserted.
    pub(crate) new: fn(&'static str) -> String,
    pub(crate) returning: &'static str,
}

fn with_ids(before: &str, ids: &[Id], after: &str) -> Sql {
    let places = vec!["?"; ids.len()].join(", ");
    let statement = sql(format!("{before}{places}{after}"));
    ids.iter().fold(statement, |statement, id| statement.bytes(id))
}
