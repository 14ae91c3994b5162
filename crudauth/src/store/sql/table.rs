//! What is asked of the users table at start-up.

use std::marker::PhantomData;

use diesel::backend::Backend;
use diesel::query_builder::{QueryBuilder, QueryFragment};
use diesel::result::QueryResult;

use super::row::UserRow;
use super::statement::Table;

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
