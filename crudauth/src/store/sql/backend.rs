//! What a backend of Diesel must hold, so that crudauth's own tables can be in it.

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;
use diesel::row::NamedRow;
use diesel::serialize::ToSql;
use diesel::sql_types::{BigInt, Binary, Bool, HasSqlType, Integer, Nullable, Text};

/// A backend that crudauth's own tables can be in.
pub trait SqlBackend:
    Backend<QueryBuilder: Default>
    + Default
    + Holds<Integer, i32>
    + Holds<BigInt, i64>
    + Holds<Nullable<BigInt>, Option<i64>>
    + Holds<Bool, bool>
    + Holds<Nullable<Bool>, Option<bool>>
    + Holds<Text, String>
    + Holds<Nullable<Text>, Option<String>>
    + Holds<Binary, Vec<u8>>
    + Holds<Nullable<Binary>, Option<Vec<u8>>>
{
}

impl<DB> SqlBackend for DB where
    DB: Backend<QueryBuilder: Default>
        + Default
        + Holds<Integer, i32>
        + Holds<BigInt, i64>
        + Holds<Nullable<BigInt>, Option<i64>>
        + Holds<Bool, bool>
        + Holds<Nullable<Bool>, Option<bool>>
        + Holds<Text, String>
        + Holds<Nullable<Text>, Option<String>>
        + Holds<Binary, Vec<u8>>
        + Holds<Nullable<Binary>, Option<Vec<u8>>>
{
}

/// A backend with columns of the type `ST`, whose values are of the type `T`.
///
/// As bounds of a trait these follow from that trait, which the bounds of Diesel's own traits, on
/// `T`, do not.
pub trait Holds<ST, T>: Backend {
    /// Binds a value in a statement that is being built.
    ///
    /// # Errors
    ///
    /// Where it cannot be written.
    fn push<'b>(pass: &mut AstPass<'_, 'b, Self>, value: &'b T) -> QueryResult<()>;

    /// Reads the value in a column.
    ///
    /// # Errors
    ///
    /// Where there is no such column, or another type in it.
    fn get<'a>(row: &impl NamedRow<'a, Self>, column: &str) -> deserialize::Result<T>;
}

impl<ST, T, DB> Holds<ST, T> for DB
where
    DB: Backend + HasSqlType<ST>,
    T: ToSql<ST, DB> + FromSql<ST, DB>,
{
    fn push<'b>(pass: &mut AstPass<'_, 'b, Self>, value: &'b T) -> QueryResult<()> {
        pass.push_bind_param::<ST, _>(value)
    }

    fn get<'a>(row: &impl NamedRow<'a, Self>, column: &str) -> deserialize::Result<T> {
        NamedRow::get::<ST, T>(row, column)
    }
}

/// The type of the columns that hold `Self`.
pub(crate) trait Column {
    type Sql;
}

macro_rules! columns {
    ($($value:ty: $sql:ty,)*) => {
        $(impl Column for $value { type Sql = $sql; })*
    };
}

columns! {
    i32: Integer,
    i64: BigInt,
    Option<i64>: Nullable<BigInt>,
    bool: Bool,
    String: Text,
    Option<String>: Nullable<Text>,
    Vec<u8>: Binary,
    Option<Vec<u8>>: Nullable<Binary>,
}

/// Rows that are read by the names of their columns, on every backend.
macro_rules! rows {
    ($($(#[$meta:meta])* $vis:vis struct $name:ident {
        $($(#[$about:meta])* $field_vis:vis $field:ident: $type:ty,)*
    })*) => {$(
        $(#[$meta])*
        $vis struct $name {
            $($(#[$about])* $field_vis $field: $type,)*
        }

        impl<DB: $crate::store::sql::SqlBackend> diesel::deserialize::QueryableByName<DB> for $name {
            fn build<'a>(
                row: &impl diesel::row::NamedRow<'a, DB>,
            ) -> diesel::deserialize::Result<Self> {
                use $crate::store::sql::{Column, Holds};
                Ok(Self {
                    $($field: <DB as Holds<<$type as Column>::Sql, $type>>::get(
                        row,
                        stringify!($field),
                    )?,)*
                })
            }
        }
    )*};
}

pub(crate) use rows;
