//! The application's users table on SQLite.

use diesel::SqliteConnection;
use diesel::result::QueryResult;

use crate::user::{AuthUser, Change, LoginName, NewUser};

/// A user struct with its queries for SQLite. The derive implements it, through the runtime's
/// store macro.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no store for SQLite",
    label = "not a crudauth user with SQLite queries",
    note = "add `#[derive(crudauth::AuthUser)]` to `{Self}`, and enable the feature `sqlite` of `crudauth`"
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
