//! The statements on the users table.

use std::marker::PhantomData;
use std::sync::Arc;
use std::time::SystemTime;

use diesel::backend::Backend;
use diesel::deserialize;
use diesel::prelude::QueryableByName;
use diesel::result::{Error, QueryResult};
use diesel::row::NamedRow;

use super::login_indexes::LoginIndexes;
use super::row::{Cell, UserRow, Value};
use super::statement::{AnyOf, Assigned, By, ById, Expected, Insert, NoRows, Select, Update};
use crate::password::PasswordHash;
use crate::user::{
    AuthUser, Change, ColumnSchema, FactorChange, FactorState, Fill, Logical, LoginField,
    LoginName, NewUser, ProviderLink, RowScope, When,
};

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

/// Every row that `name` identifies by any login field, of this tenant or, without one, of any.
#[must_use]
pub(crate) fn find_by_login<U: UserRow<DB>, DB: Backend>(
    name: &LoginName,
    indexes: &LoginIndexes,
    within: Option<&U::Tenant>,
) -> Select<U, AnyOf<U, DB>> {
    let cells = U::SCHEMA.login.iter().filter_map(|field| {
        key::<U, DB>(login_index::<U>(*field)?, name.for_field(*field), indexes)
    });
    Select::new(AnyOf::new(cells.collect(), within.and_then(tenant::<U, DB>)))
}

/// Every row that has one of `names` in this login field, as the database compares them. `None`
/// without names, and for a field that the struct does not have.
#[must_use]
pub(crate) fn find_stored<U: UserRow<DB>, DB: Backend>(
    field: LoginField,
    names: &[String],
    indexes: &LoginIndexes,
    within: &U::Tenant,
) -> Option<Select<U, AnyOf<U, DB>>> {
    let index = login_index::<U>(field)?;
    let cells: Vec<_> =
        names.iter().filter_map(|name| key::<U, DB>(index, name, indexes)).collect();
    (!cells.is_empty()).then(|| Select::new(AnyOf::new(cells, tenant::<U, DB>(within))))
}

/// The row whose recovery factor has this value; `None` for a struct without a factor.
#[must_use]
pub(crate) fn find_by_recovery<U: UserRow<DB>, DB: Backend>(
    value: &str,
    indexes: &LoginIndexes,
    within: Option<&U::Tenant>,
) -> Option<Select<U, AnyOf<U, DB>>> {
    let key = key::<U, DB>(recovery::<U>()?, value, indexes)?;
    Some(Select::new(AnyOf::new(vec![key], within.and_then(tenant::<U, DB>))))
}

/// Every row, of any tenant, whose link to a provider the database takes for this one; `None` for a
/// struct without the column.
#[must_use]
pub(crate) fn find_by_link<U: UserRow<DB>, DB: Backend>(
    link: &ProviderLink,
) -> Option<Select<U, AnyOf<U, DB>>> {
    let index = link_column::<U>(link.provider())?;
    let key = (text::<U, DB>(index, link.subject())?, By::Column);
    Some(Select::new(AnyOf::new(vec![key], None)))
}

/// Inserts a row.
///
/// With `RETURNING`, read the statement to its end before using its row: only then does SQLite
/// report that the commit failed, for example on a full disk.
#[must_use]
pub(crate) fn insert<U: UserRow<DB>, DB: Backend>(new: NewUser<U>) -> Insert<U, DB> {
    let NewUser {
        register,
        provisioned,
        tenant: of,
        password,
        link,
        email_verified,
        token_version,
        created_at,
    } = new;
    let password = password.as_ref().map(PasswordHash::as_stored);
    let mut row = U::given(register, provisioned);
    let columns = U::SCHEMA.columns.iter().enumerate();
    let ours = columns.filter(|(_, column)| column.fill == Fill::Crudauth);
    row.extend(ours.filter_map(|(index, column)| {
        if column.scope == Some(RowScope::Tenant) {
            return tenant::<U, DB>(&of);
        }
        if column.scope.is_some() {
            let is_deleted = false;
            return Some((index, U::bind(Value::Flag(index, is_deleted, created_at))?));
        }
        let value = match column.logical? {
            Logical::Id => Value::NewId,
            Logical::HashedPassword => Value::Password(password),
            Logical::IsActive => Value::Flag(index, true, created_at),
            Logical::EmailVerified => Value::Flag(index, email_verified, created_at),
            Logical::IsSuperuser | Logical::FactorVerified => Value::Flag(index, false, created_at),
            Logical::TokenVersion => Value::Epoch(token_version),
            Logical::CreatedAt | Logical::UpdatedAt => Value::Moment(index, created_at),
            Logical::OauthProvider => Value::Text(index, link.as_ref()?.provider()),
            Logical::OauthCreatedAt | Logical::OauthUpdatedAt => {
                link.as_ref()?;
                Value::Moment(index, created_at)
            }
            logical @ (Logical::GoogleId | Logical::GithubId) => {
                let is_it =
                    |link: &&ProviderLink| Logical::link_to(link.provider()) == Some(logical);
                Value::Text(index, link.as_ref().filter(is_it)?.subject())
            }
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
    let (set, when, at) = (change.set(), change.when(), change.at());
    let password = column_of::<U>(Logical::HashedPassword);
    let epoch = column_of::<U>(Logical::TokenVersion);
    let email = column_of::<U>(Logical::Email);
    let (factor, updated_at) = (recovery::<U>(), column_of::<U>(Logical::UpdatedAt));
    let active = Flag::<U>::closing_the_account(at);
    let email_verified = Flag::<U>::of(Logical::EmailVerified, at);
    let factor_verified = recovery_verified::<U>(at);

    let password_hash = set.password.as_ref().map(PasswordHash::as_stored);
    let assigned = [
        password_hash.and_then(|to| hash::<U, DB>(password?, to)).map(Assigned::Value),
        set.epoch.and_then(|to| cell::<U, DB>(epoch?, Value::Epoch(to))).map(Assigned::Value),
        set.email.as_ref().and_then(|to| text::<U, DB>(email?, to)).map(Assigned::Value),
        // It is another address, which is verified now.
        set.email.as_ref().and_then(|_| email_verified?.value(true)).map(Assigned::Value),
        factor_verified.filter(|_| set.recovery_verified).and_then(|flag| flag.becomes(true)),
        set.active.and_then(|to| active?.becomes(to)),
    ];
    let last = [updated_at
        .and_then(|index| cell::<U, DB>(index, Value::Moment(index, at)))
        .map(Assigned::Value)];
    let links = when.links.iter().filter_map(|link| {
        Some(Expected::Is(text::<U, DB>(link_column::<U>(link.provider())?, link.subject())?))
    });
    let expected = [
        when.password
            .as_ref()
            .and_then(|is| hash::<U, DB>(password?, is.as_stored()))
            .map(Expected::Is),
        when.epoch.and_then(|is| cell::<U, DB>(epoch?, Value::Epoch(is))).map(Expected::Is),
        when.email.as_ref().and_then(|is| text::<U, DB>(email?, is)).map(Expected::Is),
        when.recovery.as_ref().and_then(|is| text::<U, DB>(factor?, is)).map(Expected::Is),
        factor_verified.filter(|_| when.recovery_unverified).and_then(Flag::is_not_true),
        password.filter(|_| when.no_password).map(Expected::Null),
        when.unlinked_at.as_deref().and_then(link_column::<U>).map(Expected::Null),
    ];
    let state = when.factor.as_ref().map(second_factor_is::<U, DB>).unwrap_or_default();
    let expected = expected.into_iter().flatten().chain(links).chain(state).collect();
    let mut set: Vec<_> = assigned.into_iter().flatten().collect();
    set.extend(providers::<U, DB>(change));
    if let Some(factor) = &change.set().factor {
        set.extend(second_factor::<U, DB>(factor, at));
    }
    set.extend(last.into_iter().flatten());
    // The row is to be locked, and to be as it is expected, while the row beside it changes.
    let is_held = !U::SCHEMA.beside.is_empty() || set_links(change);
    let stays = password.filter(|_| set.is_empty() && is_held);
    set.extend(stays.map(Assigned::Same));
    if set.is_empty() {
        let nothing = format!("`{}` has no column that the change would write", U::SCHEMA.user);
        return Err(Error::QueryBuilderError(nothing.into()));
    }
    Ok(Update { id, id_type: None, set, when: expected, exact: ("", "") })
}

/// Whether `change` links or unlinks: a struct without columns for that has its row locked alone.
fn set_links(change: &Change) -> bool {
    change.set().link.is_some() || change.set().unlink.is_some()
}

/// What `change` writes into the columns that say by which providers a user signs in, and where an
/// owner before is put out, into those of the second factor.
fn providers<U: UserRow<DB>, DB: Backend>(change: &Change) -> Vec<Assigned<DB>> {
    let (set, at) = (change.set(), change.at());
    let mut assigned = Vec::new();
    let linked = set.link.as_ref().and_then(|link| Logical::link_to(link.provider()));
    let unlinked = set.unlink.as_ref().and_then(|unlink| Logical::link_to(&unlink.provider));
    for (index, column) in U::SCHEMA.columns.iter().enumerate() {
        let Some(logical) = column.logical else { continue };
        let value = match logical {
            Logical::GoogleId | Logical::GithubId if linked == Some(logical) => {
                set.link.as_ref().map(|link| Value::Text(index, link.subject()))
            }
            Logical::GoogleId | Logical::GithubId
                if set.others_out || set.links_out || unlinked == Some(logical) =>
            {
                None
            }
            Logical::TotpSecretEncrypted
            | Logical::TotpConfirmedAt
            | Logical::TotpLastStep
            | Logical::MfaRecoveryCodes
                if set.others_out =>
            {
                None
            }
            Logical::OauthProvider => match (&set.link, &set.unlink) {
                (Some(link), _) => Some(Value::Text(index, link.provider())),
                (None, Some(unlink)) => {
                    unlink.still.as_deref().map(|still| Value::Text(index, still))
                }
                (None, None) if set.links_out => None,
                (None, None) => continue,
            },
            Logical::OauthCreatedAt if set.link.is_some() => {
                let now = cell::<U, DB>(index, Value::Moment(index, at));
                assigned.extend(now.map(Assigned::IfNull));
                continue;
            }
            Logical::OauthUpdatedAt if set.link.is_some() => Some(Value::Moment(index, at)),
            _ => continue,
        };
        match value {
            Some(value) => assigned.extend(cell::<U, DB>(index, value).map(Assigned::Value)),
            None => assigned.push(Assigned::Null(index)),
        }
    }
    assigned
}

/// What becomes of the columns of the second factor.
fn second_factor<U: UserRow<DB>, DB: Backend>(
    factor: &FactorChange,
    at: SystemTime,
) -> Vec<Assigned<DB>> {
    let to = factor.columns();
    let columns = [
        (Logical::TotpSecretEncrypted, to.secret.map(|to| to.map(FactorValue::Text))),
        (Logical::TotpConfirmedAt, to.is_confirmed.map(|to| to.then_some(FactorValue::Now))),
        (Logical::TotpLastStep, to.last_step.map(|to| to.map(FactorValue::Step))),
        (Logical::MfaRecoveryCodes, to.codes.map(|to| to.map(FactorValue::Text))),
    ];
    let assigned = columns.into_iter().filter_map(|(logical, to)| {
        let index = column_of::<U>(logical)?;
        let value = match to? {
            None => return Some(Assigned::Null(index)),
            Some(FactorValue::Text(text)) => Value::Text(index, text),
            Some(FactorValue::Now) => Value::Moment(index, at),
            Some(FactorValue::Step(step)) => Value::Step(index, step),
        };
        cell::<U, DB>(index, value).map(Assigned::Value)
    });
    assigned.collect()
}

/// What a column of the second factor becomes, where that is not NULL.
enum FactorValue<'a> {
    Text(&'a str),
    /// The moment of the change.
    Now,
    Step(i64),
}

/// What the columns of the second factor must be.
fn second_factor_is<U: UserRow<DB>, DB: Backend>(state: &FactorState) -> Vec<Expected<DB>> {
    let FactorState { is_confirmed, secret, codes, step_below } = state;
    let exactly =
        |logical, is: &str| Some(Expected::Exactly(text::<U, DB>(column_of::<U>(logical)?, is)?));
    let confirmed = column_of::<U>(Logical::TotpConfirmedAt);
    let not_enrolled = confirmed.zip(column_of::<U>(Logical::TotpSecretEncrypted));
    let not_enrolled =
        not_enrolled.map(|(confirmed, secret)| Expected::NotEnrolled { confirmed, secret });
    let expected = [
        confirmed.filter(|_| *is_confirmed).map(Expected::NotNull),
        not_enrolled.filter(|_| !*is_confirmed),
        secret.as_deref().and_then(|secret| exactly(Logical::TotpSecretEncrypted, secret)),
        codes.as_ref().and_then(|codes| match codes {
            Some(codes) => exactly(Logical::MfaRecoveryCodes, codes),
            None => column_of::<U>(Logical::MfaRecoveryCodes).map(Expected::Null),
        }),
        step_below.and_then(|step| {
            let index = column_of::<U>(Logical::TotpLastStep)?;
            cell::<U, DB>(index, Value::Step(index, step)).map(Expected::NullOrBelow)
        }),
    ];
    expected.into_iter().flatten().collect()
}

/// The index of the column that links a user to a provider.
pub(crate) fn link_column<U: AuthUser>(provider: &str) -> Option<usize> {
    column_of::<U>(Logical::link_to(provider)?)
}

/// The column of a flag, written at a moment.
struct Flag<U> {
    index: usize,
    when: When,
    at: SystemTime,
    user: PhantomData<fn() -> U>,
}

impl<U> Clone for Flag<U> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<U> Copy for Flag<U> {}

impl<U: AuthUser> Flag<U> {
    fn of(flag: Logical, at: SystemTime) -> Option<Self> {
        Self::columns(flag, at).next()
    }

    /// Of the columns that say whether an account is active, the one that crudauth writes: the first
    /// that is not compared with the clock, or else the first, in the order of the fields.
    fn closing_the_account(at: SystemTime) -> Option<Self> {
        let mut without_clock =
            Self::columns(Logical::IsActive, at).filter(|flag| flag.when != When::Past);
        without_clock.next().or_else(|| Self::of(Logical::IsActive, at))
    }

    fn columns(flag: Logical, at: SystemTime) -> impl Iterator<Item = Self> {
        let columns = U::SCHEMA.columns.iter().enumerate();
        columns.filter(move |(_, column)| column.logical == Some(flag)).map(
            move |(index, column)| {
                let when = column.when.unwrap_or(When::True);
                Self { index, when, at, user: PhantomData }
            },
        )
    }

    /// What the column holds where the flag is `to`.
    fn value<DB: Backend>(self, to: bool) -> Option<Cell<DB>>
    where
        U: UserRow<DB>,
    {
        cell::<U, DB>(self.index, Value::Flag(self.index, to, self.at))
    }

    /// Makes the flag `to`. A moment at which it already became so stays.
    fn becomes<DB: Backend>(self, to: bool) -> Option<Assigned<DB>>
    where
        U: UserRow<DB>,
    {
        let value = self.value(to)?;
        Some(match self.when {
            When::Null if !to => Assigned::IfNull(value),
            When::NotNull if to => Assigned::IfNull(value),
            _ => Assigned::Value(value),
        })
    }

    /// Expects that the flag is not true. A type of the application's own may have several values
    /// for that.
    fn is_not_true<DB: Backend>(self) -> Option<Expected<DB>>
    where
        U: UserRow<DB>,
    {
        Some(match self.when {
            When::NotNull => Expected::Null(self.index),
            When::Null => Expected::NotNull(self.index),
            When::True | When::False | When::Past => Expected::IsNot(self.value(true)?),
        })
    }
}

/// The column that is written where an account is closed and opened.
#[cfg(feature = "mysql")]
pub(crate) fn closing_column<U: AuthUser>() -> Option<&'static ColumnSchema> {
    let flag = Flag::<U>::closing_the_account(SystemTime::UNIX_EPOCH)?;
    U::SCHEMA.columns.get(flag.index)
}

fn cell<U: UserRow<DB>, DB: Backend>(index: usize, value: Value<'_>) -> Option<Cell<DB>> {
    Some((index, U::bind(value)?))
}

/// The tenant in its column; `None` for a struct without one.
fn tenant<U: UserRow<DB>, DB: Backend>(tenant: &U::Tenant) -> Option<Cell<DB>> {
    let of_tenant = |column: &ColumnSchema| column.scope == Some(RowScope::Tenant);
    Some((U::SCHEMA.columns.iter().position(of_tenant)?, U::bind_tenant(tenant)?))
}

fn text<U: UserRow<DB>, DB: Backend>(index: usize, text: &str) -> Option<Cell<DB>> {
    cell::<U, DB>(index, Value::Text(index, text))
}

/// A text to look for in the column at `index`.
fn key<U: UserRow<DB>, DB: Backend>(
    index: usize,
    value: &str,
    indexes: &LoginIndexes,
) -> Option<(Cell<DB>, By)> {
    Some((text::<U, DB>(index, value)?, indexes.lookup_by(index)))
}

/// The index of a login field.
pub(crate) fn login_index<U: AuthUser>(field: LoginField) -> Option<usize> {
    U::SCHEMA.columns.iter().position(|column| column.is_login(field))
}

fn hash<U: UserRow<DB>, DB: Backend>(index: usize, hash: &str) -> Option<Cell<DB>> {
    cell::<U, DB>(index, Value::Password(Some(hash)))
}

/// The index of a logical field.
fn column_of<U: AuthUser>(logical: Logical) -> Option<usize> {
    U::SCHEMA.columns.iter().position(|column| column.logical == Some(logical))
}

/// The index of the recovery factor.
pub(crate) fn recovery<U: AuthUser>() -> Option<usize> {
    let factor = U::SCHEMA.recovery?;
    if factor == Logical::Email.name() {
        return column_of::<U>(Logical::Email);
    }
    U::SCHEMA.columns.iter().position(|column| column.field == factor)
}

/// The flag that says whether the recovery factor is proven.
fn recovery_verified<U: AuthUser>(at: SystemTime) -> Option<Flag<U>> {
    let is_email = U::SCHEMA.recovery? == Logical::Email.name();
    Flag::of(if is_email { Logical::EmailVerified } else { Logical::FactorVerified }, at)
}
