//! A field and its column: whether they fit, and how the rows of the user are read and written.
//!
//! As in [`probe`](super::probe), an inherent item exists where the field fits its column, and hides
//! the item of [`FieldFallback`] of the same name.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::deserialize::{self, FromSql};
use diesel::expression::Expression;
use diesel::query_builder::{AstPass, QueryFragment};
use diesel::result::QueryResult;
use diesel::row::Row;
use diesel::serialize::ToSql;
use diesel::sql_types::HasSqlType;

use super::columns::SqlTypeOf;
use super::row::{Readable, Writable};
use super::stub;
use crate::store::sql::{Bound, Cell, TypeIn, TypeLookup};

/// A field of the type `T` in the column `C`, on a backend of Diesel or on those in a list.
pub struct Field<T, C, On>(PhantomData<(T, C, On)>);

impl<T: Readable<SqlTypeOf<C>, On>, C: Expression, On> Field<T, C, On> {
    /// The field can be read from the column.
    pub const READABLE: bool = true;
}

impl<T: Writable<SqlTypeOf<C>, On>, C: Expression, On> Field<T, C, On> {
    /// The field can be written to the column.
    pub const WRITABLE: bool = true;
}

impl<T, C, DB> Field<T, C, DB>
where
    DB: Backend + HasSqlType<SqlTypeOf<C>>,
    C: Expression,
    T: FromSql<SqlTypeOf<C>, DB>,
{
    /// What the backend calls the type that the column is declared with.
    #[must_use]
    pub fn kind(lookup: &mut TypeLookup<DB>) -> TypeIn<DB> {
        <DB as HasSqlType<SqlTypeOf<C>>>::metadata(lookup)
    }

    /// Reads the cell at `place`.
    ///
    /// # Errors
    ///
    /// Where the cell holds something else.
    pub fn read<'a>(row: &impl Row<'a, DB>, place: usize) -> deserialize::Result<T> {
        row.get_value::<SqlTypeOf<C>, T, usize>(place)
    }
}

impl<T, C, DB> Field<T, C, DB>
where
    DB: Backend + HasSqlType<SqlTypeOf<C>>,
    C: Expression,
    T: ToSql<SqlTypeOf<C>, DB>,
{
    /// Binds `value` in a statement that is being built.
    ///
    /// # Errors
    ///
    /// Where the value cannot be written.
    pub fn push<'b>(value: &'b T, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_bind_param::<SqlTypeOf<C>, T>(value)
    }

    /// Makes a bind parameter of `value`.
    #[must_use]
    pub fn bind(value: T) -> Option<Bound<DB>>
    where
        T: Send + Sync + 'static,
        C: 'static,
    {
        Some(Box::new(Bind::<T, C> { value, column: PhantomData }))
    }

    /// Makes the cell at `place` that holds `value`.
    #[must_use]
    pub fn cell(place: usize, value: T) -> Cell<DB>
    where
        T: Send + Sync + 'static,
        C: 'static,
    {
        (place, Box::new(Bind::<T, C> { value, column: PhantomData }))
    }
}

/// A value for the column `C`.
struct Bind<T, C> {
    value: T,
    column: PhantomData<fn() -> C>,
}

impl<T, C, DB> QueryFragment<DB> for Bind<T, C>
where
    DB: Backend + HasSqlType<SqlTypeOf<C>>,
    C: Expression,
    T: ToSql<SqlTypeOf<C>, DB>,
{
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_bind_param::<SqlTypeOf<C>, T>(&self.value)
    }
}

/// A field that does not fit its column. The functions are never run, since the derive has failed.
pub trait FieldFallback<T, DB> {
    /// The field cannot be read from the column.
    const READABLE: bool = false;
    /// The field cannot be written to the column.
    const WRITABLE: bool = false;

    /// See [`Field::read`].
    ///
    /// # Errors
    ///
    /// It never returns.
    fn read<R>(_: &R, _: usize) -> deserialize::Result<T> {
        stub()
    }

    /// See [`Field::kind`].
    fn kind(_: &mut TypeLookup<DB>) -> TypeIn<DB>
    where
        DB: Backend,
    {
        stub()
    }

    /// See [`Field::push`].
    ///
    /// # Errors
    ///
    /// It never returns.
    fn push(_: &T, _: AstPass<'_, '_, DB>) -> QueryResult<()>
    where
        DB: Backend,
    {
        stub()
    }

    /// See [`Field::bind`].
    fn bind(_: T) -> Option<Bound<DB>>
    where
        DB: Backend,
    {
        stub()
    }

    /// See [`Field::cell`].
    fn cell(_: usize, _: T) -> Cell<DB>
    where
        DB: Backend,
    {
        stub()
    }
}

impl<T, C, DB> FieldFallback<T, DB> for Field<T, C, DB> {}

/// The cells as a list. (The expansion has no `vec!` under `#![no_implicit_prelude]`.)
#[must_use]
pub fn cells<DB: Backend, const N: usize>(cells: [Cell<DB>; N]) -> Vec<Cell<DB>> {
    cells.into()
}
