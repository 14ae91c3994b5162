//! What a field needs so that a row can be read and written, without naming a backend.
//!
//! A check that named the backend would be reported once for each of them. These traits hold for
//! a type exactly if every enabled backend can do it.

use diesel::dsl;
use diesel::expression::TypedExpressionType;
use diesel::expression_methods::ExpressionMethods;
use diesel::query_source::Column;
use diesel::sql_types::{SingleValue, SqlType};
#[cfg(feature = "sqlite")]
use diesel::{QueryResult, SqliteConnection};

use super::bind::{Bind, bind};
use super::columns::SqlTypeOf;
#[cfg(feature = "sqlite")]
use super::stub;
#[cfg(feature = "sqlite")]
use crate::user::{AuthUser, Change, LoginName, NewUser};

/// A type that can be read from a column of the SQL type `ST`, on each of the backends `On`.
pub trait Readable<ST, On> {}

impl<T, ST> Readable<ST, ()> for T {}

impl<T: Readable<ST, First> + Readable<ST, Rest>, ST, First, Rest> Readable<ST, (First, Rest)>
    for T
{
}

impl<T: ReadableOnSqlite<ST>, ST> Readable<ST, backend::Sqlite> for T {}

impl<T, ST> Readable<ST, backend::Postgres> for T {}

impl<T, ST> Readable<ST, backend::Mysql> for T {}

/// A type that can be written to a column of the SQL type `ST`, on each of the backends `On`.
pub trait Writable<ST, On> {}

impl<T, ST> Writable<ST, ()> for T {}

impl<T: Writable<ST, First> + Writable<ST, Rest>, ST, First, Rest> Writable<ST, (First, Rest)>
    for T
{
}

impl<T: WritableOnSqlite<ST>, ST> Writable<ST, backend::Sqlite> for T {}

impl<T, ST> Writable<ST, backend::Postgres> for T {}

impl<T, ST> Writable<ST, backend::Mysql> for T {}

/// The backends that a struct is for, as types. A list of them is `(First, Rest)`, or `()`.
///
/// Of a backend without stores nothing is asked, nor of one whose feature is not enabled.
pub mod backend {
    /// SQLite.
    #[derive(Debug)]
    pub enum Sqlite {}

    /// PostgreSQL.
    #[derive(Debug)]
    pub enum Postgres {}

    /// MySQL and MariaDB.
    #[derive(Debug)]
    pub enum Mysql {}

    /// What a struct is for that says nothing else.
    pub type Every = (Sqlite, (Postgres, (Mysql, ())));
}

#[cfg(feature = "sqlite")]
pub use self::on_sqlite::{ReadableOnSqlite, WritableOnSqlite};
#[cfg(not(feature = "sqlite"))]
pub use self::without_sqlite::{ReadableOnSqlite, WritableOnSqlite};

#[cfg(feature = "sqlite")]
mod on_sqlite {
    use diesel::deserialize::StaticallySizedRow;
    use diesel::serialize::ToSql;
    use diesel::sql_types::HasSqlType;
    use diesel::sqlite::Sqlite;

    /// SQLite can read it.
    pub trait ReadableOnSqlite<ST>: StaticallySizedRow<ST, Sqlite> {}

    impl<T: StaticallySizedRow<ST, Sqlite>, ST> ReadableOnSqlite<ST> for T where Sqlite: HasSqlType<ST> {}

    /// SQLite can write it.
    pub trait WritableOnSqlite<ST>: ToSql<ST, Sqlite> {}

    impl<T: ToSql<ST, Sqlite>, ST> WritableOnSqlite<ST> for T where Sqlite: HasSqlType<ST> {}
}

#[cfg(not(feature = "sqlite"))]
mod without_sqlite {
    /// Nobody asks SQLite.
    pub trait ReadableOnSqlite<ST> {}

    impl<T, ST> ReadableOnSqlite<ST> for T {}

    /// Nobody asks SQLite.
    pub trait WritableOnSqlite<ST> {}

    impl<T, ST> WritableOnSqlite<ST> for T {}
}

/// The queries of a struct whose fields do not fit their columns. They are never run, because the
/// checks of the derive have failed; where the fields fit, inherent functions hide these.
#[cfg(feature = "sqlite")]
#[expect(missing_docs, reason = "the functions are those of `SqliteUser`")]
pub trait NoSqliteQueries {
    type User: AuthUser;

    fn table() -> String {
        stub()
    }

    fn probe(_: &mut SqliteConnection) -> QueryResult<()> {
        stub()
    }

    fn find_by_id(
        _: &mut SqliteConnection,
        _: &<Self::User as AuthUser>::Id,
    ) -> QueryResult<Option<Self::User>> {
        stub()
    }

    fn find_by_login(_: &mut SqliteConnection, _: &LoginName) -> QueryResult<Vec<Self::User>> {
        stub()
    }

    fn find_by_recovery(_: &mut SqliteConnection, _: &str) -> QueryResult<Option<Self::User>> {
        stub()
    }

    fn insert(_: &mut SqliteConnection, _: NewUser<Self::User>) -> QueryResult<Self::User> {
        stub()
    }

    fn change(
        _: &mut SqliteConnection,
        _: &<Self::User as AuthUser>::Id,
        _: &Change,
    ) -> QueryResult<usize> {
        stub()
    }
}

/// A column as a value. The expansion names columns as types only: a misspelt name is then
/// reported once, not once as a type and once as a value.
#[must_use]
pub fn column<C: Column + Default>() -> C {
    C::default()
}

/// `column = value`: a condition, or an assignment.
pub fn is<C, T>(value: T) -> dsl::Eq<C, Bind<SqlTypeOf<C>, T>>
where
    C: Column + Default,
    SqlTypeOf<C>: SqlType + SingleValue + TypedExpressionType,
{
    column::<C>().eq(bind(value))
}

/// The one row that an INSERT returns.
///
/// The statement is read to its end before its row is used: SQLite reports only there that the
/// commit failed, when the disk is full, say.
///
/// # Errors
///
/// `NotFound`, where there is no row.
pub fn only_row<T>(mut rows: Vec<T>) -> diesel::QueryResult<T> {
    rows.pop().ok_or(diesel::result::Error::NotFound)
}

/// The users of all `rows`. (The expansion has no iterators under `#![no_implicit_prelude]`.)
pub fn all_rows<T, U>(rows: Vec<T>, user: impl FnMut(T) -> U) -> Vec<U> {
    rows.into_iter().map(user).collect()
}
