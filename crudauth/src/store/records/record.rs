//! A kind of row as a type, and what can be asked of it.

use std::fmt;
use std::marker::PhantomData;
use std::time::SystemTime;

use super::port::{Condition, Conditions};
use super::table::{ColumnValue, Row, Table, Value, unix_ms};

pub(super) const ID: &str = "id";
/// The table of the user: two users tables in one database have the same ids.
pub(super) const USERS: &str = "users";
pub(super) const OWNER: &str = "owner";

/// A kind of row, as a struct.
pub trait Record: Sized + Send + 'static {
    /// Its table.
    const TABLE: &'static Table;

    /// Its own id.
    fn id(&self) -> &str;

    /// The id of its user, as text.
    fn owner(&self) -> &str;

    /// Its values, in the order of the columns, for a user in the table `users`.
    fn into_row(self, users: &str) -> Row;

    /// The record with these values, whatever its users table; `None` where one is of another type.
    fn from_row(row: Row) -> Option<Self>;
}

/// A kind of row that notes when it was last used.
pub trait Used: Record {
    /// The field that notes it.
    fn used() -> Field<Self, Option<SystemTime>>;

    /// When it was noted last.
    fn last_used(&self) -> Option<SystemTime>;
}

/// A column of the record `R`, whose values are of the type `T`. `id` and `owner` have no field,
/// since neither ever changes.
pub struct Field<R, T> {
    column: &'static str,
    of: PhantomData<fn(R) -> T>,
}

impl<R, T> Clone for Field<R, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<R, T> Copy for Field<R, T> {}

impl<R, T: ColumnValue> Field<R, T> {
    pub(super) const fn new(column: &'static str) -> Self {
        Self { column, of: PhantomData }
    }

    /// The condition that it has this value.
    pub(crate) fn is(self, value: impl Into<T>) -> Condition {
        Condition::Is(self.column, value.into().into_value())
    }

    /// Sets it to this value.
    #[must_use]
    pub fn to(self, value: impl Into<T>) -> Assignment<R> {
        Assignment { column: self.column, value: value.into().into_value(), of: PhantomData }
    }
}

/// A field that is compared by size: a number, or a moment.
pub trait Ordered: ColumnValue {
    /// The type of the bound that it is compared with.
    type Bound;

    /// The bound as a number.
    fn number(bound: Self::Bound) -> i64;
}

impl Ordered for i64 {
    type Bound = Self;

    fn number(bound: Self) -> i64 {
        bound
    }
}

impl Ordered for SystemTime {
    type Bound = Self;

    fn number(bound: Self) -> i64 {
        unix_ms(bound)
    }
}

impl<T: Ordered> Ordered for Option<T> {
    type Bound = T::Bound;

    fn number(bound: T::Bound) -> i64 {
        T::number(bound)
    }
}

/// The values of a unique set of columns, by which one record is found.
#[derive(Clone)]
pub struct Key<R> {
    pub(super) conditions: Conditions,
    of: PhantomData<fn() -> R>,
}

impl<R: Record> Key<R> {
    pub(super) fn new(conditions: Conditions) -> Self {
        Self { conditions, of: PhantomData }
    }
}

/// The record of an owner that has this id, where all conditions hold.
///
/// ```
/// # use crudauth::store::{Changed, StoreError, records::{Records, Passkey, Target}};
/// # async fn count(records: &Records, passkey: &Passkey, counter: i64) -> Result<bool, StoreError> {
/// let seen = Target::of(passkey).only_if(Passkey::sign_count(), passkey.sign_count);
/// let counted = records.change(seen, [Passkey::sign_count().to(counter)]).await?;
/// # Ok(counted == Changed::Applied) }
/// ```
#[must_use]
pub struct Target<R> {
    pub(super) conditions: Conditions,
    of: PhantomData<fn() -> R>,
}

impl<R: Record> Target<R> {
    /// The record of `owner` with this id.
    pub fn new(owner: &str, id: &str) -> Self {
        let conditions = vec![Condition::Is(ID, id.into()), Condition::Is(OWNER, owner.into())];
        Self { conditions, of: PhantomData }
    }

    /// This record.
    pub fn of(record: &R) -> Self {
        Self::new(record.owner(), record.id())
    }

    /// Only if the field still has this value.
    pub fn only_if<T: ColumnValue>(mut self, field: Field<R, T>, value: impl Into<T>) -> Self {
        self.conditions.push(field.is(value));
        self
    }

    /// Only if the field has no value, or one below this.
    pub fn only_if_below<T: Ordered>(mut self, field: Field<R, T>, bound: T::Bound) -> Self {
        self.conditions.push(Condition::IsUnsetOrBelow(field.column, T::number(bound)));
        self
    }
}

/// A field of a record with its new value.
#[derive(Debug)]
pub struct Assignment<R> {
    pub(super) column: &'static str,
    pub(super) value: Value,
    of: PhantomData<fn(R)>,
}

impl<R: Record> fmt::Debug for Key<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut key = f.debug_struct("Key");
        key.field("table", &R::TABLE.name).field("conditions", &self.conditions).finish()
    }
}

impl<R, T> fmt::Debug for Field<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Field").field(&self.column).finish()
    }
}

impl<R: Record> fmt::Debug for Target<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut target = f.debug_struct("Target");
        target.field("table", &R::TABLE.name).field("conditions", &self.conditions).finish()
    }
}
