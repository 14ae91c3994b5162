//! The application's users table on SQLite.

use std::fmt;
use std::future::ready;
use std::marker::PhantomData;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use super::Sqlite;
use super::names::Names;
use crate::error::StartupError;
use crate::store::sql::{self, Loaded, Lowered, UserRow};
use crate::store::{
    Changed, InsertError, InsertFuture, NameCheck, StoreFuture, UserStore, preferred, recovered,
};
use crate::user::{AuthUser, Change, LoginField, LoginName, NewUser, UsernameCase};

/// A user struct that is a row of a SQLite table. The derive makes it one.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for SQLite",
    label = "needs a user with a store for SQLite",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait SqliteUser: UserRow<diesel::sqlite::Sqlite> {}

#[diagnostic::do_not_recommend]
impl<U: UserRow<diesel::sqlite::Sqlite>> SqliteUser for U {}

/// The application's users on SQLite.
pub struct SqliteUsers<U> {
    sqlite: Sqlite,
    lowered: Lowered,
    table: String,
    user: PhantomData<fn() -> U>,
}

impl<U: SqliteUser> SqliteUsers<U> {
    /// The users in the table that `U` maps to.
    #[must_use]
    pub fn new(sqlite: Sqlite) -> Self {
        Self::over(sqlite, Lowered::default())
    }

    /// The same, in a table that has these indexes over `lower(column)`.
    pub(super) fn over(sqlite: Sqlite, lowered: Lowered) -> Self {
        // A name that cannot be written fails with the first statement.
        let table = sql::table_name::<U, diesel::sqlite::Sqlite>()
            .unwrap_or_else(|_| U::SCHEMA.user.to_owned());
        Self { sqlite, lowered, table, user: PhantomData }
    }
}

impl<U: SqliteUser> UserStore<U> for SqliteUsers<U> {
    fn name(&self) -> &str {
        &self.table
    }

    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<U>> {
        let id = id.clone();
        Box::pin(self.sqlite.look_up(move |connection| {
            let found = sql::find_by_id::<U>(&id).get_result(connection).optional()?;
            Ok(found.map(|Loaded(user)| user))
        }))
    }

    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<U>> {
        let (name, lowered) = (name.clone(), self.lowered.clone());
        Box::pin(self.sqlite.read(move |connection| {
            let rows = sql::find_by_login::<U, _>(&name, &lowered).load(connection)?;
            Ok(preferred(rows.into_iter().map(|Loaded(user)| user).collect(), &name))
        }))
    }

    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<U>> {
        let Some(find) = sql::find_by_recovery::<U, _>(value, &self.lowered) else {
            return Box::pin(ready(Ok(None)));
        };
        let value = value.to_owned();
        Box::pin(self.sqlite.read(move |connection| {
            let found: Vec<Loaded<U>> = find.load(connection)?;
            Ok(recovered(found.into_iter().map(|Loaded(user)| user).collect(), &value))
        }))
    }

    fn stored_names<'a>(
        &'a self,
        field: LoginField,
        names: &'a [String],
    ) -> StoreFuture<'a, Vec<String>> {
        let Some(find) = sql::find_stored::<U, _>(field, names, &self.lowered) else {
            return Box::pin(ready(Ok(Vec::new())));
        };
        Box::pin(self.sqlite.read(move |connection| {
            let found: Vec<Loaded<U>> = find.load(connection)?;
            let stored = found.iter().filter_map(|Loaded(user)| user.login_value(field));
            Ok(stored.map(str::to_owned).collect())
        }))
    }

    fn check_names(&self, case: UsernameCase) -> NameCheck<'_> {
        Box::pin(async move {
            let table = Names::of::<U>(self.sqlite.clone()).map_err(StartupError::database)?;
            sql::check(&table, self, &self.lowered, case).await
        })
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        Box::pin(async move {
            let lowered = self.lowered.clone();
            let inserted = self.sqlite.write(move |connection| {
                // To its end, where SQLite reports that the commit failed.
                let mut rows = match sql::insert(new).returning().load(connection) {
                    Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, violation)) => {
                        let column = violated_column::<U>(violation.message(), &lowered);
                        return Ok(Err(InsertError::Duplicate(column)));
                    }
                    Err(error @ Error::DatabaseError(DatabaseErrorKind::CheckViolation, _)) => {
                        return Ok(Err(InsertError::unfit(None, error)));
                    }
                    rows => rows?,
                };
                rows.pop().map(|Loaded(user)| Ok(user)).ok_or_else(sql::no_row)
            });
            inserted.await?
        })
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        let id = id.clone();
        Box::pin(self.sqlite.write(move |connection| {
            match sql::change::<U, _>(&id, &change)?.execute(connection) {
                Ok(0) => Ok(Changed::Stale),
                Ok(_) => Ok(Changed::Applied),
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                    Ok(Changed::Taken)
                }
                Err(error) => Err(error),
            }
        }))
    }
}

impl<U> fmt::Debug for SqliteUsers<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteUsers").field("sqlite", &self.sqlite).finish_non_exhaustive()
    }
}

/// Reads `UNIQUE constraint failed: accounts.email_address`, or `index 'by_lower_mail'` in place of
/// the column. A violated index over several columns, or over another expression, names no single
/// one.
fn violated_column<U: AuthUser>(message: &str, lowered: &Lowered) -> Option<String> {
    let (_, columns) = message.split_once(": ")?;
    if let Some(index) = columns.strip_prefix("index '").and_then(|it| it.strip_suffix('\'')) {
        return lowered.column_of::<U>(index).map(str::to_owned);
    }
    if columns.contains(',') {
        return None;
    }
    let (_, column) = columns.rsplit_once('.')?;
    Some(column.to_owned())
}

#[cfg(test)]
mod tests {
    use super::{Lowered, violated_column};

    diesel::table! {
        guests (id) {
            id -> Integer,
            username -> Text,
            hashed_password -> Text,
        }
    }

    #[derive(crate::AuthUser)]
    #[diesel(table_name = guests)]
    #[auth(crate = crate, recovery(none), without(is_active, token_version))]
    struct Guest {
        id: i32,
        username: String,
        hashed_password: String,
    }

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let lowered = Lowered::of::<Guest>([("by_name".to_owned(), "username".to_owned())]);
        let column = |message| violated_column::<Guest>(message, &lowered);
        let by_lower = "UNIQUE constraint failed: index 'by_name'";
        assert_eq!(column(by_lower), Some("username".to_owned()));
        assert_eq!(column("UNIQUE constraint failed: a.mail"), Some("mail".to_owned()));
        assert_eq!(column("UNIQUE constraint failed: a.x, a.y"), None);
        assert_eq!(column("UNIQUE constraint failed: index 'by_lower_mail'"), None);
    }
}
