//! What happens to records together with a write of their user.

use std::fmt;
use std::sync::Arc;

use super::port::{Condition, Conditions, Insertion, RecordStore};
use super::record::{Assignment, OWNER, Record, Target, USERS};
use super::table::{Row, Table, Value};
use crate::store::{Changed, StoreError};

/// What happens to records together with a write of their user:
/// [`Stores::insert_user`](crate::store::Stores::insert_user) and
/// [`Stores::change_user`](crate::store::Stores::change_user) make all of it, in this order, or nothing.
///
/// ```
/// # use crudauth::store::{Changed, StoreError, Stores, records::{Identity, Records}};
/// # use crudauth::user::{AuthUser, Change};
/// # async fn link<U: AuthUser>(stores: &Stores<U>, records: &Records, id: &U::Id, is_as_it_was: Change, link: Identity)
/// #     -> Result<bool, StoreError> {
/// let steps = records.steps().insert(link);
/// let linked = stores.change_user(id, is_as_it_was, steps).await?;
/// # Ok(linked == Changed::Applied) }
/// ```
#[must_use]
pub struct RecordSteps {
    users: Arc<str>,
    steps: Vec<RecordStep>,
    /// The first value that does not fit its column.
    misfit: Option<StoreError>,
}

/// One of them.
#[derive(Debug, Clone)]
pub(crate) enum RecordStep {
    /// Inserts a row: another one that has its unique values is an outcome.
    Insert { table: &'static Table, row: Row },
    /// Changes the row that meets the conditions: that there is none is an outcome.
    Change { table: &'static Table, conditions: Conditions, set: Vec<(&'static str, Value)> },
    /// Removes the row that meets the conditions: that there is none is an outcome.
    Remove { table: &'static Table, conditions: Conditions },
    /// Removes all rows of an owner from those of the tables that there are.
    RemoveAll { tables: &'static [&'static Table], users: Arc<str>, owner: String },
    /// Goes on if a row meets the conditions of one of the tables.
    Require(Vec<(&'static Table, Conditions)>),
}

impl RecordSteps {
    pub(super) fn new(users: Arc<str>) -> Self {
        Self { users, steps: Vec::new(), misfit: None }
    }

    /// None.
    pub fn none() -> Self {
        Self::new(Arc::from(""))
    }

    /// Inserts a record. Where another one has its unique values, the outcome is [`Changed::Taken`].
    pub fn insert<R: Record>(mut self, record: R) -> Self {
        let row = record.into_row(&self.users);
        for (column, value) in R::TABLE.columns.iter().zip(&row) {
            self.check(R::TABLE, column.name, value);
        }
        self.push(RecordStep::Insert { table: R::TABLE, row })
    }

    /// Changes a record. Where it does not exist, or a condition does not hold, the outcome is
    /// [`Changed::Stale`].
    pub fn change<R: Record>(
        mut self,
        target: Target<R>,
        set: impl IntoIterator<Item = Assignment<R>>,
    ) -> Self {
        let set: Vec<_> = set.into_iter().map(|it| (it.column, it.value)).collect();
        for (column, value) in &set {
            self.check(R::TABLE, column, value);
        }
        let conditions = self.among(target.conditions);
        self.push(RecordStep::Change { table: R::TABLE, conditions, set })
    }

    /// Removes a record. Where it does not exist, or a condition does not hold, the outcome is
    /// [`Changed::Stale`].
    pub fn remove<R: Record>(self, target: Target<R>) -> Self {
        let conditions = self.among(target.conditions);
        self.push(RecordStep::Remove { table: R::TABLE, conditions })
    }

    /// Removes all records of `owner` that are in `tables`.
    pub fn remove_all_of(self, owner: &str, tables: &'static [&'static Table]) -> Self {
        let users = Arc::clone(&self.users);
        self.push(RecordStep::RemoveAll { tables, users, owner: owner.to_owned() })
    }

    /// Goes on only if `owner` has a record in one of the tables that meets the conditions beside it;
    /// else the outcome is [`Changed::Stale`]. A table that nothing has made has none.
    pub fn require_one_of(
        self,
        owner: &str,
        tables: impl IntoIterator<Item = (&'static Table, Conditions)>,
    ) -> Self {
        let any = tables.into_iter().map(|(table, mut conditions)| {
            conditions.push(Condition::Is(OWNER, owner.into()));
            (table, self.among(conditions))
        });
        let any = any.collect();
        self.push(RecordStep::Require(any))
    }

    /// The same, with these steps after them.
    pub(crate) fn then(mut self, mut later: Self) -> Self {
        self.steps.append(&mut later.steps);
        self.misfit = self.misfit.or(later.misfit);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The steps, if all values fit their columns.
    pub(crate) fn checked(self) -> Result<Arc<[RecordStep]>, StoreError> {
        match self.misfit {
            Some(misfit) => Err(misfit),
            None => Ok(self.steps.into()),
        }
    }

    fn push(mut self, step: RecordStep) -> Self {
        self.steps.push(step);
        self
    }

    fn among(&self, mut conditions: Conditions) -> Conditions {
        conditions.push(Condition::Is(USERS, (*self.users).into()));
        conditions
    }

    fn check(&mut self, table: &'static Table, column: &str, value: &Value) {
        if let Err(misfit) = table.check(column, value) {
            self.misfit.get_or_insert(misfit);
        }
    }
}

impl fmt::Debug for RecordSteps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.steps).finish()
    }
}

impl RecordStep {
    /// Whether it comes before the change of the user, where the stores have no transaction that spans
    /// both: what fails after it has taken something away, and given nothing.
    pub(crate) fn comes_first(&self) -> bool {
        matches!(self, Self::Require(_) | Self::Remove { .. } | Self::RemoveAll { .. })
    }

    /// Makes it alone.
    pub(crate) async fn make(&self, store: &dyn RecordStore) -> Result<Changed, StoreError> {
        match self {
            Self::Insert { table, row } => Ok(match store.insert(table, row.clone()).await? {
                Insertion::Inserted => Changed::Applied,
                Insertion::Taken => Changed::Taken,
            }),
            Self::Change { table, conditions, set } => {
                store.update(table, conditions.clone(), set.clone()).await
            }
            Self::Remove { table, conditions } => {
                Ok(match store.remove(table, conditions.clone()).await? {
                    true => Changed::Applied,
                    false => Changed::Stale,
                })
            }
            Self::RemoveAll { tables, users, owner } => {
                store.remove_all_of(users, owner, tables).await?;
                Ok(Changed::Applied)
            }
            Self::Require(any) => {
                for (table, conditions) in any {
                    if !store.list(table, conditions.clone(), 1).await?.is_empty() {
                        return Ok(Changed::Applied);
                    }
                }
                Ok(Changed::Stale)
            }
        }
    }
}
