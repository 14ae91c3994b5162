//! What MySQL says of the names in a users table.

use diesel::mysql::Mysql as Backend;
use diesel::prelude::{QueryResult, QueryableByName};
use diesel::sql_types::{BigInt, Text};
use diesel_async::RunQueryDsl;

use super::Mysql;
use crate::store::StoreFuture;
use crate::store::sql::{Asks, UserRow, table_name};

/// A users table.
pub(super) struct Names {
    mysql: Mysql,
    table: String,
}

impl Names {
    /// That of `U`.
    pub(super) fn of<U: UserRow<Backend>>(mysql: Mysql) -> QueryResult<Self> {
        Ok(Self { mysql, table: table_name::<U, Backend>()? })
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
        format!("`{}`", name.replace('`', "``"))
    }

    fn beyond_ascii(&self, column: &str) -> String {
        format!("{column} REGEXP '[^ -~]'")
    }

    /// Here the collation of a column says whether case counts.
    fn has_lower_indexes(&self) -> bool {
        false
    }

    fn count(&self, sql: String) -> StoreFuture<'_, i64> {
        Box::pin(self.mysql.read(move |connection| {
            let query = diesel::sql_query(sql.clone());
            Box::pin(async move {
                let count: Count = query.get_result(connection).await?;
                Ok(count.n)
            })
        }))
    }

    fn texts(&self, sql: String) -> StoreFuture<'_, Vec<String>> {
        Box::pin(self.mysql.read(move |connection| {
            let query = diesel::sql_query(sql.clone());
            Box::pin(async move {
                let rows: Vec<Stored> = query.load(connection).await?;
                Ok(rows.into_iter().map(|Stored { text }| text).collect())
            })
        }))
    }
}
