//! The port to the application's users table.

use std::future::{Future, ready};
use std::pin::Pin;

#[cfg(feature = "sql")]
use super::StoreErrorKind;
use super::{Place, StartupFuture, StoreError, StoreFuture};
use crate::identity::lookup_email;
use crate::user::{
    AuthUser, Change, LoginField, LoginName, NewUser, ProviderLink, StoredUser, UsernameCase,
};

/// Storage of the application's users.
///
/// # Contract
///
/// - `insert` and `change` are atomic. Uniqueness is decided by the store itself (an index), never
///   by a look before the write, and a violation names its column.
/// - A user is found by what was inserted, at once and by every process.
/// - A name is looked for among the users of one tenant, and is unique among them. A struct without
///   tenants has one: [`NoTenant`](crate::user::NoTenant).
/// - NULL and an empty text are names of nobody.
/// - A row that [is deleted](AuthUser::is_deleted) is not there: nothing finds it or changes it, and
///   its names are free.
pub trait UserStore<U: AuthUser>: Send + Sync + 'static {
    /// What the users are kept in: the name of their table. Surfaces of an application whose stores
    /// have one name, and one [`StateStore`](super::StateStore), count guesses at an account together.
    /// Default: the name of the struct.
    fn name(&self) -> &str {
        U::SCHEMA.user
    }

    /// Where it keeps what it is given. Default: `None`, a place of its own, which nobody opens or
    /// closes.
    fn place(&self) -> Option<&dyn Place> {
        None
    }

    /// The user with this primary key.
    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<StoredUser<U>>>;

    /// The user of the tenant `within` whom `name` identifies by one of the login fields; the first field in the order
    /// of [`UserSchema::login`](crate::user::UserSchema::login) that matches wins. The work is the
    /// same whichever field matches, and if none does.
    fn find_by_login<'a>(
        &'a self,
        name: &'a LoginName,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>>;

    /// The user of the tenant `within` whose recovery factor has this value, which is in the form of
    /// [`lookup_email`](crate::identity::lookup_email) where it is an address; `None` for an empty
    /// text, and for a struct without a recovery factor.
    fn find_by_recovery<'a>(
        &'a self,
        value: &'a str,
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Option<StoredUser<U>>>;

    /// The user, of whichever tenant, whose row is linked to `link` by the column of its provider:
    /// that holds exactly its subject, also where a collation takes others for the same. An identity
    /// is one user's in all tenants. `None` for a struct without the column. Default: `None`.
    ///
    /// # Errors
    ///
    /// Where the store fails, or two rows have the value.
    fn find_by_link<'a>(&'a self, _: &'a ProviderLink) -> StoreFuture<'a, Option<StoredUser<U>>> {
        Box::pin(ready(Ok(None)))
    }

    /// Looks at start-up whether no two rows that count can be linked to one identity at the provider
    /// of this name, by the column that the struct has for it: the error has the statement to run.
    /// Default: nothing is looked for.
    fn check_link<'a>(&'a self, _: &'a str) -> StartupFuture<'a> {
        Box::pin(ready(Ok(())))
    }

    /// Creates a user and returns the row as the store now has it.
    ///
    /// # Errors
    ///
    /// [`InsertError::Duplicate`] where a unique value is taken, [`InsertError::Unfit`] where the
    /// database does not take a value; nothing is written then.
    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U>;

    /// Applies `change` to the user with this primary key, in one conditional statement.
    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed>;

    /// Removes what is kept [beside](crate::user::Beside) the row with this primary key, if there is no
    /// such row any more. Default: there is nothing.
    fn forget<'a>(&'a self, _: &'a U::Id) -> StoreFuture<'a, ()> {
        Box::pin(ready(Ok(())))
    }

    /// The values of the login field `field`, as they are stored, that the store takes for any of
    /// `names`. A sign-up asks it for names that look like the one that is wanted. Default: one
    /// [`find_by_login`](Self::find_by_login) for each.
    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
        within: &'a U::Tenant,
    ) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            let mut stored = Vec::new();
            for name in names {
                let found = self.find_by_login(&LoginName::new(name.as_str()), within).await?;
                stored.extend(found.and_then(|user| user.login_value(field).map(str::to_owned)));
            }
            Ok(stored)
        })
    }

    /// Looks at start-up for rows that nobody could find by the name or the address that is in
    /// them, since it was written in another form than that in which it is looked up: the error says
    /// how many, and what to run. Default: nothing is looked for.
    fn check_names(&self, _: UsernameCase) -> StartupFuture<'_> {
        Box::pin(ready(Ok(())))
    }
}

/// What became of a [`Change`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
#[non_exhaustive]
pub enum Changed {
    /// It is written.
    Applied,
    /// Its condition did not hold, or there is no such user. Nothing is written.
    Stale,
    /// It would give the user a unique value that another has. Nothing is written.
    Taken,
}

/// What [`UserStore::insert`] returns.
pub type InsertFuture<'a, U> =
    Pin<Box<dyn Future<Output = Result<StoredUser<U>, InsertError>> + Send + 'a>>;

/// Why a user could not be created.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InsertError {
    /// A unique value is taken: that of the column with this SQL name, where the store can tell.
    #[error("{}", duplicate(.0.as_deref()))]
    Duplicate(Option<String>),
    /// The database does not take a value: it is too long for its column, or against a check.
    #[error("the database does not take a value")]
    Unfit {
        /// The SQL name of the column, where the database says it.
        column: Option<String>,
        /// What the database says. It has no value in it.
        #[source]
        cause: StoreError,
    },
    /// A unique value of a record that is inserted together with the user is taken. Nothing is written.
    #[error("what is inserted together with the user is there already")]
    RecordTaken,
    /// The insert hook of the application failed. Nothing is written.
    #[error("what is inserted together with the user failed")]
    Hook(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

#[cfg(feature = "sql")]
impl InsertError {
    pub(crate) fn unfit(column: Option<String>, cause: diesel::result::Error) -> Self {
        Self::Unfit { column, cause: StoreError::of_kind(StoreErrorKind::Unfit, cause) }
    }
}

fn duplicate(column: Option<&str>) -> String {
    match column {
        Some(column) => format!("the value of column `{column}` is taken"),
        None => "a unique value is taken".to_owned(),
    }
}

/// Of the rows that one login name found, the one that the order of the login fields prefers.
pub(crate) fn preferred<U: AuthUser>(
    mut rows: Vec<StoredUser<U>>,
    name: &LoginName,
) -> Option<StoredUser<U>> {
    let by = |is_it: &dyn Fn(LoginField, &str) -> bool| {
        let mut fields = U::SCHEMA.login.iter();
        fields.find_map(|field| {
            let is_user =
                |row: &StoredUser<U>| row.login_value(*field).is_some_and(|is| is_it(*field, is));
            rows.iter().position(is_user)
        })
    };
    // An empty text, which a row may have in place of NULL, names nobody. What is equal letter by
    // letter comes first. A collation may match more than what the name means.
    let chosen = by(&|field, is| !is.is_empty() && is == name.for_field(field))
        .or_else(|| by(&|field, is| name.is(field, is)))?;
    Some(rows.swap_remove(chosen))
}

/// Of the rows that were found, the one that is linked to `link`, letter by letter.
///
/// # Errors
///
/// Where there are two.
pub(crate) fn linked<U: AuthUser>(
    mut rows: Vec<StoredUser<U>>,
    link: &ProviderLink,
) -> Result<Option<StoredUser<U>>, StoreError> {
    rows.retain(|row| row.mapped().subject_at(link.provider()) == Some(link.subject()));
    let user = rows.pop();
    match rows.is_empty() {
        true => Ok(user),
        false => Err(StoreError::broken(LinkedTwice(U::SCHEMA.user))),
    }
}

/// Two rows are linked to one identity.
#[derive(Debug, thiserror::Error)]
#[error("two rows of `{0}` are linked to one account at a provider: make its column unique")]
struct LinkedTwice(&'static str);

/// Of the rows that were found, the one that the recovery factor `value` means: letter by letter, or
/// in the spelling in which it is stored. Not one that only the collation of the column takes for
/// the same: mail to `adá@example.com` must not open the account of `ada@example.com`.
pub(crate) fn recovered<U: AuthUser>(
    mut rows: Vec<StoredUser<U>>,
    value: &str,
) -> Option<StoredUser<U>> {
    let is_address = U::SCHEMA.recovers_by_email();
    let by = |is_it: &dyn Fn(&str) -> bool| {
        let is_it = |is: &str| !is.is_empty() && is_it(is);
        rows.iter().position(|row| row.mapped().recovery.is_some_and(is_it))
    };
    let chosen =
        by(&|is| is == value).or_else(|| by(&|is| is_address && lookup_email(is) == value))?;
    Some(rows.swap_remove(chosen))
}
