//! Whether a field can be read from its column and written to it, on each backend that the struct
//! is for.

#[cfg(feature = "sqlite")]
use diesel::{deserialize::FromSql, serialize::ToSql, sql_types::HasSqlType};

/// A type that can be read from a column of the SQL type `ST`, on each of the backends `On`.
pub trait Readable<ST, On> {}

/// A type that can be written to a column of the SQL type `ST`, on each of the backends `On`.
pub trait Writable<ST, On> {}

/// The backends that a struct is for, as types. A list of them is `(First, Rest)`, or `()`.
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

impl<T, ST> Readable<ST, ()> for T {}

impl<T, ST> Writable<ST, ()> for T {}

impl<T: Readable<ST, First> + Readable<ST, Rest>, ST, First, Rest> Readable<ST, (First, Rest)>
    for T
{
}

impl<T: Writable<ST, First> + Writable<ST, Rest>, ST, First, Rest> Writable<ST, (First, Rest)>
    for T
{
}

#[cfg(feature = "sqlite")]
impl<T, ST> Readable<ST, backend::Sqlite> for T
where
    diesel::sqlite::Sqlite: HasSqlType<ST>,
    T: FromSql<ST, diesel::sqlite::Sqlite>,
{
}

#[cfg(feature = "sqlite")]
impl<T, ST> Writable<ST, backend::Sqlite> for T
where
    diesel::sqlite::Sqlite: HasSqlType<ST>,
    T: ToSql<ST, diesel::sqlite::Sqlite>,
{
}

/// Nothing is asked of a backend that is not enabled.
macro_rules! not_asked {
    ($($backend:ident),*) => {$(
        impl<T, ST> Readable<ST, backend::$backend> for T {}

        impl<T, ST> Writable<ST, backend::$backend> for T {}
    )*};
}

#[cfg(not(feature = "sqlite"))]
not_asked!(Sqlite);
not_asked!(Postgres, Mysql);
