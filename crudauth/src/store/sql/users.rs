//! The statements on the users table.

use std::sync::Arc;

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::QueryableByName;
use diesel::result::{Error, QueryResult};
use diesel::row::NamedRow;

use super::lowered::Lowered;
use super::row::{Cell, UserRow, Value};
use super::statement::{AnyOf, By, ById, Insert, NoRows, Select, Update};
use crate::password::PasswordHash;
use crate::user::{AuthUser, Change, Fill, Logical, LoginField, LoginName, NewUser};

/// A user as a statement returns it.
#[derive(Debug)]
pub(crate) struct Loaded<U>(pub(crate) U);

impl<U: UserRow<DB>, DB: Backend> QueryableByName<DB> for Loaded<U> {
    fn build<'a>(row: &impl NamedRow<'a, DB>) -> deserialize::Result<Self> {
        U::read(row).map(Self)
    }
}

/// Selects every column of the struct and no row, so it fails if a column is missing.
#[must_use]
pub(crate) fn probe<U>() -> Select<U, NoRows> {
    Select::new(NoRows)
}

/// The row with this primary key, whose column is of a type that a bound value must be cast to.
#[must_use]
pub(crate) fn find_by_id<U: AuthUser>(id: &U::Id, of_type: Option<Arc<str>>) -> Select<U, ById<U>> {
    Select::new(ById { id: id.clone(), of_type })
}

/// Every row that `name` identifies by any login field.
#[must_use]
pub(crate) fn find_by_login<U: UserRow<DB>, DB: Backend>(
    name: &LoginName,
    lowered: &Lowered,
) -> Select<U, AnyOf<U, DB>> {
    let cells = U::SCHEMA.login.iter().filter_map(|field| {
        key::<U, DB>(login_index::<U>(*field)?, name.for_field(*field), lowered)
    });
    Select::new(AnyOf::new(cells.collect()))
}

/// Every row that has one of `names` in this login field, as the database compares them. `None`
/// without names, and for a field that the struct does not have.
#[must_use]
pub(crate) fn find_stored<U: UserRow<DB>, DB: Backend>(
    field: LoginField,
    names: &[String],
    lowered: &Lowered,
) -> Option<Select<U, AnyOf<U, DB>>> {
    let index = login_index::<U>(field)?;
    let cells: Vec<_> =
        names.iter().filter_map(|name| key::<U, DB>(index, name, lowered)).collect();
    (!cells.is_empty()).then(|| Select::new(AnyOf::new(cells)))
}

/// The row whose recovery factor has this value; `None` for a struct without a factor.
#[must_use]
pub(crate) fn find_by_recovery<U: UserRow<DB>, DB: Backend>(
    value: &str,
    lowered: &Lowered,
) -> Option<Select<U, AnyOf<U, DB>>> {
    let key = key::<U, DB>(recovery::<U>()?, value, lowered)?;
    Some(Select::new(AnyOf::new(vec![key])))
}

/// Inserts a row.
///
/// With `RETURNING`, read the statement to its end before using its row: only then does SQLite
/// report that the commit failed, for example on a full disk.
#[must_use]
pub(crate) fn insert<U: UserRow<DB>, DB: Backend>(new: NewUser<U>) -> Insert<U, DB> {
    let NewUser { register, provisioned, password, created_at } = new;
    let password = password.as_ref().map(PasswordHash::as_stored);
    let mut row = U::given(register, provisioned);
    let columns = U::SCHEMA.columns.iter().enumerate();
    let ours = columns.filter(|(_, column)| column.fill == Fill::Crudauth);
    row.extend(ours.filter_map(|(index, column)| {
        let value = match column.logical? {
            Logical::Id => Value::NewId,
            Logical::HashedPassword => Value::Password(password),
            Logical::IsActive => Value::Flag(index, true),
            Logical::IsSuperuser | Logical::EmailVerified | Logical::FactorVerified => {
                Value::Flag(index, false)
            }
            Logical::TokenVersion => Value::Epoch(0),
            Logical::CreatedAt | Logical::UpdatedAt => Value::Moment(index, created_at),
            // The other fields are NULL until a feature uses them.
            _ => return None,
        };
        Some((index, U::bind(value)?))
    }));
    Insert::new(row)
}

/// The error of an insert that should have returned a row.
pub(crate) fn no_row() -> Error {
    let cause = "the database inserted no row: a trigger, a rule or a policy has dropped it";
    Error::QueryBuilderError(cause.into())
}

/// Applies `change` to one row, if the row is in the state that the change expects.
///
/// # Errors
///
/// Where the struct has no column that the change would write.
pub(crate) fn change<'a, U: UserRow<DB>, DB: Backend>(
    id: &'a U::Id,
    change: &Change,
) -> QueryResult<Update<'a, U, DB>> {
    let (set, when) = (change.set(), change.when());
    let password = at::<U>(Logical::HashedPassword);
    let epoch = at::<U>(Logical::TokenVersion);
    let email = at::<U>(Logical::Email);
    let active = at::<U>(Logical::IsActive);
    let email_verified = at::<U>(Logical::EmailVerified);
    let (factor, factor_verified) = (recovery::<U>(), recovery_verified::<U>());
    let updated_at = at::<U>(Logical::UpdatedAt);

    let assigned = [
        set.password.as_ref().and_then(|to| hash::<U, DB>(password?, to.as_stored())),
        set.epoch.and_then(|to| cell::<U, DB>(epoch?, Value::Epoch(to))),
        set.email.as_ref().and_then(|to| text::<U, DB>(email?, to)),
        set.email.as_ref().and_then(|_| flag::<U, DB>(email_verified?, true)),
        set.recovery_verified.then_some(true).and_then(|to| flag::<U, DB>(factor_verified?, to)),
        set.active.and_then(|to| flag::<U, DB>(active?, to)),
        updated_at.and_then(|index| cell::<U, DB>(index, Value::Moment(index, change.at()))),
    ];
    let expected = [
        when.password.as_ref().and_then(|is| hash::<U, DB>(password?, is.as_stored())),
        when.epoch.and_then(|is| cell::<U, DB>(epoch?, Value::Epoch(is))),
        when.email.as_ref().and_then(|is| text::<U, DB>(email?, is)),
        when.recovery.as_ref().and_then(|is| text::<U, DB>(factor?, is)),
        when.recovery_unverified
            .then_some(false)
            .and_then(|is| flag::<U, DB>(factor_verified?, is)),
    ];
    let set: Vec<_> = assigned.into_iter().flatten().collect();
    if set.is_empty() {
        let nothing = format!("`{}` has no column that the change would write", U::SCHEMA.user);
        return Err(Error::QueryBuilderError(nothing.into()));
    }
    let null = password.filter(|_| when.no_password);
    Ok(Update { id, id_type: None, set, when: expected.into_iter().flatten().collect(), null })
}

fn cell<U: UserRow<DB>, DB: Backend>(index: usize, value: Value<'_>) -> Option<Cell<DB>> {
    Some((index, U::bind(value)?))
}

fn text<U: UserRow<DB>, DB: Backend>(index: usize, text: &str) -> Option<Cell<DB>> {
    cell::<U, DB>(index, Value::Text(index, text))
}

/// A text to look for in the column at `index`.
fn key<U: UserRow<DB>, DB: Backend>(
    index: usize,
    value: &str,
    lowered: &Lowered,
) -> Option<(Cell<DB>, By)> {
    Some((text::<U, DB>(index, value)?, lowered.lookup_by(index)))
}

/// The index of a login field.
pub(crate) fn login_index<U: AuthUser>(field: LoginField) -> Option<usize> {
    U::SCHEMA.columns.iter().position(|column| column.is_login(field))
}

fn flag<U: UserRow<DB>, DB: Backend>(index: usize, flag: bool) -> Option<Cell<DB>> {
    cell::<U, DB>(index, Value::Flag(index, flag))
}

fn hash<U: UserRow<DB>, DB: Backend>(index: usize, hash: &str) -> Option<Cell<DB>> {
    cell::<U, DB>(index, Value::Password(Some(hash)))
}

/// The index of a logical field.
fn at<U: AuthUser>(logical: Logical) -> Option<usize> {
    U::SCHEMA.columns.iter().position(|column| column.logical == Some(logical))
}

/// The index of the recovery factor.
pub(crate) fn recovery<U: AuthUser>() -> Option<usize> {
    let factor = U::SCHEMA.recovery?;
    if factor == Logical::Email.name() {
        return at::<U>(Logical::Email);
    }
    U::SCHEMA.columns.iter().position(|column| column.field == factor)
}

/// The index of the flag that says whether the recovery factor is proven.
fn recovery_verified<U: AuthUser>() -> Option<usize> {
    let factor = U::SCHEMA.recovery?;
    at::<U>(if factor == Logical::Email.name() {
        Logical::EmailVerified
    } else {
        Logical::FactorVerified
    })
}
