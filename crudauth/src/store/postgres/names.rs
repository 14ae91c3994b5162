//! What PostgreSQL says of the names in a users table, and of the indexes over them.

use diesel::pg::Pg;
use diesel::prelude::{QueryResult, QueryableByName};
use diesel::sql_types::{BigInt, Text};

use super::Postgres;
use crate::store::sql::{Asks, Lowered, UserRow, table_name};
use crate::store::{StoreError, StoreFuture};

/// A users table.
pub(super) struct Names {
    postgres: Postgres,
    table: String,
}

impl Names {
    /// That of `U`.
    pub(super) fn of<U: UserRow<Pg>>(postgres: Postgres) -> QueryResult<Self> {
        Ok(Self { postgres, table: table_name::<U, Pg>()? })
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct Stored {
    #[diesel(sql_type = Text)]
    text: String,
}

impl Asks for Names {
    fn table(&self) -> &str {
        &self.table
    }

    fn quoted(&self, name: &str) -> String {
        quoted(name)
    }

    fn beyond_ascii(&self, column: &str) -> String {
        format!("{column}::text ~ '[^ -~]'")
    }

    /// `citext` is compared without regard to case, though not with what `lower` makes of it.
    fn differs(&self, column: &str, other: &str) -> String {
        format!(
            "CASE WHEN pg_typeof({column})::text LIKE '%citext' \
             THEN lower({column}::text) <> {other} ELSE {column} <> {other} END"
        )
    }

    fn count(&self, sql: String) -> StoreFuture<'_, i64> {
        Box::pin(async move {
            let rows: Vec<Count> = self.postgres.rows(|| diesel::sql_query(&*sql)).await?;
            Ok(rows.first().map_or(0, |count| count.n))
        })
    }

    fn texts(&self, sql: String) -> StoreFuture<'_, Vec<String>> {
        Box::pin(async move {
            let sql = format!("SELECT text::text AS text FROM ({sql}) AS stored");
            let rows: Vec<Stored> = self.postgres.rows(|| diesel::sql_query(&*sql)).await?;
            Ok(rows.into_iter().map(|Stored { text }| text).collect())
        })
    }
}

#[derive(QueryableByName)]
struct Expression {
    #[diesel(sql_type = Text)]
    expression: String,
}

/// The indexes by which `lower(column)` is unique over all rows, under the name by which a
/// violation calls them: their expression.
pub(super) async fn lowered<U: UserRow<Pg>>(postgres: &Postgres) -> Result<Lowered, StoreError> {
    let query = "SELECT pg_get_indexdef(i.indexrelid, 1, true) AS expression FROM pg_index i
        WHERE i.indrelid = to_regclass($1) AND i.indisunique AND i.indisvalid
            AND i.indpred IS NULL AND i.indnkeyatts = 1 AND i.indkey[0] = 0";
    let table = table_name::<U, Pg>().map_err(StoreError::new)?;
    let rows = postgres.rows(|| diesel::sql_query(query).bind::<Text, _>(&table)).await?;
    Ok(Lowered::of::<U>(rows.into_iter().flat_map(|Expression { expression }| {
        let of = |column: &'static str| {
            let name = [column.to_owned(), quoted(column)].into_iter().find(|name| {
                [format!("lower({name})"), format!("lower({name}::text)")].contains(&expression)
            });
            name.map(|_| (expression.clone(), column.to_owned()))
        };
        U::SCHEMA.columns.iter().filter_map(|schema| of(schema.column)).collect::<Vec<_>>()
    })))
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
