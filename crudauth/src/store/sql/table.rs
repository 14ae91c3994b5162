//! What is asked of the users table at start-up.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::result::QueryResult;

use super::row::UserRow;
use super::statement::Table;
use crate::user::UserSchema;

/// The name of the table, quoted for SQL.
///
/// # Errors
///
/// Where the name cannot be written.
pub(crate) fn table_name<U: UserRow<DB>, DB>() -> QueryResult<String>
where
    DB: Backend + Default,
    DB::QueryBuilder: Default,
{
    let mut name = DB::QueryBuilder::default();
    Table::<U>(PhantomData).to_sql(&mut name, &DB::default())?;
    Ok(name.finish())
}

/// A login field whose column is not among the unique ones, and that column.
pub(crate) fn column_not_unique(
    schema: &UserSchema,
    unique: &[String],
) -> Option<(&'static str, &'static str)> {
    schema.login.iter().find_map(|field| {
        let column = schema.columns.iter().find(|column| column.is_login(*field))?;
        let is_unique = unique.iter().any(|name| name.eq_ignore_ascii_case(column.column));
        (!is_unique).then_some((field.name(), column.column))
    })
}
