//! Making a PostgreSQL database ready for an application.

use std::future::ready;
use std::sync::Arc;

use diesel::QueryResult;
use diesel::pg::Pg;
use diesel::result::{DatabaseErrorInformation, Error};

use super::columns::{check_columns, compares_as_bound, id_type};
use super::fault::is_unfit;
use super::users::violated_column;
use super::{Postgres, PostgresUser, migrations};
use crate::clock::Clock;
use crate::store::sql::{
    Catalogue, Checked, Driver, ENTRY, HashRoom, IndexKey, LoginIndexes, OwnTable, UniqueIndex,
    UserRow, is_sql_castable, open, open_state, open_tables, rows, sql, table_name,
};
use crate::store::{
    Database, FromUrl, InsertError, Migration, OpenState, Opening, OpeningState, PoolOptions,
    StartupFuture, StoreError, StoreFuture, UrlError,
};

impl<U: PostgresUser> Database<U> for Postgres {
    fn open(self, clock: Arc<dyn Clock>) -> Opening<U> {
        open(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

impl OpenState for Postgres {
    fn open_state(self, clock: Arc<dyn Clock>) -> OpeningState {
        open_state(self, clock)
    }

    fn migrations(&self) -> &'static [Migration] {
        migrations()
    }
}

/// `postgres://user:password@host:5432/database`, as [`Postgres::connect`] takes it. The first
/// connection is made when the database is opened.
impl FromUrl for Postgres {
    fn from_url(url: &str) -> Result<Self, UrlError> {
        Self::at(url, PoolOptions::default()).map_err(UrlError::new)
    }
}

impl Catalogue for Postgres {
    fn open_tables(&self, tables: Vec<OwnTable>) -> StartupFuture<'_> {
        Box::pin(async move {
            self.check_pooler().await?;
            open_tables(self, tables, self.makes_tables).await
        })
    }

    fn check_columns<U: UserRow<Pg>>(&self) -> Checked<'_, Option<HashRoom>> {
        Box::pin(check_columns::<U>(self))
    }

    fn unique<U: UserRow<Pg>>(&self) -> StoreFuture<'_, Vec<UniqueIndex>> {
        Box::pin(unique_indexes::<U>(self))
    }

    fn id_type<U: UserRow<Pg>>(&self) -> StoreFuture<'_, Option<Arc<str>>> {
        Box::pin(async move {
            let id_type = id_type::<U>(self).await?;
            Ok(id_type.filter(|name| !compares_as_bound(name)).map(Arc::from))
        })
    }

    fn holder_id<U: UserRow<Pg>>(&self) -> StoreFuture<'_, Option<String>> {
        Box::pin(async move {
            if !is_sql_castable::<U::Id>() {
                return Ok(None);
            }
            let text = <Self as Driver>::DIALECT.holder_of(ENTRY);
            Ok(id_type::<U>(self).await?.map(|name| format!("CAST({text} AS {name})")))
        })
    }

    fn violated_column<U: UserRow<Pg>>(
        &self,
        violation: &(dyn DatabaseErrorInformation + Send + Sync),
        indexes: &LoginIndexes,
    ) -> StoreFuture<'_, Option<String>> {
        let by_name = violation.constraint_name().and_then(|name| indexes.column_of::<U>(name));
        let column = by_name.map(str::to_owned);
        let column = column.or_else(|| violated_column(violation.details()?));
        Box::pin(ready(Ok(column)))
    }

    fn unfit(error: Error) -> QueryResult<InsertError> {
        if is_unfit(&error) { Ok(InsertError::unfit(None, error)) } else { Err(error) }
    }
}

rows! {
    struct Key {
        index: String,
        column: Option<String>,
        key: String,
        rows: Option<String>,
    }
}

/// The unique indexes of the table.
async fn unique_indexes<U: UserRow<Pg>>(
    postgres: &Postgres,
) -> Result<Vec<UniqueIndex>, StoreError> {
    let query = "SELECT c.relname::text AS index, a.attname::text AS column,
            pg_get_indexdef(i.indexrelid, k.n, true) AS key,
            pg_get_expr(i.indpred, i.indrelid, true) AS rows
        FROM pg_index i
        JOIN pg_class c ON c.oid = i.indexrelid
        CROSS JOIN LATERAL generate_series(1, i.indnkeyatts) AS k(n)
        LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[k.n - 1]
        WHERE i.indrelid = to_regclass(?) AND i.indisunique AND i.indisvalid
        ORDER BY c.relname, k.n";
    let table = table_name::<U, Pg>().map_err(StoreError::broken)?;
    let keys: Vec<Key> = Driver::rows(postgres, sql(query).text(&table)).await?;
    let mut indexes: Vec<UniqueIndex> = Vec::new();
    for Key { index: name, column, key, rows } in keys {
        let key = match column {
            Some(column) => IndexKey::Column(column),
            None => lowered_column::<U>(&key).map_or(IndexKey::Other, IndexKey::Lower),
        };
        match indexes.last_mut().filter(|index| index.name == name) {
            Some(index) => index.keys.push(key),
            None => indexes.push(UniqueIndex { name, keys: vec![key], rows }),
        }
    }
    Ok(indexes)
}

/// The column of `U` that `expression` has in lower case.
fn lowered_column<U: UserRow<Pg>>(expression: &str) -> Option<String> {
    let mut columns = U::SCHEMA.columns.iter().map(|schema| schema.column);
    let is_it = |column: &&str| {
        [(*column).to_owned(), Postgres::DIALECT.quoted(column)].into_iter().any(|name| {
            [format!("lower({name})"), format!("lower({name}::text)")]
                .iter()
                .any(|it| it == expression)
        })
    };
    columns.find(is_it).map(str::to_owned)
}
