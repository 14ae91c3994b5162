//! The statements, as Diesel runs them.
//!
//! None has a bound LIMIT, since SQLite prepares such a statement again at each use. The reads on
//! the path of every request have a static `QueryId`, so that their SQL is built once per
//! connection.

use std::marker::PhantomData;
use std::sync::Arc;

use diesel::backend::Backend;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::result::{Error, QueryResult};
use diesel::sql_types::Untyped;

use super::row::{Cell, UserRow};
use super::scope::push_and_counts;
use crate::user::{AuthUser, Logical};

/// The name of the table.
#[derive(Debug)]
pub(crate) struct Table<U>(pub(crate) PhantomData<fn() -> U>);

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for Table<U> {
    fn walk_ast<'b>(&'b self, pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        U::push_table(pass)
    }
}

/// `SELECT` all columns of the struct `FROM` its table `WHERE` a condition holds.
#[derive(Debug)]
pub(crate) struct Select<U, Where> {
    rows: Where,
    user: PhantomData<fn() -> U>,
}

impl<U, Where> Select<U, Where> {
    /// Selects these rows.
    pub(crate) fn new(rows: Where) -> Self {
        Self { rows, user: PhantomData }
    }
}

impl<U: UserRow<DB>, Where: QueryFragment<DB>, DB: Backend> QueryFragment<DB> for Select<U, Where> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("SELECT ");
        push_columns::<U, DB>(None, &mut pass)?;
        pass.push_sql(" FROM ");
        U::push_table(pass.reborrow())?;
        pass.push_sql(" WHERE ");
        self.rows.walk_ast(pass)
    }
}

impl<U: 'static, Where: QueryId> QueryId for Select<U, Where> {
    type QueryId = Select<U, Where::QueryId>;
    const HAS_STATIC_QUERY_ID: bool = Where::HAS_STATIC_QUERY_ID;
}

impl<U, Where> Query for Select<U, Where> {
    type SqlType = Untyped;
}

/// The row with this primary key. The bound value is cast to the type of the column, if the
/// database requires it for the comparison.
#[derive(Debug)]
pub(crate) struct ById<U: AuthUser> {
    pub(crate) id: U::Id,
    pub(crate) of_type: Option<Arc<str>>,
}

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for ById<U> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_identifier(id_column::<U>()?)?;
        pass.push_sql(" = ");
        push_id_as::<U, DB>(&self.id, self.of_type.as_deref(), pass.reborrow())?;
        push_and_counts::<U, DB>(None, &mut pass)
    }
}

/// The type is that of the one table, and so the text of the statement.
impl<U: AuthUser> QueryId for ById<U> {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// Binds an id, cast to a type where one is given.
pub(super) fn push_id_as<'b, U: UserRow<DB>, DB: Backend>(
    id: &'b U::Id,
    of_type: Option<&str>,
    mut pass: AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    let Some(of_type) = of_type else { return U::push_id(id, pass) };
    pass.push_sql("CAST(");
    U::push_id(id, pass.reborrow())?;
    pass.push_sql(" AS ");
    pass.push_sql(of_type);
    pass.push_sql(")");
    Ok(())
}

/// The rows in which one of these columns has its value.
pub(crate) struct AnyOf<U, DB: Backend> {
    any: Vec<(Cell<DB>, By)>,
    tenant: Option<Cell<DB>>,
    user: PhantomData<fn() -> U>,
}

/// The expression by which a text is looked up: that of the index over its column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum By {
    /// The column itself.
    Column,
    /// `lower(column)`: the rows are then those with the text in any case.
    Lower,
}

impl<U, DB: Backend> AnyOf<U, DB> {
    /// Rows of this tenant with any of these values.
    #[must_use]
    pub(crate) fn new(of: Vec<(Cell<DB>, By)>, tenant: Option<Cell<DB>>) -> Self {
        Self { any: of, tenant, user: PhantomData }
    }
}

impl<U: AuthUser, DB: Backend> QueryFragment<DB> for AnyOf<U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("(");
        for (at, (cell, by)) in self.any.iter().enumerate() {
            separate(at, " OR ", &mut pass);
            match by {
                By::Column => push_pair::<U, DB>(cell, &mut pass)?,
                By::Lower => {
                    let (index, value) = cell;
                    pass.push_sql("lower(");
                    pass.push_identifier(column::<U>(*index)?)?;
                    pass.push_sql(") = lower(");
                    value.walk_ast(pass.reborrow())?;
                    pass.push_sql(")");
                }
            }
        }
        pass.push_sql(")");
        if let Some(tenant) = &self.tenant {
            pass.push_sql(" AND ");
            push_pair::<U, DB>(tenant, &mut pass)?;
        }
        push_and_counts::<U, DB>(None, &mut pass)
    }
}

/// The SQL depends on the indexes of the table. It is built only for sign-ins and sign-ups.
impl<U, DB: Backend> QueryId for AnyOf<U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// No row.
#[derive(Debug)]
pub(crate) struct NoRows;

impl<DB: Backend> QueryFragment<DB> for NoRows {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("1 = 0");
        Ok(())
    }
}

impl QueryId for NoRows {
    type QueryId = Self;
    const HAS_STATIC_QUERY_ID: bool = true;
}

/// `INSERT` one row `INTO` the table of the struct.
pub(crate) struct Insert<U, DB: Backend> {
    pub(super) row: Vec<Cell<DB>>,
    user: PhantomData<fn() -> U>,
}

impl<U, DB: Backend> Insert<U, DB> {
    /// Inserts a row of these values; of every other column it has the default.
    #[must_use]
    pub(crate) fn new(row: Vec<Cell<DB>>) -> Self {
        Self { row, user: PhantomData }
    }
}

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for Insert<U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("INSERT INTO ");
        U::push_table(pass.reborrow())?;
        pass.push_sql(" (");
        for (at, (index, _)) in self.row.iter().enumerate() {
            separate(at, ", ", &mut pass);
            pass.push_identifier(column::<U>(*index)?)?;
        }
        pass.push_sql(") VALUES (");
        for (at, (_, value)) in self.row.iter().enumerate() {
            separate(at, ", ", &mut pass);
            value.walk_ast(pass.reborrow())?;
        }
        pass.push_sql(")");
        Ok(())
    }
}

impl<U, DB: Backend> QueryId for Insert<U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// `INSERT` one row `INTO` the table of the struct, and `RETURNING` it.
pub(crate) struct InsertReturning<'a, U, DB: Backend>(pub(crate) &'a Insert<U, DB>);

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for InsertReturning<'_, U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        self.0.walk_ast(pass.reborrow())?;
        pass.push_sql(" RETURNING ");
        push_columns::<U, DB>(None, &mut pass)
    }
}

impl<U, DB: Backend> QueryId for InsertReturning<'_, U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<U, DB: Backend> Query for InsertReturning<'_, U, DB> {
    type SqlType = Untyped;
}

/// `UPDATE` one row, if it is in the expected state.
pub(crate) struct Update<'a, U: AuthUser, DB: Backend> {
    /// The row.
    pub(crate) id: &'a U::Id,
    /// The type of its primary key, where a bound value is to be cast to it.
    pub(crate) id_type: Option<&'a str>,
    /// What to write.
    pub(crate) set: Vec<Assigned<DB>>,
    /// What the row must be.
    pub(crate) when: Vec<Expected<DB>>,
    /// See [`Dialect::exact`](super::dialect::Dialect::exact).
    pub(crate) exact: (&'static str, &'static str),
}

/// What is written into a column.
pub(crate) enum Assigned<DB: Backend> {
    /// This value.
    Value(Cell<DB>),
    /// This value, if the column is NULL: a moment that is there stays what it was.
    IfNull(Cell<DB>),
    /// What it holds.
    Same(usize),
    /// NULL.
    Null(usize),
}

/// What a column must hold.
pub(crate) enum Expected<DB: Backend> {
    /// This value.
    Is(Cell<DB>),
    /// This text, byte by byte.
    Exactly(Cell<DB>),
    /// No second factor: no moment of its confirmation, or no secret.
    NotEnrolled {
        /// The column of the moment.
        confirmed: usize,
        /// The column of the secret.
        secret: usize,
    },
    /// Another value, or NULL.
    IsNot(Cell<DB>),
    /// NULL, or a number below this one.
    NullOrBelow(Cell<DB>),
    /// NULL.
    Null(usize),
    /// Anything but NULL.
    NotNull(usize),
}

impl<DB: Backend> Assigned<DB> {
    fn push<'b, U: AuthUser>(&'b self, pass: &mut AstPass<'_, 'b, DB>) -> QueryResult<()> {
        let (index, value) = match self {
            Self::Value(cell) => return push_pair::<U, DB>(cell, pass),
            Self::IfNull(cell) => cell,
            Self::Null(index) => {
                pass.push_identifier(column::<U>(*index)?)?;
                pass.push_sql(" = NULL");
                return Ok(());
            }
            Self::Same(index) => {
                let column = column::<U>(*index)?;
                pass.push_identifier(column)?;
                pass.push_sql(" = ");
                return pass.push_identifier(column);
            }
        };
        let column = column::<U>(*index)?;
        pass.push_identifier(column)?;
        pass.push_sql(" = COALESCE(");
        pass.push_identifier(column)?;
        pass.push_sql(", ");
        value.walk_ast(pass.reborrow())?;
        pass.push_sql(")");
        Ok(())
    }
}

impl<DB: Backend> Expected<DB> {
    fn push<'b, U: AuthUser>(
        &'b self,
        (before, behind): (&str, &str),
        pass: &mut AstPass<'_, 'b, DB>,
    ) -> QueryResult<()> {
        match self {
            Self::Is(cell) => push_pair::<U, DB>(cell, pass)?,
            Self::Exactly((index, value)) => {
                pass.push_sql(before);
                pass.push_identifier(column::<U>(*index)?)?;
                pass.push_sql(behind);
                pass.push_sql(" = ");
                pass.push_sql(before);
                value.walk_ast(pass.reborrow())?;
                pass.push_sql(behind);
            }
            Self::NotEnrolled { confirmed, secret } => {
                let secret = column::<U>(*secret)?;
                pass.push_sql("(");
                pass.push_identifier(column::<U>(*confirmed)?)?;
                pass.push_sql(" IS NULL OR ");
                pass.push_identifier(secret)?;
                pass.push_sql(" IS NULL OR ");
                pass.push_identifier(secret)?;
                pass.push_sql(" = '')");
            }
            Self::NullOrBelow((index, value)) => {
                let column = column::<U>(*index)?;
                pass.push_sql("(");
                pass.push_identifier(column)?;
                pass.push_sql(" IS NULL OR ");
                pass.push_identifier(column)?;
                pass.push_sql(" < ");
                value.walk_ast(pass.reborrow())?;
                pass.push_sql(")");
            }
            Self::IsNot((index, value)) => {
                let column = column::<U>(*index)?;
                pass.push_sql("(");
                pass.push_identifier(column)?;
                pass.push_sql(" <> ");
                value.walk_ast(pass.reborrow())?;
                pass.push_sql(" OR ");
                pass.push_identifier(column)?;
                pass.push_sql(" IS NULL)");
            }
            Self::Null(index) => {
                pass.push_identifier(column::<U>(*index)?)?;
                pass.push_sql(" IS NULL");
            }
            Self::NotNull(index) => {
                pass.push_identifier(column::<U>(*index)?)?;
                pass.push_sql(" IS NOT NULL");
            }
        }
        Ok(())
    }
}

impl<U: UserRow<DB>, DB: Backend> QueryFragment<DB> for Update<'_, U, DB> {
    fn walk_ast<'b>(&'b self, mut pass: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        pass.push_sql("UPDATE ");
        U::push_table(pass.reborrow())?;
        pass.push_sql(" SET ");
        for (at, assigned) in self.set.iter().enumerate() {
            separate(at, ", ", &mut pass);
            assigned.push::<U>(&mut pass)?;
        }
        pass.push_sql(" WHERE ");
        pass.push_identifier(id_column::<U>()?)?;
        pass.push_sql(" = ");
        push_id_as::<U, DB>(self.id, self.id_type, pass.reborrow())?;
        for expected in &self.when {
            pass.push_sql(" AND ");
            expected.push::<U>(self.exact, &mut pass)?;
        }
        push_and_counts::<U, DB>(None, &mut pass)
    }
}

impl<U: AuthUser, DB: Backend> QueryId for Update<'_, U, DB> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

/// All columns of the struct, qualified by the name `of` if it is given.
pub(super) fn push_columns<U: AuthUser, DB: Backend>(
    of: Option<&str>,
    pass: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    for (at, column) in U::SCHEMA.columns.iter().enumerate() {
        separate(at, ", ", pass);
        if let Some(table) = of {
            pass.push_identifier(table)?;
            pass.push_sql(".");
        }
        pass.push_identifier(column.column)?;
    }
    Ok(())
}

/// All columns equal these cells, where NULL equals NULL, in the syntax of MySQL.
pub(super) fn push_same<'b, U: AuthUser, DB: Backend>(
    cells: impl IntoIterator<Item = &'b Cell<DB>>,
    pass: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    for (at, (index, value)) in cells.into_iter().enumerate() {
        separate(at, " AND ", pass);
        pass.push_identifier(column::<U>(*index)?)?;
        pass.push_sql(" <=> ");
        value.walk_ast(pass.reborrow())?;
    }
    Ok(())
}

fn push_pair<'b, U: AuthUser, DB: Backend>(
    (index, value): &'b Cell<DB>,
    pass: &mut AstPass<'_, 'b, DB>,
) -> QueryResult<()> {
    pass.push_identifier(column::<U>(*index)?)?;
    pass.push_sql(" = ");
    value.walk_ast(pass.reborrow())
}

fn separate<DB: Backend>(at: usize, separator: &str, pass: &mut AstPass<'_, '_, DB>) {
    if at > 0 {
        pass.push_sql(separator);
    }
}

/// The SQL name of the column at `index`.
fn column<U: AuthUser>(index: usize) -> QueryResult<&'static str> {
    let column = U::SCHEMA.columns.get(index);
    column.map(|column| column.column).ok_or_else(|| no_column(U::SCHEMA.user))
}

/// The SQL name of the primary key.
pub(crate) fn id_column<U: AuthUser>() -> QueryResult<&'static str> {
    let id = U::SCHEMA.columns.iter().find(|column| column.logical == Some(Logical::Id));
    id.map(|column| column.column).ok_or_else(|| no_column(U::SCHEMA.user))
}

fn no_column(user: &str) -> Error {
    Error::QueryBuilderError(format!("the schema of `{user}` lacks a column that it uses").into())
}
