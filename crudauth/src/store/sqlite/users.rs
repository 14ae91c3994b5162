//! The application's users table on SQLite.

use std::fmt;
use std::marker::PhantomData;

use diesel::SqliteConnection;
use diesel::result::{DatabaseErrorKind, Error, QueryResult};

use super::Sqlite;
use crate::store::{Changed, InsertError, InsertFuture, StoreFuture, UserStore, preferred};
use crate::user::{AuthUser, Change, LoginName, NewUser};

/// A user struct with its queries for SQLite. The derive implements it, through the runtime's
/// store macro.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for SQLite",
    label = "needs a user with a store for SQLite",
    note = "`#[derive(crudauth::AuthUser)]` makes one, unless `#[diesel(check_for_backend(..))]` names other backends only"
)]
pub trait SqliteUser: AuthUser {
    /// The table's name, quoted for SQL.
    fn table() -> String;

    /// Selects every column of the struct and no row: fails where a column is missing.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn probe(connection: &mut SqliteConnection) -> QueryResult<()>;

    /// The row with this primary key.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn find_by_id(connection: &mut SqliteConnection, id: &Self::Id) -> QueryResult<Option<Self>>;

    /// Every row that `name` identifies by any login field, in one statement.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn find_by_login(connection: &mut SqliteConnection, name: &LoginName)
    -> QueryResult<Vec<Self>>;

    /// The row whose recovery factor has this value; none for a struct without one.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn find_by_recovery(
        connection: &mut SqliteConnection,
        value: &str,
    ) -> QueryResult<Option<Self>>;

    /// Inserts a row and returns it, in one statement.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn insert(connection: &mut SqliteConnection, new: NewUser<Self>) -> QueryResult<Self>;

    /// Applies `change` in one conditional statement and returns the number of rows changed.
    ///
    /// # Errors
    ///
    /// That of the database.
    fn change(
        connection: &mut SqliteConnection,
        id: &Self::Id,
        change: &Change,
    ) -> QueryResult<usize>;
}

/// The application's users on SQLite.
pub struct SqliteUsers<U> {
    sqlite: Sqlite,
    user: PhantomData<fn() -> U>,
}

impl<U: SqliteUser> SqliteUsers<U> {
    /// The users in the table that `U` maps to.
    #[must_use]
    pub fn new(sqlite: Sqlite) -> Self {
        Self { sqlite, user: PhantomData }
    }
}

impl<U: SqliteUser> UserStore<U> for SqliteUsers<U> {
    fn find_by_id<'a>(&'a self, id: &'a U::Id) -> StoreFuture<'a, Option<U>> {
        let id = id.clone();
        Box::pin(self.sqlite.read(move |connection| U::find_by_id(connection, &id)))
    }

    fn find_by_login<'a>(&'a self, name: &'a LoginName) -> StoreFuture<'a, Option<U>> {
        let name = name.clone();
        Box::pin(self.sqlite.read(move |connection| {
            U::find_by_login(connection, &name).map(|rows| preferred(rows, &name))
        }))
    }

    fn find_by_recovery<'a>(&'a self, value: &'a str) -> StoreFuture<'a, Option<U>> {
        let value = value.to_owned();
        Box::pin(self.sqlite.read(move |connection| U::find_by_recovery(connection, &value)))
    }

    fn insert(&self, new: NewUser<U>) -> InsertFuture<'_, U> {
        Box::pin(async move {
            let inserted = self.sqlite.write(move |connection| match U::insert(connection, new) {
                Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, violation)) => {
                    Ok(Err(InsertError::Duplicate(violated_column(violation.message()))))
                }
                other => other.map(Ok),
            });
            inserted.await?
        })
    }

    fn change<'a>(&'a self, id: &'a U::Id, change: Change) -> StoreFuture<'a, Changed> {
        let id = id.clone();
        Box::pin(self.sqlite.write(move |connection| match U::change(connection, &id, &change) {
            Ok(0) => Ok(Changed::Stale),
            Ok(_) => Ok(Changed::Applied),
            Err(Error::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(Changed::Taken),
            Err(error) => Err(error),
        }))
    }
}

impl<U> fmt::Debug for SqliteUsers<U> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteUsers").field("sqlite", &self.sqlite).finish_non_exhaustive()
    }
}

/// Reads `UNIQUE constraint failed: accounts.email_address`. A violated index over several
/// columns, or over an expression, names no single one.
fn violated_column(message: &str) -> Option<String> {
    let (_, columns) = message.split_once(": ")?;
    if columns.contains(',') {
        return None;
    }
    let (_, column) = columns.rsplit_once('.')?;
    Some(column.to_owned())
}

#[cfg(test)]
mod tests {
    use super::violated_column;

    #[test]
    fn a_violation_names_its_column_if_it_is_one() {
        let column = |message| violated_column(message);
        assert_eq!(column("UNIQUE constraint failed: a.mail"), Some("mail".to_owned()));
        assert_eq!(column("UNIQUE constraint failed: a.x, a.y"), None);
        assert_eq!(column("UNIQUE constraint failed: index 'by_lower_mail'"), None);
    }
}
