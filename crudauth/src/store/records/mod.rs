//! Rows of crudauth's own that last, each of which belongs to a user: [`Identity`], [`Passkey`],
//! [`PasskeyUser`], [`SecondFactor`], [`ApiKey`], [`RoleGrant`].
//!
//! [`RecordStore`] is the port, and [`Records`] what features work with.
//!
//! A new kind of row is a struct in `kinds.rs`, and a step in the `migrations` of each database. No
//! adapter knows it. A feature names the tables that it needs, and only those are made.
//!
//! A record belongs to the id of its user in one users table: [`Records`] are of that table, and two
//! tables in one database, whose ids are the same, share no record. There is no foreign key, since ids
//! have many types.
//! [`CrudAuth::forget`](crate::CrudAuth::forget) removes the records of a user who is deleted, and
//! [`Stores::insert_user`](super::Stores::insert_user) those that an earlier user with the id has left.
//! Where the application itself gives an id again, a feature must not take a record for that of the new
//! user: it compares when the record was made with [`AuthUser::created_at`](crate::AuthUser::created_at),
//! and the epoch that is noted in it with that of the user. A record is made no earlier than its user: its
//! moment is the later one of the clock and `created_at`, since a database may be ahead of the clock.

mod earlier;
mod kinds;
mod port;
mod record;
mod steps;
mod table;

pub(crate) use self::earlier::{is_of_earlier_user, made_at};
pub use self::kinds::{ApiKey, Identity, Passkey, PasskeyUser, RoleGrant, SecondFactor, TABLES};
pub use self::port::{Condition, Conditions, Insertion, RecordStore};
pub use self::record::{Assignment, Field, Key, Ordered, Record, Target, Used};
use self::record::{ID, OWNER, USERS};
pub(crate) use self::steps::RecordStep;
pub use self::steps::RecordSteps;
pub use self::table::{Column, ColumnType, ColumnValue, Row, Table, Value};

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

#[cfg(doc)]
use super::StoreErrorKind;
use super::{Changed, StoreError};
use crate::error::StartupError;

/// The most records that one page has.
const MAX_PAGE: u32 = 100;

/// The id of a new record. Later ones follow earlier ones.
#[must_use]
pub fn new_id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// Crudauth's own rows of the users in one table, as their types. A handle: clones share the store.
///
/// Each statement names the users table, so that a user of another table with the same id has none of
/// them.
///
/// Every change and removal is bound to the owner, so that an id that a client sends reaches no row
/// of another user.
#[derive(Debug, Clone)]
pub struct Records {
    store: Arc<dyn RecordStore>,
    users: Arc<str>,
}

impl Records {
    /// The records in `store` of the users in the table `users`: the name of their
    /// [`UserStore`](crate::store::UserStore::name), of at most 190 bytes. Quotation marks in it do not
    /// count.
    #[must_use]
    pub fn new(store: Arc<dyn RecordStore>, users: &str) -> Self {
        Self { store, users: plain_name(users).into() }
    }

    /// `conditions` on the rows of these users.
    fn among(&self, mut conditions: Conditions) -> Conditions {
        conditions.push(Condition::Is(USERS, (*self.users).into()));
        conditions
    }

    /// Makes the tables ready that records are kept in: building a [`CrudAuth`](crate::CrudAuth) does
    /// it for those of the features that it mounts.
    ///
    /// # Errors
    ///
    /// [`StartupError`] if a table is missing and cannot be made.
    pub async fn open(&self, tables: &[&'static Table]) -> Result<(), StartupError> {
        self.store.open(tables).await
    }

    /// Steps that are made together with a write of their user: none yet.
    pub fn steps(&self) -> RecordSteps {
        RecordSteps::new(Arc::clone(&self.users))
    }

    pub(crate) fn store(&self) -> &Arc<dyn RecordStore> {
        &self.store
    }

    /// Inserts a record, unless another one has its unique values.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Unfit`] if a value is longer than its column, or has a NUL character in a
    /// text; or if the store fails.
    pub async fn insert<R: Record>(&self, record: R) -> Result<Insertion, StoreError> {
        let row = record.into_row(&self.users);
        for (column, value) in R::TABLE.columns.iter().zip(&row) {
            R::TABLE.check(column.name, value)?;
        }
        self.store.insert(R::TABLE, row).await
    }

    /// The record that has the values of `key`.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub async fn find<R: Record>(&self, key: Key<R>) -> Result<Option<R>, StoreError> {
        let conditions = self.among(key.conditions);
        if !can_hold::<R>(&conditions) {
            return Ok(None);
        }
        self.store.find(R::TABLE, conditions).await?.map(read).transpose()
    }

    /// The first `limit` records of `owner` in the order of their ids, at most 100. For the next
    /// page, pass the id of the last one as `after`. What is inserted or removed meanwhile has no
    /// record of another page come twice, or not at all.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub async fn list<R: Record>(
        &self,
        owner: &str,
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<R>, StoreError> {
        self.page(owner, &[], after, limit.min(MAX_PAGE)).await
    }

    /// All records of `owner` that meet the conditions `only`, in the order of their ids, however many there are.
    #[cfg(feature = "oauth")]
    pub(crate) async fn all<R: Record>(
        &self,
        owner: &str,
        only: &[Condition],
    ) -> Result<Vec<R>, StoreError> {
        let mut all: Vec<R> = Vec::new();
        loop {
            let page = self.page(owner, only, all.last().map(R::id), MAX_PAGE).await?;
            let is_last = page.len() < MAX_PAGE as usize;
            all.extend(page);
            if is_last {
                return Ok(all);
            }
        }
    }

    async fn page<R: Record>(
        &self,
        owner: &str,
        only: &[Condition],
        after: Option<&str>,
        limit: u32,
    ) -> Result<Vec<R>, StoreError> {
        let mut page = self.among(vec![Condition::Is(OWNER, owner.into())]);
        page.extend_from_slice(only);
        page.extend(after.map(|id| Condition::Follows(ID, id.to_owned())));
        if !can_hold::<R>(&page) {
            return Ok(Vec::new());
        }
        let rows = self.store.list(R::TABLE, page, limit).await?;
        rows.into_iter().map(read).collect()
    }

    /// Changes a record by one statement.
    ///
    /// # Errors
    ///
    /// [`StoreErrorKind::Unfit`] if a value does not fit its column; or if the store fails.
    pub async fn change<R: Record>(
        &self,
        target: Target<R>,
        set: impl IntoIterator<Item = Assignment<R>>,
    ) -> Result<Changed, StoreError> {
        let set: Vec<_> = set.into_iter().map(|it| (it.column, it.value)).collect();
        for (column, value) in &set {
            R::TABLE.check(column, value)?;
        }
        let conditions = self.among(target.conditions);
        if set.is_empty() || !can_hold::<R>(&conditions) {
            return Ok(Changed::Stale);
        }
        self.store.update(R::TABLE, conditions, set).await
    }

    /// Notes that a record is used `now`, unless that was noted less than `interval` ago: most uses
    /// write nothing. Returns `true` if it was noted now.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub async fn touch<R: Used>(
        &self,
        record: &R,
        now: SystemTime,
        interval: Duration,
    ) -> Result<bool, StoreError> {
        let due = now.checked_sub(interval).unwrap_or(UNIX_EPOCH);
        if record.last_used().is_some_and(|noted| noted >= due) {
            return Ok(false);
        }
        let target = Target::of(record).only_if_below(R::used(), due);
        Ok(self.change(target, [R::used().to(now)]).await? == Changed::Applied)
    }

    /// Removes a record. Returns `false` if it does not exist, or if a condition does not hold.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub async fn remove<R: Record>(&self, target: Target<R>) -> Result<bool, StoreError> {
        let conditions = self.among(target.conditions);
        if !can_hold::<R>(&conditions) {
            return Ok(false);
        }
        self.store.remove(R::TABLE, conditions).await
    }

    /// Removes all that `owner` has, of every kind: all of it, or nothing. Returns the number of removed records.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the store fails.
    pub async fn remove_all_of(&self, owner: &str) -> Result<u64, StoreError> {
        self.store.remove_all_of(&self.users, owner, TABLES).await
    }
}

/// The name of a table without its quotation marks.
pub(crate) fn plain_name(quoted: &str) -> String {
    quoted.replace(['`', '"'], "")
}

/// Whether a row may meet `conditions`: none has a value that does not fit its column.
fn can_hold<R: Record>(conditions: &Conditions) -> bool {
    conditions.iter().all(|condition| match condition {
        Condition::Is(column, value) => R::TABLE.check(column, value).is_ok(),
        Condition::IsUnsetOrBelow(..) | Condition::Follows(..) => true,
    })
}

fn read<R: Record>(row: Row) -> Result<R, StoreError> {
    R::from_row(row).ok_or_else(|| {
        let table = R::TABLE.name;
        StoreError::broken(format!("a row of {table} has a value of another type than its column"))
    })
}
