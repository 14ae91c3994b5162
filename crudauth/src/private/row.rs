//! Whether a field can be read from its column and written to it, on each backend that the struct
//! is for.

#[cfg(feature = "sql")]
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

    /// All backends: those of a struct that does not name any.
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

/// An enabled backend reads and writes what Diesel can.
#[cfg(feature = "sql")]
macro_rules! asked {
    ($backend:ident, $diesel:ty) => {
        impl<T, ST> Readable<ST, backend::$backend> for T
        where
            $diesel: HasSqlType<ST>,
            T: FromSql<ST, $diesel>,
        {
        }

        impl<T, ST> Writable<ST, backend::$backend> for T
        where
            $diesel: HasSqlType<ST>,
            T: ToSql<ST, $diesel>,
        {
        }
    };
}

#[cfg(feature = "sqlite")]
asked!(Sqlite, diesel::sqlite::Sqlite);
#[cfg(feature = "postgres")]
asked!(Postgres, diesel::pg::Pg);
#[cfg(feature = "mysql")]
asked!(Mysql, diesel::mysql::Mysql);

/// A backend that is not enabled accepts everything.
#[cfg(not(all(feature = "sqlite", feature = "postgres", feature = "mysql")))]
macro_rules! not_asked {
    ($backend:ident) => {
        impl<T, ST> Readable<ST, backend::$backend> for T {}

        impl<T, ST> Writable<ST, backend::$backend> for T {}
    };
}

#[cfg(not(feature = "sqlite"))]
not_asked!(Sqlite);
#[cfg(not(feature = "postgres"))]
not_asked!(Postgres);
#[cfg(not(feature = "mysql"))]
not_asked!(Mysql);
