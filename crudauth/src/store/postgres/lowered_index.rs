//! What PostgreSQL says of the indexes of a users table.

use diesel::pg::Pg;

use super::Postgres;
use crate::store::StoreError;
use crate::store::sql::{Driver, Lowered, UserRow, rows, sql, table_name};

rows! {
    struct Expression {
        expression: String,
    }
}

/// The indexes by which `lower(column)` is unique over all rows, under the name by which a
/// violation calls them: their expression.
pub(super) async fn lowered<U: UserRow<Pg>>(postgres: &Postgres) -> Result<Lowered, StoreError> {
    let query = "SELECT pg_get_indexdef(i.indexrelid, 1, true) AS expression FROM pg_index i
        WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid
            AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = 0";
    let table = table_name::<U, Pg>().map_err(StoreError::new)?;
    let rows: Vec<Expression> = Driver::rows(postgres, sql(query).text(&table)).await?;
    Ok(Lowered::new::<U>(rows.into_iter().flat_map(|Expression { expression }| {
        let of = |column: &'static str| {
            let name =
                [column.to_owned(), Postgres::DIALECT.quoted(column)].into_iter().find(|name| {
                    [format!("lower({name})"), format!("lower({name}::text)")].contains(&expression)
                });
            name.map(|_| (expression.clone(), column.to_owned()))
        };
        U::SCHEMA.columns.iter().filter_map(|schema| of(schema.column)).collect::<Vec<_>>()
    })))
}
