//! The port to the application's users table.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::pin::Pin;

use super::{StoreError, StoreFuture};
use crate::user::{AuthUser, Change, LoginField, LoginName, NewUser};

/// Storage of the application's users.
///
/// # Contract
///
/// - `insert` and `change` are atomic. Uniqueness is decided by the store itself (an index), never
///   by a look before the write, and a violation names its column.
/// - A user is found by what was inserted, at once and by every process.
pub trait UserStore<U: AuthUser>: Send + Sync + 'static {
    /// The user with this primary key.
    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<U>>;

    /// The user whom `name` identifies by one of the login fields; the first field in the order
    /// of [`UserSchema::login`](crate::user::UserSchema::login) that matches wins. The work is the
    /// same whichever field matches, and if none does.
    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<U>>;

    /// The user whose recovery factor has this value, in canonical form; `None` for a struct
    /// without a recovery factor.
    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<U>>;

    /// Creates a user and returns the row as the store now has it.
    ///
    /// # Errors
    ///
    /// [`InsertError::Duplicate`] where a unique value is taken, [`InsertError::Unfit`] where the
    /// database does not take a value; nothing is written then.
    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U>;

    /// Applies `change` to the user with this primary key, in one conditional statement.
    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed>;
}

/// What became of a [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub enum Changed {
    /// It is written.
    Applied,
    /// Its condition did not hold, or there is no such user. Nothing is written.
    Stale,
    /// It would give the user a unique value that another has. Nothing is written.
    Taken,
}

/// What [`UserStore::insert`] returns.
pub type InsertFuture<'a, U> = Pin<Box<dyn Future<Output = Result<U, InsertError>> + Send + 'a>>;

/// Why a user could not be created.
#[derive(Debug)]
#[non_exhaustive]
pub enum InsertError {
    /// A unique value is taken: that of the column with this SQL name, where the store can tell.
    Duplicate(Option<String>),
    /// The database does not take a value: it is too long for its column, or against a check.
    Unfit {
        /// The SQL name of the column, where the database says it.
        column: Option<String>,
        /// What the database says. It has no value in it.
        cause: StoreError,
    },
    /// The store failed.
    Store(StoreError),
}

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
impl InsertError {
    pub(crate) fn unfit(column: Option<String>, cause: diesel::result::Error) -> Self {
        Self::Unfit { column, cause: StoreError::new(cause) }
    }
}

impl fmt::Display for InsertError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Duplicate(Some(column)) => write!(f, "the value of column `{column}` is taken"),
            Self::Duplicate(None) => f.write_str("a unique value is taken"),
            Self::Unfit { .. } => f.write_str("the database does not take a value"),
            Self::Store(error) => error.fmt(f),
        }
    }
}

impl Error for InsertError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Duplicate(_) => None,
            Self::Unfit { cause: error, .. } | Self::Store(error) => Some(error),
        }
    }
}

impl From<StoreError> for InsertError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// Of the rows that one login name found, the one that the order of the login fields prefers.
pub(crate) fn preferred<U: AuthUser>(mut rows: Vec<U>, name: &LoginName) -> Option<U> {
    let matching = U::SCHEMA.login.iter().find_map(|field| {
        rows.iter().position(|row| row.login_value(*field) == Some(name.for_field(*field)))
    });
    // A collation may match more than what is equal letter by letter. An address is the same in
    // either case; of a name the case counts, and of both every accent.
    let chosen = matching.or_else(|| {
        let address = name.for_field(LoginField::Email);
        let is_address = |row: &U| {
            row.login_value(LoginField::Email).is_some_and(|is| is.eq_ignore_ascii_case(address))
        };
        rows.iter().position(is_address)
    })?;
    Some(rows.swap_remove(chosen))
}

/// Whether `user` is whom the recovery factor `value` means, and not only one whom the collation
/// of the column takes for the same: mail to `adá@example.com` must not open the account of
/// `ada@example.com`.
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
pub(crate) fn is_recovered_by<U: AuthUser>(user: &U, value: &str) -> bool {
    user.logical().recovery.is_some_and(|is| is.eq_ignore_ascii_case(value))
}
