//! Which rows of the users table count, as conditions in SQL.

use diesel::backend::Backend;
use diesel::query_builder::AstPass;
use diesel::result::QueryResult;

use super::dialect::Dialect;
use crate::user::{AuthUser, RowScope, UserSchema};

/// ` AND` the row counts. `of` is the name of the table, where the columns are qualified by it.
///
/// The values are literals: with a parameter in their place, a database would use no index over
/// those rows alone.
pub(super) fn push_and_counts<U: AuthUser, DB: Backend>(
    of: Option<&str>,
    pass: &mut AstPass<'_, '_, DB>,
) -> QueryResult<()> {
    for (column, is) in conditions(&U::SCHEMA) {
        pass.push_sql(" AND ");
        if let Some(table) = of {
            pass.push_identifier(table)?;
            pass.push_sql(".");
        }
        pass.push_identifier(column)?;
        pass.push_sql(is);
    }
    Ok(())
}

/// The same as text.
pub(super) fn and_counts<U: AuthUser>(dialect: &Dialect) -> String {
    let and = |(column, is): (&str, &str)| format!(" AND {}{is}", dialect.quoted(column));
    conditions(&U::SCHEMA).map(and).collect()
}

/// The columns that say whether a row counts, and what they then are.
fn conditions(schema: &UserSchema) -> impl Iterator<Item = (&'static str, &'static str)> {
    schema.columns.iter().filter_map(|column| Some((column.column, holds(column.scope?)?)))
}

/// What a column is where its row counts; `None` for that of the tenant, which a statement names.
pub(super) fn holds(scope: RowScope) -> Option<&'static str> {
    Some(match scope {
        RowScope::Null => " IS NULL",
        RowScope::False => " = FALSE",
        RowScope::Zero => " = 0",
        RowScope::Tenant => return None,
    })
}
