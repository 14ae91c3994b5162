//! What the derive's expansion names. Not part of the public interface: it may change in any
//! release, and the derive of one release fits only the runtime of the same release.

mod ask;
mod bind;
mod columns;
mod epoch;
mod row;
mod text;

pub use core;
pub use core::primitive::{bool, usize};
pub use diesel;
pub use std::option::Option;
pub use std::result::Result;
pub use std::string::String;
pub use std::vec::Vec;

pub use self::ask::{Both, FieldOf, Id, InPlaceOf, Is, Otherwise, require};
pub use self::bind::bind;
pub use self::columns::{SqlTypeOf, TableColumns, admits_null, all_filled};
#[cfg(feature = "sqlite")]
pub use self::row::NoSqliteQueries;
pub use self::row::{ReadableOnSqlite, WritableOnSqlite, all_rows, backend, column, is, only_row};
pub use self::text::{Bare, Chosen, Form, Optional, TextOf};
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::SqliteUser;
pub use crate::{
    __stub_store as stub_store, __user_store as user_store, __with_sqlite as with_sqlite,
};

/// The name of a table as SQLite's query builder writes it.
#[cfg(feature = "sqlite")]
pub fn sqlite_name<T>(table: &T) -> String
where
    T: diesel::query_builder::QueryFragment<diesel::sqlite::Sqlite>,
{
    let shown = diesel::debug_query::<diesel::sqlite::Sqlite, _>(table).to_string();
    shown.split(" -- binds").next().unwrap_or_default().trim().to_owned()
}

/// The body of what a stub implements: it is never run, because the derive has failed.
pub fn stub() -> ! {
    unreachable!("the derive of this user struct failed to compile")
}
